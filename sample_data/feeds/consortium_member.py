"""`consortium_member`: members of regional consortia by year, from the state registry."""

import numpy as np
import polars as pl

from sample_data.delivery.feed import (
    REGISTRY_SUBMITTER,
    YEAR,
    Corruption,
    SampleFeed,
    date,
    is_empty,
    shifted,
)
from sample_data.delivery.rows import code, reported_years
from sample_data.world.collaboration import Collaboration, consortium_id


def _rows(joint: Collaboration) -> pl.DataFrame:
    regions = joint.world.consortium_regions
    rows = reported_years(joint).join(joint.members, how="cross")
    rows = rows.filter(
        (pl.col("joined_date") <= pl.col("last_day")) & (pl.col("left_date") >= pl.col("first_day"))
    )
    is_lead = pl.col("member_type_code") == "INTERMEDIARY"
    fte = pl.when(is_lead).then(pl.col("fte") + 1).otherwise("fte")
    return rows.with_columns(
        consortium_id=code(consortium_id(np.arange(len(regions))), "consortium"),
        consortium_name=pl.format(
            "Invented {} Career Pathways Consortium", code(regions, "consortium")
        ),
        microregion=code(regions, "consortium"),
        member_role_code=pl.when(is_lead).then(pl.lit("LEAD")).otherwise(pl.lit("PARTNER")),
        staff_fte=pl.when("has_fte").then(fte),
        # Nobody reports a departure before it happens.
        left_date=pl.when(pl.col("left_date") <= pl.col("last_day")).then("left_date"),
        _submitter=pl.lit(REGISTRY_SUBMITTER),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "consortium_id", "consortium_name", "microregion", "member_id",
        "member_name", "member_type_code", "member_role_code", "staff_fte", "joined_date",
        "left_date",
    ),
    optional=("staff_fte", "left_date"),
    reference=_rows,
    corruptions=(
        Corruption(
            "joined_not_after_left",
            {"left_date": shifted("joined_date", "-1d")},
            date("joined_date") > pl.date(YEAR, 7, 1),
        ),
        Corruption(
            "member_in_academic_year",
            {"joined_date": pl.format("{}-09-01", YEAR + 1)},
            is_empty("left_date"),
        ),
    ),
)  # fmt: skip
