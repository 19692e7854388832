"""Wages of persons: who can be looked for in them, by quarter and year, and enrolment beside them.

Every function returns one frame with a stated grain; no metric is defined here.
"""

import polars as pl

from tests.reference.base.sources import Sources, quarter_of


def matchable_people(src: Sources) -> pl.DataFrame:
    """Return `person_id` of everyone whose Social Security number is known.

    A college or issuer reported it, or an identity bridge holds it.
    """
    feeds = ("college_enrollment", "dual_enrollment", "credential")
    known = [src.feeds[f].filter("has_ssn").select("person_id") for f in feeds]
    known += [
        src.feeds[f].filter("is_bridged").select("person_id") for f in (*feeds, "k12_enrollment")
    ]
    return pl.concat(known).unique()


def with_coverage(people: pl.DataFrame, src: Sources) -> pl.DataFrame:
    """Return the rows with who can be looked for in wages, and who of these was ever found."""
    matchable = matchable_people(src)["person_id"].implode()
    has_wages = src.feeds["wage"]["person_id"].unique().implode()
    return people.with_columns(is_matchable=pl.col("person_id").is_in(matchable)).with_columns(
        is_matched=pl.col("is_matchable") & pl.col("person_id").is_in(has_wages)
    )


def quarterly_wages(src: Sources) -> pl.DataFrame:
    """Return one row per person and quarter: `wages` over all employers, and the primary one.

    The primary employer paid most, of equal ones the lower account; `county` and `naics` are its
    own. `constant` is the wages in dollars of the base year, null without a price index.
    """
    employers = (
        # An employer reports zero for who was employed and not paid.
        src.feeds["wage"]
        .filter(pl.col("quarterly_wages_usd") > 0)
        .group_by("person_id", "quarter", "employer_account")
        .agg(
            pl.col("quarterly_wages_usd").sum(),
            county=pl.col("county_fips").max(),
            naics=pl.col("naics_code").max(),
        )
        .sort("quarterly_wages_usd", "employer_account", descending=[True, False])
    )
    factor = dict(src.price_factor.iter_rows())
    year = pl.col("quarter") // 4
    return (
        employers.group_by("person_id", "quarter", maintain_order=True)
        .agg(
            # Cents, so that sums that reach a threshold are not a billionth below it.
            wages=pl.col("quarterly_wages_usd").sum().round(2),
            county=pl.col("county").first(),
            naics=pl.col("naics").first(),
            employers=pl.col("employer_account"),
        )
        .with_columns(
            constant=pl.col("wages")
            * year.replace_strict(factor, default=None, return_dtype=pl.Float64)
        )
    )


def year_wages(quarters: pl.DataFrame) -> pl.DataFrame:
    """Return one row per person and academic year, July to June, in which wages were found.

    Columns: `person_id, year, wages, constant` (null when a quarter has no price index),
    `n_quarters`.
    """
    constant = pl.col("constant").sum()
    constant = pl.when(pl.col("constant").is_not_null().all()).then(constant)
    return quarters.group_by("person_id", year=(pl.col("quarter") - 2) // 4).agg(
        pl.col("wages").sum().round(2), constant=constant, n_quarters=pl.len()
    )


def wages_at(
    people: pl.DataFrame, quarters: pl.DataFrame, quarter: pl.Expr, name: str, *columns: str
) -> pl.DataFrame:
    """Return the people with what they were paid in a quarter, as `name`, if they are matchable.

    Args:
        people: Rows with `is_matchable`.
        quarters: From `quarterly_wages`.
        quarter: The quarter's number, from columns of the people.
        name: What to call the wages.
        columns: Further columns of the quarter, whose names follow that of the wages.
    """
    taken = ["wages", *columns]
    names = [name, *(f"{name}_{c}" for c in columns)]
    paid = quarters.select(
        "person_id", "quarter", *(pl.col(c).alias(n) for c, n in zip(taken, names, strict=True))
    )
    return (
        people.with_columns(quarter=quarter)
        .join(paid, on=["person_id", "quarter"], how="left")
        .with_columns(pl.when("is_matchable").then(pl.col(n)).alias(n) for n in names)
        .drop("quarter")
    )


def enrolled_in_quarter(
    people: pl.DataFrame, ordinary: pl.DataFrame, quarter: pl.Expr, name: str
) -> pl.DataFrame:
    """Return the people with whether an ordinary term began, ran or ended in a quarter."""
    spans = ordinary.select(
        "person_id",
        quarter=pl.int_ranges(quarter_of("term_start"), quarter_of("term_end") + 1),
    ).explode("quarter")
    hits = spans.select("person_id", pl.col("quarter").cast(pl.Int64)).unique()
    return (
        people.with_columns(quarter=quarter.cast(pl.Int64))
        .join(hits.with_columns(pl.lit(True).alias(name)), ["person_id", "quarter"], "left")
        .with_columns(pl.col(name).fill_null(False))
        .drop("quarter")
    )


def is_in_sector(people: pl.DataFrame, sector: str, naics: str, src: Sources) -> pl.Series:
    """Return whether jobs are in the industries of a sector, null where either is unknown."""
    fits = [
        code.startswith(src.sector_industries.get(of, ())) if of and code else None
        for of, code in people.select(sector, naics).iter_rows()
    ]
    return pl.Series("is_in_sector", fits, dtype=pl.Boolean)
