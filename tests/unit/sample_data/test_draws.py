"""Random numbers with addresses: independent, evenly spread, and distinct where promised."""

import numpy as np
import pytest

from sample_data.draws import Draws, log_odds, permuted, sigmoid
from sample_data.rates import Rates

MANY = np.arange(200_000)


def test_a_number_hangs_on_its_own_address_alone() -> None:
    every = Draws(1, "topic", MANY).uniform("name")
    some = np.array([7, 123_456, 42])
    assert (Draws(1, "topic", some).uniform("name") == every[some]).all()
    events = Draws(1, "topic", MANY).at(some, np.array([0, 1, 2])).uniform("name")
    alone = Draws(1, "topic", some[1:2]).at(np.array([0]), 1).uniform("name")
    assert alone[0] == events[1]


@pytest.mark.parametrize(
    "other", [(2, "topic", "name"), (1, "other", "name"), (1, "topic", "nome")]
)
def test_seed_topic_and_name_each_give_other_numbers(other: tuple[int, str, str]) -> None:
    seed, topic, name = other
    first = Draws(1, "topic", MANY).uniform("name")
    second = Draws(seed, topic, MANY).uniform(name)
    # Four standard errors of a correlation among 200,000.
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(len(MANY))


def test_numbers_are_spread_evenly() -> None:
    draw = Draws(3, "topic", MANY)
    uniform = draw.uniform("u")
    assert 0 < uniform.min() < 1e-4
    assert 1 - 1e-4 < uniform.max() < 1
    counts = np.histogram(uniform, bins=100, range=(0, 1))[0]
    # A chi-square of 99 degrees of freedom is above 160 once in 10,000 times.
    assert ((counts - 2_000) ** 2 / 2_000).sum() < 160
    # Neighbours by address are as independent as any others.
    assert abs(np.corrcoef(uniform[1:], uniform[:-1])[0, 1]) < 4 / np.sqrt(len(MANY))
    normal = draw.normal("n", 2, 3)
    assert normal.mean() == pytest.approx(2, abs=12 / np.sqrt(len(MANY)))
    assert normal.std() == pytest.approx(3, rel=0.01)
    assert np.bincount(draw.whole("w", 5, 9)).tolist()[:5] == [0] * 5
    assert draw.whole("w", 5, 9).max() == 8


def test_picks_follow_their_weights() -> None:
    draw = Draws(4, "topic", MANY)
    share = np.bincount(draw.pick("p", (1, 0, 3))) / len(MANY)
    assert share == pytest.approx([0.25, 0, 0.75], abs=0.004)
    rows = np.where(MANY[:, None] % 2 == 0, [[0.0, 1.0]], [[1.0, 0.0]])
    assert (draw.pick_by_row("r", rows) == (MANY % 2 == 0)).all()


@pytest.mark.parametrize("space", [1, 2, 10, 1_000, 99_991, 2_205_000])
def test_permuted_numbers_are_distinct_and_in_their_space(space: int) -> None:
    number = np.arange(min(space, 50_000))
    result = permuted(number, space, np.uint64(17))
    assert len(np.unique(result)) == len(number)
    assert result.min() >= 0
    assert result.max() < space
    if space > 1_000:
        assert (result != permuted(number, space, np.uint64(18))).mean() > 0.99
    with pytest.raises(ValueError, match="does not fit"):
        permuted(np.array([space]), space, np.uint64(17))


def test_chances_meet_the_total_and_every_group() -> None:
    draw = Draws(5, "people", np.arange(20_000))
    ability, race = draw.normal("ability"), draw.pick("race", (0.6, 0.3, 0.1))
    poor = draw.chance("poor", 0.55)
    rates = Rates()
    chance = rates.chance(
        "graduation", 0.8 * ability, 0.8, factors=[(race, (0.75, 0.9, 0.7))], flags=[(poor, 0.74)]
    )
    assert chance.mean() == pytest.approx(0.8, abs=1e-9)
    assert chance[poor].mean() == pytest.approx(0.74, abs=1e-9)
    # The table is shifted to the total; its gaps in log-odds stay.
    shares = np.array([chance[race == group].mean() for group in range(3)])
    gaps = log_odds(shares) - log_odds(np.array((0.75, 0.9, 0.7)))
    assert np.ptp(gaps) < 1e-6
    rates.solving = False
    some = np.arange(0, 20_000, 9)
    again = rates.chance(
        "graduation", 0.8 * ability[some], 0.8, factors=[(race[some], (0.75, 0.9, 0.7))],
        flags=[(poor[some], 0.74)],
    )  # fmt: skip
    assert (again == chance[some]).all()


def test_a_correction_is_learnt_on_the_pilot_only() -> None:
    rates = Rates()
    assert rates.correction("share")[0] == 1
    rates.correct("share", 0.5, 0.4)
    rates.correct("share", 0.5, float("nan"))
    assert rates.correction("share")[0] == pytest.approx(1.25)
    rates.solving = False
    rates.correct("share", 0.5, 0.1)
    assert rates.correction("share")[0] == pytest.approx(1.25)


def test_log_odds_and_shares_are_each_others_inverse() -> None:
    share = np.array([0.001, 0.5, 0.93])
    assert sigmoid(log_odds(share)) == pytest.approx(share)
