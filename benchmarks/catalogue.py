"""What the metric catalogue costs beside reading its facts once.

Lives here: building a home's warehouse model by model in one run of dbt, and the time by layer.
Does not: the gate or linkage; the home must have accepted records and a crosswalk.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.settings import DBT_PROJECT

LAYERS = {
    "marts": "facts and dimensions",
    "intermediate": "rules of the field",
    "populations": "populations",
    "cells": "cells: counts, medians, percentiles",
    "metrics": "values, equity, gaps, transitions",
}
# What the catalogue is made of; facts are built beside it, from the same records.
SELECTED = ["+metric_value+", "+metric_member", "+transition", "+metric_earnings_gap", "+fct_*"]


def layer_of(node: str) -> str | None:
    """Return the layer that a model's time counts under; None for seeds and views of staging."""
    name = node.rsplit(".", 1)[-1]
    if name.startswith(("count_", "measure_", "metric_cell", "metric_measure")):
        return "cells"
    for prefix, layer in (
        ("stg_", None),
        ("int_", "intermediate"),
        ("pop_", "populations"),
        ("member_", "populations"),
        ("person_lens", "populations"),
        ("fct_", "marts"),
        ("dim_", "marts"),
        ("brg_", "marts"),
    ):
        if name.startswith(prefix):
            return layer
    return "metrics"


def build(home: Path, folder: Path, threads: int, memory: str) -> dict[str, float]:
    """Build the catalogue of a home into `folder`; return seconds of every model by its id.

    Raises:
        CalledProcessError: dbt failed; what it said is printed.
    """
    environment = os.environ | {
        "PATHWAYS_HOME": str(home),
        "PATHWAYS_BUILD": str(folder / "build.duckdb"),
        "PATHWAYS_DBT_THREADS": str(threads),
        "PATHWAYS_DBT_MEMORY": memory,
        "DBT_LOG_LEVEL_FILE": "none",
    }
    dbt = Path(sys.executable).with_name("dbt")
    paths = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT]
    target = ["--target-path", folder / "target", "--log-path", folder]
    # Seeds first: a model that reads one would wait for it within its own time.
    for command in (["seed"], ["run", "--select", *SELECTED]):
        subprocess.run(  # noqa: S603
            [dbt, "--quiet", *command, *paths, *target], env=environment, check=True
        )
    results = json.loads((folder / "target" / "run_results.json").read_text())["results"]
    return {result["unique_id"]: result["execution_time"] for result in results}


def read_facts(database: Path, threads: int) -> tuple[float, int]:
    """Return seconds that reading every column of every fact once takes, and the rows read."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(f"set threads = {threads}")
        facts = connection.execute(
            "select table_name from duckdb_tables() where table_name like 'fct_%' order by all"
        ).fetchall()
        started = time.perf_counter()
        rows = 0
        for (fact,) in facts:
            found = connection.execute(
                f"select count(*), bit_xor(hash(columns(*))) from marts.{fact}"
            ).fetchone()
            rows += found[0] if found else 0
        return time.perf_counter() - started, rows


def main() -> None:
    """Build, read and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="8GB")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="catalogue-") as name:
        folder = Path(name)
        started = time.perf_counter()
        seconds = build(given.home.resolve(), folder, given.threads, given.memory)
        whole = time.perf_counter() - started
        reading, rows = read_facts(folder / "build.duckdb", given.threads)
        size = (folder / "build.duckdb").stat().st_size
    by_layer: dict[str, float] = defaultdict(float)
    for node, taken in seconds.items():
        if layer := layer_of(node):
            by_layer[layer] += taken
    table = Table("layer", "model seconds", "× reading facts", title=f"{rows:,} rows of facts")
    table.add_row("reading every fact once", f"{reading:.1f}", "1.0")
    for layer, label in LAYERS.items():
        table.add_row(label, f"{by_layer[layer]:.1f}", f"{by_layer[layer] / reading:.1f}")
    table.add_row("whole build, wall", f"{whole:.1f}", f"{whole / reading:.1f}")
    console = Console()
    console.print(table)
    console.print(f"build.duckdb: {size / 1e9:.2f} GB; {given.threads} threads")
    slowest = sorted(seconds.items(), key=lambda item: -item[1])[:12]
    for node, taken in slowest:
        console.print(f"{taken:8.1f} s  {node.rsplit('.', 1)[-1]}")


if __name__ == "__main__":
    main()
