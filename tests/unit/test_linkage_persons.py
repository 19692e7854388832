"""Ids of persons: the same from run to run, on any number of cores, through merges and splits."""

import functools
import shutil
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.home.files import sha256, write_parquet_if_new
from pipelines.linkage import model, run
from pipelines.linkage.records import to_records
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import Settings

from .linkage_cases import by_key, deliver, home, keys, people, person

K12, COLLEGE, DUAL, WAGE = "k12_enrollment", "college_enrollment", "dual_enrollment", "wage"
FIRST = [
    person(K12, "k", "S1", None, "Ana", "Villalobos"),
    person(COLLEGE, "c", None, "912345678", "Ana", "Villalobos"),
    person(WAGE, "w", None, "912345678", "ANA", "VILLALOBOS"),
    person(K12, "x", "S2", None, "Boris", "Kowalski"),
    person(WAGE, "y", None, "955554444", "BORIS", "KOWALSKI"),
]
NEW = [
    person(DUAL, "d", "S2", "955554444", "Boris", "Kowalski"),
    person(WAGE, "v", None, "912345678", "ANITA", "VILLALOBOS"),
    person(K12, "z", "S3", None, "Chue", "Vang"),
]


def changes(settings: Settings, run: str) -> list[tuple]:
    told = pl.read_parquet(settings.identity / "person_change.parquet").filter(changed_at=run)
    return told.select("change", "person_id", "other_person_id").rows()


def test_new_records_join_persons_and_nobody_is_renumbered(tmp_path) -> None:
    settings, rows = home(tmp_path, FIRST), FIRST + NEW
    before = by_key(refresh_crosswalk(settings, run_id="1"), FIRST, "person_id")
    deliver(settings, NEW, submitter="two")
    crosswalk = refresh_crosswalk(settings, run_id="2")
    after = by_key(crosswalk, rows, "person_id")
    assert people(crosswalk, rows) == {frozenset("kcwv"), frozenset("xyd"), frozenset("z")}
    assert {after[key] for key in "kcwv"} == {before["k"]}
    assert after["d"] in {before["x"], before["y"]}


def test_a_night_gives_what_a_full_relink_gives(tmp_path) -> None:
    settings = home(tmp_path / "night", FIRST)
    refresh_crosswalk(settings)
    deliver(settings, NEW, submitter="two")
    night = refresh_crosswalk(settings)
    whole = home(tmp_path / "whole", FIRST)
    deliver(whole, NEW, submitter="two")
    full = refresh_crosswalk(whole, full=True)
    drop = ["person_id"]
    assert night.drop(drop).equals(full.drop(drop))
    assert people(night, FIRST + NEW) == people(full, FIRST + NEW)
    told = [pl.read_parquet(s.identity / "link_quality.parquet") for s in (settings, whole)]
    assert_frame_equal(*told)
    assert refresh_crosswalk(settings, full=True).equals(night)


def test_wages_that_were_told_before_are_not_looked_at_again(tmp_path, monkeypatch) -> None:
    """Who stays in a job is in every quarter's file, with the same words."""
    settings = home(tmp_path, FIRST)
    deliver(settings, FIRST, period="2019-20", submitter="two")
    refresh_crosswalk(settings)
    seen = []

    def watched(identities):
        frames = list(identities)
        seen.extend(row for frame in frames for row in frame.select("source", "last_name").rows())
        return to_records(frames)

    monkeypatch.setattr("pipelines.linkage.run.to_records", watched)
    moved = person(WAGE, "y", None, "955554444", "BORIS", "KOWALSKY")
    deliver(settings, [*FIRST, moved], period="2020-21")
    night = refresh_crosswalk(settings)
    assert sorted(name for source, name in seen if source == WAGE) == ["KOWALSKY"]
    assert refresh_crosswalk(settings, full=True).equals(night)
    # A quarter that is delivered again, corrected, is read whole: the rest may be told no more.
    seen.clear()
    deliver(settings, [moved], period="2020-21")
    night = refresh_crosswalk(settings)
    assert {name for source, name in seen if source == WAGE} == {
        "KOWALSKI",
        "KOWALSKY",
        "VILLALOBOS",
    }
    assert refresh_crosswalk(settings, full=True).equals(night)


def test_nights_leave_whom_they_do_not_touch_as_a_full_relink_does(tmp_path) -> None:
    """Each night adds a file to the records; a full relink, or a loss, makes one of them all."""
    settings = home(tmp_path, FIRST)
    before = refresh_crosswalk(settings)
    for at, row in enumerate(NEW):
        deliver(settings, [row], submitter=f"{at + 2}")
        refresh_crosswalk(settings)
    night = refresh_crosswalk(settings)
    parts = sorted(path.name for path in (settings.identity / "linkage").glob("record.*.parquet"))
    assert parts == [f"record.{at:05d}.parquet" for at in range(len(NEW))]
    full = refresh_crosswalk(settings, full=True)
    assert not list((settings.identity / "linkage").glob("record.*.parquet"))
    assert full.equals(night)
    # `y` joins `x` when a new record shows them to be one; the others are as they were.
    of = [by_key(before, FIRST, "person_id"), by_key(full, FIRST + NEW, "person_id")]
    assert all(of[0][key] == of[1][key] for key in "kcw")
    assert settings.crosswalk.read_bytes() == _bytes_of_full(tmp_path / "again", settings)


