"""`python -m benchmarks.gate`: what the gate spends on each file, by feed.

Takes what landed in a home, or a generated state, through the gate with its reports, into an empty
home, and prints milliseconds of processors for each file, the reader's included. `--beside` does
the same by the code of another checkout first, in the same run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.base import state_of
from pipelines.settings import PROJECT
from sample_data.control import Control

# Run by either code: it asks for nothing that one of them lacks.
PROGRAM = """
import json, resource
from functools import partial
from psutil import Process
from pipelines.feedback import store
from pipelines.intake import accept, deliveries, pending
from pipelines.intake.readers import process
from pipelines.settings import Settings
from schemas import FEEDS
settings = Settings()
def spent():
    ended = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    idle = [Process(one._popen.pid).cpu_times() for one in process._IDLE]
    return sum(o.ru_utime + o.ru_stime for o in ended) + sum(o.user + o.system for o in idle)
settings.mark_keys()
for feed in FEEDS.values():
    accept.write_schema(settings, feed)
pending.scan_pending(settings)
report = partial(store.write_reports, settings.reports)
for name, feed in FEEDS.items():
    periods = deliveries.landed_periods(settings.landing, feed)
    before = spent()
    results = accept.accept(settings, feed, periods, report=report) if periods else {}
    of = [result for of in results.values() for result in of]
    print(json.dumps([name, len(of), sum(one.delivered_rows for one in of), spent() - before]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
"""


def measured(code: Path, landing: Path) -> tuple[dict[str, tuple[int, int, float]], float]:
    """Return files, rows and seconds of processors by feed, and the gate's most MB.

    Args:
        code: A checkout.
        landing: What is delivered.
    """
    with tempfile.TemporaryDirectory(prefix="pathways-gate-") as home:
        (Path(home) / "landing").symlink_to(landing.resolve())
        env = os.environ | {"PATHWAYS_HOME": home, "PATHWAYS_SETTLE_SECONDS": "0"}
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", PROGRAM],
            cwd=code,
            env=env | {"PYTHONPATH": str(code)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    *feeds, megabytes = done.stdout.splitlines()
    rows = [json.loads(line) for line in feeds]
    return {name: (files, n, seconds) for name, files, n, seconds in rows}, float(megabytes)


def table(landing: Path, codes: dict[str, Path]) -> Table:
    """Return milliseconds of processors for each file by each code."""
    runs = {title: measured(code, landing) for title, code in codes.items()}
    shown = Table("feed", "files", "rows", *(f"{title}, ms a file" for title in runs))
    first = next(iter(runs.values()))[0]
    for name, (files, rows, _) in first.items():
        each = [f"{1000 * feeds[name][2] / max(files, 1):.1f}" for feeds, _ in runs.values()]
        shown.add_row(name, f"{files:,}", f"{rows:,}", *each)
    files, rows = (sum(of[at] for of in first.values()) for at in (0, 1))
    spent = [sum(seconds for *_, seconds in feeds.values()) for feeds, _ in runs.values()]
    shown.add_row("all", f"{files:,}", f"{rows:,}", *(f"{1000 * s / files:.1f}" for s in spent))
    shown.add_row("seconds of processors", "", "", *(f"{one:.1f}" for one in spent))
    shown.add_row("MB at most", "", "", *(f"{megabytes:,.0f}" for _, megabytes in runs.values()))
    return shown


def main() -> None:
    """Generate unless there is a home, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--home", type=Path, help="a home with a landing folder, left as it is")
    parser.add_argument("--beside", type=Path, help="a checkout of other code, measured first")
    given = parser.parse_args()
    codes = {"before": given.beside} if given.beside else {}
    with state_of(given.home, Control(students=given.students)) as home:
        Console(width=100).print(table(home / "landing", codes | {"now": PROJECT}))


if __name__ == "__main__":
    main()
