"""From members to metric values: every cell of place, dimension and group, counted and summarised.

The 95 % intervals, the quantiles and the completeness rule live here; who is a member does not.
"""

from dataclasses import dataclass

import polars as pl

from tests.reference.base.coverage import interrupted, is_covered
from tests.reference.base.sources import Sources, read_seed, year_label
from tests.reference.base.statistics import hall, quantile_ranks, wilson

KEYS = [
    "metric_id",
    "definition_version",
    "cohort_basis",
    "cohort_year",
    "attribution",
    "region_scheme",
    "region_id",
    "dimension",
    "dimension_value",
    "student_group",
    "student_group_value",
]
COVERAGE = ["n_cohort", "n_matchable", "n_matched", "n_in_statistic"]
CERTAIN = ["numerator_exact_match", "denominator_exact_match"]
SELECTION = ["matchable_share", "value_least", "value_most"]
VALUES = [
    *("numerator", "denominator", *CERTAIN, "value", "value_low", "value_high"),
    *COVERAGE,
    *SELECTION,
]
COLUMNS = [*KEYS, *VALUES, "is_complete", "as_of_date"]

#: The cohort of a metric by attribution, and the column of a cohort that names the place.
PLACES = {
    "high_school": "institution_id",
    "college": "institution_id",
    "place_of_work": "work_county_fips",
}
#: Race by gender is counted in every other scheme.
NARROW_SCHEMES = tuple(
    read_seed("region_scheme").filter(pl.col("is_narrow") == "true")["scheme"].to_list()
)
QUANTILES = {"p25": 0.25, "median": 0.5, "p75": 0.75}
GROUP = ["student_group", "student_group_value"]
DIMENSION = ["dimension", "dimension_value"]
EVERYBODY = pl.col("row").is_not_null()
#: A mean of fewer people has no interval: that of the most skewed amounts would not cover 95 %.
LEAST_AVERAGED = 20


@dataclass(frozen=True)
class Rule:
    """Who of a cohort a metric counts; a condition that is unknown does not hold.

    Attributes:
        cohort: Name of the cohort.
        counts: Who has the outcome, of a rate.
        of: Who is a member.
        in_statistic: Who of the members the number is about.
        amount: What is averaged, or whose quantile is taken.
    """

    cohort: str
    counts: pl.Expr | None = None
    of: pl.Expr = EVERYBODY
    in_statistic: pl.Expr = EVERYBODY
    amount: pl.Expr | None = None

    def judged(self, cohort: pl.DataFrame) -> pl.DataFrame:
        """Return the members: `row`, whether in the statistic and successful, `amount`."""
        in_statistic = self.in_statistic.fill_null(False)
        success = (
            pl.lit(False) if self.counts is None else self.counts.fill_null(False) & in_statistic
        )
        amount = pl.lit(None) if self.amount is None else pl.when(in_statistic).then(self.amount)
        flags = [c for c in ("is_exact_match", "is_matchable", "is_matched") if c in cohort.columns]
        return cohort.filter(self.of.fill_null(False)).select(
            "row",
            *flags,
            is_in_statistic=in_statistic,
            success=success,
            amount=amount.cast(pl.Float64),
        )


