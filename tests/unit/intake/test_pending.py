"""What a refresh has to take: by content, whole files only, and never what is closed."""

import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from pipelines.home import code_version
from pipelines.home.snapshot import Damaged
from pipelines.intake import accept as accept_
from pipelines.intake import closures, ledger
from pipelines.intake.accept import accept
from pipelines.intake.pending import ForceOptions
from pipelines.intake.readers import process
from pipelines.release import build_plan
from pipelines.settings import Settings
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR

FEED = FEEDS["k12_enrollment"]
ROW = GOOD["k12_enrollment"]
DISTRICT = "1990001"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, settle_seconds=0)


def land(settings: Settings, *rows: dict, name: str = f"{DISTRICT}.csv") -> Path:
    path = settings.landing / FEED.name / YEAR / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(list(rows or [ROW])).write_csv(path)
    return path


def take(settings: Settings, **forced: object) -> list[ledger.DeliveryResult]:
    return accept(settings, FEED, [YEAR], ForceOptions(**forced)).get(YEAR, [])


def accepted(settings: Settings) -> Path:
    return settings.accepted / FEED.name / f"period={YEAR}.parquet"


OTHER = ROW | {"state_student_id": "9000000009", "local_student_id": "other"}


def test_a_file_is_taken_once_whatever_its_time(settings) -> None:
    path = land(settings)
    assert len(take(settings)) == 1
    assert take(settings) == []
    os.utime(path, (1, 1))
    assert take(settings) == []
    path.write_bytes(path.read_bytes())
    assert take(settings) == []


@pytest.mark.parametrize("way", ["copied", "moved"])
def test_a_home_in_another_place_has_nothing_new(settings, tmp_path, way) -> None:
    land(settings)
    # The second refresh adds an empty file, which a feed without deliveries is read by.
    assert [len(take(settings)), len(take(settings))] == [1, 0]
    before = build_plan.inputs(settings).sources
    elsewhere = tmp_path.with_name(f"{tmp_path.name} elsewhere")
    if way == "copied":
        # Without the times of its files.
        shutil.copytree(tmp_path, elsewhere, copy_function=shutil.copyfile)
    else:
        tmp_path.rename(elsewhere)
    there = Settings(home=elsewhere, settle_seconds=0)
    assert take(there) == []
    assert build_plan.inputs(there).sources == before
    path = accepted(there)
    path.touch()
    assert build_plan.inputs(there).sources == before
    pl.read_parquet(path).clear().write_parquet(path)
    assert build_plan.inputs(there).sources != before


def test_other_content_is_taken_though_time_and_size_are_the_same(settings) -> None:
    path = land(settings)
    stat = path.stat()
    take(settings)
    content = path.read_bytes()
    path.write_bytes(content.replace(ROW["first_name"].encode(), ROW["first_name"].encode()[::-1]))
    assert path.stat().st_size == stat.st_size
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert len(take(settings)) == 1


def test_only_the_changed_submitters_file_is_taken(settings) -> None:
    land(settings)
    land(settings, ROW | {"district_id": "1990002"}, name="1990002.csv")
    assert len(take(settings)) == 2
    land(settings, ROW, OTHER)
    assert [result.delivery.submitter for result in take(settings)] == [DISTRICT]


def test_what_superseded_a_delivery_is_recorded(settings) -> None:
    land(settings)
    [first] = take(settings)
    land(settings, ROW, OTHER)
    [second] = take(settings)
    rows = {r["delivery_sha256"]: r for r in ledger.deliveries(settings.ledger).to_dicts()}
    assert rows[first.delivery.sha256]["superseded_by"] == second.delivery.sha256
    assert rows[first.delivery.sha256]["superseded_at"]
    assert rows[second.delivery.sha256]["superseded_by"] is None


def test_a_correction_taken_back_is_taken_again(settings) -> None:
    land(settings)
    take(settings)
    land(settings, ROW, OTHER)
    take(settings)
    land(settings)
    [result] = take(settings)
    assert result.accepted_rows == 1
    assert ledger.deliveries(settings.ledger).filter("is_current").height == 1


@pytest.mark.parametrize("of", ["contract", "gate"])
def test_another_version_takes_everything_again(settings, monkeypatch, of) -> None:
    land(settings)
    take(settings)
    monkeypatch.setattr(code_version, "gate", lambda _: "other")
    if of == "contract":
        monkeypatch.setattr(code_version, "contract", lambda _: "other")
    assert len(take(settings)) == 1
    assert take(settings) == []


@pytest.mark.parametrize("fault", ["gone", "cut", "other"])
@pytest.mark.parametrize("room", ["accepted", "identity"])
def test_damaged_files_are_made_again_from_landing(settings, room, fault) -> None:
    land(settings)
    take(settings)
    path = settings.root / room / FEED.name / f"period={YEAR}.parquet"
    whole = path.read_bytes()
    if fault == "gone":
        path.unlink()
    else:
        path.write_bytes(whole[:100] if fault == "cut" else whole[::-1])
    assert len(take(settings)) == 1
    assert path.read_bytes() == whole


def test_damage_that_landing_can_not_mend_stops_with_a_word(settings) -> None:
    landed = land(settings)
    take(settings)
    landed.unlink()
    assert take(settings) == []
    accepted(settings).unlink()
    with pytest.raises(Damaged, match=f"{YEAR}/{DISTRICT}"):
        take(settings)


