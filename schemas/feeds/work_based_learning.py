"""Contract of `work_based_learning`, after CALPADS WBLR."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, code, number, row_rule, text, unique_key
from schemas.people import HighSchoolStudentRow
from schemas.periods import PeriodKind

_TYPE = pl.col("wbl_type_code")


class WorkBasedLearning(HighSchoolStudentRow):
    """One student's work-based learning opportunity in an academic year."""

    wbl_type_code: pl.String = code(
        codes.WORK_BASED_LEARNING_TYPE, "CALPADS work-based learning type."
    )
    opportunity_id: pl.String = text("The district's own number of the opportunity.")
    wbl_hours: pl.Float64 = number(0, 2000, "Hours worked in the year.", nullable=True)
    employer_naics_sector: pl.String = code(
        codes.NAICS_SECTOR, "NAICS sector of the employer.", nullable=True
    )

    key_unique = unique_key("school_id", "state_student_id", "wbl_type_code", "opportunity_id")
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
    model=WorkBasedLearning,
    grain="one student's work-based learning opportunity in an academic year",
    submitted_by="K-12 district",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("school_id", "state_student_id", "wbl_type_code", "opportunity_id"),
    person_key=("state_student_id",),
)
