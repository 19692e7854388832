"""What a report from outside a college says of it, and what of that counts.

Prose of the rules: a term at a college counts once for a person. The college's own record of it
counts, be it of an ordinary or of a high school student, before one that somebody else delivers; of
several others, that of the submitter first by name. An award counts so for each level in a year.
A college of another state is a university where it has four years, and is in no region.
"""

import polars as pl

from tests.reference.base.sources import Sources

_OF_OTHERS = pl.col("submitter") != pl.col("institution_id")


def counted_once(
    rows: pl.DataFrame, *reported: str, own: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return records without those of others of what the college, or an earlier other, reports."""
    keys = ["person_id", "institution_id", *reported]
    by_college = [rows.filter(~_OF_OTHERS).select(keys)]
    by_college += [] if own is None else [own.filter(~_OF_OTHERS).select(keys)]
    others = rows.filter(_OF_OTHERS).join(pl.concat(by_college).unique(), on=keys, how="anti")
    first = pl.col("submitter") == pl.col("submitter").min().over(keys)
    return pl.concat([rows.filter(~_OF_OTHERS), others.filter(first)])


def out_of_state(src: Sources) -> pl.DataFrame:
    """Return colleges of other states that the registry lacks, as the last report has them."""
    columns = ["institution_id", "year", "college_level_code"]
    named = [
        src.feeds[feed].filter(pl.col("college_state_code") != "CA").select(columns)
        for feed in ("college_enrollment", "credential")
    ]
    last = pl.concat(named).sort("year", descending=True, maintain_order=True)
    last = last.unique("institution_id", keep="first", maintain_order=True)
    return last.join(src.institution, on="institution_id", how="anti").select(
        "institution_id",
        institution_type=pl.when(pl.col("college_level_code") == "4").then(pl.lit("UNIVERSITY")),
        district_id="institution_id",
    )


def colleges(src: Sources) -> pl.DataFrame:
    """Return all institutions, those of other states included."""
    return pl.concat([src.institution, out_of_state(src)], how="diagonal")
