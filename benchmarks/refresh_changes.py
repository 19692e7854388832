"""`python -m benchmarks.refresh_changes`: a refresh by how many of its files changed.

Generates a state, or takes the home in `--home`, refreshes it once in full, then for each share of
the districts' files changes as many and refreshes again. A changed file lacks its last row. All
refreshes are processes of their own, one after the other; seconds are of wall and of all
processors, the latter being what a busy machine does not change much.
"""

import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.settings import PROJECT
from sample_data.control import Control
from sample_data.generate import generate

SEED = 7
SHARES = {"none": 0.0, "one file": 0.0, "1 %": 0.01, "10 %": 0.1, "100 %": 1.0}
# Of each step what its last line says, in order.
_PHASES = {
    "look": re.compile(r"files are new|Nothing is new|no file is new"),
    "gate": re.compile(r" rows in [\d,]+ files, "),
    "link": re.compile(r"linkage: "),
    "dbt": re.compile(r"warehouse: "),
    "publish": re.compile(r"release: .* is current"),
}
_STAMP = re.compile(r"^(\d\d):(\d\d):(\d\d)  ")


@dataclass(frozen=True)
class Measured:
    """Seconds of one refresh: of each phase by the clock, in all, and of processors."""

    phases: dict[str, float]
    seconds: float
    processor_seconds: float


def refresh(home: Path) -> Measured:
    """Refresh a home and measure it."""
    env = os.environ | {
        "PATHWAYS_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "PATHWAYS_ACCEPT_MOVEMENT_OF": json.dumps(_metrics(home)),
    }
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    at, phases = time.perf_counter(), dict.fromkeys(_PHASES, 0.0)
    started = at
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines", "refresh"],
        cwd=PROJECT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            for name, says in _PHASES.items():
                if _STAMP.match(line) and says.search(line):
                    now = time.perf_counter()
                    phases[name] += now - at
                    at = now
    if process.returncode:
        raise SystemExit(f"the refresh of {home} failed")
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return Measured(phases, time.perf_counter() - started, spent)


def _metrics(home: Path) -> list[str]:
    """Return the ids of released metrics: a row less in each file moves some beyond their band."""
    warehouse = home / "releases" / "current" / "warehouse.duckdb"
    if not warehouse.exists():
        return []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.sql(
            "select distinct metric_id from metrics.metric_definition"
        ).fetchall()
    return [metric for (metric,) in found]


def change(home: Path, share: float, at_least: int) -> int:
    """Take the last row from a share of the districts' files and return how many those are."""
    files = sorted((home / "landing" / "k12_enrollment").glob("*/*.csv"))
    files = [path for path in files if path.read_bytes().count(b"\n") > 3]
    count = max(at_least, round(share * len(files)))
    drawn = random.Random(SEED).sample(files, count)  # noqa: S311
    for path in drawn:
        lines = path.read_bytes().rstrip(b"\n").split(b"\n")
        path.write_bytes(b"\n".join(lines[:-1]) + b"\n")
    return len(drawn)


def compared(home: Path) -> Table:
    """Return the table of a home."""
    table = Table(
        "changed", "files", *_PHASES, "seconds", "of full", "processor s", "of full",
        title="A refresh by how many files changed",
    )  # fmt: skip
    full = refresh(home)
    _add(table, "everything, first", len(list((home / "landing").rglob("*.csv"))), full, full)
    for name, share in SHARES.items():
        files = change(home, share, 0 if name == "none" else 1) if name != "none" else 0
        _add(table, name, files, refresh(home), full)
    return table


def _add(table: Table, name: str, files: int, took: Measured, full: Measured) -> None:
    table.add_row(
        name,
        f"{files:,}",
        *(f"{seconds:.1f}" for seconds in took.phases.values()),
        f"{took.seconds:.1f}",
        f"{took.seconds / full.seconds:.0%}",
        f"{took.processor_seconds:.1f}",
        f"{took.processor_seconds / full.processor_seconds:.0%}",
    )


def main() -> None:
    """Generate unless there is a home, measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.refresh_changes", description=__doc__
    )
    parser.add_argument("--students", type=int, default=200_000)
    parser.add_argument("--districts", type=int, default=500)
    parser.add_argument("--home", type=Path, help="a home with a landing folder, to be changed")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pathways-changes-") as folder:
        home = given.home or Path(folder)
        if given.home is None:
            generate(Control(students=given.students, districts=given.districts), home)
        (home / "dagster").mkdir(exist_ok=True)
        shutil.copy(PROJECT / "pipelines" / "dagster.yaml", home / "dagster")
        Console(width=130).print(compared(home))


if __name__ == "__main__":
    main()
