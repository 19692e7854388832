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
    """One shard of two rounds, and somebody of it has moved: taken off, and added with more."""
    random = np.random.default_rng(11)
    large, small = [0.0, *random.lognormal(9, 1.5, 5000)], list(random.lognormal(9, 1, 500))
    gone, moved = large[:300], list(random.lognormal(11, 1, 300))
    given = [
        *((amount, 1, True) for amount in large),
        *((amount, 1, False) for amount in small + moved),
        *((amount, -1, False) for amount in gone),
    ]
    cell = "metric_id, definition_version, attribution, region_id, cohort_year, dimension"
    cell += ", dimension_value, student_group, student_group_value"
    with duckdb.connect() as connection:
        connection.register("given", pl.DataFrame(given, schema=["one", "n", "is"], orient="row"))
        connection.execute(f"""
            create table roll_up as
            select {", ".join(f"'' as {name}" for name in cell.split(", "))},
                {quantile}::double as quantile, true as is_rounded, false as is_of_one_each,
                list({{
                    'amount': case when "is" then {MACROS.rounded_amount("one")} else one end,
                    'n': n
                }}) as amounts
            from given
        """)
        [(binned, n, least)] = connection.sql(f"""
            with {MACROS.added_amounts("roll_up")}
            select {MACROS.quantile_value("amounts", quantile, True)}, amounts[-1].up_to,
                list_min(list_transform(
                    range(1, len(amounts)),
                    lambda i: amounts[i + 1].up_to - amounts[i].up_to
                ))
            from binned
        """).fetchall()
        off = f"select max(abs({MACROS.rounded_amount('one')} / one - 1)) from given where one > 0"
        [(widest,)] = connection.sql(off).fetchall()
    people = [*large[300:], *small, *moved]
    assert (n, least) == (len(people), 1)
    assert 0.004 < widest <= 0.005 + 1e-12
    assert 0 < abs(binned / np.quantile(people, quantile) - 1) <= 0.005
