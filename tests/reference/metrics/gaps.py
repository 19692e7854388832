"""Medians of earnings, a group's against everybody else's, and how far chance could move the gap.

Lives here: `metrics.metric_earnings_gap`, and the exact bootstrap that its interval is held to.
Does not: who has which earnings (`earnings`). No resample is drawn: what share of all of them lies
below a gap is computed (Efron 1979 gives the odd case), so that no sequence of random numbers is
shared with the warehouse.
"""

import numpy as np
import polars as pl
from scipy.special import gammaln
from scipy.stats import binom

from tests.reference.base.people import person_groups, without_aid
from tests.reference.base.sources import Sources, year_label
from tests.reference.metrics.cells import GROUP, PLACES
from tests.reference.metrics.compute import COHORTS, OF_COLLEGE_STUDENTS, RULES
from tests.reference.metrics.equity import withheld

LEAST_PEOPLE = 30
SCHEMES = ("statewide", "macroregion")
CELL = ["cohort_year", "region_scheme", "region_id"]
GAPS = ["gap_usd", "gap_share"]
IS_GIVEN = pl.col("withheld_because").is_null()
GAP_KEYS = ["metric_id", "definition_version", "attribution", *CELL, *GROUP]


def earnings_gap(src: Sources, definitions: pl.DataFrame) -> pl.DataFrame:
    """Return `metrics.metric_earnings_gap` without its interval, and the amounts of both arms.

    Args:
        src: The sources.
        definitions: `metric_id, definition_version, attributions` of the medians in dollars.

    Returns:
        `GAP_KEYS`, medians, counts and the gap; `amounts` and `others_amounts`, each sorted.
    """
    groups = person_groups(src).filter(pl.col("student_group") != "all")
    regions = src.place_regions.filter(pl.col("region_scheme").is_in(SCHEMES))
    cohorts: dict[str, pl.DataFrame] = {}
    rows = []
    for metric_id, version, bases in definitions.iter_rows():
        rule = RULES[metric_id, version]
        if rule.cohort not in cohorts:
            members = COHORTS[rule.cohort](src).filter(pl.col("dimension") == "all")
            cohorts[rule.cohort] = members.with_row_index("row")
        members = cohorts[rule.cohort]
        judged = rule.judged(members)
        earned = judged.filter("is_in_statistic").select("row", "amount")
        for basis in bases:
            where = members.select(
                "row", "person_id", cohort_year=year_label(pl.col("year")), place_id=PLACES[basis]
            )
            counted = groups if rule.cohort in OF_COLLEGE_STUDENTS else without_aid(groups)
            where = where.join(regions, on="place_id").join(counted, on="person_id")
            known = _known(judged.join(where, on="row"), rule.cohort)
            rows.append(
                arms(earned.join(where, on="row"))
                .join(known, on=[*CELL, *GROUP], how="left")
                .with_columns(pl.when(IS_GIVEN).then(name).alias(name) for name in GAPS)
                .with_columns(
                    metric_id=pl.lit(metric_id),
                    definition_version=pl.lit(version),
                    attribution=pl.lit(basis),
                )
            )
    return pl.concat(rows)


def _known(members: pl.DataFrame, cohort: str) -> pl.DataFrame:
    """Return of each group and of everybody else how many can be looked up, and what follows."""
    counts = members.group_by(*CELL, *GROUP).agg(pl.len(), known=pl.col("is_matchable").sum())
    kind = [*CELL, "student_group"]
    n, known = (pl.col(name).sum().over(kind) - pl.col(name) for name in ("len", "known"))
    shares = {
        "group_matchable_share": pl.col("known") / pl.col("len"),
        "others_matchable_share": pl.when(n > 0).then(known / n),
    }
    basis = "graduation_year" if cohort == "graduate_outcome" else "of college"
    return (
        counts.with_columns(**shares, cohort_basis=pl.lit(basis))
        .with_columns(withheld_because=withheld())
        .select(*CELL, *GROUP, *shares, "withheld_because")
    )


def arms(people: pl.DataFrame) -> pl.DataFrame:
    """Return the groups of each cell that are compared, with everybody who is not in them.

    Args:
        people: `amount`, the keys of a cell and the person's one group of each type.
    """
    kind = [*CELL, "student_group"]
    whole = people.group_by(kind).agg(everybody="amount", codes="student_group_value")
    rows = []
    for row in whole.iter_rows(named=True):
        amounts, codes = np.array(row.pop("everybody")), np.array(row.pop("codes"))
        for code in np.unique(codes):
            own, others = np.sort(amounts[codes == code]), np.sort(amounts[codes != code])
            if min(len(own), len(others)) < LEAST_PEOPLE:
                continue
            median, others_median = float(np.median(own)), float(np.median(others))
            gap = median - others_median
            rows.append(
                row
                | {
                    "student_group_value": str(code),
                    "median_usd": median,
                    "group_n": len(own),
                    "others_median_usd": others_median,
                    "others_n": len(others),
                    "gap_usd": gap,
                    "gap_share": gap / others_median if others_median else None,
                    "amounts": own.tolist(),
                    "others_amounts": others.tolist(),
                }
            )
    return pl.DataFrame(rows, schema=_ARM_SCHEMA)


def resampled_medians(amounts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every median that a resample of sorted amounts can have, and how likely each is."""
    n = len(amounts)
    place = np.arange(n + 1) / n
    if n % 2:
        # The middle lies at or below a place when more than half of the resample does.
        return amounts, np.diff(binom.sf(n // 2, n, place))
    half = n // 2
    # Half of the resample up to place i, with i in it; the other half from j on, with j in it.
    ways = gammaln(n + 1) - 2 * gammaln(half + 1)
    with np.errstate(divide="ignore"):
        ends = np.log(np.diff(place**half))
    apart = np.exp(ways + ends[:, None] + ends[None, ::-1])
    apart = np.triu(apart, 1)
    np.fill_diagonal(apart, np.diff(binom.sf(half - 1, n, place)) - apart.sum(axis=1))
    one, other = np.nonzero(apart > 1e-15)
    return (amounts[one] + amounts[other]) / 2, apart[one, other]


def share_below(own: np.ndarray, others: np.ndarray, gap: float) -> tuple[float, float]:
    """Return the share of resampled gaps that lie below a gap, and that lie there or below."""
    values, weights = resampled_medians(own)
    other_values, other_weights = resampled_medians(others)
    order = np.argsort(other_values)
    other_values = other_values[order]
    # Above[k] is how likely the others' median is one of the k-th or later.
    above = np.append(np.cumsum(other_weights[order][::-1])[::-1], 0.0)
    # own - others < gap where others > own - gap; cents, so that equal gaps are equal.
    edge = values - gap
    strictly = above[np.searchsorted(other_values, edge + 0.005, side="right")]
    at_most = above[np.searchsorted(other_values, edge - 0.005, side="left")]
    return float(weights @ strictly), float(weights @ at_most)


_ARM_SCHEMA = {
    "cohort_year": pl.String,
    "region_scheme": pl.String,
    "region_id": pl.String,
    "student_group": pl.String,
    "student_group_value": pl.String,
    "median_usd": pl.Float64,
    "group_n": pl.Int64,
    "others_median_usd": pl.Float64,
    "others_n": pl.Int64,
    "gap_usd": pl.Float64,
    "gap_share": pl.Float64,
    "amounts": pl.List(pl.Float64),
    "others_amounts": pl.List(pl.Float64),
}
