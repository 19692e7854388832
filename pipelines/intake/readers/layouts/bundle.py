"""A delivery in a layout, one file or several, as rows of a feed.

Lives here: which files a delivery has, whether they are all that a feed needs, and the account of
their records. Does not: records (`records`), rows (`rows`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.intake.bundles.folders import types_by_name
from pipelines.intake.bundles.recognise import HEAD_BYTES, Recognised, recognise
from pipelines.intake.deliveries import Delivery, files_in
from pipelines.intake.landing import name_problem
from pipelines.intake.ledger import NAME
from pipelines.intake.readers.base import UNPARSED_ROWS, FileRefused, RawRows
from pipelines.intake.readers.layout import check_kind
from pipelines.intake.readers.layouts.records import FILE_BITS, ID, FileRecords, read_records
from pipelines.intake.readers.layouts.rows import feed_rows
from pipelines.intake.readers.unpack import Opened, opened
from schemas import Feed
from schemas.layouts.model import LAYOUTS, Layout

INCOMPLETE = "file:incomplete_bundle"
_ALONE = "A file in the contract's columns is delivered by itself, not in a folder."


@dataclass(frozen=True)
class Origins:
    """Which records rows draw on.

    Attributes:
        layout: Name of the layout.
        files: Name, record types and number of records of each file that the feed draws on.
        links: `rows.LINKS`, rows by their row number.
        unparsed: Numbers of records that do not parse.
        by_position: Whether any file was read by the places of its fields, not by a header.
    """

    layout: str
    files: tuple[tuple[str, str, int], ...]
    links: pl.DataFrame = field(compare=False)
    unparsed: tuple[int, ...] = ()
    by_position: bool = True

    def is_draft(self, feed: str) -> bool:
        """Return whether rows of a feed draw on what has no public source."""
        return LAYOUTS[self.layout].is_draft(feed, self.by_position)

    def fates(self, accepted: pl.Series) -> tuple[str, ...]:
        """Return what became of each file's records, a sentence each.

        A record is used where an accepted row draws on it, quarantined where it does not parse or
        every row that draws on it is quarantined, and not of the feed where none draws on it.

        Raises:
            AssertionError: The three do not add up to the file's records.
        """
        drawn = self.links.group_by("record").agg(
            used=pl.col("row").is_in(accepted.implode()).any()
        )
        counts = drawn.group_by(file=pl.col("record") // (1 << FILE_BITS)).agg(
            used=pl.col("used").sum(), quarantined=(~pl.col("used")).sum()
        )
        by_file = {row["file"]: (row["used"], row["quarantined"]) for row in counts.to_dicts()}
        sentences = []
        for number, (name, types, records) in enumerate(self.files):
            used, quarantined = by_file.get(number, (0, 0))
            quarantined += sum(one >> FILE_BITS == number for one in self.unparsed)
            other = records - used - quarantined
            assert other >= 0, f"{name}: {used} used and {quarantined} quarantined of {records}"
            sentences.append(
                f"{name} ({types}): of {records:,} records {used:,} are used, {quarantined:,} "
                f"quarantined, {other:,} not of this feed."
            )
        return tuple(sentences)


@dataclass(frozen=True)
class LayoutRows:
    """Rows of a feed from a delivery in a layout, and which records they draw on."""

    raw: RawRows
    origins: Origins


def read_bundle(delivery: Delivery, feed: Feed) -> LayoutRows:
    """Return the rows of a feed that the files of a delivery make.

    Raises:
        FileRefused: A record type that the feed needs is missing, a file is of no layout or of
            another than the rest, or can't be read.
        FileNotFoundError: It is gone.
    """
    files: list[FileRecords] = []
    empty: list[str] = []
    layout: Layout | None = None
    for path in files_in(delivery.path):
        name = _checked_name(delivery.path, path)
        with opened(path, name) as one:
            head = one.file.read(HEAD_BYTES)
            form = recognise(head)
            if not head.strip():
                empty.append(name)
                continue
            if form is None:
                check_kind(name, head)
                raise FileRefused("file:unreadable", f"{name} is of no known layout. {_ALONE}")
            if layout is not None and form.layout is not layout:
                raise FileRefused(
                    "file:unreadable",
                    f"{delivery.file_name} has files of two layouts, {layout.title} and "
                    f"{form.layout.title}.",
                )
            layout = form.layout
            _add(files, one, form, feed)
    if layout is None:
        raise FileRefused("file:empty", f"{delivery.file_name} holds no file with anything in it.")
    files += [one for name in empty for one in _nothing(name, layout, feed)]
    return _put_together(delivery, layout, feed, files)


def _nothing(name: str, layout: Layout, feed: Feed) -> list[FileRecords]:
    """Return an empty file that says by its name of what type there is no record.

    Raises:
        FileRefused: Its name does not say it, or it is of the rows themselves.
    """
    spec, types = layout.feeds[feed.name], dict(types_by_name(name)).get(layout.name, frozenset())
    if not types or spec.base in types:
        raise FileRefused("file:empty", f"{name} is empty.")
    if not types & set(spec.records):
        return []
    says = f"{name} is empty: there is no record {' or '.join(sorted(types))}."
    return [FileRecords(name, tuple(sorted(types)), {}, UNPARSED_ROWS.to_frame(), 0, notes=[says])]


def read_single(
    opened_file: Opened, form: Recognised, delivery: Delivery, feed: Feed
) -> LayoutRows:
    """Return the rows of a feed that one file makes.

    Raises:
        FileRefused: As `read_bundle`.
    """
    files: list[FileRecords] = []
    _add(files, opened_file, form, feed)
    return _put_together(delivery, form.layout, feed, files)


def _checked_name(bundle: Path, path: Path) -> str:
    if problem := name_problem(path.name):
        raise FileRefused(NAME, problem)
    return path.name if bundle == path else f"{bundle.name}/{path.name}"


def _add(files: list[FileRecords], one: Opened, form: Recognised, feed: Feed) -> None:
    """Read a file's records where the feed draws on them."""
    spec = form.layout.feeds.get(feed.name)
    if spec is None:
        raise FileRefused("file:unreadable", f"{one.name} is {form.title}: no {feed.name}.")
    if not form.types & set(spec.records):
        return
    read = read_records(one.name, one.file, form, spec.used, len(files))
    read.notes[:0] = [f"{one.name} was read as {form.title}.", *one.notes]
    files.append(read)


