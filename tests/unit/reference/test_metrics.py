"""The reference's own arithmetic: intervals against published values, and the equity methods.

A reference that is wrong agrees with nothing, so its formulas are held to worked examples here.
"""

import polars as pl
import pytest

from tests.reference.base.statistics import newcombe, two_tails, wilson
from tests.reference.metrics.cells import KEYS, mean_values, quantile_values
from tests.reference.metrics.equity import compared, equity_of

Counts = dict[str, tuple[int, int]]


def rates(counts: Counts) -> pl.DataFrame:
    """Return the cells of one rate: successes and people of each group, `all` among them."""
    rows = [
        dict.fromkeys(KEYS, "x")
        | {
            "student_group": "all" if code == "all" else "kind",
            "student_group_value": code,
            "numerator": s,
            "denominator": n,
        }
        for code, (s, n) in counts.items()
    ]
    return pl.DataFrame(rows)


def judged(method: str, counts: Counts, is_favorable: bool = True) -> dict[str, dict]:
    """Return what a method says of each group."""
    rows = equity_of(compared(rates(counts), is_favorable))
    rows = rows.filter(pl.col("equity_method") == method)
    return {row["student_group_value"]: row for row in rows.to_dicts()}


def test_gap_of_the_worked_example() -> None:
    # 80 of 200 against 520 of 1,000 others.
    groups = {"all": (600, 1200), "a": (80, 200), "b": (520, 1000)}
    row = judged("ppg1_2022", groups)["a"]

    assert row["group_rate"] == pytest.approx(0.40)
    assert row["reference_rate"] == pytest.approx(0.52)
    assert row["reference_n"] == 1000
    assert row["value"] == pytest.approx(-0.12)
    assert row["threshold"] == pytest.approx(-0.0679, abs=5e-5)
    assert row["is_disproportionate_impact"] is True
    assert (row["successes_to_clear_impact"], row["successes_to_parity"]) == (11, 24)
    # Pooled rate one half, standard error 0.0387298: 3.0984 of them.
    assert row["p_value"] == pytest.approx(0.001946, abs=1e-6)
    # Of two tests that are the same, the false-discovery rate is the level.
    assert (row["n_comparisons"], row["q_value"]) == (2, pytest.approx(row["p_value"]))

    # At a rate of one half in a group of 200 the margin is 1.96 * 0.035355.
    row = judged("ppg1_2017", groups)["a"]
    assert row["threshold"] == pytest.approx(-0.069296, abs=1e-6)


def test_ten_or_fewer_and_everybody_are_not_judged() -> None:
    groups = {"all": (90, 121), "a": (0, 10), "b": (0, 11), "c": (90, 100)}
    assert set(judged("ppg1_2022", groups)) == {"b", "c"}
    assert judged("ppg1_2022", {"all": (30, 40), "a": (30, 40)}) == {}


def test_margin_is_never_less_than_its_minimum() -> None:
    groups = {"all": (50_040, 100_100), "a": (50_000, 100_000), "b": (40, 100)}
    assert judged("ppg1_2022", groups)["a"]["threshold"] == -0.02


def test_margin_of_a_group_without_or_with_only_successes_is_that_of_one_half() -> None:
    groups = {"all": (56, 150), "a": (0, 50), "b": (50, 50), "c": (6, 50)}
    rows = judged("ppg1_2022", groups)
    assert rows["a"]["threshold"] == rows["b"]["threshold"] == pytest.approx(-0.138593, abs=1e-6)
    # Six of fifty others is within the margin, and was a flag when the margin was two points.
    rows = judged("ppg1_2022", {"all": (6, 100), "a": (0, 50), "c": (6, 50)})
    assert rows["a"]["is_disproportionate_impact"] is False


def test_of_a_bad_outcome_those_who_escape_it_succeed() -> None:
    groups = {"all": (40, 200), "a": (30, 100), "b": (10, 100)}
    row = judged("ppg1_2022", groups, is_favorable=False)["a"]
    assert (row["group_rate"], row["reference_rate"]) == (0.7, 0.9)


