"""Retention: which runs with their events and output, releases and alerts are removed.

Lives here: deciding what is removed, and removing it. Does not: any data of a delivery, which
nothing here touches.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster import DagsterInstance

from pipelines.alerts import outbox
from pipelines.release import publish
from pipelines.settings import Settings

ENDED = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
# Runs asked for at once: their records are small, their events are not read.
AT_ONCE = 500


@dataclass(frozen=True)
class Pruned:
    """How many of each were removed."""

    runs: int
    releases: int
    alerts: int


def prune(
    settings: Settings,
    instance: DagsterInstance,
    assets: Iterable[dg.AssetKey],
    checks: Iterable[dg.AssetCheckKey],
    now: datetime,
) -> Pruned:
    """Remove runs and alerts older than `keep_runs_days`, and releases beyond `keep_releases`.

    The run of the latest materialisation of an asset or partition, or of the latest result of a
    check, stays at any age: the UI would show it as missing otherwise.
    """
    before = now - timedelta(days=settings.keep_runs_days)
    old = _ended_before(instance, before)
    latest = latest_runs(instance, assets, checks) if old else set()
    removed = [run_id for run_id in old if run_id not in latest]
    for run_id in removed:
        remove_run(instance, run_id)
    releases = publish.release_ids(settings)
    if releases:
        publish.prune(settings)
    return Pruned(
        runs=len(removed),
        releases=len(releases) - len(publish.release_ids(settings)),
        alerts=outbox.forget(settings, before),
    )


def _ended_before(instance: DagsterInstance, before: datetime) -> list[str]:
    run_ids, cursor = [], None
    while True:
        records = instance.get_run_records(
            dg.RunsFilter(statuses=ENDED, created_before=before), limit=AT_ONCE, cursor=cursor
        )
        run_ids += [record.dagster_run.run_id for record in records]
        if len(records) < AT_ONCE:
            return run_ids
        cursor = run_ids[-1]


def latest_runs(
    instance: DagsterInstance, assets: Iterable[dg.AssetKey], checks: Iterable[dg.AssetCheckKey]
) -> set[str]:
    """Return the runs of the latest state of every asset, partition and check."""
    keep: set[str] = set()
    for key in assets:
        by_partition = instance.get_latest_storage_id_by_partition(
            key, dg.DagsterEventType.ASSET_MATERIALIZATION
        )
        keep |= _runs_of(instance, key, by_partition.values())
        latest = instance.get_latest_materialization_event(key)
        keep |= {latest.run_id} if latest else set()
    for check in checks:
        record = instance.get_latest_asset_check_evaluation_record(check)
        keep |= {record.run_id} if record else set()
    return keep


def _runs_of(instance: DagsterInstance, key: dg.AssetKey, ids: Iterable[int]) -> set[str]:
    storage_ids = list(ids)
    if not storage_ids:
        return set()
    fetched = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, storage_ids=storage_ids), limit=len(storage_ids)
    )
    return {record.run_id for record in fetched.records}


def remove_run(instance: DagsterInstance, run_id: str) -> None:
    """Remove a run, its events and what its steps printed."""
    instance.delete_run(run_id)
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    # Dagster on SQLite has a file for each run, and leaves it there empty.
    shard = Path(instance.root_directory) / "history" / "runs" / f"{run_id}.db"
    for path in shard.parent.glob(f"{shard.name}*"):
        path.unlink(missing_ok=True)
