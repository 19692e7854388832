"""`credential`: certificates, degrees and certifications, from colleges and certifying bodies."""

import polars as pl

from sample_data.delivery.feed import EMPTY, OF_INSTITUTIONS, Corruption, SampleFeed, has, shifted
from sample_data.delivery.rows import at_college, of_person
from sample_data.lives.lives import Lives

_DEGREE = pl.col("award_type_code").is_in(["A", "S", "B"])


def _rows(lives: Lives) -> pl.DataFrame:
    year = pl.col("award_date").dt.year() - (pl.col("award_date").dt.month() < 7).cast(pl.Int32)
    awards = lives.college.awards.with_columns(college=pl.col("issuer"), year=year.cast(pl.Int64))
    # A person's credentials are numbered below 100, so these numbers never meet.
    award = of_person(lives.people.person) * 100 + pl.col("number")
    return at_college(lives, awards).with_columns(
        state_student_id=pl.when("has_state_id").then("state_student_id"),
        award_id=pl.format(
            "AW{}-{}",
            (award // 100).cast(pl.String).str.zfill(7),
            pl.col("number").cast(pl.String).str.zfill(2),
        ),
        award_type_code=pl.col("kind"),
        program_top_code=pl.col("top"),
        cip_code=pl.col("cip"),
        award_units=pl.col("units").fill_nan(None),
        credential_title=pl.col("title"),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "institution_id", "award_id", "local_student_id", "state_student_id",
        "ssn", "first_name", "last_name", "birth_date", "award_type_code", "award_date",
        "program_top_code", "cip_code", "award_units", "credential_title",
    ),
    optional=("state_student_id", "ssn", "program_top_code", "cip_code", "award_units"),
    rows=_rows,
    corruptions=(
        *OF_INSTITUTIONS,
        Corruption("award_in_academic_year", {"award_date": shifted("award_date", "2y")}),
        Corruption("birth_before_award", {"birth_date": shifted("award_date", "1d")}),
        Corruption("program_is_classified", {"program_top_code": EMPTY, "cip_code": EMPTY}),
        Corruption(
            "units_fit_award_type",
            {"award_units": pl.lit("66")},
            pl.col("award_type_code").is_in(["N", "M", "T"]),
        ),
    ),
    where={
        "award_units:range": _DEGREE,
        "award_units:type": _DEGREE,
        "award_type_code:code": _DEGREE,
        "cip_code:pattern": has("cip_code"),
    },
)  # fmt: skip
