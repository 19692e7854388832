"""`dual_enrollment`: college sections of high-school students, from colleges."""

import polars as pl

from sample_data.delivery.feed import (
    OF_INSTITUTIONS,
    OF_TERMS,
    PASSED,
    Corruption,
    SampleFeed,
    shifted,
)
from sample_data.delivery.rows import at_college, code, flag, term
from sample_data.high_school.dual_enrollment import DUAL_GRADES
from sample_data.lives.lives import Lives
from sample_data.world.fields import GENERAL_TOP, SECTORS


def _rows(lives: Lives) -> pl.DataFrame:
    tops = [top for s in SECTORS for top in s.top]
    rows = at_college(lives, lives.school.sections).with_columns(
        term_id=term(),
        grade_code=code(DUAL_GRADES, "grade"),
        top_code=pl.when("is_career")
        .then(code(tops, pl.col("sector") * 2 + pl.col("variant")))
        .otherwise(code(GENERAL_TOP, "general")),
    )
    unearned = pl.col("grade_code").is_in(["F", "NP", "W", "EW", "IP", "RD"])
    return rows.with_columns(
        ssn=pl.when("has_dual_ssn").then("ssn"),
        state_student_id=pl.when("has_dual_state_id").then("state_student_id"),
        course_id=pl.format("C{}{}", pl.col("top_code").str.slice(0, 4), pl.col("variant") + 1),
        section_id=pl.col("number"),
        credit_status_code=pl.col("credit"),
        units_attempted=pl.when(pl.col("credit") == "N").then(0.0).otherwise("units"),
        units_earned=pl.when(unearned | (pl.col("credit") == "N")).then(0.0).otherwise("units"),
        ccap_agreement_id=pl.when("is_ccap").then(pl.format("CCAP-{}", pl.col("institution_id"))),
        is_ccap=flag(pl.col("is_ccap")),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "institution_id", "local_student_id", "state_student_id", "ssn",
        "first_name", "last_name", "birth_date", "gender_code", "term_id", "course_id",
        "section_id", "top_code", "credit_status_code", "units_attempted", "units_earned",
        "grade_code", "is_ccap", "ccap_agreement_id",
    ),
    optional=("state_student_id", "ssn", "ccap_agreement_id"),
    rows=_rows,
    corruptions=(
        *OF_INSTITUTIONS,
        *OF_TERMS,
        Corruption("no_units_without_pass", {"grade_code": pl.lit("W")}, PASSED),
        Corruption(
            "ccap_agreement_has_flag",
            {"ccap_agreement_id": pl.lit("CCAP-0")},
            pl.col("is_ccap") == "N",
        ),
        Corruption("special_admit_age", {"birth_date": shifted("birth_date", "-30y")}),
    ),
    where={"units_earned:range": PASSED},
)  # fmt: skip
