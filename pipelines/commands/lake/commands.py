"""`pathways lake`: a lake beside a file, its releases, and its shards.

Lives here: printing. Does not: building, releasing, adding up (`pipelines.lake`).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.console import Why, group, print_table, table
from pipelines.home import reasons
from pipelines.home.lock import writing
from pipelines.settings import Settings

lake = group("Write to a lake of many writers, and read what it said. docs/scale.md has the way.")

# The newest release, one by its id, or what was current on a day.
ReleaseId = Annotated[str, typer.Option("--release", help="Id of a release, as listed.")]
Day = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="The release at the end of this day, UTC."),
]
Name = Annotated[str, typer.Argument(help="Name of the shard.")]


@lake.command()
def build() -> None:
    """Write the build of the data home into the lake, all of it or nothing, and release it.

    Readers go on with the release that they have pinned. A feed that may not be released stops it.
    """
    from pipelines.checks.release_gate import decide_all
    from pipelines.defs.checks import check_inputs
    from pipelines.errors import UserError
    from pipelines.lake import build as lake_build

    settings = Settings()
    with writing(settings, "the lake", typer.echo):
        stopped = [one.feed for one in decide_all(check_inputs(settings)) if one.stops]
        if stopped:
            raise UserError(f"May not be released: {', '.join(stopped)}. See docs/checks.md")
        _say(lake_build.build(settings))


@lake.command()
def releases() -> None:
    """List the releases of the lake and each rollback, oldest first."""
    from pipelines.lake.releases import releases as of_lake

    rows = [
        (str(one.released_at)[:19], *list(vars(one).values())[1:]) for one in of_lake(Settings())
    ]
    columns = ["current from (UTC)", "release", "snapshot", "code", "reason"]
    print_table(table("Releases of the lake", columns, rows), 110)


@lake.command()
def rollback(reason: Why, release: ReleaseId = "") -> None:
    """Make an earlier release current again: the one before, or the one that is named."""
    from pipelines.lake.releases import rollback as back

    settings, why = Settings(), reasons.given(reason)
    again = back(settings, why, release or None)
    reasons.write(settings, f"lake rollback to {again.release_id}", why)
    _say(again)


@lake.command()
def query(
    sql: Annotated[str, typer.Argument(help="A query, such as 'from metrics.headline'.")],
    release: ReleaseId = "",
    on: Day = None,
) -> None:
    """Answer a query from one release: the current one, one by its id, or that of a day."""
    from pipelines.lake import releases as of_lake
    from pipelines.lake.catalog import connect

    settings = Settings()
    pinned = _pinned(settings, release, on)
    with connect(settings, snapshot=pinned.snapshot_id) as connection:
        rows = connection.sql(sql)
        title = f"Release {pinned.release_id}"
        print_table(table(title, rows.columns, rows.fetchmany(of_lake.SHOWN)), 110)


@lake.command()
def attach(release: ReleaseId = "", on: Day = None) -> None:
    """Print the SQL with which a DuckDB client of this version reads one release, and only that."""
    from pipelines.lake.catalog import ALIAS, attach_sql, extension_directory

    settings = Settings()
    pinned = _pinned(settings, release, on)
    typer.echo(f"set extension_directory = '{extension_directory(settings)}';")
    typer.echo("load ducklake; load sqlite_scanner; load postgres_scanner;")
    typer.echo(f"{attach_sql(settings, True, pinned.snapshot_id)}; use {ALIAS};")


@lake.command()
def prune() -> None:
    """Expire what no release of the last `PATHWAYS_KEEP_RELEASES` reads; files go a day later."""
    from pipelines.lake.releases import prune as expire

    settings = Settings()
    typer.echo(f"{expire(settings, settings.keep_releases):,} snapshots expired.")


@lake.command()
def add_shard(name: Name) -> None:
    """Register a shard, once, before its data home is loaded."""
    from pipelines.lake.shards import add_shard as add

    add(Settings(), name)
    typer.echo(f"Shard {name} is registered. In its data home: pathways lake load {name}")


@lake.command()
def load(name: Name) -> None:
    """Give the build of this data home to the lake, in place of what the shard had."""
    from pipelines.lake.shards import load as give

    settings = Settings()
    with writing(settings, "loading", typer.echo):
        rows = give(settings, name)
    typer.echo(f"Shard {name}: {sum(rows.values()):,} rows of {len(rows)} tables.")


@lake.command()
def movers(
    homes: Annotated[list[str], typer.Argument(help="Each shard and its data home: name=folder.")],
) -> None:
    """Count people with records in several shards once, under PATHWAYS_MOVERS_AGREEMENT.

    They are joined by equal numbers alone. Run it after the shards are loaded, before `roll-up`.
    """
    from pipelines.lake.movers import load_movers

    of_shards = dict(one.split("=", 1) for one in homes)
    settings = {name: Settings(home=Path(folder)) for name, folder in of_shards.items()}
    typer.echo(f"{load_movers(Settings(), settings):,} people have records in several shards.")


@lake.command()
def roll_up() -> None:
    """Add up all shards, build and test the metrics of all together, and release them."""
    from pipelines.lake.roll_up import roll_up as add_up

    _say(add_up(Settings()))


def _pinned(settings: Settings, release: str, on: datetime | None):  # noqa: ANN202
    from pipelines.lake.releases import at

    end = on.replace(hour=23, minute=59, second=59, microsecond=999_999, tzinfo=UTC) if on else None
    return at(settings, release or None, end)


def _say(release: object) -> None:
    typer.echo(f"Release {vars(release)['release_id']} of the lake is current.")
