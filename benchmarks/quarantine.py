"""`python -m benchmarks.quarantine`: what the gate rejects against what was broken on purpose.

Generates a state, or takes the one in `--state`, reads and judges every delivered file, and prints
precision and recall of row and rule by feed, and of file and rule.
"""

import argparse
import time
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.base import state_of
from pipelines.intake.deliveries import find_deliveries, landed_periods
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import read_delivery
from pipelines.intake.validate import judge
from sample_data.control import Control
from schemas import FEEDS, Feed

# Period, submitter, row number (None for a file) and rule.
Found = set[tuple[str, str, int | None, str]]


def labels(state: Path) -> dict[str, Found]:
    """Return what was broken on purpose, by feed."""
    table = pl.read_parquet(state / "truth" / "corruptions.parquet").drop_nulls("rule")
    rows = table.select("feed", "period", "submitter", "row_number", "rule").rows()
    return {name: {row[1:] for row in rows if row[0] == name} for name in FEEDS}


def judged(state: Path, feed: Feed) -> tuple[int, Found]:
    """Return how many rows a feed has, and what the gate finds wrong with them and its files."""
    rows, broken = 0, set()
    for period in landed_periods(state / "landing", feed):
        frames = []
        for delivery in find_deliveries(state / "landing", feed, period):
            try:
                frames.append(read_delivery(delivery, feed))
            except FileRefused as refused:
                broken |= {(period, delivery.submitter, None, rule) for rule in refused.rules}
        if frames:
            text = pl.concat(frames)
            rows += len(text)
            bad = judge(text, feed).quarantined.select("submitter", "row_number", "_reasons")
            broken |= {(period, *row) for row in bad.explode("_reasons").iter_rows()}
    return rows, broken


def compared(state: Path) -> Table:
    """Return the table of a state."""
    columns = ("feed", "rows", "labelled", "found", "precision", "recall", "seconds")
    table = Table(*columns, title="Broken rules: labelled and found, by row or file and rule")
    expected = labels(state)
    for name, feed in FEEDS.items():
        started = time.perf_counter()
        rows, broken = judged(state, feed)
        hit = len(broken & expected[name])
        table.add_row(
            name,
            f"{rows:,}",
            f"{len(expected[name]):,}",
            f"{len(broken):,}",
            f"{hit / max(len(broken), 1):.6f}",
            f"{hit / max(len(expected[name]), 1):.6f}",
            f"{time.perf_counter() - started:.1f}",
        )
    return table


def main() -> None:
    """Generate unless there is a state, judge, and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quarantine", description=__doc__)
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--state", type=Path)
    given = parser.parse_args()
    with state_of(given.state, Control(students=given.students)) as state:
        Console(width=100).print(compared(state))


if __name__ == "__main__":
    main()
