"""Assets of the dbt project, from staging to metrics, in one step that alone writes build.duckdb.

Lives here: wrapping dbt. Does not: any model, any metric (`dbt_project`).
"""

import os
from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

from pipelines.release import RELEASED_SCHEMAS, write_checks
from pipelines.settings import DBT_PROJECT, Settings

# DuckDB takes one writing process at a time; the instance limits this pool to one.
WRITER_POOL = "build_duckdb"

project = DbtProject(project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT)
project.prepare_if_dev()


@dbt_assets(
    manifest=project.manifest_path,
    project=project,
    # Unit tests prove the code, not the data: they run in CI.
    exclude="resource_type:unit_test",
    pool=WRITER_POOL,
)
def warehouse(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build and test every selected model."""
    settings = Settings()
    os.environ["PATHWAYS_HOME"] = str(settings.root)
    invocation = dbt.cli(["build"], context=context)
    yield from invocation.stream().fetch_row_counts()
    results = invocation.get_artifact("run_results.json")["results"]
    write_checks(settings, {result["unique_id"]: result["status"] for result in results})
    context.log.info(f"warehouse: {len(results)} models, seeds and tests built and passed")


def released_keys() -> list[dg.AssetKey]:
    """Return the keys of the models that go into a release."""
    return sorted(key for key in warehouse.keys if key.path[0] in RELEASED_SCHEMAS)


RESOURCES = {"dbt": DbtCliResource(project_dir=project)}
