"""Shards in one lake: writers at once, one killed, movers; four shards against one home."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import polars as pl
import pytest

pytest.importorskip("duckdb_extension_ducklake")

from pipelines.lake import roll_up, shards
from pipelines.lake.catalog import LakeError, connect
from pipelines.lake.movers import MoversError, load_movers, movers
from pipelines.settings import Settings
from tests.slow.lake import postgres, tiny_build

COUNTS = "select shard, sum(grads)::int from shard_aggregates.agg_counts_graduate group by 1"


@pytest.fixture(params=["sqlite", "postgres"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Return the settings of a lake in a catalog of each kind."""
    folder, data = tmp_path / "catalog", tmp_path / "files"
    if request.param == "postgres":
        with postgres(folder) as where:
            yield Settings(home=tmp_path / "hub", lake=f"postgres:{where}", lake_data=data)
    else:
        folder.mkdir()
        yield Settings(home=tmp_path / "hub", lake=f"sqlite:{folder}/c.sqlite", lake_data=data)


def worker(lake: Settings, home: Path, name: str, people: int, times: int) -> None:
    """Load a shard of so many people again and again, as a worker's process does."""
    own = tiny_build(home, people, "06037")
    settings = own.model_copy(update={"lake": lake.lake, "lake_data": lake.lake_data})
    for _ in range(times):
        shards.load(settings, name)


def counted(lake: Settings) -> dict[str, int]:
    """Return the graduates of each shard as the lake has them."""
    with connect(lake, read_only=True) as connection:
        return dict(connection.sql(COUNTS).fetchall())


def start(lake: Settings, tmp_path: Path, jobs: list[tuple[str, int, int]]) -> list:
    """Start a process for each job: a shard, its people, and how often it is loaded."""
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=worker, args=(lake, tmp_path / f"home_{n}", name, people, times))
        for n, (name, people, times) in enumerate(jobs)
    ]
    for process in processes:
        process.start()
    return processes


def test_four_writers_lose_no_row_and_mix_no_build(lake: Settings, tmp_path: Path) -> None:
    for name in ("north", "south", "east"):
        shards.add_shard(lake, name)
    # Two disjoint shards, and two workers of one: their builds differ, so that a mixture shows.
    jobs = [("north", 30, 4), ("south", 50, 4), ("east", 70, 4), ("east", 90, 4)]
    processes = start(lake, tmp_path, jobs)
    for process in processes:
        process.join(300)
        assert process.exitcode == 0
    by_shard = counted(lake)
    assert by_shard.pop("east") in (140, 180)
    assert by_shard == {"north": 60, "south": 100}


def test_of_two_first_loads_of_a_shard_the_later_one_conflicts(
    lake: Settings, tmp_path: Path
) -> None:
    shards.add_shard(lake, "north")
    worker(lake, tmp_path / "other", "north", 4, 1)
    with connect(lake) as connection:
        connection.execute("delete from shard_aggregates.agg_counts_graduate")
    with ExitStack() as stack:
        loading = []
        for people in (10, 20):
            home = tiny_build(tmp_path / str(people), people, "06001")
            writer = stack.enter_context(connect(lake, alias="lake"))
            writer.execute(f"attach '{home.build}' as build (read_only)")
            writer.execute("use build; begin")
            shards._replace(writer, "north", [("build", "aggregates", "agg_counts_graduate")])
            loading.append(writer)
        loading[0].execute("commit")
        with pytest.raises(duckdb.Error, match=r"conflict|locked"):
            loading[1].execute("commit")
    # Neither had rows to delete: without the row of the shard both would be there.
    assert counted(lake) == {"north": 20}


def test_a_killed_writer_leaves_the_last_whole_build(lake: Settings, tmp_path: Path) -> None:
    for name in ("north", "south"):
        shards.add_shard(lake, name)
    worker(lake, tmp_path / "first", "north", 10, 1)
    processes = start(lake, tmp_path, [("north", 30, 500), ("south", 50, 8)])
    loaded = time.monotonic() + 60
    while counted(lake).get("north") == 20 and time.monotonic() < loaded:
        time.sleep(0.2)
    os.kill(processes[0].pid, signal.SIGKILL)
    processes[1].join(300)
    assert processes[1].exitcode == 0
    assert counted(lake) == {"north": 60, "south": 100}
    # The next worker takes the shard over.
    worker(lake, tmp_path / "next", "north", 70, 1)
    assert counted(lake) == {"north": 140, "south": 100}


