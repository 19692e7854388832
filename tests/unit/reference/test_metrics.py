"""The reference's own arithmetic: intervals against published values, and the equity methods.

A reference that is wrong agrees with nothing, so its formulas are held to worked examples here.
"""

from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from scipy import stats

from tests.reference.base.statistics import deals, fisher, newcombe, student, wilson
from tests.reference.collaboration.initiatives import completions
from tests.reference.metrics.cells import KEYS, mean_values, quantile_values
from tests.reference.metrics.equity import compared, equity_of

Counts = dict[str, tuple[int, int]]


def p_value(*counts: int) -> float:
    """Return the exact test of successes and people of a group and of all."""
    return fisher(*np.array([counts]).T)[0]


def rates(counts: Counts) -> pl.DataFrame:
    """Return the cells of one rate: successes and people of each group, `all` among them."""
    rows = [
        dict.fromkeys(KEYS, "x")
        | {
            "student_group": "all" if code == "all" else "kind",
            "student_group_value": code,
            **dict.fromkeys(("n_cohort", "n_matchable")),
            "numerator": s,
            "denominator": n,
        }
        for code, (s, n) in counts.items()
    ]
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(("n_cohort", "n_matchable"), pl.Int64))


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
    assert row["p_value"] == pytest.approx(p_value(80, 200, 600, 1200))
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


def test_exact_test_of_published_examples() -> None:
    # The lady tasting tea, and criminal twins (Fisher 1935).
    assert p_value(3, 4, 4, 8) == pytest.approx(34 / 70)
    assert p_value(2, 17, 12, 30) == pytest.approx(0.0005367, abs=1e-7)


def test_chances_of_deals_are_scipys() -> None:
    hands = [(11, 5, 30), (4, 30, 33), (200, 600, 1200), (40, 0, 60), (7, 9, 9)]
    of, successes, chances = deals(*np.array(hands).T)
    for number, (n, all_s, all_n) in enumerate(hands):
        dealt = successes[of == number]
        assert dealt.tolist() == list(range(max(0, n + all_s - all_n), min(n, all_s) + 1))
        expected = stats.hypergeom.pmf(dealt, all_n, all_s, n)
        np.testing.assert_allclose(chances[of == number], expected, rtol=1e-10)


def test_nobody_is_tested_against_ten_others() -> None:
    for others, is_tested in ((10, False), (11, True)):
        groups = {"all": (40 + others, 100 + others), "a": (40, 100), "b": (others, others)}
        row = judged("ppg1_2022", groups)["a"]
        assert (row["p_value"] is not None) is is_tested
        assert (row["q_value"] is not None) is is_tested
        assert row["n_comparisons"] == 2 * is_tested
        assert row["is_disproportionate_impact"] is True


def test_chance_of_a_flag_counts_every_deal() -> None:
    # Six of 100 succeed, 50 are dealt. None of the six: within the margin of one half, 13.9 points.
    # One: 0.02 against 0.10, a flag at a margin of 3.9 points. Two: 0.04 against 0.08, none.
    for s in (0, 3):
        groups = {"all": (6, 100), "a": (s, 50), "b": (6 - s, 50)}
        row = judged("ppg1_2022", groups)["a"]
        one_of_six = 50 * 2_118_760 / 1_192_052_400
        assert row["chance_flag_probability"] == pytest.approx(one_of_six)
        assert judged("ppg1_2017", groups)["a"]["chance_flag_probability"] == 0
        assert judged("proportionality_index", groups)["a"]["chance_flag_probability"] is None


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


def test_median_interval_takes_the_nearest_ranks_that_hold_it() -> None:
    # Binomial of 100: ranks 40 to 60 hold the median with 0.954, as do 41 to 61; 40 to 59, 0.943.
    assert quantile([float(x) for x in range(100, 0, -1)], 0.5) == (50.5, 40.0, 60.0)
    # Of 11, ranks 2 to 9 with 0.961, 3 to 9 with 0.935; of 25, 8 to 18 with 0.957.
    assert quantile([float(x) for x in range(1, 12)], 0.5) == (6.0, 2.0, 9.0)
    assert quantile([float(x) for x in range(1, 26)], 0.5) == (13.0, 8.0, 18.0)


