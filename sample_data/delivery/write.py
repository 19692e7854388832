"""Files of a synthetic state: landing folders, late arrivals and the truth.

Lives here: layout, encodings and line ends of files, row numbers, putting chunks together, atomic
writing. Does not: any content.

A chunk's rows are appended to a file beside the final one and under a hidden name. When all chunks
are there, every file is renamed, so a reader never meets half of one and an interrupted generation
leaves none behind.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import pyarrow as pa
from pyarrow import csv, parquet

from sample_data.delivery.dirt import RULES
from sample_data.delivery.files import BadFile, first_delivery, late
from sample_data.delivery.reporting import LAYOUTS, REFERENCE
from sample_data.truth import identifier
from sample_data.world.places import World

Layout = Literal["csv", "parquet"]
# Spreadsheet number of the first row of data: the header is row 1.
_FIRST_ROW = 2
# Rows of a row group: files are the same whatever the chunks their rows came in.
_ROW_GROUP = 100_000
_MANIFEST = "manifest.json"

LABEL = {
    "arrival": pl.String, "feed": pl.String, "period": pl.String, "submitter": pl.String,
    "row_number": pl.Int64, "rule": pl.String, "defect": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A chunk's rows of one feed.

    Attributes:
        feed: The feed.
        files: Period, submitter, rows and bytes of each file's part, in order.
        content: The parts' CSV lines, one after the other.
        person: Whose each row is, in that order; empty for feeds that list no person.
        labels: Row (from 0, in that order) and rule, one row for each rule that is broken.
    """

    feed: str
    files: list[tuple[str, str, int, int]]
    content: bytes
    person: np.ndarray
    labels: list[tuple[int, str]]


def part(feed: str, rows: pl.DataFrame) -> Part:
    """Return a chunk's rows of a feed as they will stand in its files."""
    rows = rows.sort("_period", "_submitter", maintain_order=True)
    content = rows.select(LAYOUTS[feed]).write_csv(include_header=False).encode()
    # No value has a line break, so lines are rows.
    ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n")) + 1
    assert len(ends) == len(rows)
    counts = rows.group_by("_period", "_submitter", maintain_order=True).len()
    last = np.cumsum(counts["len"].to_numpy()) - 1
    size = np.diff(ends[last], prepend=0) if len(last) else last
    broken = rows.select(RULES).with_row_index("row").drop_nulls(RULES)
    return Part(
        feed=feed,
        files=[(*name, int(s)) for name, s in zip(counts.iter_rows(), size, strict=True)],
        content=content,
        person=rows["_person"].drop_nulls().to_numpy(),
        labels=list(broken.explode(RULES, empty_as_null=True).iter_rows()),
    )


class RowGroups:
    """A Parquet file that grows row by row and has row groups of one size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: parquet.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._rows = 0

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows behind the others."""
        self._waiting.append(rows.to_arrow(compat_level=pl.CompatLevel.oldest()))
        self._rows += len(rows)
        if self._rows >= _ROW_GROUP:
            self._flush(self._rows - self._rows % _ROW_GROUP)

    def close(self) -> None:
        """Write what waits and finish the file."""
        self._flush(self._rows)
        if self._writer:
            self._writer.close()

    def _flush(self, rows: int) -> None:
        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        if self._writer is None:
            self._writer = parquet.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table.slice(0, rows), row_group_size=_ROW_GROUP)
        rest = table.slice(rows)
        self._waiting, self._rows = ([rest] if len(rest) else []), len(rest)


