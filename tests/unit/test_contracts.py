"""Every rule of every contract: a good row passes, a bad row fails under the rule's name."""

import polars as pl
import pytest

from pipelines.intake.validate import MESSAGES, REASONS, judge
from schemas import FEEDS
from tests.unit.cases import BREAKING, GOOD, breaking, delivered

# Nobody born after they entered school was twelve years old then.
IMPLIED = {"birth_before_entry": ["age_fits_high_school"]}
RULES = [
    (name, rule) for name, feed in FEEDS.items() for rule in feed.rules if rule != "key:unique"
]


@pytest.mark.parametrize("name", FEEDS)
def test_good_row_is_accepted(name: str) -> None:
    verdict = judge(delivered(name, [GOOD[name]]), FEEDS[name])
    assert verdict.accepted.height == 1
    assert verdict.quarantined.height == 0


@pytest.mark.parametrize(("name", "rule"), RULES)
def test_bad_row_fails_under_its_rule(name: str, rule: str) -> None:
    bad = GOOD[name] | breaking(name, rule)
    # A type retired in a later year can only be broken in a delivery for that year.
    period = bad["academic_year"] if rule == "retired_type" else None
    verdict = judge(delivered(name, [bad], period), FEEDS[name])
    assert verdict.accepted.height == 0
    assert rule in verdict.quarantined[REASONS].item()
    if rule in BREAKING[name]:
        assert verdict.quarantined[REASONS].item().to_list() == [rule, *IMPLIED.get(rule, [])]


@pytest.mark.parametrize("name", FEEDS)
def test_a_repeated_key_flags_every_member(name: str) -> None:
    other = GOOD[name] | {FEEDS[name].key[-1]: breaking_key(name)}
    verdict = judge(delivered(name, [GOOD[name], other, GOOD[name]]), FEEDS[name])
    assert verdict.quarantined["row_number"].to_list() == [2, 4]
    assert verdict.quarantined[REASONS].to_list() == [["key:unique"]] * 2
    assert verdict.accepted.height == 1


def breaking_key(name: str) -> str:
    """Return another good value of the last column of a feed's key."""
    return {
        "institution": "19900010000002",
        "k12_enrollment": "2018-09-01",
        "k12_pathway": "199",
        "work_based_learning": "W2",
        "dual_enrollment": "4712",
        "college_enrollment": "2019SP",
        "credential": "2",
        "wage": "00001235",
        "consortium_member": "2018-09-01",
        "initiative_grant": "2",
        "initiative_participation": "COURSE",
        "labor_demand": "62",
    }[name]


# The last spell before 2018-19, two that reach into it by a day, and the first one after it.
SPELLS = [
    ("2017-07-01", "2018-06-30", False),
    ("2017-07-01", "2018-07-01", True),
    ("2019-06-30", "2020-06-30", True),
    ("2019-07-01", "2020-06-30", False),
]


@pytest.mark.parametrize(("start", "end", "good"), SPELLS)
@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("consortium_member", "joined_date", "left_date"),
        ("initiative_grant", "grant_start_date", "grant_end_date"),
        ("initiative_participation", "participation_start_date", "participation_end_date"),
    ],
)
def test_a_spell_counts_in_every_year_that_it_reaches(name, first, last, start, end, good) -> None:
    spell = GOOD[name] | {first: start, last: end}
    assert judge(delivered(name, [spell]), FEEDS[name]).accepted.height == good


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
    verdict = judge(delivered("consortium_member", [member]), FEEDS["consortium_member"])
    assert verdict.accepted.height == good


@pytest.mark.parametrize("institution_id", ["900001", "1990001"])
def test_people_of_districts_and_of_others_take_part(institution_id: str) -> None:
    feed = FEEDS["initiative_participation"]
    row = GOOD[feed.name] | {"institution_id": institution_id}
    rows = delivered(feed.name, [row]).with_columns(submitter=pl.lit(institution_id))
    assert judge(rows, feed).accepted.height == 1


@pytest.mark.parametrize("name", FEEDS)
def test_every_rule_has_words_for_the_submitter(name: str) -> None:
    assert all(message.endswith(".") for message in FEEDS[name].rules.values())


def test_a_row_keeps_its_values_and_gets_all_of_its_reasons() -> None:
    bad = GOOD["wage"] | {
        "quarterly_wages_usd": "NaN",
        "naics_code": "5415",
        "county_fips": "99999",
    }
    quarantined = judge(delivered("wage", [bad]), FEEDS["wage"]).quarantined
    assert quarantined.select(list(bad)).row(0, named=True) == bad
    assert set(quarantined[REASONS].item()) == {
        "quarterly_wages_usd:type",
        "naics_code:pattern",
        "county_fips:code",
    }
    assert quarantined[MESSAGES].item().to_list() == [
        FEEDS["wage"].rules[rule] for rule in quarantined[REASONS].item()
    ]


@pytest.mark.parametrize("name", FEEDS)
def test_identifying_columns_are_named_for_what_they_are(name: str) -> None:
    identifying = set(FEEDS[name].identifying)
    known = {"first_name", "last_name", "birth_date", "ssn", "state_student_id", "local_student_id"}
    assert identifying == known & set(FEEDS[name].dtypes)


def test_nan_and_infinity_never_pass_as_numbers() -> None:
    rows = [GOOD["wage"] | {"quarterly_wages_usd": v} for v in ("nan", "inf", "-inf", "1e400")]
    verdict = judge(delivered("wage", rows), FEEDS["wage"])
    assert verdict.accepted.height == 0
    assert isinstance(verdict.quarantined, pl.DataFrame)
