"""What a refresh has to take: by content, whole files only, and never what is closed."""

import os
import time
from pathlib import Path

import polars as pl
import pytest

from pipelines.home import code_version
from pipelines.intake import closures, ledger, pending
from pipelines.intake.accept import accept
from pipelines.intake.deliveries import Known, arriving
from pipelines.intake.pending import Forced
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


def take(settings: Settings, **forced: object) -> list[ledger.Account]:
    return accept(settings, FEED, [YEAR], Forced(**forced)).get(YEAR, [])


def accepted(settings: Settings) -> Path:
    return settings.accepted / FEED.name / f"period={YEAR}" / f"{DISTRICT}.parquet"


OTHER = ROW | {"state_student_id": "9000000009", "local_student_id": "other"}


def test_a_file_is_taken_once_whatever_its_time(settings) -> None:
    path = land(settings)
    assert len(take(settings)) == 1
    assert take(settings) == []
    os.utime(path, (1, 1))
    assert take(settings) == []
    path.write_bytes(path.read_bytes())
    assert take(settings) == []


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
    assert [account.delivery.submitter for account in take(settings)] == [DISTRICT]


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
    [account] = take(settings)
    assert account.accepted_rows == 1
    assert ledger.deliveries(settings.ledger).filter("in_force").height == 1


@pytest.mark.parametrize("of", ["contract", "gate"])
def test_another_version_takes_everything_again(settings, monkeypatch, of) -> None:
    land(settings)
    take(settings)
    monkeypatch.setattr(code_version, "gate", lambda _: "other")
    if of == "contract":
        monkeypatch.setattr(code_version, "contract", lambda _: "other")
    assert len(take(settings)) == 1
    assert take(settings) == []


def test_a_contract_counts_what_it_reads_and_nothing_else() -> None:
    reached = {
        path.stem for path in code_version._reachable(code_version._SCHEMAS / "feeds/wage.py")
    }
    assert {"wage", "contract", "periods"} <= reached
    assert "k12_enrollment" not in reached


@pytest.mark.parametrize("fault", ["gone", "cut", "other"])
@pytest.mark.parametrize("room", ["accepted", "identity"])
def test_damaged_files_are_made_again_from_landing(settings, room, fault) -> None:
    land(settings)
    take(settings)
    path = settings.root / room / FEED.name / f"period={YEAR}" / f"{DISTRICT}.parquet"
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
    with pytest.raises(pending.Damaged, match=f"{YEAR}/{DISTRICT}"):
        take(settings)


@pytest.mark.parametrize("kind", ["delivery", "reason"])
def test_a_damaged_ledger_comes_back_from_its_copy(settings, kind) -> None:
    land(settings, ROW, OTHER | {"grade_level": "7"})
    take(settings)
    path = settings.ledger / kind / FEED.name / f"period={YEAR}.parquet"
    whole = path.read_bytes()
    for damage in (lambda: path.write_bytes(b"PAR1"), path.unlink):
        damage()
        assert ledger._all(settings.ledger, kind, "*").height == 1
        assert path.read_bytes() == whole
    assert take(settings) == []


def test_a_gate_that_died_before_its_last_word_does_it_again(settings) -> None:
    land(settings)
    take(settings)
    (accepted(settings).parent / pending.MADE).unlink()
    assert len(take(settings)) == 1
    assert ledger.deliveries(settings.ledger).height == 1


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
    assert [account.refused for account in take(settings)] == [("file:empty",)]
    assert take(settings) == []
    assert pl.read_parquet(accepted(settings)).height == 1


def test_two_files_of_one_name_are_refused_until_one_goes(settings) -> None:
    land(settings)
    take(settings)
    twin = land(settings, name=f"{DISTRICT}.parquet")
    assert {account.refused for account in take(settings)} == {("file:two_files",)}
    assert take(settings) == []
    assert ledger.deliveries(settings.ledger).filter("in_force").height == 1
    twin.unlink()
    assert take(settings) == []


