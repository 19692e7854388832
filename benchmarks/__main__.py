"""`make benchmark`: a refresh of the default sample, the UI's start, and the choice of executor.

Everything runs in a temporary data home; PATHWAYS_HOME is left alone.
"""

import json
import os
import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from pipelines.settings import PROJECT
from sample_data.control import Control
from sample_data.generate import generate

PORT = 3199
WARM_RUNS = 3
GRAPH = json.dumps({"query": "{ assetNodes { assetKey { path } groupName } }"}).encode()


@dataclass(frozen=True)
class Measured:
    """Seconds of wall time, and the most memory all processes held at once, in MB."""

    seconds: float
    megabytes: float


def measure(command: list[str], home: Path, until: Callable[[], bool] | None = None) -> Measured:
    """Run a command to its end, or until something holds, and measure it."""
    env = os.environ | {"PATHWAYS_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    start, peak = time.perf_counter(), 0
    with (home / "benchmark.log").open("a") as log:
        process = psutil.Popen(command, cwd=PROJECT, env=env, stdout=log, stderr=log)
        while process.poll() is None and not (until and until()):
            peak = max(peak, _resident(process))
            time.sleep(0.5)
    seconds = time.perf_counter() - start
    if process.poll() is None:
        _stop(process)
    elif process.returncode:
        raise SystemExit(f"{' '.join(command)} failed; see {home / 'benchmark.log'}")
    return Measured(seconds, peak / 1e6)


def _resident(process: psutil.Process) -> int:
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _stop(process: psutil.Process) -> None:
    children = process.children(recursive=True)
    process.terminate()
    for child in psutil.wait_procs(children, timeout=10)[1]:
        child.terminate()


def graph_is_shown() -> bool:
    """Return whether the UI's server answers with the released metrics in its graph."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/graphql", GRAPH, {"content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            return b'"groupName":"metrics"' in answer.read().replace(b'": "', b'":"')
    except OSError:
        return False


def main() -> None:
    """Measure and print."""
    python = sys.executable
    home = Path(tempfile.mkdtemp(prefix="pathways-benchmark-"))
    try:
        (home / "dagster").mkdir()
        shutil.copy(PROJECT / "pipelines" / "dagster.yaml", home / "dagster")
        started = time.perf_counter()
        generate(Control(), home)
        table = Table("what", "seconds", "MB at once", title="Default sample, one machine, one run")
        table.add_row("write the sample", f"{time.perf_counter() - started:.1f}", "")

        refresh = [python, "-m", "pipelines", "refresh"]
        runs = [measure(refresh, home) for _ in range(1 + WARM_RUNS)]
        warm = sorted(runs[1:], key=lambda run: run.seconds)[WARM_RUNS // 2]
        rows = {"refresh, first": runs[0], f"refresh, warm (median of {WARM_RUNS})": warm}
        dev = [str(Path(python).with_name("dagster")), "dev", "-w", "workspace.yaml"]
        ui = [*dev, "--host", "127.0.0.1", "--port", str(PORT)]
        rows["UI to its graph"] = measure(ui, home, until=graph_is_shown)
        for executor in ("in_process", "multiprocess"):
            command = [python, "-m", "benchmarks.executor", executor]
            rows[f"gate of all years, {executor} executor"] = measure(command, home)
        for what, measured in rows.items():
            table.add_row(what, f"{measured.seconds:.1f}", f"{measured.megabytes:,.0f}")
        Console(width=100).print(table)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
