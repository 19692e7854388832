"""What `build_release` runs in a refresh: checks and linkage, then what an update changed.

Lives here: which assets and checks that is. Does not: updating (`pipelines.defs.warehouse`), the
refresh (`pipelines.defs.nightly.refresh`).

Every event of a table takes 5 ms of a processor: 220 tables that stay as they are, and their tests,
cost a refresh more than what changed.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import dagster as dg

from pipelines.defs.warehouse import key_of, update_build, warehouse
from pipelines.release import build_plan
from pipelines.settings import Settings

# Runs a job with the configuration of its ops.
Run = Callable[[dg.JobDefinition, Mapping[str, Any]], dg.ExecuteInProcessResult]


def run_parts(
    job: dg.JobDefinition, run: Run, log: Callable[[str], object]
) -> Iterator[dg.ExecuteInProcessResult]:
    """Run what comes before the build, update it, and run the rest; yield both results.

    A build that can't be updated is built whole.
    """
    assets = job.asset_layer.selected_asset_keys
    checks = set(job.asset_layer.asset_graph.asset_check_keys)
    released = {key for key in assets if key.path[0] == "releases"}
    later = {key for key in checks if key.asset_key in warehouse.keys | released}
    before = run(_subset(job, assets - warehouse.keys - released, checks - later), {})
    yield before
    if not before.success:
        return
    settings = Settings()
    updated, built = update_build(settings, log), build_plan.last(settings)
    if updated is None or built is None:
        rest = _subset(job, assets & warehouse.keys | released, later)
        yield run(rest, {"warehouse": {"config": {"anew": True}}})
        return
    tables = {key_of(name) for name in updated.tables} & assets
    # Of tests that did not run again those that warn, for the release's alert.
    reported = {
        one.split(".")[2]
        for one, status in built.tests.items()
        if status != "pass" or one in updated.tests
    }
    tests = {key for key in later if key not in warehouse.check_keys or key.name in reported}
    rest = _subset(job, tables | released, tests)
    is_told = tables or tests & warehouse.check_keys
    config = {"is_updated": True, "updated": updated.tables, "tests": sorted(updated.tests)}
    yield run(rest, {"warehouse": {"config": config}} if is_told else {})


def _subset(
    job: dg.JobDefinition, assets: AbstractSet[dg.AssetKey], checks: AbstractSet[dg.AssetCheckKey]
) -> dg.JobDefinition:
    return job.get_subset(asset_selection=assets, asset_check_selection=checks)
