"""`pathways public`: what may leave, published and attacked.

Lives here: printing. Does not: choosing what is hidden, the audit (`pipelines.disclosure`).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.console import group, print_table, table
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.disclosure.audit.findings import Report

LISTED = 20

public = group("Publish cells that give nobody away, or attack what is published.")

Processes = Annotated[int, typer.Option(min=1, help="Cohorts worked on at the same time.")]


@public.command()
def build(processes: Processes = 2) -> None:
    """Publish cohorts that are complete and were not published before.

    Writes `public/` beside the warehouse of the current release, or nothing if the audit can work
    out a hidden number. docs/publish.md says what is promised.
    """
    from pipelines.disclosure import publication

    report = publication.publish(Settings(), typer.echo, processes)
    _print(report)
    if report.passed:
        typer.echo(f"Published: {publication.current_folder(Settings())}")
    raise typer.Exit(code=0 if report.passed else 1)


@public.command()
def audit(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Public files.")],
    processes: Processes = 2,
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
    report = publication.attack(folder, processes)
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
