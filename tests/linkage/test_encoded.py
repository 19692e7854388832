"""Encoded deliveries: whom they are linked to."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.linkage.encoded import codes
from pipelines.linkage.identities import IDENTITY
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import Settings
from tests.unit.cases import GOOD
from tests.unit.encoded_cases import COLLEGE, K12, SUBMITTERS, deliver, gate

LINKED = {
    "ssn and state id unknown": {},
    "one surname": {"last_name": "Villalobos"},
    "typo": {"last_name": "Villalobis Ortega"},
    "transposed date": {"birth_date": "2001-06-05"},
}
APART = {
    "other given name": {"first_name": "Eva"},
    "other surname": {"last_name": "Kim"},
    "other birthday": {"birth_date": "1998-11-23"},
}


LATER = "an incremental run later"
AT_ONCE = ("ssn and state id unknown", "typo", "other surname")


@pytest.fixture(scope="module")
def open_student(tmp_path_factory) -> dict[bool, Path]:
    """Return homes in which a student is accepted, by whether the student is linked, too."""
    homes = {later: tmp_path_factory.mktemp("home") for later in (True, False)}
    for later, home in homes.items():
        settings = Settings(home=home)
        deliver(settings, K12)
        assert gate(settings, K12).accepted_rows == 1
        if later:
            refresh_crosswalk(settings)
    return homes


@pytest.mark.parametrize(
    ("change", "persons", "later"),
    [
        pytest.param(change, persons, later, id=f"{name}-{LATER if later else 'at once'}")
        for changes, persons in ((LINKED, 1), (APART, 2))
        for name, change in changes.items()
        for later in (True, False)
        if later or name in AT_ONCE
    ],
)
def test_an_encoded_college_record_finds_its_open_student(
    tmp_path, open_student, change, persons, later
) -> None:
    shutil.copytree(open_student[later], tmp_path, dirs_exist_ok=True)
    settings = Settings(home=tmp_path)
    deliver(settings, COLLEGE, hide=True, **{"ssn": None, "state_student_id": None} | change)
    account = gate(settings, COLLEGE)
    assert (account.accepted_rows, account.delivery.submitter) == (1, SUBMITTERS[COLLEGE])
    crosswalk = refresh_crosswalk(settings)
    assert crosswalk.height == 2
    assert crosswalk["person_id"].n_unique() == persons


def test_a_state_id_joins_both_modes_under_its_own_name(tmp_path) -> None:
    settings = Settings(home=tmp_path)
    deliver(settings, K12)
    deliver(settings, COLLEGE, hide=True, state_student_id=GOOD[K12]["state_student_id"])
    for feed in (K12, COLLEGE):
        gate(settings, feed)
    crosswalk = refresh_crosswalk(settings)
    assert crosswalk["match_method"].to_list() == ["state_student_id"] * 2


def test_a_surname_that_is_not_there_has_no_code() -> None:
    """Two records without a second surname must not agree in it."""
    names = {"given": "ANA", "nick": "ANA", "family": "DIAZ", "born": date(2001, 5, 6)}
    row = pl.DataFrame([names | {"identity": 1}], schema_overrides={"identity": pl.Int64})
    identity = pl.concat([IDENTITY.to_frame(), row], how="diagonal")
    known, bits = codes(identity, b"e" * 32)
    assert known["family2"].to_list() == [None]
    assert known["given"].item() in bits["code"].to_list()
