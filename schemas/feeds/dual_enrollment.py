"""Contract of `dual_enrollment`, after CCC MIS SX, SB and SG for special admits."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, start_of, steps_of, values_of
from schemas.data_impact import DataImpact, amount, people_lost
from schemas.people import (
    AT_INSTITUTION,
    EXAMPLE_COLLEGE_STUDENT,
    WITHOUT_SSID,
    WITHOUT_SSN,
    CollegeClassRow,
    registered,
)
from schemas.periods import PeriodKind, year_start
from schemas.rules import (
    code,
    flag,
    number,
    own_number,
    pattern,
    row_rule,
    text,
    unique_key,
    years_between,
)


class DualEnrollment(CollegeClassRow):
    """One special-admit student in one course section in a term."""

    course_id: pl.String = text("Department and number of the course.")
    section_id: pl.String = text("The college's own number of the section.")
    top_code: pl.String = pattern(r"^\d{6}$", "6 digits", "TOP code of the course.")
    credit_status_code: pl.String = code(
        codes.CREDIT_STATUS, "D degree-applicable credit, C other credit, N noncredit."
    )
    units_attempted: pl.Float64 = number(0, 20, "Units of the section.")
    units_earned: pl.Float64 = number(0, 20, "Units earned.")
    grade_code: pl.String = code(codes.COLLEGE_GRADES, "Grade at the end of the term.")
    is_ccap: pl.Boolean = flag("Taken under a CCAP partnership (AB 288).")
    ccap_agreement_id: pl.String = text("The CCAP agreement.", nullable=True)

    key_unique = unique_key("institution_id", "local_student_id", "term_id", "section_id")
    course_id_text = own_number("course_id")
    section_id_text = own_number("section_id")
    ccap_agreement_id_text = own_number("ccap_agreement_id")
    no_units_without_pass = row_rule(
        "no_units_without_pass",
        f"Grades {', '.join(codes.UNITLESS_GRADES)} earn no units.",
        ~pl.col("grade_code").is_in(codes.UNITLESS_GRADES) | (pl.col("units_earned") == 0),
    )
    ccap_agreement_has_flag = row_rule(
        "ccap_agreement_has_flag",
        "A CCAP course has is_ccap Y and a ccap_agreement_id; any other course has neither.",
        pl.col("is_ccap") == pl.col("ccap_agreement_id").is_not_null(),
    )
    # MIS edits ask for an age below 22; adult-school diploma seekers may be special admits too.
    special_admit_age = row_rule(
        "special_admit_age",
        "A special admit is 12 to 21 years old on 1 July of the academic year.",
        years_between("birth_date", year_start(pl.col("period"))).is_between(12, 21),
    )


FEED = Feed(
    name="dual_enrollment",
    order=50,
    model=DualEnrollment,
    grain="one special-admit student in one course section in a term",
    submitted_by="college",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("institution_id", "local_student_id", "term_id", "section_id"),
    person_key=("institution_id", "local_student_id"),
    profile={
        **start_of("top_code", 2),
        **values_of("credit_status_code"),
        **steps_of("units_attempted", 1),
        **start_of("grade_code", 1),
        **values_of("is_ccap"),
    },
    references=(registered("institution_id"),),
    impacts=(
        people_lost(
            AT_INSTITUTION, "They read as without dual enrollment in their high school's rates."
        ),
        WITHOUT_SSID,
        WITHOUT_SSN,
        DataImpact(
            "units_lost",
            "units earned in rejected rows",
            amount("units_earned"),
            "{n} of {of} units_earned {are} in rejected rows and count for nobody.",
        ),
    ),
    example={
        **EXAMPLE_COLLEGE_STUDENT,
        "gender_code": "F",
        "term_id": "2019SP",
        "course_id": "CIS 101",
        "section_id": "4711",
        "top_code": "070200",
        "credit_status_code": "D",
        "units_attempted": "3",
        "units_earned": "3",
        "grade_code": "B",
        "is_ccap": "Y",
        "ccap_agreement_id": "AG-1",
    },
)
