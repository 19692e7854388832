"""The list of metrics: what each one is called, counted over, and when its cohorts are complete.

Only facts about the metrics live here; how their members are found is in `populations`.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """One metric under one definition version.

    Attributes:
        metric_id: Name of the metric.
        definition_version: Which of its definitions.
        cohort_basis: What the cohort year is the year of.
        region_basis: Whose place decides the region.
        statistic: Share of members with the outcome, or median of their amount.
        outcome_feeds: Feed and months after the cohort's 30 June that it must have reported.
        years_before: Years before the cohort's that the first feed must have reported too.
        has_wages: Whether the four coverage counts belong to it.
    """

    metric_id: str
    definition_version: str
    cohort_basis: str
    region_basis: Literal["high_school", "college"]
    statistic: Literal["rate", "median"]
    outcome_feeds: tuple[tuple[str, int], ...]
    years_before: int | None = None
    has_wages: bool = False


def _school(
    metric_id: str, version: str, basis: str, feed: str, months: int, before: int | None = None
) -> Metric:
    return Metric(metric_id, version, basis, "high_school", "rate", ((feed, months),), before)


def _wage(metric_id: str, version: str, statistic: Literal["rate", "median"]) -> Metric:
    # A year without college must be confirmed before anyone has exited, hence two feeds.
    feeds = (("wage", 6), ("college_enrollment", 12))
    return Metric(metric_id, version, "exit_year", "college", statistic, feeds, 0, has_wages=True)


METRICS = (
    _school(
        "four_year_graduation_rate", "acgr", "expected_graduation_year", "k12_enrollment", 0, 3
    ),
    _school(
        "dual_enrollment_participation_rate",
        "ever_in_high_school",
        "graduation_year",
        "dual_enrollment",
        0,
        3,
    ),
    _school("cte_completion_rate", "v1_300_hours", "graduation_year", "k12_pathway", 0, 3),
    _school("cte_completion_rate", "v2_no_hours", "graduation_year", "k12_pathway", 0, 3),
    _school("college_going_rate", "12_months", "completion_year", "college_enrollment", 12),
    _school(
        "dual_enrollment_matriculation_rate",
        "12_months",
        "graduation_year",
        "college_enrollment",
        12,
    ),
    _school("pathway_completion_rate", "3_years", "graduation_year", "credential", 36),
    _school("pathway_completion_rate", "6_years", "graduation_year", "credential", 72),
    _school("credential_attainment_rate", "6_years", "graduation_year", "credential", 72),
    _wage("employed_second_quarter_rate", "calendar_quarter", "rate"),
    _wage("median_quarterly_earnings_usd", "calendar_quarter", "median"),
    _wage("median_annual_earnings_usd", "oct_dec_x4", "median"),
    _wage("living_wage_rate", "oct_dec_x4", "rate"),
)
