"""The records of a file in a layout, as text in columns named by the layout.

Lives here: cutting lines into the fields that are asked for, and dropping what a later transaction
withdraws. Does not: what a field means (`fields`), rows of a feed (`rows`).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import BinaryIO

import polars as pl

from pipelines.intake.bundles.recognise import HEAD_BYTES, Recognised
from pipelines.intake.readers import csv
from pipelines.intake.readers.base import UNPARSED_ROWS, FileRefused, trimmed
from pipelines.intake.readers.layout import Layout as Writing
from pipelines.intake.readers.layout import extra_fields
from pipelines.intake.readers.layouts.fields import written
from pipelines.intake.readers.layouts.fixed import cut
from schemas.layouts.model import Layout, Record

# A record's number: that of its file among those of the delivery, then its line.
FILE_BITS = 32
# Name of the column with it, behind the record type.
ID = "#"
_TRANSACTION = "transaction_type_code"
_HEAD_LINES = 20


@dataclass
class FileRecords:
    """The records of a file.

    Attributes:
        name: The file's name.
        types: Their types.
        records: By type, with the asked fields as ``TYPE.field`` and the number as ``TYPE.#``.
        unparsed: Lines that are no record, and the rule each breaks.
        lines: How many records there are, of whatever type, readable or not.
        by_position: Whether fields were read by their places, not by a header.
        notes: What was left out or read otherwise, a sentence each.
    """

    name: str
    types: tuple[str, ...]
    records: dict[str, pl.DataFrame]
    unparsed: pl.DataFrame
    lines: int
    by_position: bool = True
    notes: list[str] = field(default_factory=list)


def read_records(
    name: str, file: BinaryIO, form: Recognised, wanted: Collection[str], number: int
) -> FileRecords:
    """Return the records of a file.

    Args:
        name: The file's name, for messages.
        file: Its text.
        form: What it is.
        wanted: Fields to read, as ``TYPE.field``.
        number: The file's own among those of the delivery.

    Raises:
        FileRefused: It is not UTF-8, or no line is a record.
    """
    file.seek(0)
    if not form.delimiter:
        return _fixed(name, file, form.layout, wanted, number)
    record = form.layout.records[form.record]
    notes = _check_fields(name, form, wanted)
    names = [one for one in form.columns if f"{form.record}.{one}" in wanted]
    steering = [_TRANSACTION] if record.transactions else []
    rows, unparsed, empty = _lines(name, file, form, {*names, *steering})
    if record.transactions and rows.select(_withdraws().any()).item():
        file.seek(0)
        rows, *_ = _lines(name, file, form, {*names, *steering, *record.transactions})
    if empty:
        notes.append(f"{name}: {empty:,} line(s) without any value were left out.")
    current = _current(rows, record)
    if current.height < rows.height:
        withdrawn = rows.height - current.height
        notes.append(
            f"{name}: {withdrawn:,} record(s) were withdrawn or replaced by a transaction D or R."
        )
    cut_off = [one for one in record.by_name if f"{form.record}.{one}" in wanted]
    read = current.with_columns(
        pl.lit(None, pl.String).alias(one) for one in cut_off if one not in names
    ).select(*cut_off, ID)
    typed = _typed(read, form.record, record, number)
    return FileRecords(
        name,
        (form.record,),
        {form.record: typed},
        unparsed,
        rows.height + unparsed.height,
        not form.by_header,
        notes,
    )


def _check_fields(name: str, form: Recognised, wanted: Collection[str]) -> list[str]:
    """Check that a header names all fields that are needed, once, and say what else lacks.

    Records without a header may lack empty fields at their end, or those of a later year.

    Raises:
        FileRefused: It does not.
    """
    fields = form.layout.records[form.record].fields
    lacking = [
        one.label
        for one in fields
        if one.name not in form.columns and f"{form.record}.{one.name}" in wanted
    ]
    if not form.by_header:
        return [f"{name}: its records end before {lacking[0]}."] if lacking else []
    twice = [one.label for one in fields if form.columns.count(one.name) > 1]
    if twice:
        raise FileRefused(
            "file:unexpected_column", f"{name} has {', '.join(twice)} more than once in its header."
        )
    if needed := [one for one in lacking if one not in form.layout.optional]:
        raise FileRefused("file:missing_column", f"{name} lacks {', '.join(needed)} in its header.")
    return [f"{name} has no {one}." for one in lacking]


def _of_type(
    rows: pl.DataFrame, unparsed: pl.DataFrame, form: Recognised, code: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return rows of a file's record type, and rows that do not parse with those of another."""
    if not code or code not in rows.columns or rows.is_empty():
        return rows, unparsed
    least = rows[code].min()
    if rows[code].null_count() == 0 and least == rows[code].max():
        return rows, unparsed
    codes = [one for one, of in form.layout.codes.items() if of == form.record]
    is_of_type = pl.col(code).str.to_uppercase().is_in(codes).fill_null(False)
    other = rows.filter(~is_of_type).select(
        row_number=ID, rule=pl.lit("row:record_type", pl.String)
    )
    return rows.filter(is_of_type), pl.concat([unparsed, other]).sort("row_number")


