"""Clerical review: estimates whose intervals cover the truth."""

import random

import numpy as np
import polars as pl
import pytest

from pipelines.linkage_review import clerical_review


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = random.Random(7)
    shares = {("threshold to 5", True): 0.8, ("10 to 15", True): 0.97, ("5 to 10", False): 0.3}
    sizes = {("threshold to 5", True): 300, ("10 to 15", True): 3000, ("5 to 10", False): 100}
    rows = [
        (band, joined, rng.random() < share)
        for (band, joined), share in shares.items()
        for _ in range(sizes[band, joined])
    ]
    pairs = pl.DataFrame(
        [(at, -at, *row) for at, row in enumerate(rows)],
        schema=["identity_l", "identity_r", "band", "is_joined", "truth"],
        orient="row",
    )
    joined = pairs.filter("is_joined")
    true = {
        "precision": joined["truth"].mean(),
        "recall": joined["truth"].sum() / pairs["truth"].sum(),
    }
    covered = {"precision": [], "recall": []}
    for seed in range(40):
        sample = clerical_review.drawn(pairs, 40, seed).with_columns(
            pl.when("truth").then(pl.lit("Y")).otherwise(pl.lit("N")).alias("label")
        )
        for row in clerical_review.estimates(sample).head(2).iter_rows(named=True):
            covered[row["measure"]].append(row["low"] <= true[row["measure"]] <= row["high"])
    assert np.mean(covered["precision"]) >= 0.85
    assert np.mean(covered["recall"]) >= 0.85


def test_wilson() -> None:
    assert clerical_review.wilson(40, 40) == pytest.approx((0.9124, 1.0), abs=1e-4)
    assert clerical_review.wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
