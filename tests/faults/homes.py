"""Data homes to be disturbed: refreshes in processes that may be killed, and what came of them.

Lives here: starting, killing and waiting; hashes of tables and of accepted files.
Does not: any fault.
"""

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from tests.faults import victim

# They tell when a run was, and which.
_OF_RUNS = {"recorded_at", "superseded_at", "received_at", "run_id"}
# What takes longest to load is loaded once, in a process that every refresh is forked from. Not the
# pipeline itself: its contracts use polars as they load, whose threads a fork does not have.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["dagster", "duckdb", "pandera.polars"])

Tables = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Refresh:
    """A refresh in a process of its own."""

    process: multiprocessing.Process
    log: Path

    def lines(self) -> int:
        """Return how many lines it has printed."""
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    def wait_for(self, happened: Callable[[], bool], seconds: float = 1200) -> None:
        """Wait until something happened or the refresh ended."""
        until = time.monotonic() + seconds
        while self.process.is_alive() and not happened() and time.monotonic() < until:
            time.sleep(0.01)

    def end(self, seconds: float = 1200) -> int:
        """Wait for its end and return its exit code."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"it hangs; see {self.log}"
        return self.process.exitcode

    def kill(self, with_children: bool) -> None:
        """End it at once: alone, as when memory runs out, or with its children, as a machine."""
        pid = self.process.pid
        assert pid
        with suppress(ProcessLookupError):
            (os.killpg if with_children else os.kill)(pid, signal.SIGKILL)
        self.process.join(60)


@dataclass(frozen=True)
class Home:
    """A data home."""

    path: Path

    @property
    def log(self) -> Path:
        """What its last refresh printed."""
        return self.path / "refresh.log"

    def copy(self, to: Path) -> "Home":
        """Return a copy with the same times: what was made of what stays known."""
        shutil.copytree(self.path, to, symlinks=True)
        return Home(to)

    def start(self, **disturbed: object) -> Refresh:
        """Start a refresh, disturbed as `victim.run` says."""
        self.log.unlink(missing_ok=True)
        given = (self.path, self.log)
        process = _PROCESSES.Process(target=victim.run, args=given, kwargs=disturbed)
        process.start()
        return Refresh(process, self.log)

    def refresh(self, **disturbed: object) -> int:
        """Run a refresh to its end and return its exit code."""
        return self.start(**disturbed).end()

    def tables(self) -> Tables:
        """Return rows and a hash of every table that readers have now."""
        link = self.path / "releases" / "current" / "warehouse.duckdb"
        hashes: Tables = {}
        with duckdb.connect(str(link), read_only=True) as reader:
            names = reader.execute(
                "select schema_name, table_name from duckdb_tables() order by all"
            ).fetchall()
            for schema, table in names:
                columns = [
                    f'"{name}"'
                    for name, *_ in reader.execute(f"describe {schema}.{table}").fetchall()
                    if name not in _OF_RUNS
                ]
                row = f"hash(row({', '.join(columns)}))"
                [[rows, total]] = reader.execute(
                    f"select count(*), sum({row}::hugeint) from {schema}.{table}"
                ).fetchall()
                hashes[f"{schema}.{table}"] = (rows, total)
        return hashes

    def accepted(self) -> dict[str, int]:
        """Return a hash of the rows of each accepted file; each must be whole."""
        root = self.path / "accepted"
        return {
            str(path.relative_to(root)): int(pl.read_parquet(path).hash_rows().sum())
            for path in sorted(root.glob("*/period=*.parquet"))
        }

    def late(self) -> None:
        """Land what the sample has for later."""
        shutil.copytree(self.path / "late", self.path / "landing", dirs_exist_ok=True)
