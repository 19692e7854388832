"""A second implementation of what the warehouse publishes, written from its descriptions.

It reads the accepted feeds, the person crosswalk and the seed tables. Two people reading the same
definition and arriving at the same numbers is the test; so nothing here is copied from, or calls,
the dbt project, and the pipeline never imports this package.
"""
