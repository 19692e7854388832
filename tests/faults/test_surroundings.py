"""A disk that fills, folders that may not be written, files that go while a refresh runs."""

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Night, ends_well, stands
from tests.faults.homes import Home

SEED = 20260703
as_root = pytest.mark.skipif(os.getuid() != 0, reason="mounting needs root")


def size_of(path: Path) -> int:
    asked = ["du", "--summarize", "--block-size=1", str(path)]
    return int(subprocess.run(asked, capture_output=True, check=True, text=True).stdout.split()[0])


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of its own in memory; `resize` makes it as small as wanted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def resize(disk: Path, size: int) -> None:
    options = f"remount,size={size}"
    subprocess.run(["mount", "-o", options, str(disk)], check=True)


@as_root
@pytest.mark.parametrize("megabytes_left", [0.1, 1, 4, 12, 20])
def test_a_full_disk(night: Night, small_disk: Path, megabytes_left: float) -> None:
    home = night.home.copy(small_disk / "home")
    resize(small_disk, size_of(home.path) + int(megabytes_left * 1e6))
    assert home.refresh() != 0
    stands(home, night)
    resize(small_disk, 2**31)
    ends_well(home, night)


@pytest.mark.parametrize(
    "folder", ["accepted/k12_enrollment", "ledger", "identity", "releases", "."]
)
def test_a_folder_that_may_not_be_written(home: Home, night: Night, folder: str) -> None:
    closed = [
        path for path in [home.path / folder, *(home.path / folder).rglob("*")] if path.is_dir()
    ]
    folders = closed if folder != "." else [home.path]
    for path in folders:
        path.chmod(0o500)
    assert home.refresh(obeys=True) != 0
    stands(home, night)
    for path in folders:
        path.chmod(0o700)
    # It was the folder, not the lack of root's rights.
    ends_well(home, night, obeys=True)


@pytest.mark.parametrize("at", range(5))
def test_files_that_go_under_its_feet(home: Home, night: Night, at: int) -> None:
    """Landing is put back before the next refresh; everything else is the refresh's to mend."""
    draw = random.Random(SEED + at)
    landing = home.path / "landing"
    shutil.copytree(landing, home.path / "landing.kept")
    rooms = ("accepted", "identity", "ledger", "quarantine", "landing", "dbt")
    refresh = home.start()
    line = draw.randint(1, night.lines)
    refresh.wait_for(lambda: refresh.lines() >= line)
    files = [p for room in rooms for p in sorted((home.path / room).rglob("*")) if p.is_file()]
    for path in draw.sample(files, 10):
        # A snapshot is not removed together with the file it is of.
        if "copy" not in path.parts:
            path.unlink(missing_ok=True)
    refresh.end()
    assert home.tables() in (night.before, night.after)
    shutil.rmtree(landing)
    (home.path / "landing.kept").rename(landing)
    ends_well(home, night)
