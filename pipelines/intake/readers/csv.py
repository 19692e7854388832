"""A delivered CSV file as a table of text. Does not: any rule on columns or rows."""

import pyarrow as pa
from pyarrow import csv

from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import FileRefused


def read_csv(delivery: Delivery) -> pa.Table:
    """Return a CSV file as it is, every column as text.

    Raises:
        FileRefused: It is empty, not UTF-8 or not CSV, or a row has too many or too few fields.
    """
    name = delivery.path.name
    raw = delivery.path.read_bytes()
    if not raw.strip():
        raise FileRefused("file:empty", f"{name} is empty.")
    _check_encoding(name, raw)
    malformed: list[csv.InvalidRow] = []

    def skip(row: csv.InvalidRow) -> str:
        malformed.append(row)
        return "skip"

    try:
        header = csv.read_csv(
            pa.BufferReader(raw.split(b"\n", 1)[0] + b"\n"),
            parse_options=csv.ParseOptions(newlines_in_values=True),
        ).column_names
        table = csv.read_csv(
            pa.BufferReader(raw),
            # Row numbers of malformed rows are known to a single thread only.
            read_options=csv.ReadOptions(use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise FileRefused("file:unreadable", f"{name} can't be read as CSV.") from error
    if malformed:
        row = malformed[0]
        raise FileRefused(
            "file:malformed_row",
            f"{name} has {len(malformed)} row(s) with a wrong number of fields. The first is row "
            f"{row.number}: {row.actual_columns} fields instead of {row.expected_columns}.",
        )
    return table


def _check_encoding(name: str, raw: bytes) -> None:
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileRefused(
            "file:encoding", f"{name} is not UTF-8: line {line} has a byte that does not belong."
        ) from None
