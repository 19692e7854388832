"""The same report before anything is delivered, on a file that lies anywhere.

Lives here: finding out what a file is, judging it without the data home, and putting corrected
rows back into it. Does not: anything that writes to the data home.
"""

from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv

from pipelines.errors import UserError
from pipelines.feedback.report import Report, build
from pipelines.feedback.store import with_last, write_files
from pipelines.intake.bundles.folders import ending_of, held_feeds, recognised
from pipelines.intake.deliveries import ENCODED, Delivery, received
from pipelines.intake.holds.judgement import of_files
from pipelines.intake.holds.worse import Counts, worse
from pipelines.intake.landing import name_problem
from pipelines.intake.ledger import NAME, DeliveryResult, count_reasons
from pipelines.intake.readers.base import FileRefused, check_period, normal_name
from pipelines.intake.readers.delivery import DeliveredText
from pipelines.intake.readers.hints import hints
from pipelines.intake.readers.process import read_one
from pipelines.intake.validate import judge
from pipelines.settings import Settings
from schemas import FEEDS, Feed
from schemas.encoded import encoded
from schemas.layouts.model import LAYOUTS
from schemas.periods import is_period

# Bytes in which a header ends, and the share of a feed's columns by which it is known.
_HEADER, _LEAST_SHARE = 1 << 16, 0.6
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
        """Whether every row would be accepted, and the file would not be held."""
        result = self.report.result
        return not (result.refused or result.quarantined_rows or result.is_held)


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
    judged, delivery, text = _read(settings, feed, path, period, submitter)
    out = out or path.with_name(f"{delivery.path.stem}.report")
    report = _against_last(with_last(settings.reports, _report(judged, delivery, text)))
    return Checked(report, tuple(write_files(out, report)))


def _read(
    settings: Settings, feed: Feed, path: Path, period: str | None, submitter: str | None
) -> tuple[Feed, Delivery, DeliveredText | FileRefused]:
    """Read a file as the gate would under the period and submitter it is checked for."""
    try:
        delivery = received(path, feed.name, period or _period_of_folder(path, feed))
    except OSError as error:
        raise UserError(f"{path.name} can't be read: {error.strerror}.") from error
    delivery = replace(delivery, submitter=submitter or delivery.submitter)
    judged = encoded(feed) if delivery.is_encoded else feed
    problem = None if submitter else name_problem(path.name)
    try:
        delivery, text = _with_period(settings, judged, delivery)
    except FileRefused as refused:
        return judged, delivery, refused
    judged = text.form(delivery, feed)
    if problem:
        words = f"{problem} {_name_to_deliver(judged, delivery, text.rows)}"
        return judged, delivery, FileRefused(NAME, words)
    return judged, delivery, text


def _with_period(
    settings: Settings, feed: Feed, delivery: Delivery
) -> tuple[Delivery, DeliveredText]:
    """Return a delivery with the period most of its rows have, where none is known, and its text.

    Raises:
        FileRefused: The file can't be used, or its rows are of no period.
    """
    text = read_one(settings, delivery, _key_if_any(settings))
    if delivery.period:
        return delivery, text
    periods = text.rows[feed.period_kind.value].drop_nulls().value_counts(sort=True)
    period = next((one for one in periods.to_series() if is_period(one, feed.period_kind)), "")
    delivery = replace(delivery, period=period)
    check_period(delivery, text.rows, feed.period_kind)
    return delivery, text._replace(rows=text.rows.with_columns(pl.lit(period).alias("period")))


def likely_feeds(path: Path) -> tuple[list[str], str]:
    """Return the feeds that a file or bundle holds, by itself, and what it is taken for.

    Raises:
        UserError: Its first lines and name say of no feed, or of several layouts.
    """
    layouts = recognised(path)
    if len(layouts) == 1:
        [(name, types)] = layouts.items()
        if feeds := held_feeds(LAYOUTS[name], types):
            codes = ", ".join(sorted(types))
            return feeds, f"{LAYOUTS[name].title} ({codes}) for {', '.join(feeds)}"
    if len(layouts) <= 1 and path.is_file():
        with path.open("rb") as file:
            header = {
                normal_name(one)
                for one in file.readline(_HEADER).decode(errors="replace").split(",")
            }
        shares = {
            name: len(header & {*feed.dtypes}) / len(feed.dtypes) for name, feed in FEEDS.items()
        }
        best = max(shares, key=lambda name: shares[name])
        if shares[best] > _LEAST_SHARE:
            return [best], f"rows of {best}"
    raise UserError(f"{path.name} does not say by itself what it is. Name its feed with --feed.")


def _key_if_any(settings: Settings) -> bytes | None:
    is_stored = (settings.root / "token_key").exists()
    has_key = settings.encoding_key or settings.token_key or is_stored
    return settings.shared_key() if has_key else None


