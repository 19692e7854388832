"""`pathways metrics`: what a value means.

Lives here: arguments and printing. Does not: any definition or explanation
(`dbt_project`, `pipelines.release.explain_metric`).
"""

from typing import Annotated

import duckdb
import typer

from pipelines.commands.console import group
from pipelines.release import explain_metric, publish
from pipelines.settings import Settings

metrics = group("Explain the values of the current release.")


@metrics.callback()
def of_metrics() -> None:
    """Explain the values of the current release."""


@metrics.command()
def explain(
    metric: Annotated[str, typer.Argument(help="Id of a metric; docs/metrics.md lists them.")],
    version: Annotated[
        str | None, typer.Option(help="Version of its definition, where it has several.")
    ] = None,
    cohort: Annotated[
        str | None, typer.Option(help="Cohort year; default: the last whole one.")
    ] = None,
    region: Annotated[str, typer.Option(help="Region, as scheme:name.")] = "statewide:California",
    dimension: Annotated[str, typer.Option(help="Dimension, as type:value, or all.")] = "all",
    student_group: Annotated[
        str, typer.Option("--group", help="Student group, as type:value, or all.")
    ] = "all",
) -> None:
    """Explain one value: definition, source, people counted, caveats, and SQL down to the rows.

    A metric alone is described in each version where it has several, or there is no release.
    """
    question = explain_metric.Question(metric, version, cohort, region, dimension, student_group)
    alone = question == explain_metric.Question(metric)
    if explain_metric.is_of_no_value(question) or (alone and not publish.current(Settings())):
        for paragraph in explain_metric.describe(metric):
            typer.echo(f"{paragraph}\n")
        return
    release = publish.current_or_fail(Settings())
    with duckdb.connect(str(release.folder / publish.WAREHOUSE), read_only=True) as connection:
        for paragraph in explain_metric.explain(connection, question):
            typer.echo(f"{paragraph}\n")
