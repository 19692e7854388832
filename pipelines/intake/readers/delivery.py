"""One delivery of any format, read as text with provenance. Does not: any rule on a row."""

from typing import NamedTuple

import polars as pl

from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import FileRefused, check_period
from pipelines.intake.readers.csv import read_csv
from pipelines.intake.readers.parquet import read_parquet
from pipelines.intake.validate import UNPARSED
from schemas import Feed

READERS = {".csv": read_csv, ".parquet": read_parquet}


class DeliveredText(NamedTuple):
    """The rows of a delivery as text, and sentences on what the reader took or left out."""

    rows: pl.DataFrame
    notes: tuple[str, ...]


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
    read = READERS.get(delivery.path.suffix.lower())
    if read is None:
        raise FileRefused("file:unreadable", f"{name} must end in {' or '.join(READERS)}.")
    try:
        raw = read(delivery, list(feed.dtypes))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise FileRefused(
            "file:unreadable", f"{name} can't be read: {error.strerror or 'an error of the disk'}."
        ) from error
    if raw.rows.is_empty() and raw.unparsed.is_empty():
        raise FileRefused("file:empty", f"{name} has a header and no rows.")
    if delivery.period:
        check_period(delivery, raw.rows, feed.period_kind)
    rows = raw.rows.with_columns(pl.lit(None, pl.String).alias(UNPARSED))
    if not raw.unparsed.is_empty():
        unparsed = raw.unparsed.rename({"rule": UNPARSED})
        rows = pl.concat([rows, unparsed], how="diagonal").sort("row_number")
    return DeliveredText(rows.select(*feed.dtypes, "row_number", UNPARSED), raw.notes)
