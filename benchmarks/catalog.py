"""What the metric catalog costs beside reading its facts once.

Lives here: building a home's warehouse model by model in one run of dbt, and the time by folder of
models. Does not: the gate or linkage; the home must have accepted records and a crosswalk.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.base import dbt, state_of

# What the catalog is made of; facts are built beside it, from the same records.
SELECTED = ["+metric_value+", "+metric_member", "+transition", "+metric_earnings_gap", "+fct_*"]


def build(home: Path, folder: Path, threads: int, memory: str) -> dict[tuple[str, str], float]:
    """Build the catalog of a home into `folder`; return seconds by folder and model."""
    environment = {
        "PATHWAYS_BUILD": str(folder),
        "PATHWAYS_DBT_THREADS": str(threads),
        "PATHWAYS_DBT_MEMORY": memory,
    }
    # Seeds first: a model that reads one would wait for it within its own time.
    dbt(home, folder, "seed", **environment)
    dbt(home, folder, "run", "--select", *SELECTED, **environment)
    nodes = json.loads((folder / "target" / "manifest.json").read_text())["nodes"]
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    names = {result["unique_id"]: nodes[result["unique_id"]]["fqn"] for result in results}
    return {
        ("/".join(names[result["unique_id"]][1:-1][:2]), names[result["unique_id"]][-1]): result[
            "execution_time"
        ]
        for result in results
    }


def read_facts(database: Path, threads: int) -> tuple[float, int]:
    """Return seconds that reading every column of every fact once takes, and the rows read."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(f"set threads = {threads}")
        facts = connection.execute(
            "select table_name from duckdb_tables() where table_name like 'fct_%' order by all"
        ).fetchall()
        started = time.perf_counter()
        counts = [
            connection.execute(
                f"select count(*), bit_xor(hash(columns(*))) from marts.{fact}"
            ).fetchall()[0][0]
            for (fact,) in facts
        ]
        return time.perf_counter() - started, sum(counts)


def main() -> None:
    """Build, read and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="8GB")
    given = parser.parse_args()
    with state_of(None) as folder:
        started = time.perf_counter()
        seconds = build(given.home.resolve(), folder, given.threads, given.memory)
        whole = time.perf_counter() - started
        reading, rows = read_facts(folder / "build.duckdb", given.threads)
        size = (folder / "build.duckdb").stat().st_size
    by_layer: dict[str, float] = defaultdict(float)
    for (layer, _), spent in seconds.items():
        by_layer[layer] += spent
    table = Table("models", "seconds", "× reading facts", title=f"{rows:,} rows of facts")
    lines = {"reading every fact once": reading, **by_layer, "whole build, wall": whole}
    for label, spent in lines.items():
        table.add_row(label, f"{spent:.1f}", f"{spent / reading:.1f}")
    console = Console()
    console.print(table)
    console.print(f"build.duckdb: {size / 1e9:.2f} GB; {given.threads} threads")
    for (_, model), spent in sorted(seconds.items(), key=lambda item: -item[1])[:12]:
        console.print(f"{spent:8.1f} s  {model}")


if __name__ == "__main__":
    main()
