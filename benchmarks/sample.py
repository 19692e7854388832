"""`python -m benchmarks.sample`: how long the generator takes, and how much memory, by size.

Each state is written by a process of its own into a temporary folder, which is removed. All numbers
are of one run on one machine, so they are to be compared with each other.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.base import LOG, Usage, measure, state_of

SIZES = (10_000, 100_000, 1_000_000)
# Three chunks of the larger size are the least that go to several processes.
COMPARED = 30_000
CHUNKS, WORKERS = (2_000, 10_000), (1, 2)
_FEED = re.compile(r"^[a-z0-9_]+ +([\d,]+)$", re.MULTILINE)


@contextmanager
def _generated(students: int, *options: str) -> Iterator[tuple[Usage, Path]]:
    """Give what generating a state took, and the folder it is in until then."""
    command = [sys.executable, "-m", "sample_data", "--students", str(students), *options]
    with state_of(None) as home:
        yield measure([*command, "--out", str(home / "state")], home), home


def rows_of(log: str) -> int:
    """Return the rows of all feeds that the generator printed."""
    return sum(int(count.replace(",", "")) for count in _FEED.findall(log))


def size_of(folder: Path) -> float:
    """Return the size of all files in MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def digest_of(folder: Path) -> str:
    """Return a hash of the names and bytes of all files."""
    digest = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def scale(most: int) -> Table:
    """Return a table of sizes up to `most` students."""
    table = Table(
        "students", "rows", "seconds", "per 100,000", "per further 100,000", "MB at once",
        "MB on disk",
        title="Generating a state: one run of each size, default settings",
    )  # fmt: skip
    before: tuple[int, float] | None = None
    for students in (size for size in SIZES if size <= most):
        with _generated(students) as (took, home):
            rows = rows_of((home / LOG).read_text())
            further = ""
            if before:
                further = f"{(took.seconds - before[1]) / (students - before[0]) * 100_000:.1f}"
            table.add_row(
                f"{students:,}", f"{rows:,}", f"{took.seconds:.1f}",
                f"{took.seconds / students * 100_000:.1f}", further, f"{took.megabytes:,.0f}",
                f"{size_of(home / 'state'):,.0f}",
            )  # fmt: skip
            before = students, took.seconds
    return table


def settings() -> Table:
    """Return a table of chunk sizes and numbers of processes, with a hash of what they wrote."""
    table = Table(
        "chunk", "processes", "seconds", "MB at once", "hash of all files",
        title=f"The same {COMPARED:,} students by chunk size and processes",
    )  # fmt: skip
    for chunk in CHUNKS:
        for workers in WORKERS:
            options = ("--chunk", str(chunk), "--workers", str(workers))
            with _generated(COMPARED, *options) as (took, home):
                table.add_row(
                    f"{chunk:,}", str(workers), f"{took.seconds:.1f}", f"{took.megabytes:,.0f}",
                    digest_of(home / "state")[:16],
                )  # fmt: skip
    return table


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sample", description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="students of the largest state")
    given = parser.parse_args()
    console = Console(width=100)
    console.print(settings())
    console.print(scale(given.most))


if __name__ == "__main__":
    main()
