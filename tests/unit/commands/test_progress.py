"""What a refresh prints: stages as they end, warnings shortened, everything else in the log."""

import io
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.commands.progress import Display, displayed
from pipelines.settings import Settings

FEED = "wage: 1,000 rows in 2 files, 990 accepted, 10 quarantined, 1 files rejected, 0 held"
OTHER = "credential: 50 rows in 1 files, 50 accepted, 0 quarantined, 0 files rejected, 0 held"


def said(*lines: str, level: int = logging.INFO, terminal: bool = False) -> list[str]:
    """Return what is printed of lines that runs log."""
    out = io.StringIO()
    display = Display(Console(file=out, width=200, force_terminal=terminal), Path("x.log"))
    display.start()
    for line in lines:
        display.emit(logging.LogRecord("pathways", level, "", 0, line, None, None))
    display.stop()
    return out.getvalue().splitlines()


def test_feeds_are_one_line_and_stages_end_in_their_order() -> None:
    lines = said(
        "650 files are new or changed", FEED, OTHER, "linkage: 19 keys are 5 people",
        "warehouse: 444 seeds, models and tests built and passed", "release: r1 is current",
        "release: a change", "site: 216 pages in 6 s",
    )  # fmt: skip
    assert [line.split("  [")[0].strip() for line in lines] == [
        "650 files are new or changed",
        "Deliveries 3 files, 1,050 rows: 1,040 accepted, 10 quarantined; 1 files rejected, 0 held",
        "Linkage    19 keys are 5 people",
        "Warehouse  444 seeds, models and tests built and passed",
        "Release    r1 is current",
        "Site       216 pages in 6 s",
    ]


def test_deliveries_are_printed_though_nothing_comes_after_them() -> None:
    assert len(said(FEED)) == 1


def test_of_many_warnings_the_first_are_printed_on_one_line_each() -> None:
    lines = said(*["Not taken: " + "x " * 200] * 8, level=logging.WARNING)
    assert len(lines) == 6
    assert all(len(line) < 120 for line in lines)
    assert "3 more in the log" in lines[-1]


def test_errors_are_printed_whole_with_what_to_do() -> None:
    lines = [f"Step {at} failed. Put your copy of the key back: " + "x " * 99 for at in range(8)]
    assert said(*lines, level=logging.ERROR) == [f"  ! {line}" for line in lines]


def test_whatever_else_is_printed_goes_to_the_log(tmp_path: Path) -> None:
    code = """
import os, subprocess, sys
from pathlib import Path
from pipelines.commands.progress import displayed
from pipelines.settings import Settings
with displayed(Settings(home=Path(sys.argv[1]))) as shown:
    print("from python")
    subprocess.run(["echo", "from a child"])
    os.write(2, b"from a library\\n")
print(shown.log)
"""
    run = [sys.executable, "-c", code, str(tmp_path)]
    ended = subprocess.run(run, capture_output=True, text=True, check=True, env=os.environ)
    log = Path(ended.stdout.strip())
    assert ended.stderr == ""
    assert {"from python", "from a child", "from a library"} == set(log.read_text().splitlines())


@pytest.mark.usefixtures("capfd")
def test_the_last_logs_stay(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for i in range(40):
        (tmp_path / "logs" / f"refresh-2020010{i // 10}T00000{i % 10}-1.log").touch()
    with displayed(Settings(home=tmp_path)):
        pass
    assert len(list((tmp_path / "logs").iterdir())) == 30
