"""Contract of `k12_pathway`, after CALPADS SCTE and SCSC."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, code, number, pattern, row_rule, text, unique_key
from schemas.people import HighSchoolStudentRow
from schemas.periods import ACADEMIC_YEAR_PATTERN, PeriodKind

_COMPLETION_YEAR = pl.col("pathway_completion_academic_year")


class K12Pathway(HighSchoolStudentRow):
    """One student in one CTE pathway in an academic year."""

    pathway_code: pl.String = pattern(
        codes.PATHWAY_CODE_PATTERN, codes.PATHWAY_CODE_MEANING, "CALPADS CTE pathway code."
    )
    courses_completed: pl.Int64 = number(0, 12, "Courses of the pathway completed in the year.")
    # A school year has about 1,080 hours of instruction; above 2,000 the unit is minutes or days.
    pathway_hours: pl.Float64 = number(0, 2000, "Hours of instruction in the pathway in the year.")
    capstone_grade: pl.String = code(
        codes.LETTER_GRADES, "Grade in the capstone course, when taken this year.", nullable=True
    )
    pathway_completion_academic_year: pl.String = pattern(
        ACADEMIC_YEAR_PATTERN,
        "written like 2023-24",
        "Academic year in which the pathway was completed.",
        nullable=True,
    )
    industry_certification_name: pl.String = text(
        "Industry certification earned through the pathway.", nullable=True
    )

    key_unique = unique_key("school_id", "state_student_id", "pathway_code")
    completion_year_is_reported_year = row_rule(
        "completion_year_is_reported_year",
        "pathway_completion_academic_year must be the year being reported.",
        pl.col("period") == _COMPLETION_YEAR,
    )
    completer_has_passing_capstone = row_rule(
        "completer_has_passing_capstone",
        "A pathway completer needs a capstone_grade of C- or better.",
        _COMPLETION_YEAR.is_null()
        | pl.col("capstone_grade").is_in(codes.CAPSTONE_PASSING).fill_null(False),
    )
    capstone_needs_course = row_rule(
        "capstone_needs_course",
        "A capstone_grade needs at least one course completed in the year.",
        pl.col("capstone_grade").is_null() | (pl.col("courses_completed") >= 1),
    )


FEED = Feed(
    name="k12_pathway",
    model=K12Pathway,
    grain="one student in one CTE pathway in an academic year",
    submitted_by="K-12 district",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("school_id", "state_student_id", "pathway_code"),
    person_key=("state_student_id",),
)
