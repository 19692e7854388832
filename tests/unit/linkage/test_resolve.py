"""Resolution: a pair on either side of each bound that decides whether two groups are joined."""

import polars as pl
import pytest

from pipelines.linkage.resolve import resolve

SAME = {"gamma_given": 6, "gamma_family": 4, "gamma_born": 4, "gamma_ssn": -1, "gamma_state_id": -1}


def decide(pairs: list[dict], state_ids: dict[int, int] | None = None) -> list[str]:
    """Return the decision on each pair of identities; all stand alone and agree but for `pairs`."""
    scored = pl.DataFrame([{"match_weight": 9.0} | SAME | pair for pair in pairs])
    numbers = sorted({*scored["identity_l"], *scored["identity_r"]})
    known = state_ids or {}
    grouped = pl.DataFrame(
        [(n, known.get(n), None, None, None, None, n, n) for n in numbers],
        schema=dict.fromkeys(["identity", "state_id", "ssn", "ssn5", "ssn4"], pl.Int64)
        | {"born": pl.Date, "exact_group": pl.Int64, "id_group": pl.Int64},
        orient="row",
    )
    identity_key = grouped.select(
        pl.lit("college_enrollment").alias("source"),
        pl.col("identity").cast(pl.String).alias("source_person_key"),
        pl.col("identity").alias("key"),
        "identity",
        pl.lit(2018, pl.Int32).alias("first_year"),
    )
    return resolve(grouped, identity_key, scored).pair["decision"].to_list()


def pair(left: int, right: int, probability: float = 0.99, **differs: float) -> dict:
    ends = {"identity_l": left, "identity_r": right}
    return ends | {"match_probability": probability} | differs


@pytest.mark.parametrize(("probability", "decision"), [(0.69, "below threshold"), (0.71, "linked")])
def test_pairs_below_seven_in_ten_join_nobody(probability, decision) -> None:
    """The threshold of docs/operate.md and of the measured precision in benchmarks/README.md."""
    assert decide([pair(1, 2, probability)]) == [decision]


@pytest.mark.parametrize(("second", "is_linked"), [(6.1, False), (5.9, True)])
def test_the_second_of_two_candidates_must_be_three_bits_behind(second, is_linked) -> None:
    pairs = [pair(1, 3, match_weight=9.0), pair(2, 3, match_weight=second)]
    decisions = decide(pairs, {1: 11, 2: 22})
    assert ("linked" in decisions) is is_linked
    assert decisions.count("refused: two candidates") == (0 if is_linked else 2)


def test_another_name_needs_an_equal_number() -> None:
    other = {"gamma_given": 0}
    assert decide([pair(1, 2, **other)]) == ["refused: one name only"]
    assert decide([pair(1, 2, **other, gamma_ssn=2)]) == ["linked"]
