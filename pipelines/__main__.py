"""The command line behind the Makefile: refresh, releases, keys, encoding and looks at linkage.

Lives here: arguments and printing. Does not: any work of its own.
"""

import argparse
import faulthandler
import sys
from pathlib import Path

import dagster as dg
import duckdb
from rich.console import Console
from rich.table import Table

from pipelines import closing, release, rotation, sensitivity
from pipelines.landing import FileRefused
from pipelines.locking import Locked, writing
from pipelines.settings import PROJECT, Settings
from pipelines.storage import replacing
from schemas import FEEDS

HEADLINE = PROJECT / "pipelines" / "headline.sql"


def refresh_command() -> int:
    """Run the nightly job now; return 0 when a new release is out, or none was needed.

    One that hangs is ended with the word of where it hung.
    """
    from pipelines.definitions import defs

    faulthandler.dump_traceback_later(Settings().max_refresh_hours * 3600, exit=True)
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


def close_command(what: str, period: str, feed: str, reason: str) -> int:
    """Close or reopen a period."""
    settings = Settings()
    try:
        with writing(settings, "closing a period", print):
            feeds = closing.declare(settings, what, period, feed, reason)
    except (closing.CannotClose, Locked) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{period} is {what}: {', '.join(feeds)}.")
    return 0


def rollback_command() -> int:
    """Make the release before the current one current."""
    settings = Settings()
    try:
        with writing(settings, "a rollback", print):
            back = release.rollback(settings)
    except (release.NothingToRollBackTo, Locked) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Release {back.release_id} is current again.")
    return 0


def sensitivity_command() -> int:
    """Try stricter linkage and print how headline metrics move."""
    settings = Settings()
    if not settings.crosswalk.exists():
        print("Nothing is linked yet. Run: make run", file=sys.stderr)
        return 1
    found = sensitivity.run(settings, print)
    table = Table("metric", "cohort", *sensitivity.LEAST_MATCH_SCORES, title="By least match score")
    for row in sensitivity.shown(found):
        table.add_row(*row)
    console = Console(width=max(Console().width, 130))
    console.print(table)
    console.print("0 is as released; in brackets, the movement from there: points, or dollars.")
    return 0


def explain_person_command(id_: str) -> int:
    """Print the evidence on a person or a pair; draw its waterfalls in the data home."""
    from pipelines.explanation import evidence, telling
    from pipelines.linkage import Store

    # Narrower than this, values break over lines.
    console = Console(width=max(Console().width, 150))
    try:
        folder = telling.explain(Store(Settings().identity), id_, console)
    except evidence.UnknownId as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Waterfalls: {folder}")
    return 0


def review_sample_command(pairs: int) -> int:
    """Draw pairs for people to label."""
    from pipelines.explanation import review
    from pipelines.linkage import Store

    try:
        path = review.write_sample(Store(Settings().identity), pairs)
    except review.CannotReview as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Pairs to label: {path}\nIt holds personal values; see README.txt beside it.")
    return 0


def review_report_command() -> int:
    """Print precision and recall as the labelled pairs tell them."""
    from pipelines.explanation import review
    from pipelines.linkage import Store

    try:
        report = review.write_report(Store(Settings().identity))
    except review.CannotReview as error:
        print(error, file=sys.stderr)
        return 1
    Console(width=max(Console().width, 110)).print(review.table(report))
    return 0


def rotate_key_command() -> int:
    """Bring in a new token key."""
    settings = Settings()
    try:
        with writing(settings, "a rotation of the key", print):
            must_be_set = rotation.rotate(settings)
    except (rotation.CannotRotate, Locked) as error:
        print(error, file=sys.stderr)
        return 1
    print("All tokens are new, all person ids are as they were. The next refresh builds on them.")
    if must_be_set:
        print("Set PATHWAYS_TOKEN_KEY to the new key now, and unset PATHWAYS_NEW_TOKEN_KEY.")
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
    "sensitivity": sensitivity_command,
    "review-report": review_report_command,
    "rotate-key": rotate_key_command,
    "encoding-key": encoding_key_command,
}


def main() -> int:
    """Run the command that is asked for."""
    parser = argparse.ArgumentParser(prog="pipelines")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        commands.add_parser(name)
    explain = commands.add_parser("explain-person")
    explain.add_argument("id", help="a person id, a record number, or two with a comma between")
    sample = commands.add_parser("review-sample")
    sample.add_argument("--pairs", type=int, default=40, help="pairs of each band and outcome")
    encoder = commands.add_parser("encode")
    encoder.add_argument("file", type=Path)
    encoder.add_argument(
        "--feed", required=True, choices=[n for n, f in FEEDS.items() if f.person_key]
    )
    for name in (closing.CLOSED, closing.REOPENED):
        closer = commands.add_parser(name)
        closer.add_argument("period")
        closer.add_argument("--feed", default="", help="one feed; all of its calendar without")
        closer.add_argument("--reason", default="")
    given = parser.parse_args()
    if given.command in (closing.CLOSED, closing.REOPENED):
        return close_command(given.command, given.period, given.feed, given.reason)
    if given.command == "explain-person":
        return explain_person_command(given.id)
    if given.command == "review-sample":
        return review_sample_command(given.pairs)
    if given.command == "encode":
        return encode_command(given.file, given.feed)
    return COMMANDS[given.command]()


if __name__ == "__main__":
    sys.exit(main())
