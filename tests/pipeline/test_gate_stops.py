"""A gate that fails stops the release, and leaves what readers have as it was."""

import shutil
from pathlib import Path

import dagster as dg
import polars as pl

from pipelines.defs.intake import ACCEPTED
from pipelines.defs.release import current_release
from tests.pipeline.conftest import Home, snapshot

[WAGE] = [asset for asset in ACCEPTED if asset.key.path == ["accepted", "wage"]]


def spoil(path: Path, share: float, column: str = "annual_openings") -> None:
    """Make a share of a delivered file's openings, or of another column's amounts, negative."""
    bad = pl.when(pl.int_range(pl.len()) < share * pl.len()).then(pl.lit("-1"))
    amounts = bad.otherwise(column).alias(column)
    pl.read_csv(path, infer_schema=False).with_columns(amounts).write_csv(path)


def test_a_feed_over_its_limit_stops_before_dbt_and_leaves_the_release(changed: Home) -> None:
    before = snapshot(changed)
    for path in (changed.path / "landing/labor_demand").glob("*/*.csv"):
        spoil(path, 0.06)
    result = changed.refresh()
    assert not result.success
    failure = result.failure_data_for_node("refresh_everything")
    assert failure
    message = str(failure)
    assert "accepted/labor_demand may_be_released" in message
    assert "the limit is 5%" in message
    assert snapshot(changed) == before
    # What changed went through the gate, and nothing was built.
    accepted = {step for step in changed.steps() if step.startswith("accepted")}
    assert accepted == {"accepted__labor_demand"}
    assert not {"warehouse", "identity__person_crosswalk"} & changed.steps()

    # An engineer who builds without fixing the feed meets the same finding.
    assert not changed.run("build_release").success
    assert "warehouse" not in changed.steps()
    alone = changed.materialize(current_release)
    assert "May not be released: labor_demand" in str(
        alone.failure_data_for_node("releases__current")
    )
    assert snapshot(changed) == before


def test_a_build_that_did_not_pass_its_tests_is_not_released(changed: Home) -> None:
    before = snapshot(changed)
    changed.settings.build_record.unlink()
    alone = changed.materialize(current_release)
    assert "did not pass its tests" in str(alone.failure_data_for_node("releases__current"))
    assert snapshot(changed) == before


def test_a_refused_file_leaves_the_last_accepted_one_current(changed: Home) -> None:
    accepted = changed.path / "accepted/wage/period=2020Q2.parquet"
    before = pl.read_parquet(accepted)
    landed = changed.path / "landing/wage/2020Q2/workforce_agency.csv"
    shutil.copy(landed.parents[1] / "2020Q1/workforce_agency.csv", landed)
    result = changed.materialize(WAGE, partition_key="2020Q2")
    assert result.success
    assert pl.read_parquet(accepted).equals(before)
    checks = {c.check_name: c for c in result.get_asset_check_evaluations()}
    assert checks["may_be_released"].passed
    assert not checks["every_file_taken"].passed
    assert checks["every_file_taken"].severity is dg.AssetCheckSeverity.WARN
    [note] = (changed.path / "quarantine/files/wage/period=2020Q2").glob("*.json")
    assert "delivered for 2020Q2, but its quarter says 2020Q1" in note.read_text()


def test_a_correction_replaces_its_submitter_and_period_alone(changed: Home) -> None:
    room = changed.path / "accepted/wage"
    before = {path: path.read_bytes() for path in room.glob("*.parquet")}
    landed = changed.path / "landing/wage/2020Q2/workforce_agency.csv"
    pl.read_csv(landed, infer_schema=False).tail(-100).write_csv(landed)
    assert changed.materialize(WAGE, partition_key="2020Q2").success
    after = {path: path.read_bytes() for path in room.glob("*.parquet")}
    assert [path.stem for path in before if before[path] != after[path]] == ["period=2020Q2"]
    records = pl.read_parquet(changed.path / "ledger/delivery/wage/period=2020Q2.parquet")
    assert sorted(records["is_current"].to_list()) == [False, True]
