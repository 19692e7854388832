"""Drift of columns: the index and its bound worked by hand, and what is compared with what."""

import signal
from math import log
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.checks import drift
from schemas.policy import POLICY
from tests.unit.checks.cases import K12, inputs, ledger


def test_the_index_is_the_sum_it_is_defined_as() -> None:
    index, bound = drift.index({"a": 300, "b": 100}, {"a": 100, "b": 300})
    p, q = 300.5 / 401, 100.5 / 401
    assert index == pytest.approx(2 * (p - q) * log(p / q))
    assert bound == POLICY.large_shift
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


def test_a_column_that_moved_is_a_finding_and_one_that_did_not_is_none() -> None:
    then = profile({"E155": 800, "T160": 150, None: 50})
    moved = drift.shifts(profile({"E155": 100, "T160": 850, None: 50}), then)
    assert {s.scope for s in moved} == {"all new deliveries", "x 2019-20"}
    assert [f["column"] for f in drift.drifted(moved).findings] == ["exit_code"] * 2
    assert drift.emptied(moved).passed
    same = drift.shifts(profile({"E155": 410, "T160": 70, None: 20}), then)
    assert drift.drifted(same).passed
    assert drift.emptied(same).passed
    assert not drift.drifted(same).stops


def test_a_column_that_is_emptied_is_a_finding() -> None:
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
    warehouse = tmp_path / "release" / "warehouse.duckdb"
    warehouse.parent.mkdir()
    columns = [n for n in K12.profile if n != "grade_level"]
    rest = ", ".join(f"'N' as {name}" for name in columns)

    def rows(year: str, grade: int, submitter: str) -> str:
        return (
            f"select '{year}' as academic_year, '{submitter}' as submitter, "
            f"'{year}' || range as record_id, {grade} as grade_level, {rest} from range(200)"
        )

    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.fct_k12_enrollment as select * exclude (submitter) from "
            f"({rows('2017-18', 9, 'x')} union all {rows('2018-19', 9, 'x')})"
        )
        (tmp_path / "provenance").mkdir()
        connection.execute(f"attach '{tmp_path}/provenance/release.duckdb' as provenance")
        connection.execute(
            "create table provenance.record as select record_id, 'k12_enrollment' as feed, "
            "academic_year as period, 'x' as submitter from marts.fct_k12_enrollment"
        )
        for year, *of in (("2018-19", (9, "x")), ("2019-20", (12, "x"), (12, "y"))):
            path = tmp_path / "accepted/k12_enrollment" / f"period={year}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            query = " union all ".join(f"({rows(year, *one)})" for one in of)
            connection.execute(f"copy ({query}) to '{path}'")
    records = ledger(
        ("2018-19", "x", 200, "old", True, 1),
        ("2019-20", "x", 200, "new", True, 1),
        ("2019-20", "y", 200, "other", True, 1),
    )
    new = [
        {"feed": "k12_enrollment", "period": period, "delivery_sha256": sha}
        for period, sha in (("2018-19", "old"), ("2019-20", "new"), ("2019-20", "other"))
    ]

    def compared(of: Path | None, *released: dict) -> tuple[drift.Shift, ...]:
        manifest = {"deliveries": list(released)}
        asked = inputs(records, home=tmp_path, warehouse=of, manifest=manifest)
        return drift.compare(K12, asked)

    shifts = compared(warehouse, new[0])
    assert {s.scope for s in shifts} == {"all new deliveries", "x 2019-20"}
    assert {s.column for s in shifts if s.is_drift} == {"grade_level"}
    # Nothing is new once it is released, and there is nothing to compare with before a release.
    assert compared(warehouse, *new) == ()
    assert compared(None) == ()


def test_the_profile_of_a_whole_state_ends() -> None:
    """At 800,000 rows of 5,000 submitters a streamed union waited for ever."""

    def ring(*_: object) -> None:
        raise TimeoutError

    columns = ", ".join(f"i // 5000 % 3 as {name}" for name in K12.profile)
    state = (
        f"select '2018-19' as academic_year, i % 5000 as submitter, {columns} from range(?) as t(i)"
    )
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(60)
    try:
        with duckdb.connect() as connection:
            rows = drift.profile(connection, K12, state, [800_000])
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert rows.height == 3 * 5000 * len(K12.profile)
    assert rows["row_count"].sum() == 800_000 * len(K12.profile)
