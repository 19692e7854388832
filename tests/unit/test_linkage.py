"""Who is joined, who is not, by which evidence."""

import logging
from datetime import date

import polars as pl
import pytest

from pipelines.linkage.run import refresh_crosswalk
from schemas.person_crosswalk import PersonCrosswalk

from .linkage_cases import by_key, home, people, person

K12, COLLEGE, DUAL, WAGE = "k12_enrollment", "college_enrollment", "dual_enrollment", "wage"


def linked(tmp_path, *rows: tuple) -> set[frozenset[str]]:
    """Return the people that linkage makes of rows."""
    return people(refresh_crosswalk(home(tmp_path, list(rows))), list(rows))


def together(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group) for group in groups}


def decisions(tmp_path) -> list[str]:
    pair = pl.read_parquet(tmp_path / "identity" / "match_pair.parquet")
    return sorted(set(pair["decision"].to_list()))


def test_state_id_then_ssn_then_name_reach_one_person(tmp_path) -> None:
    rows = [
        person(K12, "k", "S1", None, "Ana", "Díaz"),
        person(DUAL, "d", "S1", "912345678", "Anna", "Diaz"),
        person(WAGE, "w", None, "912345678", "ANNA", "DIAZ"),
        person("credential", "c", None, None, "ana", "DÍAZ"),
    ]
    found = refresh_crosswalk(home(tmp_path, rows))
    assert people(found, rows) == together("kdwc")
    assert by_key(found, rows, "match_method") == {
        "k": "state_student_id",
        "d": "state_student_id",
        "w": "ssn",
        "c": "name_birth_date",
    }
    scores = by_key(found, rows, "match_score")
    assert scores["k"] == scores["d"] == scores["w"] == 1
    assert 0.7 < scores["c"] < 1
    PersonCrosswalk.validate(found)


def test_pathways_without_a_name_go_with_their_enrolment(tmp_path) -> None:
    rows = [
        person(K12, "k", "S1", None, "Ana", "Díaz"),
        person("k12_pathway", "k", "S1", born=None),
        person("k12_pathway", "q", "S2", born=None),
    ]
    assert linked(tmp_path, *rows) == together("k", "q")


def test_a_shared_ssn_does_not_join_two_state_ids(tmp_path) -> None:
    assert linked(
        tmp_path,
        person(DUAL, "a", "S1", "912345678", "Ana", "Díaz"),
        person(DUAL, "b", "S2", "912345678", "Ana", "Díaz"),
    ) == together("a", "b")


def test_a_borrowed_ssn_does_not_join_two_names(tmp_path) -> None:
    assert linked(
        tmp_path,
        person(COLLEGE, "a", None, "912345678", "Ana", "Díaz"),
        person(WAGE, "w", None, "912345678", "ANA", "DIAZ"),
        person(WAGE, "b", None, "912345678", "BORIS", "KOWALSKI"),
    ) == together("aw", "b")


@pytest.mark.parametrize("typed", ["912345687", "192345678"], ids=["last four", "first five"])
def test_a_wrong_digit_in_an_ssn_does_not_part_equal_names(tmp_path, typed) -> None:
    assert linked(
        tmp_path,
        person(COLLEGE, "a", None, "912345678", "Ana", "Díaz"),
        person(WAGE, "w", None, typed, "ANA", "DIAZ"),
        person(WAGE, "x", None, "955554444", "ANA", "DIAZ"),
    ) == together("aw", "x")


def test_a_new_surname_after_marriage_is_found_by_the_ssn(tmp_path) -> None:
    assert linked(
        tmp_path,
        person(COLLEGE, "a", None, "912345678", "Guadalupe", "Díaz"),
        person(WAGE, "w", None, "912345678", "GUADALUP", "OCONNOR"),
    ) == together("aw")


def test_twins_stay_two(tmp_path) -> None:
    assert linked(
        tmp_path,
        person(K12, "a", "S1", None, "Ana", "Díaz", gender="F"),
        person(K12, "b", "S2", None, "Eva", "Díaz", gender="F"),
        person(COLLEGE, "c", None, None, "Ana", "Diaz", gender="F"),
        person(COLLEGE, "d", None, None, "Eva", "Diaz", gender="F"),
        person(COLLEGE, "e", None, None, "Ines", "Diaz", gender="F"),
    ) == together("ac", "bd", "e")


