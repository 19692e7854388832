"""`pathways releases` and `pathways public`: the current release, and what of it may leave.

Lives here: printing. Does not: publishing (`pipelines.release.publish`), choosing what is hidden
and attacking it (`pipelines.disclosure`).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer

from pipelines.commands.console import Why, group, print_table, table
from pipelines.home import reasons
from pipelines.home.lock import writing
from pipelines.release import publish
from pipelines.release.dictionary import write as write_dictionary
from pipelines.release.export import export as export_tables
from pipelines.release.row_counts import COUNTED_VIEWS
from pipelines.settings import PROJECT, Settings

if TYPE_CHECKING:
    from pipelines.disclosure.audit.report import Report

LISTED = 20
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
    excel: Annotated[
        bool, typer.Option("--excel", help="Write workbooks; up to a million rows.")
    ] = False,
) -> None:
    """Write tables of the current release as Parquet or Excel, for who reads all of a table.

    Without a table: metrics.metric_value and metrics.metric_equity, which are views and compute
    their values anew for each query. Nothing in them is suppressed.
    """
    release = publish.current_or_fail(Settings())
    tables = table or [f"metrics.{view}" for view in COUNTED_VIEWS]
    for path in export_tables(release.folder / publish.WAREHOUSE, tables, folder, excel):
        typer.echo(f"{path} written")


@releases.command()
def dictionary(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Ends in .csv or .md.")],
) -> None:
    """Write what every released table, view and column means, as CSV or Markdown."""
    release = publish.current_or_fail(Settings())
    columns = write_dictionary(release.folder / publish.WAREHOUSE, file)
    typer.echo(f"{file} written: {columns:,} columns")


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


public = group("Publish cells that give nobody away, or attack what is published.")

Processes = Annotated[int, typer.Option(min=1, help="Cohorts worked on at the same time.")]


@public.command()
def build(processes: Processes = 2) -> None:
    """Publish cohorts that are complete and were not published before.

    Writes `public/` beside the warehouse of the current release, or nothing if the audit can work
    out a hidden number. docs/publish.md says what is promised.
    """
    from pipelines.disclosure import publication

    settings = Settings()
    with writing(settings, "publishing what may leave", typer.echo):
        report = publication.publish(settings, typer.echo, processes)
    _print(report)
    if report.passed:
        typer.echo(f"Published: {publication.current_folder(settings)}")
    raise typer.Exit(code=0 if report.passed else 1)


@public.command()
def correct(
    cohort: Annotated[str, typer.Argument(help="Cohort, as in public_vintage.")],
    cohort_year: Annotated[str, typer.Argument(help="Its year.")],
    reason: Why,
    processes: Processes = 2,
) -> None:
    """Publish a cohort and year anew that was published before, for a reason.

    Cells in which only a few people came or went are hidden. Cohorts that are complete and new are
    published, too. The reason stands in `public_vintage`.
    """
    from pipelines.disclosure import publication

    settings, why = Settings(), reasons.given(reason)
    with writing(settings, "a correction", typer.echo):
        reasons.write(settings, f"correction of {cohort} {cohort_year}", why)
        report = publication.publish(settings, typer.echo, processes, (cohort, cohort_year), why)
    _print(report)
    raise typer.Exit(code=0 if report.passed else 1)


@public.command()
def audit(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Public files.")],
    processes: Processes = 2,
    before: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Public files that were published before."),
    ] = None,
) -> None:
    """Compare a public folder with the manifest, and try to work out what is hidden.

    Exits with 1 if something is there that the manifest does not list, or can be worked out.
    """
    from pipelines.disclosure import publication

    findings = publication.contents(folder)
    for finding in findings:
        typer.echo(finding)
    if findings:
        raise typer.Exit(code=1)
    report = publication.attack(folder, processes, before)
    _print(report)
    raise typer.Exit(code=0 if report.passed else 1)


def _print(report: "Report") -> None:
    rows = [
        (finding.kind, " ".join(finding.block), finding.count_id, *finding.cell)
        for finding in report.findings[:LISTED]
    ]
    if rows:
        columns = ["finding", "cohort", "count", "group", "region", "code"]
        print_table(table(f"{len(report.findings)} findings", columns, rows), 110)
    typer.echo(
        f"Audit: {report.cells:,} numbers, {report.programs:,} programs, "
        f"{len(report.findings)} findings."
    )
