"""Every check: a case that passes, cases that fail it, and bounds worked by hand."""

import signal
from datetime import date
from math import log
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.checks import drift, movement, references, volume
from pipelines.checks.base import CHECKS
from schemas import FEEDS

WAGE, K12 = FEEDS["wage"], FEEDS["k12_enrollment"]


def ledger(*rows: tuple, feed: str = "k12_enrollment") -> pl.DataFrame:
    """Return a ledger of ``period, submitter, accepted rows, sha, in force, received``."""
    return pl.DataFrame(
        [
            {
                "feed": feed,
                "period": period,
                "submitter": submitter,
                "accepted_rows": accepted,
                "delivery_sha256": sha,
                "in_force": in_force,
                "received_at": received,
                "status": "accepted",
            }
            for period, submitter, accepted, sha, in_force, received in rows
        ],
        schema_overrides={"in_force": pl.Boolean},
    )


def in_force(*rows: tuple[str, str, int], feed: str = "k12_enrollment") -> pl.DataFrame:
    return ledger(*((p, s, n, f"{p}{s}", True, 1) for p, s, n in rows), feed=feed)


# Row floors.


@pytest.mark.parametrize(
    ("feed", "accepted", "passed"),
    [("wage", 10, True), ("wage", 9, False), ("k12_enrollment", 1, True)],
)
def test_a_period_has_its_floor_of_rows(feed: str, accepted: int, passed: bool) -> None:
    rows = in_force(("a", "x", accepted), ("b", "x", 500), feed=feed)
    found = volume.row_floor(FEEDS[feed], rows, may_lose=False)
    assert found.passed is passed
    assert found.stops is not passed


def test_an_emptied_period_is_below_any_floor_unless_it_may_lose() -> None:
    rows = in_force(("2018-19", "x", 0), ("2018-19", "y", 0), ("2019-20", "x", 3))
    found = volume.row_floor(K12, rows, may_lose=False)
    assert found.findings == [{"period": "2018-19", "accepted_rows": 0, "floor": 1}]
    assert found.stops
    allowed = volume.row_floor(K12, rows, may_lose=True)
    assert not allowed.passed
    assert not allowed.stops


# Drops by submitter.


def correction(accepted: int, before: int = 100) -> pl.DataFrame:
    return ledger(
        ("2018-19", "x", 900, "oldest", False, 1),
        ("2018-19", "x", before, "old", False, 2),
        ("2018-19", "x", accepted, "new", True, 3),
    )


@pytest.mark.parametrize(
    ("accepted", "before", "passed"), [(50, 100, True), (49, 100, False), (1, 49, True)]
)
def test_a_correction_is_held_against_what_it_replaces(accepted, before, passed) -> None:
    found = volume.rows_by_submitter(K12, correction(accepted, before), frozenset(), False)
    assert found.passed is passed
    assert found.stops is not passed
    if not passed:
        [finding] = found.findings
        assert finding["rows_before"] == 100
        assert finding["held_against"] == "the delivery it replaces"


def test_a_drop_that_is_allowed_or_already_released_stops_nothing() -> None:
    allowed = volume.rows_by_submitter(K12, correction(1), frozenset(), may_lose=True)
    assert (allowed.passed, allowed.stops) == (False, False)
    released = frozenset({("2018-19", "new")})
    assert volume.rows_by_submitter(K12, correction(1), released, may_lose=False).passed


def test_a_smaller_year_warns_and_does_not_stop() -> None:
    rows = in_force(("2017-18", "x", 100), ("2018-19", "x", 49), ("2018-19", "y", 1))
    found = volume.rows_by_submitter(K12, rows, frozenset(), may_lose=False)
    assert [f["held_against"] for f in found.findings] == ["the delivery for 2017-18"]
    assert not found.stops
    held = in_force(("2017-18", "x", 100), ("2018-19", "x", 50))
    assert volume.rows_by_submitter(K12, held, frozenset(), may_lose=False).passed


# What is due.


@pytest.mark.parametrize(
    ("feed", "day", "due"),
    [
        ("wage", date(2024, 7, 3), "2023Q4"),
        ("wage", date(2024, 7, 2), "2023Q3"),
        ("k12_enrollment", date(2024, 10, 28), "2023-24"),
        ("k12_enrollment", date(2024, 10, 27), "2022-23"),
    ],
)
def test_a_period_is_due_some_days_after_its_end(feed: str, day: date, due: str) -> None:
    assert volume.last_due(FEEDS[feed], day) == due


