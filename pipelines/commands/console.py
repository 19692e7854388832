"""What commands share: arguments, tables, and Dagster's instance.

Lives here: printing, and where Dagster keeps its history. Does not: any command.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipelines.settings import PROJECT, Settings

if TYPE_CHECKING:
    import dagster as dg

# Why something is done that does not come back by itself.
Why = Annotated[str, typer.Option("--reason", help="Why; written to reasons.csv of the home.")]
Reason = Annotated[str, typer.Option(help="Why; the log in ledger/ keeps it.")]


def feed_option(names: Iterable[str], text: str) -> Any:
    """Return an option that is the name of a feed, one of some."""
    choices = list(names)

    def parse(name: str) -> str:
        if name and name not in choices:
            raise typer.BadParameter(f"{name} is none of {', '.join(choices)}")
        return name

    return typer.Option(parser=parse, metavar="FEED", help=f"{text} One of {', '.join(choices)}.")


def group(text: str) -> typer.Typer:
    """Return an empty group of commands with its help."""
    return typer.Typer(help=text, no_args_is_help=True)


def print_table(table: Table, width: int) -> None:
    """Print a table that is at least so many characters wide, so that no cell breaks over lines."""
    Console(width=max(Console().width, width)).print(table)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Table:
    """Return a table; a value that is null is a dash."""
    filled = Table(*columns, title=title)
    for row in rows:
        filled.add_row(*("–" if value is None else str(value) for value in row))
    return filled


@contextmanager
def dagster_instance() -> Iterator["dg.DagsterInstance"]:
    """Yield the instance that keeps Dagster's history: in the data home, or in Postgres."""
    import dagster as dg

    home = Path(os.environ.setdefault("DAGSTER_HOME", str(Settings().root / "dagster")))
    if not (home / "dagster.yaml").exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = "deploy" if "PATHWAYS_POSTGRES_HOST" in os.environ else "pipelines"
        shutil.copyfile(PROJECT / folder / "dagster.yaml", home / "dagster.yaml")
    with dg.DagsterInstance.get() as instance:
        yield instance
