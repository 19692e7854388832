"""`work_based_learning`: internships and other opportunities, from districts."""

import polars as pl

from sample_data.delivery.feed import EMPTY, OF_SCHOOLS, YEAR, Corruption, SampleFeed
from sample_data.delivery.rows import at_school, code
from sample_data.lives.lives import Lives
from sample_data.world.fields import PATHWAY_SECTOR, SECTORS, naics_sector

_NEEDS_HOURS = pl.col("wbl_type_code").is_in(["10", "15", "20"])


def _rows(lives: Lives) -> pl.DataFrame:
    own = [naics_sector(SECTORS[s].naics[0]) for s in PATHWAY_SECTOR.tolist()]
    # Students in transition programmes work in shops and kitchens.
    sector = (
        pl.when(pl.col("pathway") >= 0)
        .then(code(own, pl.col("pathway").clip(0)))
        .when(pl.col("number") % 2 == 0)
        .then(pl.lit("44-45"))
        .otherwise(pl.lit("72"))
    )
    return at_school(lives, lives.school.opportunities).with_columns(
        wbl_type_code=pl.col("kind"),
        opportunity_id=pl.format("WBL-{}", pl.col("number")),
        wbl_hours=pl.col("hours"),
        employer_naics_sector=pl.when("has_employer").then(sector),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "district_id", "school_id", "state_student_id", "local_student_id",
        "wbl_type_code", "opportunity_id", "wbl_hours", "employer_naics_sector",
    ),
    optional=("opportunity_id", "wbl_hours", "employer_naics_sector"),
    rows=_rows,
    corruptions=(
        *OF_SCHOOLS,
        Corruption("hours_for_type", {"wbl_hours": EMPTY}, _NEEDS_HOURS),
        Corruption(
            "opportunity_for_internship",
            {"opportunity_id": EMPTY},
            pl.col("wbl_type_code") == "10",
        ),
        # CDE Flash 265: type 30 is not reported from 2024-25 on.
        Corruption("retired_type", {"wbl_type_code": pl.lit("30")}, YEAR >= 2024),
    ),
    where={"wbl_hours:type": ~_NEEDS_HOURS},
)  # fmt: skip
