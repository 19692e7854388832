"""A state in agencies' layouts, from the command that writes it to the release."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.intake.accept import accept, write_schema
from pipelines.intake.deliveries import landed_periods
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import PROJECT
from sample_data.agencies.write import CLEARINGHOUSE
from sample_data.agencies.write import LAYOUTS as WRITTEN
from schemas import FEEDS
from schemas.layouts.feed import layout_feed
from schemas.layouts.model import LAYOUTS
from tests.contracts.sample_data.test_agencies import as_lost, contract
from tests.pipeline.conftest import Home
from tests.pipeline.conftest import new_home as new_home
from tests.pipeline.conftest import opened as opened

STATE = ("--students", "200", "--seed", "7", "--dirt", "none", "--workers", "1", "--quiet")
Homes = Callable[[str], Home]


def write_state(home: Path, *options: str) -> None:
    """Write a clean state as the command does, and the key by which ids are made."""
    command = (sys.executable, "-m", "sample_data", "--out", str(home), *STATE, *options)
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    (home / "token_key").touch(mode=0o600)
    (home / "token_key").write_text("a key for tests, which is the same each time")


@pytest.fixture(autouse=True)
def _drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATHWAYS_ALLOW_DRAFT_LAYOUTS", "1")


@contextmanager
def admitting(*names: str) -> Iterator[None]:
    """Let contract files have the blanks that rows of layouts have."""
    forms = [(FEEDS[feed], name) for name in names for feed in WRITTEN[name][0]]
    for feed, name in forms:
        form = layout_feed(feed, name)
        feed.__dict__.update(schema=form.schema, is_dated=form.is_dated)
    try:
        yield
    finally:
        for feed, _ in forms:
            for one in ("schema", "is_dated"):
                feed.__dict__.pop(one, None)


def lose(home: Path, name: str) -> None:
    """Put contract files with blanks for what a layout loses in the place of contract files."""
    feeds, types, _ = WRITTEN[name]
    rows = {feed: as_lost(name, feed, contract(home, feed), home) for feed in feeds}
    if name == "mis":
        rows["credential"] = _known_by_basic_records(rows)
    register = contract(home, "institution").filter(pl.col("institution_type_code").is_in(types))
    members = set(register["institution_id"])
    for feed in feeds:
        for path in (home / "landing" / feed).glob("*/*.csv"):
            if not types or path.stem in members:
                path.unlink()
        spec, period = LAYOUTS[name].feeds[feed], FEEDS[feed].period_kind.value
        lost = [one for one in spec.blank if one not in spec.columns]
        blank = rows[feed].with_columns(
            pl.selectors.boolean().replace_strict({True: "Y", False: "N"}, return_dtype=pl.String)
        )
        blank = blank.with_columns(pl.lit(None).alias(one) for one in lost)
        by = {"studenttracker": pl.lit(CLEARINGHOUSE), "wage_record": pl.lit("workforce_agency")}
        place = "institution_id" if name == "mis" else "district_id"
        submitter = by.get(name, pl.col(place) if place in blank.columns else pl.lit(""))
        parts = blank.with_columns(_by=submitter).partition_by(period, "_by", as_dict=True)
        for (year, one), part in parts.items():
            path = home / "landing" / feed / str(year) / f"{one}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            part.drop("_by").write_csv(path)


def _known_by_basic_records(rows: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return awards with SSN and birth date where the college has the student in the year."""
    keys = ["academic_year", "institution_id", "local_student_id"]
    students = pl.concat(
        rows[feed].select(*keys, "term_id", "ssn", "birth_date")
        for feed in ("college_enrollment", "dual_enrollment")
    )
    last = students.sort("term_id").unique(keys, keep="last").drop("term_id")
    columns = rows["credential"].columns
    awards = rows["credential"].drop("ssn", "birth_date").join(last, on=keys, how="left")
    return awards.select(columns)


def accepted(home: Home, feed: str) -> pl.DataFrame:
    """Return a feed's accepted rows without where they stood."""
    files = sorted((home.settings.accepted / feed).glob("period=*.parquet"))
    rows = pl.concat(pl.read_parquet(file, hive_partitioning=False) for file in files)
    of_layout = FEEDS[feed].beside
    rows = rows.drop("record_id", "delivery_sha256", "row_number", *of_layout, strict=False)
    return rows.sort(rows.columns)


