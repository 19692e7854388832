"""Every rule of every contract: a good row passes, a bad row fails under the rule's name.

Rows of a feed are judged together, since a contract costs 40 ms a call. Bad rows share a key.
"""

import polars as pl
import pytest

from pipelines.intake.validate import MESSAGES, REASONS, Verdict, judge
from schemas import FEEDS
from tests.unit.cases import GOOD, delivered

Row = dict[str, str | None]

_SCHOOL = {
    "school_in_district": {"school_id": "37900010000001"},
    "state_student_id:placeholder": {"state_student_id": "9999999999"},
}
_COLLEGE = {
    "state_student_id:placeholder": {"state_student_id": "0000000000"},
    "ssn:placeholder": {"ssn": "123456789"},
}
_TERM = {
    "term_in_academic_year": {"term_id": "2019SU"},
    "earned_within_attempted": {"units_attempted": "2", "units_earned": "3"},
}

# Changes that break a rule of several columns; rules of one column follow from their kind.
BREAKING: dict[str, dict[str, Row]] = {
    "institution": {
        "institution_id:pattern": {
            "institution_id": "90000",
            "institution_type_code": "UNIVERSITY",
            "parent_institution_id": None,
        },
        "school_has_district": {"parent_institution_id": None},
        "place_has_county": {"county_fips": None},
    },
    "k12_enrollment": _SCHOOL
    | {
        "birth_before_entry": {"birth_date": "2019-01-01"},
        "age_fits_high_school": {"birth_date": "1994-01-01"},
        "entry_in_academic_year": {"enrollment_entry_date": "2018-06-30"},
        "entry_not_after_exit": {"enrollment_exit_date": "2018-08-14", "exit_code": "T160"},
        "exit_in_academic_year": {"enrollment_exit_date": "2019-07-01", "exit_code": "T160"},
        "exit_has_code": {"enrollment_exit_date": "2019-01-10"},
        "completion_has_completer_exit": {
            "enrollment_exit_date": "2019-06-01",
            "exit_code": "E400",
            "completion_status_code": "100",
        },
    },
    "k12_pathway": _SCHOOL
    | {
        "completion_year_is_reported_year": {"pathway_completion_academic_year": "2017-18"},
        "completer_has_passing_capstone": {"capstone_grade": "D+"},
        "capstone_needs_course": {"courses_completed": "0"},
    },
    "work_based_learning": _SCHOOL
    | {
        "hours_for_type": {"wbl_hours": None},
        "opportunity_for_internship": {"opportunity_id": None},
        "retired_type": {"academic_year": "2024-25", "wbl_type_code": "30"},
    },
    "dual_enrollment": _COLLEGE
    | _TERM
    | {
        "no_units_without_pass": {"grade_code": "W"},
        "ccap_agreement_has_flag": {"is_ccap": "N"},
        "special_admit_age": {"birth_date": "1990-01-01"},
    },
    "college_enrollment": _COLLEGE | _TERM | {"age_fits_college": {"birth_date": "2010-01-01"}},
    "credential": _COLLEGE
    | {
        "award_in_academic_year": {"award_date": "2019-07-01"},
        "birth_before_award": {"birth_date": "2019-06-01"},
        "program_is_classified": {"program_top_code": None},
        "units_fit_award_type": {"award_units": "30"},
    },
    "wage": {
        "ssn:placeholder": {"ssn": "666123456"},
        "naics_sector_known": {"naics_code": "991234"},
    },
    "consortium_member": {
        "member_id:pattern": {"member_type_code": "EMPLOYER"},
        "joined_not_after_left": {"joined_date": "2019-03-01", "left_date": "2019-02-28"},
        "member_in_academic_year": {"left_date": "2018-06-30"},
    },
    "initiative_grant": {
        "pathway_has_school": {"school_id": None},
        "school_of_grantee": {"institution_id": "199000"},
        "start_not_after_end": {"grant_start_date": "2018-09-01", "grant_end_date": "2018-08-31"},
        "grant_runs_in_academic_year": {"grant_start_date": "2019-07-01"},
        "initiative_had_begun": {"grant_start_date": "2016-06-30"},
    },
    "initiative_participation": _COLLEGE
    | {
        "birth_before_participation": {"birth_date": "2018-09-01"},
        "start_not_after_end": {"participation_end_date": "2018-08-31"},
        "participation_in_academic_year": {"participation_start_date": "2019-07-01"},
    },
    "labor_demand": {"openings_within_employment": {"annual_openings": "1201"}},
    "identity_bridge": {
        "ssn:placeholder": {"ssn": "123456789"},
        "valid_from_in_academic_year": {"valid_from": "2018-06-30"},
        "from_not_after_to": {"valid_to": "2018-09-13"},
        "age_fits_record": {"birth_date": "2009-01-01"},
    },
}

