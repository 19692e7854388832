"""What a refresh prints while it runs: a line a stage, a bar on a terminal, a log of the rest.

Lives here: turning the lines of runs into stages. Does not: writing those lines (`pipelines.defs`).
"""

import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pipelines.settings import Settings

# The line of a feed that went through the gate (`pipelines.defs.intake`).
_FEED = re.compile(
    r"^\w+: ([\d,]+) rows in ([\d,]+) files, ([\d,]+) accepted, ([\d,]+) quarantined, "
    r"([\d,]+) files rejected, ([\d,]+) held$"
)
# Lines of the other stages open with these words; the last line of a stage ends it.
_STAGES = {
    "linkage": "Linkage",
    "warehouse": "Warehouse",
    "release": "Release",
    "site": "Site",
}
# Shares of the time of a first refresh of the default sample, for the bar.
_SHARES = {"Deliveries": 0.22, "Linkage": 0.13, "Warehouse": 0.5, "Release": 0.1, "Site": 0.05}
_WARNINGS, _LOGS = 5, 30
_WIDTH = 110


class Display(logging.Handler):
    """Prints stages as they end, errors and the first few warnings at once."""

    def __init__(self, console: Console, log: Path) -> None:
        super().__init__(logging.INFO)
        self.log = log
        self._console = console
        self._since = time.monotonic()
        self._feeds = [0] * 6
        self._last_feed = self._since
        self._done: list[str] = []
        self._warnings = 0
        columns = TextColumn("{task.description}"), BarColumn(40), TimeElapsedColumn()
        self._bar = Progress(*columns, console=console, transient=True, expand=False)
        self._task: TaskID | None = None

    def start(self) -> None:
        """Show the bar, on a terminal."""
        if self._console.is_terminal:
            self._task = self._bar.add_task("Deliveries", total=1.0)
            self._bar.start()

    def stop(self) -> None:
        """Print what is left to say, and take the bar away."""
        self._end_deliveries()
        if self._warnings > _WARNINGS:
            self._console.print(f"  … {self._warnings - _WARNINGS} more in the log")
        if self._task is not None:
            self._bar.stop()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line of a run."""
        meta = getattr(record, "dagster_meta", {})
        message = getattr(record, "words", record.getMessage())
        stage, _, text = message.partition(": ")
        if feed := _FEED.match(message):
            counts = [int(n.replace(",", "")) for n in feed.groups()]
            self._feeds = [a + b for a, b in zip(self._feeds, counts, strict=True)]
            self._last_feed = time.monotonic()
        elif record.levelno >= logging.ERROR:
            self._console.print(f"  ! {message}", markup=False, highlight=False, soft_wrap=True)
        elif record.levelno >= logging.WARNING:
            self._warn(shorten(message, _WIDTH, placeholder=" …"))
        elif stage in _STAGES and _STAGES[stage] not in self._done:
            self._end_deliveries()
            self._end(_STAGES[stage], text)
        elif not self._done and meta.get("dagster_event") is None and not any(self._feeds):
            self._console.print(f"  {message}", highlight=False)
        self._move()

    def _end_deliveries(self) -> None:
        if any(self._feeds) and "Deliveries" not in self._done:
            rows, files, accepted, quarantined, rejected, held = self._feeds
            self._end(
                "Deliveries",
                f"{files:,} files, {rows:,} rows: {accepted:,} accepted, {quarantined:,} "
                f"quarantined; {rejected:,} files rejected, {held:,} held",
                self._last_feed,
            )

    def _end(self, stage: str, text: str, at: float | None = None) -> None:
        now = at or time.monotonic()
        self._console.print(
            f"  {stage:<11}{text}  [{now - self._since:.0f} s]", markup=False, highlight=False
        )
        self._since = now
        self._done.append(stage)

    def _warn(self, message: str) -> None:
        self._warnings += 1
        if self._warnings <= _WARNINGS:
            self._console.print(f"  ! {message}", markup=False, highlight=False)

    def _move(self) -> None:
        """Move the bar to the share of what has ended."""
        if self._task is None:
            return
        now = next((stage for stage in _SHARES if stage not in self._done), "Site")
        done = sum(share for stage, share in _SHARES.items() if stage in self._done)
        self._bar.update(self._task, description=now, completed=done)


@contextmanager
def displayed(settings: Settings) -> Iterator[Display]:
    """Yield the display of a refresh; whatever else anything prints goes to a log file.

    Output is redirected by file descriptor, so that dbt and libraries are in the log, too.
    """
    folder = settings.logs
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in sorted(folder.glob("refresh-*.log"))[: -(_LOGS - 1)]:
        old.unlink()
    log = folder / f"refresh-{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.log"
    with _redirected(log) as terminal:
        console = Console(
            file=terminal, width=None if terminal.isatty() else _WIDTH, soft_wrap=True
        )
        display = Display(console, log)
        logger = logging.getLogger("pathways")
        logger.addHandler(display)
        display.start()
        try:
            yield display
        finally:
            display.stop()
            logger.removeHandler(display)


@contextmanager
def _redirected(log: Path) -> Iterator[TextIO]:
    """Send standard output and errors to a file, and yield what standard output was."""
    sys.stdout.flush()
    sys.stderr.flush()
    out, err = os.dup(1), os.dup(2)
    with log.open("ab", buffering=0) as file, os.fdopen(os.dup(out), "w") as terminal:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield terminal
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(out, 1)
            os.dup2(err, 2)
            os.close(out)
            os.close(err)