def test_who_delivered_last_time_is_expected_this_time() -> None:
    day = date(2024, 12, 1)
    rows = in_force(("2022-23", "x", 9), ("2022-23", "y", 9), ("2023-24", "x", 9))
    found = volume.delivered_on_time(K12, rows, day)
    assert [f["submitter"] for f in found.findings] == ["y"]
    assert not found.stops
    both = in_force(
        ("2022-23", "x", 9), ("2022-23", "y", 9), ("2023-24", "x", 9), ("2023-24", "y", 9)
    )
    assert volume.delivered_on_time(K12, both, day).passed
    long_ago = in_force(("2019-20", "x", 9), ("2018-19", "z", 9))
    assert [f["submitter"] for f in volume.delivered_on_time(K12, long_ago, day).findings] == ["x"]
    assert volume.delivered_on_time(K12, rows.clear(), day).passed


# Drift.


def test_the_index_is_the_sum_it_is_defined_as() -> None:
    found, bound = drift.index({"a": 300, "b": 100}, {"a": 100, "b": 300})
    p, q = 300.5 / 401, 100.5 / 401
    assert found == pytest.approx(2 * (p - q) * log(p / q))
    assert bound == drift.LARGE_SHIFT
    same, _ = drift.index({"a": 300, "b": 100}, {"a": 30, "b": 10})
    assert same < 0.001


def test_the_bound_grows_where_samples_are_thin() -> None:
    # Chi square with 9 degrees of freedom has its 0.9999 quantile at 33.72; the approximation is
    # 1.4 % above it there.
    counts = {str(n): 10 for n in range(10)}
    _, bound = drift.index(counts, counts)
    assert bound == pytest.approx(33.72 * 2 / 105, rel=0.015)


def profile(values: dict[str | None, int], period: str = "2019-20", submitter: str = "x"):
    return pl.DataFrame(
        [(period, submitter, "exit_code", value, n) for value, n in values.items()],
        schema=drift.PROFILE,
        orient="row",
    )


def test_a_column_that_moved_is_found_and_one_that_did_not_is_not() -> None:
    then = profile({"E155": 800, "T160": 150, None: 50})
    moved = drift.shifts(profile({"E155": 100, "T160": 850, None: 50}), then)
    assert {s.scope for s in moved} == {"all new deliveries", "x 2019-20"}
    assert [f["column"] for f in drift.drifted(moved).findings] == ["exit_code"] * 2
    assert drift.emptied(moved).passed
    kept = drift.shifts(profile({"E155": 410, "T160": 70, None: 20}), then)
    assert drift.drifted(kept).passed
    assert drift.emptied(kept).passed
    assert not drift.drifted(kept).stops


def test_a_column_that_is_emptied_is_found() -> None:
    then = profile({"E155": 800, "T160": 150, None: 50})
    emptied = drift.shifts(profile({"E155": 200, "T160": 40, None: 760}), then)
    assert drift.drifted(emptied).passed
    [finding, _] = drift.emptied(emptied).findings
    assert (finding["empty_now"], finding["empty_then"]) == (0.76, 0.05)
    wholly = drift.shifts(profile({None: 500}), then)
    assert not drift.emptied(wholly).passed


def test_few_rows_are_not_judged() -> None:
    few = profile({"E155": 99})
    assert drift.shifts(few, profile({"T160": 900})) == []
    assert drift.drifted([]).passed
    assert drift.emptied([]).passed


def test_a_new_delivery_is_held_against_its_submitter_in_the_release(tmp_path: Path) -> None:
    """A released year of 200 in ninth grade; a new year of 200 in twelfth; another district."""
    warehouse = tmp_path / "warehouse.duckdb"
    columns = [n for n in drift.COLUMNS["k12_enrollment"] if n != "grade_level"]
    rest = ", ".join(f"'N' as {name}" for name in columns)

    def rows(year: str, grade: int, submitter: str) -> str:
        return (
            f"select '{year}' as academic_year, '{submitter}' as submitter, "
            f"{grade} as grade_level, {rest} from range(200)"
        )

    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            f"create table marts.fct_k12_enrollment as {rows('2017-18', 9, 'x')} union all "
            f"{rows('2018-19', 9, 'x')}"
        )
        for year, grade, submitter in (
            ("2018-19", 9, "x"),
            ("2019-20", 12, "x"),
            ("2019-20", 12, "y"),
        ):
            path = tmp_path / "accepted/k12_enrollment" / f"period={year}" / f"{submitter}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"copy ({rows(year, grade, submitter)}) to '{path}'")
    records = ledger(
        ("2018-19", "x", 200, "old", True, 1),
        ("2019-20", "x", 200, "new", True, 1),
        ("2019-20", "y", 200, "other", True, 1),
    )
    released = [{"feed": "k12_enrollment", "period": "2018-19", "delivery_sha256": "old"}]
    found = drift.compare(K12, tmp_path / "accepted", warehouse, released, records)
    assert {s.scope for s in found} == {"all new deliveries", "x 2019-20"}
    assert {s.column for s in found if s.is_drift} == {"grade_level"}
    # Nothing is new once it is released, and there is nothing to compare with before a release.
    everything = [
        {"feed": "k12_enrollment", "period": p, "delivery_sha256": s}
        for p, s in (("2018-19", "old"), ("2019-20", "new"), ("2019-20", "other"))
    ]
    assert drift.compare(K12, tmp_path / "accepted", warehouse, everything, records) == []
    assert drift.compare(K12, tmp_path / "accepted", None, [], records) == []
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table marts.fct_k12_enrollment rename to an_older_name")
    assert drift.compare(K12, tmp_path / "accepted", warehouse, released, records) == []


