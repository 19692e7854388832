"""The synthetic state in agencies' layouts gives the rows that it gives in contract form.

What a layout loses is set blank in the contract form first, and is listed here: the list is the
one of the layout's YAML.
"""

import re
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.intake.deliveries import find_deliveries, landed_periods, received
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import read_text
from pipelines.intake.validate import judge
from pipelines.settings import PROJECT
from sample_data.agencies.write import LAYOUTS as WRITTEN
from sample_data.agencies.write import rewrite
from schemas import FEEDS
from schemas.layouts.model import LAYOUTS

SAMPLE = PROJECT / "sample_data" / "sample" / "landing"
PERIODS = {"2020-21", "2021-22", "2024-25", "2021Q1"}
FEEDS_WRITTEN = {feed for feeds, *_ in WRITTEN.values() for feed in feeds}


def known(rows: pl.DataFrame, submitter: str, period: str) -> pl.DataFrame:
    """Return delivered rows with whom they are from, as the gate judges them."""
    of = {"submitter": submitter, "period": period, "delivery_sha256": "0"}
    return rows.with_columns(**{name: pl.lit(value) for name, value in of.items()})


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """The committed sample's accepted rows of some periods, as clean contract files."""
    out = tmp_path_factory.mktemp("state")
    texts: dict[str, list[pl.DataFrame]] = {}
    for path in sorted(SAMPLE.glob("*/*/*.csv")):
        name, period = path.parts[-3:-1]
        if name in {*FEEDS_WRITTEN, "institution"} and period in PERIODS:
            with suppress(FileRefused):
                text = read_text(received(path, name, period), FEEDS[name]).rows
                texts.setdefault(name, []).append(known(text, path.stem, period))
    key = ["period", "submitter", "row_number"]
    for name, of_feed in texts.items():
        rows = pl.concat(of_feed)
        good = rows.join(judge(rows, FEEDS[name]).accepted, on=key, how="semi")
        for (period, submitter), clean in good.group_by("period", "submitter", maintain_order=True):
            path = out / "landing" / name / str(period) / f"{submitter}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            clean.select(*FEEDS[name].dtypes).write_csv(path)
    return out


@pytest.fixture(scope="module")
def written(state, tmp_path_factory):
    """A function that gives a landing folder with a layout's files in place of contract files."""

    @cache
    def of(name: str) -> Path:
        home = tmp_path_factory.mktemp("written")
        shutil.copytree(state, home, dirs_exist_ok=True)
        assert rewrite(home, name)
        return home / "landing"

    return of


@cache
def deliveries(landing, feed):
    """Return all deliveries of a feed with their text."""
    found = [
        one
        for period in landed_periods(landing, FEEDS[feed])
        for one in find_deliveries(landing, FEEDS[feed], period)
    ]
    return [(one, read_text(one, FEEDS[feed])) for one in found]


def accepted(landing, feed) -> pl.DataFrame:
    """Return the accepted rows of all deliveries of a feed that are in a layout."""
    parts = []
    for delivery, text in deliveries(landing, feed):
        if text.origins is None:
            continue
        rows = known(text.rows, delivery.submitter, delivery.period)
        verdict = judge(rows, text.form(delivery, FEEDS[feed]))
        assert verdict.quarantined.is_empty(), verdict.quarantined["_reasons"].to_list()[:3]
        parts.append(verdict.accepted.select(*FEEDS[feed].dtypes))
    return pl.concat(parts)


@cache
def contract(state, feed) -> pl.DataFrame:
    """Return the accepted rows of the same state in contract form."""
    parts = (known(t.rows, d.submitter, d.period) for d, t in deliveries(state / "landing", feed))
    return judge(pl.concat(parts), FEEDS[feed]).accepted.select(*FEEDS[feed].dtypes)


def of_type(state, rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Return rows of one type of institution."""
    register = contract(state, "institution").filter(pl.col("institution_type_code") == kind)
    return rows.join(register.select("institution_id").unique(), on="institution_id", how="semi")


def as_lost(name: str, feed: str, rows: pl.DataFrame, state) -> pl.DataFrame:
    """Return contract rows with what a layout loses set as its YAML says."""
    if name == "calpads":
        return _calpads(feed, rows)
    if name == "mis":
        rows = of_type(state, rows, "COMMUNITY_COLLEGE")
        number = pl.coalesce("ssn", "local_student_id")
        return rows.with_columns(local_student_id=number)
    if name == "studenttracker":
        rows = of_type(state, rows, "UNIVERSITY").filter(pl.col("state_student_id").is_not_null())
    return rows


def _calpads(feed: str, rows: pl.DataFrame) -> pl.DataFrame:
    if feed == "k12_pathway":
        return rows.filter(pl.col("pathway_completion_academic_year").is_not_null())
    if feed == "work_based_learning":
        return rows.with_columns(
            opportunity_id=pl.when(pl.col("wbl_type_code") == "10").then("opportunity_id")
        )
    # SINF says who a student is once a year, and a program is of the year too.
    student = pl.struct("district_id", "academic_year", "state_student_id")
    last = ("first_name", "last_name", "birth_date", "gender_code", "race_ethnicity_code",
            "is_english_learner")  # fmt: skip
    flags = ("is_economically_disadvantaged", "has_disability", "is_foster", "is_homeless")
    rows = rows.with_columns(
        *(pl.col(one).sort_by("enrollment_entry_date").last().over(student) for one in last),
        *(pl.col(one).any().over(student) for one in flags),
    )
    place = pl.struct("district_id", "academic_year")
    return rows.with_columns(
        pl.when(pl.col(one).any().over(place)).then(one) for one in ("has_disability", "is_foster")
    )


CASES = [(name, feed) for name, (feeds, *_) in WRITTEN.items() for feed in feeds]


@pytest.mark.parametrize(("name", "feed"), CASES)
def test_a_layout_gives_the_rows_of_the_contract_form(state, written, name, feed) -> None:
    rows = LAYOUTS[name].feeds[feed]
    found = accepted(written(name), feed)
    expected = as_lost(name, feed, contract(state, feed), state)
    lost = [one for one in rows.blank if one not in rows.columns]
    expected = expected.with_columns(pl.lit(None, expected.schema[one]).alias(one) for one in lost)
    if feed == "credential" and name == "mis":
        # The birth date is of a record SB of the same delivery.
        expected = expected.with_columns(birth_date=pl.lit(None, pl.Date))
        found = found.with_columns(birth_date=pl.lit(None, pl.Date))
        expected = expected.with_columns(ssn=pl.lit(None, pl.String))
        found = found.with_columns(ssn=pl.lit(None, pl.String))
    assert found.height == expected.height > 0
    order = expected.columns
    assert_frame_equal(found.sort(order), expected.sort(order))


@pytest.mark.parametrize(("name", "feed"), CASES)
def test_every_record_of_every_file_has_one_fate(written, name, feed) -> None:
    for _, text in deliveries(written(name), feed):
        if text.origins is None:
            continue
        half = text.rows.filter(pl.col("row_number") % 2 == 0)
        for sentence in text.fates(half):
            of, used, bad, other = map(int, re.findall(r"\d+", sentence.partition("):")[2]))
            assert of == used + bad + other


@pytest.mark.parametrize("name", WRITTEN)
def test_a_layouts_losses_are_said(name: str) -> None:
    for feed, rows in LAYOUTS[name].feeds.items():
        assert {*rows.columns, *rows.blank} >= {*FEEDS[feed].dtypes}
        assert all(rows.blank.values())
        assert all(rows.fills.values())
