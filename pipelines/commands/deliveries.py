"""`pathways deliveries`: before a file leaves, once it is held, and where a record came from.

Lives here: arguments and printing. Does not: judging a file (`pipelines.feedback.precheck`),
encoding it (`pipelines.feedback.encode_file`), releasing it (`pipelines.intake.holds.releases`),
finding a record (`pipelines.release.provenance`).
"""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.console import Reason, feed_option, group, print_table, table
from pipelines.errors import UserError
from pipelines.home.lock import writing
from pipelines.intake.holds import releases
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.rules import ROW_RULES

Feed = Annotated[str, feed_option(FEEDS, "Feed the file is of.")]
PersonFeed = Annotated[
    str, feed_option((n for n, feed in FEEDS.items() if feed.person_key), "Feed the file is of.")
]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or Parquet file.")]
Delivery = Annotated[
    Path, typer.Argument(exists=True, help="File, or the folder of a delivery of several.")
]

# What a list of held deliveries shows, and how wide it is at least.
_LISTED = ("feed", "period", "submitter", "accepted_rows", "current_rows")
_WIDTH = 120

deliveries = group(
    "Check or encode a file before it is delivered, release one that is held, or find the row of a "
    "record."
)


@deliveries.command()
def check(
    file: Delivery,
    feed: Annotated[
        str, feed_option(FEEDS, "Feed the file is of; default: what its first lines say.")
    ] = "",
    period: Annotated[
        str | None, typer.Option(help="Its period, such as 2018-19 or 2018Q4; default: its rows'.")
    ] = None,
    submitter: Annotated[
        str | None, typer.Option(help="Who will submit it; default: its name, as at the gate.")
    ] = None,
    corrected: Annotated[
        Path | None, typer.Option(help="Corrected rejected_rows.csv, to be put back into the file.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report; default: <file>.report beside it.")
    ] = None,
    allow_draft: Annotated[
        bool, typer.Option("--allow-draft", help="Read layouts of which a part has no source.")
    ] = False,
) -> None:
    """Report on a file before it is delivered: what would be rejected, why, and what it costs.

    Exits with 1 when any row would be rejected. Nothing leaves the machine.
    """
    from pipelines.feedback import precheck
    from pipelines.feedback.render import text_report

    settings, feeds = Settings(), [feed]
    if allow_draft:
        settings = settings.model_copy(update={"allow_draft_layouts": True})
    if not feed:
        feeds, taken_for = precheck.likely_feeds(file)
        typer.echo(f"{file.name} is taken for {taken_for}.\n")
    out = out or file.with_name(f"{file.stem}.report")
    if corrected:
        file = precheck.put_back(settings, file, FEEDS[feeds[0]], corrected, period, out)
        typer.echo(f"The whole file with the corrected rows, to deliver: {file}\n")
    folders = {name: out / name if len(feeds) > 1 else out for name in feeds}
    results = [
        precheck.check(settings, FEEDS[name], file, period=period, submitter=submitter, out=folder)
        for name, folder in folders.items()
    ]
    for checked in results:
        typer.echo(text_report(checked.report))
        typer.echo("\n  ".join(["Written:", *map(str, checked.paths)]) + "\n")
    raise typer.Exit(0 if all(checked.is_clean for checked in results) else 1)


@deliveries.command()
def encode(file: File, feed: PersonFeed) -> None:
    """Encode a file, so that names and birth dates do not leave the submitter.

    Needs the key that the agency hands over, in PATHWAYS_ENCODING_KEY. Rows that break a rule
    are left out and listed in a file.
    """
    from pipelines.feedback.encode_file import encode_file

    settings, contract = Settings(), FEEDS[feed]
    if settings.encoding_key is None:
        raise UserError("Set PATHWAYS_ENCODING_KEY to the key the agency gave you.")
    encoded = encode_file(settings, file, contract)
    typer.echo(f"{encoded.rows:,} rows encoded, {encoded.left_out:,} left out: {encoded.path}")
    for rule, count in encoded.reasons.items():
        typer.echo(f"{count:>8,}  {rule}: {contract.rules.get(rule) or ROW_RULES[rule]}")
    if encoded.listed_in:
        typer.echo(f"Which rows: {encoded.listed_in}")


@deliveries.command()
def record(
    record_id: Annotated[list[str], typer.Argument(help="A `record_id` of the current release.")],
) -> None:
    """Print the delivered file and row of released records; for engineers of the data home."""
    from pipelines.release.provenance import Origin, origins

    rows = [list(asdict(one).values()) for one in origins(Settings(), record_id)]
    names = [field.name for field in fields(Origin)]
    print_table(table("Where records were delivered", names, rows), 170)


@deliveries.command()
def held() -> None:
    """List the deliveries that wait for a person, and why each does."""
    waiting = releases.waiting(Settings())
    columns = ("feed", "period", "submitter", "accepted rows", "current rows", "why")
    rows = ((*(row[name] for name in _LISTED), "\n".join(row["findings"] or [])) for row in waiting)
    print_table(table(f"{len(waiting)} deliveries are held", columns, rows), _WIDTH)


@deliveries.command()
def release(
    submitter: Annotated[str, typer.Argument(help="Whose delivery is held.")],
    reason: Reason,
    feed: Annotated[str, feed_option(FEEDS, "Its feed, where several are held.")] = "",
    period: Annotated[str, typer.Option(help="Its period, where several are held.")] = "",
) -> None:
    """Let a held delivery take the place of what is current; the next refresh accepts it.

    The reason stays in ledger/released.csv.
    """
    settings = Settings()
    with writing(settings, "releasing a delivery", typer.echo):
        row = releases.release(settings, submitter, reason, feed, period)
    typer.echo(f"{releases.title(row)} is released. The next refresh accepts it: pathways refresh")