def test_the_profile_of_a_whole_state_ends() -> None:
    """At 800,000 rows of 5,000 submitters a streamed union waited for ever."""

    def ring(*_: object) -> None:
        raise TimeoutError

    columns = ", ".join(f"i // 5000 % 3 as {name}" for name in drift.COLUMNS["k12_enrollment"])
    state = (
        f"select '2018-19' as academic_year, i % 5000 as submitter, {columns} from range(?) as t(i)"
    )
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(60)
    try:
        with duckdb.connect() as connection:
            found = drift.profile(connection, K12, state, [800_000])
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert len(found) == 3 * 5000 * len(drift.COLUMNS["k12_enrollment"])
    assert found["row_count"].sum() == 800_000 * len(drift.COLUMNS["k12_enrollment"])


# References between feeds.


def accept(root: Path, feed: str, period: str, rows: dict[str, list]) -> None:
    path = root / feed / f"period={period}" / "x.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = FEEDS[feed].period_kind.value
    pl.DataFrame(rows).with_columns(pl.lit(period).alias(kind)).write_parquet(path)


REFERENCE = references.REFERENCES[0]


def pathway(root: Path, enrolled: int, of: int = 100, period: str = "2018-19") -> list:
    accept(root, "k12_pathway", period, {"source_person_key": [str(n) for n in range(of)]})
    accept(
        root, "k12_enrollment", "2018-19", {"source_person_key": [str(n) for n in range(enrolled)]}
    )
    return references.look_up(root, REFERENCE)


@pytest.mark.parametrize(
    ("enrolled", "passed", "stops"), [(95, True, False), (94, False, False), (74, False, True)]
)
def test_students_of_pathways_are_enrolled(tmp_path: Path, enrolled, passed, stops) -> None:
    [found] = pathway(tmp_path, enrolled)
    assert (found.rows, found.found) == (100, enrolled)
    outcome = references.references_found([found])
    assert (outcome.passed, outcome.stops) == (passed, stops)
    assert not references.references_found([found], may_lose=True).stops


def test_a_student_enrolled_in_another_year_is_not_found_and_few_rows_are_not_judged(
    tmp_path: Path,
) -> None:
    [found] = pathway(tmp_path / "other", 100, period="2017-18")
    assert found.found == 0
    [few] = pathway(tmp_path / "few", 0, of=29)
    assert references.references_found([few]).passed


def test_a_parent_nobody_delivered_finds_nothing_and_a_child_nobody_did_is_no_fault(
    tmp_path: Path,
) -> None:
    accept(tmp_path, "k12_pathway", "2018-19", {"source_person_key": ["1"] * 40})
    found = references.look_up(tmp_path, REFERENCE)
    assert references.references_found(found).stops
    assert references.references_found(references.look_up(tmp_path / "none", REFERENCE)).passed


@pytest.mark.parametrize("reference", references.REFERENCES, ids=lambda r: f"{r.child}-{r.name}")
def test_every_reference_is_of_columns_that_are_there(tmp_path: Path, reference) -> None:
    from pipelines.intake.deidentify import accepted_schema

    for name in (reference.child, reference.parent):
        path = tmp_path / name / "period=2018-19" / "x.parquet"
        path.parent.mkdir(parents=True)
        accepted_schema(FEEDS[name]).write_parquet(path)
    assert references.look_up(tmp_path, reference) == []
    assert 0 < reference.stop_below < reference.warn_below < 1


# Movement of metrics.


