"""Assets of the dbt project, from staging to metrics, in one step that alone writes build.duckdb.

Lives here: wrapping dbt. Does not: any model, any metric (`dbt_project`), which models are out of
date (`pipelines.release.build_plan`).
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version
from pydantic import Field

from pipelines.defs.described_tests import DescribedTests
from pipelines.defs.model_columns import columns_of_models
from pipelines.home.files import remove, replacing
from pipelines.home.lock import writing
from pipelines.release import build_plan
from pipelines.release.publish import RELEASED_SCHEMAS, count_rows
from pipelines.settings import DBT_PROJECT, Settings

# Unit tests prove the code, not the data: they run in CI. dagster-dbt knows no exposures.
_LEFT_OUT = "resource_type:unit_test resource_type:exposure"
# What DuckDB says when a file, a disk or a lock failed it, which may pass.
_PASSING = "IO Error"

# `make setup` keeps its manifest up to date; parsing here would cost every load some seconds.
project = DbtProject(project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT)


class _Translator(DescribedTests):
    """Assets are described by what they hold; their SQL is a click away and would be most of it.

    The UI shows a definition's columns before those of a build, which tell what they are made of.
    """

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return dbt_resource_props["description"]

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        metadata = super().get_metadata(dbt_resource_props)
        if dbt_resource_props["resource_type"] != "model":
            return metadata
        return {name: of for name, of in metadata.items() if name != "dagster/column_schema"}


_translator = _Translator()


class Build(dg.Config):
    """How a run builds."""

    anew: bool = Field(
        default=False,
        description="Build every model in a new file, not only those that read what changed.",
    )


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    exclude=_LEFT_OUT,
    dagster_dbt_translator=_translator,
)
def warehouse(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, config: Build
) -> Iterator[Any]:
    """Build and test the selected models, and report the rows of each table.

    Of all models, those are built that read what changed since the last build, however far down;
    the others are as they would come out. Only a build all of whose tests passed may be released.
    """
    settings = Settings()
    os.environ["PATHWAYS_HOME"] = str(settings.root)
    # Dagster keeps what dbt prints; a second log at debug level would only cost time.
    os.environ["DBT_LOG_LEVEL_FILE"] = "none"
    with writing(settings, "dbt", context.log.info):
        _end_orphan(settings)
        if context.selected_asset_keys != warehouse.keys:
            yield from _build_some(context, dbt, settings)
        else:
            yield from _build_all(context, dbt, settings, config.anew)


def _build_some(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings
) -> Iterator[Any]:
    """Build what somebody picked; the build as a whole is then nobody's word."""
    build_plan.begin(settings, anew=False)
    invocation = dbt.cli(
        _command(settings), context=context, raise_on_error=False, target_path=settings.dbt_target
    )
    events = _run(settings, invocation, invocation.stream())
    told = _told(settings, invocation.get_artifact("manifest.json"))
    _tell(context, told, context.selected_asset_keys)
    yield from events
    _raise_if_failed(invocation)


def _build_all(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings, anew: bool
) -> Iterator[Any]:
    manifest = project.manifest_path
    now, built = build_plan.inputs(settings), None if anew else build_plan.last(settings)
    parsed = json.loads(manifest.read_text())
    stale = build_plan.stale(parsed, built, now)
    tests = dict(built.tests) if built and stale is not None else {}
    if stale is None or stale:
        build_plan.begin(settings, anew=stale is None)
        asked = _selection(stale, build_plan.views_of_files(parsed))
        selected = ["--select", asked, "--exclude", _LEFT_OUT]
        invocation = dbt.cli(
            [*_command(settings), *selected],
            manifest=manifest,
            dagster_dbt_translator=_translator,
            raise_on_error=False,
            target_path=settings.dbt_target,
        )
        events = _run(
            settings,
            invocation,
            (
                event
                for message in invocation.stream_raw_events()
                for event in message.to_default_asset_events(
                    manifest=manifest,
                    dagster_dbt_translator=_translator,
                    context=context,
                    target_path=settings.dbt_target,
                    project=project,
                )
            ),
        )
        outputs = {context.asset_key_for_output(e.output_name): e for e in _outputs(events)}
        checks = {_key(e): e for e in events if isinstance(e, dg.AssetCheckResult)}
        if invocation.get_error():
            yield from checks.values()
        _raise_if_failed(invocation)
        told = _told(settings, invocation.get_artifact("manifest.json"))
        _tell(context, told, outputs)
        yield from _all_tables(outputs, told)
        yield from checks.values()
        results = invocation.get_artifact("run_results.json")["results"]
        status = {result["unique_id"]: result["status"] for result in results}
        tests |= {name: what for name, what in status.items() if name.startswith("test.")}
        context.log.info(f"warehouse: {len(results)} seeds, models and tests built and passed")
    else:
        context.log.info("warehouse: no model reads anything that changed")
        checks = {}
        yield from _all_tables({}, _told(settings, parsed))
    build_plan.finish(settings, now, tests)
    yield from _checked_before(tests, set(context.selected_asset_check_keys) - set(checks))


