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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliInvocation, DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version
from pydantic import Field

from pipelines.defs.columns import columns_of_models
from pipelines.defs.dbt_tests import DescribedTests
from pipelines.defs.intake import ACCEPTED
from pipelines.defs.linkage import CROSSWALK_KEY, LINKAGE, MADE_OF_KEYS
from pipelines.defs.runtime import fail_on_user_error
from pipelines.home.files import remove, replacing
from pipelines.home.lock import writing
from pipelines.release import build_plan, column_lineage
from pipelines.release.publish import RELEASED_SCHEMAS
from pipelines.release.row_counts import count_rows
from pipelines.settings import DBT_PROJECT, Settings
from schemas import FEEDS

# Unit tests prove the code, not the data: they run in CI. dagster-dbt knows no exposures.
_EXCLUDED = "resource_type:unit_test resource_type:exposure"
# DuckDB's message when it could not read or write a file: another try may succeed.
_IO_ERROR = "IO Error"

# `make setup` keeps its manifest up to date; parsing here would cost every load some seconds.
project = DbtProject(project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT)


class _Translator(DescribedTests):
    """Describes assets by their description; the SQL is a click away and would fill the page.

    The UI prefers a definition's columns to those of a build, which alone carry lineage.
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
    exclude=_EXCLUDED,
    dagster_dbt_translator=_translator,
)
def warehouse(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, config: Build
) -> Iterator[Any]:
    """Build and test the selected models, and report the rows of each table.

    Of all models, those are built that read what changed since the last build, however far
    downstream; the others would come out the same. Only a build all of whose tests passed may be
    released.
    """
    settings = Settings()
    os.environ["PATHWAYS_HOME"] = str(settings.root)
    # Dagster stores what dbt prints; a second log at debug level would only cost time.
    os.environ["DBT_LOG_LEVEL_FILE"] = "none"
    with fail_on_user_error(), writing(settings, "dbt", context.log.info):
        _end_orphan(settings)
        if context.selected_asset_keys != warehouse.keys:
            yield from _build_selected(context, dbt, settings)
        else:
            yield from _build_stale(context, dbt, settings, config.anew)


def _build_selected(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings
) -> Iterator[Any]:
    """Build what a user selected, which leaves the build unreleasable until the next refresh."""
    build_plan.begin(settings, anew=False)
    invocation = dbt.cli(
        _command(settings), context=context, raise_on_error=False, target_path=settings.dbt_target
    )
    events = _run(settings, invocation, invocation.stream())
    metadata = _table_metadata(settings, invocation.get_artifact("manifest.json"))
    _add_metadata(context, metadata, context.selected_asset_keys)
    yield from events
    _raise_if_failed(invocation)


def _build_stale(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings, anew: bool
) -> Iterator[Any]:
    """Build the models that read what changed, and report every table and test."""
    manifest = json.loads(project.manifest_path.read_text())
    now, built = build_plan.inputs(settings), None if anew else build_plan.last(settings)
    stale = build_plan.stale(manifest, built, now)
    tests = dict(built.tests) if built and stale is not None else {}
    outputs: dict[dg.AssetKey, dg.Output] = {}
    checks: dict[dg.AssetCheckKey, dg.AssetCheckResult] = {}
    if stale is None or stale:
        build_plan.begin(settings, anew=stale is None)
        selection = _selection(stale, build_plan.views_of_files(manifest))
        invocation, events = _build(context, dbt, settings, selection)
        checks = {_check_key(e): e for e in events if isinstance(e, dg.AssetCheckResult)}
        if invocation.get_error():
            yield from checks.values()
        _raise_if_failed(invocation)
        outputs = {
            context.asset_key_for_output(e.output_name): e
            for e in events
            if isinstance(e, dg.Output)
        }
        manifest = invocation.get_artifact("manifest.json")
        results = invocation.get_artifact("run_results.json")["results"]
        status = {result["unique_id"]: result["status"] for result in results}
        tests |= {name: s for name, s in status.items() if name.startswith("test.")}
        context.log.info(f"warehouse: {len(results)} seeds, models and tests built and passed")
    else:
        context.log.info("warehouse: no model reads anything that changed")
    metadata = _table_metadata(settings, manifest)
    _add_metadata(context, metadata, outputs)
    yield from _all_tables(outputs, metadata)
    yield from checks.values()
    build_plan.finish(settings, now, tests)
    yield from _earlier_results(tests, set(context.selected_asset_check_keys) - set(checks))


def _build(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: Settings, selection: str
) -> tuple[DbtCliInvocation, list[Any]]:
    """Run dbt on a selection and return the invocation with Dagster's events of it."""
    invocation = dbt.cli(
        [*_command(settings), "--select", selection, "--exclude", _EXCLUDED],
        manifest=project.manifest_path,
        dagster_dbt_translator=_translator,
        raise_on_error=False,
        target_path=settings.dbt_target,
    )
    events = (
        event
        for message in invocation.stream_raw_events()
        for event in message.to_default_asset_events(
            manifest=project.manifest_path,
            dagster_dbt_translator=_translator,
            context=context,
            target_path=settings.dbt_target,
            project=project,
        )
    )
    return invocation, _run(settings, invocation, events)


