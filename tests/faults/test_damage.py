"""Files that are cut, overwritten or gone before a refresh: it mends them, and ends as if nothing.

All of a room is damaged at once, each file in another way, and one refresh has to do.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import Night, ends_well, stands
from tests.faults.homes import Home

SEED = 20260702


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def garbage(path: Path) -> None:
    path.write_bytes(random.Random(SEED).randbytes(path.stat().st_size))


def empty(path: Path) -> None:
    path.write_bytes(b"")


WAYS: list[Callable[[Path], object]] = [cut, garbage, empty, Path.unlink]
ROOMS = {
    "accepted": ["accepted/*/period=*.parquet"],
    "cache of hashes": ["ledger/landed.parquet", "ledger/snapshot.json"],
    "identity": ["identity/*/period=*.parquet"],
    "quarantine": ["quarantine/*/period=*.parquet"],
    "ledger": ["ledger/delivery/*/*.parquet", "ledger/reason/*/*.parquet"],
    "linkage": ["identity/*.parquet", "identity/linkage_model.json", "identity/linkage/*.parquet"],
    "the build's notes": ["build.json", "dbt/*.json", "dbt/*.msgpack"],
}


@pytest.mark.parametrize("room", ROOMS)
def test_a_damaged_room_is_mended(home: Home, night: Night, room: str) -> None:
    paths = [path for pattern in ROOMS[room] for path in sorted(home.path.glob(pattern))]
    assert paths
    # Some of each, in every way.
    for at, path in enumerate(paths[:: max(1, len(paths) // 40)]):
        WAYS[at % len(WAYS)](path)
    assert home.tables() == night.before
    ends_well(home, night)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_damaged_build_is_built_anew(home: Home, night: Night, way) -> None:
    way(home.path / "build.duckdb")
    home.path.joinpath("build.duckdb.wal").write_bytes(b"left behind")
    stands(home, night)
    ends_well(home, night)


@pytest.mark.parametrize("way", [cut, Path.unlink], ids=lambda way: way.__name__)
def test_a_damaged_release_is_replaced_though_nothing_is_new(home: Home, night: Night, way) -> None:
    ends_well(home, night)
    way((home.path / "releases/current/warehouse.duckdb").resolve())
    ends_well(home, night)
    (home.path / "releases/current").unlink()
    ends_well(home, night)


def test_what_dbt_keeps_may_go(home: Home, night: Night) -> None:
    shutil.rmtree(home.path / "dbt")
    shutil.rmtree(home.path / "dagster" / "storage", ignore_errors=True)
    ends_well(home, night)
