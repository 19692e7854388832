#!/bin/sh
# Puts the instance's settings in their place, then runs what it is given.
set -eu
umask 077
mkdir -p "$DAGSTER_HOME"
cp "${PATHWAYS_INSTANCE:-deploy/dagster.yaml}" "$DAGSTER_HOME/dagster.yaml"
exec "$@"
