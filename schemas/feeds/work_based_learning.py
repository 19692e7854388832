"""Contract of `work_based_learning`, after CALPADS WBLR."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, steps_of, values_of
from schemas.data_impact import DataImpact, amount, people_lost, rows
from schemas.people import (
    DISTRICT_DUE_AFTER_DAYS,
    ENROLLED_STUDENT,
    EXAMPLE_STUDENT,
    STUDENT,
    HighSchoolStudentRow,
)
from schemas.periods import PeriodKind
from schemas.rules import code, number, own_number, row_rule, text, unique_key

_TYPE = pl.col("wbl_type_code")


class WorkBasedLearning(HighSchoolStudentRow):
    """One student's work-based learning opportunity in an academic year."""

    wbl_type_code: pl.String = code(
        codes.WORK_BASED_LEARNING_TYPE, "CALPADS work-based learning type."
    )
    opportunity_id: pl.String = text(
        "The district's own number of the opportunity; an internship has one.", nullable=True
    )
    wbl_hours: pl.Float64 = number(0, 2000, "Hours worked in the year.", nullable=True)
    employer_naics_sector: pl.String = code(
        codes.NAICS_SECTOR, "NAICS sector of the employer.", nullable=True
    )

    key_unique = unique_key("school_id", "state_student_id", "wbl_type_code", "opportunity_id")
    opportunity_id_text = own_number("opportunity_id")
    # CALPADS wants it empty for every other type.
    opportunity_for_internship = row_rule(
        "opportunity_for_internship",
        f"An internship (type {codes.INTERNSHIP}) needs an opportunity_id.",
        (_TYPE != codes.INTERNSHIP) | pl.col("opportunity_id").is_not_null(),
    )
    hours_for_type = row_rule(
        "hours_for_type",
        "Internships, student-led enterprises and simulations (types 10, 15, 20) need wbl_hours.",
        ~_TYPE.is_in(codes.WORK_BASED_LEARNING_TYPES_WITH_HOURS)
        | (pl.col("wbl_hours") > 0).fill_null(False),
    )
    # CDE Flash 265: non-registered pre-apprenticeships are no longer collected.
    retired_type = row_rule(
        "retired_type",
        "Type 30 is not reported from 2024-25 on.",
        (_TYPE != "30") | (pl.col("period") < "2024-25"),
    )


FEED = Feed(
    name="work_based_learning",
    order=40,
    model=WorkBasedLearning,
    grain="one student's work-based learning opportunity in an academic year",
    submitted_by="K-12 district",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("school_id", "state_student_id", "wbl_type_code", "opportunity_id"),
    person_key=("state_student_id",),
    due_after_days=DISTRICT_DUE_AFTER_DAYS,
    profile={
        **values_of("wbl_type_code"),
        **steps_of("wbl_hours", 40),
        **values_of("employer_naics_sector"),
    },
    references=(ENROLLED_STUDENT,),
    impacts=(
        people_lost(STUDENT, "They read as without work-based learning this year."),
        DataImpact(
            "hours_lost",
            "hours in rejected rows",
            amount("wbl_hours"),
            "{n} of {of} hours you report {are} in rejected rows and in no table.",
        ),
        DataImpact(
            "without_sector",
            "rows without an industry",
            rows(pl.col("employer_naics_sector").is_null()),
            "{n} of {of} rows ({share}) {have} no employer_naics_sector. Whether the work "
            "fits the student's pathway can't be seen from them.",
        ),
    ),
    example={
        **EXAMPLE_STUDENT,
        "wbl_type_code": "10",
        "opportunity_id": "W1",
        "wbl_hours": "80",
        "employer_naics_sector": "62",
    },
)