_OF_KIND = {
    "type": "someday",
    "required": None,
    "code": "??",
    "pattern": "#1",
    "text": "=1+2",
    "range": "-1",
    "period": "2011-12",
    "submitter": "1990002",
}


def breaking(feed: str, rule: str) -> dict[str, str | None]:
    """Return the change to a good row that breaks `rule`."""
    if rule in BREAKING[feed]:
        return BREAKING[feed][rule]
    column, kind = rule.split(":")
    if rule == "quarter:period":
        return {"quarter": "2018Q3"}
    return {column: _OF_KIND[kind]}


# Nobody born after they entered school was twelve years old then.
IMPLIED = {"birth_before_entry": ["age_fits_high_school"]}
REPEATED = "key:unique"


def judged(name: str, *rows: Row, period: str | None = None) -> Verdict:
    return judge(delivered(name, list(rows), period), FEEDS[name])


def reasons(name: str, rows: list[Row], period: str | None = None) -> list[list[str]]:
    """Return the reasons of each row that is rejected, but for its key."""
    of_rows = judged(name, *rows, period=period).quarantined[REASONS].to_list()
    return [[rule for rule in rules if rule != REPEATED] for rules in of_rows]


def test_every_example_is_accepted_and_has_every_column() -> None:
    for name, feed in FEEDS.items():
        assert judged(name, GOOD[name]).accepted.height == 1, name
        assert set(GOOD[name]) == set(feed.dtypes), name


def test_every_bad_row_fails_under_its_rule() -> None:
    violations = []
    for name, feed in FEEDS.items():
        # A type retired in a later year can only be broken in a delivery for that year.
        rules = [rule for rule in feed.rules if rule not in (REPEATED, "retired_type")]
        rows = [GOOD[name] | breaking(name, rule) for rule in rules]
        for rule, broken in zip(rules, reasons(name, rows), strict=True):
            is_exact = broken == [rule, *IMPLIED.get(rule, [])]
            if rule not in broken or (rule in BREAKING[name] and not is_exact):
                violations.append((name, rule, broken))
    assert not violations
    late = GOOD["work_based_learning"] | breaking("work_based_learning", "retired_type")
    assert reasons("work_based_learning", [late], "2024-25") == [["retired_type"]]


TEXTS = {
    "award_id": [
        "AW-12",
        "2019/0042",
        "B 7",
        "12345678",
        "1234567890",
        "123-45-678",
        "2023-24-12345",
        "SWP-2023-00123",
    ],
    "credential_title": ["Certificado en Español", "A.S., Nursing (RN)", "CompTIA A+ 2.0"],
}
BAD_TEXTS = {
    "award_id": [
        "123456789", "123-45-6789", "123 45 6789", "AW123456789", "x" * 41, "a@b.org", "é1", " 1",
        "=1+1", "１２３４５６７８９", "a\u200bb", "<b>", "123/45/6789", "AW_123_45_6789",
        "123  45  6789", "AW#123:45:6789", "123(45)6789", "123-456-789", "1 2 3 4 5 6 7 8 9",
    ],
    "credential_title": [
        "Nursing 123456789", "Nursing 123-45-6789", "Nursing 1 2 3 4 5 6 7 8 9", "Ask a@b.org",
        "x" * 121, "=SUM(1)", "a\u202eb", "<script>", "Nursing １２３４５６７８９",
    ],
}  # fmt: skip


@pytest.mark.parametrize("column", TEXTS)
def test_free_text_holds_no_number_of_a_person_no_address_and_no_code(column: str) -> None:
    good = [GOOD["credential"] | {"award_id": str(n)} for n in range(30)]
    texts = TEXTS[column] + BAD_TEXTS[column]
    rows = [row | {column: text} for row, text in zip(good, texts, strict=False)]
    bad = judged("credential", *rows).quarantined
    assert bad[column].to_list() == BAD_TEXTS[column]
    assert {tuple(rules) for rules in bad[REASONS]} == {(f"{column}:text",)}
    assert f"{column} must be at most" in bad[MESSAGES][0][0]


# Another good value of a key's last column, where it is not a number that counts on.
OTHER = {
    "term_id": "2019SP",
    "enrollment_entry_date": "2018-09-01",
    "joined_date": "2018-09-01",
    "service_type_code": "COURSE",
    "naics_sector": "62",
}


def other(column: str, value: str | None) -> str:
    """Return another good value of a key's last column."""
    assert value
    return OTHER.get(column) or value[:-1] + str((int(value[-1]) + 1) % 10)


