"""`pathways refresh` and `pathways query`.

Lives here: starting the nightly job, and the prompt. Does not: what a refresh does
(`pipelines.release.refresh_plan`, `pipelines.defs.nightly`).
"""

import faulthandler
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer

from pipelines.commands.console import dagster_instance
from pipelines.commands.progress import displayed
from pipelines.commands.releases import print_headline
from pipelines.release import publish
from pipelines.settings import PROJECT, SITE_INTERNAL, Settings

if TYPE_CHECKING:
    import dagster as dg

PROMPT = PROJECT / "pipelines" / "release" / "prompt.duckdbrc"


def refresh(
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Print all that is logged, and write no log file.")
    ] = False,
) -> None:
    """Run the nightly refresh now and print headline results.

    Takes what is new in landing, links, builds, tests, publishes a release and builds its site;
    does nothing where nothing changed. Prints a line for each stage; everything else is in a log
    file, which is named at the end. Exits with 1 if it fails: the current release then stays as it
    is. A refresh that hangs for PATHWAYS_MAX_REFRESH_HOURS is ended, and prints where it hung.
    """
    settings = Settings()
    with watchdog(settings), nullcontext() if verbose else displayed(settings) as shown:
        succeeded = _run()
    if shown:
        typer.echo(f"  Log        {shown.log}")
    if not succeeded:
        typer.echo("The refresh failed; the current release stays as it is.", err=True)
        raise typer.Exit(1)
    print_headline(publish.current_or_fail(settings))
    print_next_steps(settings)


def _run() -> bool:
    from pipelines.defs.nightly.refresh import nightly_refresh
    from pipelines.defs.runtime import OF_LOCATION

    with dagster_instance() as instance:
        return nightly_refresh.execute_in_process(
            instance=instance,
            resources={"code_location": _definitions},
            tags=OF_LOCATION,
            raise_on_error=False,
        ).success


def _definitions() -> "dg.Definitions":
    """Return the code location, which takes 2 s to load: only where something is new."""
    from pipelines.definitions import defs

    return defs


@contextmanager
def watchdog(settings: Settings) -> Iterator[None]:
    """End the process if the block hangs, and print where to what is standard error now."""
    with os.fdopen(os.dup(2), "w") as errors:
        hours = settings.max_refresh_hours
        faulthandler.dump_traceback_later(hours * 3600, exit=True, file=errors)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def print_next_steps(settings: Settings) -> None:
    """Print where the site and the warehouse are, and what to do next."""
    folder = settings.releases / publish.CURRENT
    site = folder / SITE_INTERNAL / "index.html"
    typer.echo(f"Site:      {site}" if site.exists() else "Site:      pathways site build")
    typer.echo(f"Warehouse: {folder / publish.WAREHOUSE}")
    typer.echo("Next: open the site in a browser")
    typer.echo("      make query   asks the warehouse in SQL; docs/query.md has questions")
    typer.echo("      make ui      shows every stage, check and delivery on http://localhost:3000")
    typer.echo(
        "      pathways public build   publishes cells that give nobody away; docs/publish.md"
    )


def query() -> None:
    """Print headline results and open a read-only SQL prompt on the current release.

    The prompt has macros: metric(id), metric_by(id, scheme), explain(id), columns_of(table).
    """
    release = publish.current_or_fail(Settings())
    # A release of an older version, current again, may lack a column of the headline.
    with suppress(duckdb.Error):
        print_headline(release)
    warehouse = release.folder / publish.WAREHOUSE
    prompt = Path(sys.executable).with_name("duckdb")
    # A release of an older version lacks the views that the macros read: it opens without them.
    known = ["-init", str(PROMPT)] if _has_views(warehouse) else []
    os.execv(prompt, [str(prompt), "-readonly", *known, str(warehouse)])  # noqa: S606


def _has_views(warehouse: Path) -> bool:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        views = "select count(*) from duckdb_views() where view_name in ('by_region', 'headline')"
        return connection.sql(views).fetchall()[0][0] == 2
