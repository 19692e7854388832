"""Contract of `institution`: the registry of districts, schools, colleges, boards and others."""

import polars as pl

from schemas import codes
from schemas.contract import Feed
from schemas.data_impact import DataImpact, lost
from schemas.people import EXAMPLE_YEAR, AcademicYearRow
from schemas.periods import PeriodKind
from schemas.policy import POLICY
from schemas.rules import code, row_rule, text, unique_key, words


class Institution(AcademicYearRow):
    """One institution in an academic year."""

    institution_id: pl.String = text(
        "7 digits for a district, 14 for a school (CDS codes), 6 for all others."
    )
    institution_name: pl.String = text("Name of the institution.")
    institution_type_code: pl.String = code(codes.INSTITUTION_TYPE, "Kind of institution.")
    parent_institution_id: pl.String = text("A high school's district.", nullable=True)
    county_fips: pl.String = code(codes.COUNTY_FIPS, "County it is in.", nullable=True)
    microregion: pl.String = code(
        codes.MICROREGION,
        "Microregion it belongs to where that is not its county's.",
        nullable=True,
    )

    key_unique = unique_key("institution_id")
    institution_name_text = words("institution_name")
    institution_id_pattern = row_rule(
        "institution_id:pattern",
        "institution_id must be 7 digits for a district, 14 for a high school, 6 for others.",
        pl.col("institution_id").str.contains(r"^\d+$")
        & (
            pl.col("institution_id").str.len_chars()
            == pl.when(pl.col("institution_type_code") == "DISTRICT")
            .then(7)
            .when(pl.col("institution_type_code") == "HIGH_SCHOOL")
            .then(14)
            .when(pl.col("institution_type_code").is_in(codes.INSTITUTION_TYPE))
            .then(6)
        ),
    )
    school_has_district = row_rule(
        "school_has_district",
        "A high school's institution_id must start with its district's, in parent_institution_id.",
        (pl.col("institution_type_code") != "HIGH_SCHOOL")
        | pl.col("institution_id")
        .str.starts_with(pl.col("parent_institution_id"))
        .fill_null(pl.col("institution_id").is_null()),
    )
    place_has_county = row_rule(
        "place_has_county",
        "Only a certifying body may be without a county_fips.",
        (pl.col("institution_type_code") == "CERTIFIER") | pl.col("county_fips").is_not_null(),
    )


FEED = Feed(
    name="institution",
    order=10,
    model=Institution,
    grain="one institution in an academic year",
    submitted_by="state registry",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("institution_id",),
    row_floor=POLICY.statewide_floor,
    impacts=(
        DataImpact(
            "institutions_lost",
            "institutions in rejected rows",
            lost(("institution_id",)),
            "{n} of {of} institutions {are} in rejected rows. Unless another year's register "
            "has them, their students are in no region's result.",
        ),
    ),
    example={
        "academic_year": EXAMPLE_YEAR,
        "institution_id": "19900010000001",
        "institution_name": "Invented High",
        "institution_type_code": "HIGH_SCHOOL",
        "parent_institution_id": "1990001",
        "county_fips": "06037",
        "microregion": None,
    },
)
