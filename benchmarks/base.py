"""What the measurements share: states, the gate, what a home holds, and a process of its own.

Lives here: helpers. Does not: any measurement.
"""

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psutil

from pipelines.intake.accept import Report, accept
from pipelines.intake.deliveries import landed_periods
from pipelines.settings import DBT_PROJECT, PROJECT, WAREHOUSE, Settings
from sample_data.control import Control
from sample_data.generate import generate
from schemas import FEEDS

LOG = "benchmark.log"


@dataclass(frozen=True)
class Usage:
    """Seconds by the clock and of processors, and the most memory at once, in MB, of processes."""

    seconds: float
    cpu_seconds: float
    megabytes: float

    def of(self, full: "Usage") -> list[str]:
        """Return cells of a table: seconds, and seconds of processors, each with its share."""
        return [
            f"{self.seconds:.1f}", f"{self.seconds / full.seconds:.0%}",
            f"{self.cpu_seconds:.1f}", f"{self.cpu_seconds / full.cpu_seconds:.0%}",
        ]  # fmt: skip


def measure(
    command: list[str],
    home: Path,
    until: Callable[[], bool] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Usage:
    """Run a command on a home to its end, or until something holds, and measure it.

    What it prints goes to `LOG` in the home. Memory is sampled every tenth of a second.

    Raises:
        SystemExit: The command failed.
    """
    env = os.environ | {"PATHWAYS_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start, peak = time.perf_counter(), 0
    with (home / LOG).open("w") as log:
        process = psutil.Popen(
            command, cwd=PROJECT, env=env | dict(environment or {}), stdout=log, stderr=log
        )
        while process.poll() is None and not (until and until()):
            peak = max(peak, _resident(process))
            time.sleep(0.1)
    seconds = time.perf_counter() - start
    if process.poll() is None:
        _stop(process)
    elif process.returncode:
        raise SystemExit(f"{' '.join(command)} failed; see {home / LOG}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Usage(seconds, spent, peak / 1e6)


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


@contextmanager
def state_of(folder: Path | None, control: Control | None = None) -> Iterator[Path]:
    """Give a state's folder: the given one, or a temporary one that a control is generated in."""
    if folder:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="pathways-benchmark-") as name:
        if control:
            generate(control, Path(name))
        yield Path(name)


def gate(settings: Settings, report: Report = lambda _: None) -> None:
    """Take everything that landed in a home through the gate."""
    for feed in FEEDS.values():
        if periods := landed_periods(settings.landing, feed):
            accept(settings, feed, periods, report=report)


def dbt(home: Path, folder: Path, *arguments: str, **environment: str) -> None:
    """Run dbt on a home, with target and logs in `folder`.

    Raises:
        CalledProcessError: dbt failed; its messages are printed.
    """
    env = os.environ | {"PATHWAYS_HOME": str(home), "DBT_LOG_LEVEL_FILE": "none"} | environment
    paths = ["--project-dir", DBT_PROJECT, "--profiles-dir", DBT_PROJECT,
             "--target-path", folder / "target", "--log-path", folder / "logs"]  # fmt: skip
    command = [Path(sys.executable).with_name("dbt"), "--quiet", *arguments, *paths]
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


@contextmanager
def disk_at(folder: Path) -> Iterator[bool]:
    """Mount a disk in memory in a folder where this account may; yield whether it is one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", str(folder)]
    is_disk = os.getuid() == 0 and subprocess.run(mount, check=False).returncode == 0  # noqa: S603
    try:
        yield is_disk
    finally:
        if is_disk:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


def resize(disk: Path, size: str) -> None:
    """Give a disk in memory another size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)  # noqa: S603, S607


def release_of(home: Path) -> str | None:
    """Return the current release of a home."""
    link = home / "releases/current"
    return link.readlink().name if link.is_symlink() else None


def accepted(home: Path) -> dict[str, str]:
    """Return the hash of each file of accepted rows."""
    folder = home / "accepted"
    files = sorted(folder.glob("*/period=*.parquet"))
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return dict(zip([str(path.relative_to(folder)) for path in files], hashes, strict=True))


def tables(home: Path) -> dict[str, tuple[int, int]]:
    """Return rows and a hash of each released table that says nothing of deliveries and runs."""
    counted = {}
    with duckdb.connect(str(home / "releases/current" / WAREHOUSE), read_only=True) as reader:
        names = reader.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name <> 'quality'"
        ).fetchall()
        for schema, table in names:
            name = f'{schema}."{table}"'
            query = f"select count(*), coalesce(sum(hash(one)::hugeint), 0) from {name} as one"
            counted[name] = reader.execute(query).fetchall()[0]
    return counted
