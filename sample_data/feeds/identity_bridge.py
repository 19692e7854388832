"""`identity_bridge`: who holds a licence or an ID card, from the state's licence agency."""

import numpy as np
import polars as pl

from sample_data.delivery.feed import YEAR, Corruption, SampleFeed, shifted
from sample_data.delivery.rows import academic_year, flag, of_person
from sample_data.identity import registrations
from sample_data.lives import holders
from sample_data.lives.lives import Lives

_SUBMITTER = "licence_agency"
_IS_PRESENT = pl.col("is_former_name") == "N"


def _rows(lives: Lives) -> pl.DataFrame:
    who = (lives.world, lives.people, lives.known)
    rows = holders.records(*who, lives.school, lives.work, lives.holding_age)
    if not lives.world.control.identity_bridge:
        rows = rows.clear()
    row, is_married = rows["person"].to_numpy(), rows["is_married"].to_numpy()
    # An agency copies a name from record to record, mistakes included, until it changes.
    where = registrations.LICENCE + is_married.astype(np.int64)
    married_from = lives.known.married_from[row]
    written = registrations.registrations(
        *who, row, where, np.where(is_married, married_from, married_from - 1)
    )
    ssn = registrations.registered_ssn(*who, row, np.full(len(row), registrations.LICENCE))
    return rows.with_columns(
        academic_year=academic_year(pl.col("year").cast(pl.Int64)),
        ssn=pl.Series(ssn, dtype=pl.String),
        first_name=pl.Series(written.first, dtype=pl.String),
        last_name=pl.Series(written.last, dtype=pl.String),
        birth_date=pl.Series(written.birth_date, dtype=pl.Date),
        gender_code=of_person(lives.people.gender),
        is_former_name=flag(pl.col("is_former")),
        _submitter=pl.lit(_SUBMITTER),
    ).with_columns(
        registrations.plain("first_name").str.to_uppercase(),
        registrations.plain("last_name").str.to_uppercase(),
        _period=pl.col("academic_year"),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "ssn", "first_name", "last_name", "birth_date", "gender_code",
        "is_former_name", "valid_from", "valid_to",
    ),
    optional=("valid_to",),
    rows=_rows,
    corruptions=(
        Corruption(
            "valid_from_in_academic_year",
            {"valid_from": pl.format("{}-06-15", YEAR - 1)},
            _IS_PRESENT,
        ),
        Corruption("from_not_after_to", {"valid_to": shifted("valid_from", "-1d")}),
        Corruption("age_fits_record", {"birth_date": pl.format("{}-03-01", YEAR - 5)}, _IS_PRESENT),
    ),
)  # fmt: skip
