"""Codes and dates that systems of the field write keep their row."""

import polars as pl
import pytest

from pipelines.intake.validate import REASONS, judge
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR


def reasons(feed: str, **differs: str | None) -> list[str]:
    """Return the rules that a good row breaks with what differs."""
    row = GOOD[feed] | differs
    of = {"college_enrollment": "900001", "wage": "workforce_agency"}
    whose = {"submitter": of.get(feed, "1990001"), "delivery_sha256": "0" * 64}
    period = row.get("quarter") or row.get("academic_year") or YEAR
    text = pl.DataFrame(
        [row | whose | {"period": period, "row_number": 2}],
        schema=dict.fromkeys([*FEEDS[feed].dtypes, *whose, "period"], pl.String)
        | {"row_number": pl.Int64},
    )
    return judge(text, FEEDS[feed]).quarantined[REASONS].explode().to_list()


def spell(entry: str, left: str, code: str) -> dict[str, str]:
    return {
        "enrollment_entry_date": entry,
        "enrollment_exit_date": left,
        "exit_code": code,
    }


SPELLS = {
    "a no-show of the first day": (spell("2018-08-15", "2018-08-15", "N470"), []),
    "a no-show of the day before": (spell("2018-08-15", "2018-08-14", "N470"), []),
    "a no-show of the last day of June": (spell("2018-07-01", "2018-06-30", "N470"), []),
    "a no-show of two days before": (
        spell("2018-08-15", "2018-08-13", "N470"),
        ["entry_not_after_exit"],
    ),
    "a transfer of the day before": (
        spell("2018-08-15", "2018-08-14", "T160"),
        ["entry_not_after_exit"],
    ),
    "a transfer of the last day of June": (
        spell("2018-07-01", "2018-06-30", "T160"),
        ["entry_not_after_exit"],
    ),
}


@pytest.mark.parametrize(("differs", "expected"), SPELLS.values(), ids=SPELLS)
def test_a_no_show_may_have_left_the_day_before_it_came(differs, expected) -> None:
    assert reasons("k12_enrollment", **differs) == expected


@pytest.mark.parametrize("goal", "ABCDEFGHIJKLMNOXY")
def test_every_goal_of_mis_is_taken(goal) -> None:
    assert reasons("college_enrollment", student_goal_code=goal) == []


@pytest.mark.parametrize("goal", ["P", "Z", "a", "1"])
def test_no_other_goal_is(goal) -> None:
    assert reasons("college_enrollment", student_goal_code=goal) == ["student_goal_code:code"]


@pytest.mark.parametrize(
    ("grade", "expected"),
    [("11.0", []), ("11", []), ("11.5", ["grade_level:type"]), ("eleven", ["grade_level:type"])],
)
def test_a_whole_number_may_be_exported_with_a_zero_behind_it(grade, expected) -> None:
    assert reasons("k12_enrollment", grade_level=grade) == expected


CODES = {
    "non-binary": ("college_enrollment", {"gender_code": "B"}, []),
    "gender unknown": ("college_enrollment", {"gender_code": "X"}, []),
    "gender of neither system": ("college_enrollment", {"gender_code": "N"}, ["gender_code:code"]),
    "no wages": ("wage", {"quarterly_wages_usd": "0"}, []),
    "wages below none": ("wage", {"quarterly_wages_usd": "-1"}, ["quarterly_wages_usd:range"]),
    "no industry": ("wage", {"naics_code": "999999"}, []),
    "industry that is none": ("wage", {"naics_code": "999998"}, ["naics_sector_known"]),
    "place of work unknown": ("wage", {"county_fips": "06999"}, []),
    "county that is none": ("wage", {"county_fips": "06002"}, ["county_fips:code"]),
    "one name": ("wage", {"first_name": None}, []),
    "no opportunity": (
        "work_based_learning",
        {"wbl_type_code": "25", "opportunity_id": None, "wbl_hours": None},
        [],
    ),
    "internship without its number": (
        "work_based_learning",
        {"opportunity_id": None},
        ["opportunity_for_internship"],
    ),
    "letters that look Latin": (
        "k12_enrollment",
        {"local_student_id": "А17"},
        ["local_student_id:pattern"],
    ),
    "digits of another script": (
        "k12_enrollment",
        {"state_student_id": "١٢٣٤٥٦٧٨٩٠"},
        ["state_student_id:pattern"],
    ),
}


@pytest.mark.parametrize(("feed", "differs", "expected"), CODES.values(), ids=CODES)
def test_what_the_field_writes_has_its_outcome(feed, differs, expected) -> None:
    assert reasons(feed, **differs) == expected
