"""Earnings that give no one's amount away.

Lives here: which amounts are shown, and what is shown in place of a median. Does not: counts of
people (`selection`). Percentiles are no sums, so no program bounds them: they have margins instead.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl

from pipelines.disclosure.manifest import ALL, Earnings, PublicManifest
from pipelines.disclosure.policy import DisclosurePolicy

MIDDLE = 6
EARNERS = """
    with employer as (
        select
            person_id,
            quarter,
            arg_max(employer_account, (quarterly_wages_usd, employer_account)) as employer
        from marts.fct_wage
        group by all
    )

    select
        cohort.cohort_year,
        cohort.institution_id as place_id,
        person.gender_code as gender,
        person.race_ethnicity_code as race_ethnicity,
        cast(cohort.{amount} as double) as amount,
        coalesce(employer.employer, '') as employer
    from cohorts.cohort_{cohort} as cohort
    inner join marts.dim_person as person on cohort.person_id = person.person_id
    left join employer
        on
            cohort.person_id = employer.person_id
            and employer.quarter = year(cohort.{at}) || 'Q' || quarter(cohort.{at})
    where cohort.dimension = 'all' and cohort.{amount} > 0
    order by all
"""
# Where the warehouse has no amount, or says of what few it is, that holds for the public.
STATED = """
    select cohort_year, region_id, student_group, student_group_value, about_whom
    from metrics.metric_value
    where
        metric_id = $metric_id
        and definition_version = $version
        and dimension = 'all'
        and value is not null
