"""`pathways periods`: periods that late deliveries no longer change.

Lives here: arguments and printing. Does not: what closing means (`pipelines.intake.closures`).
"""

from typing import Annotated

import typer

from pipelines.commands.console import Reason, feed_option, group
from pipelines.home.lock import writing
from pipelines.intake import closures
from pipelines.settings import Settings
from schemas import FEEDS

Period = Annotated[str, typer.Argument(help="Academic year or quarter, such as 2018-19 or 2018Q4.")]
Feed = Annotated[str, feed_option(FEEDS, "One feed; default: all feeds of the period's calendar.")]

periods = group("Close a period against late deliveries, or reopen it.")


@periods.command()
def close(period: Period, reason: Reason, feed: Feed = "") -> None:
    """Close a period: deliveries for it wait until it is reopened, and reports say so."""
    _declare(closures.CLOSED, period, feed, reason)


@periods.command()
def reopen(period: Period, reason: Reason, feed: Feed = "") -> None:
    """Reopen a closed period: the next refresh validates what was delivered for it."""
    _declare(closures.REOPENED, period, feed, reason)


def _declare(what: str, period: str, feed: str, reason: str) -> None:
    settings = Settings()
    with writing(settings, "closing a period", typer.echo):
        feeds = closures.declare(settings, what, period, feed, reason)
    typer.echo(f"{period} is {what}: {', '.join(feeds)}.")
