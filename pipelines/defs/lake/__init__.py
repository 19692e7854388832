"""Dagster of a lake: what a worker runs. Nothing else of `defs` imports it."""
