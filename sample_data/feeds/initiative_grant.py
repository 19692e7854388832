"""`initiative_grant`: lines of grants by year, from the state registry."""

import numpy as np
import polars as pl

from sample_data.delivery.feed import (
    EMPTY,
    REGISTRY_SUBMITTER,
    SCHOOL_ELSEWHERE,
    YEAR,
    Corruption,
    SampleFeed,
    date,
    has,
    is_empty,
)
from sample_data.delivery.rows import code, reported_years
from sample_data.world.collaboration import Collaboration, consortium_id
from sample_data.world.initiatives import FUNDERS


def _rows(joint: Collaboration) -> pl.DataFrame:
    rows = reported_years(joint).join(joint.grant_lines, how="cross")
    rows = rows.filter(pl.col("year").is_between(pl.col("first_year"), pl.col("last_year")))
    ids = consortium_id(np.arange(len(joint.world.consortium_regions)))
    return rows.with_columns(
        funder_name=pl.col("initiative_code").replace_strict(FUNDERS),
        consortium_id=pl.when(pl.col("consortium") >= 0).then(
            code(ids, pl.col("consortium").clip(0))
        ),
        award_amount_usd=pl.col("dollars"),
        grant_start_date=pl.date("first_year", 7, 1),
        grant_end_date=pl.when(pl.col("last_year") < 9_000).then(
            pl.date(pl.col("last_year") + 1, 6, 30)
        ),
        _submitter=pl.lit(REGISTRY_SUBMITTER),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "grant_id", "grant_line", "initiative_code", "funder_name",
        "consortium_id", "institution_id", "school_id", "pathway_code", "award_amount_usd",
        "grant_start_date", "grant_end_date",
    ),
    optional=("consortium_id", "school_id", "pathway_code", "grant_end_date"),
    reference=_rows,
    corruptions=(
        Corruption("pathway_has_school", {"school_id": EMPTY}, has("pathway_code")),
        Corruption("school_of_grantee", {"school_id": SCHOOL_ELSEWHERE}, has("school_id")),
        Corruption(
            "start_not_after_end",
            {
                "grant_start_date": pl.format("{}-06-20", YEAR + 1),
                "grant_end_date": pl.format("{}-06-10", YEAR + 1),
            },
        ),
        Corruption(
            "grant_runs_in_academic_year",
            {"grant_end_date": pl.format("{}-05-01", YEAR)},
            date("grant_start_date").dt.year() < YEAR,
        ),
        Corruption("initiative_had_begun", {"grant_start_date": pl.lit("2013-09-01")}),
    ),
    where={
        "consortium_id:pattern": has("consortium_id"),
        "institution_id:pattern": is_empty("school_id"),
        "school_id:pattern": has("school_id"),
        "pathway_code:pattern": has("pathway_code"),
    },
)  # fmt: skip