def test_a_repeated_key_flags_every_member_and_an_incomplete_one_none() -> None:
    for name, feed in FEEDS.items():
        good, last = GOOD[name], feed.key[-1]
        verdict = judged(name, good, good | {last: other(last, good[last])}, good)
        assert verdict.quarantined["row_number"].to_list() == [2, 4], name
        assert verdict.quarantined[REASONS].to_list() == [[REPEATED]] * 2, name
        assert verdict.accepted.height == 1, name
        # Two rows that lack a part of the key may be of two things.
        unkeyed = good | {last: None}
        incomplete = judged(name, unkeyed, unkeyed).quarantined[REASONS].to_list()
        assert all(rules and REPEATED not in rules for rules in incomplete), name
        assert not any(REPEATED in rules for rules in incomplete), name


# The last spell before 2018-19, two that reach into it by a day, and the first one after it.
SPELLS = [
    ("2017-07-01", "2018-06-30", False),
    ("2017-07-01", "2018-07-01", True),
    ("2019-06-30", "2020-06-30", True),
    ("2019-07-01", "2020-06-30", False),
]


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("consortium_member", "joined_date", "left_date"),
        ("initiative_grant", "grant_start_date", "grant_end_date"),
        ("initiative_participation", "participation_start_date", "participation_end_date"),
    ],
)
def test_a_spell_counts_in_every_year_that_it_reaches(name: str, first: str, last: str) -> None:
    for start, end, good in SPELLS:
        spell = GOOD[name] | {first: start, last: end}
        assert judged(name, spell).accepted.height == good, (start, end)


@pytest.mark.parametrize(
    ("kind", "member_id", "good"),
    [
        ("DISTRICT", "1990001", True),
        ("EMPLOYER", "00001234", True),
        ("WORKFORCE_BOARD", "950001", True),
        ("INTERMEDIARY", "1990001", False),
        ("DISTRICT", "00001234", False),
    ],
)
def test_a_member_id_is_the_id_of_its_kind(kind: str, member_id: str, good: bool) -> None:
    member = GOOD["consortium_member"] | {"member_type_code": kind, "member_id": member_id}
    assert judged("consortium_member", member).accepted.height == good


@pytest.mark.parametrize("institution_id", ["900001", "1990001"])
def test_people_of_districts_and_of_others_take_part(institution_id: str) -> None:
    feed = FEEDS["initiative_participation"]
    row = GOOD[feed.name] | {"institution_id": institution_id}
    rows = delivered(feed.name, [row]).with_columns(submitter=pl.lit(institution_id))
    assert judge(rows, feed).accepted.height == 1


def test_a_row_keeps_its_values_and_gets_all_of_its_reasons() -> None:
    bad = GOOD["wage"] | {
        "quarterly_wages_usd": "NaN",
        "naics_code": "5415",
        "county_fips": "99999",
    }
    quarantined = judged("wage", bad).quarantined
    assert quarantined.select(list(bad)).row(0, named=True) == bad
    rules = quarantined[REASONS].item().to_list()
    expected = {"quarterly_wages_usd:type", "naics_code:pattern", "county_fips:code"}
    assert set(rules) == expected
    assert quarantined[MESSAGES].item().to_list() == [FEEDS["wage"].rules[rule] for rule in rules]


def test_identifying_columns_are_named_for_what_they_are_and_rules_have_words() -> None:
    known = {"first_name", "last_name", "birth_date", "ssn", "state_student_id", "local_student_id"}
    for name, feed in FEEDS.items():
        assert set(feed.identifying) == known & set(feed.dtypes), name
        assert all(message.endswith(".") for message in feed.rules.values()), name


def test_nan_and_infinity_never_pass_as_numbers() -> None:
    rows = [GOOD["wage"] | {"quarterly_wages_usd": v} for v in ("nan", "inf", "-inf", "1e400")]
    assert judged("wage", *rows).accepted.height == 0


def test_feeds_are_in_the_order_that_linkage_names_pairs_in() -> None:
    places = [feed.order for feed in FEEDS.values()]
    assert places == sorted(set(places))
    assert list(FEEDS)[:3] == ["institution", "k12_enrollment", "k12_pathway"]


def test_a_feeds_module_profile_and_key_are_of_its_own_columns() -> None:
    for name, feed in FEEDS.items():
        assert feed.model.__module__ == f"schemas.feeds.{name}", name
        assert {*feed.key, *feed.person_key, *feed.profile} <= set(feed.dtypes), name
        assert {reference.parent for reference in feed.references} <= set(FEEDS) - {name}, name