@dataclass
class Output:
    """A synthetic state while it is being written.

    Attributes:
        world: The state.
        out: Folder it goes to.
        layout: What delivered files are.
    """

    world: World
    out: Path
    layout: Layout = "csv"
    _rows: dict[Path, int] = field(default_factory=dict)
    _tables: dict[Path, RowGroups] = field(default_factory=dict)
    _done: dict[Path, Path] = field(default_factory=dict)
    _labels: list[tuple[str, str, str, str, int | None, str | None, str]] = field(
        default_factory=list
    )

    def rows_of_feeds(self) -> dict[str, int]:
        """Return how many rows each feed has so far."""
        counts = dict.fromkeys(LAYOUTS, 0)
        for path, rows in self._rows.items():
            counts[path.parts[-3]] += rows
        return counts

    def add(self, of: Part) -> None:
        """Append a chunk's rows of a feed to its files, and say whose they are."""
        start, first, numbers = 0, 0, np.empty(sum(rows for *_, rows, _ in of.files), np.int64)
        where = []
        for period, submitter, rows, size in of.files:
            path = self._delivery("landing", of.feed, period, submitter)
            before = self._rows.setdefault(path, 0)
            numbers[first : first + rows] = _FIRST_ROW + before + np.arange(rows)
            where.append((period, submitter, rows))
            content = of.content[start : start + size]
            if self._has_windows_ends(of.feed, submitter):
                content = content.replace(b"\n", b"\r\n")
            self._append(path, content, self._head(of.feed, submitter))
            self._rows[path] += rows
            start, first = start + size, first + rows
        file = np.repeat(np.arange(len(where)), [rows for *_, rows in where])
        self._labels += [
            ("landing", of.feed, *where[file[row]][:2], int(numbers[row]), rule, rule)
            for row, rule in of.labels
        ]
        if of.feed not in REFERENCE:
            self._record(of, where, file, numbers)

    def _record(
        self, of: Part, where: list[tuple[str, str, int]], file: np.ndarray, numbers: np.ndarray
    ) -> None:
        """Add whose each row is, in order of persons."""
        order = np.argsort(of.person, kind="stable")
        at = file[order]
        rows = pl.DataFrame({"person": of.person[order], "row_number": numbers[order]})
        self.add_truth(
            f"record/{of.feed}",
            rows.select(
                feed=pl.lit(of.feed),
                period=pl.Series([period for period, *_ in where], dtype=pl.String)[at],
                submitter=pl.Series([name for _, name, _ in where], dtype=pl.String)[at],
                row_number="row_number",
                person_truth_id=identifier(pl.col("person")),
            ),
        )

    def add_truth(self, name: str, rows: pl.DataFrame) -> None:
        """Append rows to a table of the truth."""
        path = self.out / "truth" / f"{name}.parquet"
        if path not in self._tables:
            self._tables[path] = RowGroups(_new(path))
        self._tables[path].add(rows)

    def add_bad_files(self, files: Iterable[BadFile]) -> None:
        """Write files that the gate rejects; their rows are copies of others'."""
        for bad in files:
            path = self.out / "landing" / bad.feed / bad.period / f"{bad.submitter}{bad.suffix}"
            self._done[path] = _new(path)
            self._done[path].write_bytes(bad.content)
            defect = bad.defect
            self._labels += [
                ("landing", bad.feed, bad.period, bad.submitter, None, rule, defect)
                for rule in bad.rules
            ]

    def finish(self) -> None:
        """Make late arrivals, write labels and the control, and give every file its name.

        Files of an earlier generation into this folder that this one lacks are removed.
        """
        for table in self._tables.values():
            table.close()
        self._done |= {path: _hidden(path) for path in self._tables}
        self._make_late()
        self._done |= {path: _hidden(path) for path in self._rows}
        labels = pl.DataFrame(self._labels, schema=LABEL, orient="row")
        order = ("arrival", "feed", "period", "submitter", "row_number", "rule", "defect")
        self._write("truth/corruptions.parquet", labels.sort(order).write_parquet)
        control = self.world.control.model_dump_json(indent=2) + "\n"
        self._write("truth/control.json", lambda path: path.write_text(control))
        if self.layout == "parquet":
            self._as_parquet()
        written = {str(path.relative_to(self.out)) for path in self._done}
        earlier = self.out / "truth" / _MANIFEST
        if earlier.exists():
            for name in set(json.loads(earlier.read_text())) - written:
                (self.out / name).unlink(missing_ok=True)
        names = json.dumps(sorted(written), indent=0) + "\n"
        self._write(f"truth/{_MANIFEST}", lambda path: path.write_text(names))
        for path, hidden in self._done.items():
            hidden.replace(path)

    def discard(self) -> None:
        """Remove everything that has no final name yet."""
        for path in (*self._rows, *self._tables, *self._done):
            _hidden(path).unlink(missing_ok=True)

    def _make_late(self) -> None:
        """Keep the whole file for a late arrival, and put in its place what came before it."""
        for again in late(self.world):
            place = (again.feed, again.period, again.submitter)
            path = self._delivery("landing", *place)
            if path not in self._rows:
                continue
            whole = _hidden(path).read_bytes()
            later = self._delivery("late", *place)
            self._done[later] = _new(later)
            self._done[later].write_bytes(whole)
            _hidden(path).write_bytes(first_delivery(again, whole))
            self._labels += [
                ("landing", *place, None, rule, again.defect) for rule in again.rules or (None,)
            ]

    def _delivery(self, arrival: str, feed: str, period: str, submitter: str) -> Path:
        return self.out / arrival / feed / period / f"{submitter}.csv"

    def _append(self, path: Path, content: bytes, head: bytes) -> None:
        new = self._rows[path] == 0
        with (_new(path) if new else _hidden(path)).open("wb" if new else "ab") as file:
            file.write(head + content if new else content)

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        self._done[self.out / name] = _new(self.out / name)
        write(self._done[self.out / name])

    def _head(self, feed: str, submitter: str) -> bytes:
        end = "\r\n" if self._has_windows_ends(feed, submitter) else "\n"
        mark = b"\xef\xbb\xbf" if submitter in self._with_byte_order_mark else b""
        return mark + (",".join(LAYOUTS[feed]) + end).encode()

    @property
    def _with_byte_order_mark(self) -> tuple[str, str]:
        # What real exports look like: some carry a byte-order mark, some end lines as Windows does.
        return self.world.largest_district, str(self.world.college_ids[self.world.certifier])

    def _has_windows_ends(self, feed: str, submitter: str) -> bool:
        return submitter == self.world.largest_college or (
            feed == "k12_enrollment" and submitter == self.world.district_ids[1]
        )

    def _as_parquet(self) -> None:
        """Turn delivered CSV files into Parquet: the same columns, all text, the same rows."""
        for path in [p for p in self._done if p.suffix == ".csv" and self._is_taken(p)]:
            other = path.with_suffix(".parquet")
            self._done[other] = _hidden(other)
            _to_parquet(self._done.pop(path), self._done[other])
            _hidden(path).unlink()

    def _is_taken(self, path: Path) -> bool:
        return path in self._rows or path.parts[-4] == "late"


def _hidden(path: Path) -> Path:
    """Return the name a file has until all are whole; readers of landing folders pass it by."""
    return path.with_name(f".{path.name}.part")


def _new(path: Path) -> Path:
    """Return a file's hidden name, in a folder that exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _hidden(path)


def _to_parquet(source: Path, target: Path) -> None:
    with source.open("rb") as file:
        header = file.readline().decode("utf-8-sig").strip().split(",")
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
    )
    rows = RowGroups(target)
    with csv.open_csv(source, convert_options=options) as reader:
        for batch in reader:
            rows.add(pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch]))))
    rows.close()
