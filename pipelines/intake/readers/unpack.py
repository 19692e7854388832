"""A delivered file as a stream of text, unpacked where it is packed: gzip, zip of one file, Excel.

Lives here: what may be unpacked, and how much. Does not: reading the text itself.

Workbooks are read by python-calamine: calamine in Rust, several times as fast as openpyxl, which
would take minutes for a district, and which runs no formula and loads no link.
"""

import csv
import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from io import BufferedReader, BytesIO, RawIOBase, StringIO
from pathlib import Path, PurePath
from typing import Any, BinaryIO, NamedTuple

import python_calamine as calamine

from pipelines.home.files import open_regular
from pipelines.intake.readers.base import FileRefused

# What a packed file may come to. A state's quarter of wages, 20 million rows, is 1.5 GB of text; a
# file of 10 MB that unpacks to more is none.
MOST_UNPACKED = 4 << 30
# A workbook is in memory as a whole, at some ten times its cells. Excel's most rows of a district's
# widest file are 200 MB.
MOST_OF_WORKBOOK = 512 << 20
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
# A workbook with a password is another kind of file, which holds a part of this name.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Opened(NamedTuple):
    """A stream of text, the name of what is in it, and what was done to get it."""

    name: str
    file: BinaryIO
    notes: tuple[str, ...] = ()


@contextmanager
def opened(path: Path, name: str) -> Iterator[Opened]:
    """Open a file to read its text; `name` is how messages call it.

    Raises:
        FileRefused: It is packed and damaged, holds more than one file, or is too large unpacked.
        OSError: It is not a regular file, or may not be read.
    """
    with open_regular(path) as file:
        suffix = path.suffix.lower()
        try:
            if suffix == ".gz":
                inner = PurePath(name).with_suffix("").name
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield Opened(inner, _limited(unpacked, name), ("It was unpacked by gzip.",))
            elif suffix == ".zip":
                with _zipped(file, name) as one:
                    yield one
            elif suffix in _WORKBOOKS:
                yield _sheet(file, name)
            else:
                yield Opened(name, file)
        except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError):
            raise FileRefused(
                "file:unreadable", f"{name} can't be unpacked: it is damaged. Pack it anew."
            ) from None


class _Limited(RawIOBase):
    """An unpacked stream that ends with an error where it is too long."""

    def __init__(self, stream: Any, name: str) -> None:
        self._stream, self._name, self._read = stream, name, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self._read = offset
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any, /) -> int:
        part = self._stream.read(len(buffer))
        self._read += len(part)
        if self._read > MOST_UNPACKED:
            raise _too_large(self._name, MOST_UNPACKED)
        buffer[: len(part)] = part
        return len(part)


def _limited(stream: Any, name: str) -> BinaryIO:
    return BufferedReader(_Limited(stream, name))


def _too_large(name: str, most: int) -> FileRefused:
    return FileRefused(
        "file:unreadable",
        f"{name} holds more than {most >> 20:,} MB when it is unpacked. Deliver it as plain text.",
    )


@contextmanager
def _zipped(file: BinaryIO, name: str) -> Iterator[Opened]:
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if not _is_clutter(one)]
        if len(members) != 1:
            raise FileRefused(
                "file:unreadable", f"{name} holds {len(members)} files. Pack one file alone."
            )
        [member] = members
        if member.flag_bits & 1:
            raise FileRefused("file:unreadable", f"{name} has a password. Pack it without one.")
        if member.file_size > MOST_UNPACKED:
            raise _too_large(name, MOST_UNPACKED)
        note = ("It was unpacked from a zip file.",)
        # The name within is the submitter's too, but nobody has judged it: it is not repeated.
        suffix = PurePath(member.filename).suffix.lower()
        try:
            unpacked = archive.open(member)
        except NotImplementedError:
            raise FileRefused(
                "file:unreadable", f"{name} is compressed in a way that is not read. Pack it anew."
            ) from None
        with unpacked:
            if suffix in _WORKBOOKS:
                inner = _sheet(BytesIO(_limited(unpacked, name).read()), name)
                yield inner._replace(notes=note + inner.notes)
            else:
                yield Opened(name, _limited(unpacked, name), note)


def _is_clutter(member: zipfile.ZipInfo) -> bool:
    parts = PurePath(member.filename).parts
    return member.is_dir() or "__MACOSX" in parts or parts[-1].startswith(".")


def _sheet(file: BinaryIO, name: str) -> Opened:
    """Return the first sheet of a workbook that holds anything, as comma-separated text."""
    _check_size(file, name)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(file)
        sheets = [
            workbook.get_sheet_by_index(at)
            for at, one in enumerate(workbook.sheets_metadata)
            if one.typ == calamine.SheetTypeEnum.WorkSheet
            and one.visible == calamine.SheetVisibleEnum.Visible
        ]
        full = [sheet for sheet in sheets if sheet.height]
    except calamine.CalamineError as error:
        file.seek(0)
        has_password = isinstance(error, calamine.PasswordError) or _ENCRYPTED in file.read()
        reason = (
            "has a password. Save it without one."
            if has_password
            else "is no workbook, or a damaged one. Save it anew."
        )
        raise FileRefused("file:unreadable", f"{name} {reason}") from None
    if not full:
        raise FileRefused("file:empty", f"{name} has no sheet with anything in it.")
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in full[0].to_python(skip_empty_area=False):
        writer.writerow([_text(cell) for cell in row])
    others = f" {len(full) - 1} other sheet(s) were not read." if len(full) > 1 else ""
    note = f"The sheet {sheets.index(full[0]) + 1} of the workbook was read.{others}"
    return Opened(name, BytesIO(text.getvalue().encode()), (note,))


def _check_size(file: BinaryIO, name: str) -> None:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_OF_WORKBOOK:
                raise _too_large(name, MOST_OF_WORKBOOK)
    file.seek(0)


def _text(cell: object) -> str:
    """Return a cell as it would be written by hand; no value of a contract has a line break."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and not (cell.hour or cell.minute or cell.second):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return " ".join(str(cell).splitlines())
