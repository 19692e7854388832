"""Clerical review: samples that repeat, labels that are checked, a report without values."""

import shutil
import stat
from itertools import product

import polars as pl
import pytest

from pipelines.linkage.run import refresh_crosswalk
from pipelines.linkage.store import Store
from pipelines.linkage_review import clerical_review
from pipelines.settings import Settings

from .cases import COLLEGE, K12, home, person

FIRST = ["Ana", "Boris", "Chue", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "Jun"]
LAST = ["Villalobos", "Kowalski", "Vang", "Ortega", "Nakamura", "Smith"]


@pytest.fixture(scope="module")
def linked(tmp_path_factory) -> Settings:
    rows = []
    for at, (first, last) in enumerate(product(FIRST, LAST)):
        name = {"first_name": first, "last_name": last}
        rows.append(person(K12, f"k{at}", state_id=f"S{at}", **name))
        rows.append(person(COLLEGE, f"c{at}", ssn=f"{912340000 + at}", **name))
    settings = home(tmp_path_factory.mktemp("linked"), rows)
    refresh_crosswalk(settings)
    return settings


@pytest.fixture
def settings(linked, tmp_path) -> Settings:
    """Return a copy of the linked home."""
    shutil.copytree(linked.identity, tmp_path / "identity")
    return Settings(home=tmp_path)


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
    analysis = clerical_review.ANALYSIS
    clerical_review.write_sample(store, 5)
    label(store)
    report = analysis.run(settings, str)
    assert report.schema == clerical_review.REPORT
    total = report.filter(measure="precision").row(0, named=True)
    assert total["estimate"] == 1
    assert total["low"] < 1 == total["high"]
    assert pl.read_parquet(analysis.path(settings)).equals(report)
    assert clerical_review.table(report).row_count == report.height


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
        clerical_review.ANALYSIS.run(settings, str)


def test_pairs_twice_or_of_another_sample_are_refused(settings, store) -> None:
    clerical_review.write_sample(store, 5)
    label(store)
    path = clerical_review.folder(store) / "labelled.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1], "Sffffff-0001" + lines[1][12:]]))
    with pytest.raises(clerical_review.CannotReview) as error:
        clerical_review.ANALYSIS.run(settings, str)
    assert "there twice" in str(error.value)
    assert "not of this sample" in str(error.value)
    assert "ANA" not in str(error.value)


def test_a_missing_file_is_an_error(settings, store) -> None:
    with pytest.raises(clerical_review.CannotReview, match="pathways linkage review-sample"):
        clerical_review.ANALYSIS.run(settings, str)
    clerical_review.write_sample(store, 5)
    with pytest.raises(clerical_review.CannotReview, match="Copy sample"):
        clerical_review.ANALYSIS.run(settings, str)