class Spread:
    """The cells that the people of a cohort are counted in, for one way of placing them.

    Everybody is counted by region and group, but by race and gender together in no institution or
    district; those of a dimension by region, and in the state by group, but not by race and gender.

    Attributes:
        cells: One row per cell, numbered, with its keys (`year` instead of `cohort_year`).
        rows: `cell` and `row` of everybody in it, by cell.
        members: `row` of everybody, in order.
    """

    def __init__(
        self, members: pl.DataFrame, place: str, groups: pl.DataFrame, place_regions: pl.DataFrame
    ) -> None:
        """Spread members (`row, person_id, year`, dimension, place) over regions and groups."""
        known = members.select("row", "person_id", "year", *DIMENSION, place_id=place)
        placed = known.join(place_regions, on="place_id")
        by_dimension = placed.filter(pl.col("dimension") != "all")
        in_state = by_dimension.filter(pl.col("region_scheme") == "statewide")
        single = groups.filter(~pl.col("student_group").is_in(["all", "race_gender"]))
        of_all, crossed = pl.lit("all"), pl.col("student_group") == "race_gender"
        narrow = pl.col("region_scheme").is_in(NARROW_SCHEMES)
        spread = [
            placed.filter(pl.col("dimension") == "all")
            .join(groups, on="person_id")
            .filter(~(narrow & crossed)),
            by_dimension.with_columns(student_group=of_all, student_group_value=of_all),
            in_state.join(single, on="person_id"),
        ]
        keys = ["year", "region_scheme", "region_id", *DIMENSION, *GROUP]
        everyone = pl.concat(s.select(*keys, "row") for s in spread)
        numbered = everyone.group_by(keys).agg("row").with_row_index("cell")
        self.members = members.select("row")
        self.rows = numbered.select("cell", "row").explode("row").set_sorted("cell")
        self.cells = numbered.drop("row").with_columns(cohort_year=year_label(pl.col("year")))


def cells_of(
    definition: dict, judged: pl.DataFrame, spread: Spread, attribution: str, src: Sources
) -> pl.DataFrame:
    """Return the metric's cells for one of its region bases, in the columns of `metric_value`.

    Args:
        definition: Row of `metric_definition`, with the `cohort` that the rule reads.
        judged: From `Rule.judged`.
        spread: Where the members are counted.
        attribution: What places them.
        src: The sources.
    """
    statistic, has_wages = definition["statistic"], definition["outcome_feed"] == "wage"
    # Taken by position: joining the rows of every cell took as long as all else together.
    everybody = spread.members.join(judged, on="row", how="left", maintain_order="left")
    in_cells = everybody[spread.rows["row"]].with_columns(spread.rows["cell"])
    is_member = pl.col("is_in_statistic").is_not_null()
    counted = in_cells.filter(is_member).group_by("cell").agg(_counts(statistic, has_wages))
    return (
        SUMMARIES[statistic](counted)
        .join(spread.cells, on="cell")
        .with_columns(
            **_selection(statistic == "rate"),
        )
        .with_columns(
            _complete(definition, spread.cells, src),
            metric_id=pl.lit(definition["metric_id"]),
            definition_version=pl.lit(definition["definition_version"]),
            cohort_basis=pl.lit(definition["cohort_basis"]),
            attribution=pl.lit(attribution),
            as_of_date=pl.lit(max(last for _, last in src.period_ends.values())),
        )
        .select(COLUMNS)
    )


def _selection(is_rate: bool) -> dict[str, pl.Expr]:
    """Return whom a wage metric is about, and what a rate is if none or all of the others count."""
    unknown = pl.col("n_cohort") - pl.col("n_matchable")
    everybody = pl.col("denominator") + unknown
    least, most = pl.col("numerator") / everybody, (pl.col("numerator") + unknown) / everybody
    bounds = {"value_least": least, "value_most": most}
    nothing = pl.lit(None, pl.Float64)
    return {
        "matchable_share": pl.col("n_matchable") / pl.col("n_cohort"),
        **{n: pl.when(everybody > 0).then(e) if is_rate else nothing for n, e in bounds.items()},
    }


