"""Assets of the dbt project, from staging to metrics, in one step that alone writes the build.

Lives here: wrapping dbt. Does not: any model, any metric (`dbt_project`), which models are out of
date (`pipelines.release.build_plan`).
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from pipelines.checks.values import write_values
from pipelines.defs.columns import columns_of_models
from pipelines.defs.dbt_nodes import asset_specs, check_result, check_specs
from pipelines.defs.intake import ACCEPTED
from pipelines.defs.linkage import CROSSWALK_KEY, LINKAGE, MADE_OF_KEYS
from pipelines.defs.runtime import fail_on_user_error
from pipelines.home.lock import writing
from pipelines.release import build_plan, column_lineage, dbt, metric_catalog
from pipelines.release.build_files.compiled import remember
from pipelines.release.build_files.scrub import scrub
from pipelines.release.build_files.update import Updated, attempt
from pipelines.release.publish import RELEASED_SCHEMAS
from pipelines.release.row_counts import count_rows, hash_rows
from pipelines.settings import Settings
from schemas import FEEDS

# Unit tests prove the code, not the data: they run in CI.
_EXCLUDED = "resource_type:unit_test"
# DuckDB's message when it could not read or write a file: another try may succeed.
_IO_ERROR = "IO Error"

# `make setup` keeps it up to date; parsing here would cost every load some seconds.
_PARSED = metric_catalog.manifest()


class Build(dg.Config):
    """How a run builds."""

    anew: bool = Field(
        default=False,
        description="Build every model in new files, not only what changed.",
    )
    is_updated: bool = Field(
        default=False, description="An update has been made, and is reported alone."
    )
    updated: dict[str, str] = Field(
        default={},
        description="What the update has made again, by dbt's id, and how.",
    )
    tests: list[str] = Field(default=[], description="Tests that the update ran, by dbt's id.")


@dg.multi_asset(
    specs=asset_specs(_PARSED),
    check_specs=check_specs(_PARSED),
    can_subset=True,
    allow_arbitrary_check_specs=True,
)
def warehouse(context: dg.AssetExecutionContext, config: Build) -> Iterator[Any]:
    """Build and test the selected models, and report the rows of each table.

    Where only deliveries or links changed since the last build, it is updated; anything else, and
    what an update can't do, builds every model. Only a build all of whose tests passed may be
    released.
    """
    settings = Settings()
    with fail_on_user_error(), writing(settings, "dbt", context.log.info):
        if config.is_updated:
            yield from _report(
                context, settings, Updated(config.updated, dict.fromkeys(config.tests, ""))
            )
        elif context.selected_asset_keys != warehouse.keys:
            yield from _build_selected(context, settings)
        elif not config.anew and (updated := update_build(settings, context.log.info)):
            yield from _report(context, settings, updated)
        else:
            yield from _build_all(context, settings)


def update_build(settings: Settings, log: Callable[[str], object]) -> Updated | None:
    """Update the build and its record; return None where everything has to be built."""
    now, last = build_plan.inputs(settings), build_plan.last(settings)
    updated = attempt(settings, build_plan.stale(_PARSED, last, now), log)
    if last is None or updated is None:
        return None
    if updated.tables:
        scrub(settings.build)
    if not settings.values.exists():
        write_values(settings)
    changed = {tuple(key_of(name).path) for name in updated.tables}
    rows = {".".join(of): n for of, n in count_rows(settings.build, changed).items()}
    build_plan.finish(settings, build_plan.Built(now, last.tests | updated.tests, last.rows | rows))
    return updated


def _build_selected(context: dg.AssetExecutionContext, settings: Settings) -> Iterator[Any]:
    """Build what a user selected, which leaves the build unreleasable until the next refresh."""
    build_plan.begin(settings, anew=False)
    tables = (key.path[-1] for key in context.selected_asset_keys)
    tests = (key.name for key in context.selected_asset_check_keys)
    results = _build(settings, *tables, *tests, indirect="empty")
    outputs, checks = _outputs(results), _checks(context, settings, results)
    _add_metadata(
        context, _table_metadata(settings, _manifest(settings), _count(settings)), outputs
    )
    yield from [*outputs.values(), *checks.values()]
    _raise_if_failed(results)


def _report(
    context: dg.AssetExecutionContext, settings: Settings, updated: Updated
) -> Iterator[Any]:
    """Report the selected tables and tests, of a build that is up to date."""
    built = build_plan.last(settings)
    if built is None:
        raise dg.Failure("The build changed since its update.", allow_retries=False)
    keys = context.selected_asset_keys
    rows = _count(settings, {tuple(key.path) for key in keys})
    again = {key_of(name): how for name, how in updated.tables.items()}
    metadata = _table_metadata(settings, _PARSED, rows)
    # Upstream first, as Dagster requires.
    for key in TopologicalSorter(warehouse.asset_deps).static_order():
        if key in keys:
            how = again.get(key, "no: nothing that it reads changed")
            yield dg.MaterializeResult(key, metadata=metadata.get(key, {}) | {"rebuilt": how})
    yield from _other_results(built.tests, context.selected_asset_check_keys, updated.tests)


def _build_all(context: dg.AssetExecutionContext, settings: Settings) -> Iterator[Any]:
    """Build and test everything in new files, and report it."""
    now, last = build_plan.inputs(settings), build_plan.last(settings)
    before = hash_rows(settings.build) if last and last.made_from == now else {}
    build_plan.begin(settings, anew=True)
    results = _build(settings, "fqn:*")
    checks = _checks(context, settings, results)
    if dbt.failures(results):
        yield from checks.values()
    _raise_if_failed(results)
    outputs = _outputs(results)
    manifest = _manifest(settings)
    remember(settings, manifest)
    status = {result.node.unique_id: str(result.status) for result in results}
    tests = {name: s for name, s in status.items() if name.startswith("test.")}
    context.log.info(f"warehouse: {len(results)} seeds, models and tests built and passed")
    if before:
        _compare(context, before, hash_rows(settings.build))
    rows = _count(settings)
    _add_metadata(context, _table_metadata(settings, manifest, rows), outputs)
    yield from outputs.values()
    yield from checks.values()
    write_values(settings)
    released = {".".join(table): count for table, count in rows[settings.build].items()}
    build_plan.finish(settings, build_plan.Built(now, tests, released))


def _compare(
    context: dg.AssetExecutionContext,
    before: dict[str, tuple[int, int]],
    now: dict[str, tuple[int, int]],
) -> None:
    """Log whether a whole build of the same inputs has the rows that updates had left."""
    if differing := sorted(name for name in before | now if before.get(name) != now.get(name)):
        context.log.warning(f"updates had left other rows in {', '.join(differing)}: report this")
    else:
        context.log.info(f"warehouse: {len(now)} tables have the rows that they had")


def _build(settings: Settings, *names: str, indirect: str = "eager") -> dbt.Results:
    """Return dbt's result of each node of a selection, once it has closed the file."""
    selected = ["--select", *names, "--exclude", _EXCLUDED]
    try:
        return dbt.run(settings, "build", *selected, "--indirect-selection", indirect)
    except dbt.DbtError as error:
        raise _failure(str(error)) from error


