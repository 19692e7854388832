"""A delivered CSV file as rows of text: a row is a line, and a line is a row.

Lives here: telling rows that parse from those that do not. Does not: the header
(`pipelines.intake.readers.layout`), any rule on columns or values.

No value of a contract holds a line break, so a quotation mark that is not closed in its line
spoils that line alone, and row numbers are lines of the file.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv

from pipelines.intake.readers.base import (
    CONTROL,
    UNPARSED_ROWS,
    FileRefused,
    RawRows,
    match_columns,
    trimmed,
)
from pipelines.intake.readers.layout import HEAD_BYTES, Layout, find_layout

# Bytes that are parsed at once: memory beside the table itself stays some times this.
BLOCK_BYTES = 4 << 20
_LINES_NAMED = 5
_QUOTED = r'"(?:[^"]|"")*"'
# `CONTROL` in bytes of UTF-8: those of one byte, a carriage return apart, and the others.
_CONTROL_BYTES = bytes(byte for byte in (*range(32), 127) if byte not in b"\t\n\r")
_CONTROL_IN_UTF8 = re.compile(
    rb"\xc2[\x80-\x9f\xad]|\xe2\x80[\x8b\x8e\x8f\xa8-\xae]|\xe2\x81[\xa0-\xa9]|\xef\xbb\xbf"
)
# First bytes of these, and of blanks of more than one byte.
_CONTROL_LEADS = (b"\xc2", b"\xe2", b"\xef")
_BLANK_LEADS = (b"\xc2", b"\xe1", b"\xe2", b"\xe3")


def read_csv(name: str, file: BinaryIO, expected: list[str]) -> RawRows:
    """Return the rows of a CSV file, every column as text; `name` is how messages call it.

    Raises:
        FileRefused: It is empty, not UTF-8 or not CSV, has other columns, or no row parses.
    """
    layout = find_layout(name, file.read(HEAD_BYTES), expected)
    columns, notes = match_columns(name, layout.columns, expected)
    file.seek(0)
    rows, unparsed, empty = read_lines(name, file, layout, columns)
    if rows.is_empty() and unparsed.height:
        raise FileRefused(
            "file:malformed_row",
            f"{name} has no row with the {len(columns)} fields of its header. The first is row "
            f"{unparsed['row_number'][0]}.",
        )
    if empty:
        notes = [*notes, f"{empty:,} row(s) without any value were left out."]
    return RawRows(rows, unparsed, tuple(layout.notes + notes))


def read_lines(
    name: str, file: BinaryIO, layout: Layout, columns: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return rows that parse, rows that do not with their rule, and the number of empty ones."""
    schema = dict.fromkeys(layout.wanted or columns, pl.String) | {"row_number": pl.Int64}
    parsed, unparsed = [pl.DataFrame(schema=schema)], [UNPARSED_ROWS.to_frame()]
    empty, first = 0, layout.header_row + 1
    for block in _without_header(blocks(name, file, layout.old_mac), layout.header_row):
        rows = _parse_whole(block, layout, columns)
        if rows is None:
            text = lines(name, block, first)
            rows, spoilt, n_empty = _sort_out(name, text, layout, columns)
            rows = trimmed(rows)
            first, empty = first + text.height, empty + n_empty
            unparsed.append(spoilt)
        else:
            numbers = pl.Series("row_number", np.arange(first, first + rows.height))
            rows, first = rows.hstack([numbers]), first + rows.height
        parsed.append(rows)
    return pl.concat(parsed), pl.concat(unparsed), empty


def _parse_whole(block: bytes, layout: Layout, columns: list[str]) -> pl.DataFrame | None:
    """Return a block's rows at once where each of its lines is one; None where some may not be.

    Line by line, 2 million rows of wages took 5.8 s; so, 1.6 s.
    """
    if not is_plain(block, layout.delimiter):
        return None
    try:
        rows = parse(block, layout, columns)
    except pa.ArrowInvalid:
        return None
    extra = rows.columns[len(layout.wanted or columns) :]
    if any(rows[name].null_count() < rows.height for name in extra):
        return None
    rows = rows.drop(extra)
    if not is_tidy(block, layout.delimiter):
        rows = trimmed(rows)
    if rows.to_series().null_count():
        empty = rows.filter(pl.col(rows.columns[0]).is_null()).select(
            is_blank(layout.delimiter, *rows.columns).any()
        )
        if empty.item():
            return None
    return rows


