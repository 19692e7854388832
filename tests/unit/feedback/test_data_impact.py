"""Impacts: every one counted by hand, in a delivery of three rows whose first is changed."""

import pytest

from pipelines.feedback.data_impact import count_impacts
from pipelines.intake.validate import judge
from schemas import FEEDS
from schemas.data_impact import share
from tests.unit.cases import GOOD, delivered

# What tells two more good rows of a feed apart from the first: other people, institutions, things.
OTHER_STUDENTS = [{"state_student_id": "2345678901"}, {"state_student_id": "3456789012"}]
OTHER_PEOPLE = [{"local_student_id": "A-18"}, {"local_student_id": "A-19"}]
OTHERS: dict[str, list[dict[str, str]]] = {
    "institution": [{"institution_id": "19900010000002"}, {"institution_id": "19900010000003"}],
    "k12_enrollment": OTHER_STUDENTS,
    "k12_pathway": OTHER_STUDENTS,
    "work_based_learning": OTHER_STUDENTS,
    "dual_enrollment": OTHER_PEOPLE,
    "college_enrollment": OTHER_PEOPLE,
    "credential": [
        {"local_student_id": "A-18", "award_id": "2"},
        {"local_student_id": "A-19", "award_id": "3"},
    ],
    "wage": [{"ssn": "912345679"}, {"ssn": "912345681"}],
    "consortium_member": [{"member_id": "1990002"}, {"member_id": "1990003"}],
    "initiative_grant": [{"grant_line": "2"}, {"grant_line": "3"}],
    "initiative_participation": OTHER_PEOPLE,
    "labor_demand": [{"naics_sector": "62"}, {"naics_sector": "22"}],
    "identity_bridge": [{"ssn": "912345679"}, {"ssn": "912345681"}],
}
_EXIT = {"enrollment_exit_date": "2019-05-30"}
_GRADUATE = {**_EXIT, "exit_code": "E230", "completion_status_code": "100"}
# What all three rows of a case have.
EVERYWHERE = {
    ("k12_enrollment", "graduates_lost"): _GRADUATE,
    ("k12_enrollment", "exits_without_completion"): _GRADUATE,
    ("k12_enrollment", "exits_unknown"): {**_EXIT, "exit_code": "T200"},
    ("dual_enrollment", "people_without_ssid"): {"state_student_id": "1234567890"},
    ("college_enrollment", "people_without_ssid"): {"state_student_id": "1234567890"},
    ("credential", "people_without_ssid"): {"state_student_id": "1234567890"},
    ("initiative_participation", "people_without_ssid"): {"state_student_id": "1234567890"},
}
# For each impact: what is changed in the first row, the count expected, and of how many.
CASES: dict[tuple[str, str], tuple[dict[str, str | None], float, float]] = {
    ("k12_enrollment", "people_lost"): ({"grade_level": "8"}, 1, 3),
    ("k12_enrollment", "graduates_lost"): ({"grade_level": "8"}, 1, 3),
    ("k12_enrollment", "exits_without_completion"): ({"completion_status_code": None}, 1, 3),
    ("k12_enrollment", "exits_unknown"): ({"exit_code": "E140"}, 1, 3),
    ("k12_enrollment", "race_not_reported"): ({"race_ethnicity_code": "RD"}, 1, 3),
    ("k12_pathway", "people_lost"): ({"courses_completed": "-1"}, 1, 3),
    ("k12_pathway", "completions_lost"): ({"courses_completed": "-1"}, 1, 3),
    ("k12_pathway", "completions_not_reported"): ({"pathway_completion_academic_year": None}, 1, 3),
    ("k12_pathway", "courses_without_hours"): ({"pathway_hours": "0"}, 1, 3),
    ("k12_pathway", "hours_missing"): ({"pathway_hours": None}, 1, 3),
    ("work_based_learning", "people_lost"): ({"wbl_type_code": "99"}, 1, 3),
    ("work_based_learning", "hours_lost"): ({"wbl_type_code": "99"}, 80, 240),
    ("work_based_learning", "without_sector"): ({"employer_naics_sector": None}, 1, 3),
    ("dual_enrollment", "people_lost"): ({"grade_code": "??"}, 1, 3),
    ("dual_enrollment", "people_without_ssid"): ({"state_student_id": None}, 1, 3),
    ("dual_enrollment", "people_without_ssn"): ({"ssn": None}, 1, 3),
    ("dual_enrollment", "units_lost"): ({"grade_code": "??"}, 3, 9),
    ("college_enrollment", "people_lost"): ({"aid_status_code": "??"}, 1, 3),
    ("college_enrollment", "people_without_ssn"): ({"ssn": None}, 1, 3),
    ("college_enrollment", "people_without_ssid"): ({"state_student_id": None}, 1, 3),
    ("college_enrollment", "people_without_program"): ({"program_top_code": None}, 1, 3),
    ("credential", "awards_lost"): ({"award_units": "300"}, 1, 3),
    ("credential", "people_without_ssid"): ({"state_student_id": None}, 1, 3),
    ("credential", "people_without_ssn"): ({"ssn": None}, 1, 3),
    ("credential", "without_top"): ({"program_top_code": None, "cip_code": "51.3801"}, 1, 3),
    ("wage", "people_lost"): ({"naics_code": "5"}, 1, 3),
    ("wage", "wages_lost"): ({"naics_code": "5"}, 7012.5, 21037.5),
    ("wage", "ssn_unusable"): ({"ssn": "123456789"}, 1, 3),
    ("wage", "without_county"): ({"county_fips": None}, 1, 3),
    ("institution", "institutions_lost"): ({"county_fips": "00000"}, 1, 3),
    ("consortium_member", "members_lost"): ({"member_role_code": "??"}, 1, 3),
    ("consortium_member", "without_staff"): ({"staff_fte": None}, 1, 3),
    ("initiative_grant", "award_lost"): ({"initiative_code": "??"}, 250000, 750000),
    ("initiative_participation", "people_lost"): ({"service_type_code": "??"}, 1, 3),
    ("initiative_participation", "people_without_ssid"): ({"state_student_id": None}, 1, 3),
    ("initiative_participation", "people_without_ssn"): ({"ssn": None}, 1, 3),
    ("labor_demand", "openings_lost"): ({"soc_code": "??"}, 110, 330),
    ("identity_bridge", "people_lost"): ({"gender_code": "??"}, 1, 3),
    ("identity_bridge", "ssn_unusable"): ({"ssn": "123456789"}, 1, 3),
}


