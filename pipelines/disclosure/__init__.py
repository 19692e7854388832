"""The public release: which cells may leave the agency, and the files that hold them.

Lives here: the manifest of what is public, the choice of cells that stay hidden, the public files.
Does not: the proof that nobody can compute a hidden cell (`pipelines.disclosure.audit`, which
imports nothing from here), exact values (dbt).
"""
