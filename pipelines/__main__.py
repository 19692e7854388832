"""The command line behind the Makefile: refresh, headline, rollback, encode, encoding-key.

Lives here: arguments and printing. Does not: any work of its own.
"""

import argparse
import sys
from pathlib import Path

import dagster as dg
import duckdb
from rich.console import Console
from rich.table import Table

from pipelines import release
from pipelines.landing import FileRefused
from pipelines.settings import PROJECT, Settings
from pipelines.storage import replacing
from schemas import FEEDS

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


def encode_command(file: Path, feed: str) -> int:
    """Encode a file of a feed under the shared key; print counts."""
    from pipelines.encoding import encode_file

    settings = Settings()
    if settings.encoding_key is None:
        print("Set PATHWAYS_ENCODING_KEY to the key the agency gave you.", file=sys.stderr)
        return 1
    if not file.is_file():
        print(f"There is no file {file}.", file=sys.stderr)
        return 1
    try:
        made = encode_file(file, FEEDS[feed], settings.shared_key())
    except FileRefused as refused:
        print(refused.message, file=sys.stderr)
        return 1
    print(f"{made.rows:,} rows encoded, {made.left_out:,} left out: {made.path}")
    for rule, count in made.reasons.items():
        print(f"{count:>8,}  {rule}: {FEEDS[feed].rules[rule]}")
    return 0


def encoding_key_command() -> int:
    """Write the encoding key where the agency can hand it to submitters from."""
    settings = Settings()
    path = settings.root / "encoding_key"
    with replacing(path) as partial:
        partial.write_bytes(settings.shared_key() + b"\n")
    print(f"Hand this over by a safe way: {path}")
    return 0


COMMANDS = {
    "refresh": refresh_command,
    "headline": headline_command,
    "rollback": rollback_command,
    "encoding-key": encoding_key_command,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="pipelines")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        commands.add_parser(name)
    encoder = commands.add_parser("encode")
    encoder.add_argument("file", type=Path)
    encoder.add_argument(
        "--feed", required=True, choices=[n for n, f in FEEDS.items() if f.person_key]
    )
    args = parser.parse_args()
    if args.command == "encode":
        sys.exit(encode_command(args.file, args.feed))
    sys.exit(COMMANDS[args.command]())
