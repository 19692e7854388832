"""How a CSV file is written: its encoding, delimiter and header row, judged by its first bytes.

Lives here: naming what a file is that is not plain CSV, with what to do about it.
Does not: any row behind the header (`pipelines.intake.readers.csv`).
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.intake.readers.base import ContractNames, FileRefused

# Bytes in which the header must end, and lines among which it is looked for.
HEAD_BYTES = 1 << 20
_HEAD_LINES = 20
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
# A line that tells a spreadsheet the delimiter.
_SEP = "sep="

_SAVE = 'Save it as "CSV UTF-8 (comma delimited)".'
_KINDS = {
    b"PK\x03\x04": f"is an Excel workbook or a zip file. {_SAVE}",
    b"\xd0\xcf\x11\xe0": f"is a workbook of an old Excel. {_SAVE}",
    b"\x1f\x8b": "is compressed by gzip. Unpack it.",
    b"%PDF": f"is a PDF. {_SAVE}",
    b"PAR1": "is a Parquet file. Let its name end in .parquet.",
    b"<!DO": f"is a web page. {_SAVE}",
    b"<htm": f"is a web page. {_SAVE}",
    b"<?xm": f"is XML. {_SAVE}",
}
_WIDE_ENCODINGS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Layout:
    """How a CSV file is written.

    Attributes:
        delimiter: What stands between fields.
        columns: Names of the header, blanks around them removed.
        header_row: Its line of the file; the first is 1.
        extra: Empty fields without a name behind the last column of every row.
        old_mac: Whether lines end in a carriage return alone.
        wanted: Columns to read; all where not given.
    """

    delimiter: str
    columns: list[str]
    header_row: int
    extra: int = 0
    old_mac: bool = False
    wanted: tuple[str, ...] | None = None

    @property
    def notes(self) -> list[str]:
        """What differs from the layout that is asked for, and was read all the same."""
        notes = []
        if self.delimiter != ",":
            notes.append(f"The delimiter is a {DELIMITERS[self.delimiter]}, not a comma.")
        if self.extra:
            notes.append("Rows end in a delimiter: an empty column without a name was left out.")
        if self.header_row > 1:
            notes.append(f"The header is row {self.header_row}; what is above it was left out.")
        return notes


def find_layout(name: str, head: bytes, expected: Sequence[str]) -> Layout:
    """Return how a CSV file is written.

    Args:
        name: The file's name, for the message.
        head: Its first `HEAD_BYTES`.
        expected: Columns of the contract.

    Raises:
        FileRefused: It is empty, of another kind or encoding, or has no header in its first row.
    """
    check_kind(name, head)
    old_mac = b"\n" not in head and b"\r" in head
    text = head.decode("utf-8-sig", errors="replace")
    lines = (text.replace("\r", "\n") if old_mac else text).split("\n")
    if len(lines) == 1 and len(head) >= HEAD_BYTES:
        raise FileRefused("file:unreadable", f"{name} has no end of line in its first megabyte.")
    row, delimiter, columns = _find_header(lines[:_HEAD_LINES], expected)
    above = [line.strip() for line in lines[: row - 1]]
    if any(line and not line.lower().startswith(_SEP) for line in above):
        raise FileRefused(
            "file:missing_column",
            f"{name} must have its header in row 1. It is row {row}, below a title. Delete the "
            f"{row - 1} row(s) above it.",
        )
    named = len(columns)
    while named and not columns[named - 1]:
        named -= 1
    extra = len(columns) - named or extra_fields(lines[row : row + _HEAD_LINES], delimiter, named)
    return Layout(delimiter, columns[:named], row, extra, old_mac)


def check_kind(name: str, head: bytes) -> None:
    """Check that a file is text in UTF-8, by its first bytes.

    Raises:
        FileRefused: It is empty, or of a kind that can be named.
    """
    if not head.strip():
        raise FileRefused("file:empty", f"{name} is empty.")
    for start, kind in _KINDS.items():
        if head.startswith(start):
            raise FileRefused("file:unreadable", f"{name} {kind}")
    if head.startswith(_WIDE_ENCODINGS) or head[:4096].count(0) > len(head[:4096]) // 4:
        raise FileRefused(
            "file:encoding",
            f'{name} is UTF-16, which Excel writes as "Unicode Text", and must be UTF-8. {_SAVE}',
        )


def _find_header(lines: Sequence[str], expected: Sequence[str]) -> tuple[int, str, list[str]]:
    """Return the row, delimiter and names of the first line with half of the expected names.

    Without one, the first row is the header, and its columns are judged as they are.
    """
    names = ContractNames(expected)
    best = (0, 1, ",", _fields(lines[0], ","))
    for row, line in enumerate(lines, start=1):
        for delimiter in DELIMITERS:
            columns = _fields(line, delimiter)
            known = len({*map(names.of, columns)} - {None})
            if 2 * known >= len(expected):
                return row, delimiter, columns
            if row == 1 and known > best[0]:
                best = (known, row, delimiter, columns)
    return best[1:]


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        [fields] = csv.reader([line.rstrip("\r")], delimiter=delimiter)
    except (csv.Error, ValueError):
        return [line]
    return [field.strip() for field in fields]


def extra_fields(lines: Sequence[str], delimiter: str, named: int) -> int:
    """Return how many empty fields all of some rows have behind the last named column."""
    rows = [line.rstrip("\r") for line in lines[:-1] if line.strip(f'{delimiter}" \r')]
    extra = {len(_fields(row, delimiter)) - named for row in rows}
    if len(extra) != 1 or (n := extra.pop()) <= 0:
        return 0
    return n if all(row.endswith(delimiter * n) for row in rows) else 0
