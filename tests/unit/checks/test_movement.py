"""Movement of metrics and linkage: bands worked by hand, and a case on either side of a bound."""

from math import log
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.checks import movement
from pipelines.checks.base import CheckInputs, read
from schemas.policy import POLICY
from tests.unit.checks.cases import current, inputs


def cell(values: dict[str, float], n: int = 1000, unit: str = "rate", **other: str) -> pl.DataFrame:
    same = {
        "metric_id": "m",
        "definition_version": "v1",
        "region_id": "statewide:California",
        "region_scheme": "statewide",
        "student_group": "all",
        "student_group_value": "all",
    } | other
    return pl.DataFrame(
        [
            {**same, "cohort_year": cohort, "unit": unit, "denominator": n, "value": value}
            for cohort, value in values.items()
        ],
        schema=movement.VALUE,
    )


STEADY = {"2015-16": 0.50, "2016-17": 0.51, "2017-18": 0.50, "2018-19": 0.51}


def test_a_band_is_four_standard_deviations_of_what_cohorts_or_samples_differ_by() -> None:
    history = [(0.50, 10**9), (0.52, 10**9), (0.48, 10**9)]
    wide = movement.band(history, 0.5, (10**9, 10**9), "rate")
    assert wide.width == pytest.approx(4 * ((0.02**2 + 0.04**2) / 2) ** 0.5)
    sampled = movement.band([], 0.5, (100, 400), "rate")
    assert sampled.width == pytest.approx(4 * (0.25 / 100 + 0.25 / 400) ** 0.5)
    assert movement.band([], 0.5, (10**9, 10**9), "rate").width == POLICY.least_movement
    dollars = movement.band([(100, 99), (110, 99), (100, 99)], 100, (99, 99), "usd")
    assert dollars.expected == pytest.approx(log(100))
    assert dollars.width == pytest.approx(4 * log(1.1))


def test_a_value_within_its_band_passes_and_one_beyond_is_a_finding_with_both_values() -> None:
    release = cell(STEADY, n=100_000)
    small = movement.moved_values(cell(STEADY | {"2018-19": 0.52}, n=100_000), release)
    assert small.passed
    assert small.summary == "none of 4 values moved beyond its band"
    moved = movement.moved_values(cell(STEADY | {"2018-19": 0.555}, n=100_000), release)
    [finding] = moved.findings
    assert (finding["value_before"], finding["value_now"]) == (0.51, 0.555)
    assert not moved.stops
    far = movement.moved_values(cell(STEADY | {"2018-19": 0.65}, n=100_000), release)
    assert far.stops
    allowed = movement.moved_values(
        cell(STEADY | {"2018-19": 0.65}, n=100_000), release, frozenset({"m"})
    )
    assert (allowed.passed, allowed.stops) == (False, False)


@pytest.mark.parametrize(
    ("step", "value", "stops"),
    [
        # A band of 1 point: 5 points stop. A band of 12 points: twice that stops.
        (0.0, 0.549, False),
        (0.0, 0.551, True),
        (0.03, 0.69, False),
        (0.03, 0.75, True),
    ],
)
def test_a_value_stops_five_points_and_two_bands_away(step, value, stops) -> None:
    history = {"2015-16": 0.5 + step, "2016-17": 0.5, "2017-18": 0.5 + step, "2018-19": 0.5}
    release = cell(history, n=1_000_000)
    result = movement.moved_values(cell(history | {"2018-19": value}, n=1_000_000), release)
    assert (result.passed, result.stops) == (False, stops)


def test_a_region_or_a_group_is_a_finding_and_does_not_stop() -> None:
    county = {"region_id": "county:06001", "region_scheme": "county"}
    for other in (county, {"student_group": "gender", "student_group_value": "F"}):
        result = movement.moved_values(
            cell(STEADY | {"2018-19": 0.9}, **other), cell(STEADY, **other)
        )
        assert (result.passed, result.stops) == (False, False)


def test_a_new_cohort_is_compared_with_the_one_before_once_there_is_a_history() -> None:
    release = cell(STEADY, n=100_000)
    jump = movement.moved_values(cell(STEADY | {"2019-20": 0.9}, n=100_000), release)
    assert [(f["cohort"], f["value_before"], f["value_now"]) for f in jump.findings] == [
        ("2019-20", 0.51, 0.9)
    ]
    assert jump.stops
    assert movement.moved_values(cell(STEADY | {"2019-20": 0.52}, n=100_000), release).passed
    two = dict(list(STEADY.items())[:2])
    assert movement.moved_values(cell(two | {"2017-18": 0.9}), cell(two)).passed


