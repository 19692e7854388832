"""Contract of `college_enrollment`, after CCC MIS SB and SX and NSC StudentTracker."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, start_of, steps_of, values_of
from schemas.data_impact import DataImpact, people, people_lost
from schemas.people import (
    AT_INSTITUTION,
    EXAMPLE_COLLEGE_STUDENT,
    IN_STATE,
    OF_COLLEGE,
    WITHOUT_SSID,
    WITHOUT_SSN,
    CollegeClassRow,
    registered,
)
from schemas.periods import PeriodKind, year_start
from schemas.rules import code, number, pattern, row_rule, unique_key, years_between


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
        "Goal, as MIS SB14 has it: A associate degree and transfer, B transfer, C associate "
        "degree, D vocational degree, E vocational certificate, F to find a career, G skills for "
        "a new career, H for the present one, I to maintain a license, J educational "
        "development, K basic skills, L high school credit, M undecided, N from noncredit to "
        "credit, O student of a university, X not reported, Y not applicable.",
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
    order=60,
    model=CollegeEnrollment,
    grain="one student at one college in a term",
    submitted_by="college",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("institution_id", "local_student_id", "term_id"),
    person_key=("institution_id", "local_student_id"),
    beside=OF_COLLEGE,
    profile={
        **values_of("gender_code", "race_ethnicity_code", "student_goal_code"),
        **start_of("program_top_code", 2),
        **steps_of("units_attempted", 5),
        **values_of("aid_status_code"),
    },
    references=(registered("institution_id", only=IN_STATE),),
    impacts=(
        people_lost(
            AT_INSTITUTION,
            "Their high schools' college-going rates go without them, and who was enrolled the "
            "year before reads as having left college.",
        ),
        WITHOUT_SSN,
        WITHOUT_SSID,
        DataImpact(
            "people_without_program",
            "people without a program",
            people(AT_INSTITUTION, pl.col("program_top_code").is_null()),
            "{n} of {of} people ({share}) {have} no program_top_code in any term. If they "
            "leave, your employment and earnings figures, which are of career education students, "
            "do not count them.",
        ),
    ),
    example={
        **EXAMPLE_COLLEGE_STUDENT,
        "gender_code": "F",
        "race_ethnicity_code": "RH",
        "term_id": "2018FA",
        "education_status_code": "32018",
        "student_goal_code": "C",
        "program_top_code": "070200",
        "units_attempted": "12",
        "units_earned": "9",
        "aid_status_code": "PELL",
    },
)
