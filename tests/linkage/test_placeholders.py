"""Thousands of records of one placeholder do not end linkage, and are nobody."""

import time
from datetime import date

import polars as pl
import pytest

from pipelines.linkage import blocking, clusters
from pipelines.linkage.run import refresh_crosswalk

from .cases import COLLEGE, K12, SSN, by_key, deliver, home, people, person

UNKNOWN = {"first_name": "UNKNOWN", "last_name": "STUDENT", "birth_date": date(2000, 1, 1)}
STUDENT = [person(K12, "k", state_id="S1"), person(COLLEGE, "c", ssn=SSN), person(COLLEGE, "d")]


def unknown(count: int, **differs: str) -> list[dict]:
    return [person(COLLEGE, f"u{i}", **UNKNOWN, **differs) for i in range(count)]


@pytest.mark.parametrize("count", [2_000, 10_000])
def test_so_many_of_one_name_and_birthday_are_nobody_and_others_are_linked(tmp_path, count) -> None:
    rows, started = [*STUDENT, *unknown(count)], time.process_time()
    crosswalk = refresh_crosswalk(home(tmp_path, rows))
    # Both counts take some 3 seconds; the square of the larger one would be 50 million pairs.
    assert time.process_time() - started < 60
    ids = by_key(crosswalk, rows)
    assert len({ids[f"u{i}"] for i in range(count)}) == count
    assert people(crosswalk, STUDENT) == {"cdk"}
    pair = pl.read_parquet(tmp_path / "identity" / "match_pair.parquet")
    assert pair.height < 10


@pytest.mark.parametrize(
    ("count", "are_one"), [(3, True), (clusters.MOST_KEYS, True), (clusters.MOST_KEYS + 1, False)]
)
def test_a_person_has_so_many_records_of_a_feed_at_most(tmp_path, count, are_one) -> None:
    rows = unknown(count)
    crosswalk = refresh_crosswalk(home(tmp_path, rows))
    assert crosswalk["person_id"].n_unique() == (1 if are_one else count)
    methods = set(crosswalk["match_method"])
    assert methods == ({"name_birth_date"} if are_one else {"unmatched"})
    decisions = set(pl.read_parquet(tmp_path / "identity" / "match_pair.parquet")["decision"])
    assert decisions == ({"linked"} if are_one else {"refused: too many records"})


def test_one_number_on_very_many_records_is_nobodys(tmp_path) -> None:
    rows = [*STUDENT, *unknown(200, ssn="955554444")]
    crosswalk = refresh_crosswalk(home(tmp_path, rows))
    assert crosswalk["person_id"].n_unique() == 201


def test_one_number_of_thousands_of_names_has_no_pairs(tmp_path) -> None:
    letters = [chr(ord("A") + i) for i in range(26)]
    names = [a + b + c for a in letters for b in letters for c in letters][:2_000]
    rows = [
        person(COLLEGE, f"u{i}", ssn="955554444", first_name=name, last_name=name[::-1])
        for i, name in enumerate(names)
    ]
    refresh_crosswalk(home(tmp_path, rows))
    pair = pl.read_parquet(tmp_path / "identity" / "match_pair.parquet")
    assert set(pair["match_key"]) <= {name for name in blocking.RULES if name != "ssn"}


def test_a_name_that_becomes_a_placeholder_overnight_parts_whom_it_joined(tmp_path) -> None:
    rows = unknown(20)
    settings = home(tmp_path, [*STUDENT, *rows])
    assert refresh_crosswalk(settings)["person_id"].n_unique() == 2
    more = unknown(blocking.MOST_NAMESAKES + 1)[20:]
    deliver(settings, more, submitter="two")
    nightly = refresh_crosswalk(settings)
    assert nightly["person_id"].n_unique() == 1 + blocking.MOST_NAMESAKES + 1
    assert refresh_crosswalk(settings, full=True).equals(nightly)
