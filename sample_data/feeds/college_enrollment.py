"""`college_enrollment`: terms of college students, from colleges and universities."""

import numpy as np
import polars as pl

from sample_data.control import RACES
from sample_data.delivery.feed import OF_INSTITUTIONS, OF_TERMS, YEAR, Corruption, SampleFeed
from sample_data.delivery.rows import at_college, code, of_person, term
from sample_data.lives.lives import Lives
from sample_data.world.fields import GENERAL_TOP, SECTORS


def _rows(lives: Lives) -> pl.DataFrame:
    people, school = lives.people, lives.school
    tops = [s.top[v % 2] for s in SECTORS for v in range(4)] + list(GENERAL_TOP)
    sector = pl.when(pl.col("sector") >= 0).then("sector").otherwise(len(SECTORS))
    rows = at_college(lives, lives.college.terms)
    # Three students in a hundred decline to state their race at a college.
    file = people.draws("college files").at(rows["person"].to_numpy(), rows["college"].to_numpy())
    completed = np.where(
        school.is_completer, school.exit_date.astype("datetime64[Y]").astype(int) + 1970, 0
    )
    year = of_person(completed)
    return rows.with_columns(
        state_student_id=pl.when("has_state_id").then("state_student_id"),
        race_ethnicity_code=pl.when(pl.Series(file.chance("declines", 0.03)))
        .then(pl.lit("RD"))
        .otherwise(code(RACES, of_person(people.race))),
        term_id=term(),
        # SB11: 3 high-school diploma, then its year; 2 stands for other adults.
        education_status_code=pl.when(year > 0)
        .then(pl.format("3{}", year))
        .otherwise(pl.lit("20000")),
        student_goal_code=pl.col("goal"),
        program_top_code=pl.when(pl.col("is_declared") & ~pl.col("is_university")).then(
            code(tops, sector * 4 + pl.col("variant"))
        ),
        aid_status_code=pl.col("aid"),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "institution_id", "local_student_id", "state_student_id", "ssn",
        "first_name", "last_name", "birth_date", "gender_code", "race_ethnicity_code", "term_id",
        "education_status_code", "student_goal_code", "program_top_code", "units_attempted",
        "units_earned", "aid_status_code",
    ),
    optional=("state_student_id", "ssn", "program_top_code"),
    rows=_rows,
    corruptions=(
        *OF_INSTITUTIONS,
        *OF_TERMS,
        Corruption("age_fits_college", {"birth_date": pl.format("{}-03-01", YEAR - 5)}),
    ),
)  # fmt: skip
