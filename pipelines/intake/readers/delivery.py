"""One delivery of any format, read as text with provenance. Does not: any rule on a row."""

import polars as pl

from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import FileRefused, check_columns, check_period
from pipelines.intake.readers.csv import read_csv
from pipelines.intake.readers.parquet import read_parquet
from schemas import Feed

READERS = {".csv": read_csv, ".parquet": read_parquet}


def read_delivery(delivery: Delivery, feed: Feed) -> pl.DataFrame:
    """Return a delivery as text, one column for each delivered column, with provenance.

    Empty values are null and surrounding blanks are gone; nothing else is changed.

    Raises:
        FileRefused: The file can't be read, is empty, or has other columns or another period.
    """
    name = delivery.path.name
    read = READERS.get(delivery.path.suffix.lower())
    if read is None:
        raise FileRefused("file:unreadable", f"{name} must end in {' or '.join(READERS)}.")
    table = read(delivery)
    check_columns(delivery, table.column_names, list(feed.dtypes))
    if table.num_rows == 0:
        raise FileRefused("file:empty", f"{name} has a header and no rows.")
    rows = pl.DataFrame(pl.from_arrow(table)).select(
        pl.col(column).str.strip_chars().replace("", None) for column in feed.dtypes
    )
    check_period(delivery, rows, feed.period_kind)
    return rows.with_columns(
        pl.lit(delivery.submitter).alias("submitter"),
        pl.lit(delivery.period).alias("period"),
        pl.lit(delivery.sha256).alias("delivery_sha256"),
        # The header is row 1 of the file.
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row_number"),
    )