def is_plain(block: bytes, delimiter: str) -> bool:
    """Return whether a block of whole lines has nothing that a row must not have, by its bytes."""
    return (
        is_plain_text(block)
        and (b"\r" not in block or _has_returns_at_ends(block))
        and (b'"' not in block or _has_quotes_in_place(block, delimiter))
    )


def is_plain_text(block: bytes) -> bool:
    """Return whether a block holds no character that cannot be seen but ends of lines and tabs."""
    return len(block.translate(None, _CONTROL_BYTES)) == len(block) and (
        block.isascii()
        or not any(lead in block for lead in _CONTROL_LEADS)
        or not _CONTROL_IN_UTF8.search(block)
    )


def _has_returns_at_ends(block: bytes) -> bool:
    """Return whether a newline follows each carriage return; to count both takes thrice as long."""
    at = np.frombuffer(block + b"\0", np.uint8)
    return bool((at[np.flatnonzero(at == ord("\r")) + 1] == ord("\n")).all())


def is_tidy(block: bytes, delimiter: str) -> bool:
    """Return whether no value of a plain block has blanks around it.

    Taking them away where there are none took a quarter of the time to read a file.
    """
    if not block.isascii() and any(lead in block for lead in _BLANK_LEADS):
        return False
    at = np.frombuffer(b"\n" + block + b"\n", np.uint8)
    blanks = np.flatnonzero(at == ord(" "))
    if delimiter != "\t" and b"\t" in block:
        return False
    is_edge = np.zeros(256, np.bool_)
    is_edge[[ord(char) for char in f'\n\r "{delimiter}']] = True
    return not (is_edge[at[blanks - 1]].any() or is_edge[at[blanks + 1]].any())


def is_blank(delimiter: str, *columns: str) -> pl.Expr:
    """Return whether rows have no value in some columns, whatever stands around one."""
    value = pl.col(columns).str.strip_chars(f'{delimiter}" \t\x1a')
    return pl.all_horizontal(value.fill_null("") == "")


def _has_quotes_in_place(block: bytes, delimiter: str) -> bool:
    """Return whether each quotation mark opens a field, closes one or is one of two within one.

    Of marks counted from 1, odd ones open and even ones close; two within a value are one that
    closes and one that opens again.
    """
    at = np.frombuffer(b"\n" + block + b"\n", np.uint8)
    marks = np.flatnonzero(at == ord('"'))
    # Lines are rows only where none ends within a value.
    ends = np.searchsorted(marks, np.flatnonzero(at == ord("\n")))
    if (ends % 2).any():
        return False
    opening, closing = marks[::2], marks[1::2]
    between = [ord(delimiter), ord("\n"), ord('"')]
    return bool(
        np.isin(at[opening - 1], between).all()
        and np.isin(at[closing + 1], [*between, ord("\r")]).all()
    )