def counted(name: str, everywhere: dict, in_first: dict) -> dict:
    """Return the impacts of three rows, the first one changed."""
    good = GOOD[name] | everywhere
    text = delivered(name, [good | in_first, *(good | other for other in OTHERS[name])])
    [row] = count_impacts(text, judge(text, FEEDS[name]).quarantined, FEEDS[name]).to_dicts()
    return row


def test_an_impact_counts_what_was_done_and_nothing_else() -> None:
    violations = []
    unchanged = {name: counted(name, {}, {}) for name in FEEDS}
    for (name, impact), (in_first, n, of) in CASES.items():
        everywhere = EVERYWHERE.get((name, impact), {})
        before = counted(name, everywhere, {}) if everywhere else unchanged[name]
        after = counted(name, everywhere, in_first)
        if (before[impact], after[impact], after[f"{impact}__of"]) != (0, n, of):
            violations.append((name, impact, before[impact], after[impact]))
    assert not violations


def test_every_feed_has_impacts_and_every_impact_a_case() -> None:
    impacts = {name: [impact.name for impact in feed.impacts] for name, feed in FEEDS.items()}
    assert all(impacts.values())
    assert set(CASES) == {(name, impact) for name, of in impacts.items() for impact in of}


def test_the_sentence_of_one_and_of_many() -> None:
    [impact] = [i for i in FEEDS["k12_enrollment"].impacts if "completion" in i.name]
    assert impact.sentence(212, 4100) == (
        "212 of 4,100 exits with exit_code E230 lack a completion_status_code. Your graduation "
        "rate counts these students as non-graduates."
    )
    assert impact.sentence(1, 9).startswith("1 of 9 exits with exit_code E230 lacks a")


@pytest.mark.parametrize(
    ("n", "of", "text"),
    [(0, 9, "0 %"), (0, 0, "0 %"), (1, 100_000, "0.1 %"), (1, 200, "0.5 %"), (1, 3, "33 %")],
)
def test_a_share_that_is_not_nothing_is_not_written_as_nothing(n, of, text) -> None:
    assert share(n, of) == text