def _all_tables(
    outputs: Mapping[dg.AssetKey, dg.Output], metadata: Mapping[dg.AssetKey, dict[str, Any]]
) -> Iterator[dg.Output | dg.MaterializeResult]:
    """Report every table, built or not, upstream first, as Dagster requires.

    Whatever is downstream of a table without a report would not run.
    """
    for key in TopologicalSorter(warehouse.asset_deps).static_order():
        if key in outputs:
            yield outputs[key]
        elif key in warehouse.keys:
            yield dg.MaterializeResult(key, metadata=metadata.get(key, {}) | {"rebuilt": False})


def _earlier_results(
    tests: Mapping[str, str], keys: Iterable[dg.AssetCheckKey]
) -> Iterator[dg.AssetCheckResult]:
    """Report the last result of each test that was not run, as nothing it reads changed."""
    status_of = {unique_id.split(".")[2]: status for unique_id, status in tests.items()}
    for key in keys:
        if key.name in status_of:
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=status_of[key.name] == "pass",
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"rerun": False},
            )


def _check_key(check: dg.AssetCheckResult) -> dg.AssetCheckKey:
    assert check.asset_key
    assert check.check_name
    return dg.AssetCheckKey(check.asset_key, check.check_name)


def _selection(stale: set[str] | None, always: set[str]) -> str:
    if stale is None:
        return "fqn:*"
    return " ".join([*sorted(always), *(f"{name}+" for name in sorted(stale))])


def _command(settings: Settings) -> list[str]:
    # The path identifies a dbt process that outlived its refresh.
    return ["build", "--log-path", str(settings.dbt_target)]


def _run(settings: Settings, invocation: DbtCliInvocation, events: Iterable[Any]) -> list[Any]:
    """Return dbt's events once it has ended and closed the file."""
    pid_file = settings.dbt_target / "pid"
    with replacing(pid_file) as partial:
        partial.write_text(str(invocation.process.pid))
    received = list(events)
    remove(pid_file)
    return received


def _end_orphan(settings: Settings) -> None:
    """End a dbt that outlived its refresh and still writes; for the lock's owner."""
    pid_file = settings.dbt_target / "pid"
    try:
        pid = int(pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return
    while str(settings.dbt_target) in _command_line(pid):
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    remove(pid_file)


def _command_line(pid: int) -> str:
    command = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603


# Assets that dbt reads, and the columns that theirs come from.
_BEFORE_DBT = [spec for asset in [*ACCEPTED, *LINKAGE] for spec in asset.specs]
_LINEAGE_BEFORE_DBT = {
    ("accepted", spec.key.path[1]): column_lineage.of_accepted(
        FEEDS[spec.key.path[1]], [c.name for c in spec.metadata["dagster/column_schema"].columns]
    )
    for asset in ACCEPTED
    for spec in asset.specs
} | {tuple(CROSSWALK_KEY.path): MADE_OF_KEYS}


def _table_metadata(
    settings: Settings, manifest: Mapping[str, Any]
) -> dict[dg.AssetKey, dict[str, Any]]:
    """Return the rows of tables and the columns of models, as metadata.

    One connection counts all, dagster-dbt would open one for each.
    """
    metadata: dict[dg.AssetKey, dict[str, Any]] = {
        dg.AssetKey([schema, table]): {"dagster/row_count": rows}
        for (schema, table), rows in count_rows(settings.build).items()
    }
    columns = columns_of_models(settings, manifest, _BEFORE_DBT, _LINEAGE_BEFORE_DBT)
    return {key: metadata.get(key, {}) | columns.get(key, {}) for key in metadata | columns}


def _add_metadata(
    context: dg.AssetExecutionContext,
    metadata: Mapping[dg.AssetKey, dict[str, Any]],
    built: Iterable[dg.AssetKey],
) -> None:
    for key in set(built) & set(metadata):
        context.add_asset_metadata(metadata[key], asset_key=key)


def _raise_if_failed(invocation: DbtCliInvocation) -> None:
    """Raise the error of a failed build; ask for another try after a failed read or write.

    Raises:
        RetryRequested: DuckDB could not read or write.
        Exception: Anything else, as dagster-dbt reports it.
    """
    error = invocation.get_error()
    if error is None:
        return
    try:
        results = invocation.get_artifact("run_results.json")["results"]
    except (FileNotFoundError, ValueError):
        results = []
    if any(_IO_ERROR in (result["message"] or "") for result in results):
        raise dg.RetryRequested(max_retries=2, seconds_to_wait=10) from error
    raise error


def released_keys() -> list[dg.AssetKey]:
    """Return the keys of the models that go into a release."""
    return sorted(key for key in warehouse.keys if key.path[0] in RELEASED_SCHEMAS)


class OfflineDbt(DbtCliResource):
    """dbt with its version from the installed package: `dbt --version` would use the network.

    Without an adapter in this process, which takes 2 s: columns and row counts are read from the
    build.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002
        return None


# The dbt of this environment, whether or not that is on the path.
DBT = Path(sys.executable).with_name("dbt")

DBT_RESOURCE = OfflineDbt(
    project_dir=str(DBT_PROJECT), profiles_dir=str(DBT_PROJECT), dbt_executable=str(DBT)
)
