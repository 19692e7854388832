"""Good rows of every feed as submitters deliver them: the examples of their contracts."""

import polars as pl

from schemas import FEEDS
from schemas.people import EXAMPLE_YEAR

YEAR = EXAMPLE_YEAR

GOOD = {name: dict(feed.example) for name, feed in FEEDS.items()}


def delivered(
    feed: str, rows: list[dict[str, str | None]], period: str | None = None
) -> pl.DataFrame:
    """Return rows as the gate reads them, from the submitter of the good row."""
    good = GOOD[feed]
    submitter = good.get("district_id") or good.get("institution_id") or "workforce_agency"
    schema = dict.fromkeys(FEEDS[feed].dtypes, pl.String)
    return pl.DataFrame(rows, schema=schema).with_columns(
        pl.lit(submitter).alias("submitter"),
        pl.lit(period or good[FEEDS[feed].period_kind.value]).alias("period"),
        pl.lit("0" * 64).alias("delivery_sha256"),
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row_number"),
    )