def test_indices_of_shares_and_of_the_best() -> None:
    groups = {"all": (110, 300), "a": (20, 100), "b": (90, 200)}
    share = judged("proportionality_index", groups)["a"]
    # 2/11 of the successes, a third of the people.
    assert share["value"] == pytest.approx(6 / 11)
    assert share["is_disproportionate_impact"] is True
    # With 13 more, 33 of 123 successes are 0.805 of a third; with 12, 32 of 122 are 0.787 of it.
    assert share["successes_to_clear_impact"] == 13
    best = judged("eighty_percent_index", groups)["a"]
    assert best["reference_rate"] == 0.45
    assert best["value"] == pytest.approx(0.20 / 0.45)
    # 0.8 * 0.45 of 100 are 36, of whom 20 are there; float noise must not ask for a 17th.
    assert (best["successes_to_clear_impact"], best["successes_to_parity"]) == (16, 25)


def test_false_discovery_rates_of_a_family() -> None:
    groups = {"all": (150, 300), "a": (20, 100), "b": (55, 100), "c": (75, 100)}
    actual = judged("ppg1_2022", groups)
    p = sorted(row["p_value"] for row in actual.values())
    q = sorted(row["q_value"] for row in actual.values())
    # Benjamini and Hochberg: p times tests over rank, never above the next.
    expected = [min(p[i] * 3 / (i + 1) for i in range(k, 3)) for k in range(3)]
    assert q == pytest.approx(expected)


def test_newcombe_interval_of_a_published_example() -> None:
    # Newcombe (1998), table II, case (a): 56 of 70 less 48 of 80.
    low, high = newcombe(*(pl.lit(x) for x in (56, 70, 48, 80)))
    assert pl.select(low=low, high=high).row(0) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_two_tails_of_the_normal_distribution() -> None:
    assert two_tails(0) == 1
    assert two_tails(-1.96) == pytest.approx(0.0499958, abs=1e-7)


def test_wilson_interval_of_published_examples() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: method 3, at z = 1.96.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=1e-4)


def quantile(amounts: list[float], q: float) -> tuple[float, ...]:
    """Return a quantile and its interval."""
    counted = pl.DataFrame({"amounts": [sorted(amounts)]})
    return quantile_values(counted, q).select("value", "value_low", "value_high").row(0)


def test_median_interval_takes_order_statistics() -> None:
    # n = 100: half width 9.8, so the 40th and the 61st of the sorted amounts.
    assert quantile([float(x) for x in range(100, 0, -1)], 0.5) == (50.5, 40.0, 61.0)


def test_median_interval_of_few_amounts_is_their_range() -> None:
    assert quantile([7.0], 0.5) == (7.0, 7.0, 7.0)
    assert quantile([3.0, 1.0], 0.5) == (2.0, 1.0, 3.0)


def test_lower_quartile_lies_between_its_neighbours() -> None:
    # Position 3 * 0.25 = 0.75 past the first of four.
    assert quantile([10.0, 20.0, 30.0, 40.0], 0.25)[0] == 17.5
    # n = 100: half width 1.96 * sqrt(100 * 0.25 * 0.75) = 8.49: the 16th and the 35th.
    assert quantile([float(x) for x in range(1, 101)], 0.25) == (25.75, 16.0, 35.0)


def test_mean_and_its_interval() -> None:
    counted = pl.DataFrame({"amounts": [[1.0, 3.0, 5.0], [7.0], []]})
    rows = mean_values(counted).select("value", "value_low", "value_high").rows()
    # Deviations 2, 0, 2: variance 4, standard error 2 / sqrt(3).
    half = 1.96 * 2 / 3**0.5
    assert rows[0] == pytest.approx((3.0, 3 - half, 3 + half))
    assert rows[1] == (7.0, None, None)
    assert rows[2] == (None, None, None)
