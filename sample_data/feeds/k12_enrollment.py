"""`k12_enrollment`: enrolment spells of high-school students, from districts."""

import polars as pl

from sample_data.control import RACES
from sample_data.delivery.feed import (
    EMPTY,
    OF_SCHOOLS,
    YEAR,
    Corruption,
    SampleFeed,
    date,
    has,
    is_empty,
    shifted,
)
from sample_data.delivery.rows import at_school, code, flag, of_person
from sample_data.lives.lives import Lives
from sample_data.lives.people import FLAGS


def _rows(lives: Lives) -> pl.DataFrame:
    people = lives.people
    names = ("local_student_id", "first_name", "last_name", "birth_date")
    return at_school(lives, lives.school.spells, names).with_columns(
        *(flag(of_person(getattr(people, name))).alias(name) for name in FLAGS),
        gender_code=of_person(people.gender),
        race_ethnicity_code=code(RACES, of_person(people.race)),
        grade_level=pl.col("grade"),
        enrollment_status_code=pl.col("status"),
        enrollment_entry_date=pl.col("entry_date"),
        enrollment_exit_date=pl.col("exit_date"),
        completion_status_code=pl.col("completion"),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "district_id", "school_id", "state_student_id", "local_student_id",
        "first_name", "last_name", "birth_date", "gender_code", "race_ethnicity_code",
        "grade_level", "enrollment_status_code", "enrollment_entry_date", "enrollment_exit_date",
        "exit_code", "completion_status_code", *FLAGS,
    ),
    optional=("enrollment_exit_date", "exit_code", "completion_status_code"),
    rows=_rows,
    corruptions=(
        *OF_SCHOOLS,
        Corruption(
            "birth_before_entry",
            {"birth_date": shifted("enrollment_entry_date", "1y")},
            also=("age_fits_high_school",),
        ),
        Corruption("age_fits_high_school", {"birth_date": shifted("birth_date", "-30y")}),
        Corruption(
            "entry_in_academic_year", {"enrollment_entry_date": pl.format("{}-06-20", YEAR)}
        ),
        Corruption(
            "entry_not_after_exit",
            {"enrollment_exit_date": pl.format("{}-07-05", YEAR)},
            has("enrollment_exit_date") & (date("enrollment_entry_date").dt.month() >= 8),
        ),
        Corruption(
            "exit_in_academic_year",
            {"enrollment_exit_date": pl.format("{}-07-15", YEAR + 1)},
            has("enrollment_exit_date"),
        ),
        Corruption(
            "exit_has_code",
            {"exit_code": EMPTY},
            has("exit_code") & is_empty("completion_status_code"),
        ),
        Corruption(
            "completion_has_completer_exit",
            {"completion_status_code": pl.lit("100")},
            pl.col("exit_code") == "E155",
        ),
    ),
    where={
        # An exit that can't be read must not leave its code alone, so the spell has to be open.
        "enrollment_exit_date:type": is_empty("enrollment_exit_date"),
        "exit_code:code": has("exit_code") & is_empty("completion_status_code"),
    },
)  # fmt: skip
