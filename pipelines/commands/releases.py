"""`pathways releases`: the current release, and the one before it.

Lives here: printing. Does not: publishing (`pipelines.release.publish`).
"""

from pathlib import Path
from typing import Annotated

import duckdb
import typer

from pipelines.commands.console import Why, group, print_table, table
from pipelines.home import reasons
from pipelines.home.lock import writing
from pipelines.release import publish
from pipelines.release.export import export as export_tables
from pipelines.release.row_counts import COUNTED_VIEWS
from pipelines.settings import PROJECT, Settings

HEADLINE = PROJECT / "pipelines" / "release" / "headline.sql"

releases = group("Show the current release, or go back to the one before it.")


def print_headline(release: publish.Release) -> None:
    """Print the headline results of a release: the last whole cohort of each."""
    with duckdb.connect(str(release.folder / publish.WAREHOUSE), read_only=True) as connection:
        relation = connection.sql(HEADLINE.read_text())
        rows = relation.fetchall()
    print_table(table(f"Release {release.release_id}", relation.columns, rows), 110)


@releases.command()
def headline() -> None:
    """Print where the current release is and its headline results."""
    settings = Settings()
    print_headline(publish.current_or_fail(settings))
    typer.echo(f"Warehouse: {settings.releases / publish.CURRENT / publish.WAREHOUSE}")
    typer.echo("Query it with: pathways query")


@releases.command()
def export(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the files go.")],
    table: Annotated[list[str] | None, typer.Option(help="As schema.table, any number.")] = None,
) -> None:
    """Write tables of the current release as Parquet, for who reads all of a table.

    Without a table: metrics.metric_value and metrics.metric_equity, which are views and compute
    their values anew for each query. Nothing in them is suppressed.
    """
    release = publish.current_or_fail(Settings())
    tables = table or [f"metrics.{view}" for view in COUNTED_VIEWS]
    for path in export_tables(release.folder / publish.WAREHOUSE, tables, folder):
        typer.echo(f"{path} written")


@releases.command()
def rollback(reason: Why) -> None:
    """Make the release before the current one current.

    Readers of either release are not disturbed. The next refresh publishes only if something is
    new since the release that was left.
    """
    settings, why = Settings(), reasons.given(reason)
    with writing(settings, "a rollback", typer.echo):
        release = publish.rollback(settings)
        reasons.write(settings, f"rollback to {release.release_id}", why)
    typer.echo(f"Release {release.release_id} is current again.")
