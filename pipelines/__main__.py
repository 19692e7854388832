"""The command line behind the Makefile: refresh, releases, keys, upkeep and looks at linkage.

Lives here: arguments and printing. Does not: any work of its own.
"""

import argparse
import faulthandler
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.errors import UserError
from pipelines.home.files import replacing
from pipelines.home.lock import Locked, writing
from pipelines.intake import closures
from pipelines.intake.readers.base import FileRefused
from pipelines.linkage_review import sensitivity
from pipelines.maintenance import backup, rotate_key
from pipelines.release import explain_metric, publish
from pipelines.settings import PROJECT, Settings
from schemas import FEEDS

HEADLINE = PROJECT / "pipelines" / "release" / "headline.sql"
METRICS_PAGE = PROJECT / "docs" / "metrics.md"


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
    now = publish.current(settings)
    if now is None:
        print("There is no release yet. Run: make run", file=sys.stderr)
        return 1
    with duckdb.connect(str(now.folder / publish.WAREHOUSE), read_only=True) as connection:
        relation = connection.sql(HEADLINE.read_text())
        table = Table(*relation.columns, title=f"Release {now.release_id}")
        for row in relation.fetchall():
            table.add_row(*("–" if value is None else str(value) for value in row))
    # Narrower than this, the names of metrics break over lines.
    console = Console(width=max(Console().width, 110))
    console.print(table)
    console.print(f"Warehouse: {settings.releases / publish.CURRENT / publish.WAREHOUSE}")
    console.print("Query it with: make query")
    return 0


def explain_command(given: argparse.Namespace) -> int:
    """Print what one value of the current release means and rests on."""
    now = publish.current(Settings())
    if now is None:
        print("There is no release yet. Run: make run", file=sys.stderr)
        return 1
    question = explain_metric.Question(
        given.metric, given.version, given.cohort, given.region, given.lens, given.group
    )
    with duckdb.connect(str(now.folder / publish.WAREHOUSE), read_only=True) as connection:
        try:
            for paragraph in explain_metric.explain(connection, question):
                print(paragraph, end="\n\n")
        except explain_metric.CannotExplain as error:
            print(error, file=sys.stderr)
            return 1
    return 0


def metric_docs_command() -> int:
    """Write docs/metrics.md from the current release."""
    now = publish.current(Settings())
    if now is None:
        print("There is no release yet. Run: make run", file=sys.stderr)
        return 1
    with duckdb.connect(str(now.folder / publish.WAREHOUSE), read_only=True) as connection:
        METRICS_PAGE.write_text(explain_metric.page(connection))
    print(f"Written: {METRICS_PAGE}")
    return 0


def close_command(what: str, period: str, feed: str, reason: str) -> int:
    """Close or reopen a period."""
    settings = Settings()
    try:
        with writing(settings, "closing a period", print):
            feeds = closures.declare(settings, what, period, feed, reason)
    except (closures.CannotClose, Locked) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{period} is {what}: {', '.join(feeds)}.")
    return 0


def rollback_command() -> int:
    """Make the release before the current one current."""
    settings = Settings()
    try:
        with writing(settings, "a rollback", print):
            back = publish.rollback(settings)
    except (publish.NothingToRollBackTo, Locked) as error:
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
    from pipelines.linkage.run import Store
    from pipelines.linkage_review import evidence, explain

    # Narrower than this, values break over lines.
    console = Console(width=max(Console().width, 150))
    try:
        folder = explain.explain(Store(Settings().identity), id_, console)
    except evidence.UnknownId as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Waterfalls: {folder}")
    return 0


def review_sample_command(pairs: int) -> int:
    """Draw pairs for people to label."""
    from pipelines.linkage.run import Store
    from pipelines.linkage_review import clerical_review

    try:
        path = clerical_review.write_sample(Store(Settings().identity), pairs)
    except clerical_review.CannotReview as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Pairs to label: {path}\nIt holds personal values; see README.txt beside it.")
    return 0


def review_report_command() -> int:
    """Print precision and recall as the labelled pairs tell them."""
    from pipelines.linkage_review import clerical_review

    try:
        report = clerical_review.write_report(Settings())
    except clerical_review.CannotReview as error:
        print(error, file=sys.stderr)
        return 1
    Console(width=max(Console().width, 110)).print(clerical_review.table(report))
    return 0


def rotate_key_command() -> int:
    """Bring in a new token key."""
    settings = Settings()
    try:
        with writing(settings, "a rotation of the key", print):
            must_be_set = rotate_key.rotate(settings)
    except (rotate_key.CannotRotate, Locked) as error:
        print(error, file=sys.stderr)
        return 1
    print("All tokens are new, all person ids are as they were. The next refresh builds on them.")
    if must_be_set:
        print("Set PATHWAYS_TOKEN_KEY to the new key now, and unset PATHWAYS_NEW_TOKEN_KEY.")
    return 0


def encode_command(file: Path, feed: str) -> int:
    """Encode a file of a feed under the shared key; print counts."""
    from pipelines.intake.encode import encode_file

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
    if made.told:
        print(f"Which rows: {made.told}")
    return 0


def encoding_key_command() -> int:
    """Write the encoding key where the agency can hand it to submitters from."""
    settings = Settings()
    path = settings.root / "encoding_key"
    with replacing(path) as partial:
        partial.write_bytes(settings.shared_key() + b"\n")
    print(f"Hand this over by a safe way: {path}")
    return 0


