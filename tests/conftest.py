"""What holds for every test: files are landed and taken at once, dbt has one thread."""

import os

os.environ["PATHWAYS_SETTLE_SECONDS"] = "0"
# Two processes of tests share two cores. 385 nodes of a small state took 81 s of processors with
# two threads of dbt and two of DuckDB, 77 with one of DuckDB, 53 with one of each.
os.environ["PATHWAYS_DBT_THREADS"] = "1"
