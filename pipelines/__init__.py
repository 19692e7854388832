"""How data moves until it is trusted, from the landing folder to a released warehouse.

Lives here: pure functions by stage and, in `defs`, thin Dagster wrappers around them.
Does not: what valid data is (`schemas`), what the data mean (`dbt_project`).
"""
