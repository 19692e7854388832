"""`python -m benchmarks`: a refresh of the default sample, and the UI's start.

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
from benchmarks.refresh_changes import change
from pipelines.settings import PROJECT, WAREHOUSE
from sample_data.control import Control
from sample_data.generate import generate

PORT = 3199
RUNS = 3
_WHY = {"ops": {"refresh_everything": {"config": {"force": True, "reason": "measured"}}}}
FORCED = [
    *(sys.executable, "-m", "dagster", "job", "execute", "-m", "pipelines.definitions"),
    *("-j", "force_refresh", "--config-json", json.dumps(_WHY)),
]
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
    columns = ("what", "seconds", "processor s", "MB at once")
    table = Table(*columns, title="Default sample, one machine, one run")
    table.add_row("write the sample", f"{time.perf_counter() - started:.1f}", "", "")
    refresh = [python, "-m", "pipelines", "refresh"]
    rows = {"refresh, first": measure(refresh, home)}
    change(home, 0, at_least=1)
    rows["refresh, one changed file"] = measure(refresh, home)
    rows["refresh, forced"] = measure(FORCED, home)
    runs = [measure(refresh, home) for _ in range(RUNS)]
    idle = sorted(runs, key=lambda run: run.seconds)[RUNS // 2]
    rows[f"refresh, nothing new (median of {RUNS})"] = idle
    released = (home / "releases/current" / WAREHOUSE).stat().st_size
    dev = [str(Path(python).with_name("dagster")), "dev", "-w", "workspace.yaml"]
    ui = [*dev, "--host", "127.0.0.1", "--port", str(PORT)]
    rows["UI to its graph"] = measure(ui, home, until=graph_is_shown)
    for what, usage in rows.items():
        table.add_row(
            what, f"{usage.seconds:.1f}", f"{usage.cpu_seconds:.1f}", f"{usage.megabytes:,.0f}"
        )
    table.add_row("release, MB on disk", "", "", f"{released / 1e6:,.0f}")
    return table


if __name__ == "__main__":
    with state_of(None) as folder:
        Console(width=100).print(measured(folder))