def test_a_published_value_that_is_gone_stops() -> None:
    gone = {cohort: value for cohort, value in STEADY.items() if cohort != "2016-17"}
    result = movement.moved_values(cell(gone), cell(STEADY))
    assert result.stops
    assert [(f["cohort"], f["value_now"]) for f in result.findings] == [("2016-17", None)]
    assert movement.moved_values(cell(gone, n=49), cell(STEADY, n=49)).passed


def test_few_people_and_no_release_are_not_judged() -> None:
    wild = cell(STEADY | {"2018-19": 0.99}, n=12)
    assert movement.moved_values(wild, cell(STEADY, n=12)).passed
    assert movement.moved_values(cell(STEADY), movement.VALUE.to_frame()).passed


def shifted(points: float) -> dict[str, float]:
    return {cohort: value + points for cohort, value in STEADY.items()}


@pytest.mark.parametrize(
    ("n", "points", "passed", "stops"),
    [
        # Of 4 x 30 people: a band of 5.8 points, of which two stop.
        (30, 0.05, True, False),
        (30, 0.07, False, False),
        (30, 0.11, False, False),
        (30, 0.12, False, True),
        # Of 4 x 399 people: 1.6 points, and 5 stop.
        (399, 0.015, True, False),
        (399, 0.049, False, False),
        (399, 0.051, False, True),
        # 4 x 12 people are fewer than fifty.
        (12, 0.4, True, False),
    ],
)
def test_cohorts_of_few_people_are_judged_together(n, points, passed, stops) -> None:
    result = movement.moved_values(cell(shifted(points), n=n), cell(STEADY, n=n))
    assert (result.passed, result.stops) == (passed, stops)
    if not passed:
        assert result.findings[0]["cohort"] == "2015-16 to 2018-19, pooled"
        assert result.findings[0]["people"] == 4 * n


def test_a_pooled_region_warns_and_large_cohorts_are_judged_alone() -> None:
    county = {"region_id": "county:06001", "region_scheme": "county"}
    region = movement.moved_values(cell(shifted(0.3), n=30, **county), cell(STEADY, n=30, **county))
    assert (region.passed, region.stops) == (False, False)
    assert movement.moved_values(cell(shifted(0.05), n=400), cell(STEADY, n=400)).passed


def test_pay_of_few_people_is_pooled_by_its_logarithm() -> None:
    pay = {"2015-16": 20_000.0, "2016-17": 20_400.0}
    release = cell(pay, n=30, unit="usd")
    half = {cohort: value / 2 for cohort, value in pay.items()}
    told = movement.moved_values(cell(half, n=30, unit="usd"), release)
    assert told.stops
    assert told.findings[0]["value_now"] == pytest.approx(10_100, abs=1)
    raised = {cohort: value * 1.1 for cohort, value in pay.items()}
    assert movement.moved_values(cell(raised, n=30, unit="usd"), release).passed


def test_cohorts_of_few_people_that_are_gone_together_stop() -> None:
    result = movement.moved_values(cell({"2018-19": 0.51}, n=20), cell(STEADY, n=20))
    assert result.stops
    assert [(f["cohort"], f["value_now"], f["people"]) for f in result.findings] == [
        ("2015-16 to 2017-18, pooled", None, 60)
    ]


def test_a_movement_that_stops_names_the_deliveries_that_changed(tmp_path: Path) -> None:
    given = built(tmp_path, 0.9)
    result = movement.metric_movement(given)
    assert result.stops
    named = "wage/2018Q4/edd.csv (10 rows, 90 before), wage/2019Q1/edd.csv (7 rows, new)"
    assert result.summary.endswith(f"too far: m v1; changed since the release: {named}")
    assert result.findings[0]["changed_deliveries"] == named
    assert movement.metric_movement(built(tmp_path / "same", 0.5)).passed