def prune_command() -> int:
    """Remove runs, releases and alerts that are too old."""
    from pipelines.defs.upkeep import prune_now

    with dg.DagsterInstance.get() as instance:
        pruned = prune_now(instance)
    print(f"{pruned.runs} runs, {pruned.releases} releases, {pruned.alerts} alerts removed.")
    return 0


def watch_command() -> int:
    """Look for a late refresh and stale feeds, tell of them, and send what waits."""
    from pipelines.defs.alert_sensors import look, tell

    now = datetime.now(UTC)
    with dg.DagsterInstance.get() as instance:
        # Started by a clock of its own, it has been watching since before the refresh was due.
        found = look(instance, now - timedelta(days=2), now)
    left = tell(found, now)
    for alert in found:
        print(alert.title)
    return 1 if left else 0


def backup_command(to: Path) -> int:
    """Copy the data home into a new folder of another."""
    settings = Settings()
    try:
        # Landing may change meanwhile; what a refresh writes may not.
        with writing(settings, "a backup", print):
            made = backup.backup(settings, to, publish.utc_now())
    except (backup.CannotBackUp, Locked) as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{made.files:,} files, {made.bytes / 1e6:,.0f} MB, release {made.release_id}: "
        f"{made.folder}\nThe token key is not in it. Keep a copy of it apart."
    )
    return 0


def restore_command(source: Path) -> int:
    """Bring a backup into an empty data home."""
    settings = Settings()
    try:
        with writing(settings, "a restore", print):
            release_id = backup.restore(settings, source)
    except (backup.CannotRestore, Locked) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Restored into {settings.root}; current release: {release_id}")
    return 0


def check_command(given: argparse.Namespace) -> int:
    """Report on a file before it is delivered; return 1 when anything of it would be rejected."""
    from pipelines.feedback import letter, precheck

    file, feed = given.file, FEEDS[given.feed]
    if not file.is_file():
        print(f"There is no file {file}.", file=sys.stderr)
        return 1
    out = given.out or file.with_name(f"{file.stem}.report")
    try:
        if given.corrected:
            file = precheck.put_back(file, feed, given.corrected, given.period, out)
            print(f"The whole file with the corrected rows, to deliver: {file}\n")
        checked = precheck.check(
            Settings(), feed, file, period=given.period, submitter=given.submitter, out=out
        )
    except (FileRefused, precheck.CannotCorrect) as error:
        print(getattr(error, "message", error), file=sys.stderr)
        return 1
    print(letter.text(checked.report))
    print("Written:", *checked.paths, sep="\n  ")
    return 0 if checked.is_clean else 1


COMMANDS = {
    "refresh": refresh_command,
    "headline": headline_command,
    "metric-docs": metric_docs_command,
    "rollback": rollback_command,
    "sensitivity": sensitivity_command,
    "review-report": review_report_command,
    "rotate-key": rotate_key_command,
    "encoding-key": encoding_key_command,
    "prune": prune_command,
    "watch": watch_command,
}


def main() -> int:
    """Run the command that is asked for."""
    parser = argparse.ArgumentParser(prog="pipelines")
    commands = parser.add_subparsers(required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = commands.add_parser(name)
        added.set_defaults(run=run, command=name)
        return added

    for name, alone in COMMANDS.items():
        command(name, lambda _, alone=alone: alone())
    value = command("explain", explain_command)
    value.add_argument("--metric", required=True)
    value.add_argument("--version", default=None)
    value.add_argument("--cohort", default=None)
    value.add_argument("--region", default="statewide:California")
    value.add_argument("--lens", default="all")
    value.add_argument("--group", default="all")
    person = command("explain-person", lambda given: explain_person_command(given.id))
    person.add_argument("id", help="a person id, a record number, or two with a comma between")
    sample = command("review-sample", lambda given: review_sample_command(given.pairs))
    sample.add_argument("--pairs", type=int, default=40, help="pairs of each band and outcome")
    encoder = command("encode", lambda given: encode_command(given.file, given.feed))
    encoder.add_argument("file", type=Path)
    encoder.add_argument(
        "--feed", required=True, choices=[n for n, f in FEEDS.items() if f.person_key]
    )
    copier = command("backup", lambda given: backup_command(given.folder))
    copier.add_argument("--to", dest="folder", type=Path, required=True)
    bringer = command("restore", lambda given: restore_command(given.folder))
    bringer.add_argument("--from", dest="folder", type=Path, required=True)
    checker = command("check", check_command)
    checker.add_argument("file", type=Path)
    checker.add_argument("--feed", required=True, choices=list(FEEDS))
    checker.add_argument("--period", help="where its rows do not say it")
    checker.add_argument("--submitter", help="where neither its name nor its rows say it")
    checker.add_argument("--corrected", type=Path, help="its rejected_rows.csv, corrected")
    checker.add_argument("--out", type=Path, help="folder of the report")
    for name in (closures.CLOSED, closures.REOPENED):
        closer = command(
            name,
            lambda given: close_command(given.command, given.period, given.feed, given.reason),
        )
        closer.add_argument("period")
        closer.add_argument("--feed", default="", help="one feed; all of its calendar without")
        closer.add_argument("--reason", default="")
    given = parser.parse_args()
    try:
        return given.run(given)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
