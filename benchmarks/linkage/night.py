"""What linking a night's deliveries costs: `python -m benchmarks.linkage.night --home DIR`.

Lives here: a home with identities, of which the last period of every feed is held back, linked in
full without them, then a night with them. Does not: any assertion, or a change to that home.

A night is run twice from the same state, then once more with nothing new. Each run is a process of
its own, one after the other.
"""

import argparse
import shutil
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.base import Usage, state_of
from benchmarks.linkage.__main__ import relink
from schemas import FEEDS

NIGHTS = 2


def hold_back(home: Path, to: Path, held: Path) -> tuple[int, int]:
    """Copy a home's identities but for the last period of every feed, which goes to `held`.

    Returns:
        Keys in all, and those that are in a last period alone.
    """
    to.mkdir(parents=True)
    shutil.copy(home / "token_key", to)
    keys, new = 0, 0
    for name in (name for name, feed in FEEDS.items() if feed.person_key):
        periods = sorted((home / "identity" / name).glob("period=*.parquet"))
        for period in periods:
            target = (held if period == periods[-1] else to / "identity") / name
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(period, target)
        files = str(home / "identity" / name / "period=*.parquet")
        is_last = pl.col("path").str.contains(periods[-1].name, literal=True)
        counted = (
            pl.scan_parquet(files, hive_partitioning=False, include_file_paths="path")
            .group_by("source_person_key")
            .agg(is_last.all())
            .select(pl.len(), pl.col("path").sum().alias("new"))
            .collect()
        )
        keys, new = keys + counted["len"].item(), new + counted["new"].item()
    return keys, new


def measured(home: Path, folder: Path) -> Table:
    """Return the table of a home; `folder` is for copies of its identities."""
    work, held, before = folder / "home", folder / "held", folder / "before"
    keys, new = hold_back(home, work, held)
    table = Table(
        "run", "seconds", "of full", "processor s", "of full", "GB",
        title=f"A night with {new:,} new keys of {keys:,}, {new / keys:.2%}",
    )  # fmt: skip
    full = relink(work)

    def cells(usage: Usage) -> list[str]:
        return [*usage.of(full), f"{usage.megabytes / 1e3:.2f}"]

    table.add_row("full, without them", *cells(full))
    shutil.copytree(held, work / "identity", dirs_exist_ok=True)
    shutil.copytree(work / "identity", before)
    for _ in range(NIGHTS):
        shutil.rmtree(work / "identity")
        shutil.copytree(before, work / "identity")
        table.add_row("night", *cells(relink(work, full=False)))
    table.add_row("nothing new", *cells(relink(work, full=False)))
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage.night", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="data home with identity/")
    given = parser.parse_args()
    with state_of(None) as folder:
        Console(width=100).print(measured(given.home, folder))


if __name__ == "__main__":
    main()