def built(home: Path, value: float) -> CheckInputs:
    """Return what the check reads of a release of 0.5 and a build of another value."""
    home.mkdir(exist_ok=True)
    columns = ", ".join(f"{name} {_SQL[dtype]}" for name, dtype in movement.VALUE.items())
    for name, rate in (("build.duckdb", value), ("release.duckdb", 0.5)):
        with duckdb.connect(str(home / name)) as connection:
            connection.execute("create schema metrics; create schema reference")
            connection.execute("create table reference.region_scheme (scheme text, is_narrow bool)")
            connection.execute(
                f"create table metrics.metric_value ({columns}, is_complete bool default true, "
                "dimension text default 'all', attribution text default 'school')"
            )
            rows = cell(dict.fromkeys(STEADY, rate), n=100_000)
            connection.register("rows", rows.to_arrow())
            connection.execute("insert into metrics.metric_value by name select * from rows")
            connection.execute(
                "create table metrics.metric_completeness as select distinct metric_id, "
                "definition_version, cohort_year, attribution, region_id, is_complete, "
                "null as reason, null as awaited from metrics.metric_value"
            )
    with duckdb.connect(str(home / "unreleased.duckdb")) as connection:
        connection.execute("create schema intermediate")
        connection.execute(
            "create table intermediate.int_feed__metric_window as "
            "select 'm' as metric_id, 'v1' as definition_version, 'wage' as feed"
        )
    rows = (
        ("wage", "2018Q4", "new", 10),
        ("wage", "2019Q1", "first", 7),
        ("wage", "2017Q4", "s", 5),
    )
    records = pl.DataFrame(
        [
            {
                "feed": feed, "period": period, "file_name": "edd.csv", "submitter": "edd",
                "delivery_sha256": sha, "accepted_rows": n, "is_current": True,
            }
            for feed, period, sha, n in (*rows, ("credential", "2018-19", "new", 900))
        ]
    )  # fmt: skip
    released = [("2018Q4", "old", 90), ("2017Q4", "s", 5)]
    manifest = {
        "deliveries": [
            {"feed": "wage", "period": period, "file_name": "edd.csv", "delivery_sha256": sha,
             "accepted_rows": n}
            for period, sha, n in released
        ]
    }  # fmt: skip
    return inputs(records, home=home, manifest=manifest, warehouse=home / "release.duckdb")


_SQL = {pl.String: "text", pl.Int64: "bigint", pl.Float64: "double"}


def test_medians_are_compared_by_their_ratio() -> None:
    pay = {"2015-16": 20_000.0, "2016-17": 20_400.0, "2017-18": 20_100.0, "2018-19": 20_500.0}
    release = cell(pay, unit="usd")
    assert movement.moved_values(cell(pay | {"2018-19": 21_000.0}, unit="usd"), release).passed
    assert movement.moved_values(cell(pay | {"2018-19": 2_100.0}, unit="usd"), release).stops


def rates(rate: float, expected: bool = True, n: int = 10_000) -> pl.DataFrame:
    return pl.DataFrame(
        [("k12_pathway", "k12_enrollment", expected, n, rate)],
        schema=movement.LINKAGE,
        orient="row",
    )


@pytest.mark.parametrize(
    ("now", "expected", "passed", "stops"),
    [
        (0.98, True, True, False),
        (0.96, True, False, False),
        (0.9, True, False, False),
        (0.88, True, False, True),
        (0.80, False, False, False),
        (1.0, True, True, False),
    ],
)
def test_a_drop_of_linkage_is_a_finding_and_a_deep_one_stops(now, expected, passed, stops) -> None:
    result = movement.dropped_rates(rates(now, expected), rates(0.99, expected))
    assert (result.passed, result.stops) == (passed, stops)
    if stops:
        assert not movement.dropped_rates(rates(now), rates(0.99), may_drop=True).stops


def test_a_drop_that_sampling_explains_passes() -> None:
    assert movement.dropped_rates(rates(0.85, n=60), rates(0.95, n=60)).passed
    assert movement.dropped_rates(rates(0.1), movement.LINKAGE.to_frame()).passed


def test_an_older_release_without_the_table_has_nothing_to_compare_and_a_build_fails(
    tmp_path: Path,
) -> None:
    schema = pl.Schema({"n": pl.Int64})
    old, build = tmp_path / "old.duckdb", tmp_path / "build.duckdb"
    duckdb.connect(str(old)).close()
    with duckdb.connect(str(build)) as connection:
        connection.execute("create table counts as select 1 as n")
    asked = inputs(current(), home=tmp_path, warehouse=old)

    def counts(file: Path) -> pl.DataFrame:
        return read(file, "select n from counts", schema)

    assert [frame.height for frame in movement._build_and_release(asked, counts)] == [1, 0]
    build.unlink()
    old.rename(build)
    # A build lacks it by a mistake alone.
    with pytest.raises(duckdb.CatalogException):
        movement._build_and_release(asked, counts)


def test_cells_that_are_the_same_count_as_compared_as_if_they_were_looked_at() -> None:
    """A nudge of each cell's first cohort, far within its band, has every row looked at."""
    sizes = (POLICY.pooled_below * 2, POLICY.least_people, POLICY.least_people - 1)
    release = pl.concat(
        cell(STEADY | {"2019-20": value}, n=n, unit=unit, region_id=f"{n} {unit} {value}")
        for n in sizes
        for unit, value in (("rate", 0.5), ("usd", 0.5), ("usd", -1.0), ("rate", 0.0))
    )
    nudge = pl.when(pl.col("cohort_year") == "2015-16").then(1e-12).otherwise(0.0)
    same = movement.moved_values(release, release)
    nudged = movement.moved_values(release.with_columns(pl.col("value") + nudge), release)
    assert same == nudged
    assert same.summary.startswith("none of ")
