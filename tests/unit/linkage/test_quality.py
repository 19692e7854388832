"""Linkage by its own account: what is expected to be true of what is linked, and what is missed."""

import polars as pl
import pytest

from pipelines.linkage.quality import QUALITY, link_quality

CROSSWALK = pl.DataFrame(
    [
        ("k12_enrollment", "a", "P1", 1.0),
        ("college_enrollment", "b", "P1", 0.9),
        ("college_enrollment", "c", "P1", 1.0),
        ("wage", "d", "P1", 0.8),
        ("k12_enrollment", "e", "P2", None),
        ("college_enrollment", "f", "P3", None),
    ],
    schema=["source", "source_person_key", "person_id", "match_score"],
    orient="row",
)
IDENTITY_KEY = pl.DataFrame(
    [
        ("k12_enrollment", "a", 1),
        ("college_enrollment", "b", 2),
        ("college_enrollment", "c", 3),
        ("wage", "d", 4),
        ("k12_enrollment", "e", 5),
        # Two identities speak for one key.
        ("college_enrollment", "f", 6),
        ("college_enrollment", "f", 7),
    ],
    schema=["source", "source_person_key", "identity"],
    orient="row",
)
PAIR = pl.DataFrame(
    [
        (1, 2, 0.9, "linked"),
        (6, 5, 0.6, "below threshold"),
        (5, 7, 0.5, "below threshold"),
    ],
    schema=["identity_l", "identity_r", "match_probability", "decision"],
    orient="row",
)


def quality(crosswalk: pl.DataFrame, pair: pl.DataFrame) -> dict[tuple[str, str], list[float]]:
    counts = link_quality(crosswalk, IDENTITY_KEY.lazy(), pair)
    assert counts.schema == QUALITY
    return {(a, b): list(numbers) for a, b, *numbers in counts.iter_rows()}


def test_a_linked_pair_is_as_sure_as_its_weaker_link() -> None:
    counts = quality(CROSSWALK, PAIR)
    # a-b at 0.9 and a-c at 1; e-f was seen, once, at 0.6 and is not linked.
    assert counts["k12_enrollment", "college_enrollment"] == pytest.approx([2, 1.9, 2.5])
    assert counts["k12_enrollment", "wage"] == pytest.approx([1, 0.8, 0.8])
    assert counts["college_enrollment", "wage"] == pytest.approx([2, 1.6, 1.6])


def test_feeds_stand_in_their_order_and_only_once() -> None:
    assert list(quality(CROSSWALK, PAIR)) == [
        ("k12_enrollment", "college_enrollment"),
        ("k12_enrollment", "wage"),
        ("college_enrollment", "wage"),
    ]


def test_a_refused_pair_within_one_person_is_no_miss() -> None:
    refused = PAIR.with_columns(pl.lit("refused: two candidates").alias("decision"))
    counts = quality(CROSSWALK, refused)
    assert counts["k12_enrollment", "college_enrollment"] == pytest.approx([2, 1.9, 2.5])


def test_feeds_with_missed_pairs_alone_are_counted() -> None:
    counts = quality(CROSSWALK.filter(pl.col("match_score").is_null()), PAIR)
    assert counts == {("k12_enrollment", "college_enrollment"): pytest.approx([0, 0, 0.6])}


def test_nothing_linked_is_an_empty_table() -> None:
    assert quality(CROSSWALK.clear(), PAIR.clear()) == {}