def _lines(
    name: str, file: BinaryIO, form: Recognised, wanted: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    first = form.layout.records[form.record].fields[0].name
    code = "" if form.layout.form == "named" else first
    read = tuple(one for one in form.columns if one in wanted or one == code)
    extra = 0
    if form.by_header:
        head = file.read(HEAD_BYTES).decode("utf-8", errors="replace").split("\n")
        below = head[form.header_rows :][:_HEAD_LINES]
        extra = extra_fields(below, form.delimiter, len(form.columns))
        file.seek(0)
    writing = Writing(
        form.delimiter, list(form.columns), form.header_rows, extra, wanted=read or None
    )
    rows, unparsed, empty = csv.read_lines(name, file, writing, list(form.columns))
    rows = rows.rename({"row_number": ID})
    if _TRANSACTION not in rows.columns:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(_TRANSACTION))
    return *_of_type(rows, unparsed, form, code), empty


def _withdraws() -> pl.Expr:
    return pl.col(_TRANSACTION).is_in(["D", "R", "d", "r"])


def _current(rows: pl.DataFrame, record: Record) -> pl.DataFrame:
    """Return records without those that delete others, are deleted, or are replaced."""
    key = [name for name in record.transactions if name in rows.columns]
    if not key or not rows.select(_withdraws().any()).item():
        return rows
    last = pl.col(ID).filter(_withdraws()).max().over(pl.struct(key))
    is_deletion = pl.col(_TRANSACTION).is_in(["D", "d"]).fill_null(False)
    return rows.filter((pl.col(ID) >= last.fill_null(0)) & ~is_deletion)


def _typed(rows: pl.DataFrame, code: str, record: Record, number: int) -> pl.DataFrame:
    fields = [one for one in record.fields if one.name in rows.columns]
    return rows.select(
        *(written(one, rows[one.name]).alias(f"{code}.{one.name}") for one in fields),
        (pl.col(ID) + (number << FILE_BITS)).alias(f"{code}.{ID}"),
    )


def _fixed(
    name: str, file: BinaryIO, layout: Layout, wanted: Collection[str], number: int
) -> FileRecords:
    fields = {
        code: [one for one in record.fields if f"{code}.{one.name}" in wanted]
        for code, record in layout.records.items()
    }
    parts: dict[str, list[pl.DataFrame]] = {}
    unparsed, lines = [UNPARSED_ROWS.to_frame()], 0
    for records, bad, count in cut(name, file, layout, fields):
        unparsed.append(bad)
        lines += count
        for code, rows in records.items():
            parts.setdefault(code, []).append(rows)
    whole = {
        code: trimmed(pl.concat(some)).rename({"row_number": ID}) for code, some in parts.items()
    }
    records = {
        code: _typed(rows, code, layout.records[code], number) for code, rows in whole.items()
    }
    return FileRecords(name, tuple(records), records, pl.concat(unparsed), lines)
