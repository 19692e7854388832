"""Checks in the real graph: what they find, what they stop, and what they say."""

import json
import shutil
from pathlib import Path

import dagster as dg
import duckdb
import polars as pl
import pytest

from pipelines.checks.base import CheckResult, checks_of_build, checks_of_feed, registered
from pipelines.defs.checks import check_inputs
from pipelines.defs.intake import ACCEPTED
from pipelines.defs.release import current_release
from pipelines.home.files import Fingerprint
from pipelines.release import publish
from pipelines.settings import PROJECT, VALUES
from schemas import FEEDS
from tests.pipeline.conftest import Home

OURS = {check.name for check in registered()}


def evaluations(home: Home) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    """Return the last evaluation of each of our checks."""
    results_by_check = {}
    for record in home.instance.get_event_records(
        dg.EventRecordsFilter(dg.DagsterEventType.ASSET_CHECK_EVALUATION), ascending=True
    ):
        evaluation = record.event_log_entry.dagster_event.event_specific_data
        if evaluation.check_name in OURS:
            results_by_check[evaluation.asset_key.to_user_string(), evaluation.check_name] = (
                evaluation
            )
    return results_by_check


def test_every_check_runs_in_a_refresh_and_none_stops_the_sample(refreshed: Home) -> None:
    results_by_check = evaluations(refreshed)
    expected = {
        (f"accepted/{name}", check.name)
        for name, feed in FEEDS.items()
        for check in checks_of_feed(feed)
    } | {("/".join(check.asset or ()), check.name) for check in checks_of_build()}
    assert set(results_by_check) == expected
    failed = {
        key: evaluation.severity
        for key, evaluation in results_by_check.items()
        if not evaluation.passed
    }
    assert set(failed.values()) <= {dg.AssetCheckSeverity.WARN}
    # The sample's students have left school, and some of its rows are spoilt on purpose.
    assert {check for _, check in failed} <= {
        "delivered_on_time", "rows_by_submitter", "doubtful_deliveries",
    }  # fmt: skip


def results(home: Home, feed: str) -> dict[str, CheckResult]:
    """Return the results of a feed's checks."""
    inputs = check_inputs(home.settings)
    return {check.name: check.run(FEEDS[feed], inputs) for check in checks_of_feed(FEEDS[feed])}


def run(home: Home, feed: str, period: str) -> dict[str, CheckResult]:
    """Take a period through the gate, as the UI does, and return what its feed's checks find."""
    [asset] = [a for a in ACCEPTED if a.key.path[1] == feed]
    assert home.materialize(asset, partition_key=period).success
    return results(home, feed)


def rewrite(path: Path, *changes: pl.Expr, rows: int | None = None) -> None:
    frame = pl.read_csv(path, infer_schema=False).with_columns(*changes)
    frame.head(rows or frame.height).write_csv(path)


def largest(home: Home, feed: str) -> Path:
    return max((home.path / "landing" / feed).glob("*/*.csv"), key=lambda p: p.stat().st_size)


def test_a_recoded_column_is_a_finding_and_a_correction_of_few_rows_is_held(changed: Home) -> None:
    landed = largest(changed, "college_enrollment")
    period = landed.parent.name
    goal = pl.lit("F").alias("student_goal_code")
    # Nobody of the largest file has a program yet; now all have.
    rewrite(landed, goal, pl.lit("070200").alias("program_top_code"))
    results_by_check = run(changed, "college_enrollment", period)
    assert results_by_check["rows_by_submitter"].passed
    columns = {finding["column"] for finding in results_by_check["column_drift"].findings}
    assert columns == {"student_goal_code"}
    columns = {finding["column"] for finding in results_by_check["null_share"].findings}
    assert columns == {"program_top_code"}

    accepted = changed.path / f"accepted/college_enrollment/period={period}.parquet"
    before = accepted.read_bytes()
    rewrite(landed, rows=30)
    results_by_check = run(changed, "college_enrollment", period)
    [finding] = results_by_check["held_deliveries"].findings
    assert finding["file"] == f"{period}/{landed.name}"
    assert "30 accepted rows in place of" in str(finding["why"])
    assert not results_by_check["held_deliveries"].stops
    assert accepted.read_bytes() == before
    report = changed.path / "reports/college_enrollment" / period / landed.stem / "report.txt"
    assert "must hold all rows" in " ".join(report.read_text().split())