def people(home: Home) -> pl.DataFrame:
    """Return the crosswalk."""
    rows = pl.read_parquet(home.settings.root / "identity" / "person_crosswalk.parquet")
    return rows.sort("source", "source_person_key")


def table(home: Home, name: str) -> pl.DataFrame:
    """Return a table of the current release."""
    warehouse = home.settings.releases / "current" / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.sql(f"select * from {name}").pl()
    return rows.sort(rows.columns)


def gate_and_link(home: Home) -> None:
    """Take what landed through the gate, and link it."""
    for feed in FEEDS.values():
        write_schema(home.settings, feed)
        accept(home.settings, feed, landed_periods(home.settings.landing, feed))
    refresh_crosswalk(home.settings, full=True)


def is_the_same(own: Home, blank: Home, *names: str) -> None:
    for feed in (feed for name in names for feed in WRITTEN[name][0]):
        assert_frame_equal(accepted(own, feed), accepted(blank, feed))
    assert_frame_equal(people(own), people(blank))


@pytest.mark.parametrize("name", WRITTEN)
def test_a_state_in_a_layout_has_the_rows_and_people_of_its_contract_form(
    name: str, new_home: Homes
) -> None:
    own, blank = new_home(f"{name}_own"), new_home(f"{name}_blank")
    write_state(own.path, "--as", name)
    write_state(blank.path)
    lose(blank.path, name)
    gate_and_link(own)
    with admitting(name):
        gate_and_link(blank)
    is_the_same(own, blank, name)


@pytest.mark.parametrize("names", [("calpads", "studenttracker", "wage_record"), ("mis",)])
def test_a_state_in_layouts_has_the_metrics_of_its_contract_form(
    names: tuple[str, ...], new_home: Homes
) -> None:
    """MIS stands alone: without names it links nobody, and would leave the others little to do."""
    own, blank = new_home("own"), new_home("blank")
    write_state(own.path, *(f"--as={name}" for name in names))
    write_state(blank.path)
    for name in names:
        lose(blank.path, name)
    assert own.refresh().success, own.printed.getvalue()[-2000:]
    with admitting(*names):
        assert blank.refresh().success, blank.printed.getvalue()[-2000:]
    is_the_same(own, blank, *names)
    for one in ("metrics.metric_value", "metrics.metric_equity", "metrics.funnel"):
        assert_frame_equal(table(own, one), table(blank, one))
    assert table(own, "metrics.metric_value").height > 1000


def _report(rows: pl.DataFrame, *, graduated: str, **own: pl.Expr) -> pl.DataFrame:
    titles = {
        "First Name": "first_name",
        "Last Name": "last_name",
        "Your Unique Identifier": "state_student_id",
    }
    return rows.select(
        *(pl.col(column).alias(title) for title, column in titles.items()),
        *(value.alias(title.replace("_", " ")) for title, value in own.items()),
        **{
            "Requester Return Field": pl.format("_{}_", "state_student_id"),
            "Record Found Y/N": pl.lit("Y"),
            "Search Date": pl.lit("20260901"),
            "College Name": pl.lit("INVENTED"),
            "Enrollment Status": pl.lit("F"),
            "Graduated?": pl.lit(graduated),
            "College Sequence": pl.lit("1"),
        },
    )


def _known(home: Path, feed: str) -> pl.DataFrame:
    """Return what landed of a feed, with whose each row truly is."""
    files = sorted((home / "landing" / feed).glob("*/*.csv"))
    rows = pl.concat(
        pl.read_csv(file, infer_schema=False).with_columns(
            period=pl.lit(file.parent.name),
            submitter=pl.lit(file.stem),
            row_number=pl.int_range(2, pl.len() + 2, dtype=pl.Int64),
        )
        for file in files
    )
    truth = pl.read_parquet(home / "truth" / "record" / f"{feed}.parquet").drop("feed")
    return rows.join(truth, on=["period", "submitter", "row_number"])


