"""`pathways home`: backup, maintenance and alerts of the data home.

Lives here: arguments and printing. Does not: any of the work (`pipelines.maintenance`,
`pipelines.alerts`, `pipelines.defs`).
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.console import Why, dagster_instance, group
from pipelines.home import reasons
from pipelines.home.lock import writing
from pipelines.maintenance import backup as backups
from pipelines.maintenance import restore as restores
from pipelines.release.publish import utc_now
from pipelines.settings import Settings

home = group("Back up, restore, prune and watch the data home.")


@home.command()
def backup(
    to: Annotated[Path, typer.Argument(help="Folder outside the data home.")],
) -> None:
    """Copy the data home into a new folder of another, with the hash of every file.

    Refreshes wait meanwhile. Keys are left out: keep a copy of the token key apart.
    """
    settings = Settings()
    with writing(settings, "a backup", typer.echo):
        copied = backups.backup(settings, to, utc_now())
    typer.echo(
        f"{copied.files:,} files, {copied.bytes / 1e6:,.0f} MB, release {copied.release_id}: "
        f"{copied.folder}\nThe token key is not in it. Keep a copy of it apart."
    )
    if copied.left_out:
        typer.echo(
            "Left out, since they hold a key, can't be read or lead out of the home: "
            f"{', '.join(copied.left_out)}"
        )


@home.command()
def restore(
    source: Annotated[Path, typer.Argument(help="Folder of a backup.")],
    unsigned: Annotated[
        bool, typer.Option(help="Take a list without signature, from version 0.1.")
    ] = False,
    *,
    reason: Why,
) -> None:
    """Restore a backup into an empty data home, after verifying its list and every file of it."""
    settings, why = Settings(), reasons.given(reason)
    with writing(settings, "a restore", typer.echo):
        release_id = restores.restore(settings, source, unsigned)
        reasons.write(settings, f"restore {source.name}", why)
    typer.echo(f"Restored into {settings.root}; current release: {release_id}")


@home.command()
def prune(reason: Why) -> None:
    """Remove old runs, releases and alerts; the weekly job does the same.

    Runs and alerts older than PATHWAYS_KEEP_RUNS_DAYS and releases beyond PATHWAYS_KEEP_RELEASES
    go. No delivery is touched.
    """
    from pipelines.definitions import defs
    from pipelines.defs.jobs import prune_now

    why = reasons.given(reason)
    with dagster_instance() as instance:
        pruned = prune_now(instance, defs, why)
    typer.echo(
        f"{pruned.runs} runs, {pruned.releases} releases, {pruned.alerts} alerts removed: {why}"
    )


@home.command()
def watch() -> None:
    """Alert of a late refresh or a stale feed, and send alerts that wait.

    Meant for a timer outside Dagster, so that a daemon that is down is noticed too. Exits with 1
    when an alert could not be sent through every channel.
    """
    from pipelines.defs.sensors import due_alerts, send_alerts

    now = datetime.now(UTC)
    with dagster_instance() as instance:
        # A timer of its own has been watching since before the refresh was due.
        alerts = due_alerts(instance, now - timedelta(days=2), now)
    waiting = send_alerts(alerts, now)
    for alert in alerts:
        typer.echo(alert.title)
    raise typer.Exit(1 if waiting else 0)
