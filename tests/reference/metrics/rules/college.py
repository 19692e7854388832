"""Rules of college students."""

import polars as pl

from tests.reference.base.people import COMMUNITY_COLLEGE
from tests.reference.metrics.cells import Rule


def by_end_of(day: str, years: int) -> pl.Expr:
    """Return whether a day is in one of so many academic years, the entry's being the first."""
    return pl.col(day) <= pl.date(pl.col("year") + years, 6, 30)


def _rules() -> dict[tuple[str, str], Rule]:
    c = pl.col
    is_local = c("home_type") == COMMUNITY_COLLEGE
    left_with_units = (c("units_so_far") >= 12) & ~c("stays")
    rules = {
        ("first_year_units_rate", "30_units_full_time"): Rule(
            "college_entrant", c("first_year_units") >= 30, of=c("primary_units") >= 12
        ),
        ("first_year_units_rate", "15_units_part_time"): Rule(
            "college_entrant", c("first_year_units") >= 15, of=c("primary_units") < 12
        ),
        ("mean_first_year_units", "all_colleges"): Rule(
            "college_entrant",
            amount=c("first_year_units"),
            of=c("first_year_units").is_not_null(),
        ),
        ("persistence_rate", "fall_to_spring"): Rule(
            "college_entrant", c("is_in_next_primary"), of=is_local & (c("primary_season") == "FA")
        ),
        ("persistence_rate", "next_primary_term"): Rule(
            "college_entrant",
            c("is_in_next_primary"),
            of=is_local & c("primary_season").is_not_null(),
        ),
        ("prior_dual_enrollment_rate", "before_first_term"): Rule(
            "college_entrant", c("first_dual") < c("entered")
        ),
        ("nine_cte_units_rate", "district_year"): Rule("college_year", c("district_units") >= 9),
        ("award_or_journey_count", "swp"): Rule("college_year", in_statistic=c("has_award")),
        ("award_or_journey_rate", "swp"): Rule("college_year", c("has_award")),
        ("transfer_next_year_rate", "12_units_ever"): Rule(
            "college_year", c("transfers"), of=left_with_units
        ),
        ("transfer_next_year_count", "12_units_ever"): Rule(
            "college_year", of=left_with_units, in_statistic=c("transfers")
        ),
        ("college_concentrator_rate", "perkins_v"): Rule("college_year", c("is_concentrator")),
    }
    return rules | _by_years(is_local)


def _by_years(is_local: pl.Expr) -> dict[tuple[str, str], Rule]:
    c = pl.col
    no_degree = c("had_degree").is_null()
    rules = {}
    for years in (2, 3, 4, 6):
        rules["community_college_completion_rate", f"{years}_years"] = Rule(
            "college_entrant", by_end_of("first_approved", years), of=is_local
        )
    for years in (3, 4, 6):
        later = c("first_university") > c("entered")
        rules["transfer_rate", f"{years}_years"] = Rule(
            "college_entrant", later & by_end_of("first_university", years), of=is_local
        )
    for years in (3, 6):
        completed = by_end_of("first_completed", years).fill_null(False)
        enrolled = c("years").list.contains(c("year") + years - 1)
        states = {
            "completed_rate": completed,
            "still_enrolled_rate": ~completed & enrolled,
            "stopped_out_rate": ~completed & ~enrolled,
        }
        for metric, is_so in states.items():
            rules[metric, f"{years}_years"] = Rule("college_entrant", is_so, of=no_degree)
    return rules


RULES = _rules()
