"""Deterministic matching: who is joined, who is not, by which evidence, under which id."""

from datetime import date

import polars as pl
import pytest

from pipelines.linkage import CROSSWALK, IDENTITY, link
from schemas.person_crosswalk import PersonCrosswalk

BORN = date(2001, 5, 6)
NOBODY = CROSSWALK.to_frame()


def identities(*rows: tuple) -> pl.DataFrame:
    """Return identities from (source, key, state id, ssn, first, last[, born]) rows."""
    full = [(*row, BORN) if len(row) == 6 else row for row in rows]
    return pl.DataFrame(full, schema=IDENTITY, orient="row")


def people(crosswalk: pl.DataFrame) -> set[frozenset[str]]:
    """Return the people of a crosswalk as sets of their keys."""
    grouped = crosswalk.group_by("person_id").agg("source_person_key")
    return {frozenset(keys) for keys in grouped["source_person_key"].to_list()}


def methods(crosswalk: pl.DataFrame) -> dict[str, str]:
    return dict(crosswalk.select("source_person_key", "match_method").rows())


def test_state_id_then_ssn_then_name_reach_one_person() -> None:
    found = link(
        identities(
            ("k12_enrollment", "k", "S1", None, "Ana", "Díaz"),
            ("dual_enrollment", "d", "S1", "N1", "Anna", "Diaz"),
            ("wage", "w", None, "N1", "ANA", "DIAZ", None),
            ("credential", "c", None, None, "ana", "DÍAZ"),
        ),
        NOBODY,
    )
    assert people(found) == {frozenset("kdwc")}
    assert methods(found) == {
        "k": "state_student_id",
        "d": "state_student_id",
        "w": "ssn",
        "c": "name_birth_date",
    }
    PersonCrosswalk.validate(found)


def test_a_shared_ssn_does_not_join_two_state_ids() -> None:
    found = link(
        identities(
            ("dual_enrollment", "a", "S1", "N1", "Ana", "Díaz"),
            ("dual_enrollment", "b", "S2", "N1", "Eva", "Ruiz"),
        ),
        NOBODY,
    )
    assert people(found) == {frozenset("a"), frozenset("b")}


def test_two_students_of_one_name_and_birthday_leave_a_third_record_alone() -> None:
    found = link(
        identities(
            ("k12_enrollment", "a", "S1", None, "Ana", "Díaz"),
            ("k12_enrollment", "b", "S2", None, "Ana", "Díaz"),
            ("college_enrollment", "c", None, "N1", "Ana", "Díaz"),
        ),
        NOBODY,
    )
    assert people(found) == {frozenset("a"), frozenset("b"), frozenset("c")}
    assert methods(found)["c"] == "unmatched"
    assert found.filter(source_person_key="c")["match_score"].item() is None


@pytest.mark.parametrize(
    ("first", "last", "born"),
    [("Ana", "Díaz", date(2001, 6, 5)), ("Ann", "Díaz", BORN), ("Ana", None, BORN)],
    ids=["other birthday", "other name", "no last name"],
)
def test_names_join_only_when_all_is_equal(first, last, born) -> None:
    found = link(
        identities(
            ("k12_enrollment", "a", "S1", None, "Ana", "Díaz"),
            ("college_enrollment", "b", None, None, first, last, born),
        ),
        NOBODY,
    )
    assert people(found) == {frozenset("a"), frozenset("b")}


def test_names_of_any_script_are_compared_without_case_accents_and_hyphens() -> None:
    found = link(
        identities(
            ("k12_enrollment", "a", "S1", None, "Nguyễn", "Thị-Mai"),
            ("college_enrollment", "b", None, None, "NGUYEN", "Thi Mai"),
            ("k12_enrollment", "c", "S3", None, "李", "小龙"),
            ("college_enrollment", "d", None, None, "王", "小龙"),
        ),
        NOBODY,
    )
    assert people(found) == {frozenset("ab"), frozenset("c"), frozenset("d")}


def test_a_chain_of_ssns_and_ids_ends_in_one_person_whatever_its_order() -> None:
    chain = [
        ("dual_enrollment", "a", "S1", "N1", None, None),
        ("college_enrollment", "b", None, "N1", None, None),
        ("college_enrollment", "b", None, "N2", None, None),
        ("wage", "c", None, "N2", None, None),
    ]
    assert people(link(identities(*chain), NOBODY)) == {frozenset("abc")}
    assert link(identities(*chain[::-1]), NOBODY).equals(link(identities(*chain), NOBODY))


def test_a_person_keeps_the_id_when_records_are_added_or_two_people_prove_one() -> None:
    first = [
        ("k12_enrollment", "k", "S1", None, "Ana", "Díaz"),
        ("wage", "w", None, "N1", "ANA", "DIAZ", None),
    ]
    before = link(identities(*first), NOBODY)
    joined = link(
        identities(*first, ("college_enrollment", "c", "S1", "N1", "Ana", "Díaz")), before
    )
    assert people(joined) == {frozenset("kwc")}
    assert joined["person_id"].first() in before["person_id"].to_list()
    assert link(identities(*first), before).equals(before)


def test_when_a_person_turns_out_to_be_two_the_old_id_stays_with_most_of_the_keys() -> None:
    one = [(s, s, "S1", None, None, None) for s in ("k12_enrollment", "k12_pathway", "credential")]
    before = link(identities(*one), NOBODY)
    two = [(s, k, "S2" if s == "credential" else i, *rest) for s, k, i, *rest in one]
    after = dict(link(identities(*two), before).select("source", "person_id").rows())
    old = before["person_id"].first()
    assert after["k12_enrollment"] == after["k12_pathway"] == old
    assert after["credential"] != old
