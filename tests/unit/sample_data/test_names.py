"""How names and numbers get written down wrong: one typo at a time, and never into another's."""

import numpy as np
import pytest

from sample_data.identity import names
from sample_data.identity.numbers import SSN_SPACE
from sample_data.identity.registrations import mistyped, on_a_filing_form

LUCK = np.random.default_rng(0).integers(0, 2**62, 600).tolist()


def _distance(one: str, other: str) -> int:
    """Return the least insertions, deletions and replacements between two texts."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


@pytest.mark.parametrize("name", ["Hernández", "Nguyen", "O'Brien", "Xiong", "De la Cruz"])
def test_a_typo_changes_one_place_after_the_first_letter(name: str) -> None:
    typos = {names.typo(name, luck) for luck in LUCK}
    assert len(typos) > 10
    for mistyped_name in typos:
        assert mistyped_name[0] == name[0]
        # An exchange of two letters counts as two replacements.
        assert _distance(name, mistyped_name) <= 2


def test_short_names_have_no_room_for_a_typo() -> None:
    assert {names.typo("Li", luck) for luck in LUCK} == {"Li"}


def test_a_scanner_takes_letters_for_others() -> None:
    assert "Bums" in {names.misread("Burns", luck) for luck in LUCK}
    assert "Wiliams" not in {names.misread("Williams", luck) for luck in LUCK}
    assert {names.misread("Ty", luck) for luck in LUCK} == {"Ty"}


def test_two_surnames_have_many_forms() -> None:
    forms = {names.other_surname_form("García López", luck) for luck in LUCK}
    assert forms == {
        "García", "López", "García-López", "GarcíaLópez", "López García", "García L",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("De la Cruz", {"Delacruz", "Cruz"}),
        ("Van Dyke", {"Vandyke", "Dyke"}),
        ("St. John", {"Stjohn", "John"}),
        ("Smith", {"Smith"}),
    ],
)
def test_particles_run_on_or_are_left_out(name: str, forms: set[str]) -> None:
    assert {names.without_particle(name, luck) for luck in LUCK} == forms


def test_nicknames_are_those_of_the_name() -> None:
    assert {names.nickname("Guadalupe", luck) for luck in LUCK} <= set(
        names.nicknames()["Guadalupe"]
    )
    assert names.nickname("Xiadani", 3) == "Xiadani"
    assert names.with_quoted_nickname("Guadalupe", 0).startswith('Guadalupe "')


def test_double_first_names_lose_their_second_part() -> None:
    assert {names.first_of_two("María José", luck) for luck in LUCK} == {"María", "María J"}
    assert names.first_of_two("Ana", 0) == "Ana"


def test_filing_forms_cut_names() -> None:
    form = on_a_filing_form(np.array(["José Ángel"]), np.array(["Villavicencio Núñez"]))
    assert form.row(0) == ("JOSE ANG", "VILLAVICEN")


def _sum(number: str) -> int:
    return sum(int(number[at]) for at in (1, 3, 5, 7))


@pytest.mark.parametrize("number", ["912045782", "900010021", "999499089"])
def test_a_mistyped_ssn_has_an_odd_sum_and_is_as_unissued(number: str) -> None:
    assert _sum(number) % 2 == 0
    typed = {mistyped(number, luck) for luck in LUCK}
    assert len(typed) > 10
    for wrong in typed:
        assert len(wrong) == 9
        assert wrong[0] == "9"
        assert wrong[3:5] == number[3:5]
        assert _sum(wrong) % 2 == 1
        assert wrong[5:] != "0000"


def test_there_are_more_numbers_than_students_any_state_may_have() -> None:
    assert SSN_SPACE == 22_050_000


@pytest.mark.parametrize("community", names.COMMUNITIES)
def test_every_community_has_names_of_its_own(community: str) -> None:
    surnames = names._lists("surnames.csv")[(community,)][0]
    assert len(surnames) >= 30
    for gender in ("F", "M"):
        assert len(names._lists("first_names.csv")[community, gender][0]) >= 100