@pytest.mark.parametrize("kind", ["delivery", "reason"])
def test_a_damaged_ledger_comes_back_from_its_copy(settings, kind) -> None:
    land(settings, ROW, OTHER | {"grade_level": "7"})
    take(settings)
    path = settings.ledger / kind / FEED.name / f"period={YEAR}.parquet"
    whole = path.read_bytes()
    for damage in (lambda: path.write_bytes(b"PAR1"), path.unlink):
        damage()
        assert ledger.SCHEMAS[kind] == (rows := ledger._all(settings.ledger, kind, "*")).schema
        assert rows.height == 1
        assert path.read_bytes() == whole
    assert take(settings) == []


def died(settings: Settings, monkeypatch, at: object, name: str) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(at, name, lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take(settings)


@pytest.mark.parametrize(("at", "again"), [((ledger, "record"), 1), ((accept_, "finish"), 0)])
def test_a_run_that_died_at_one_delivery_costs_no_other_of_the_period(
    settings, monkeypatch, at, again
) -> None:
    """One that was never corrected is no longer in landing: only its accepted rows hold it."""
    landed = land(
        settings,
        ROW | {"district_id": "1990002", "school_id": f"1990002{ROW['school_id'][7:]}"},
        name="1990002.csv",
    )
    land(settings, ROW)
    take(settings)
    landed.unlink()
    before = pl.read_parquet(accepted(settings))
    land(settings, ROW, OTHER)
    died(settings, monkeypatch, *at)
    assert pl.read_parquet(accepted(settings)).equals(before)
    assert len(take(settings)) == again
    rows = pl.read_parquet(accepted(settings))
    assert rows["submitter"].to_list() == [DISTRICT, DISTRICT, "1990002"]
    assert rows.filter(submitter="1990002").equals(before.filter(submitter="1990002"))
    assert take(settings) == []
    assert not list(settings.root.rglob("*.next"))


@pytest.mark.parametrize("name", ["record", "finish"])
def test_a_run_that_died_where_no_row_is_rejected_any_more(settings, monkeypatch, name) -> None:
    land(settings, ROW, OTHER | {"grade_level": "7"})
    take(settings)
    quarantined = settings.quarantine / FEED.name / f"period={YEAR}.parquet"
    assert quarantined.exists()
    land(settings, ROW, OTHER)
    died(settings, monkeypatch, {"record": ledger, "finish": accept_}[name], name)
    assert len(take(settings)) == (name == "record")
    assert not quarantined.exists()
    assert take(settings) == []


def test_a_run_that_died_before_the_ledger_was_written_does_it_again(settings, monkeypatch) -> None:
    land(settings)
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "record", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take(settings)
    assert not accepted(settings).exists()
    assert len(take(settings)) == 1
    assert take(settings) == []


def test_forcing_takes_again_and_only_what_was_named(settings) -> None:
    land(settings)
    take(settings)
    assert len(take(settings, is_on=True)) == 1
    assert take(settings, is_on=True, periods=frozenset({"2001-02"})) == []


def test_a_refused_file_is_refused_once_and_leaves_the_last_one(settings) -> None:
    land(settings)
    take(settings)
    path = land(settings)
    path.write_bytes(b"")
    assert [result.refused for result in take(settings)] == [("file:empty",)]
    assert take(settings) == []
    assert pl.read_parquet(accepted(settings)).height == 1


def test_two_files_of_one_name_are_refused_until_one_goes(settings) -> None:
    land(settings)
    take(settings)
    twin = land(settings, name=f"{DISTRICT}.parquet")
    assert {result.refused for result in take(settings)} == {("file:two_files",)}
    assert take(settings) == []
    assert ledger.deliveries(settings.ledger).filter("is_current").height == 1
    twin.unlink()
    assert take(settings) == []


class TestClosed:
    """A closed period."""

    def test_it_turns_changes_away_unless_they_are_forced(self, settings) -> None:
        land(settings)
        take(settings)
        closures.declare(settings, closures.CLOSED, YEAR, FEED.name, "reported to the state")
        land(settings, ROW, OTHER)
        [result] = take(settings)
        assert result.refused == ("file:closed_period",)
        assert "is closed" in (result.message or "")
        assert take(settings) == []
        assert take(settings, is_on=True) == []
        assert pl.read_parquet(accepted(settings)).height == 1

        [result] = take(settings, closed_because="audit finding 7")
        assert result.accepted_rows == 2
        [*_, last] = closures.log(settings)
        assert (last.what, last.reason) == (closures.FORCED, "audit finding 7")

    def test_reopened_it_takes_what_it_turned_away(self, settings) -> None:
        closures.declare(settings, closures.CLOSED, YEAR, FEED.name, "early")
        land(settings)
        assert take(settings)[0].refused
        closures.declare(settings, closures.REOPENED, YEAR, FEED.name, "late file")
        assert take(settings)[0].accepted_rows == 1

    def test_its_damaged_files_are_mended(self, settings) -> None:
        land(settings)
        take(settings)
        closures.declare(settings, closures.CLOSED, YEAR, FEED.name, "done")
        accepted(settings).unlink()
        assert take(settings)[0].accepted_rows == 1


def test_a_file_written_to_while_it_is_read_is_left(settings, monkeypatch) -> None:
    path = land(settings)
    read = process.read

    def slow(*given):
        for text in read(*given):
            path.write_bytes(path.read_bytes() + b"\n")
            yield text

    monkeypatch.setattr(process, "read", slow)
    assert take(settings) == []
    monkeypatch.undo()
    assert len(take(settings)) == 1


def test_a_marker_is_no_delivery(settings) -> None:
    path = land(settings)
    path.with_name(path.name + ".done").touch()
    assert [result.delivery.path.name for result in take(settings)] == [path.name]
