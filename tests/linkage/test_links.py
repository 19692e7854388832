"""Who is joined, who is not, by which evidence."""

import logging
import os
from datetime import date

import polars as pl
import pytest

from pipelines.linkage.run import refresh_crosswalk
from schemas.person_crosswalk import PersonCrosswalk

from .cases import COLLEGE, DUAL, K12, OTHER_SSN, SSN, WAGE, by_key, home, people, person


def linked(tmp_path, *rows: dict) -> set[str]:
    """Return the people that linkage makes of rows."""
    return people(refresh_crosswalk(home(tmp_path, list(rows))), list(rows))


def decisions(tmp_path) -> list[str]:
    pair = pl.read_parquet(tmp_path / "identity" / "match_pair.parquet")
    return sorted(set(pair["decision"].to_list()))


def test_state_id_then_ssn_then_name_reach_one_person(tmp_path) -> None:
    rows = [
        person(K12, "k", state_id="S1", last_name="Díaz"),
        person(DUAL, "d", state_id="S1", ssn=SSN, first_name="Anna", last_name="Diaz"),
        person(WAGE, "w", ssn=SSN, first_name="ANNA", last_name="DIAZ"),
        person("credential", "c", first_name="ana", last_name="DÍAZ"),
    ]
    crosswalk = refresh_crosswalk(home(tmp_path, rows))
    assert people(crosswalk, rows) == {"cdkw"}
    assert by_key(crosswalk, rows, "match_method") == {
        "k": "state_student_id",
        "d": "state_student_id",
        "w": "ssn",
        "c": "name_birth_date",
    }
    scores = by_key(crosswalk, rows, "match_score")
    assert scores["k"] == scores["d"] == scores["w"] == 1
    assert 0.7 < scores["c"] < 1
    PersonCrosswalk.validate(crosswalk)


NAMELESS = {"first_name": None, "last_name": None, "birth_date": None}


def test_pathways_without_a_name_go_with_their_enrolment(tmp_path) -> None:
    assert linked(
        tmp_path,
        person(K12, "k", state_id="S1"),
        person("k12_pathway", "k", state_id="S1", **NAMELESS),
        person("k12_pathway", "q", state_id="S2", **NAMELESS),
    ) == {"k", "q"}


BORIS = {"first_name": "Boris", "last_name": "Kowalski"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([person(DUAL, "a", state_id="S1", ssn=SSN), person(DUAL, "b", state_id="S2", ssn=SSN)],
         {"a", "b"}),
        ([person(COLLEGE, "a", ssn=SSN), person(WAGE, "w", ssn=SSN),
          person(WAGE, "b", ssn=SSN, **BORIS)], {"aw", "b"}),
        ([person(COLLEGE, "a", ssn=SSN), person(WAGE, "w", ssn="912345687"),
          person(WAGE, "x", ssn=OTHER_SSN)], {"aw", "x"}),
        ([person(COLLEGE, "a", ssn=SSN), person(WAGE, "w", ssn="192345678"),
          person(WAGE, "x", ssn=OTHER_SSN)], {"aw", "x"}),
        ([person(COLLEGE, "a", ssn=SSN, first_name="Guadalupe"),
          person(WAGE, "w", ssn=SSN, first_name="GUADALUP", last_name="OCONNOR")], {"aw"}),
        ([person(K12, "a", state_id="S1", gender_code="F"),
          person(K12, "b", state_id="S2", first_name="Eva", gender_code="F"),
          person(COLLEGE, "c", gender_code="F"),
          person(COLLEGE, "d", first_name="Eva", gender_code="F"),
          person(COLLEGE, "e", first_name="Ines", gender_code="F")], {"ac", "bd", "e"}),
    ],
    ids=["a shared SSN does not join two state ids", "a borrowed SSN does not join two names",
         "a typo in the last four digits does not part equal names",
         "a typo in the first five digits does not part equal names",
         "a new surname after marriage is linked by the SSN", "twins stay two"],
)  # fmt: skip
def test_numbers_and_names_speak_together(tmp_path, rows, expected) -> None:
    assert linked(tmp_path, *rows) == expected


TWO_STUDENTS = [person(K12, "a", state_id="S1"), person(K12, "b", state_id="S2")]


