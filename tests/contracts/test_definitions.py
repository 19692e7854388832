"""The code location: assets, jobs, schedule and checks that an engineer finds in the UI."""

import fcntl
import re
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pytest
import yaml
from dagster._core.storage.event_log.sqlite import sqlite_event_log

from pipelines.definitions import OWNER, defs
from pipelines.defs import warehouse
from pipelines.defs.checks import CHECKS, FEED_CHECKS, movement_checks
from pipelines.defs.intake import soundness
from pipelines.defs.nightly import build_release
from pipelines.defs.runtime import OF_LOCATION, writing_step
from pipelines.errors import UserError
from pipelines.linkage_review.analyses import ANALYSES
from pipelines.release.build_files.update import Updated
from pipelines.release.publish import RELEASED_SCHEMAS
from pipelines.release.row_counts import hash_rows
from pipelines.settings import PROJECT, Settings
from schemas import ACCEPTED_FEEDS, FEEDS
from schemas.periods import PeriodKind

GRAPH = defs.resolve_asset_graph()
KEYS = {key.to_user_string() for key in GRAPH.get_all_asset_keys()}


def test_every_stage_of_a_record_is_an_asset() -> None:
    assert {f"{stage}/{name}" for stage in ("landing", "accepted") for name in FEEDS} <= KEYS
    assert {f"staging/stg_{name}" for name in ACCEPTED_FEEDS} <= KEYS
    assert {
        "ledger/delivery",
        "ledger/reason",
        "identity/person_crosswalk",
        "identity/person_change",
        "identity/link_quality",
        *(f"analyses/{one.name}" for one in ANALYSES),
        "metrics/metric_value",
        "metrics/metric_equity",
        "metrics/metric_definition",
        "releases/current",
        "releases/public",
        "releases/site",
        "voice/statement",
        "voice/decision",
    } <= KEYS


def test_every_asset_has_owner_group_and_description() -> None:
    for key in GRAPH.get_all_asset_keys():
        node = GRAPH.get(key)
        assert OWNER in node.owners, key
        assert node.description, key


def test_groups_stand_in_the_order_of_the_work_and_are_small_enough_to_read() -> None:
    sizes = Counter(GRAPH.get(key).group_name for key in GRAPH.get_all_asset_keys())
    assert len({name[3:] for name in sizes}) == len(sizes), "two differ by their number alone"
    generated, seeds = sizes.pop("10_aggregates"), sizes.pop("05_reference")
    assert generated > 20 and seeds > 20 and max(sizes.values()) <= 20
    assert all(re.fullmatch(r"\d\d_[a-z_]+", name) for name in sizes)
    for key in GRAPH.get_all_asset_keys():
        for parent in GRAPH.get(key).parent_keys:
            before, after = GRAPH.get(parent).group_name, GRAPH.get(key).group_name
            # Which cohorts are complete is a metric's, and decides what is aggregated.
            if (before, after) != ("11_metrics", "10_aggregates"):
                assert before[:2] <= after[:2], f"{key} comes before {parent}"


def test_a_run_of_the_command_line_belongs_to_the_code_location() -> None:
    [place] = yaml.safe_load((PROJECT / "workspace.yaml").read_text())["load_from"]
    name = place["python_module"]["location_name"]
    assert {".dagster/repository": f"__repository__@{name}"} == OF_LOCATION


def test_a_check_of_a_feed_can_be_run_from_its_page() -> None:
    for checks in FEED_CHECKS:
        assert len(checks.check_keys) > 1
        for key in checks.check_keys:
            assert GRAPH.get_execution_set_asset_and_check_keys(key) == {key}


@pytest.mark.parametrize(
    ("rejected", "held", "percent", "is_sound"),
    [(0, 0, 5.0, True), (0, 0, 5.01, False), (1, 0, 0.0, False), (0, 1, 0.0, False)],
)
def test_a_period_with_a_rejected_file_or_many_rejected_rows_is_not_plainly_green(
    rejected: int, held: int, percent: float, is_sound: bool
) -> None:
    totals = {"files_rejected": rejected, "files_held": held, "quarantine_percent": percent}
    feed = FEEDS["wage"]
    result = soundness(dg.AssetKey(["accepted", "wage"]), feed, "2019Q4", totals)
    assert (result.passed, result.partition, result.blocking) == (is_sound, "2019Q4", None)
    assert result.metadata["quarantine_percent"].value == percent
    check = GRAPH.get_check_spec(dg.AssetCheckKey(result.asset_key, result.check_name))
    assert check.partitions_def == GRAPH.get(result.asset_key).partitions_def


