"""`institution`: the state registry of districts, schools, colleges, boards and others."""

import polars as pl

from sample_data.delivery.feed import EMPTY, REGISTRY_SUBMITTER, Corruption, SampleFeed
from sample_data.delivery.rows import reported_years
from sample_data.world.collaboration import Collaboration

_COLLEGE = pl.col("institution_type_code") == "COMMUNITY_COLLEGE"


def _rows(joint: Collaboration) -> pl.DataFrame:
    rows = reported_years(joint).join(joint.world.institutions, how="cross")
    return rows.with_columns(_submitter=pl.lit(REGISTRY_SUBMITTER))


FEED = SampleFeed(
    columns=(
        "academic_year", "institution_id", "institution_name", "institution_type_code",
        "parent_institution_id", "county_fips", "microregion",
    ),
    optional=("parent_institution_id", "county_fips", "microregion"),
    reference=_rows,
    corruptions=(
        Corruption(
            "school_has_district",
            {"parent_institution_id": EMPTY},
            pl.col("institution_type_code") == "HIGH_SCHOOL",
        ),
        Corruption("place_has_county", {"county_fips": EMPTY}, _COLLEGE),
    ),
    where={
        "institution_id:pattern": _COLLEGE,
        "institution_id:required": _COLLEGE,
        "institution_type_code:required": _COLLEGE,
        "institution_type_code:code": _COLLEGE,
    },
)  # fmt: skip
