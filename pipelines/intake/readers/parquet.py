"""A delivered Parquet file as rows of text. Does not: any rule on columns or values."""

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.home.files import open_regular
from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import CONTROL, FileRefused, RawRows, match_columns, trimmed

# Every row of a contract has a key of its own, so a file of fewer bytes than rows is a bomb.
_LEAST_BYTES_OF_ROW = 1
_READABLE = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_date,
    pa.types.is_null,
)


def read_parquet(delivery: Delivery, expected: list[str]) -> RawRows:
    """Return a Parquet file as text; booleans read as Y and N.

    Raises:
        FileRefused: It can't be read as Parquet, has other columns, or one of a type that is no
            text, number, date or flag.
    """
    name = delivery.path.name
    with open_regular(delivery.path) as file, _refusing(name):
        parquet = pq.ParquetFile(file)
        names, rows = parquet.schema_arrow.names, parquet.metadata.num_rows
        columns, notes = match_columns(name, names, expected)
        _check_types(name, parquet.schema_arrow)
        size = file.seek(0, 2)
        if rows * _LEAST_BYTES_OF_ROW > size:
            raise FileRefused(
                "file:unreadable", f"{name} says it has {rows:,} rows, in {size:,} bytes."
            )
        table = parquet.read().rename_columns(columns)
        # Turned bits leave text that is not UTF-8, which nothing notices until it is written.
        table.validate(full=True)
        frame = _as_text(name, table)
    numbers = pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row_number")
    numbered = trimmed(frame).with_columns(
        numbers, pl.any_horizontal(pl.all().str.contains(CONTROL)).fill_null(False).alias("spoilt")
    )
    spoilt = numbered.filter("spoilt").select("row_number", rule=pl.lit("row:control_character"))
    rows = numbered.filter(~pl.col("spoilt")).drop("spoilt")
    return RawRows(rows, spoilt, tuple(notes))


def _check_types(name: str, schema: pa.Schema) -> None:
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        is_plain = pa.types.is_timestamp(kind) and kind.tz is None
        if not is_plain and not any(is_readable(kind) for is_readable in _READABLE):
            raise FileRefused(
                "file:unreadable",
                f"{name} has {field.name[:60]} as {str(kind)[:60]}. Write it as text.",
            )


def _as_text(name: str, table: pa.Table) -> pl.DataFrame:
    columns = []
    for column in table.column_names:
        try:
            series = pl.Series(column, pl.from_arrow(table[column]))
            if series.dtype == pl.Boolean:
                series = series.replace_strict({True: "Y", False: "N"}, default=None)
            columns.append(series.cast(pl.String).alias(column))
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, ValueError) as error:
            raise FileRefused(
                "file:unreadable", f"{name} has values of {column} that can't be read as text."
            ) from error
    return pl.DataFrame(columns)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Refuse the file for whatever its bytes make a reader raise; panics are no `Exception`."""
    try:
        yield
    except (FileRefused, MemoryError):
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        raise FileRefused("file:unreadable", f"{name} can't be read as Parquet.") from error
