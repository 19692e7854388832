"""Review by hand: samples that repeat, labels that are checked, estimates that cover the truth."""

import random
import stat

import numpy as np
import polars as pl
import pytest

from pipelines.linkage.run import Store, refresh_crosswalk
from pipelines.linkage_review import clerical_review
from pipelines.settings import Settings

from .linkage_cases import home, person

FIRST = ["Ana", "Boris", "Chue", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jun"]
LAST = ["Villalobos", "Kowalski", "Vang", "Ortega", "Nakamura", "Smith"]


@pytest.fixture
def settings(tmp_path) -> Settings:
    people = [(first, last) for first in FIRST for last in LAST]
    rows = [
        row
        for at, (first, last) in enumerate(people)
        for row in (
            person("k12_enrollment", f"k{at}", f"S{at}", None, first, last),
            person("college_enrollment", f"c{at}", None, f"{912340000 + at}", first, last),
        )
    ]
    settings = home(tmp_path, rows)
    refresh_crosswalk(settings)
    return settings


@pytest.fixture
def store(settings) -> Store:
    return Store(settings.identity)


def label(store: Store, labels: dict[int, str] | None = None, default: str = "Y") -> None:
    rows = pl.read_csv(clerical_review.folder(store) / "sample.csv", infer_schema=False)
    given = [(labels or {}).get(at, default) for at in range(rows.height)]
    labelled = rows.with_columns(pl.Series("same_person", given))
    labelled.write_csv(clerical_review.folder(store) / "labelled.csv")


def test_a_sample_repeats_is_private_and_hides_the_outcome(store) -> None:
    path = clerical_review.write_sample(store, 5)
    text = path.read_text()
    clerical_review.write_sample(store, 5)
    assert path.read_text() == text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    columns = pl.read_csv(path).columns
    assert columns[-1] == "same_person"
    assert not {"match_weight", "decision", "is_joined", "band"} & set(columns)


def test_labels_become_a_report_without_values(settings, store) -> None:
    clerical_review.write_schema(settings)
    assert pl.read_parquet(settings.linkage_review).equals(clerical_review.REPORT.to_frame())
    clerical_review.write_sample(store, 5)
    label(store)
    report = clerical_review.write_report(settings)
    assert report.schema == clerical_review.REPORT
    total = report.filter(measure="precision").row(0, named=True)
    assert total["estimate"] == 1
    assert total["low"] < 1 == total["high"]
    assert pl.read_parquet(settings.linkage_review).equals(report)
    assert clerical_review.table(report).row_count == report.height
    clerical_review.write_schema(settings)
    assert pl.read_parquet(settings.linkage_review).equals(report)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ({1: "maybe"}, "labelled.csv row 3: same_person must be Y, N"),
        (dict.fromkeys(range(999), "?"), "holds no Y or N for"),
    ],
)
def test_bad_labels_are_refused_by_file_row_and_rule(settings, store, labels, says) -> None:
    clerical_review.write_sample(store, 5)
    label(store, labels)
    with pytest.raises(clerical_review.CannotReview, match=says):
        clerical_review.write_report(settings)


def test_pairs_twice_or_of_another_sample_are_refused(settings, store) -> None:
    clerical_review.write_sample(store, 5)
    label(store)
    path = clerical_review.folder(store) / "labelled.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1], "Sffffff-0001" + lines[1][12:]]))
    with pytest.raises(clerical_review.CannotReview) as error:
        clerical_review.write_report(settings)
    assert "there twice" in str(error.value)
    assert "not of this sample" in str(error.value)
    assert "ANA" not in str(error.value)


def test_a_missing_file_is_said(settings, store) -> None:
    with pytest.raises(clerical_review.CannotReview, match="pathways linkage review-sample"):
        clerical_review.write_report(settings)
    clerical_review.write_sample(store, 5)
    with pytest.raises(clerical_review.CannotReview, match="Copy sample"):
        clerical_review.write_report(settings)


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
        schema=["record_l", "record_r", "band", "is_joined", "truth"],
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