def _submitter(feed: Feed, delivery: Delivery, text: pl.DataFrame) -> str:
    """Return whose a file is: as it is named, or else whom most of its rows name."""
    columns = [
        rule.removesuffix(_RULE_OF_SUBMITTER)
        for rule in feed.rules
        if rule.endswith(_RULE_OF_SUBMITTER)
    ]
    for column in columns:
        named = text[column].drop_nulls()
        if named.len() and delivery.submitter not in named:
            return named.value_counts(sort=True)[column][0]
    return delivery.submitter


def _report(feed: Feed, delivery: Delivery, text: DeliveredText | FileRefused) -> Report:
    if isinstance(text, FileRefused):
        return Report(feed, DeliveryResult(delivery, refused=text.rules, message=text.message))
    verdict = judge(text.rows, feed)
    notes = (*_name_notes(feed, delivery, text.rows), *text.notes, *text.fates(verdict.accepted))
    notes += tuple(map(feed.in_own_words, chain(*hints(verdict.quarantined, feed).values())))
    result = DeliveryResult(
        delivery,
        delivered_rows=text.rows.height,
        accepted_rows=verdict.accepted.height,
        quarantined_rows=verdict.quarantined.height,
        reasons=dict(*count_reasons(verdict.quarantined).values()),
        notes=notes,
        findings=tuple(chain(*of_files(text.rows, feed).values())),
    )
    result.check()
    [report] = build(feed, [result], text.rows, verdict.quarantined)
    return report


def _against_last(report: Report) -> Report:
    """Return the report with why the file would be held, compared with what it would replace."""
    result, last = report.result, report.before
    if last is None or result.refused or last.period != result.delivery.period:
        return report
    before = Counts(*(int(last.figures[f"{of}_rows"]) for of in ("delivered", "accepted")))
    findings = worse(Counts(result.delivered_rows, result.accepted_rows), before)
    return replace(report, result=replace(result, findings=(*result.findings, *findings)))


def _name_notes(feed: Feed, delivery: Delivery, rows: pl.DataFrame) -> tuple[str, ...]:
    """Return under which name to deliver a file that the gate takes for somebody else's."""
    words = _name_to_deliver(feed, delivery, rows)
    is_named_so = f" as {delivery.path.name} " in words
    return () if is_named_so else (f"{words} The gate takes the name of a file for its submitter.",)


def _name_to_deliver(feed: Feed, delivery: Delivery, rows: pl.DataFrame) -> str:
    ending = f"{ENCODED if delivery.is_encoded else ''}{ending_of(delivery.path)}"
    name = f"{_submitter(feed, delivery, rows)}{ending}"
    return f"Deliver the file as {name} for {delivery.period}."


def _period_of_folder(path: Path, feed: Feed) -> str:
    """Return the period of the folder a file lies in, or nothing."""
    name = path.resolve().parent.name
    return name if is_period(name, feed.period_kind) else ""


def read_here(
    settings: Settings, path: Path, feed: Feed, period: str | None
) -> tuple[Delivery, pl.DataFrame]:
    """Return a file that lies anywhere as a delivery, and its rows as text.

    Raises:
        FileRefused: The file is not the feed's.
    """
    delivery = received(path, feed.name, period or _period_of_folder(path, feed))
    delivery, text = _with_period(settings, feed, delivery)
    return delivery, text.rows


def put_back(
    settings: Settings, path: Path, feed: Feed, corrected: Path, period: str | None, out: Path
) -> Path:
    """Write a whole file with corrected rows in the place of rejected ones, and return its path.

    A row that was emptied is left out. All other rows are as they were.

    Args:
        settings: What reading a file may take.
        path: The file that was checked or delivered.
        feed: Its feed.
        corrected: Its `rejected_rows.csv`, with values corrected.
        period: Its period; by default the one its rows say.
        out: Folder to write to.

    Raises:
        FileRefused: The file is not the feed's.
        CannotCorrect: The corrected rows have other columns, or row numbers
            that the file lacks.
    """
    if recognised(path):
        raise CannotCorrect(
            f"{path.name} is in an agency's layout: its rows are made of several records. Correct "
            "them in your own system."
        )
    delivery, read = read_here(settings, path, feed, period)
    text = read.select("row_number", *feed.dtypes)
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
    corrected_file = out / f"{_submitter(feed, delivery, read)}.csv"
    corrected_file.touch(mode=0o600)
    whole.drop("row_number").write_csv(corrected_file)
    return corrected_file


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
        # A ' in front is what `without_formulas` put there.
        *(
            pl.col(name).str.replace(r"^'([=+\-@\t\r'])", "$1").str.strip_chars().replace("", None)
            for name in feed.dtypes
        ),
    )