def rate_values(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the counts with the rate and its interval, null where nobody is in the statistic."""
    s, n = pl.col("numerator"), pl.col("denominator")
    low, high = wilson(s, n)
    values = {"value": s / n, "value_low": low, "value_high": high}
    return counted.with_columns(**{name: pl.when(n > 0).then(e) for name, e in values.items()})


def count_values(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the counts with the number of people as the value; a count is no estimate."""
    nothing = pl.lit(None, pl.Float64)
    return counted.with_columns(
        numerator="denominator",
        numerator_exact_match="denominator_exact_match",
        value=pl.col("denominator").cast(pl.Float64),
        value_low=nothing,
        value_high=nothing,
    )


def quantile_values(counted: pl.DataFrame, q: float) -> pl.DataFrame:
    """Return the counts with a quantile of the sorted `amounts`, and its 95 % interval.

    The quantile lies between its two neighbours in proportion, the ends of the interval are two
    order statistics, if there are two that hold it; a quantile has no numerator.
    """
    x, n = pl.col("amounts"), pl.col("amounts").list.len().cast(pl.Int64)
    position = (n - 1) * q
    below = position.floor().cast(pl.Int64)
    lower = x.list.get(below, null_on_oob=True)
    upper = x.list.get(pl.min_horizontal(below + 1, n - 1), null_on_oob=True)
    sizes = counted["amounts"].list.len().unique().to_list()
    ranks = {size: quantile_ranks(size, q) or (None, None) for size in sizes}
    low, high = (
        n.replace_strict(sizes, [ranks[size][end] for size in sizes], return_dtype=pl.Int64)
        for end in (0, 1)
    )
    values = {
        "value": lower + (position - below) * (upper - lower),
        "value_low": x.list.get(low - 1, null_on_oob=True),
        "value_high": x.list.get(high - 1, null_on_oob=True),
    }
    return counted.with_columns(
        numerator=_NOBODY,
        numerator_exact_match=_NOBODY,
        **{name: pl.when(n > 0).then(e) for name, e in values.items()},
    )


def mean_values(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the counts with the mean of `amounts` and its 95 % interval by Hall's transformation.

    Fewer than 20 people, or amounts that are all equal, have no interval; a mean has no numerator.
    """
    x, n = pl.col("amounts"), pl.col("amounts").list.len().cast(pl.Int64)
    mean = x.list.mean()
    skewness = x.list.eval(pl.element().skew(bias=False)).list.first()
    ends = hall(mean, x.list.std(), skewness, n)
    is_shown = (n >= LEAST_AVERAGED) & (x.list.min() < x.list.max())
    low, high = (pl.when(is_shown).then(end) for end in ends)
    return counted.with_columns(
        numerator=_NOBODY,
        numerator_exact_match=_NOBODY,
        value=mean,
        value_low=low,
        value_high=high,
    )


SUMMARIES = {
    "rate": rate_values,
    "count": count_values,
    "mean": mean_values,
    **{s: lambda counted, q=q: quantile_values(counted, q) for s, q in QUANTILES.items()},
}
_NOBODY = pl.lit(None, pl.Int64)


def _complete(definition: dict, cells: pl.DataFrame, src: Sources) -> pl.Expr:
    """Return whether the feeds of a metric cover its whole window in a cell's cohort and place."""
    complete = pl.lit(False)
    for year in cells["year"].unique().to_list():
        if is_covered(definition, definition["cohort"], year, src):
            gaps = list(interrupted(definition, definition["cohort"], year, src))
            complete |= (pl.col("year") == year) & ~pl.col("region_id").is_in(gaps)
    return complete.alias("is_complete")


def _counts(statistic: str, has_wages: bool) -> list[pl.Expr]:
    in_statistic, certain = (
        pl.col("is_in_statistic"),
        pl.col("is_in_statistic") & pl.col("is_exact_match"),
    )
    of_wages = [
        pl.len(),
        pl.col("is_matchable").sum(),
        pl.col("is_matched").sum(),
        in_statistic.sum(),
    ]
    coverage = of_wages if has_wages else [pl.lit(None)] * len(COVERAGE)
    counts = {
        "numerator": pl.col("success").sum(),
        "denominator": in_statistic.sum(),
        "numerator_exact_match": (certain & pl.col("success")).sum(),
        "denominator_exact_match": certain.sum(),
        **dict(zip(COVERAGE, coverage, strict=True)),
    }
    amounts = [pl.col("amount").filter(in_statistic).sort().alias("amounts")]
    has_amount = statistic not in ("rate", "count")
    return [
        *(e.cast(pl.Int64).alias(name) for name, e in counts.items()),
        *(amounts if has_amount else []),
    ]