class TestClosed:
    """A closed period."""

    def test_it_turns_changes_away_unless_they_are_forced(self, settings) -> None:
        land(settings)
        take(settings)
        closures.declare(settings, closures.CLOSED, YEAR, FEED.name, "reported to the state")
        land(settings, ROW, OTHER)
        [account] = take(settings)
        assert account.refused == ("file:closed_period",)
        assert "is closed" in (account.message or "")
        assert take(settings) == []
        assert take(settings, is_on=True) == []
        assert pl.read_parquet(accepted(settings)).height == 1

        [account] = take(settings, closed_because="audit finding 7")
        assert account.accepted_rows == 2
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

    def test_a_calendar_is_closed_as_a_whole(self, settings) -> None:
        feeds = closures.declare(settings, closures.CLOSED, "2018Q4", "", "done")
        assert feeds == ["wage"]

    @pytest.mark.parametrize(
        ("period", "feed", "reason", "words"),
        [
            (YEAR, "", "", "Say why"),
            (YEAR, "wages", "x", "no feed wages"),
            (YEAR, "wage", "x", "no period of wage"),
            ("2018", "", "x", "is no period"),
        ],
    )
    def test_what_can_not_be_closed(self, settings, period, feed, reason, words) -> None:
        with pytest.raises(closures.CannotClose, match=words):
            closures.declare(settings, closures.CLOSED, period, feed, reason)

    def test_closing_twice_says_so(self, settings) -> None:
        closures.declare(settings, closures.CLOSED, YEAR, "", "done")
        with pytest.raises(closures.CannotClose, match="already closed"):
            closures.declare(settings, closures.CLOSED, YEAR, "", "done")


class TestArriving:
    """A file that is still being copied."""

    def test_one_that_grows_between_two_looks_is_left(self, settings, monkeypatch) -> None:
        path = land(settings)
        monkeypatch.setattr(time, "sleep", lambda _: path.write_bytes(path.read_bytes() + b"x\n"))
        assert arriving([path], Known(settings.landing), 5) == {path}

    def test_one_that_stands_still_is_taken(self, settings, monkeypatch) -> None:
        path = land(settings)
        waited = []
        monkeypatch.setattr(time, "sleep", waited.append)
        assert arriving([path], Known(settings.landing), 5) == set()
        assert waited == [5]

    def test_one_that_stood_still_is_not_waited_for(self, settings, monkeypatch) -> None:
        path = land(settings)
        later = time.time_ns() + 10_000_000_000
        monkeypatch.setattr(time, "time_ns", lambda: later)
        monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))
        assert arriving([path], Known(settings.landing), 5) == set()

    def test_a_hash_beside_it_has_to_fit(self, settings, monkeypatch) -> None:
        monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))
        path = land(settings)
        known = Known(settings.landing)
        beside = path.with_name(path.name + ".sha256")
        beside.write_text(f"{'0' * 64}  {path.name}\n")
        assert arriving([path], known, 5) == {path}
        beside.write_text(f"{known.print(path)[1]}  {path.name}\n")
        assert arriving([path], known, 5) == set()

    def test_a_done_beside_it_is_enough_and_neither_is_a_delivery(
        self, settings, monkeypatch
    ) -> None:
        monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))
        path = land(settings)
        path.with_name(path.name + ".done").touch()
        assert arriving([path], Known(settings.landing), 5) == set()
        assert [account.delivery.path.name for account in take(settings)] == [path.name]

    def test_one_written_to_while_it_is_read_is_left(self, settings, monkeypatch) -> None:
        path = land(settings)
        from pipelines.intake import accept as validation

        read = validation.read_delivery

        def slow(*given):
            frame = read(*given)
            path.write_bytes(path.read_bytes() + b"\n")
            return frame

        monkeypatch.setattr(validation, "read_delivery", slow)
        assert take(settings) == []
        monkeypatch.undo()
        assert len(take(settings)) == 1


def test_hashes_of_files_that_stand_still_are_kept(settings) -> None:
    path = land(settings)
    known = Known(settings.landing, settings.landed)
    known.print(path)
    known.keep([path])
    # Written to a moment ago, it could be written to again within the grain of its clock.
    assert not Known(settings.landing, settings.landed).knows(path)
    rows = pl.read_parquet(settings.landed)
    rows.with_columns(pl.col("looked_ns") + 10_000_000_000).write_parquet(settings.landed)
    assert Known(settings.landing, settings.landed).knows(path)
    os.utime(path, (1, 1))
    assert not Known(settings.landing, settings.landed).knows(path)
    settings.landed.write_bytes(b"damaged")
    assert not Known(settings.landing, settings.landed).knows(path)
