"""From ninth grade to a living wage: of those who reached all stages before, who reached this one.

What a cohort is, is defined in `high_school`.
"""

import polars as pl

from tests.reference.base.people import awards, first_after, first_term_after, terms
from tests.reference.base.sources import Sources
from tests.reference.base.wages import quarterly_wages, wages_at, with_coverage
from tests.reference.metrics.earnings import living_wages
from tests.reference.metrics.high_school import ninth_grade_cohort


def journey(src: Sources) -> pl.DataFrame:
    """Return the ninth-grade cohort with what came after high school."""
    cohort = ninth_grade_cohort(src)
    people = cohort.filter(pl.col("dimension") == "all").select(
        "person_id", "year", "institution_id"
    )
    left = people.join(
        cohort.filter(pl.col("dimension") == "all").select(
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


COHORTS = {"journey": journey}
