"""Assets of the dbt project, from staging to metrics, in one step that alone writes build.duckdb.

Lives here: wrapping dbt. Does not: any model, any metric (`dbt_project`).
"""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

from pipelines.defs.described_tests import DescribedTests
from pipelines.defs.model_columns import columns_of_models
from pipelines.release import RELEASED_SCHEMAS, count_rows, write_checks
from pipelines.settings import DBT_PROJECT, Settings
from pipelines.storage import remove

# DuckDB takes one writing process at a time; the instance limits this pool to one.
WRITER_POOL = "build_duckdb"

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


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    dagster_dbt_translator=_Translator(),
    # Unit tests prove the code, not the data: they run in CI. dagster-dbt knows no exposures.
    exclude="resource_type:unit_test resource_type:exposure",
    pool=WRITER_POOL,
)
def warehouse(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build and test every selected model, and report the rows of each table.

    Only a build of all models, all of whose tests passed, may be released.
    """
    settings = Settings()
    remove(settings.build_checks)
    os.environ["PATHWAYS_HOME"] = str(settings.root)
    # Dagster keeps what dbt prints; a second log at debug level would only cost time.
    os.environ["DBT_LOG_LEVEL_FILE"] = "none"
    invocation = dbt.cli(
        ["build"], context=context, raise_on_error=False, target_path=settings.dbt_target
    )
    # Rows can be counted once dbt has let go of the file; one connection counts all tables, where
    # dagster-dbt's own row counts open one for each model.
    events = list(invocation.stream())
    for (schema, table), rows in count_rows(settings.build).items():
        key = dg.AssetKey([schema, table])
        if key in context.selected_asset_keys:
            context.add_asset_metadata({"dagster/row_count": rows}, asset_key=key)
    manifest = invocation.get_artifact("manifest.json")
    for key, columns in columns_of_models(settings, manifest).items():
        if key in context.selected_asset_keys:
            context.add_asset_metadata(columns, asset_key=key)
    yield from events
    error = invocation.get_error()
    if error:
        raise error
    results = invocation.get_artifact("run_results.json")["results"]
    if context.selected_asset_keys == warehouse.keys:
        write_checks(settings, {result["unique_id"]: result["status"] for result in results})
    context.log.info(f"warehouse: {len(results)} seeds, models and tests built and passed")


def released_keys() -> list[dg.AssetKey]:
    """Return the keys of the models that go into a release."""
    return sorted(key for key in warehouse.keys if key.path[0] in RELEASED_SCHEMAS)


# The dbt of this environment, whether or not that is on the path.
DBT = Path(sys.executable).with_name("dbt")

RESOURCES = {"dbt": DbtCliResource(project_dir=project, dbt_executable=str(DBT))}
