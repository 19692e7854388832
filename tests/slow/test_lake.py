"""A lake: its relations equal the file's; a release is a snapshot that readers pin."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

pytest.importorskip("duckdb_extension_ducklake")

from benchmarks.shards import VIEWS, differences, split
from benchmarks.shards import build as build_home
from pipelines.cli import main
from pipelines.home.files import literal
from pipelines.lake import build, releases, roll_up, shards
from pipelines.lake.catalog import ALIAS, LakeError, catalog, connect, data_path
from pipelines.lake.movers import load_movers
from pipelines.settings import Settings
from tests.slow.lake import postgres, small_home, tiny_build


@pytest.fixture
def lake(tmp_path: Path) -> Settings:
    """Return a lake with a SQLite catalog and a table of one row."""
    settings = Settings(home=tmp_path / "home")
    with connect(settings) as connection:
        connection.execute("create schema metrics; create table metrics.said as select 1 as value")
        connection.execute(
            "create view metrics.heard as select value + 1 as value from metrics.said"
        )
    return settings


def said(settings: Settings, release: releases.LakeRelease, table: str = "said") -> int:
    with connect(settings, snapshot=release.snapshot_id) as connection:
        return connection.sql(f"select value from metrics.{table}").fetchall()[0][0]


def say(settings: Settings, value: int) -> None:
    with connect(settings) as connection:
        connection.execute(f"update metrics.said set value = {value}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small home after a refresh."""
    return small_home(tmp_path_factory.mktemp("home"))


def test_every_relation_of_the_lake_equals_the_files(home: Path, tmp_path: Path) -> None:
    with postgres(tmp_path / "catalog") as where:
        settings = Settings(home=home, lake=f"postgres:{where}", lake_data=tmp_path / "files")
        release = build.build(settings)
        differing, relations = compared(settings, release)
        # A build that is not whole releases nothing, and readers stay where they are.
        settings.build_record.rename(tmp_path / "record")
        with pytest.raises(LakeError, match="pathways refresh"):
            build.build(settings)
        (tmp_path / "record").rename(settings.build_record)
        assert releases.at(settings) == release
    assert not differing
    assert relations > 140


def test_a_relation_that_a_later_build_has_no_more_stays_in_older_releases_alone(
    tmp_path: Path,
) -> None:
    settings = tiny_build(tmp_path / "home", 4, "06001")
    older = build.build(settings)
    with duckdb.connect(str(settings.build)) as file:
        file.execute(
            "drop table aggregates.agg_counts_graduate; drop table cohorts.amount; "
            "create view cohorts.amount as from marts.dim_place"
        )
        file.execute(f"attach {literal(settings.unreleased)} as unreleased")
        file.execute("drop view unreleased.counted.amounts_exiter")
    build.write(settings, settings.root)
    newer = releases.release(settings, "code")
    assert relations(settings, older) == {
        "aggregates.agg_counts_graduate", "cohorts.amount", "counted.amounts_exiter",
        "intermediate.int_feed__data_through", "marts.dim_place",
    }  # fmt: skip
    assert relations(settings, newer) == {
        "cohorts.amount", "intermediate.int_feed__data_through", "marts.dim_place",
    }  # fmt: skip


def relations(settings: Settings, release: releases.LakeRelease) -> set[str]:
    with connect(settings, snapshot=release.snapshot_id) as connection:
        rows = connection.sql(
            "select table_schema || '.' || table_name from information_schema.tables "
            f"where table_catalog = '{ALIAS}' and table_schema <> 'main'"
        ).fetchall()
    return {name for (name,) in rows}


def test_shards_and_movers_give_the_figures_of_one_home(home: Path, tmp_path: Path) -> None:
    hub = Settings(home=tmp_path / "hub", movers_agreement="MOU 7")
    where = {"lake": catalog(hub), "lake_data": data_path(hub)}
    homes = {name: Settings(home=tmp_path / name, **where) for name in ("north", "south")}
    assert split(home, tmp_path, list(homes), every=3) > 5
    for name, own in homes.items():
        build_home(own.root)
        shards.add_shard(hub, name)
        shards.load(own, name)
    # Who has moved is two people, until an agreement says otherwise.
    first = roll_up.roll_up(hub)
    assert [table for table, _, apart in differences(hub, home) if apart]
    load_movers(hub, homes)
    roll_up.roll_up(hub)
    found = [*differences(hub, home, VIEWS)]
    assert not [table for table, _, apart in found if apart]
    assert {*VIEWS, "aggregates.agg_quantiles_exiter", "metrics.transition"} <= {
        table for table, rows, _ in found if rows
    }
    assert releases.rollback(hub, "before the agreement").release_id == first.release_id