"""
Cell = tuple[str, str, str, str]  # cohort year, region, group, code


@dataclass(frozen=True)
class Earners:
    """People with an amount, in one cell.

    Attributes:
        people: Their numbers among all earners.
        amounts: Of each, in dollars of a quarter.
        employers: The main employer of each.
    """

    people: frozenset[int]
    amounts: np.ndarray
    employers: tuple[str, ...]


def middle(amounts: np.ndarray, policy: DisclosurePolicy) -> float:
    """Return the mean of the six middle amounts, top-coded and rounded.

    Of one more person it tells less than a median: whether they earn above or below the middle is
    guessed right half of the time, as by chance, where a rounded median gives it away nine times of
    ten.
    """
    start = (len(amounts) - MIDDLE) // 2
    mean = float(np.sort(amounts)[start : start + MIDDLE].mean())
    step = policy.amount_step
    return min(step * round(mean / step), float(policy.top_amount))


def is_spread(earners: Earners, policy: DisclosurePolicy) -> bool:
    """Return whether enough people of enough employers, none of them dominant, have amounts."""
    if len(earners.people) < policy.earnings_least:
        return False
    known = np.array(earners.employers)
    names = np.unique(known[known != ""])
    people = [np.mean(known == name) for name in names]
    sums = [earners.amounts[known == name].sum() / earners.amounts.sum() for name in names]
    return len(names) >= policy.least_employers and max(*people, *sums) < policy.dominance


def shown_amounts(cells: dict[Cell, Earners], policy: DisclosurePolicy) -> dict[Cell, float]:
    """Return the amounts that are shown.

    Of two cells, one inside the other and fewer than 30 people larger, the inner one is hidden: the
    two together would reveal the amounts of the people between them.
    """
    spread = {cell: earners for cell, earners in cells.items() if is_spread(earners, policy)}
    largest = sorted(spread, key=lambda cell: (-len(spread[cell].people), cell))
    shown = list[Cell]()
    for cell in largest:
        people = spread[cell].people
        near = (spread[other].people - people for other in shown if other[0] == cell[0]
                and people < spread[other].people)  # fmt: skip
        if all(len(more) >= policy.earnings_least for more in near):
            shown.append(cell)
    return {cell: middle(spread[cell].amounts, policy) for cell in shown}


def earnings_rows(
    connection: duckdb.DuckDBPyConnection,
    manifest: PublicManifest,
    values: pl.DataFrame,
    policy: DisclosurePolicy,
) -> pl.DataFrame:
    """Return rows of earnings for the cells that list how many people are employed.

    An amount is shown only where that number is: it would tell that there are at least 30.

    Args:
        connection: On the warehouse of a release.
        manifest: Names earnings, the count of people who have them, and their cuts.
        values: New rows of the public `metric_value`.
        policy: What is hidden.
    """
    cuts = pl.DataFrame(
        [(scheme, group) for scheme, of in manifest.earnings_cuts.items() for group in of],
        {"region_scheme": pl.String, "student_group": pl.String},
        orient="row",
    )
    rows = [values.clear()]
    for earnings in manifest.earnings:
        metric_id, version = earnings.count.split("@")
        listed = values.filter(metric_id=metric_id, definition_version=version)
        listed = listed.join(cuts, ["region_scheme", "student_group"], how="semi")
        if listed.height:
            rows.append(_rows(connection, earnings, listed, policy))
    return pl.concat(rows)


def _rows(
    connection: duckdb.DuckDBPyConnection,
    earnings: Earnings,
    listed: pl.DataFrame,
    policy: DisclosurePolicy,
) -> pl.DataFrame:
    sql = EARNERS.format(**earnings.model_dump())
    earners = connection.execute(sql).pl()
    regions: dict[str, list[str]] = {}
    for place, region in connection.execute(
        "select place_id, region_id from marts.brg_place_region"
    ).fetchall():
        regions.setdefault(place, []).append(region)
    key = ["cohort_year", "region_id", "student_group", "student_group_value"]
    of = {"metric_id": earnings.metric_id, "version": earnings.version}
    stated = connection.execute(STATED, of).pl()
    countable = listed.filter(pl.col("numerator").is_not_null()).join(stated, key, how="semi")
    cells = _cells(earners, regions, {tuple(cell) for cell in countable.select(key).iter_rows()})
    amounts = shown_amounts(cells, policy)
    shown = pl.DataFrame(
        [(*cell, amount) for cell, amount in amounts.items()],
        {**dict.fromkeys(key, pl.String), "amount": pl.Float64},
        orient="row",
    )
    reason = pl.when(pl.col("amount").is_not_null()).then(None)
    reason = reason.when(pl.col("numerator").is_null()).then(
        pl.coalesce("suppressed_reason", pl.lit("hidden"))
    )
    nothing = pl.lit(None, pl.Float64)
    return (
        listed.drop("about_whom")
        .join(shown, key, how="left")
        .join(stated, key, how="left")
        .with_columns(
            metric_id=pl.lit(earnings.metric_id),
            definition_version=pl.lit(earnings.version),
            unit=pl.lit("usd"),
            value=pl.col("amount"),
            value_low=nothing,
            value_high=nothing,
            value_at_least=nothing,
            value_at_most=nothing,
            suppressed_reason=reason.otherwise(pl.lit("too_few_for_earnings")),
        )
        .with_columns(numerator=pl.lit(None, pl.Int64), denominator=pl.lit(None, pl.Int64))
        .select(pl.col(name).cast(of) for name, of in listed.schema.items())
    )


def _cells(
    earners: pl.DataFrame, regions: dict[str, list[str]], wanted: Iterable[Cell]
) -> dict[Cell, Earners]:
    """Return the earners of each cell."""
    wanted, people = set(wanted), dict[Cell, list[int]]()
    for number, row in enumerate(earners.iter_rows(named=True)):
        codes = {ALL: ALL, "gender": row["gender"], "race_ethnicity": row["race_ethnicity"]}
        for region in regions.get(row["place_id"], []):
            for group, code in codes.items():
                cell = (row["cohort_year"], region, group, code)
                if cell in wanted:
                    people.setdefault(cell, []).append(number)
    amounts, employers = earners["amount"].to_numpy(), earners["employer"].to_list()
    return {
        cell: Earners(frozenset(of), amounts[of], tuple(employers[n] for n in of))
        for cell, of in people.items()
    }
