"""`wage`: quarterly wages of persons by employer account, from the workforce agency."""

import numpy as np
import polars as pl

from sample_data.delivery.feed import Corruption, SampleFeed
from sample_data.delivery.rows import code, of_person
from sample_data.draws import Draws
from sample_data.identity import numbers, registrations
from sample_data.lives.lives import Lives
from sample_data.world.fields import NAICS

_SUBMITTER = "workforce_agency"


def _known(lives: Lives, wages: pl.DataFrame) -> pl.DataFrame:
    """Return each person and job, before and after a marriage, with the name and SSN on file."""
    jobs = (
        wages.group_by("person", "job", "changed")
        .agg(year=pl.col("calendar").min())
        .sort("person", "job", "changed")
    )
    who = (lives.world, lives.people, lives.known)
    row, where = jobs["person"].to_numpy(), registrations.JOB + jobs["job"].to_numpy()
    written = registrations.registrations(*who, row, where, jobs["year"].to_numpy())
    own = registrations.registered_ssn(*who, row, where)
    borrowed = numbers.borrowed_ssn(lives.world, lives.people.person)
    return jobs.drop("year").with_columns(
        registrations.on_a_filing_form(written.first, written.last).rename(
            {"first": "first_name", "last": "last_name"}
        ),
        ssn=pl.Series(np.where(lives.work.borrows_ssn[row], borrowed[row], own)),
    )


def _rows(lives: Lives) -> pl.DataFrame:
    control, world = lives.world.control, lives.world
    wages = lives.work.wages.with_columns(
        calendar=control.first_wage_year + pl.col("quarter") // 4
    ).with_columns(changed=pl.col("calendar") >= of_person(lives.known.married_from))
    rows = wages.join(
        _known(lives, wages), on=["person", "job", "changed"], how="left", maintain_order="left"
    )
    # One account in twenty has no county on file.
    account = rows["account"].to_numpy()
    known_county = Draws(control.seed, "accounts", account).chance("county", 0.95)
    names = [
        f"{control.first_wage_year + q // 4}Q{q % 4 + 1}" for q in range(control.wage_quarters)
    ]
    rows = rows.with_columns(
        employer_account=pl.col("account"),
        quarterly_wages_usd=pl.col("wages"),
        naics_code=code(NAICS, "naics"),
        county_fips=pl.when(pl.Series(known_county)).then(
            code(world.counties["county_fips"].to_list(), "county")
        ),
        quarter=code(names, "quarter"),
        _submitter=pl.lit(_SUBMITTER),
    )
    return rows.with_columns(_period=pl.col("quarter"))


FEED = SampleFeed(
    columns=(
        "quarter", "ssn", "first_name", "last_name", "employer_account", "quarterly_wages_usd",
        "naics_code", "county_fips",
    ),
    optional=("first_name", "county_fips"),
    rows=_rows,
    corruptions=(Corruption("naics_sector_known", {"naics_code": pl.lit("990000")}),),
)  # fmt: skip
