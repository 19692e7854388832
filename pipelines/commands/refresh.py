"""`pathways refresh` and `pathways query`.

Lives here: starting the nightly job, and the prompt. Does not: what a refresh does
(`pipelines.release.refresh_plan`, `pipelines.defs.jobs`).
"""

import faulthandler
import os
import sys
from contextlib import suppress
from pathlib import Path

import duckdb
import typer

from pipelines.commands.console import dagster_instance
from pipelines.commands.releases import headline, print_headline
from pipelines.release import publish
from pipelines.settings import Settings


def refresh() -> None:
    """Run the nightly refresh now and print headline results.

    Takes what is new in landing, links, builds, tests and publishes a release; does nothing where
    nothing changed. Exits with 1 if it fails: the current release then stays as it is.
    A refresh that hangs for PATHWAYS_MAX_REFRESH_HOURS is ended, and prints where it hung.
    """
    from pipelines.definitions import defs

    faulthandler.dump_traceback_later(Settings().max_refresh_hours * 3600, exit=True)
    with dagster_instance() as instance:
        job = defs.resolve_job_def("nightly_refresh")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    faulthandler.cancel_dump_traceback_later()
    if not result.success:
        raise typer.Exit(1)
    headline()


def query() -> None:
    """Print headline results and open a read-only SQL prompt on the current release."""
    release = publish.current_or_fail(Settings())
    # A release of an older version, current again, may lack a column of the headline.
    with suppress(duckdb.Error):
        print_headline(release)
    warehouse = release.folder / publish.WAREHOUSE
    prompt = Path(sys.executable).with_name("duckdb")
    os.execv(prompt, [str(prompt), "-readonly", str(warehouse)])  # noqa: S606
