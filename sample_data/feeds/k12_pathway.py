"""`k12_pathway`: pathway-years of CTE students, from districts."""

import polars as pl

from sample_data.delivery.feed import (
    OF_SCHOOLS,
    YEAR,
    Corruption,
    SampleFeed,
    has,
    is_empty,
    number,
)
from sample_data.delivery.rows import at_school, code
from sample_data.lives.lives import Lives
from sample_data.world.fields import PATHWAY_CODES, PATHWAY_TITLES

_IS_COMPLETE = has("pathway_completion_academic_year")
_LAST_ACADEMIC_YEAR = pl.format("{}-{}", YEAR - 1, (YEAR % 100).cast(pl.String).str.zfill(2))


def _rows(lives: Lives) -> pl.DataFrame:
    return at_school(lives, lives.school.pathways).with_columns(
        pathway_code=code(PATHWAY_CODES, "pathway"),
        courses_completed=pl.col("courses"),
        pathway_hours=pl.col("hours"),
        capstone_grade=pl.col("capstone"),
        pathway_completion_academic_year=pl.when("is_complete").then("academic_year"),
        industry_certification_name=pl.when("is_certified").then(
            pl.format("{} Certification", code(PATHWAY_TITLES, "pathway"))
        ),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "district_id", "school_id", "state_student_id", "local_student_id",
        "pathway_code", "courses_completed", "pathway_hours", "capstone_grade",
        "pathway_completion_academic_year", "industry_certification_name",
    ),
    optional=(
        "capstone_grade", "pathway_completion_academic_year", "industry_certification_name",
    ),
    rows=_rows,
    corruptions=(
        *OF_SCHOOLS,
        Corruption(
            "completion_year_is_reported_year",
            {"pathway_completion_academic_year": _LAST_ACADEMIC_YEAR},
            _IS_COMPLETE,
        ),
        Corruption(
            "completer_has_passing_capstone", {"capstone_grade": pl.lit("D")}, _IS_COMPLETE
        ),
        Corruption(
            "capstone_needs_course",
            {"courses_completed": pl.lit("0"), "capstone_grade": pl.lit("B")},
            is_empty("pathway_completion_academic_year"),
        ),
    ),
    where={
        "capstone_grade:code": is_empty("pathway_completion_academic_year")
        & (number("courses_completed") >= 1),
        "pathway_completion_academic_year:pattern": _IS_COMPLETE,
    },
    also={"pathway_completion_academic_year:pattern": ("completion_year_is_reported_year",)},
)  # fmt: skip