def test_two_students_of_one_name_and_birthday_leave_a_third_record_alone(tmp_path) -> None:
    rows = [*TWO_STUDENTS, person(COLLEGE, "c", ssn=SSN)]
    crosswalk = refresh_crosswalk(home(tmp_path, rows))
    assert people(crosswalk, rows) == {"a", "b", "c"}
    assert by_key(crosswalk, rows, "match_method")["c"] == "unmatched"
    assert by_key(crosswalk, rows, "match_score")["c"] is None
    assert decisions(tmp_path) == ["refused: two candidates"]


def test_two_keys_without_numbers_are_not_one_for_equal_names_at_one_college(tmp_path) -> None:
    rows = [*TWO_STUDENTS, person(COLLEGE, "c"), person(COLLEGE, "d")]
    assert not linked(tmp_path, *rows) & {"ac", "bc", "ad", "bd"}


FORMS = {
    "transposed date": {"last_name": "Villalobos", "birth_date": date(2001, 6, 5)},
    "second surname": {"last_name": "Ortega"},
    "hyphen": {"last_name": "Villalobos-Ortega"},
    "run on": {"first_name": "ANA", "last_name": "VILLALOBOSORTEGA"},
    "turned": {"last_name": "Ortega Villalobos"},
    "exchanged": {"first_name": "Villalobos", "last_name": "Ana"},
    "typo": {"last_name": "Villalobis Ortega"},
}


@pytest.mark.parametrize("differs", FORMS.values(), ids=FORMS)
def test_forms_of_one_persons_names_and_dates_are_linked(tmp_path, differs) -> None:
    student = person(K12, "a", state_id="S1", last_name="Villalobos Ortega")
    assert linked(tmp_path, student, person(COLLEGE, "b", **differs)) == {"ab"}


@pytest.mark.parametrize(
    "differs",
    [{"birth_date": date(1998, 11, 23)}, {"first_name": "Eva"}, {"last_name": None},
     {"last_name": "Kim"}],
    ids=["other birthday", "other name", "no last name", "other surname"],
)  # fmt: skip
def test_what_differs_without_a_number_is_not_linked(tmp_path, differs) -> None:
    student = person(K12, "a", state_id="S1")
    assert linked(tmp_path, student, person(COLLEGE, "b", **differs)) == {"a", "b"}


def test_nobody_works_before_they_are_born(tmp_path) -> None:
    """A child under a parent's name and SSN: the job of 2018 is not that of one born in 2012."""
    child = person(COLLEGE, "c", ssn=SSN, birth_date=date(2012, 5, 6))
    assert linked(tmp_path, child, person(WAGE, "w", ssn="912345687")) == {"c", "w"}
    assert decisions(tmp_path) == ["split: employed before birth"]


def test_names_stay_in_identity_files_and_out_of_logs(tmp_path, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    rows = [
        person(K12, "a", state_id="S1"),
        person(COLLEGE, "b", state_id="S1", ssn=SSN),
        person(COLLEGE, "c"),
    ]
    before = os.umask(0o077)  # as the command and the code location set it
    settings = home(tmp_path, rows)
    refresh_crosswalk(settings)
    os.umask(before)
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert not {path for path in files if path.suffix in {".duckdb", ".tmp", ".wal", ".partial"}}
    for name in ("match_pair.parquet", "person_change.parquet", "person_crosswalk.parquet"):
        assert b"VILLALOBOS" not in (settings.identity / name).read_bytes().upper()
    assert "VILLALOBOS" not in (caplog.text + "".join(capfd.readouterr())).upper()
    written = [path for path in files if not path.parent.name.startswith("period=")]
    assert {path.stat().st_mode & 0o077 for path in written} == {0}


def test_who_has_no_name_is_linked_by_a_state_id_and_not_by_an_ssn(tmp_path) -> None:
    """Colleges' MIS records have neither names nor state ids; StudentTracker's no birth dates."""
    nameless = {"first_name": None, "last_name": None}
    assert linked(
        tmp_path,
        person(K12, "k", state_id="S1"),
        person(COLLEGE, "n", ssn=SSN, **nameless),
        person(COLLEGE, "m", **nameless),
        person(WAGE, "w", ssn=SSN),
        person("credential", "t", state_id="S1", birth_date=None),
    ) == {"kt", "n", "w", "m"}
