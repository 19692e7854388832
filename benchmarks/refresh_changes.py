"""`python -m benchmarks.refresh_changes`: a refresh by how many of its files changed.

Generates a state, or takes the home in `--home`, refreshes it once in full, then for each share of
the districts' files changes as many and refreshes again. A changed file lacks its last row. All
refreshes are processes of their own, one after the other; seconds are of wall and of all
processors, the latter being which a busy machine hardly changes.
"""

import argparse
import json
import random
import re
import shutil
import sys
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.base import LOG, Usage, measure, state_of
from pipelines.settings import PROJECT
from sample_data.control import Control

SEED = 7
SHARES = {"none": 0.0, "one file": 0.0, "1 %": 0.01, "10 %": 0.1, "100 %": 1.0}
# Of each step the message that ends it, in order.
_PHASES = {
    "scan": re.compile(r"files are new|Nothing is new|no file is new"),
    "gate": re.compile(r" rows in [\d,]+ files, "),
    "link": re.compile(r"linkage: "),
    "dbt": re.compile(r"warehouse: "),
    "publish": re.compile(r"release: .* is current"),
    "site": re.compile(r"site: "),
}
_STAMP = re.compile(r"^(\d\d):(\d\d):(\d\d)  ")
_DAY = 86_400


def phases(log: str) -> dict[str, int]:
    """Return the seconds from one step's message to the next, by the stamps of a refresh's log."""
    seconds, before = dict.fromkeys(_PHASES, 0), None
    for line in log.splitlines():
        if not (stamp := _STAMP.match(line)):
            continue
        hours, minutes, rest = map(int, stamp.groups())
        now = 3_600 * hours + 60 * minutes + rest
        before = now if before is None else before
        for name, ends in _PHASES.items():
            if ends.search(line):
                seconds[name] += (now - before) % _DAY
                before = now
    return seconds


def phases_of(home: Path) -> dict[str, int]:
    """Return the seconds of each step of the last refresh of a home."""
    return phases((home / LOG).read_text())


def refresh(home: Path) -> Usage:
    """Refresh a home and measure it."""
    accepted = {"PATHWAYS_ACCEPT_MOVEMENT_OF": json.dumps(_metrics(home))}
    return measure(
        [sys.executable, "-m", "pipelines", "refresh", "--verbose"], home, environment=accepted
    )


def _metrics(home: Path) -> list[str]:
    """Return the ids of released metrics: a row less in each file moves some beyond their band."""
    warehouse = home / "releases" / "current" / "warehouse.duckdb"
    if not warehouse.exists():
        return []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        ids = connection.sql("select distinct metric_id from metrics.metric_definition").fetchall()
    return [metric for (metric,) in ids]


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
    usage, files, name = full, len(list((home / "landing").rglob("*.csv"))), "everything, first"
    for following, share in (*SHARES.items(), ("", 0.0)):
        steps = phases_of(home).values()
        table.add_row(name, f"{files:,}", *map(str, steps), *usage.of(full))
        if following:
            name, files = following, change(home, share, following != "none")
            usage = refresh(home)
    return table


def main() -> None:
    """Generate unless there is a home, measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.refresh_changes", description=__doc__
    )
    parser.add_argument("--students", type=int, default=200_000)
    parser.add_argument("--districts", type=int, default=500)
    parser.add_argument("--home", type=Path, help="a home with a landing folder, to be changed")
    given = parser.parse_args()
    control = Control(students=given.students, districts=given.districts)
    with state_of(given.home, control) as home:
        (home / "dagster").mkdir(exist_ok=True)
        shutil.copy(PROJECT / "pipelines" / "dagster.yaml", home / "dagster")
        Console(width=130).print(compared(home))


if __name__ == "__main__":
    main()
