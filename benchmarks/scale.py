"""`python -m benchmarks.scale`: what a refresh of a state costs, beside the floor of the same work.

Generates a state, or takes the home in `--home`, and refreshes it in full, with nothing new and
with one changed file; then runs `benchmarks.floor` on what landed. Every refresh is a process of
its own. Seconds of processors and ratios compare between machines; seconds by the clock do not.
"""

import argparse
import shutil
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.base import Usage, state_of
from benchmarks.floor import floor
from benchmarks.refresh_changes import change, phases_of, refresh
from pipelines.settings import PROJECT, WAREHOUSE
from sample_data.control import Control


def measured(home: Path) -> Table:
    """Return the table of a home with a landing folder, which is refreshed and changed."""
    table = Table("what", "seconds", "processor s", "of full", "MB at once", "phases, s")
    (home / "dagster").mkdir(exist_ok=True)
    shutil.copy(PROJECT / "pipelines" / "dagster.yaml", home / "dagster")

    def add(what: str, usage: Usage, full: Usage) -> None:
        share = f"{usage.cpu_seconds / full.cpu_seconds:.1%}"
        phases = ", ".join(f"{name} {seconds}" for name, seconds in phases_of(home).items())
        seconds = f"{usage.seconds:.1f}", f"{usage.cpu_seconds:.1f}"
        table.add_row(what, *seconds, share, f"{usage.megabytes:,.0f}", phases)

    full = refresh(home)
    add("refresh, everything", full, full)
    add("refresh, nothing new", refresh(home), full)
    change(home, 0, at_least=1)
    add("refresh, one changed file", refresh(home), full)
    total, released = 0.0, home / "releases/current" / WAREHOUSE
    for what, seconds in floor(home).items():
        total += seconds
        table.add_row(f"floor: {what}", "", f"{seconds:.1f}", "", "", "")
    ratio = f"everything is {full.cpu_seconds / total:.1f} times it"
    table.add_row(
        "floor: all of it", "", f"{total:.1f}", f"{total / full.cpu_seconds:.1%}", "", ratio
    )
    table.add_row("release, MB on disk", "", "", "", f"{released.stat().st_size / 1e6:,.0f}", "")
    return table


def main() -> None:
    """Generate unless there is a home, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--districts", type=int, default=430)
    parser.add_argument("--home", type=Path, help="a home with a landing folder, to be changed")
    given = parser.parse_args()
    with state_of(given.home, Control(students=given.students, districts=given.districts)) as home:
        Console(width=130).print(measured(home))


if __name__ == "__main__":
    main()