def _all_tables(
    outputs: Mapping[dg.AssetKey, dg.Output], told: Mapping[dg.AssetKey, dict[str, Any]]
) -> Iterator[dg.Output | dg.MaterializeResult]:
    """Tell of every table, built or not, those first that others read: so Dagster wants it.

    What is downstream of a table that is not told of would not run.
    """
    for key in TopologicalSorter(warehouse.asset_deps).static_order():
        if key in outputs:
            yield outputs[key]
        elif key in warehouse.keys:
            yield dg.MaterializeResult(key, metadata=told.get(key, {}) | {"rebuilt": False})


def _checked_before(
    tests: Mapping[str, str], keys: Iterable[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckResult]:
    """Tell of tests that were not run, for nothing they read changed, what they said before."""
    said = {unique_id.split(".")[2]: status for unique_id, status in tests.items()}
    for key in keys:
        if key.name in said:
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=said[key.name] == "pass",
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"rerun": False},
            )


def _key(check: dg.AssetCheckResult) -> dg.AssetCheckKey:
    assert check.asset_key
    assert check.check_name
    return dg.AssetCheckKey(check.asset_key, check.check_name)


def _outputs(events: Iterable[Any]) -> Iterator[dg.Output]:
    return (event for event in events if isinstance(event, dg.Output))


def _selection(stale: set[str] | None, always: set[str]) -> str:
    if stale is None:
        return "fqn:*"
    return " ".join([*sorted(always), *(f"{name}+" for name in sorted(stale))])


def _command(settings: Settings) -> list[str]:
    # The path is there so that a dbt which outlived its refresh is known for what it is.
    return ["build", "--log-path", str(settings.dbt_target)]


def _run(settings: Settings, invocation: DbtCliInvocation, events: Iterable[Any]) -> list[Any]:
    """Return dbt's events when it is done: it has let go of the file then."""
    kept = settings.dbt_target / "pid"
    with replacing(kept) as partial:
        partial.write_text(str(invocation.process.pid))
    found = list(events)
    remove(kept)
    return found


def _end_orphan(settings: Settings) -> None:
    """End a dbt that outlived its refresh and still writes; only who holds the lock may."""
    kept = settings.dbt_target / "pid"
    try:
        pid = int(kept.read_text())
    except (FileNotFoundError, ValueError):
        return
    while str(settings.dbt_target) in _command_line(pid):
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    remove(kept)


def _command_line(pid: int) -> str:
    asked = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # noqa: S603


def _told(settings: Settings, manifest: Mapping[str, Any]) -> dict[dg.AssetKey, dict[str, Any]]:
    """Return the rows of tables and the columns of models, as metadata.

    One connection counts all, dagster-dbt would open one for each.
    """
    told: dict[dg.AssetKey, dict[str, Any]] = {
        dg.AssetKey([schema, table]): {"dagster/row_count": rows}
        for (schema, table), rows in count_rows(settings.build).items()
    }
    for key, columns in columns_of_models(settings, manifest).items():
        told[key] = told.get(key, {}) | columns
    return told


def _tell(
    context: dg.AssetExecutionContext,
    told: Mapping[dg.AssetKey, dict[str, Any]],
    built: Iterable[dg.AssetKey],
) -> None:
    for key in set(built) & set(told):
        context.add_asset_metadata(told[key], asset_key=key)


def _raise_if_failed(invocation: DbtCliInvocation) -> None:
    """Raise what dbt failed for; ask for another try where a disk or a lock failed it.

    Raises:
        RetryRequested: DuckDB could not read or write.
        Exception: Anything else, as dagster-dbt tells it.
    """
    error = invocation.get_error()
    if error is None:
        return
    try:
        results = invocation.get_artifact("run_results.json")["results"]
    except (FileNotFoundError, ValueError):
        results = []
    if any(_PASSING in (result["message"] or "") for result in results):
        raise dg.RetryRequested(max_retries=2, seconds_to_wait=10) from error
    raise error


def released_keys() -> list[dg.AssetKey]:
    """Return the keys of the models that go into a release."""
    return sorted(key for key in warehouse.keys if key.path[0] in RELEASED_SCHEMAS)


class OfflineDbt(DbtCliResource):
    """dbt, whose version its package tells: `dbt --version` asks the network for a newer one."""

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))


# The dbt of this environment, whether or not that is on the path.
DBT = Path(sys.executable).with_name("dbt")

RESOURCES = {
    "dbt": OfflineDbt(
        project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=str(DBT)
    )
}
