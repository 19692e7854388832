"""`python -m benchmarks.claims`: what intervals, tests and flags claim, and what is measured.

Draws people from the values of a release, and deals its people into groups at random. Intervals,
tests and flags are computed by the product's own SQL: the macros of statistics.sql and the models
that use them, on simulated cells. A claim holds where an interval covers 93 to 98 %, at most 6 % of
families have a q of 0.05 or less when groups are random, and a stated chance is within a point.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.product_sql import ProductSql
from pipelines.settings import Settings

SIZES = (11, 30, 100)
# Rates and gaps that are drawn from, of the release's; and the fewest amounts that are.
RATE_COUNT = 300
LEAST_AMOUNTS = 100
# Each draw resamples its arms a thousand times.
GAP_DRAWS = 400
QUANTILES = {"p25": 0.25, "median": 0.5, "p75": 0.75}
RATES = """
    select value as p from released.metrics.metric_value
    where region_scheme = 'statewide' and unit = 'rate' and dimension = 'all'
      and denominator >= 100 and value > 0 and value < 1
    order by hash(metric_id, definition_version, cohort_year, student_group_value) limit ?
"""
PAIRS = """
    select group_rate as p, reference_rate as others_p from released.metrics.metric_equity
    where equity_method = 'ppg1_2022' and region_scheme = 'statewide' and dimension = 'all'
    order by hash(metric_id, definition_version, cohort_year, student_group_value) limit ?
"""
AMOUNTS = """
    select
        metric_id || ' ' || definition_version as name, statistic,
        list(amount order by amount) as amounts
    from released.metrics.metric_member
    inner join released.metrics.metric_definition using (metric_id, definition_version)
    where statistic in ('mean', 'p25', 'median', 'p75') and dimension = 'all'
      and is_in_statistic
    group by all
    having count(*) >= ?
    order by all
"""


# Two arms as the members of a metric: a draw is a cohort year, an arm a group.
ARMS = """
    create or replace table metric_definition as
    select '' as metric_id, '' as definition_version, 'median' as statistic, 'usd' as unit;
    create or replace table brg_place_region as
    select '' as place_id, '' as region_id, 'statewide' as region_scheme;
    create or replace table brg_person_group as
    select arm as person_id, 'arm' as student_group, arm as student_group_value
    from (values ('true'), ('false')) as arms (arm);
    create or replace table metric_member as
    select
        metric_id, definition_version, cast(draw as varchar) as cohort_year, '' as attribution,
        '' as place_id, 'all' as dimension, true as is_in_statistic,
        cast(is_own as varchar) as person_id, amount
    from drawn cross join metric_definition;
"""
# Who succeeds, of everybody in the statistic of a rate, and what places regions and definitions.
OUTCOMES = """
    create table person as
    select person_id, cast(row_number() over (order by person_id) as integer) - 1 as number
    from (select distinct person_id from released.marts.brg_person_group);
    create or replace table metric_definition as from released.metrics.metric_definition;
    create table dim_place as from released.marts.dim_place;
    create table outcome as
    select metric_id, definition_version, cohort_year, attribution, place_id, number, is_numerator
    from released.metrics.metric_member
    inner join metric_definition using (metric_id, definition_version)
    inner join person using (person_id)
    where statistic = 'rate' and dimension = 'all' and is_in_statistic;
"""
# The counts of everybody under the groups of somebody else.
DEALT_COUNTS = """
    create or replace table agg_counts as
    with dealt as (
        select person.number, student_group, student_group_value
        from permutation
        inner join person on permutation.number = person.number
        inner join person as giver on permutation.giver = giver.number
        inner join released.marts.brg_person_group as grp on giver.person_id = grp.person_id
    ),
    place_count as (
        select * exclude (number, is_numerator), count(*) as n, count_if(is_numerator) as successes
        from outcome inner join dealt using (number)
        group by all
    )
    select
        * exclude (place_id, region_scheme, n, successes),
        'all' as dimension, 'all' as dimension_value,
        cast(sum(n) as bigint) as n_in_statistic, cast(sum(successes) as bigint) as n_numerator
    from place_count
    inner join (
        select place_id, region_id, region_scheme from released.marts.brg_place_region
    ) using (place_id)
    where student_group <> 'race_gender' or region_scheme not in (
        select scheme from released.reference.region_scheme where is_narrow
    )
    group by all
"""
TESTS = """
    select
        avg(cast(p_value <= 0.05 as integer)) as differ,
        count(distinct family) filter (where q_value <= 0.05) / count(distinct family) as families
    from (
        select *, hash(attribution, region_id, cohort_basis, cohort_year) as family
        from agg_comparisons
        inner join agg_exact_tests
            using (group_n, group_successes, everybody_n, everybody_successes)
        where p_value is not null
    )
