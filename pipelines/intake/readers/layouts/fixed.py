"""Records of fixed width, cut from lines.

Lives here: cutting, at once where a block's lines are all as long as their records, and line by
line where they are not. Does not: what a field means (`fields`).
"""

from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.intake.readers import csv
from pipelines.intake.readers.base import CONTROL, UNPARSED_ROWS
from schemas.layouts.model import Layout, LayoutField

Fields = dict[str, list[LayoutField]]
# A block's records: their type, their fields as text with ``row_number``.
Records = dict[str, pl.DataFrame]
_NEWLINE, _RETURN, _BLANK, _TILDE = b"\n\r ~"


def cut(
    name: str, file: BinaryIO, layout: Layout, fields: Fields
) -> Iterator[tuple[Records, pl.DataFrame, int]]:
    """Yield for each block of a file its records, the lines that are none, and how many are either.

    Args:
        name: The file's name, for messages.
        file: Its text.
        layout: Its layout.
        fields: The fields to cut, by record type.
    """
    first = 1
    for block in csv.blocks(name, file, False):
        table = _table(block)
        records = None if table is None else _at_once(table, layout, fields, first)
        if table is None or records is None:
            text = csv.lines(name, block, first)
            first += text.height
            yield _line_by_line(text, layout, fields)
        else:
            first += len(table)
            yield records, UNPARSED_ROWS.to_frame(), len(table)


def _table(block: bytes) -> np.ndarray | None:
    """Return a block as a table of bytes; None where lines differ in length or hold more than text.

    Two million records of wages, cut line by line, took three times as long.
    """
    length = block.find(b"\n") + 1
    if not length or len(block) % length:
        return None
    table = np.frombuffer(block, np.uint8).reshape(-1, length)
    least, most = table.min(axis=0), table.max(axis=0)
    end = [_RETURN, _NEWLINE] if least[-2:-1] == _RETURN else [_NEWLINE]
    width = length - len(end)
    ends = (least[width:] == end).all() and (most[width:] == end).all()
    is_text = (least[:width] >= _BLANK).all() and (most[:width] <= _TILDE).all()
    return table[:, :width] if ends and is_text else None


def _at_once(table: np.ndarray, layout: Layout, fields: Fields, first: int) -> Records | None:
    """Return a table's records by type; None where a line is of no type or of another length."""
    codes = _text(table, *layout.code_at)
    numbers = pl.Series("row_number", np.arange(first, first + len(table)))
    records: Records = {}
    for code in codes.unique(maintain_order=True):
        record = layout.codes.get(code)
        if record is None or layout.records[record].length != table.shape[1]:
            return None
        of_code = (codes == code).to_numpy()
        rows = table[of_code]
        columns = [_text(rows, f.start, f.width).alias(f.name) for f in fields[record]]
        frame = pl.DataFrame([*columns, numbers.filter(of_code)])
        records[record] = pl.concat([records[record], frame]) if record in records else frame
    return records


def _text(table: np.ndarray, start: int, width: int) -> pl.Series:
    part = np.ascontiguousarray(table[:, start - 1 : start - 1 + width])
    kind = pa.binary(width)
    cells = pa.FixedSizeBinaryArray.from_buffers(kind, len(part), [None, pa.py_buffer(part)])
    return pl.Series(pl.from_arrow(cells.cast(pa.binary()).cast(pa.string())))


def _line_by_line(
    text: pl.DataFrame, layout: Layout, fields: Fields
) -> tuple[Records, pl.DataFrame, int]:
    start, width = layout.code_at
    full = text.filter(pl.col("line").str.strip_chars(" \x1a") != "")
    judged = full.with_columns(code=pl.col("line").str.slice(start - 1, width)).with_columns(
        rule=_rule(layout)
    )
    bad = judged.filter(pl.col("rule").is_not_null()).select(UNPARSED_ROWS.names())
    good = judged.filter(pl.col("rule").is_null()).with_columns(
        record=pl.col("code").replace(layout.codes)
    )
    records = {
        str(record): rows.select(
            *(
                pl.col("line").str.slice(f.start - 1, f.width).alias(f.name)
                for f in fields[str(record)]
            ),
            "row_number",
        )
        for (record,), rows in good.partition_by(
            "record", as_dict=True, maintain_order=True
        ).items()
    }
    return records, bad, full.height


def _rule(layout: Layout) -> pl.Expr:
    """Return the rule that a line breaks as a record, null for none.

    Blanks at the end of a line may have been cut off.
    """
    code = pl.col("code")
    most = {code: layout.records[name].length for code, name in layout.codes.items()}
    ends = pl.col("line").str.strip_chars_end(" ").str.len_chars()
    return (
        pl.when(pl.col("line").str.contains(CONTROL))
        .then(pl.lit("row:control_character"))
        .when(~code.is_in(list(most)))
        .then(pl.lit("row:record_type"))
        .when(ends > code.replace_strict(most, default=0, return_dtype=pl.Int64))
        .then(pl.lit("row:length"))
    )
