"""`initiative_participation`: who is served by a grant, from districts, colleges and boards."""

import numpy as np
import polars as pl

from sample_data.delivery.feed import (
    EMPTY,
    OF_INSTITUTIONS,
    YEAR,
    Corruption,
    SampleFeed,
    shifted,
)
from sample_data.delivery.rows import academic_year, code, of_person
from sample_data.draws import day
from sample_data.lives.lives import Lives

_NO_TEXT = pl.lit(None, dtype=pl.String)


def _known(lives: Lives) -> pl.DataFrame:
    """Return each person and partner with what the partner has on file of the person."""
    columns = ("person", "partner", "kind", "local_student_id", "state_student_id", "ssn",
               "first_name", "last_name", "birth_date")  # fmt: skip
    districts = lives.districts.with_columns(
        partner="district",
        kind=pl.lit("district"),
        ssn=_NO_TEXT,
        state_student_id=of_person(lives.known.state_id),
    )
    colleges = lives.colleges.with_columns(
        partner="college",
        kind=pl.lit("college"),
        state_student_id=pl.when("has_state_id").then("state_student_id"),
    )
    boards = lives.boards.with_columns(kind=pl.lit("board"), state_student_id=_NO_TEXT)
    return pl.concat([partners.select(columns) for partners in (districts, colleges, boards)])


def _rows(lives: Lives) -> pl.DataFrame:
    world = lives.world
    ids = {"district": world.district_ids, "college": world.college_ids, "board": world.board_ids}
    rows = lives.served.join(
        _known(lives), on=["person", "partner", "kind"], how="inner", maintain_order="left"
    )
    first_day = pl.lit(pl.Series(day(np.arange(1970, 2200), 7, 1))).gather(pl.col("year") - 1970)
    starts = first_day + pl.duration(days="starts")
    rows = rows.with_columns(
        academic_year=academic_year(pl.col("year")),
        institution_id=pl.coalesce(
            pl.when(pl.col("kind") == kind).then(
                code(table, pl.col("partner").clip(0, len(table) - 1))
            )
            for kind, table in ids.items()
        ),
        participation_start_date=starts,
        # Services still running at the end of the reported years have no end yet.
        participation_end_date=pl.when(pl.col("year") < world.control.last_academic_year).then(
            starts + pl.duration(days="lasts")
        ),
    )
    return rows.with_columns(_period=pl.col("academic_year"), _submitter=pl.col("institution_id"))


FEED = SampleFeed(
    columns=(
        "academic_year", "institution_id", "local_student_id", "state_student_id", "ssn",
        "first_name", "last_name", "birth_date", "grant_id", "initiative_code",
        "service_type_code", "participation_start_date", "participation_end_date",
    ),
    optional=("state_student_id", "ssn", "participation_end_date"),
    rows=_rows,
    corruptions=(
        *OF_INSTITUTIONS,
        Corruption(
            "birth_before_participation", {"birth_date": shifted("participation_start_date", "1d")}
        ),
        Corruption("start_not_after_end", {"participation_end_date": pl.format("{}-07-05", YEAR)}),
        Corruption(
            "participation_in_academic_year",
            {
                "participation_start_date": pl.format("{}-09-01", YEAR + 1),
                "participation_end_date": EMPTY,
            },
        ),
    ),
)  # fmt: skip
