"""Dagster's view of the pipeline: thin wrappers, one file per stage.

Lives here: assets, checks, jobs and schedules. Does not: any logic that could be a pure function.
"""

import warnings

import dagster as dg

# Backfills in one run are marked beta; they are how a range of periods is refreshed here.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)
