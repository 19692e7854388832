"""From ninth grade to a living wage: of those who reached all stages before, who reached this one.

What a population is, is told in `high_school`.
"""

import polars as pl

from .cells import Rule
from .earnings import living_wages
from .high_school import ninth_grade_cohort
from .people import (
    awards,
    first_after,
    first_term_after,
    quarterly_wages,
    terms,
    wages_at,
    with_coverage,
)
from .sources import Sources


def journey(src: Sources) -> pl.DataFrame:
    """Return the ninth-grade cohort with what came after high school."""
    cohort = ninth_grade_cohort(src)
    people = cohort.filter(pl.col("lens_type") == "all").select(
        "person_id", "year", "institution_id"
    )
    left = people.join(
        cohort.filter(pl.col("lens_type") == "all").select(
            "person_id", done_date=pl.min_horizontal("graduation_date", "other_completion_date")
        ),
        on="person_id",
    )
    after = (
        living_wages(with_coverage(left, src), src)
        .join(first_term_after(left.drop_nulls(), terms(src)), on="person_id", how="left")
        .join(
            first_after(left.drop_nulls(), awards(src), "first_award"), on="person_id", how="left"
        )
    )
    autumn = (pl.col("year") + 7) * 4 + 3
    after = wages_at(after, quarterly_wages(src), autumn, "autumn")
    return cohort.join(after.drop("year", "institution_id"), on="person_id")


POPULATIONS = {"journey": journey}


def _rules() -> dict[tuple[str, str], Rule]:
    c = pl.col
    reached = {
        "career_education": c("is_participant"),
        "concentration": c("is_concentrator"),
        "graduation": c("graduation_date").is_not_null(),
        "college": c("first_term") <= c("done_date").dt.offset_by("16mo"),
        "credential": c("first_award") <= pl.date(c("year") + 7, 6, 30),
        "living_wage": c("autumn") * 4 >= c("living_wage_usd"),
    }
    rules = {}
    so_far = c("row").is_not_null()
    for stage, is_reached in reached.items():
        found = c("is_matchable") if stage == "living_wage" else c("row").is_not_null()
        rules[f"stage_{stage}", "v1"] = Rule("journey", is_reached, of=so_far, found=found)
        so_far = so_far & is_reached.fill_null(False)
    return rules


RULES = _rules()
