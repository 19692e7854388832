"""The command `pathways`: every command in its group.

Lives here: assembly, and the one place where a `UserError` becomes a sentence and exit code 2.
Does not: any command (`pipelines.commands`).
"""

import errno
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from pipelines.commands.deliveries import deliveries
from pipelines.commands.home import home
from pipelines.commands.keys import keys
from pipelines.commands.lake.commands import lake
from pipelines.commands.lake.spark import spark
from pipelines.commands.linkage import linkage
from pipelines.commands.metrics import metrics
from pipelines.commands.periods import periods
from pipelines.commands.refresh import query, refresh
from pipelines.commands.releases import public, releases
from pipelines.commands.site import site
from pipelines.commands.ui import ui
from pipelines.errors import LACKS, UserError
from pipelines.intake.landing import shown
from pipelines.settings import Settings

app = typer.Typer(
    name="pathways",
    help="Outcomes of career pathways, from deliveries to releases. docs/operate.md has the tasks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(refresh)
app.command()(query)
app.command()(ui)
app.add_typer(deliveries, name="deliveries")
app.add_typer(linkage, name="linkage")
app.add_typer(metrics, name="metrics")
app.add_typer(releases, name="releases")
app.add_typer(site, name="site")
app.add_typer(public, name="public")
app.add_typer(lake, name="lake")
app.add_typer(spark, name="spark")
app.add_typer(periods, name="periods")
app.add_typer(keys, name="keys")
app.add_typer(home, name="home")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Args:
        arguments: Without the name of the command; by default those of the process.

    Raises:
        SystemExit: With 0, with 1 where what was asked failed, or with 2 where the user can mend
            it: a wrong argument, a `UserError` or what the machine lacks, said on stderr.
    """
    # A terminal of the C locale has no dash: a command does not end for that.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    # Nothing sends usage data, also when started outside of make.
    # Whatever a command writes, its owner alone may read.
    os.umask(0o077)
    os.environ |= {"DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    os.environ.setdefault("PATHWAYS_HOME", str(Settings().root))
    try:
        app(arguments, prog_name="pathways")
    except UserError as error:
        typer.echo(error, err=True)
        raise SystemExit(2) from None
    except OSError as error:
        if error.errno not in LACKS:
            raise
        path = Path(error.filename or "")
        where = f" ({path.with_name(shown(path.name))})" if path.name else ""
        typer.echo(f"{error.strerror}{where}. Mend that, and run the command again.", err=True)
        raise SystemExit(2) from None
    except Exception as error:
        # Dagster's history cannot be written either.
        if "database or disk is full" not in str(error):
            raise
        typer.echo(f"{os.strerror(errno.ENOSPC)}. Make room, and run the command again.", err=True)
        raise SystemExit(2) from None