def test_quantile_without_two_ranks_that_hold_it_has_no_interval() -> None:
    # All five below or above the median: 2 of 32. Of six: 2 of 64. A quartile below all ten: 0.056.
    assert quantile([1.0, 2.0, 3.0, 4.0, 5.0], 0.5) == (3.0, None, None)
    assert quantile([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 0.5) == (3.5, 1.0, 6.0)
    assert quantile([float(x) for x in range(10)], 0.25)[1:] == (None, None)
    assert quantile([float(x) for x in range(11)], 0.25)[1:] == (0.0, 6.0)


def test_lower_quartile_lies_between_its_neighbours() -> None:
    # Position 3 * 0.25 = 0.75 past the first of four.
    assert quantile([10.0, 20.0, 30.0, 40.0], 0.25)[0] == 17.5


def interval_of_mean(amounts: list[float]) -> tuple[float | None, ...]:
    """Return a mean and its interval."""
    counted = pl.DataFrame({"amounts": [amounts]})
    return mean_values(counted).select("value", "value_low", "value_high").row(0)


def test_interval_of_amounts_without_skewness_is_students() -> None:
    amounts = [1.0, 3.0] * 15
    half = stats.t.ppf(0.975, 29) * stats.sem(amounts)
    assert interval_of_mean(amounts) == pytest.approx((2.0, 2 - half, 2 + half), abs=1e-4)


def test_interval_of_skewed_amounts_solves_halls_equation() -> None:
    amounts = [1.0] * 18 + [10.0, 30.0]
    _, *ends = interval_of_mean(amounts)
    skewness, n = stats.skew(amounts, bias=False), len(amounts)
    t = stats.t.ppf(0.975, n - 1) / n**0.5
    for end, expected in zip(ends, (t, -t), strict=True):
        assert end is not None
        x = (2.9 - end) / stats.tstd(amounts)
        transformed = x + skewness * x**2 / 3 + skewness**2 * x**3 / 27 + skewness / (6 * n)
        assert transformed == pytest.approx(expected, abs=1e-4)


def test_mean_of_few_or_equal_amounts_has_no_interval_and_no_end_is_below_zero() -> None:
    assert interval_of_mean([1.0, 3.0] * 9 + [1.0]) == (pytest.approx(37 / 19), None, None)
    assert interval_of_mean([24.7] * 20)[1:] == (None, None)
    assert interval_of_mean([0.0] * 19 + [1.0])[1] == 0.0
    assert interval_of_mean([])[0] is None


def test_quantiles_of_student() -> None:
    for degrees in (19, 30, 1000):
        [value] = pl.select(student(pl.lit(degrees))).row(0)
        assert value == pytest.approx(stats.t.ppf(0.975, degrees), abs=1e-4)


def test_an_award_that_somebody_else_reports_too_is_on_the_day_of_the_college() -> None:
    row = {"person_id": "P", "institution_id": "C", "submitter": "C", "year": 2018, "award_id": "1",
           "award_type_code": "A", "award_date": date(2019, 5, 20), "program_top_code": "0505",
           "cip_code": "11", "college_state_code": "CA", "college_level_code": "2"}  # fmt: skip
    others = {"submitter": "clearinghouse", "award_date": date(2019, 6, 14)}
    reports = [row, row | others, row | others | {"year": 2020, "award_date": date(2021, 1, 5)}]
    text = dict.fromkeys(("institution_id", "institution_type", "district_id"), pl.String)
    people = SimpleNamespace(
        feeds={"credential": pl.DataFrame(reports), "college_enrollment": pl.DataFrame([row])},
        award_level=pl.DataFrame({"award_type_code": ["A"], "level": ["associate"]}),
        program_sector=pl.DataFrame(
            {"taxonomy": ["TOP"], "program_code": ["0505"], "sector_code": ["B"]}
        ),
        institution=pl.DataFrame(schema=text),
    )
    spells = pl.DataFrame({"person_id": ["P"], "year": [2017], "is_complete": [True]})
    src = SimpleNamespace(people=people, pathway_completions=spells)
    days = completions(src)["day"].to_list()
    assert days == [date(2018, 6, 30), date(2019, 5, 20), date(2021, 1, 5)]
