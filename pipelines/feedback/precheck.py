"""The same report before anything is delivered, on a file that lies anywhere.

Lives here: finding out what a file is, judging it without the data home, and putting corrected
rows back into it. Does not: anything that writes to the data home.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv

from pipelines.errors import UserError
from pipelines.feedback.store import Report, build, compared, write_files
from pipelines.intake import encode, ledger
from pipelines.intake.deliveries import Delivery, received
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import read_delivery
from pipelines.intake.validate import REASONS, judge
from pipelines.settings import Settings
from schemas import Feed
from schemas.encoded import encoded

_RULE_OF_SUBMITTER = ":submitter"


class CannotCorrect(UserError):
    """Corrected rows that can't be put back; says why."""


@dataclass(frozen=True)
class Checked:
    """A report on a file that was not delivered, and the files it was written to."""

    report: Report
    paths: tuple[Path, ...]

    @property
    def is_clean(self) -> bool:
        """Whether every row would be accepted."""
        return not self.report.account.refused and not self.report.account.quarantined_rows


def check(
    settings: Settings,
    feed: Feed,
    path: Path,
    *,
    period: str | None = None,
    submitter: str | None = None,
    out: Path | None = None,
) -> Checked:
    """Judge a file as the gate would, and write the report to a folder beside it.

    Args:
        settings: Where earlier reports are read from, if there are any; nothing is written there.
        feed: The feed the file is of.
        path: The file, CSV or Parquet.
        period: Its period; by default the one its rows say.
        submitter: Whose it is; by default its name or, if its rows say another, theirs.
        out: Folder of the report; by default `<name>.report` beside the file.
    """
    delivery = received(path, feed.name, period or encode.period_of(path, feed))
    judged, delivery, text = _read(settings, feed, delivery, submitter)
    out = out or path.with_name(f"{delivery.path.stem}.report")
    report = compared(settings.reports, _report(judged, delivery, text))
    return Checked(report, tuple(write_files(out, report)))


def _read(
    settings: Settings, feed: Feed, delivery: Delivery, submitter: str | None
) -> tuple[Feed, Delivery, pl.DataFrame | FileRefused]:
    judged = encoded(feed) if delivery.is_encoded else feed
    try:
        key = _key_if_any(settings)
        if delivery.is_encoded and key:
            encode.check_file(delivery, feed, key)
        text = read_delivery(delivery, judged)
    except FileRefused as refused:
        named = replace(delivery, submitter=submitter or delivery.submitter)
        return judged, named, refused
    named = replace(delivery, submitter=submitter or _submitter(judged, delivery, text))
    return judged, named, text.with_columns(pl.lit(named.submitter).alias("submitter"))


def _key_if_any(settings: Settings) -> bytes | None:
    kept = (settings.root / "token_key").exists()
    return settings.shared_key() if settings.encoding_key or settings.token_key or kept else None


def _submitter(feed: Feed, delivery: Delivery, text: pl.DataFrame) -> str:
    """Return whose a file is: as it is named, or else whom most of its rows name."""
    columns = [
        rule.removesuffix(_RULE_OF_SUBMITTER)
        for rule in feed.rules
        if rule.endswith(_RULE_OF_SUBMITTER)
    ]
    for column in columns:
        told = text[column].drop_nulls()
        if told.len() and delivery.submitter not in told:
            return told.value_counts(sort=True)[column][0]
    return delivery.submitter


def _report(feed: Feed, delivery: Delivery, text: pl.DataFrame | FileRefused) -> Report:
    if isinstance(text, FileRefused):
        refused = ledger.DeliveryResult(delivery, refused=text.rules, message=text.message)
        return Report(feed, refused)
    verdict = judge(text, feed)
    account = ledger.DeliveryResult(
        delivery,
        delivered_rows=text.height,
        accepted_rows=verdict.accepted.height,
        quarantined_rows=verdict.quarantined.height,
        reasons=ledger.count_reasons(verdict.quarantined[REASONS]),
    )
    account.check()
    [report] = build(feed, [account], text, verdict.quarantined)
    return report


def put_back(path: Path, feed: Feed, corrected: Path, period: str | None, out: Path) -> Path:
    """Write a whole file with corrected rows in the place of rejected ones, and return its path.

    A row that was emptied is left out. All other rows are as they were.

    Args:
        path: The file that was checked or delivered.
        feed: Its feed.
        corrected: Its `rejected_rows.csv`, with values corrected.
        period: Its period; by default the one its rows say.
        out: Folder to write to.

    Raises:
        FileRefused: The file is not the feed's.
        CannotCorrect: The corrected rows have other columns, or row numbers the file has not.
    """
    delivery = received(path, feed.name, period or encode.period_of(path, feed))
    text = read_delivery(delivery, feed).select("row_number", *feed.dtypes)
    rows = _corrected_rows(corrected, feed)
    unknown = set(rows["row_number"].to_list()) - set(text["row_number"].to_list())
    if unknown or rows["row_number"].null_count() or rows["row_number"].is_duplicated().any():
        raise CannotCorrect(
            f"{corrected.name} has row numbers that are missing, repeated or not in {path.name}."
        )
    emptied = pl.all_horizontal(pl.col(*feed.dtypes).is_null())
    whole = pl.concat([text.join(rows, on="row_number", how="anti"), rows.filter(~emptied)]).sort(
        "row_number"
    )
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = out / f"{delivery.submitter}.csv"
    made.touch(mode=0o600)
    whole.drop("row_number").write_csv(made)
    return made


def _corrected_rows(corrected: Path, feed: Feed) -> pl.DataFrame:
    expected = ["row_number", "what_to_correct", *feed.dtypes]
    try:
        table = csv.read_csv(
            corrected,
            parse_options=csv.ParseOptions(newlines_in_values=True),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(expected, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        raise CannotCorrect(f"{corrected.name} can't be read as CSV.") from error
    if sorted(table.column_names) != sorted(expected):
        raise CannotCorrect(
            f"{corrected.name} must have the columns of rejected_rows.csv: {', '.join(expected)}."
        )
    return pl.DataFrame(pl.from_arrow(table)).select(
        pl.col("row_number").cast(pl.Int64, strict=False),
        *(pl.col(name).str.strip_chars().replace("", None) for name in feed.dtypes),
    )