def _manifest(settings: Settings) -> dict[str, Any]:
    """Return the manifest of the last build, with the SQL that it compiled."""
    return json.loads((settings.dbt_target / "manifest.json").read_text())


def _outputs(results: dbt.Results) -> dict[dg.AssetKey, dg.Output]:
    """Return the output of each seed and model that was built, upstream first."""
    return {
        key: dg.Output(
            None,
            key.to_python_identifier(),
            metadata={"Execution Duration": result.execution_time},
        )
        for result in results
        if (key := dg.AssetKey([result.node.schema, result.node.name])) in warehouse.keys
        and str(result.status) == "success"
    }


def _checks(
    context: dg.AssetExecutionContext, settings: Settings, results: dbt.Results
) -> dict[dg.AssetCheckKey, dg.AssetCheckResult]:
    """Return the result of each test that a run selected as a check."""
    named = {key.name: key for key in context.selected_asset_check_keys}
    return {
        named[result.node.name]: check_result(named[result.node.name], result, settings)
        for result in results
        if result.node.name in named and str(result.status) != "skipped"
    }


def _other_results(
    tests: Mapping[str, str], keys: Iterable[dg.AssetCheckKey], run_now: Mapping[str, str]
) -> Iterator[dg.AssetCheckResult]:
    """Report tests that dbt did not run: run by an update, or of what did not change."""
    ids = {unique_id.split(".")[2]: unique_id for unique_id in tests}
    for key in keys:
        if key.name in ids:
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=tests[ids[key.name]] == "pass",
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"rerun": ids[key.name] in run_now},
            )


# Assets that dbt reads, and the columns that theirs come from.
_BEFORE_DBT = [spec for asset in [*ACCEPTED, *LINKAGE] for spec in asset.specs]
_LINEAGE_BEFORE_DBT = {
    ("accepted", spec.key.path[1]): column_lineage.of_accepted(
        FEEDS[spec.key.path[1]], [c.name for c in spec.metadata["dagster/column_schema"].columns]
    )
    for asset in ACCEPTED
    for spec in asset.specs
} | {tuple(CROSSWALK_KEY.path): MADE_OF_KEYS}


def _count(
    settings: Settings, tables: Collection[tuple[str, ...]] | None = None
) -> dict[Path, dict[tuple[str, str], int]]:
    """Return the rows of tables, of all where None, by file."""
    return {path: count_rows(path, tables) for path in settings.built if path.exists()}


def _table_metadata(
    settings: Settings,
    manifest: Mapping[str, Any],
    rows: Mapping[Path, Mapping[tuple[str, str], int]],
) -> dict[dg.AssetKey, dict[str, Any]]:
    """Return the rows of tables and the columns of models, as metadata."""
    metadata: dict[dg.AssetKey, dict[str, Any]] = {
        dg.AssetKey([schema, table]): {"dagster/row_count": count}
        for counts in rows.values()
        for (schema, table), count in counts.items()
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


def _raise_if_failed(results: dbt.Results) -> None:
    """Raise what `_failure` returns if a node failed."""
    if error := dbt.failures(results):
        raise _failure(error)


def _failure(error: str) -> Exception:
    """Return the failure of a step; the request for another try after a failed read or write."""
    if _IO_ERROR in error:
        return dg.RetryRequested(max_retries=2, seconds_to_wait=10)
    return dg.Failure(f"dbt: {error}", allow_retries=False)


def key_of(unique_id: str) -> dg.AssetKey:
    """Return the key of a model or seed."""
    node = _PARSED["nodes"][unique_id]
    return dg.AssetKey([node["schema"], node["name"]])


def released_keys() -> list[dg.AssetKey]:
    """Return the keys of the models that go into a release."""
    return sorted(key for key in warehouse.keys if key.path[0] in RELEASED_SCHEMAS)