"""
FLAGS = """
    select
        equity_method as method,
        case when group_n < 30 then 11 when group_n < 100 then 30 else 100 end as n,
        avg(cast(is_disproportionate_impact as integer)) as measured,
        avg(chance_flag_probability) as stated
    from metric_equity group by all
"""


class Claims:
    """The simulations, over one release.

    Attributes:
        connection: Has the release attached as `released`, read-only.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, draws: int, seed: int) -> None:
        """Take a connection, the draws for each value and size, and the seed of all of them."""
        self.connection, self.draws, self.sql = connection, draws, ProductSql()
        self.random = np.random.default_rng(seed)

    def _covered(
        self, simulated: pl.DataFrame, low: str, high: str, source: str = ""
    ) -> pl.DataFrame:
        """Return by `name` the share of shown intervals that hold `truth`."""
        self.connection.register("simulated", simulated)
        return self.connection.sql(
            f"""
            select name, avg(cast(truth between low - 1e-9 and high + 1e-9 as double)) as coverage
            from (
                select name, truth, {low} as low, {high} as high from {source or "simulated"}
            ) as shown
            where low is not null
            group by name
            """
        ).pl()

    def wilson(self, n: int) -> pl.DataFrame:
        """Return the coverage of the interval of each statewide rate."""
        rates = self.connection.execute(RATES, [RATE_COUNT]).pl()["p"].to_numpy()
        drawn = self.random.binomial(n, rates[:, None], (len(rates), self.draws))
        simulated = _long(truth=rates, s=drawn).with_columns(n=pl.lit(n))
        macros = self.sql.macros
        return self._covered(simulated, macros.wilson_low("s", "n"), macros.wilson_high("s", "n"))

    def newcombe(self, n: int) -> pl.DataFrame:
        """Return the coverage of the interval of each statewide gap, both sides of one size."""
        pairs = self.connection.execute(PAIRS, [RATE_COUNT]).pl()
        p, others = pairs["p"].to_numpy(), pairs["others_p"].to_numpy()
        shape = (len(p), self.draws)
        simulated = _long(
            truth=p - others,
            s=self.random.binomial(n, p[:, None], shape),
            others_s=self.random.binomial(n, others[:, None], shape),
        ).with_columns(n=pl.lit(n))
        sides, macros = ("s", "n", "others_s", "n"), self.sql.macros
        return self._covered(simulated, macros.newcombe_low(*sides), macros.newcombe_high(*sides))

    def mean(self, n: int, name: str, amounts: np.ndarray) -> pl.DataFrame:
        """Return the coverage of the interval of a mean."""
        x = self.random.choice(amounts, (self.draws, n))
        simulated = pl.DataFrame(
            {"total": x.sum(1), "squares": (x**2).sum(1), "cubes": (x**3).sum(1)}
        ).with_columns(name=pl.lit(name), truth=pl.lit(amounts.mean()), n=pl.lit(n))
        macros = self.sql.macros
        error = macros.standard_error("total", "squares", "n")
        skewness = macros.skewness("total", "squares", "cubes", "n", "error")
        source = f"""(
            select *, total / n as mean, {skewness} as skewness
            from (select *, {error} as error from simulated)
        )"""
        low, high = (macros.mean_bound(sign, "mean", "error", "skewness", "n") for sign in "-+")
        return self._covered(simulated, low, high, source)

    def quantile(self, n: int, name: str, q: float, amounts: np.ndarray) -> pl.DataFrame:
        """Return the coverage of the interval of a median or quartile."""
        drawn = np.sort(self.random.choice(amounts, (self.draws, n)))
        truth = float(np.quantile(amounts, q))
        simulated = pl.DataFrame({"amounts": drawn}).with_columns(
            pl.col("amounts").arr.to_list(),
            name=pl.lit(name),
            truth=pl.lit(truth),
            quantile=pl.lit(q),
        )
        source = f"({self.sql.macros.quantile_intervals('simulated')})"
        return self._covered(simulated, "value_low", "value_high", source)

    def earnings_gap(self, n: int, name: str, amounts: np.ndarray) -> pl.DataFrame:
        """Return the coverage of the interval between two arms drawn from the same amounts."""
        draw, person = np.divmod(np.arange(GAP_DRAWS * 2 * n), 2 * n)
        drawn = {
            "draw": draw,
            "is_own": person < n,
            "amount": self.random.choice(amounts, len(draw)),
        }
        self.connection.register("drawn", pl.DataFrame(drawn))
        model = self.sql.model("int_statistics__normal_draw")
        self.connection.execute(
            f"{ARMS} create or replace table int_statistics__normal_draw as {model}"
        )
        source = f"""(
            select *, '{name}' as name, 0 as truth
            from ({self.sql.model("metric_earnings_gap")}) where student_group_value = 'true'
        )"""
        return self._covered(pl.DataFrame(drawn), "gap_low_usd", "gap_high_usd", source)

    def intervals(self) -> Iterator[tuple[str, int, pl.DataFrame]]:
        """Give the name, the people and the coverage by value of every interval."""
        rows = self.connection.execute(AMOUNTS, [LEAST_AMOUNTS]).fetchall()
        values = [(name, kind, np.array(amounts, dtype=float)) for name, kind, amounts in rows]
        for n in SIZES:
            yield "rate", n, self.wilson(n)
            yield "gap of two rates", n, self.newcombe(n)
            means = [self.mean(n, name, x) for name, kind, x in values if kind == "mean"]
            yield "mean", n, pl.concat(means)
            for kind, q in QUANTILES.items():
                yield (
                    kind,
                    n,
                    pl.concat(self.quantile(n, v, q, x) for v, k, x in values if k == kind),
                )
            medians = [(v, x) for v, k, x in values if k == "median" and "ratio" not in v]
            yield "gap of two medians", n, pl.concat(self.earnings_gap(n, v, x) for v, x in medians)

    def deals(self, count: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Deal everybody into the groups of others, and give what tests and flags find there.

        Yields:
            The share of tests that find a difference and of families with a q of 0.05 or less; the
            share of groups that are flagged and the stated one, by method and size.
        """
        self.connection.execute(OUTCOMES)
        [people] = self.connection.sql("select count(*) from person").fetchone() or (0,)
        for _ in range(count):
            order = {"number": np.arange(people), "giver": self.random.permutation(people)}
            self.connection.register("permutation", pl.DataFrame(order))
            self.connection.execute(DEALT_COUNTS)
            for table in ("agg_judged", "agg_exact_tests", "agg_comparisons"):
                rows = self.sql.model(table)
                self.connection.execute(f"create or replace table {table} as {rows}")
            equity = self.sql.model("metric_equity")
            self.connection.execute(f"create or replace view metric_equity as {equity}")
            yield self.connection.sql(TESTS).pl(), self.connection.sql(FLAGS).pl()


def _long(truth: np.ndarray, **drawn: np.ndarray) -> pl.DataFrame:
    """Return a row for each value and draw, `name` being the number of the value."""
    draws = next(iter(drawn.values())).shape[1]
    columns = {"name": np.arange(len(truth)), "truth": truth}
    repeated = {column: np.repeat(values, draws) for column, values in columns.items()}
    return pl.DataFrame(repeated | {column: values.ravel() for column, values in drawn.items()})


def covering(claims: Claims) -> Table:
    """Return the table of intervals: the coverage over all values of a kind, and the lowest."""
    head = ("interval", *(f"{n} people" for n in SIZES))
    table = Table(*head, title="Coverage of 95 % intervals, mean of values (lowest)")
    rows: dict[str, list[str]] = {}
    for name, _, covered in claims.intervals():
        shares = covered["coverage"]
        cell = f"{shares.mean():.3f} ({shares.min():.3f})" if len(shares) else "none shown"
        rows.setdefault(name, []).append(cell)
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


def chance_alone(claims: Claims, deals: int) -> Iterator[Table]:
    """Give the tables of tests and of flags when groups are dealt at random."""
    tests, flags = (pl.concat(found) for found in zip(*claims.deals(deals), strict=True))
    table = Table("what", "nominal", "measured", title=f"Groups dealt at random, {deals} times")
    table.add_row("tests with p of 0.05 or less", "0.050", f"{tests['differ'].mean():.3f}")
    table.add_row("families with q of 0.05 or less", "0.050", f"{tests['families'].mean():.3f}")
    yield table
    table = Table("flag", "people, from", "stated", "measured", title="Flags of such groups")
    for method, n, measured, stated in (
        flags.group_by("method", "n").mean().sort("method", "n").rows()
    ):
        table.add_row(
            method, str(n), "none" if stated is None else f"{stated:.3f}", f"{measured:.3f}"
        )
    yield table


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.claims")
    parser.add_argument(
        "--home", type=Path, help="a data home with a release; PATHWAYS_HOME if none"
    )
    parser.add_argument("--draws", type=int, default=2000, help="for each value and size")
    parser.add_argument("--deals", type=int, default=20, help="of everybody into random groups")
    parser.add_argument("--seed", type=int, default=20240701)
    given = parser.parse_args()
    settings = Settings(home=given.home) if given.home else Settings()
    console = Console(width=100)
    with duckdb.connect() as connection:
        release = settings.releases / "current" / "warehouse.duckdb"
        connection.execute(f"attach '{release}' as released (read_only)")
        claims = Claims(connection, given.draws, given.seed)
        console.print(covering(claims))
        console.print(*chance_alone(claims, given.deals))


if __name__ == "__main__":
    main()