def test_feeds_are_partitioned_by_their_calendar() -> None:
    for name, feed in FEEDS.items():
        partitions = GRAPH.get(dg.AssetKey(["accepted", name])).partitions_def
        assert partitions
        assert list(partitions.get_partition_keys()) == Settings().periods(feed.period_kind)
    assert "2023-24" in Settings().periods(PeriodKind.ACADEMIC_YEAR)
    assert "2023Q4" in Settings().periods(PeriodKind.QUARTER)


def test_nothing_is_built_before_the_ledger_has_its_last_word() -> None:
    ledger = dg.AssetKey(["ledger", "delivery"])
    assert ledger in GRAPH.get(dg.AssetKey(["identity", "person_crosswalk"])).parent_keys
    # dbt is one step: what any of its models waits for, all wait for.
    warehouse = GRAPH.assets_def_for_key(dg.AssetKey(["metrics", "metric_value"]))
    assert ledger in warehouse.keys_by_input_name.values()
    release = GRAPH.get(dg.AssetKey(["releases", "current"])).parent_keys
    assert {key for key in warehouse.keys if key.path[0] in RELEASED_SCHEMAS} == release


def test_stored_events_share_a_connection_of_their_file_and_do_not_wait_for_the_disk(
    tmp_path: Path,
) -> None:
    file = tmp_path / "events.db"
    file.touch()

    def connection() -> object:
        engine = sqlite_event_log.create_engine(f"sqlite:///{file}")
        with engine.connect() as connected:
            assert connected.exec_driver_sql("PRAGMA synchronous").scalar() == 1
            driver = connected.connection.driver_connection
        engine.dispose()
        return driver

    first = connection()
    assert connection() is first
    # A restored history is another file under the same name.
    file.rename(tmp_path / "before.db")
    file.touch()
    assert connection() is not first


def test_studies_are_made_on_demand_alone() -> None:
    build_release = defs.resolve_job_def("build_release").asset_layer.selected_asset_keys
    assert dg.AssetKey(["identity", "link_quality"]) in build_release
    assert not {key for key in build_release if key.path[0] == "analyses"}
    assert dg.AssetKey(["releases", "public"]) not in build_release