def test_counts_add_up_and_who_is_taken_off_is_gone(tmp_path: Path) -> None:
    lake = Settings(home=tmp_path / "hub")
    where = {"lake": f"sqlite:{lake.root}/lake/catalog.sqlite", "lake_data": lake.root / "data"}
    (lake.root / "lake").mkdir(parents=True)
    lake = lake.model_copy(update=where)
    for name, people, county, weight in [
        ("a", 10, "06001", 1),
        ("b", 8, "06001", 1),
        ("c", 4, "06037", 1),
        ("less", 4, "06037", -1),
    ]:
        shards.add_shard(lake, name, weight)
        own = tiny_build(tmp_path / name, people, county).model_copy(update=where)
        shards.load(own, name)
    files = {"agg_counts_graduate": "build", "dim_place": "build"} | dict.fromkeys(
        ("amounts_exiter", "int_feed__data_through"), "unreleased"
    )
    nodes = {name: {"name": name, "database": file} for name, file in files.items()}
    assert roll_up.add_up(lake, tmp_path, {"nodes": nodes}) == set(files)
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{tmp_path}/unreleased.duckdb'; attach '{tmp_path}/build.duckdb'"
        )
        rows = connection.sql("from build.aggregates.agg_counts_graduate order by all").fetchall()
        amounts = connection.sql(
            "select region_id, is_of_one_each, len(amounts), list_sum(list_transform(amounts, "
            "lambda one: one.n)) from unreleased.counted.amounts_exiter order by all"
        ).fetchall()
        through = connection.sql("from unreleased.intermediate.int_feed__data_through").fetchall()
    expected = [("school", "county:06001", year, 18, 9) for year in ("2018-19", "2019-20")]
    assert rows == expected
    assert amounts == [("county:06001", True, 18, 18), ("county:06037", False, 8, 0)]
    assert [row[:3] for row in through] == [("wage", "2012Q3", "2037Q1")]


def test_a_shard_without_a_whole_build_or_a_name_gives_nothing(tmp_path: Path) -> None:
    own = tiny_build(tmp_path / "home", 10, "06001")
    with pytest.raises(shards.ShardError, match="add-shard north"):
        shards.load(own, "north")
    with pytest.raises(shards.ShardError, match="lower-case"):
        shards.add_shard(own, "North")
    shards.add_shard(own, "north")
    own.build_record.unlink()
    with pytest.raises(LakeError, match="not whole"):
        shards.load(own, "north")


def test_movers_are_whose_tokens_agree_and_nobody_else() -> None:
    rows = [
        # One number in two shards; and in a third, by way of another of that person's numbers.
        ("a", "P1", "t1"), ("b", "P2", "t1"), ("b", "P2", "t2"), ("c", "P3", "t2"),
        # A number of two people of one shard, and one that stays in its shard, say nothing.
        ("a", "P4", "t3"), ("a", "P5", "t3"), ("b", "P6", "t3"), ("c", "P7", "t4"),
        # Two people of one shard would be the same.
        ("a", "P8", "t5"), ("b", "P9", "t5"), ("b", "P9", "t6"), ("a", "P10", "t6"),
    ]  # fmt: skip
    tokens = pl.DataFrame(rows, schema=["shard", "person_id", "ssn_token"], orient="row")
    found = movers(tokens)
    assert found.select("shard", "person_id").rows() == [("a", "P1"), ("b", "P2"), ("c", "P3")]
    assert found["mover"].n_unique() == 1


def test_movers_need_an_agreement_and_one_key(tmp_path: Path) -> None:
    homes = {name: tiny_build(tmp_path / name, 4, "06001") for name in ("a", "b")}
    hub = Settings(home=tmp_path / "hub")
    with pytest.raises(MoversError, match="PATHWAYS_MOVERS_AGREEMENT"):
        load_movers(hub, homes)
    for home in homes.values():
        home.mark_keys()
    with pytest.raises(MoversError, match="different token keys"):
        load_movers(hub.model_copy(update={"movers_agreement": "MOU 7"}), homes)