def _put_together(
    delivery: Delivery, layout: Layout, feed: Feed, files: Sequence[FileRecords]
) -> LayoutRows:
    spec = layout.feeds[feed.name]
    _check_complete(delivery, layout, feed, files)
    tables = {
        code: pl.concat([one.records[code] for one in files if code in one.records])
        for code in {code for one in files for code in one.records}
    }
    rows, links = feed_rows(layout, feed, tables, (delivery.submitter, delivery.period))
    of_base = [number for number, one in enumerate(files) if spec.base in one.types]
    first = _first_lines(files, of_base)
    notes = [note for one in files for note in one.notes]
    if len(of_base) > 1:
        notes += [
            f"Rows from {first[number] + 1:,} on are lines of {files[number].name}."
            for number in of_base
        ]
    by_position = any(one.by_position for one in files)
    if unsourced := layout.unsourced(feed.name, by_position):
        notes.append(
            f"{layout.title} is a draft for this feed: {len(unsourced)} position(s) or code(s) "
            f"have no public source ({', '.join(_labels(layout, unsourced))})."
        )
    unparsed = [
        (number, line, rule)
        for number, one in enumerate(files)
        for line, rule in one.unparsed.iter_rows()
    ]
    spoilt = [(first[n] + line, rule) for n, line, rule in unparsed if n in of_base]
    notes += [
        f"{one.name}: {one.unparsed.height:,} record(s) do not parse and are not used; the first "
        f"is line {one.unparsed['row_number'][0]}."
        for number, one in enumerate(files)
        if number not in of_base and one.unparsed.height
    ]
    raw = RawRows(
        rows.with_columns(_row_number("_base", first).alias("row_number")).drop("_base"),
        pl.DataFrame(spoilt, UNPARSED_ROWS, orient="row"),
        tuple(notes),
    )
    origins = Origins(
        layout.name,
        tuple((one.name, " ".join(one.types), one.lines) for one in files),
        links.with_columns(_row_number("row", first).alias("row")),
        tuple((number << FILE_BITS) + line for number, line, _ in unparsed),
        by_position,
    )
    return LayoutRows(raw, origins)


def _labels(layout: Layout, unsourced: dict[str, str]) -> list[str]:
    names = [
        layout.label(name) if name.partition(".")[0] in layout.records else name
        for name in unsourced
    ]
    return names[:5] + ["…"] * (len(names) > 5)


def _first_lines(files: Sequence[FileRecords], of_base: Sequence[int]) -> dict[int, int]:
    """Return the row number before each base file's first line: rows of several are counted on."""
    first: dict[int, int] = {}
    so_far = 0
    for number in of_base:
        first[number] = so_far
        ids = [table[f"{code}.{ID}"] for code, table in files[number].records.items()]
        lines = [one % (1 << FILE_BITS) for one in ids] + [files[number].unparsed["row_number"]]
        so_far += pl.DataFrame({"line": pl.concat(lines)}).select(pl.col("line").max()).item() or 0
    return first


def _row_number(column: str, first: dict[int, int]) -> pl.Expr:
    number = pl.col(column) // (1 << FILE_BITS)
    line = pl.col(column) % (1 << FILE_BITS)
    if not any(first.values()):
        return line
    return line + number.replace_strict(first, default=0, return_dtype=pl.Int64)


def _check_complete(
    delivery: Delivery, layout: Layout, feed: Feed, files: Sequence[FileRecords]
) -> None:
    spec = layout.feeds[feed.name]
    there = {code for one in files for code in one.types}
    missing = [code for code in spec.needs if code not in there]
    if not missing:
        return
    named = ", ".join(f"{code} ({layout.records[code].title})" for code in missing)
    raise FileRefused(
        INCOMPLETE,
        f"{delivery.file_name} lacks {named}. {feed.name} needs {', '.join(spec.needs)} in one "
        "delivery: put all of them into the submitter's folder.",
    )
