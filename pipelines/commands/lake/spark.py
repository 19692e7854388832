"""`pathways spark`: the models on a Spark server.

Lives here: printing. Does not: translating, building (`pipelines.spark`).
"""

from typing import Annotated

import typer

from pipelines.commands.console import group
from pipelines.errors import UserError
from pipelines.settings import Settings

spark = group("Build the models on a Spark server of yours. docs/scale.md has the way.")


@spark.callback()
def _of_spark() -> None:
    """Keep `build` a command of its own."""


@spark.command()
def build(
    remote: Annotated[str, typer.Argument(help="Its address, such as sc://spark:15002.")],
    select: Annotated[str, typer.Option(help="Of dbt; everything where empty.")] = "",
) -> None:
    """Build every seed and model of the data home on a Spark Connect server.

    The server must see `spark/` of the home, where the records that it reads are written.
    """
    from pipelines.release.dbt import failures
    from pipelines.spark.build import build as build_models
    from pipelines.spark.session import session

    settings = Settings()
    folder = settings.root / "spark"
    chosen = ("--select", *select.split()) if select else ()
    with session(folder, remote) as opened:
        results = build_models(settings, opened, folder, *chosen)
    if error := failures(results):
        raise UserError(error)
    typer.echo(f"{len(results)} seeds and models are built.")
