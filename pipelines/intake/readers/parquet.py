"""A delivered Parquet file as a table of text. Does not: any rule on columns or rows."""

import polars as pl
import pyarrow as pa

from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import FileRefused


def read_parquet(delivery: Delivery) -> pa.Table:
    """Return a Parquet file as text; booleans read as Y and N.

    Raises:
        FileRefused: It can't be read as Parquet.
    """
    try:
        frame = pl.read_parquet(delivery.path)
    except pl.exceptions.PolarsError as error:
        raise FileRefused(
            "file:unreadable", f"{delivery.path.name} can't be read as Parquet."
        ) from error
    flags = [name for name, dtype in frame.schema.items() if dtype == pl.Boolean]
    yes_no = [pl.col(n).replace_strict({True: "Y", False: "N"}, default=None) for n in flags]
    return frame.with_columns(yes_no).cast(pl.String).to_arrow()
