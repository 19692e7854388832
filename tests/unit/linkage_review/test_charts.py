"""Charts of the model: what it expects by threshold."""

import polars as pl
import pytest

from pipelines.linkage_review import charts


def test_expected_precision_and_recall() -> None:
    curve = charts.expected(pl.Series([0.6, 0.9, 1.0]))
    at = curve.filter(pl.col("threshold").is_between(0.795, 0.805)).row(0, named=True)
    assert at["precision"] == pytest.approx(0.95)
    assert at["recall"] == pytest.approx(1.9 / 2.5)
