"""Dagster's UI, answering to its owner alone: who may ask, and the server."""
