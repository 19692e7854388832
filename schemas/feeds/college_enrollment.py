"""Contract of `college_enrollment`, after CCC MIS SB and SX and NSC StudentTracker."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, code, number, pattern, row_rule, unique_key, years_between
from schemas.people import CollegeClassRow
from schemas.periods import PeriodKind, year_start


class CollegeEnrollment(CollegeClassRow):
    """One student at one college in a term."""

    race_ethnicity_code: pl.String = code(
        codes.RACE_ETHNICITY, "Race or ethnicity in the CDE's reporting categories."
    )
    education_status_code: pl.String = pattern(
        r"^\d{5}$", "5 digits", "MIS SB11; 10000 is a special admit."
    )
    student_goal_code: pl.String = code(
        codes.STUDENT_GOAL,
        "A transfer with degree, B transfer, C degree, D certificate, E job skills, F undecided.",
    )
    program_top_code: pl.String = pattern(
        r"^\d{6}$", "6 digits", "TOP code of the program, once declared.", nullable=True
    )
    units_attempted: pl.Float64 = number(0, 30, "Units attempted in the term.")
    units_earned: pl.Float64 = number(0, 30, "Units earned in the term.")
    aid_status_code: pl.String = code(codes.AID_STATUS, "Need-based aid received.")

    key_unique = unique_key("institution_id", "local_student_id", "term_id")
    age_fits_college = row_rule(
        "age_fits_college",
        "A college student is 13 to 100 years old on 1 July of the academic year.",
        years_between("birth_date", year_start(pl.col("period"))).is_between(13, 100),
    )


FEED = Feed(
    name="college_enrollment",
    model=CollegeEnrollment,
    grain="one student at one college in a term",
    submitted_by="college",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("institution_id", "local_student_id", "term_id"),
    person_key=("institution_id", "local_student_id"),
)
