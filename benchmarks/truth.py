"""What a clean state's released metrics say, beside what its generator knows.

Lives here: a state without dirt, gated, linked and built, and every rate, count and mean of it next
to the same under faultless linkage, which the second implementation of the metrics computes from
the generator's own record of whose each row is. Does not: the tests that hold on a small state.

`python -m benchmarks.truth FOLDER` takes 100,000 students; the folder stays, and steps whose
results it has are not run again.
"""

import argparse
import time
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.base import dbt, gate
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import Settings
from sample_data.control import Control
from sample_data.generate import generate
from tests.reference.metrics.truth import COHORT, NAME, against_faultless, pooled, true_counts

CONSOLE = Console(width=160)


def prepare(home: Path, students: int) -> None:
    """Generate, gate, link and build a clean state, each step unless its result is there."""
    settings = Settings(home=home)
    steps = {
        "generate": (
            home / "truth",
            lambda: generate(Control(students=students, dirt="none"), home),
        ),
        "gate": (home / "accepted", lambda: gate(settings)),
        "link": (
            home / "identity" / "person_crosswalk.parquet",
            lambda: refresh_crosswalk(settings),
        ),
        "build": (settings.build, lambda: build(home)),
    }
    for name, (result, step) in steps.items():
        if not result.exists():
            start = time.perf_counter()
            step()
            CONSOLE.print(f"{name}: {time.perf_counter() - start:.0f} s")


def build(home: Path) -> None:
    """Build the metrics of a home."""
    dbt(home, home, "build", "--exclude-resource-type", "test", "unit_test",
        "--select", "+metric_value")  # fmt: skip


def main() -> None:
    """Print the differences of every metric, and how the truth's own counts compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=100_000)
    arguments = parser.parse_args()
    prepare(arguments.folder, arguments.students)
    compared = against_faultless(arguments.folder, Settings(home=arguments.folder).build)
    known = true_counts(arguments.folder).join(
        compared.select(*COHORT, "numerator", "denominator"), on=COHORT, suffix="_found"
    )
    equal = (pl.col("numerator") == pl.col("numerator_found")) & (
        pl.col("denominator") == pl.col("denominator_found")
    )
    alike = known.filter(equal).height
    CONSOLE.print(f"cohorts that truth counts: {known.height}, counted alike: {alike}")
    table = Table("metric", "version", "statistic", "people", "true", "measured", "difference")
    # A share of nothing is no difference to show: a count of which the truth is 0.
    for row in pooled(compared).filter(pl.col("true") != 0).iter_rows(named=True):
        true, measured = row["true"], row["measured"]
        difference = (
            f"{100 * (measured - true):+.2f} points"
            if row["statistic"] == "rate"
            else f"{100 * (measured / true - 1):+.2f} %"
        )
        shown = [
            f"{x:.4f}" if row["statistic"] == "rate" else f"{x:,.2f}" for x in (true, measured)
        ]
        table.add_row(
            *(row[k] for k in (*NAME, "statistic")), f"{row['n_true']:,}", *shown, difference
        )
    CONSOLE.print(table)


if __name__ == "__main__":
    main()