def test_an_update_of_nothing_is_reported_and_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that warned is reported of each release: with no table beside it, too."""
    configs = []

    def run(_: dg.JobDefinition, config: dict) -> SimpleNamespace:
        configs.append(config)
        return SimpleNamespace(success=True)

    warned = {"test.pathway_outcomes.consortium_money_has_members": "warn"}
    monkeypatch.setattr(build_release, "update_build", lambda *_: Updated({}, {}, 0))
    monkeypatch.setattr(build_release.build_plan, "last", lambda _: SimpleNamespace(tests=warned))
    list(build_release.run_parts(defs.resolve_job_def("build_release"), run, print))
    first, second = configs
    assert first == {}
    assert warehouse.Build(**second["warehouse"]["config"]).is_updated


def test_the_gate_blocks_and_its_warnings_do_not() -> None:
    blocking = {
        (check.asset_key.to_user_string(), check.name): GRAPH.get(check).blocking
        for check in GRAPH.asset_check_keys
        if check.asset_key.path[0] in {"accepted", "ledger"}
    }
    for name in FEEDS:
        assert blocking[f"accepted/{name}", "may_be_released"]
        assert blocking["ledger/delivery", f"{name}_may_be_released"]
        assert not blocking[f"accepted/{name}", "every_file_taken"]
        assert not blocking[f"accepted/{name}", "every_row_taken"]


def test_the_refresh_runs_at_two_in_the_night_of_california() -> None:
    schedule = defs.resolve_schedule_def("nightly_refresh_at_two")
    assert schedule.job_name == "nightly_refresh"
    assert schedule.cron_schedule == "0 2 * * *"
    assert schedule.execution_timezone == "America/Los_Angeles"
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING


def test_a_whole_build_once_a_week_says_whether_updates_left_the_same_rows(tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        tick = dg.build_schedule_context(instance=instance)
        weekly = defs.get_schedule_def("whole_build_on_saturdays")
        [asked] = weekly.evaluate_tick(tick).run_requests or []
    assert asked.run_config["ops"]["warehouse"]["config"]["anew"]
    path, said = tmp_path / "build.duckdb", []
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table one as select 1 as n; create table two as from one")
    before = hash_rows(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update two set n = 2")
    log = SimpleNamespace(info=said.append, warning=said.append)
    for now in (before, hash_rows(path)):
        warehouse._compare(SimpleNamespace(log=log), before, now)
    assert said == [
        "warehouse: 2 tables have the rows that they had",
        "updates had left other rows in main.two: report this",
    ]


def test_new_deliveries_ask_for_a_refresh() -> None:
    sensor = defs.resolve_sensor_def("new_deliveries")
    assert sensor.job_name == "nightly_refresh"
    assert sensor.default_status is dg.DefaultSensorStatus.RUNNING


def test_a_refresh_that_hangs_is_ended() -> None:
    for job in ("nightly_refresh", "force_refresh"):
        assert defs.resolve_job_def(job).tags["dagster/max_runtime"] == "28800"


def test_forcing_is_one_job_that_needs_no_configuration() -> None:
    force = defs.resolve_job_def("force_refresh")
    assert force.run_config
    assert force.run_config["ops"]["refresh_everything"]["config"] == {"force": True, "reason": ""}


def test_no_step_waits_for_a_place_that_a_killed_run_keeps() -> None:
    """Dagster's pools are such places: one writer at a time is the data home's lock alone."""
    made = {definition for definition in GRAPH.assets_defs if definition.is_executable}
    steps = {definition.op for definition in {*made, *CHECKS}}
    assert len(steps) > len(FEEDS)
    assert {step.pool for step in steps} == {None}
    for settings in (PROJECT / "pipelines/dagster.yaml", PROJECT / "deploy/dagster.yaml"):
        assert "concurrency" not in yaml.safe_load(settings.read_text())


def test_the_build_is_not_read_while_another_process_writes_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path))
    monkeypatch.setenv("PATHWAYS_LOCK_WAIT_SECONDS", "0")
    with (tmp_path / "writing.lock").open("a") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        with pytest.raises(dg.Failure, match="comparison with the last release was not started"):
            list(movement_checks())


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (UserError("Land the file again."), dg.Failure),
        (OSError("disk"), dg.RetryRequested),
        (duckdb.IOException("disk"), dg.RetryRequested),
        (ValueError("a defect"), ValueError),
    ],
)
def test_a_step_fails_with_a_sentence_tries_again_or_keeps_its_error(
    tmp_path: Path, error: Exception, raised: type[Exception]
) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(raised) as caught, writing_step(settings, "a test"):
        raise error
    if isinstance(caught.value, dg.Failure):
        assert caught.value.description == "Land the file again."
        assert not caught.value.allow_retries


def test_a_refresh_without_the_homes_key_stops_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path))
    monkeypatch.delenv("PATHWAYS_TOKEN_KEY", raising=False)
    Settings().mark_keys()
    (tmp_path / "token_key").unlink()
    job = defs.resolve_job_def("nightly_refresh")
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance, raise_on_error=False)
        [failure] = [event for event in result.all_events if event.is_step_failure]
        assert "would change every person" in str(failure.step_failure_data.error)
    with (
        pytest.raises(dg.Failure, match="would change every person"),
        writing_step(Settings(), "x"),
    ):
        pass
    assert not (tmp_path / "token_key").exists()


def test_nothing_is_pruned_without_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path))
    job = defs.resolve_job_def("prune")
    with dg.DagsterInstance.ephemeral() as instance:
        assert not job.execute_in_process(instance=instance, raise_on_error=False).success
        for reason, works in (("  ", False), ("the disk is full", True)):
            config = {"ops": {"remove_old": {"config": {"reason": reason}}}}
            result = job.execute_in_process(config, instance=instance, raise_on_error=False)
            assert result.success == works
        tick = dg.build_schedule_context(instance=instance)
        [asked] = defs.get_schedule_def("prune_on_sundays").evaluate_tick(tick).run_requests or []
        assert asked.run_config["ops"]["remove_old"]["config"]["reason"]