def test_a_register_that_lost_its_institutions_stops(changed: Home) -> None:
    for path in (changed.path / "accepted/institution").glob("period=*.parquet"):
        frame = pl.read_parquet(path)
        frame.filter(pl.col("institution_type_code") == "CERTIFIER").write_parquet(path)
    result = results(changed, "k12_enrollment")["references_found"]
    assert not result.passed
    assert result.stops


def movement(home: Home) -> CheckResult:
    """Return what the check of the build's metrics says."""
    [check] = [check for check in checks_of_build() if check.name == "metric_movement"]
    return check.run(check_inputs(home.settings))


def test_a_statewide_metric_that_jumps_stops_the_release_unless_that_is_allowed(
    changed: Home, monkeypatch
) -> None:
    """The released rate is made wrong: to the check it is the build that moved."""
    rate = "concentrator_graduation_rate__perkins_v_2024_plan"
    published = publish.current(changed.settings)
    assert published
    warehouse = published.folder / publish.WAREHOUSE
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update aggregates.agg_counts_ninth_grade_cohort set "
            f"{rate}__n_numerator = round(0.4 * {rate}__n_in_statistic) "
            "where cohort_year = '2018-19' and region_id like 'statewide:%'"
        )
    # Published so: a build is compared with a release that is as its manifest says.
    manifest = published.manifest | {
        "warehouse": Fingerprint.of(warehouse).as_list(),
        "values": None,
    }
    # Without the file of values, they are computed from the warehouse.
    (published.folder / VALUES).unlink()
    (published.folder / publish.MANIFEST).write_text(json.dumps(manifest))
    before = publish.current(changed.settings)
    result = movement(changed)
    assert result.stops
    [pooled, of_year] = [f for f in result.findings if f["stops"]]
    assert (pooled["cohort"], of_year["cohort"]) == ("2015-16 to 2019-20, pooled", "2018-19")
    assert of_year["value_before"] == pytest.approx(0.4, abs=0.01)
    assert of_year["value_now"] == pytest.approx(0.91, abs=0.05)

    # A build may be published alone, in a run that has no check.
    alone = changed.materialize(current_release)
    assert "metric_movement" in str(alone.failure_data_for_node("releases__current"))
    assert publish.current(changed.settings) == before
    monkeypatch.setenv("PATHWAYS_ACCEPT_MOVEMENT_OF", '["concentrator_graduation_rate"]')
    assert not movement(changed).stops


def test_reports_are_written_for_every_judged_delivery(refreshed: Home) -> None:
    landed = {
        (path.parts[-3], path.parts[-2], path.stem.removesuffix(".encoded"))
        for path in (refreshed.path / "landing").glob("*/*/*")
        if path.is_file()
    }
    reported = {
        path.parts[-4:-1] for path in (refreshed.path / "reports").glob("*/*/*/report.html")
    }
    assert reported == landed
    assert not list(refreshed.path.rglob("reports/**/*.partial"))
    files = [path for path in (refreshed.path / "reports").rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_rows_of_a_partitioned_asset_are_those_of_all_its_periods(one_quarter: Home) -> None:
    later = "landing/wage/2020Q3"
    shutil.copytree(PROJECT / "sample_data/sample" / later, one_quarter.path / later)
    (wage,) = (asset for asset in ACCEPTED if asset.key.path[1] == "wage")
    rows = []
    for quarter in ("2020Q2", "2020Q3"):
        result = one_quarter.materialize(wage, quarter)
        (event,) = result.asset_materializations_for_node("accepted__wage")
        rows.append(
            [event.metadata[f"dagster/{kind}row_count"].value for kind in ("partition_", "")]
        )
    (first, _), (second, total) = rows
    assert rows[0] == [first, first]
    assert first and second and total == first + second
