"""Dagster's view of the pipeline: thin wrappers, one file per stage.

Lives here: assets, checks, jobs and schedules. Does not: any logic that could be a pure function.
"""
