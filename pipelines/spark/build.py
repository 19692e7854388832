"""Building a data home on Spark: the whole graph by the same project.

Lives here: the sources of a home in a session, and running dbt with the target `spark`. Does not:
the session (`pipelines.spark.session`).
"""

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.home.files import literal
from pipelines.release import dbt
from pipelines.settings import DBT_PROJECT, Settings
from pipelines.spark.session import translated

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

# Tests are of DuckDB's tables, which these equal.
BUILT = ("--resource-type", "seed", "--resource-type", "model")


def build(
    settings: Settings, session: "SparkSession", folder: Path, *arguments: str
) -> dbt.Results:
    """Build a home's seeds and models in a session; return each node's result.

    Args:
        settings: Names the data home, whose accepted records are read.
        session: Where tables are built, each in a schema of its own name.
        folder: Where sources are written for Spark, and dbt's own files.
        arguments: What `dbt build` takes beside folders; all seeds and models where there are none.

    Raises:
        DbtError: dbt could not begin. A model that failed is among the results.
    """
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    own, project = str(folder / "dbt"), str(DBT_PROJECT)
    common = (
        *("--target", "spark", "--project-dir", project, "--profiles-dir", project),
        *("--target-path", own, "--log-path", own, "--log-level-file", "none"),
        *("--no-use-colors", "--no-send-anonymous-usage-stats"),
    )
    with dbt.environment(PATHWAYS_HOME=str(settings.root)), translated(session):
        manifest = dbtRunner().invoke(["parse", *common]).result
        if not isinstance(manifest, Manifest):
            raise dbt.DbtError("dbt could not read the project.")
        _load_sources(session, manifest, folder / "sources")
        done = dbtRunner(manifest=manifest).invoke(["build", *BUILT, *arguments, *common])
    if not isinstance(done.result, RunExecutionResult):
        raise dbt.DbtError(str(done.exception))
    return done.result.results


def _load_sources(session: "SparkSession", manifest: "Manifest", folder: Path) -> None:
    """Make each source a table: one Parquet file of what the target `build` reads."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with duckdb.connect() as connection:
        for source in manifest.sources.values():
            name = f"{source.source_name}.{source.identifier}"
            path = folder / f"{name}.parquet"
            location = source.config["external_location"].format(
                home=source.config["home"], name=source.name, identifier=source.identifier
            )
            connection.execute(f"copy (from {location}) to {literal(path)} (format parquet)")
            session.sql(f"create schema if not exists {source.source_name}")
            session.sql(f"drop table if exists {name}")
            session.sql(f"create table {name} using parquet as select * from parquet.`{path}`")
