"""Dagster: assets, checks, jobs, schedules and sensors as thin wrappers. Floor 5."""
