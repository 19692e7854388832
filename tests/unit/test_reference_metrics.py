"""The reference's own arithmetic: intervals against published values, and the PPG-1 method.

A reference that is wrong agrees with nothing, so its formulas are held to worked examples here.
"""

import pytest

from tests.reference_metrics.cells import mean_with_interval, quantile_with_interval, wilson
from tests.reference_metrics.equity import gap, successes_needed


def test_gap_of_the_worked_example() -> None:
    # 80 of 200 against 520 of 1,000 others.
    result = gap(successes=80, n=200, all_successes=600, all_n=1200)

    assert result.group_rate == pytest.approx(0.40)
    assert result.reference_rate == pytest.approx(0.52)
    assert result.reference_n == 1000
    assert result.ppg1_points == pytest.approx(-0.12)
    assert result.margin == pytest.approx(0.0679, abs=5e-5)
    assert result.is_sufficient
    assert result.is_disproportionate_impact is True
    assert result.successes_to_clear_impact == 11
    assert result.successes_to_parity == 24


def test_clearing_the_gap_clears_the_impact() -> None:
    before = gap(80, 200, 600, 1200)
    assert before.successes_to_clear_impact is not None
    # The reference stays put as the group improves, so its own margin is what is left to cross.
    after = gap(80 + before.successes_to_clear_impact, 200, 600 + 11, 1200)

    assert before.margin is not None and after.ppg1_points is not None
    assert after.ppg1_points > -before.margin


@pytest.mark.parametrize(("n", "sufficient", "impact"), [(10, False, None), (11, True, True)])
def test_ten_or_fewer_are_not_judged(n: int, sufficient: bool, impact: bool | None) -> None:
    result = gap(successes=0, n=n, all_successes=90, all_n=100 + n)

    assert result.is_sufficient is sufficient
    assert result.is_disproportionate_impact is impact


def test_margin_is_never_less_than_two_points() -> None:
    assert gap(0, 50, 40, 100).margin == 0.02
    assert gap(50, 50, 90, 100).margin == 0.02


def test_a_group_that_is_everyone_has_no_gap() -> None:
    result = gap(30, 40, 30, 40)

    assert (result.reference_n, result.reference_rate, result.ppg1_points) == (0, None, None)
    assert result.is_disproportionate_impact is None


def test_a_group_ahead_needs_no_more_successes() -> None:
    result = gap(90, 100, 140, 200)

    assert result.is_disproportionate_impact is False
    assert (result.successes_to_clear_impact, result.successes_to_parity) == (0, 0)


def test_successes_needed_ignores_floating_point_dust() -> None:
    assert (0.9 - 0.6) * 20 > 6
    assert successes_needed(0.9 - 0.6, 20) == 6


def test_wilson_interval_of_published_examples() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: method 3, at z = 1.96.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=1e-4)


def test_median_interval_takes_order_statistics() -> None:
    # n = 100: half width 9.8, so the 40th and the 61st of the sorted amounts.
    amounts = [float(x) for x in range(100, 0, -1)]
    assert quantile_with_interval(amounts, 0.5) == (50.5, 40.0, 61.0)


def test_median_interval_of_few_amounts_is_their_range() -> None:
    assert quantile_with_interval([7.0], 0.5) == (7.0, 7.0, 7.0)
    assert quantile_with_interval([3.0, 1.0], 0.5) == (2.0, 1.0, 3.0)


def test_lower_quartile_lies_between_its_neighbours() -> None:
    # Position 3 * 0.25 = 0.75 past the first of four.
    assert quantile_with_interval([10.0, 20.0, 30.0, 40.0], 0.25)[0] == 17.5
    # n = 100: half width 1.96 * sqrt(100 * 0.25 * 0.75) = 8.49: the 16th and the 35th.
    amounts = [float(x) for x in range(1, 101)]
    assert quantile_with_interval(amounts, 0.25) == (25.75, 16.0, 35.0)


def test_mean_and_its_interval() -> None:
    # Deviations 2, 0, 2: variance 4, standard error 2 / sqrt(3).
    half = 1.96 * 2 / 3**0.5
    assert mean_with_interval([1.0, 3.0, 5.0]) == pytest.approx((3.0, 3 - half, 3 + half))
    assert mean_with_interval([7.0]) == (7.0, None, None)
