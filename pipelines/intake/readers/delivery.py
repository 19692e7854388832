"""One delivery of any format, read as text with provenance. Does not: any rule on a row."""

from dataclasses import replace
from typing import NamedTuple

import polars as pl

from pipelines.intake.bundles.recognise import HEAD_BYTES, recognise
from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import FileRefused, RawRows, check_period
from pipelines.intake.readers.csv import read_csv
from pipelines.intake.readers.layouts.bundle import Origins, read_bundle, read_single
from pipelines.intake.readers.parquet import read_parquet
from pipelines.intake.readers.unpack import opened
from pipelines.intake.validate import UNPARSED
from schemas import Feed
from schemas.encoded import encoded
from schemas.layouts.feed import layout_feed

# Endings of names of files that hold text, packed or not.
_TEXT = (".csv", ".txt", ".dat", ".gz", ".zip", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")


class DeliveredText(NamedTuple):
    """The rows of a delivery as text, and sentences on what the reader took or left out.

    Of a delivery in a layout, `origins` has the records that rows draw on.
    """

    rows: pl.DataFrame
    notes: tuple[str, ...]
    origins: Origins | None = None

    def form(self, delivery: Delivery, feed: Feed) -> Feed:
        """Return the contract by which the rows are judged: open, encoded, or of a layout."""
        if delivery.is_encoded:
            return encoded(feed)
        return layout_feed(feed, self.origins.layout) if self.origins else feed

    def fates(self, accepted: pl.DataFrame) -> tuple[str, ...]:
        """Return what became of the records of each file of a layout, a sentence each."""
        return self.origins.fates(accepted["row_number"]) if self.origins else ()


def read_delivery(delivery: Delivery, feed: Feed) -> pl.DataFrame:
    """Return a delivery's rows as `read_with_notes` does."""
    return read_with_notes(delivery, feed).rows


def read_with_notes(delivery: Delivery, feed: Feed) -> DeliveredText:
    """Return a delivery as `read_text` does, with provenance."""
    return with_provenance(read_text(delivery, feed), delivery)


def with_provenance(text: DeliveredText, delivery: Delivery) -> DeliveredText:
    """Return a delivery's text with submitter, period and hash in each row."""
    rows = text.rows.with_columns(
        pl.lit(delivery.submitter).alias("submitter"),
        pl.lit(delivery.period).alias("period"),
        pl.lit(delivery.sha256).alias("delivery_sha256"),
    )
    return text._replace(rows=rows)


def read_text(delivery: Delivery, feed: Feed) -> DeliveredText:
    """Return a delivery as text: one column for each delivered column, and ``row_number``.

    Empty values are null and surrounding blanks are gone; nothing else is changed. A row that does
    not parse has no values, and the rule it breaks in ``_unparsed``.

    Raises:
        FileRefused: The file can't be read, is empty, or has other columns, or another period than
            the delivery where that has one.
    """
    name = delivery.path.name
    try:
        raw, origins = _read(delivery, feed)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileRefused(
            "file:unreadable", f"{name} can't be read: {error.strerror or 'an error of the disk'}."
        ) from error
    # The records of a layout may all be of other feeds.
    if raw.rows.is_empty() and raw.unparsed.is_empty() and origins is None:
        raise FileRefused("file:empty", f"{name} has a header and no rows.")
    if delivery.period:
        check_period(delivery, raw.rows, feed.period_kind)
    rows = raw.rows.with_columns(pl.lit(None, pl.String).alias(UNPARSED))
    if not raw.unparsed.is_empty():
        unparsed = raw.unparsed.rename({"rule": UNPARSED})
        rows = pl.concat([rows, unparsed], how="diagonal").sort("row_number")
    beside = [name for name in feed.beside if name in rows.columns]
    rows = rows.select(*feed.dtypes, *beside, "row_number", UNPARSED)
    return DeliveredText(rows, raw.notes, origins)


def _read(delivery: Delivery, feed: Feed) -> tuple[RawRows, Origins | None]:
    """Return a delivery's rows by the contract's names, and what they draw on in a layout."""
    path, columns = delivery.path, list(feed.dtypes)
    suffix = path.suffix.lower()
    if path.is_dir():
        read = read_bundle(delivery, feed)
        return read.raw, read.origins
    if suffix == ".parquet":
        return read_parquet(delivery, columns), None
    if suffix not in _TEXT:
        endings = ", ".join((".parquet", *_TEXT))
        raise FileRefused("file:unreadable", f"{path.name} must end in one of {endings}.")
    with opened(path, path.name) as one:
        form = recognise(one.file.read(HEAD_BYTES))
        one.file.seek(0)
        if form:
            read = read_single(one, form, delivery, feed)
            return read.raw, read.origins
        raw = read_csv(one.name, one.file, columns)
        return replace(raw, notes=one.notes + raw.notes), None
