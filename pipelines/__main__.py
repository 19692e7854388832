"""The command line behind the Makefile: refresh, headline, rollback, rotate-key.

Lives here: arguments and printing. Does not: any work of its own.
"""

import argparse
import sys

import dagster as dg
import duckdb
from rich.console import Console
from rich.table import Table

from pipelines import release, rotation
from pipelines.settings import PROJECT, Settings

HEADLINE = PROJECT / "pipelines" / "headline.sql"


def refresh_command() -> int:
    """Run the nightly job now; return 0 when a new release is out."""
    from pipelines.definitions import defs

    with dg.DagsterInstance.get() as instance:
        job = defs.resolve_job_def("nightly_refresh")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    if not result.success:
        return 1
    return headline_command()


def headline_command() -> int:
    """Print where the current release is and its headline results."""
    settings = Settings()
    now = release.current(settings)
    if now is None:
        print("There is no release yet. Run: make run", file=sys.stderr)
        return 1
    with duckdb.connect(str(now.folder / release.WAREHOUSE), read_only=True) as connection:
        relation = connection.sql(HEADLINE.read_text())
        table = Table(*relation.columns, title=f"Release {now.release_id}")
        for row in relation.fetchall():
            table.add_row(*("–" if value is None else str(value) for value in row))
    # Narrower than this, the names of metrics break over lines.
    console = Console(width=max(Console().width, 110))
    console.print(table)
    console.print(f"Warehouse: {settings.releases / release.CURRENT / release.WAREHOUSE}")
    console.print("Query it with: make query")
    return 0


def rollback_command() -> int:
    """Make the release before the current one current."""
    try:
        back = release.rollback(Settings())
    except release.NothingToRollBackTo as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Release {back.release_id} is current again.")
    return 0


def rotate_key_command() -> int:
    """Bring in a new token key."""
    try:
        must_be_set = rotation.rotate(Settings())
    except rotation.CannotRotate as error:
        print(error, file=sys.stderr)
        return 1
    print("All tokens are new, all person ids are as they were. The next refresh builds on them.")
    if must_be_set:
        print("Set PATHWAYS_TOKEN_KEY to the new key now, and unset PATHWAYS_NEW_TOKEN_KEY.")
    return 0


COMMANDS = {
    "refresh": refresh_command,
    "headline": headline_command,
    "rollback": rollback_command,
    "rotate-key": rotate_key_command,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="pipelines")
    parser.add_argument("command", choices=COMMANDS)
    sys.exit(COMMANDS[parser.parse_args().command]())
