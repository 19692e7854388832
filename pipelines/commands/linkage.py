"""`pathways linkage`: why a link was made, and how good links are.

Lives here: arguments and printing. Does not: any evidence or estimate (`pipelines.linkage_review`).
Splink takes seconds to load, so that each command loads what it needs.
"""

from typing import Annotated

import typer
from rich.console import Console

from pipelines.commands.console import Why, group, print_table, table
from pipelines.errors import UserError
from pipelines.home import reasons
from pipelines.home.lock import writing
from pipelines.settings import Settings

linkage = group("Explain links, have pairs reviewed by people, try stricter linkage.")


@linkage.command()
def explain(
    id_: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A person id, an identity number, or two with a comma between."
        ),
    ],
) -> None:
    """Print why records are one person, or why two are not; it prints personal values.

    Draws a waterfall chart of each pair in the data home.
    """
    from pipelines.linkage.store import Store
    from pipelines.linkage_review import explain as review

    console = Console(width=max(Console().width, 150))
    folder = review.explain(Store(Settings().identity), id_, console)
    typer.echo(f"Waterfalls: {folder}")


@linkage.command("review-sample")
def review_sample(
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of each band and outcome.")] = 40,
) -> None:
    """Draw pairs of records for people to label as one person or two."""
    from pipelines.linkage.store import Store
    from pipelines.linkage_review import clerical_review

    path = clerical_review.write_sample(Store(Settings().identity), pairs)
    typer.echo(f"Pairs to label: {path}\nIt holds personal values; see README.txt beside it.")


@linkage.command("review-report")
def review_report() -> None:
    """Print precision and recall of linkage, estimated from the labelled pairs.

    The next release shows them in quality.linkage_review.
    """
    from pipelines.linkage_review import clerical_review

    print_table(clerical_review.table(clerical_review.ANALYSIS.run(Settings(), typer.echo)), 110)


@linkage.command("forget-bridge")
def forget(reason: Why) -> None:
    """Remove all that an identity bridge delivered, and link as if there had never been one.

    The next refresh releases tables without it. Releases and backups made before stay as they are:
    remove them if the agreement asks for it. Without PATHWAYS_BRIDGE_AGREEMENT no bridge is read.
    """
    from pipelines.maintenance.forget_bridge import forget_bridge

    settings, why = Settings(), reasons.given(reason)
    with writing(settings, "forgetting the bridge", typer.echo):
        people = forget_bridge(settings)
        reasons.write(settings, "forget the identity bridge", why)
    typer.echo(
        f"The bridge is forgotten; the crosswalk has {people:,} people. Run: pathways refresh"
    )


@linkage.command("sensitivity")
def try_stricter() -> None:
    """Build the metrics with stricter linkage and print how headline metrics move.

    Touches neither the build nor a release. The next release shows the result in
    quality.linkage_sensitivity.
    """
    from pipelines.linkage_review import sensitivity

    settings = Settings()
    if not settings.crosswalk.exists():
        raise UserError("Nothing is linked yet. Run: pathways refresh")
    rows = sensitivity.shown(sensitivity.ANALYSIS.run(settings, typer.echo))
    columns = ("metric", "cohort", *map(str, sensitivity.LEAST_MATCH_SCORES))
    print_table(table("By least match score", columns, rows), 130)
    typer.echo("0 is as released; in brackets, the movement from there: points, or dollars.")
