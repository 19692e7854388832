"""The public release: which cells may leave the agency, and the files that hold them.

Lives here: the manifest of what is public, the choice of cells that stay hidden, the public files.
Does not: the proof that nobody can look into the holes (`pipelines.disclosure.audit`, which imports
nothing from here), exact values (dbt).
"""
