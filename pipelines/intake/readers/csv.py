"""A delivered CSV file as rows of text: a row is a line, and a line is a row.

Lives here: telling rows that parse from those that do not. Does not: the header
(`pipelines.intake.readers.layout`), any rule on columns or values.

No value of a contract holds a line break, so a quotation mark that is not closed in its line
spoils that line alone, and row numbers are lines of the file.
"""

from collections.abc import Iterator
from typing import BinaryIO

import polars as pl
import pyarrow as pa
from pyarrow import csv

from pipelines.home.files import open_regular
from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import FileRefused, RawRows, match_columns
from pipelines.intake.readers.layout import HEAD_BYTES, Layout, find_layout

# Bytes that are parsed at once: memory beside the table itself stays some times this.
BLOCK_BYTES = 8 << 20
_LINES_NAMED = 5
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f]"
_QUOTED = r'"(?:[^"]|"")*"'


def read_csv(delivery: Delivery, expected: list[str]) -> RawRows:
    """Return the rows of a CSV file, every column as text.

    Raises:
        FileRefused: It is empty, not UTF-8 or not CSV, has other columns, or no row parses.
    """
    name = delivery.path.name
    with open_regular(delivery.path) as file:
        layout = find_layout(name, file.read(HEAD_BYTES), expected)
        columns, notes = match_columns(name, layout.columns, expected)
        file.seek(0)
        rows, unparsed, empty = _read_lines(name, file, layout, columns)
    if rows.is_empty() and unparsed.height:
        raise FileRefused(
            "file:malformed_row",
            f"{name} has no row with the {len(columns)} fields of its header. The first is row "
            f"{unparsed['row_number'][0]}.",
        )
    if empty:
        notes = [*notes, f"{empty:,} row(s) without any value were left out."]
    return RawRows(rows, unparsed, tuple(layout.notes + notes))


def _read_lines(
    name: str, file: BinaryIO, layout: Layout, columns: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Return rows that parse, rows that do not with their rule, and the number of empty ones."""
    schema = dict.fromkeys(columns, pl.String) | {"row_number": pl.Int64}
    parsed = [pl.DataFrame(schema=schema)]
    unparsed = [pl.DataFrame(schema={"row_number": pl.Int64, "rule": pl.String})]
    empty, first = 0, 1
    for block in _blocks(file, layout.old_mac):
        lines = _lines(name, block, first)
        first += lines.height
        behind = lines.filter(pl.col("row_number") > layout.header_row)
        judged = behind.with_columns(_rule(layout, len(columns)).alias("rule"))
        is_empty = pl.col("line").str.strip_chars(f'{layout.delimiter}" \t\x1a') == ""
        full = judged.filter(~is_empty)
        empty += judged.height - full.height
        if not block.endswith(b"\n"):
            _check_not_cut(name, full, layout.delimiter)
        unparsed.append(full.filter(pl.col("rule").is_not_null()).select("row_number", "rule"))
        good = full.filter(pl.col("rule").is_null())
        if good.height:
            parsed.append(_parse(good, layout, columns))
    return pl.concat(parsed), pl.concat(unparsed), empty


def _blocks(file: BinaryIO, old_mac: bool) -> Iterator[bytes]:
    """Yield a file in blocks of whole lines; the last one has what is left."""
    rest = file.read(3).removeprefix(b"\xef\xbb\xbf")
    while chunk := file.read(BLOCK_BYTES):
        cut = rest.rfind(b"\n") + 1
        if cut > 1:
            yield rest[:cut]
            rest = rest[cut:]
        rest += chunk.replace(b"\r", b"\n") if old_mac else chunk
    if rest:
        yield rest


def _lines(name: str, block: bytes, first: int) -> pl.DataFrame:
    """Return a block's lines with their numbers, from `first` on."""
    try:
        text = block.decode()
    except UnicodeDecodeError:
        raise _not_utf8(name, block, first) from None
    lines = pl.Series("line", [text.removesuffix("\n")]).str.split("\n").explode()
    return pl.DataFrame({"line": lines.str.strip_chars_end("\r")}).with_columns(
        pl.int_range(first, first + pl.len(), dtype=pl.Int64).alias("row_number")
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
        pl.when(line.str.contains(_CONTROL))
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


def _parse(good: pl.DataFrame, layout: Layout, columns: list[str]) -> pl.DataFrame:
    data = good["line"].str.join("\n")[0].encode()
    names = columns + [f"_{i}" for i in range(layout.extra)]
    table = csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(
            column_names=names, use_threads=False, block_size=len(data) + 1
        ),
        parse_options=csv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=columns,
            strings_can_be_null=False,
        ),
    )
    return pl.DataFrame(pl.from_arrow(table)).with_columns(good["row_number"])