def _bytes_of_full(path: Path, settings: Settings) -> bytes:
    """Return the crosswalk of a home with the same files and the same history of ids."""
    shutil.copytree(settings.identity, path / "identity")
    refresh_crosswalk(Settings(home=path), full=True)
    return Settings(home=path).crosswalk.read_bytes()


def test_a_file_written_again_as_it_was_is_not_new(tmp_path, monkeypatch) -> None:
    settings = home(tmp_path, FIRST)
    refresh_crosswalk(settings)
    read = []
    monkeypatch.setattr(run, "sha256", lambda path: read.append(path) or sha256(path))
    refresh_crosswalk(settings)
    assert read == []
    path = settings.identity / K12 / "period=2018-19" / "one.parquet"
    frame = pl.read_parquet(path)
    before = path.stat().st_mtime_ns
    write_parquet_if_new(frame, path)
    assert path.stat().st_mtime_ns == before
    path.write_bytes(path.read_bytes())
    refresh_crosswalk(settings, run_id="2")
    assert read == [path]
    assert changes(settings, "2") == []


def test_a_merge_is_recorded_and_its_id_is_not_used_again(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    before = by_key(refresh_crosswalk(settings, run_id="1"), FIRST, "person_id")
    assert before["x"] != before["y"]
    deliver(settings, NEW[:1], submitter="two")
    after = by_key(refresh_crosswalk(settings, run_id="2"), FIRST + NEW, "person_id")
    kept = after["x"]
    [lost] = {before["x"], before["y"]} - {kept}
    assert changes(settings, "2") == [("merged", lost, kept)]


def test_withdrawn_evidence_splits_a_person_and_says_so(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    deliver(settings, NEW[:1], submitter="two")
    joined = by_key(refresh_crosswalk(settings, run_id="1"), FIRST + NEW, "person_id")
    assert joined["x"] == joined["y"]
    (settings.identity / DUAL / "period=2018-19" / "two.parquet").unlink()
    crosswalk = refresh_crosswalk(settings, run_id="2")
    after = by_key(crosswalk, FIRST, "person_id")
    assert after["x"] != after["y"]
    [(change, new, other)] = changes(settings, "2")
    assert (change, other) == ("split", joined["x"])
    assert new in {after["x"], after["y"]}


def test_a_person_without_records_is_retired_for_good(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    deliver(settings, NEW[2:], submitter="two")
    gone = by_key(refresh_crosswalk(settings, run_id="1"), FIRST + NEW, "person_id")["z"]
    path = settings.identity / K12 / "period=2018-19" / "two.parquet"
    content = path.read_bytes()
    path.unlink()
    refresh_crosswalk(settings, run_id="2")
    assert changes(settings, "2") == [("retired", gone, None)]
    path.write_bytes(content)
    back = by_key(refresh_crosswalk(settings, run_id="3"), FIRST + NEW, "person_id")["z"]
    assert back != gone
    assert changes(settings, "3") == [("minted", back, None)]


def test_nothing_new_changes_nothing(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    refresh_crosswalk(settings, run_id="1")
    before = settings.crosswalk.read_bytes()
    refresh_crosswalk(settings, run_id="2")
    assert settings.crosswalk.read_bytes() == before
    assert changes(settings, "2") == []


def test_a_run_that_died_while_writing_is_made_good(tmp_path, monkeypatch) -> None:
    settings = home(tmp_path, FIRST)
    before = by_key(refresh_crosswalk(settings), FIRST, "person_id")
    deliver(settings, NEW, submitter="two")

    def die(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.linkage.run._remember_changes", die)
        with pytest.raises(OSError):
            refresh_crosswalk(settings)
    crosswalk = refresh_crosswalk(settings)
    assert people(crosswalk, FIRST + NEW) == {frozenset("kcwv"), frozenset("xyd"), frozenset("z")}
    assert by_key(crosswalk, FIRST + NEW, "person_id")["k"] == before["k"]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_bytes_on_any_cores_and_in_any_order_of_files(
    tmp_path, monkeypatch, threads
) -> None:
    rows = FIRST + NEW
    monkeypatch.setattr(model, "workshop", functools.partial(model.workshop, threads=threads))
    settings = Settings(home=tmp_path)
    for at, row in enumerate(rows if threads == 1 else rows[::-1]):
        deliver(settings, [row], submitter=f"{(at if threads == 1 else len(rows) - 1 - at):02d}")
    refresh_crosswalk(settings)
    plain = home(tmp_path / "plain", rows)
    refresh_crosswalk(plain)
    assert settings.crosswalk.read_bytes() == plain.crosswalk.read_bytes()
    assert set(keys(rows).values()) == set("kcwxydvz")