def compared(settings: Settings, release: releases.LakeRelease) -> tuple[list[str], int]:
    """Return relations of the build that the lake has otherwise, and how many relations it has."""
    differing = []
    with connect(settings, snapshot=release.snapshot_id) as connection:
        connection.execute(f"attach {literal(settings.build)} as file (read_only)")
        connection.execute(f"attach {literal(settings.unreleased)} as unreleased (read_only)")
        # Views of the second file name the first by a name that is the lake's here.
        tables = connection.sql(
            "select table_catalog, table_schema, table_name from information_schema.tables "
            "where table_schema <> 'main' and "
            "(table_catalog = 'file' or table_catalog = 'unreleased' and table_type = 'BASE TABLE')"
        ).fetchall()
        for file, schema, table in tables:
            columns = connection.sql(f"from {file}.{schema}.{table} limit 0").columns
            hashed = ", ".join(f'"{name}"' for name in columns)
            one, other = (
                connection.sql(
                    f"select count(*), sum(hash({hashed})::hugeint) from {name}.{schema}.{table}"
                ).fetchall()
                for name in (file, ALIAS)
            )
            differing += [f"{schema}.{table}"] if one != other else []
        # Not-null constraints and comments, but those of a view's columns.
        of_tables = (
            "select schema_name, table_name, column_name, is_nullable, columns.comment, "
            "tables.comment from duckdb_columns() as columns inner join duckdb_tables() as tables "
            "using (database_name, schema_name, table_name) "
            "where schema_name in ('marts', 'metrics') and database_name"
        )
        said = [
            connection.sql(f"{of_tables} = '{name}' order by all").fetchall()
            for name in ("file", ALIAS)
        ]
        assert said[0] == said[1]
    return differing, len(tables)


def test_readers_pin_a_release_and_a_rollback_names_an_older_one(lake: Settings) -> None:
    first = releases.release(lake, "code 1")
    say(lake, 5)
    # Nobody reads what is not released.
    assert said(lake, releases.at(lake)) == 1
    second = releases.release(lake, "code 2")
    assert [said(lake, one) for one in (first, second)] == [1, 5]
    assert said(lake, second, "heard") == 6
    back = releases.rollback(lake, "wrong wages")
    assert back.release_id == first.release_id
    assert said(lake, releases.at(lake)) == 1
    with pytest.raises(releases.NoLakeRelease):
        releases.rollback(lake, "further back")
    assert releases.rollback(lake, "right after all", second.release_id) == releases.at(lake)
    assert said(lake, releases.at(lake)) == 5
    assert [one.reason for one in releases.releases(lake)] == [
        "", "", "wrong wages", "right after all",
    ]  # fmt: skip


def test_a_day_in_march_is_answered_by_what_was_current_then(lake: Settings) -> None:
    for month, value in ((1, 10), (3, 30), (6, 60)):
        say(lake, value)
        new = releases.release(lake, "code")
        with connect(lake) as connection:
            day = datetime(2026, month, 5, tzinfo=UTC)
            connection.execute(
                "update main.release set released_at = ? where release_id = ?",
                [day, new.release_id],
            )
    march = datetime(2026, 3, 31, tzinfo=UTC)
    assert said(lake, releases.at(lake, time=march)) == 30
    assert said(lake, releases.at(lake)) == 60
    with pytest.raises(releases.NoLakeRelease):
        releases.at(lake, time=datetime(2025, 3, 31, tzinfo=UTC))


def test_snapshots_that_no_release_reads_expire(lake: Settings) -> None:
    made = []
    for value in range(1, 5):
        say(lake, value)
        say(lake, 10 * value)
        made.append(releases.release(lake, "code"))
    assert releases.prune(lake, keep=2) > 0
    assert [said(lake, one) for one in made[-2:]] == [30, 40]
    with pytest.raises(LakeError):
        said(lake, made[0])


def test_commands_print_a_release_and_its_answers(
    lake: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(lake.root))
    first = releases.release(lake, "code 1")
    say(lake, 5)
    releases.release(lake, "code 2")

    def printed(*arguments: str) -> str:
        with pytest.raises(SystemExit):
            main(["lake", *arguments])
        return capsys.readouterr().out

    assert " 5 " in printed("query", "from metrics.said")
    assert " 1 " in printed("query", "from metrics.said", "--release", first.release_id)
    assert f"snapshot_version {first.snapshot_id}" in printed(
        "attach", "--release", first.release_id
    )
    assert first.release_id in printed("rollback", "--reason", "a test of it")
    assert "a test of it" in printed("releases")
    assert "expired" in printed("prune")
