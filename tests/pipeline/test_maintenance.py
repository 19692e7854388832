"""Old runs go, what the UI shows stays; a backup comes back whole or not at all."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from pipelines.defs import retention
from pipelines.defs.intake import ACCEPTED
from pipelines.maintenance import backup, restore
from pipelines.release import publish
from pipelines.settings import PROJECT, Settings
from tests.pipeline.conftest import Home

[WAGE] = [asset for asset in ACCEPTED if asset.key.path == ["accepted", "wage"]]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_run_stays_while_its_outputs_are_the_latest(one_quarter: Home) -> None:
    home = one_quarter
    quarter = "landing/wage/2020Q3"
    shutil.copytree(PROJECT / "sample_data/sample" / quarter, home.path / quarter)
    first, second, other = (
        home.materialize(WAGE, quarter).run_id for quarter in ("2020Q2", "2020Q2", "2020Q3")
    )
    checks = list(WAGE.check_keys)

    def prune(now: datetime) -> retention.Pruned:
        return retention.prune(home.settings, home.instance, [WAGE.key], checks, now)

    def partitions() -> set[str]:
        return home.instance.get_materialized_partitions(WAGE.key)

    before = partitions()
    assert before == {"2020Q2", "2020Q3"}
    now = datetime.now(UTC)
    days = home.settings.keep_runs_days
    assert prune(now + timedelta(days=days - 1)).runs == 0
    assert prune(now + timedelta(days=days + 1)).runs == 1
    assert {run.run_id for run in home.instance.get_runs()} == {second, other}
    made = home.instance.fetch_materializations(WAGE.key, limit=10).records
    assert {record.run_id for record in made} == {second, other}
    assert partitions() == before
    left = [path.name for path in (home.path / "dagster").rglob(f"*{first}*")]
    assert left == []


@pytest.fixture(scope="module")
def backed_up(refreshed: Home, tmp_path_factory: pytest.TempPathFactory) -> backup.Backup:
    """Return a backup of the refreshed home."""
    return backup.backup(refreshed.settings, tmp_path_factory.mktemp("backups"), NOW)


@pytest.fixture
def empty(refreshed: Home, tmp_path: Path) -> Settings:
    """Return a home that holds nothing but the key."""
    home = tmp_path / "restored"
    (home / "dagster").mkdir(parents=True)
    (home / "dagster" / "dagster.yaml").write_text("# made by setup\n")
    shutil.copy(refreshed.path / "token_key", home)
    return Settings(home=home)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def test_a_backup_restores_into_an_empty_home_with_the_same_release(
    refreshed: Home, backed_up: backup.Backup, empty: Settings
) -> None:
    current = publish.current(refreshed.settings)
    assert current
    assert backed_up.release_id == current.release_id
    assert restore.restore(empty, backed_up.folder) == current.release_id

    restored = publish.current(empty)
    assert restored
    assert restored.manifest == current.manifest
    for room in backup.DATA:
        assert contents(empty.root / room) == contents(refreshed.path / room), room
    with duckdb.connect(str(empty.releases / "current/warehouse.duckdb"), read_only=True) as db:
        [(rows,)] = db.execute("select count(*) from marts.fct_wage").fetchall()
    assert rows == current.manifest["tables"]["marts.fct_wage"]
    assert {p.stat().st_mode & 0o077 for p in empty.accepted.rglob("*.parquet")} == {0}

    # Run history comes along: periods do not look missing.
    with dg.DagsterInstance.from_config(str(empty.root / "dagster")) as instance:
        assert "2020Q2" in instance.get_materialized_partitions(WAGE.key)


def test_keys_and_passing_files_stay_out(backed_up: backup.Backup) -> None:
    names = {p.relative_to(backed_up.folder / backup.FILES) for p in backed_up.folder.rglob("*")
             if p.is_file() and p.name != backup.LIST}  # fmt: skip
    assert {"landing", "accepted", "ledger", "identity", "releases"} <= {p.parts[0] for p in names}
    assert not {p for p in names if p.parts[0] in {"token_key", "encoding_key", "dbt"}}
    assert not {p for p in names if p.name.endswith((".partial", ".lock"))}


@pytest.mark.parametrize("damage", ["changed", "removed", "added", "unfinished"])
def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_restored(
    backed_up: backup.Backup, empty: Settings, tmp_path: Path, damage: str
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(backed_up.folder, copy)
    victim = sorted((copy / backup.FILES / "accepted").rglob("*.parquet"))[0]
    if damage == "changed":
        victim.write_bytes(victim.read_bytes()[:-1] + b"\x00")
    elif damage == "removed":
        victim.unlink()
    elif damage == "added":
        victim.with_name("more.parquet").write_bytes(b"")
    else:
        (copy / backup.LIST).unlink()
    with pytest.raises(restore.CannotRestore):
        restore.restore(empty, copy)
    assert not [name for name in backup.DATA if (empty.root / name).exists()]


def test_a_backup_needs_its_key_and_an_empty_home(
    backed_up: backup.Backup, empty: Settings
) -> None:
    key = empty.root / "token_key"
    own_key = key.read_text()
    key.write_text("0" * 64)
    with pytest.raises(restore.CannotRestore, match="another token key"):
        restore.restore(empty, backed_up.folder)
    key.unlink()
    with pytest.raises(restore.CannotRestore, match="does not hold the token key"):
        restore.restore(empty, backed_up.folder)
    assert not key.exists()
    key.write_text(own_key)
    empty.landing.mkdir()
    with pytest.raises(restore.CannotRestore, match="holds data"):
        restore.restore(empty, backed_up.folder)


def test_a_backup_lies_outside_the_home(refreshed: Home, tmp_path: Path) -> None:
    with pytest.raises(backup.CannotBackUp, match="lies in the data home"):
        backup.backup(refreshed.settings, refreshed.path / "backups", NOW)
    with pytest.raises(backup.CannotBackUp, match="nothing to back up"):
        backup.backup(Settings(home=tmp_path / "none"), tmp_path / "to", NOW)