def land_report(home: Path) -> tuple[int, int]:
    """Deliver a StudentTracker report on one year, and return how many rows the colleges have too.

    Five graduates whom no college reports are at a four-year college in Nevada; what community
    colleges report of students and awards is in it as well.
    """
    year = "2020-21"
    read = {
        feed: _known(home, feed) for feed in ("k12_enrollment", "college_enrollment", "credential")
    }
    college = read["college_enrollment"].filter(pl.col("state_student_id").is_not_null())
    graduates = read["k12_enrollment"].filter(
        (pl.col("academic_year") == "2019-20") & (pl.col("completion_status_code") == "100")
    )
    went = pl.concat([read["college_enrollment"], read["credential"]], how="diagonal")
    gone = graduates.join(went, on="person_truth_id", how="anti").head(5)
    same = college.filter(
        (pl.col("academic_year") == year) & pl.col("term_id").str.ends_with("FA")
    ).head(20)
    awards = read["credential"].filter(
        (pl.col("academic_year") == year)
        & pl.col("state_student_id").is_not_null()
        & pl.col("award_type_code").is_in(["A", "S"])
    )
    here = {"College_State": pl.lit("CA"), "2-year / 4-year": pl.lit("2")}
    code = pl.format("{}-00", "institution_id")
    day = pl.col("award_date").str.replace_all("-", "")
    parts = [
        _report(
            gone, graduated="N", **{"College Code/Branch": pl.lit("002568-00")},
            College_State=pl.lit("NV"), **{"2-year / 4-year": pl.lit("4")},
            **{"Public / Private": pl.lit("Public"), "Enrollment Begin": pl.lit("20200824")},
        ),
        _report(
            same, graduated="N", **here,
            **{"College Code/Branch": code, "Enrollment Begin": pl.lit("20200820")},
        ),
        _report(
            awards, graduated="Y", **here, **{"College Code/Branch": code, "Graduation Date": day},
            **{"Degree Title": pl.lit("ASSOCIATE OF ARTS"), "Degree CIP 1": pl.lit("240101")},
            **{"Degree Major 1": pl.lit("GENERAL STUDIES")},
        ),
    ]  # fmt: skip
    assert gone.height == 5
    path = home / "landing" / "studenttracker" / year / "clearinghouse.csv"
    path.parent.mkdir(parents=True)
    report = pl.concat(parts, how="diagonal").with_columns(
        pl.lit(None, pl.String).alias(title)
        for title in ("Middle Initial", "Name Suffix", "Enrollment End")
    )
    pl.concat([report, report.head(3)]).write_csv(path)
    return same.height, awards.height


def college_going(home: Home) -> dict[str, int]:
    """Return how many of whom went to college within 12 months of completing high school."""
    values = table(home, "metrics.metric_value").filter(
        (pl.col("metric_id") == "college_going_rate")
        & (pl.col("region_scheme") == "statewide")
        & (pl.col("student_group") == "all")
        & (pl.col("dimension") == "all")
        & (pl.col("cohort_year") == "2019-20")
    )
    return dict(values.select("definition_version", "numerator").iter_rows())


def test_a_report_from_outside_adds_whom_colleges_do_not_have_and_nothing_twice(
    new_home: Homes,
) -> None:
    home = new_home("report")
    write_state(home.path)
    assert home.refresh().success, home.printed.getvalue()[-2000:]
    names = ("collaboration.momentum_point", "metrics.scff_success", "marts.dim_place")
    before, going = {name: table(home, name) for name in names}, college_going(home)
    n_terms, n_awards = land_report(home.path)
    assert home.refresh().success, home.printed.getvalue()[-2000:]
    of_nevada = table(home, "marts.dim_out_of_state_college").to_dicts()
    assert of_nevada == [
        {
            "institution_id": "002568",
            "state_code": "NV",
            "level_code": "4",
            "sector_code": "PUBLIC",
            "is_four_year": True,
        }
    ]
    more = {version: count - going[version] for version, count in college_going(home).items()}
    # One of the five completed high school in July, 13 months before.
    assert (more["12_months"], more["12_months_university"]) == (4, 4), more
    assert (more["16_months"], more["12_months_community_college"]) == (5, 0), more
    assert n_terms == 20
    assert n_awards
    for fact, n in (("fct_college_enrollment", n_terms), ("fct_credential", n_awards)):
        rows = table(home, f"marts.{fact}")
        twice = rows.filter(pl.col("record_id") != pl.col("counted_record_id"))
        counted = twice.join(rows, left_on="counted_record_id", right_on="record_id")
        assert twice.height == n
        assert counted.height == n
        assert (counted["person_id"] == counted["person_id_right"]).all()
    for name, rows in before.items():
        assert_frame_equal(table(home, name), rows)
