"""`labor_demand`: employment and openings by occupation, from the labour market office."""

import polars as pl

from sample_data.delivery.feed import Corruption, SampleFeed, number
from sample_data.delivery.rows import academic_year
from sample_data.world.collaboration import Collaboration
from sample_data.world.demand import demand

_SUBMITTER = "labor_market_office"


def _rows(joint: Collaboration) -> pl.DataFrame:
    return demand(joint.world).with_columns(
        academic_year=academic_year(pl.col("year")),
        _period=academic_year(pl.col("year")),
        _submitter=pl.lit(_SUBMITTER),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "microregion", "soc_code", "soc_title", "naics_sector",
        "entry_education_code", "employment_count", "annual_openings", "median_hourly_wage_usd",
    ),
    reference=_rows,
    corruptions=(
        Corruption(
            "openings_within_employment",
            {"annual_openings": (number("employment_count") + 1).cast(pl.Int64).cast(pl.String)},
        ),
    ),
)  # fmt: skip
