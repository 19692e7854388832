"""Person ids: the same from run to run, on any number of cores, through merges and splits."""

import functools
import shutil
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.home.files import sha256, write_parquet_if_new
from pipelines.linkage import incremental, model, run, store
from pipelines.linkage.identities import to_identities
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import Settings

from .cases import (
    COLLEGE,
    DUAL,
    K12,
    OTHER_SSN,
    SSN,
    WAGE,
    by_key,
    deliver,
    home,
    people,
    person,
    store_rows,
)

BORIS = {"first_name": "Boris", "last_name": "Kowalski"}
FIRST = [
    person(K12, "k", state_id="S1"),
    person(COLLEGE, "c", ssn=SSN),
    person(WAGE, "w", ssn=SSN),
    person(K12, "x", state_id="S2", **BORIS),
    person(WAGE, "y", ssn=OTHER_SSN, **BORIS),
]
NEW = [
    person(DUAL, "d", state_id="S2", ssn=OTHER_SSN, **BORIS),
    person(WAGE, "v", ssn=SSN, first_name="ANITA"),
    person(K12, "z", state_id="S3", first_name="Chue", last_name="Vang"),
]
JOINED = {"ckvw", "dxy", "z"}


def changes(settings: Settings, run_id: str) -> list[tuple]:
    rows = pl.read_parquet(settings.identity / "person_change.parquet").filter(changed_at=run_id)
    return rows.select("change", "person_id", "other_person_id").rows()


def ids(settings: Settings, run_id: str, **options: bool) -> dict[str, str]:
    """Run linkage and return the person id of each key."""
    return by_key(refresh_crosswalk(settings, run_id=run_id, **options), FIRST + NEW)


def additions(settings: Settings) -> list[str]:
    """Return the files that runs added to the identities."""
    return sorted(p.name for p in (settings.identity / "linkage").glob("identity.*.parquet"))


