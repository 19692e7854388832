"""What a file is taken for: its layout and record type, by its first bytes.

Lives here: telling layouts apart. Does not: reading a record.
"""

import csv
from dataclasses import dataclass
from functools import cache, lru_cache

from schemas.layouts.model import LAYOUTS, Layout

# Bytes and lines among which the first record is looked for.
HEAD_BYTES = 1 << 16
HEAD_LINES = 5
# A header is a layout's when it has this share of its names.
_LEAST_SHARE = 0.6


@dataclass(frozen=True)
class Recognised:
    """What a file is taken for.

    Attributes:
        layout: Its layout.
        record: The type of its first record.
        delimiter: What stands between fields; none in fixed width.
        header_rows: Lines above the first record.
        columns: Fields that a delimited file has, by the layout's names.
        is_extract: Whether it was given back by the agency, not written for it.
        by_header: Whether a header names its fields.
    """

    layout: Layout
    record: str
    delimiter: str = ""
    header_rows: int = 0
    columns: tuple[str, ...] = ()
    is_extract: bool = False
    by_header: bool = False

    @property
    def types(self) -> frozenset[str]:
        """The record types that the file may hold."""
        is_mixed = self.layout.is_mixed and not self.by_header
        return frozenset(self.layout.records if is_mixed else [self.record])

    @property
    def title(self) -> str:
        """What it is, in a sentence's words."""
        title = self.layout.records[self.record].title
        extract = ", given back as an extract" if self.is_extract else ""
        return f"{self.layout.title}, record {self.record} ({title}){extract}"


def recognise(head: bytes) -> Recognised | None:
    """Return what a file is taken for; None where no layout fits."""
    text = head[:HEAD_BYTES].decode("utf-8-sig", errors="replace")
    lines = [line.rstrip("\r") for line in text.split("\n")[:HEAD_LINES]]
    for layout in LAYOUTS.values():
        of_form = {"delimited": _delimited, "fixed": _fixed, "named": _named}[layout.form]
        if form := of_form(layout, lines):
            return form
    return None


def _delimited(layout: Layout, lines: list[str]) -> Recognised | None:
    for row, line in enumerate(lines):
        for delimiter in layout.delimiters:
            fields = _fields(line, delimiter)
            code, width = "".join(fields[:1]).upper(), len(fields)
            if width < 2 or code not in layout.codes:
                continue
            record = layout.codes[code]
            names = [field.name for field in layout.records[record].fields]
            columns = (*names, *(f"_{n}" for n in range(len(names), width)))[:width]
            return Recognised(layout, record, delimiter, row, columns, code != record)
    return None


def _fixed(layout: Layout, lines: list[str]) -> Recognised | None:
    """Return the type of the first record, where the first lines are all of one.

    Blanks at the end of a line may have been cut off.
    """
    start, width = layout.code_at
    lengths = {code: layout.records[name].length for code, name in layout.codes.items()}
    full = [line for line in lines if line.strip()]
    codes = [line[start - 1 : start - 1 + width] for line in full]
    fit = [len(line) <= lengths.get(code, 0) for code, line in zip(codes, full, strict=True)]
    is_whole = bool(full) and len(full[0]) == lengths.get(codes[0])
    if all(fit) and (is_whole or len(full) > 1):
        return Recognised(layout, layout.codes[codes[0]])
    return Recognised(layout, layout.codes[codes[0]]) if is_whole else _named(layout, lines)


def _named(layout: Layout, lines: list[str]) -> Recognised | None:
    """Return the record of whose titles or numbers of fields a header has most."""
    for row, line in enumerate(lines):
        delimiter = "," if "," in line else ";" if ";" in line else "\t"
        header = [squeezed(column) for column in _fields(line, delimiter)]
        every, least = _names_of(layout.name)
        if len({*header} & every) < least:
            continue
        best: tuple[int, str] = (0, "")
        for code, record in layout.records.items():
            known = len({*header} & _names_in_header(layout.name, code).keys())
            if known >= _LEAST_SHARE * len(record.fields):
                best = max(best, (known, code), key=lambda one: one[0])
        if code := best[1]:
            names = _names_in_header(layout.name, code)
            columns = tuple(names.get(column, f"_{at}") for at, column in enumerate(header))
            return Recognised(layout, code, delimiter, row + 1, columns, by_header=True)
    return None


@cache
def _names_of(layout: str) -> tuple[set[str], float]:
    """Return the names of all records' fields, and the fewest by which a header is known."""
    records = LAYOUTS[layout].records
    names = {name for code in records for name in _names_in_header(layout, code)}
    return names, min(_LEAST_SHARE * len(record.fields) for record in records.values())


@cache
def _names_in_header(layout: str, code: str) -> dict[str, str]:
    return {
        squeezed(written): field.name
        for field in LAYOUTS[layout].records[code].fields
        for written in (field.title, field.id, *field.also)
        if written
    }


# A line is held against each layout, and a header again with each file.
@lru_cache(maxsize=1024)
def squeezed(name: str) -> str:
    """Return a column's name without what exports write differently of it."""
    return "".join(char for char in name.lower() if char.isalnum())


@lru_cache(maxsize=64)
def _fields(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        [fields] = csv.reader([line], delimiter=delimiter)
    except (csv.Error, ValueError):
        return (line,)
    return tuple(field.strip() for field in fields)
