"""A metric in words: one value explained down to its rows, and a definition without a release."""

import duckdb
import pytest

from pipelines.release.explain_metric import (
    CannotExplain,
    Question,
    describe,
    explain,
    incomplete,
    is_of_no_value,
)

DEFINITION = """
create table metrics.metric_definition as
select
    'going' as metric_id, '12_months' as definition_version, 'Going on' as metric_name,
    'T01' as catalog_id, 'quality' as family, 'metrics.metric_value' as computed_in,
    'Share that went on.' as meaning, 'Who went.' as numerator, 'Who left.' as denominator,
    'Within a year.' as time_rule, null as exclusions, 'rate' as unit, 'rate' as statistic,
    'leaver' as cohort, 'leaving_year' as cohort_basis, null as denominator_sql,
    null as statistic_sql, 'went' as numerator_sql, null as amount_sql,
    ['high_school'] as attributions,
    'CDE' as source, 'CGR' as source_metric_id, 'Some do not report.' as caveats,
    date '2014-07-01' as effective_from, null::date as effective_to
"""
CELL = """
create table metrics.metric_value as
select
    'going' as metric_id, '12_months' as definition_version, 'leaving_year' as cohort_basis,
    year as cohort_year, 'high_school' as attribution, 'county' as region_scheme,
    'county:06001' as region_id, 'Alameda' as region_name,
    'all' as dimension, 'all' as dimension_value,
    'all' as student_group, 'all' as student_group_value,
    'rate' as unit, 1 as numerator, 2 as denominator,
    0.5 as value, 0.09 as value_low, 0.91 as value_high, 'wilson_95' as interval_method,
    null as n_cohort, null as n_matchable, null as n_matched, null as n_in_statistic,
    complete as is_complete, date '2024-06-30' as as_of_date
from (values ('2021-22', true), ('2022-23', true), ('2023-24', false)) as cohort (year, complete)
"""
COMPLETENESS = """
create table metrics.metric_completeness as
select
    metric_id, definition_version, cohort_year, attribution, region_id, is_complete,
    is_complete and cohort_year <> '2022-23' as is_whole,
    case when not is_complete then 'college_enrollment ends with 2023-24' end as reason,
    case when not is_complete then 'every submitter: college_enrollment after 2023-24' end
        as awaited
from metrics.metric_value
"""
MEMBERS = """
create table metrics.metric_member as
select
    'going' as metric_id, '12_months' as definition_version, year as cohort_year,
    'high_school' as attribution, 'S1' as place_id, 'all' as dimension, 'all' as dimension_value,
    person as person_id, true as is_in_statistic, went as is_numerator, null::double as amount
from (
    values ('2021-22', 'P1', true), ('2021-22', 'P2', false), ('2022-23', 'P3', true)
) as member (year, person, went)
"""
COUNTY = Question("going", region_id="county:06001")


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """Return a release of one metric with three cohorts: whole, of a few people, not complete."""
    connection = duckdb.connect()
    connection.execute("create schema metrics; create schema marts")
    for statement in (DEFINITION, CELL, COMPLETENESS, MEMBERS):
        connection.execute(statement)
    connection.execute(
        "create table marts.brg_place_region as "
        "select 'S1' as place_id, 'county:06001' as region_id"
    )
    connection.execute(
        "create table marts.brg_person_group as select unnest(['P1', 'P2', 'P3']) as person_id, "
        "'all' as student_group, 'all' as student_group_value"
    )
    return connection


def test_explains_the_last_whole_cohort_to_its_rows(warehouse) -> None:
    definition, cell, rows, sql = explain(warehouse, COUNTY)
    assert "Some do not report." in definition
    assert "Cohort 2021-22" in cell
    assert "1 of 2 people" in cell
    assert "2 people in the denominator, 1 in the numerator" in rows
    query = rows.split("\n\n", 1)[1]
    assert sorted(warehouse.execute(query).fetchall()) == [("P1", True, None), ("P2", False, None)]
    assert "from cohorts.cohort_leaver" in sql


def test_an_incomplete_cohort_says_what_is_missing_and_who_has_to_deliver_it(warehouse) -> None:
    asked = Question("going", cohort_year="2023-24", region_id="county:06001")
    cell = list(explain(warehouse, asked))[1]
    assert "NOT complete, as of 2024-06-30: college_enrollment ends with 2023-24." in cell
    assert "Awaited: every submitter: college_enrollment after 2023-24" in cell


def test_what_the_state_lacks_is_listed_with_who_has_to_deliver_it(warehouse) -> None:
    assert not incomplete(warehouse)
    warehouse.execute("update metrics.metric_completeness set region_id = 'statewide:California'")
    assert incomplete(warehouse) == [
        {
            "reason": "college_enrollment ends with 2023-24",
            "awaited": "every submitter: college_enrollment after 2023-24",
            "values": 1,
        }
    ]


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (Question("gone"), "no metric gone"),
        (Question("going", definition_version="16_months"), "versions 12_months"),
        (Question("going", region_id="county:06003"), "No value of going is stored"),
        (Question("going", cohort_year="1999-00", region_id="county:06001"), "2021-22"),
    ],
)
def test_what_is_not_there_is_named(warehouse, question: Question, says: str) -> None:
    with pytest.raises(CannotExplain, match=says):
        list(explain(warehouse, question))


def test_a_version_must_be_named_where_there_are_two(warehouse) -> None:
    warehouse.execute(
        "insert into metrics.metric_definition "
        "select * replace ('16_months' as definition_version) from metrics.metric_definition"
    )
    with pytest.raises(CannotExplain, match="12_months, 16_months"):
        list(explain(warehouse, COUNTY))


def test_a_metric_is_described_without_a_release() -> None:
    """Two versions of one entry: what both inherit, and what differs between them."""
    concluded, every = describe("cte_completion_rate")
    assert "and at least 300 hours." in concluded
    assert "in effect from 2019-07-01 to 2024-06-30" in concluded
    assert "capstone grade of C- or better." in every
    assert "Left out: Completers without a regular diploma." in concluded
    assert "Left out: Completers without a regular diploma." in every


def test_placeholders_of_a_version_are_filled() -> None:
    first, *_ = describe("median_earnings_years_after_award_usd")
    assert "Median annual earnings 1 year after an award" in first
    assert "in the first academic year after the award year" in first


def test_a_metric_that_is_unknown_is_not_described() -> None:
    with pytest.raises(CannotExplain, match="no metric gone"):
        list(describe("gone"))


@pytest.mark.parametrize(
    ("question", "of_no_value"),
    [
        (Question("cte_completion_rate"), True),
        (Question("cte_completion_rate", definition_version="v2_no_hours"), False),
        (Question("cte_participation_rate"), False),
        (Question("ppg1"), True),
    ],
)
def test_a_metric_alone_is_of_no_value_when_it_has_versions_or_compares_groups(
    question: Question, of_no_value: bool
) -> None:
    assert is_of_no_value(question) is of_no_value
