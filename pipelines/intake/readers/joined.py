"""Small CSV files of one header, read in one parse: a file then costs little beside its rows.

Lives here: which files can be joined, and giving rows back to files by their lines. Does not: a
file that is not plain CSV of its period, which `pipelines.intake.readers.delivery` reads alone.

A file is joined only where `pipelines.intake.readers.csv` would parse it in one go, so that its
rows are the same either way.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.home.files import open_regular
from pipelines.intake.bundles.recognise import HEAD_BYTES, HEAD_LINES, recognise
from pipelines.intake.deliveries import Delivery
from pipelines.intake.readers.base import FileRefused, match_columns, trimmed
from pipelines.intake.readers.csv import BLOCK_BYTES, is_blank, is_plain, is_tidy, parse
from pipelines.intake.readers.delivery import DeliveredText
from pipelines.intake.readers.layout import Layout, find_layout
from pipelines.intake.validate import UNPARSED
from schemas import Feed

# What a parse costs beside its rows, some milliseconds, is little for a file of more bytes.
MOST_BYTES = 1 << 18


class Joined(NamedTuple):
    """Rows of some files, one file after the other.

    Attributes:
        files: Positions of the files among the deliveries asked for.
        sizes: Rows of each.
        notes: What was read though it is not as the contract asks; the same for all.
        rows: As `pipelines.intake.readers.delivery.read_text` gives them.
    """

    files: list[int]
    sizes: list[int]
    notes: tuple[str, ...]
    rows: pl.DataFrame


def by_file(joined: Joined, deliveries: Sequence[Delivery]) -> dict[int, DeliveredText]:
    """Return the text of each joined file with provenance, by its position."""
    of = [deliveries[at] for at in joined.files]
    file = np.repeat(np.arange(len(of)), joined.sizes)
    rows = joined.rows.with_columns(
        pl.Series("submitter", [one.submitter for one in of]).gather(file),
        pl.Series("period", [one.period for one in of]).gather(file),
        pl.Series("delivery_sha256", [one.sha256 for one in of]).gather(file),
    )
    ends = np.cumsum(joined.sizes).tolist()
    return {
        at: DeliveredText(rows.slice(end - size, size), joined.notes)
        for at, size, end in zip(joined.files, joined.sizes, ends, strict=True)
    }


class _Header(NamedTuple):
    layout: Layout
    columns: list[str]
    notes: tuple[str, ...]


class _File(NamedTuple):
    at: int
    period: str
    body: bytes


def read_joined(deliveries: Sequence[Delivery], feed: Feed) -> Iterator[Joined]:
    """Yield the rows of the files that can be joined; the others are in none of the parts.

    A part has at most `BLOCK_BYTES` and one file, whatever the number of files.
    """
    headers: dict[bytes, _Header | None] = {}
    waiting: dict[bytes, list[_File]] = {}
    held = 0
    for at, delivery in enumerate(deliveries):
        line, body = split(delivery)
        if not body:
            continue
        if line not in headers:
            headers[line] = _header(line, feed)
        header = headers[line]
        if header is None or not _is_regular(body, header):
            continue
        waiting.setdefault(line, []).append(_File(at, delivery.period, body))
        held += len(body)
        if held >= BLOCK_BYTES:
            yield from _read(waiting, headers, feed)
            waiting, held = {}, 0
    yield from _read(waiting, headers, feed)


def split(delivery: Delivery) -> tuple[bytes, bytes]:
    """Return a file's first line and all others, whole lines; nothing of one that is read alone."""
    if delivery.is_encoded or delivery.path.suffix.lower() != ".csv" or not delivery.period:
        return b"", b""
    try:
        with open_regular(delivery.path) as file:
            content = file.read(MOST_BYTES + 1)
    except OSError:
        return b"", b""
    line, _, body = content.partition(b"\n")
    head = b"\n".join(content.split(b"\n", HEAD_LINES)[:HEAD_LINES])
    is_large = len(content) > MOST_BYTES or len(head) > HEAD_BYTES
    if is_large or body.endswith(b"\r") or recognise(head):
        return b"", b""
    return line, body if body.endswith(b"\n") or not body else body + b"\n"


def _header(line: bytes, feed: Feed) -> _Header | None:
    """Return what a first line says of the rows below; None unless it names just the columns."""
    try:
        layout = find_layout("", line + b"\n", list(feed.dtypes))
        columns, notes = match_columns("", layout.columns, list(feed.dtypes))
    except FileRefused:
        return None
    if layout.header_row > 1 or layout.extra:
        return None
    return _Header(layout, columns, (*layout.notes, *notes))


def _is_regular(body: bytes, header: _Header) -> bool:
    delimiter = header.layout.delimiter
    between = body.count(b"\n") * (len(header.columns) - 1)
    if b'"' not in body and body.count(delimiter.encode()) != between:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return is_plain(body, delimiter)


def _read(
    waiting: dict[bytes, list[_File]], headers: dict[bytes, _Header | None], feed: Feed
) -> Iterator[Joined]:
    for line, files in waiting.items():
        if header := headers[line]:
            yield from _parse(files, header, feed)


def _parse(files: list[_File], header: _Header, feed: Feed) -> Iterator[Joined]:
    """Parse files at once and, where one of them has other fields, each half by itself."""
    sizes = [file.body.count(b"\n") for file in files]
    try:
        data = b"".join(file.body for file in files)
        rows = parse(data, header.layout, header.columns).select(header.columns)
    except pa.ArrowInvalid:
        if half := len(files) // 2:
            yield from _parse(files[:half], header, feed)
            yield from _parse(files[half:], header, feed)
        return
    file = pl.Series("file", np.repeat(np.arange(len(files)), sizes))
    first = np.repeat(np.cumsum([0, *sizes[:-1]]), sizes)
    period = pl.Series([one.period for one in files]).gather(file)
    rows = rows if is_tidy(data, header.layout.delimiter) else trimmed(rows)
    text = rows.with_columns(
        pl.Series("row_number", np.arange(2, rows.height + 2) - first),
        pl.lit(None, pl.String).alias(UNPARSED),
    )
    is_odd = (text[feed.period_kind.value] != period).fill_null(False)
    delimiter, first_column = header.layout.delimiter, header.columns[0]
    if rows.select(is_blank(delimiter, first_column).any()).item():
        is_odd |= rows.select(is_blank(delimiter, *header.columns)).to_series()
    odd = set(file.filter(is_odd).unique())
    text = text.select(*feed.dtypes, "row_number", UNPARSED)
    if odd:
        text = text.filter(~file.is_in(list(odd)))
    regular = [at for at in range(len(files)) if at not in odd]
    if regular:
        numbers = [files[at].at for at in regular]
        yield Joined(numbers, [sizes[at] for at in regular], header.notes, text)