def test_two_students_of_one_name_and_birthday_leave_a_third_record_alone(tmp_path) -> None:
    rows = [
        person(K12, "a", "S1", None, "Ana", "Díaz"),
        person(K12, "b", "S2", None, "Ana", "Díaz"),
        person(COLLEGE, "c", None, "912345678", "Ana", "Díaz"),
    ]
    found = refresh_crosswalk(home(tmp_path, rows))
    assert people(found, rows) == together("a", "b", "c")
    assert by_key(found, rows, "match_method")["c"] == "unmatched"
    assert by_key(found, rows, "match_score")["c"] is None
    assert decisions(tmp_path) == ["refused: two candidates"]


def test_two_keys_without_numbers_are_not_one_for_equal_names_at_one_college(tmp_path) -> None:
    rows = [
        person(K12, "a", "S1", None, "Ana", "Díaz"),
        person(K12, "b", "S2", None, "Ana", "Díaz"),
        person(COLLEGE, "c", None, None, "Ana", "Díaz"),
        person(COLLEGE, "d", None, None, "Ana", "Díaz"),
    ]
    assert not linked(tmp_path, *rows) & together("ac", "bd", "ad", "bc")


@pytest.mark.parametrize(
    ("first", "last", "born"),
    [
        ("Ana", "Villalobos", date(2001, 6, 5)),
        ("Ana", "Ortega", date(2001, 5, 6)),
        ("Ana", "Villalobos-Ortega", date(2001, 5, 6)),
        ("ANA", "VILLALOBOSORTEGA", date(2001, 5, 6)),
        ("Ana", "Ortega Villalobos", date(2001, 5, 6)),
        ("Villalobos", "Ana", date(2001, 5, 6)),
        ("Ana", "Villalobis Ortega", date(2001, 5, 6)),
    ],
    ids=["transposed date", "second", "hyphen", "run on", "turned", "exchanged", "slip"],
)
def test_forms_of_one_persons_names_and_dates_are_linked(tmp_path, first, last, born) -> None:
    assert linked(
        tmp_path,
        person(K12, "a", "S1", None, "Ana", "Villalobos Ortega"),
        person(COLLEGE, "b", None, None, first, last, born),
    ) == together("ab")


@pytest.mark.parametrize(
    ("first", "last", "born"),
    [("Ana", "Villalobos", date(1998, 11, 23)), ("Eva", "Villalobos", date(2001, 5, 6)),
     ("Ana", None, date(2001, 5, 6)), ("Ana", "Kim", date(2001, 5, 6))],
    ids=["other birthday", "other name", "no last name", "other surname"],
)  # fmt: skip
def test_what_differs_without_a_number_is_not_linked(tmp_path, first, last, born) -> None:
    assert linked(
        tmp_path,
        person(K12, "a", "S1", None, "Ana", "Villalobos"),
        person(COLLEGE, "b", None, None, first, last, born),
    ) == together("a", "b")


def test_nobody_works_before_they_are_born(tmp_path) -> None:
    """A child under a parent's name and SSN: the job of 2018 is not that of one born in 2012."""
    rows = [
        person(COLLEGE, "c", None, "912345678", "Ana", "Díaz", date(2012, 5, 6)),
        person(WAGE, "w", None, "912345687", "ANA", "DIAZ"),
    ]
    assert linked(tmp_path, *rows) == together("c", "w")
    assert decisions(tmp_path) == ["split: employed before birth"]


def test_what_linkage_leaves_holds_no_name_but_in_its_own_room(tmp_path, caplog, capfd) -> None:
    caplog.set_level(logging.DEBUG)
    rows = [
        person(K12, "a", "S1", None, "Ana", "Villalobos"),
        person(COLLEGE, "b", "S1", "912345678", "Ana", "Villalobos"),
        person(COLLEGE, "c", None, None, "Ana", "Villalobos"),
    ]
    settings = home(tmp_path, rows)
    refresh_crosswalk(settings)
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert not {path for path in left if path.endswith((".duckdb", ".tmp", ".wal", ".partial"))}
    for name in ("match_pair", "person_change", "person_crosswalk"):
        content = (settings.identity / f"{name}.parquet").read_bytes().upper()
        assert b"VILLALOBOS" not in content
    told = caplog.text + "".join(capfd.readouterr())
    assert "VILLALOBOS" not in told.upper()
    made = [
        p for p in settings.identity.rglob("*") if p.is_file() and p.parent.name[:7] != "period="
    ]
    assert {path.stat().st_mode & 0o077 for path in made} == {0}