def cell(values: dict[str, float], n: int = 1000, unit: str = "rate", **other: str) -> pl.DataFrame:
    same = {
        "metric_id": "m",
        "definition_version": "v1",
        "region_id": "statewide:California",
        "region_scheme": "statewide",
        "group_type": "all",
        "group_code": "all",
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
    assert movement.band([], 0.5, (10**9, 10**9), "rate").width == movement.LEAST_MOVEMENT
    dollars = movement.band([(100, 99), (110, 99), (100, 99)], 100, (99, 99), "usd")
    assert dollars.expected == pytest.approx(log(100))
    assert dollars.width == pytest.approx(4 * log(1.1))


def test_a_value_within_its_band_passes_and_one_beyond_is_told_with_both_values() -> None:
    release = cell(STEADY, n=100_000)
    small = movement.metric_movement(cell(STEADY | {"2018-19": 0.52}, n=100_000), release)
    assert small.passed
    assert small.said == "none of 4 values moved beyond its band"
    told = movement.metric_movement(cell(STEADY | {"2018-19": 0.555}, n=100_000), release)
    [finding] = told.findings
    assert (finding["value_before"], finding["value_now"]) == (0.51, 0.555)
    assert not told.stops
    far = movement.metric_movement(cell(STEADY | {"2018-19": 0.65}, n=100_000), release)
    assert far.stops
    allowed = movement.metric_movement(
        cell(STEADY | {"2018-19": 0.65}, n=100_000), release, frozenset({"m"})
    )
    assert (allowed.passed, allowed.stops) == (False, False)


def test_a_region_or_a_group_is_told_and_does_not_stop() -> None:
    county = {"region_id": "county:06001", "region_scheme": "county"}
    for other in (county, {"group_type": "gender", "group_code": "F"}):
        found = movement.metric_movement(
            cell(STEADY | {"2018-19": 0.9}, **other), cell(STEADY, **other)
        )
        assert (found.passed, found.stops) == (False, False)


def test_a_new_cohort_is_held_against_the_one_before_once_there_is_a_history() -> None:
    release = cell(STEADY, n=100_000)
    jump = movement.metric_movement(cell(STEADY | {"2019-20": 0.9}, n=100_000), release)
    assert [(f["cohort"], f["value_before"], f["value_now"]) for f in jump.findings] == [
        ("2019-20", 0.51, 0.9)
    ]
    assert jump.stops
    assert movement.metric_movement(cell(STEADY | {"2019-20": 0.52}, n=100_000), release).passed
    two = dict(list(STEADY.items())[:2])
    assert movement.metric_movement(cell(two | {"2017-18": 0.9}), cell(two)).passed


def test_a_published_value_that_is_gone_stops() -> None:
    gone = {cohort: value for cohort, value in STEADY.items() if cohort != "2016-17"}
    found = movement.metric_movement(cell(gone), cell(STEADY))
    assert found.stops
    assert [(f["cohort"], f["value_now"]) for f in found.findings] == [("2016-17", None)]
    assert movement.metric_movement(cell(gone, n=49), cell(STEADY, n=49)).passed


def test_few_people_and_no_release_are_not_judged() -> None:
    wild = cell(STEADY | {"2018-19": 0.99}, n=49)
    assert movement.metric_movement(wild, cell(STEADY, n=49)).passed
    assert movement.metric_movement(cell(STEADY), movement.VALUE.to_frame()).passed


def test_medians_are_compared_by_their_ratio() -> None:
    pay = {"2015-16": 20_000.0, "2016-17": 20_400.0, "2017-18": 20_100.0, "2018-19": 20_500.0}
    release = cell(pay, unit="usd")
    assert movement.metric_movement(cell(pay | {"2018-19": 21_000.0}, unit="usd"), release).passed
    assert movement.metric_movement(cell(pay | {"2018-19": 2_100.0}, unit="usd"), release).stops


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
        (0.88, True, False, True),
        (0.80, False, False, False),
        (1.0, True, True, False),
    ],
)
def test_a_drop_of_linkage_is_told_and_a_deep_one_stops(now, expected, passed, stops) -> None:
    found = movement.linkage_movement(rates(now, expected), rates(0.99, expected))
    assert (found.passed, found.stops) == (passed, stops)
    if stops:
        assert not movement.linkage_movement(rates(now), rates(0.99), may_drop=True).stops


def test_a_drop_that_sampling_explains_is_not_told() -> None:
    assert movement.linkage_movement(rates(0.85, n=60), rates(0.95, n=60)).passed
    assert movement.linkage_movement(rates(0.1), movement.LINKAGE.to_frame()).passed


def test_an_older_warehouse_without_the_tables_has_nothing_to_compare(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    duckdb.connect(str(path)).close()
    assert movement.values(path, may_be_older=True).is_empty()
    assert movement.linkage_rates(path, may_be_older=True).is_empty()
    # A build lacks them by a mistake alone.
    with pytest.raises(duckdb.CatalogException):
        movement.values(path)
    with pytest.raises(duckdb.CatalogException):
        movement.linkage_rates(path)


def test_checks_say_what_they_mean_and_what_to_do() -> None:
    for name, check in CHECKS.items():
        assert check.name == name
        assert check.means.endswith(".")
        assert check.to_do.endswith(".")
