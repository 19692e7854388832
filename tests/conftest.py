"""What holds for every test: files are landed and taken at once, dbt has one thread."""

import os

os.environ["PATHWAYS_SETTLE_SECONDS"] = "0"
# Two processes of tests share two cores. A small state takes dbt 53 s of processors with one thread
# and 81 with two.
os.environ["PATHWAYS_DBT_THREADS"] = "1"