def test_new_identities_join_persons_and_nobody_is_renumbered(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    before = ids(settings, "1")
    deliver(settings, NEW, submitter="two")
    crosswalk = refresh_crosswalk(settings, run_id="2")
    after = by_key(crosswalk, FIRST + NEW)
    assert people(crosswalk, FIRST + NEW) == JOINED
    assert {after[key] for key in "kcwv"} == {before["k"]}
    assert after["d"] in {before["x"], before["y"]}


def test_an_incremental_run_gives_what_a_full_relink_gives(tmp_path) -> None:
    settings, whole = home(tmp_path / "incremental", FIRST), home(tmp_path / "whole", FIRST)
    refresh_crosswalk(settings)
    for each in (settings, whole):
        deliver(each, NEW, submitter="two")
    added, full = refresh_crosswalk(settings), refresh_crosswalk(whole, full=True)
    assert added.drop("person_id").equals(full.drop("person_id"))
    assert people(added, FIRST + NEW) == people(full, FIRST + NEW)
    assert_frame_equal(
        *(pl.read_parquet(s.identity / "link_quality.parquet") for s in (settings, whole))
    )
    assert refresh_crosswalk(settings, full=True).equals(added)


def test_wages_that_were_read_before_are_not_read_again(tmp_path, monkeypatch) -> None:
    """Who stays in a job is in every quarter's file, with the same words."""
    settings = home(tmp_path, FIRST)
    deliver(settings, FIRST, period="2019-20", submitter="two")
    refresh_crosswalk(settings)
    read = []

    def watched(feeds):
        frames = list(feeds)
        read.extend(row for frame in frames for row in frame.select("source", "last_name").rows())
        return to_identities(frames)

    monkeypatch.setattr(incremental, "to_identities", watched)
    respelt = person(WAGE, "y", ssn=OTHER_SSN, first_name="BORIS", last_name="KOWALSKY")
    deliver(settings, [*FIRST, respelt], period="2020-21")
    added = refresh_crosswalk(settings)
    assert [name for source, name in read if source == WAGE] == ["KOWALSKY"]
    assert refresh_crosswalk(settings, full=True).equals(added)
    # A quarter that is delivered again, corrected, is read whole: it may lack earlier rows.
    read.clear()
    deliver(settings, [respelt], period="2020-21")
    added = refresh_crosswalk(settings)
    names = {name.upper() for source, name in read if source == WAGE}
    assert names == {"KOWALSKI", "KOWALSKY", "VILLALOBOS"}
    assert refresh_crosswalk(settings, full=True).equals(added)


def test_incremental_runs_leave_others_as_a_full_relink_does(tmp_path) -> None:
    """Each run adds a file to the identities; a full relink, or a loss, writes one of them all."""
    settings = home(tmp_path, FIRST)
    before = ids(settings, "1")
    for at, row in enumerate(NEW):
        deliver(settings, [row], submitter=f"{at + 2}")
        last = refresh_crosswalk(settings)
    assert additions(settings) == [f"identity.{at:05d}.parquet" for at in range(len(NEW))]
    full = refresh_crosswalk(settings, full=True)
    assert additions(settings) == []
    assert full.equals(last)
    # `y` joins `x` when a new identity shows them to be one; the others are as they were.
    after = by_key(full, FIRST + NEW)
    assert all(before[key] == after[key] for key in "kcw")
    shutil.copytree(settings.identity, tmp_path / "again" / "identity")
    again = Settings(home=tmp_path / "again")
    shutil.copy(settings.root / "token_key", again.root)
    refresh_crosswalk(again, full=True)
    assert settings.crosswalk.read_bytes() == again.crosswalk.read_bytes()


def test_a_file_written_again_as_it_was_is_not_new(tmp_path, monkeypatch) -> None:
    settings = home(tmp_path, FIRST)
    refresh_crosswalk(settings)
    hashed = []
    monkeypatch.setattr(store, "sha256", lambda path: hashed.append(path) or sha256(path))
    refresh_crosswalk(settings)
    assert hashed == []
    path = settings.identity / K12 / "period=2018-19.parquet"
    before = path.stat().st_mtime_ns
    write_parquet_if_new(pl.read_parquet(path), path)
    assert path.stat().st_mtime_ns == before
    path.write_bytes(path.read_bytes())
    refresh_crosswalk(settings, run_id="2")
    assert hashed == [path]
    assert changes(settings, "2") == []


def test_a_merge_is_recorded_and_its_id_is_not_used_again(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    before = ids(settings, "1")
    assert before["x"] != before["y"]
    deliver(settings, NEW[:1], submitter="two")
    survivor = ids(settings, "2")["x"]
    [lost] = {before["x"], before["y"]} - {survivor}
    assert changes(settings, "2") == [("merged", lost, survivor)]


def test_withdrawn_evidence_splits_a_person_and_is_recorded(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    deliver(settings, NEW[:1], submitter="two")
    joined = ids(settings, "1")
    assert joined["x"] == joined["y"]
    store_rows(settings, DUAL, "2018-19", "two", None)
    after = ids(settings, "2")
    assert after["x"] != after["y"]
    [(change, new, other)] = changes(settings, "2")
    assert (change, other) == ("split", joined["x"])
    assert new in {after["x"], after["y"]}


def test_a_person_without_records_is_retired_for_good(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    deliver(settings, NEW[2:], submitter="two")
    gone = ids(settings, "1")["z"]
    path = settings.identity / K12 / "period=2018-19.parquet"
    content = path.read_bytes()
    store_rows(settings, K12, "2018-19", "two", None)
    refresh_crosswalk(settings, run_id="2")
    assert changes(settings, "2") == [("retired", gone, None)]
    path.write_bytes(content)
    back = ids(settings, "3")["z"]
    assert back != gone
    assert changes(settings, "3") == [("minted", back, None)]


def test_nothing_new_changes_nothing(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    refresh_crosswalk(settings, run_id="1")
    before = settings.crosswalk.read_bytes()
    refresh_crosswalk(settings, run_id="2")
    assert settings.crosswalk.read_bytes() == before
    assert changes(settings, "2") == []


def test_a_run_that_died_while_writing_is_undone_by_the_next(tmp_path, monkeypatch) -> None:
    settings = home(tmp_path, FIRST)
    before = ids(settings, "1")
    deliver(settings, NEW, submitter="two")

    def die(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(run, "_write_changes", die)
        with pytest.raises(OSError):
            refresh_crosswalk(settings)
    assert not store.Store(settings.identity).is_whole
    crosswalk = refresh_crosswalk(settings)
    assert people(crosswalk, FIRST + NEW) == JOINED
    assert by_key(crosswalk, FIRST + NEW)["k"] == before["k"]


def test_a_home_of_an_earlier_version_is_linked_again_under_the_same_ids(tmp_path) -> None:
    """Its tables have other names, and its snapshot notes another version of the code."""
    settings = home(tmp_path, FIRST)
    before = ids(settings, "1")
    tables = settings.identity / "linkage"
    (tables / "identity.parquet").rename(tables / "record.parquet")
    (tables / "identity_key.parquet").rename(tables / "holder.parquet")
    store.Store(settings.identity).snapshot.commit(version="earlier")
    after = ids(settings, "2")
    assert after == before
    assert changes(settings, "2") == []
    assert not [*tables.glob("record.*"), *tables.glob("holder.*")]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_bytes_on_any_cores_and_in_any_order_of_files(
    tmp_path: Path, monkeypatch, threads: int
) -> None:
    session = functools.partial(model.duckdb_session, threads=threads)
    monkeypatch.setattr(model, "duckdb_session", session)
    rows = FIRST + NEW
    settings, plain = Settings(home=tmp_path / "parts"), home(tmp_path / "plain", rows)
    for at, row in enumerate(rows if threads == 1 else rows[::-1]):
        deliver(settings, [row], submitter=f"{(at if threads == 1 else len(rows) - 1 - at):02d}")
    for each in (settings, plain):
        assert len(refresh_crosswalk(each)) == len(rows)
    assert settings.crosswalk.read_bytes() == plain.crosswalk.read_bytes()