def _sort_out(
    name: str, lines: pl.DataFrame, layout: Layout, columns: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return what `read_lines` does of a block's lines, each judged by itself."""
    judged = lines.with_columns(_rule(layout, len(columns)).alias("rule"))
    full = judged.filter(~is_blank(layout.delimiter, "line"))
    if not lines["ends"][-1]:
        _check_not_cut(name, full, layout.delimiter)
    spoilt = full.filter(pl.col("rule").is_not_null()).select(UNPARSED_ROWS.names())
    good = full.filter(pl.col("rule").is_null())
    if good.is_empty():
        rows = pl.DataFrame(schema=dict.fromkeys(layout.wanted or columns, pl.String))
    else:
        rows = parse(good["line"].str.join("\n")[0].encode(), layout, columns)
        rows = rows.select(layout.wanted or columns)
    return rows.with_columns(good["row_number"]), spoilt, judged.height - full.height


def _without_header(blocks: Iterator[bytes], rows: int) -> Iterator[bytes]:
    """Yield blocks without the first `rows` lines, which are all in the first one."""
    for block in islice(blocks, 1):
        at = 0
        for _ in range(rows):
            at = block.find(b"\n", at) + 1 or len(block)
        if at < len(block):
            yield block[at:]
    yield from blocks


def blocks(name: str, file: BinaryIO, old_mac: bool) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines; the last one has what is left.

    One whole line stays with what follows it: `_check_not_cut` compares the last two.
    """
    rest, chunk = b"", file.read(BLOCK_BYTES).removeprefix(b"\xef\xbb\xbf")
    while chunk:
        rest += chunk.replace(b"\r", b"\n") if old_mac else chunk
        cut = rest.rfind(b"\n", 0, max(rest.rfind(b"\n"), 0)) + 1
        if not cut and len(rest) > 2 * BLOCK_BYTES:
            raise FileRefused("file:unreadable", f"{name} has a line of megabytes.")
        chunk = file.read(BLOCK_BYTES)
        if chunk and cut:
            yield rest[:cut]
            rest = rest[cut:]
    if rest:
        yield rest


def lines(name: str, block: bytes, first: int) -> pl.DataFrame:
    """Return a block's lines with their numbers, from `first` on."""
    try:
        text = block.decode()
    except UnicodeDecodeError:
        raise _not_utf8(name, block, first) from None
    lines = pl.Series("line", [text.removesuffix("\n")]).str.split("\n").explode()
    return pl.DataFrame({"line": lines.str.strip_chars_end("\r")}).with_columns(
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("row_number"),
        # Whether the line ends in the file, rather than the file in it.
        ends=pl.lit(block.endswith(b"\n")),
    )


def _not_utf8(name: str, block: bytes, first: int) -> FileRefused:
    bad = []
    for number, line in enumerate(block.split(b"\n"), start=first):
        try:
            line.decode()
        except UnicodeDecodeError:
            bad.append((number, line))
    shown = ", ".join(str(number) for number, _ in bad[:_LINES_NAMED])
    more = f" and {len(bad) - _LINES_NAMED:,} more" if len(bad) > _LINES_NAMED else ""
    try:
        text = b" ".join(line for _, line in bad).decode("cp1252")
        is_windows = all(char.isalpha() or char in "‘’“”–—…" for char in text if char > "\x7f")
    except UnicodeDecodeError:
        is_windows = False
    cause = 'It looks like Windows-1252, which Excel writes as "CSV". ' if is_windows else ""
    return FileRefused(
        "file:encoding",
        f'{name} is not UTF-8 in line {shown}{more}. {cause}Save it as "CSV UTF-8".',
    )


def _rule(layout: Layout, width: int) -> pl.Expr:
    """Return the rule that a line breaks as a row, null for none."""
    line, delimiter, extra = pl.col("line"), layout.delimiter, layout.extra
    d = "\\t" if delimiter == "\t" else f"\\{delimiter}"
    field = rf'(?:{_QUOTED}|[^"{d}]*)'
    has_quote = line.str.contains('"', literal=True)
    bare = pl.when(has_quote).then(line.str.replace_all(_QUOTED, "")).otherwise(line)
    fields = bare.str.count_matches(delimiter, literal=True) + 1
    has_width = fields == width + extra
    if extra:
        has_width &= line.str.ends_with(delimiter * extra)
    return (
        pl.when(line.str.contains(CONTROL))
        .then(pl.lit("row:control_character"))
        .when(has_quote & ~line.str.contains(rf"^{field}(?:{d}{field})*$"))
        .then(pl.lit("row:quotes"))
        .when(~has_width)
        .then(pl.lit("row:fields"))
    )


def _check_not_cut(name: str, rows: pl.DataFrame, delimiter: str) -> None:
    """Check that the last row, which has no end of line, is a whole one.

    A footer differs from a row that was cut by how it begins.
    """
    last = rows.tail(2)["line"].str.split(delimiter).to_list()
    if len(last) < 2 or rows["rule"][-1] is None:
        return
    if last[1][0] == last[0][0] and 1 < len(last[1]) < len(last[0]):
        raise FileRefused(
            "file:malformed_row",
            f"{name} ends within row {rows['row_number'][-1]}: it was cut short on its way. "
            "Deliver the whole file.",
        )


def parse(data: bytes, layout: Layout, columns: list[str]) -> pl.DataFrame:
    """Return rows of as many fields as the header has, with those behind its names.

    Raises:
        ArrowInvalid: A row has more fields or fewer, or is not UTF-8.
    """
    extra = [f"_extra{i}" for i in range(layout.extra)]
    names = columns + extra
    table = csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(
            column_names=names, use_threads=False, block_size=len(data) + 1
        ),
        parse_options=csv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            include_columns=[*layout.wanted, *extra] if layout.wanted else None,
        ),
    )
    return pl.DataFrame(pl.from_arrow(table))
