"""What each metric counts of its population, written from the words of its definition."""

import polars as pl

from .cells import Rule


def within(day: str, months: int, since: str = "done_date") -> pl.Expr:
    """Return whether a day is at most so many months after another."""
    return pl.col(day) <= pl.col(since).dt.offset_by(f"{months}mo")


is_dual_enrolled = pl.col("first_dual") <= pl.col("year")

RULES = {
    ("four_year_graduation_rate", "acgr"): Rule(
        "ninth_grade_cohort", pl.col("graduation_date") <= pl.date(pl.col("year") + 1, 8, 31)
    ),
    ("dual_enrollment_participation_rate", "ever_in_high_school"): Rule(
        "graduate", is_dual_enrolled
    ),
    ("cte_completion_rate", "v1_300_hours"): Rule("graduate", pl.col("completed_v1")),
    ("cte_completion_rate", "v2_no_hours"): Rule("graduate", pl.col("completed_v2")),
    ("college_going_rate", "12_months"): Rule("completer", within("first_term", 12)),
    ("dual_enrollment_matriculation_rate", "12_months"): Rule(
        "graduate", within("first_term", 12), of=is_dual_enrolled
    ),
    ("pathway_completion_rate", "3_years"): Rule(
        "graduate", within("first_award_of_concentration", 36), of=pl.col("is_concentrator")
    ),
    ("pathway_completion_rate", "6_years"): Rule(
        "graduate", within("first_award_of_concentration", 72), of=pl.col("is_concentrator")
    ),
    ("credential_attainment_rate", "6_years"): Rule("graduate", within("first_award", 72)),
    ("employed_second_quarter_rate", "calendar_quarter"): Rule(
        "exiter", pl.col("second_quarter_wages") > 0, found=pl.col("is_matchable")
    ),
    ("median_quarterly_earnings_usd", "calendar_quarter"): Rule(
        "exiter",
        found=pl.col("second_quarter_wages").is_not_null(),
        amount=pl.col("second_quarter_wages"),
    ),
    ("median_annual_earnings_usd", "oct_dec_x4"): Rule(
        "exiter", found=pl.col("autumn_wages").is_not_null(), amount=pl.col("autumn_wages") * 4
    ),
    ("living_wage_rate", "oct_dec_x4"): Rule(
        "exiter",
        pl.col("autumn_wages") * 4 >= pl.col("living_wage_usd"),
        found=pl.col("autumn_wages").is_not_null(),
    ),
}
