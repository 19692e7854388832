"""Contract of `k12_pathway`, after CALPADS SCTE and SCSC."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, start_of, steps_of, values_of
from schemas.data_impact import DataImpact, lost, people_lost, rejected_for, rows
from schemas.people import (
    DISTRICT_DUE_AFTER_DAYS,
    ENROLLED_STUDENT,
    EXAMPLE_STUDENT,
    EXAMPLE_YEAR,
    STUDENT,
    HighSchoolStudentRow,
)
from schemas.periods import ACADEMIC_YEAR_PATTERN, PeriodKind
from schemas.rules import code, number, pattern, row_rule, text, unique_key, words

_COMPLETION_YEAR = pl.col("pathway_completion_academic_year")
# Impacts are counted in text as it was delivered.
_COURSES = pl.col("courses_completed").cast(pl.Float64, strict=False)
_HOURS = pl.col("pathway_hours").cast(pl.Float64, strict=False)


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
    industry_certification_name_text = words("industry_certification_name")
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
    order=30,
    model=K12Pathway,
    grain="one student in one CTE pathway in an academic year",
    submitted_by="K-12 district",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("school_id", "state_student_id", "pathway_code"),
    person_key=("state_student_id",),
    due_after_days=DISTRICT_DUE_AFTER_DAYS,
    profile={
        **start_of("pathway_code", 2),
        **values_of("courses_completed"),
        **steps_of("pathway_hours", 50),
        **start_of("capstone_grade", 1),
        "pathway_completion_academic_year": "pathway_completion_academic_year is not null",
    },
    references=(ENROLLED_STUDENT,),
    impacts=(
        people_lost(
            STUDENT, "What they took and completed this year is in no pathway or CTE rate."
        ),
        DataImpact(
            "completions_lost",
            "pathway completions in rejected rows",
            lost((*STUDENT, "pathway_code"), _COMPLETION_YEAR.is_not_null()),
            "{n} of {of} pathway completions you report {are} in rejected rows. Your CTE "
            "completion rate counts their students as non-completers.",
        ),
        DataImpact(
            "completions_not_reported",
            "passed capstones without a completion year",
            rows(
                ~_COMPLETION_YEAR.is_not_null(),
                pl.col("capstone_grade").is_in(codes.CAPSTONE_PASSING),
            ),
            "{n} of {of} rows with a capstone_grade of C- or better {have} no "
            "pathway_completion_academic_year. Your CTE completion rate does not count them.",
        ),
        DataImpact(
            "courses_without_hours",
            "completed courses with 0 hours",
            rows(_HOURS == 0, _COURSES >= 1),
            "{n} of {of} rows with a completed course {have} pathway_hours 0. They add "
            "nothing to the 300 hours that the older definition of a completer asks for.",
        ),
        DataImpact(
            "hours_missing",
            "rows rejected for their hours",
            rejected_for("pathway_hours"),
            "{n} of {of} rows {are} rejected for their pathway_hours. Courses and capstones "
            "of these rows are lost with the hours.",
        ),
    ),
    example={
        **EXAMPLE_STUDENT,
        "pathway_code": "198",
        "courses_completed": "1",
        "pathway_hours": "150",
        "capstone_grade": "C-",
        "pathway_completion_academic_year": EXAMPLE_YEAR,
        "industry_certification_name": None,
    },
)
