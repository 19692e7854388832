"""`python -m benchmarks`: a refresh of the default sample, the UI's start, and both executors.

Everything runs in a temporary data home; PATHWAYS_HOME is left alone.
"""

import json
import shutil
import sys
import time
import urllib.request
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.base import measure, state_of
from pipelines.settings import PROJECT
from sample_data.control import Control
from sample_data.generate import generate

PORT = 3199
WARM_RUNS = 3
GRAPH = json.dumps({"query": "{ assetNodes { assetKey { path } groupName } }"}).encode()


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


def measured(home: Path) -> Table:
    """Return the table of an empty home."""
    python = sys.executable
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
    for what, usage in rows.items():
        table.add_row(what, f"{usage.seconds:.1f}", f"{usage.megabytes:,.0f}")
    return table


if __name__ == "__main__":
    with state_of(None) as folder:
        Console(width=100).print(measured(folder))
