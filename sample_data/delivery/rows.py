"""What the rows of several feeds share: codes, flags, terms, and columns of schools and colleges.

Lives here: expressions and frames that `sample_data.feeds` builds on. Does not: any feed's layout.
"""

import numpy as np
import polars as pl

from sample_data.delivery.feed import FIRST_OF_CLASS
from sample_data.lives.lives import Lives
from sample_data.world.collaboration import Collaboration
from sample_data.world.places import World


def academic_year(start: pl.Expr) -> pl.Expr:
    """Return academic years written like 2023-24 from the years they start in."""
    years = pl.int_range(1900, 2200, eager=True)
    names = pl.Series([f"{y}-{(y + 1) % 100:02d}" for y in years.to_list()])
    return pl.lit(names).gather(start - 1900)


def code(values: np.ndarray | list[str] | tuple[str, ...], row: pl.Expr | str) -> pl.Expr:
    """Return the values at row numbers, as text."""
    texts = pl.Series([str(value) for value in values], dtype=pl.String)
    return pl.lit(texts).gather(pl.col(row) if isinstance(row, str) else row)


def of_person(values: np.ndarray) -> pl.Expr:
    """Return each row's value of an array with one entry a person."""
    return pl.lit(pl.Series(values)).gather(pl.col("person"))


def flag(value: pl.Expr) -> pl.Expr:
    """Return Y or N."""
    return pl.when(value).then(pl.lit("Y")).otherwise(pl.lit("N"))


def term() -> pl.Expr:
    """Return terms like 2024SP: winter and spring are in the academic year's second half."""
    calendar = pl.col("year") + pl.col("season").is_in(["WI", "SP"]).cast(pl.Int64)
    return pl.format("{}{}", calendar, pl.col("season"))


def at_school(
    lives: Lives, rows: pl.DataFrame, registered: tuple[str, ...] = ("local_student_id",)
) -> pl.DataFrame:
    """Return K-12 rows with the columns they share."""
    world, people = lives.world, lives.people
    first = np.isin(people.person, world.starts)
    rows = rows.with_columns(district=district(world)).join(
        lives.districts.select("person", "district", *registered),
        on=["person", "district"],
        how="left",
        maintain_order="left",
    )
    rows = rows.with_columns(
        of_person(lives.known.state_id).alias("state_student_id"),
        (of_person(first) & (pl.col("school") == of_person(people.school))).alias(FIRST_OF_CLASS),
        academic_year=academic_year(pl.col("year")),
        district_id=code(world.district_ids, "district"),
        school_id=code(world.school_ids, "school"),
    )
    return rows.with_columns(_period=pl.col("academic_year"), _submitter=pl.col("district_id"))


def district(world: World) -> pl.Expr:
    """Return the district of each row's school."""
    return pl.lit(pl.Series(world.school_district)).gather(pl.col("school"))


def at_college(lives: Lives, rows: pl.DataFrame) -> pl.DataFrame:
    """Return college rows with the columns they share; ssn and state id stay to be chosen."""
    rows = rows.join(lives.colleges, on=["person", "college"], how="left", maintain_order="left")
    return rows.with_columns(
        institution_id=code(lives.world.college_ids, "college"),
        academic_year=academic_year(pl.col("year")),
        # MIS writes B for non-binary.
        gender_code=of_person(lives.people.gender).replace("X", "B"),
    ).with_columns(_period=pl.col("academic_year"), _submitter=pl.col("institution_id"))


def reported_years(joint: Collaboration) -> pl.DataFrame:
    """Return one row for each reported academic year, with its first and last day."""
    control = joint.world.control
    years = range(control.first_ninth_grade_year, control.last_academic_year + 1)
    return pl.DataFrame({"year": list(years)}).with_columns(
        academic_year=academic_year(pl.col("year")),
        _period=academic_year(pl.col("year")),
        first_day=pl.date("year", 7, 1),
        last_day=pl.date(pl.col("year") + 1, 6, 30),
    )
