"""A real browser on a real UI: `pathways ui` on a small sample, and a headless Chromium."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import PROJECT
from sample_data.control import Control
from sample_data.generate import generate
from tests.browser.chromium import CHROMIUM, DRIVER, MISSING, PATIENCE, headless

if not (CHROMIUM and DRIVER):
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say why nothing ran."""
    if not (CHROMIUM and DRIVER):
        terminalreporter.write_line(f"SKIPPED tests/browser: {MISSING}")


def until(what: str, holds: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Return what `holds` returns once that is true; fail when it does not come to be."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        result = holds()
        if result:
            return result
        time.sleep(0.5)
    raise AssertionError(f"not within {patience} s: {what}")


class Ui:
    """The UI's address, and its server's GraphQL."""

    def __init__(self, port: int, home: Path) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.home = home

    def ask(self, query: str) -> Any:
        """Return what a GraphQL query gives."""
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(
            f"{self.address}/graphql", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["data"]

    def shows_assets(self) -> bool:
        """Return whether the code location is loaded."""
        try:
            nodes = self.ask("{ assetNodes { groupName } }")["assetNodes"]
        except OSError:
            return False
        return any(node["groupName"] == "12_release" for node in nodes)


@pytest.fixture(scope="session")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    """Start the UI on a home with a small sample that nothing has refreshed."""
    home = tmp_path_factory.mktemp("browser")
    generate(Control(students=200), home)
    (home / "dagster").mkdir()
    shutil.copy(PROJECT / "pipelines/dagster.yaml", home / "dagster")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {
        "PATHWAYS_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-m", "pipelines", "ui"]
    with (home / "ui.log").open("w") as log:
        server = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=PROJECT,
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        running = Ui(port, home)
        until(f"the UI starts; see {home / 'ui.log'}", running.shows_assets)
        yield running
    finally:
        # The whole group: the server starts others.
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Return a browser for all tests."""
    with headless() as driver:
        yield driver
