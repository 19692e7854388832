"""The exact tests and intervals of statistics.sql against scipy, on random and extreme counts."""

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats

from benchmarks.product_sql import ProductSql
from tests.reference.base.statistics import quantile_ranks

MACROS = ProductSql().macros
COUNTS = ("s", "n", "all_s", "all_n")


@pytest.fixture(scope="module")
def dealt() -> list[tuple]:
    """Return counts with the p-value and the chances of a flag that the macros give them."""
    draw = np.random.default_rng(7)
    all_n = draw.integers(22, 4000, 400)
    n = draw.integers(11, all_n - 10)
    all_s = draw.binomial(all_n, draw.random(400) ** 2)
    s = draw.hypergeometric(all_s, all_n - all_s, n) + draw.integers(-5, 6, 400)
    s = np.clip(s, np.maximum(0, n + all_s - all_n), np.minimum(n, all_s))
    far = [(300, 5000, 3000, 20_000), (0, 11, 0, 100), (1, 1, 1, 266), (11, 11, 30, 20_000)]
    rows = [*zip(s, n, all_s, all_n, strict=True), *far]
    counts = pl.DataFrame([[int(x) for x in row] for row in rows], schema=COUNTS, orient="row")
    flags = [
        MACROS.ppg1_flag_chance("chances", "first", "n", "all_s", "all_n", rate, minimum)
        for rate, minimum in ((None, 0.02), ("0.5", 0.03))
    ]
    with duckdb.connect() as connection:
        connection.register("counts", counts)
        return connection.sql(
            f"""
            with dealt as (
                select
                    *, {MACROS.first_dealt(*COUNTS)} as first,
                    {MACROS.dealt_chances(*COUNTS)} as chances
                from counts
            )
            select
                s, n, all_s, all_n,
                {MACROS.fisher_p_value("chances", "s", "first")}, {", ".join(flags)}
            from dealt
            """
        ).fetchall()


def test_exact_test_is_scipys(dealt: list[tuple]) -> None:
    for s, n, all_s, all_n, p_value, *_ in dealt:
        table = [[s, n - s], [all_s - s, all_n - n - all_s + s]]
        assert p_value == pytest.approx(stats.fisher_exact(table)[1], rel=1e-8)


def test_chance_of_a_flag_is_that_of_every_deal_that_is_flagged(dealt: list[tuple]) -> None:
    for _, n, all_s, all_n, _, *chances in dealt:
        deals = np.arange(max(0, n + all_s - all_n), min(n, all_s) + 1)
        rate = deals / n
        gap = rate - (all_s - deals) / (all_n - n)
        own = np.where((deals == 0) | (deals == n), 0.25, rate * (1 - rate))
        mass = stats.hypergeom.pmf(deals, all_n, all_s, n)
        for chance, spread, minimum in zip(chances, (own, 0.25), (0.02, 0.03), strict=True):
            flagged = np.round(gap + np.maximum(1.96 * np.sqrt(spread / n), minimum), 9) <= 0
            assert chance == pytest.approx(mass[flagged].sum(), abs=1e-9)


def test_ranks_of_quantiles_are_the_nearest_that_hold_them() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table amount as select range(n) as amounts, quantile"
            " from range(1, 121) as x (n), (values (0.25::double), (0.5), (0.75)) as q (quantile)"
        )
        rows = connection.sql(MACROS.quantile_ranks("amount")).fetchall()
    actual = {(n, q): (low, high) for n, q, low, high in rows}
    for n in range(1, 121):
        for q in (0.25, 0.5, 0.75):
            assert actual.get((n, q)) == quantile_ranks(n, q)
    coverage = [
        stats.binom.cdf(high - 1, n, q) - stats.binom.cdf(low - 1, n, q)
        for (n, q), (low, high) in actual.items()
    ]
    assert 0.95 <= min(coverage) < max(coverage) < 0.985
    assert min(n for n, q in actual if q == 0.5) == 6
    assert min(n for n, q in actual if q != 0.5) == 11


@pytest.mark.parametrize("quantile", [0.25, 0.5, 0.75])
def test_quantiles_of_bins_of_shards_are_off_by_half_a_percent_at_most(quantile: float) -> None:
    roll_up = ProductSql(is_roll_up=True).macros
    random = np.random.default_rng(11)
    amounts = pl.DataFrame({"amount": [0.0, *random.lognormal(9, 1.5, 5000)]})
    exact = MACROS.quantile_value("list_sort(list(amount))", quantile)
    with duckdb.connect() as connection:
        connection.register("amounts", amounts)
        off = f"select max(abs({MACROS.rounded_amount('amount')} / amount - 1)) from amounts"
        [(widest,)] = connection.sql(f"{off} where amount > 0").fetchall()
        [(value,)] = connection.sql(f"select {exact} from amounts").fetchall()
        # Two shards count, and their bins add up.
        bins = f"""
            with counted as (
                select {MACROS.rounded_amount("amount")} as amount, count(*) as n
                from amounts group by amount > 5000, 1
            ),
            added as (select amount, sum(n) as n from counted group by amount),
            running as (select amount, sum(n) over (order by amount)::bigint as up_to from added),
            sorted as (
                select list({{'amount': amount, 'up_to': up_to}} order by amount) as amounts
                from running
            )
            select {roll_up.quantile_value("amounts", quantile)}, len(amounts) from sorted
        """
        [(binned, n_bins)] = connection.sql(bins).fetchall()
    assert 0.004 < widest <= 0.005 + 1e-12
    assert 0 < abs(binned / value - 1) <= 0.005
    assert n_bins < 1200
