"""Releases: whole, private, swapped in one step, pruned and rolled back."""

import filecmp
import stat
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.defs.checks import check_inputs
from pipelines.home.files import write_parquet
from pipelines.intake.ledger import DELIVERY_SCHEMA
from pipelines.release import provenance
from pipelines.release import publish as release
from pipelines.release.build_files import scrub
from pipelines.release.build_files.opened import opened
from pipelines.release.build_files.rewrite import compact, write_anew
from pipelines.release.build_plan import Built, Inputs
from pipelines.release.export import NoSuchTable, export
from pipelines.release.row_counts import COUNTED_VIEWS, count_rows
from pipelines.settings import Settings

START = datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return a home with a small build; its path has quotes and blanks."""
    settings = Settings(home=tmp_path / 'it\'s a "home"', keep_releases=3)
    settings.root.mkdir()
    with duckdb.connect(str(settings.build)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.dim_person (person_id varchar not null)")
        connection.execute("insert into marts.dim_person values ('P1'), ('P2')")
        connection.execute("comment on table marts.dim_person is 'Grain: one person''s row.'")
        connection.execute("comment on column marts.dim_person.person_id is 'The person.'")
        connection.execute("create schema metrics")
        connection.execute("create table metrics.metric_value as select 1 as numerator")
        connection.execute("create view metrics.funnel as from metrics.metric_value")
        connection.execute("comment on column metrics.funnel.numerator is 'People.'")
    settings.values.write_bytes(b"values")
    with duckdb.connect(str(settings.records)) as connection:
        connection.execute("create schema provenance")
        connection.execute(
            "create table provenance.record as select md5(cast(i as varchar)) as record_id, "
            "'wage' as feed, '2018Q4' as period, 'agency' as submitter, 'abc' as delivery_sha256, "
            "i + 2 as row_number from range(500) as t(i)"
        )
    row = dict.fromkeys(DELIVERY_SCHEMA) | {"feed": "wage", "accepted_rows": 7, "is_current": True}
    write_parquet(
        pl.DataFrame([row], DELIVERY_SCHEMA),
        settings.ledger / "delivery/wage/period=2018Q4.parquet",
    )
    return settings


def _rows(settings: Settings) -> dict[str, int]:
    return {".".join(table): rows for table, rows in count_rows(settings.build).items()}


def publish(settings: Settings, hours: int = 0) -> release.Release:
    inputs = Inputs("models", "code", {"accepted.wage": "a"})
    built = Built(inputs, {"test.x": "pass"}, _rows(settings))
    return release.publish(settings, built, f"run {hours}", START + timedelta(hours=hours))


def test_a_release_is_a_copy_of_the_build_with_its_words_and_rows(settings) -> None:
    published = publish(settings)
    with duckdb.connect(str(published.folder / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, comment from duckdb_tables() order by all"
        ).fetchall()
        assert tables == [
            ("marts", "dim_person", "Grain: one person's row."),
            ("metrics", "metric_value", None),
        ]
        [[comment]] = connection.execute(
            "select comment from duckdb_columns() where table_name = 'funnel'"
        ).fetchall()
        assert comment == "People."
        assert connection.execute("from marts.dim_person order by 1").fetchall() == [
            ("P1",),
            ("P2",),
        ]
    assert filecmp.cmp(settings.build, published.folder / "warehouse.duckdb", shallow=False)
    assert published.manifest["tables"] == {"marts.dim_person": 2, "metrics.metric_value": 1}
    assert published.manifest["accepted_rows"] == {"wage": 7}
    assert published.manifest["checks"] == {"test.x": "pass"}
    assert published.manifest["made_from"]["sources"] == {"accepted.wage": "a"}
    assert release.current(settings) == published


def test_what_changed_is_in_the_release_before_it_is_current_and_not_in_the_build(settings) -> None:
    with duckdb.connect(str(settings.build)) as connection:
        connection.execute("create schema quality")
        connection.execute("create table quality.release_change (kind varchar, n integer)")
    changes = pl.DataFrame({"n": [3], "kind": ["rows_lost"]})
    built = Built(Inputs("models", "code", {}), {}, _rows(settings))
    published = release.publish(settings, built, "run", START, changes)
    assert published.manifest["tables"]["quality.release_change"] == 1
    assert published.is_whole
    with duckdb.connect(str(published.folder / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute("from quality.release_change").fetchall()
    assert rows == [("rows_lost", 3)]
    assert count_rows(settings.build)["quality", "release_change"] == 0


@pytest.fixture
def with_views(settings: Settings) -> Settings:
    """Return the home with counts, and the two views of them."""
    with duckdb.connect(str(settings.build)) as connection:
        connection.execute("create schema aggregates")
        connection.execute("create table aggregates.stored as select 1 as numerator from range(3)")
        connection.execute("create view aggregates.agg_counts as from aggregates.stored")
        connection.execute(
            "create table aggregates.agg_comparisons as "
            "select * from (values (1, 1), (0, null)) as t(everybody_successes, best_successes)"
        )
        connection.execute("drop table metrics.metric_value")
        for view in COUNTED_VIEWS:
            connection.execute(f"create view metrics.{view} as from aggregates.stored")
            connection.execute(f"comment on column metrics.{view}.numerator is 'People.'")
    return settings


def test_views_of_counts_are_released_with_their_rows_and_words(with_views) -> None:
    published = publish(with_views)
    assert published.manifest["tables"]["metrics.metric_value"] == 3
    assert published.manifest["tables"]["metrics.metric_equity"] == 4 + 2
    assert "aggregates.agg_counts" not in published.manifest["tables"]
    with duckdb.connect(str(published.folder / "warehouse.duckdb"), read_only=True) as connection:
        comments = connection.execute(
            "select comment from duckdb_columns() where list_contains(?, table_name)",
            [list(COUNTED_VIEWS)],
        ).fetchall()
    assert comments == [("People.",)] * 2


def test_a_view_is_exported_whole_and_an_unknown_table_is_named(with_views, tmp_path) -> None:
    warehouse = publish(with_views).folder / "warehouse.duckdb"
    [path] = export(warehouse, ["metrics.metric_value"], tmp_path / "out")
    assert pl.read_parquet(path)["numerator"].to_list() == [1, 1, 1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(NoSuchTable, match=r"no table metrics\.metric_valeu\."):
        list(export(warehouse, ["marts.dim_person", "metrics.metric_valeu"], tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_only_the_owner_reads_a_release(settings) -> None:
    published = publish(settings)
    for path in published.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(published.folder.stat().st_mode) == 0o700


def test_an_open_reader_keeps_its_release_while_others_follow(settings) -> None:
    publish(settings)
    link = settings.releases / "current" / "warehouse.duckdb"
    with duckdb.connect(str(link), read_only=True) as reader:
        with duckdb.connect(str(settings.build)) as writer:
            writer.execute("insert into marts.dim_person values ('P3')")
        for hours in range(1, 6):
            publish(settings, hours)
        assert reader.execute("select count(*) from marts.dim_person").fetchall() == [(2,)]
    with duckdb.connect(str(link), read_only=True) as reader:
        assert reader.execute("select count(*) from marts.dim_person").fetchall() == [(3,)]


def test_the_last_releases_stay_and_leftovers_go(settings) -> None:
    (settings.releases / "20250101T000000Z-dead.partial").mkdir(parents=True)
    published = [publish(settings, hours).release_id for hours in range(5)]
    assert release.release_ids(settings) == published[-3:]
    assert not list(settings.releases.glob("*.partial"))


def test_rollback_goes_back_one_release_at_a_time(settings) -> None:
    first, second, _ = (publish(settings, hours) for hours in range(3))
    assert release.rollback(settings).release_id == second.release_id
    assert release.rollback(settings).release_id == first.release_id
    with pytest.raises(release.NothingToRollBackTo):
        release.rollback(settings)
    assert publish(settings, 3) == release.current(settings)


def test_a_clock_that_went_back_makes_a_release_that_a_rollback_can_leave(settings) -> None:
    first, second, third = (publish(settings, hours) for hours in (5, 2, 2))
    assert release.release_ids(settings) == [first.release_id, second.release_id, third.release_id]
    assert release.current(settings) == third
    assert third.manifest["released_at"] < first.manifest["released_at"]
    assert release.rollback(settings).release_id == second.release_id
    assert release.rollback(settings).release_id == first.release_id


def test_a_rollback_stands_until_there_is_a_newer_release(settings) -> None:
    first, second = (publish(settings, hours) for hours in range(2))
    assert release.last(settings) == second
    release.rollback(settings)
    assert release.current(settings) == first
    assert release.last(settings) == second
    third = publish(settings, 2)
    assert release.last(settings) == release.current(settings) == third


def test_a_release_that_did_not_become_current_does_not_count(settings) -> None:
    first, _ = (publish(settings, hours) for hours in range(2))
    release._point(settings, first.release_id)
    assert release.last(settings) == first


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_damaged_release_is_not_whole(settings, damage) -> None:
    published = publish(settings)
    assert published.is_whole
    path = published.folder / release.WAREHOUSE
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    else:
        path.unlink()
    assert not published.is_whole


def test_a_build_is_compared_with_a_whole_release_alone(settings) -> None:
    assert check_inputs(settings).warehouse is None
    warehouse = publish(settings).folder / "warehouse.duckdb"
    assert check_inputs(settings).warehouse == warehouse
    warehouse.write_bytes(warehouse.read_bytes()[:5000])
    assert check_inputs(settings).warehouse is None


def test_without_a_release_there_is_nothing_to_roll_back_to(settings) -> None:
    assert release.current(settings) is None
    with pytest.raises(release.NothingToRollBackTo):
        release.rollback(settings)


def test_a_failed_copy_leaves_the_current_release(settings) -> None:
    before = publish(settings)
    settings.build.write_bytes(b"not a database")
    with pytest.raises(duckdb.Error):
        publish(settings, 1)
    assert release.current(settings) == before


@pytest.mark.parametrize("schema", ["staging", "intermediate", "identity"])
def test_what_is_not_for_release_stops_it(settings, schema) -> None:
    before = publish(settings)
    with duckdb.connect(str(settings.build)) as connection:
        connection.execute(f"create schema {schema}")
        connection.execute(f"create table {schema}.person as select 'P1' as person_id")
    with pytest.raises(release.NotForRelease, match=schema):
        publish(settings, 1)
    assert release.current(settings) == before


def _free_blocks(build: Path) -> int:
    with duckdb.connect(str(build), read_only=True) as connection:
        return connection.sql("select free_blocks from pragma_database_size()").fetchall()[0][0]


@pytest.mark.parametrize("way", ["anew", "scrubbed", "layout is another", "mostly holes"])
def test_a_build_is_the_same_without_the_rows_that_it_lost(with_views, monkeypatch, way) -> None:
    settings = with_views
    # As long as the least and greatest value of a column are stored.
    withdrawn = b"withdraw"
    with duckdb.connect(str(settings.build)) as connection:
        connection.execute("set force_compression = 'uncompressed'")
        connection.execute("create table marts.cohort (id varchar not null)")
        connection.execute("comment on table marts.cohort is 'Persons.'")
        connection.execute("comment on column marts.cohort.id is 'A person''s.'")
        connection.execute("insert into marts.cohort values ('P1')")
        connection.execute(
            "insert into marts.cohort select 'withdrawn' || i from range(60000) t(i)"
        )
        connection.execute("create table marts.fct_wage as select i as n from range(9999) t(i)")
        connection.execute("checkpoint; delete from marts.cohort where id <> 'P1'")
    # The file that an update leaves still has them.
    assert withdrawn in settings.build.read_bytes()
    described = (
        "from duckdb_columns() select * exclude (table_oid, database_oid) where not internal"
    )
    with duckdb.connect(str(settings.build)) as connection:
        before = connection.sql(described).pl()
    if way == "anew":
        compact(settings.build)
    else:
        monkeypatch.setattr(scrub, "_MOST_FREE", 0.0 if way == "mostly holes" else 1.0)
        if way == "scrubbed":
            monkeypatch.setattr(scrub, "compact", None)
        elif way == "layout is another":
            monkeypatch.setattr(scrub, "_PARTS", 63)
        with opened(settings) as connection:
            connection.execute("begin")
            write_anew(connection, '"build"."marts"."cohort"', "from {}")
            connection.execute("commit")
        scrub.scrub(settings.build)
    assert withdrawn not in settings.build.read_bytes()
    if way != "scrubbed":
        assert not _free_blocks(settings.build)
        assert stat.S_IMODE(settings.build.stat().st_mode) == 0o600
    with duckdb.connect(str(settings.build), read_only=True) as connection:
        order = ["schema_name", "table_name", "column_name"]
        assert connection.sql(described).pl().sort(order).equals(before.sort(order))
        numbers = connection.sql("select n from marts.fct_wage").fetchall()
        assert connection.sql("from marts.cohort").fetchall() == [("P1",)]
    assert numbers == [(n,) for n in range(9999)]


def test_a_record_is_found_outside_the_release(settings) -> None:
    published = publish(settings)
    [origin] = provenance.origins(settings, [md5(b"40").hexdigest()])
    assert (origin.feed, origin.period, origin.row_number) == ("wage", "2018Q4", 42)
    assert settings.provenance not in published.folder.parents
    with pytest.raises(provenance.NoSuchRecord, match="No record has the id 00ff"):
        provenance.origins(settings, ["00ff"])
    for hours in range(1, 5):
        publish(settings, hours)
    kept = {path.stem for path in settings.provenance.iterdir()}
    assert kept == set(release.release_ids(settings))
