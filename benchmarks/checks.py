"""`python -m benchmarks.checks`: what submitters' reports cost, and false alarms of drift.

Takes the deliveries of a generated state through the gate and prints the seconds of the gate
and of its reports, as a share. With `--warehouse`, a released one, holds every delivery against
its submitter's last period, and prints how many columns moved.
"""

import argparse
import time
from pathlib import Path

import duckdb
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.base import gate, state_of
from pipelines.checks import drift
from pipelines.feedback import store
from pipelines.intake.accept import Judged
from pipelines.settings import Settings
from sample_data.control import Control
from schemas import FEEDS, Feed


def gate_and_reports(settings: Settings) -> Table:
    """Return the table of a pass of the gate over new files."""
    table = Table("gate, s", "of it reports, s", "share", title="Reports to submitters")
    spent = 0.0

    def timed(judged: Judged) -> None:
        nonlocal spent
        started = time.perf_counter()
        store.write_reports(settings.reports, judged)
        spent += time.perf_counter() - started

    started = time.perf_counter()
    gate(settings, timed)
    seconds = time.perf_counter() - started
    table.add_row(f"{seconds:.1f}", f"{spent:.2f}", f"{spent / seconds:.0%}")
    return table


def year_on_year(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[drift.Shift]:
    """Return how the columns of each delivery of a feed moved from its submitter's last one."""
    released = f"select * from released.marts.fct_{feed.name}"
    profile = drift.profile(connection, feed, released, [])
    pairs = (
        profile.select("period", "submitter")
        .unique()
        .sort("submitter", "period")
        .with_columns(pl.col("period").shift(1).over("submitter").alias("before"))
        .drop_nulls()
    )
    moved = []
    for period in pairs["period"].unique().sort():
        here = pairs.filter(pl.col("period") == period)
        now = profile.join(here, on=["period", "submitter"], how="semi")
        then = (
            profile.rename({"period": "before"})
            .join(here, on=["before", "submitter"])
            .select(drift.PROFILE.names())
        )
        moved += drift.shifts(now, then)
    return moved


def false_alarms(warehouse: Path) -> Table:
    """Return the table of columns that moved in a state in which nothing was recoded."""
    table = Table("feed", "compared", "drifted", "emptied or filled", title="Year on year")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as released (read_only)")
        for name, feed in FEEDS.items():
            moved = year_on_year(connection, feed) if feed.profile else []
            drifted, jumped = sum(s.is_drift for s in moved), sum(s.is_null_jump for s in moved)
            table.add_row(name, str(len(moved)), str(drifted), str(jumped))
    return table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.checks")
    parser.add_argument("--students", type=int, default=4000)
    parser.add_argument("--warehouse", type=Path, help="a released warehouse.duckdb")
    given = parser.parse_args()
    console = Console(width=100)
    with state_of(None, Control(students=given.students)) as folder:
        console.print(gate_and_reports(Settings(home=folder)))
    if given.warehouse:
        console.print(false_alarms(given.warehouse))


if __name__ == "__main__":
    main()
