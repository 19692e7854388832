"""From members to metric values: every cell of place, sector and group, counted and summarised.

The 95 % intervals, the median and the completeness rule live here; who is a member does not.
"""

import math
from datetime import date

import polars as pl

from .definitions import Metric
from .sources import Sources, year_label

Z = 1.96  # two-sided 95 % of the normal distribution, as the equity method rounds it
KEYS = [
    "metric_id",
    "definition_version",
    "cohort_basis",
    "cohort_year",
    "region_basis",
    "region_scheme",
    "region_id",
    "pathway_sector_code",
    "group_type",
    "group_code",
]
COVERAGE = ["n_exiters", "n_matchable", "n_matched", "n_in_statistic"]
CERTAIN = ["numerator_certain", "denominator_certain"]
VALUES = ["numerator", "denominator", *CERTAIN, "value", "value_low", "value_high", *COVERAGE]
COLUMNS = [*KEYS, *VALUES, "is_complete", "as_of_date"]


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return the Wilson score interval of a proportion (Wilson 1927) at 95 %."""
    p, z2 = successes / n, Z * Z
    centre = p + z2 / (2 * n)
    spread = Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (centre - spread) / (1 + z2 / n), (centre + spread) / (1 + z2 / n)


def median_with_interval(amounts: list[float]) -> tuple[float, float, float]:
    """Return the median and its 95 % interval between two order statistics.

    Args:
        amounts: At least one amount, in any order.
    """
    x = sorted(amounts)
    n = len(x)
    middle = (x[(n - 1) // 2] + x[n // 2]) / 2
    half_width = Z * math.sqrt(n) / 2
    low = max(1, math.floor(n / 2 - half_width))
    high = min(n, math.ceil(1 + n / 2 + half_width))
    return middle, x[low - 1], x[high - 1]


def cells_of(
    metric: Metric,
    members: pl.DataFrame,
    groups: pl.DataFrame,
    certain: pl.DataFrame,
    src: Sources,
) -> pl.DataFrame:
    """Return the metric's cells in the columns of `metric_value`."""
    members = members.with_columns(
        is_certain=pl.col("person_id").is_in(certain["person_id"].implode())
    )
    spread = in_regions(members, src.institution_regions).join(groups, on="person_id")
    by = ["year", "region_scheme", "region_id", "sector_code", "group_type", "group_code"]
    counted = spread.group_by(by).agg(_counts(metric))
    summarise = median_values if metric.statistic == "median" else rate_values
    return (
        summarise(counted)
        .rename({"sector_code": "pathway_sector_code"})
        .with_columns(
            metric_id=pl.lit(metric.metric_id),
            definition_version=pl.lit(metric.definition_version),
            cohort_basis=pl.lit(metric.cohort_basis),
            region_basis=pl.lit(metric.region_basis),
            cohort_year=year_label(pl.col("year")),
            is_complete=pl.col("year").is_in(complete_years(metric, counted, src)),
            as_of_date=pl.lit(max(last for _, last in src.period_ends.values())),
        )
        .select(COLUMNS)
    )


def in_regions(members: pl.DataFrame, institution_regions: pl.DataFrame) -> pl.DataFrame:
    """Return each member once per region of their institution, and always once statewide.

    Members of an institution that the institution feed does not know count in the state alone.
    """
    statewide = members.with_columns(
        region_scheme=pl.lit("statewide"), region_id=pl.lit("statewide:California")
    )
    local = institution_regions.filter(pl.col("region_scheme") != "statewide")
    return pl.concat([statewide, members.join(local, on="institution_id")])


def rate_values(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the counts with the rate and its interval, null where nobody is in the statistic."""
    pairs = counted.select("numerator", "denominator").unique().filter(pl.col("denominator") > 0)
    bounds = [(s, n, s / n, *wilson(s, n)) for s, n in pairs.iter_rows()]
    schema = {
        "numerator": counted.schema["numerator"],
        "denominator": counted.schema["denominator"],
        "value": pl.Float64,
        "value_low": pl.Float64,
        "value_high": pl.Float64,
    }
    values = pl.DataFrame(bounds, schema=schema, orient="row")
    return counted.join(values, on=["numerator", "denominator"], how="left")


def median_values(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the counts with the median and its interval; a median has no numerator."""
    nothing = (None, None, None)
    values = [median_with_interval(x) if x else nothing for x in counted["amounts"].to_list()]
    schema = {"value": pl.Float64, "value_low": pl.Float64, "value_high": pl.Float64}
    summary = pl.DataFrame(values, schema=schema, orient="row")
    nobody = pl.lit(None, pl.Int64)
    return counted.hstack(summary).with_columns(numerator=nobody, numerator_certain=nobody)


def complete_years(metric: Metric, counted: pl.DataFrame, src: Sources) -> list[int]:
    """Return the cohort years whose whole follow-up lies within what was reported."""
    return [y for y in counted["year"].unique().to_list() if is_complete(metric, y, src)]


def is_complete(metric: Metric, year: int, src: Sources) -> bool:
    """Return whether every outcome feed covers the follow-up after the cohort's 30 June."""
    for feed, months in metric.outcome_feeds:
        if feed not in src.period_ends:
            return False
        month = 6 + months
        # Months after a 30 June end on the 30th; no follow-up here ends in February.
        end = date(year + 1 + (month - 1) // 12, (month - 1) % 12 + 1, 30)
        if end > src.period_ends[feed][1]:
            return False
    if metric.years_before is None:
        return True
    first_reported = src.period_ends[metric.outcome_feeds[0][0]][0]
    return year - metric.years_before >= first_reported.year


def _counts(metric: Metric) -> list[pl.Expr]:
    everyone = pl.len().cast(pl.Int64)
    if not metric.has_wages:
        successes = pl.col("success").sum().cast(pl.Int64)
        none = [pl.lit(None, pl.Int64).alias(c) for c in COVERAGE]
        counts = [successes.alias("numerator"), everyone.alias("denominator")]
        return [*counts, *_certain(pl.lit(True)), *none]
    in_statistic = pl.col("is_in_statistic")
    counts = [
        everyone.alias("n_exiters"),
        pl.col("is_matchable").sum().cast(pl.Int64).alias("n_matchable"),
        pl.col("is_matched").sum().cast(pl.Int64).alias("n_matched"),
        in_statistic.sum().cast(pl.Int64).alias("n_in_statistic"),
        in_statistic.sum().cast(pl.Int64).alias("denominator"),
    ]
    if metric.statistic == "median":
        only = _certain(in_statistic)[1:]
        return [*counts, *only, pl.col("amount").filter(in_statistic).alias("amounts")]
    successes = pl.col("success").sum().cast(pl.Int64).alias("numerator")
    return [*counts, successes, *_certain(in_statistic)]


def _certain(is_counted: pl.Expr) -> list[pl.Expr]:
    """Return the counts of those counted who are held by exact evidence, the numerator first."""
    certain = pl.col("is_certain") & is_counted
    return [
        (certain & pl.col("success")).sum().cast(pl.Int64).alias("numerator_certain"),
        certain.sum().cast(pl.Int64).alias("denominator_certain"),
    ]
