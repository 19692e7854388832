"""Deliveries as they lie in the landing folder, and reading one as text.

Lives here: finding files, telling whole ones from those still being copied, reading CSV and Parquet
as text with row numbers, and refusing a file that can't be read as its feed.
Does not: any rule on a row (`schemas`), any change to a file.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv

from pipelines.errors import UserError
from pipelines.home.files import sha256, write_parquet
from schemas import Feed
from schemas.periods import PeriodKind, is_period

# What stands before the ending of an encoded delivery's name: `<submitter>.encoded.parquet`.
ENCODED = ".encoded"
# Ends of names of files that say that the file of the name before them is whole.
HASH, DONE = ".sha256", ".done"
# A file that was written to within the grain of its clock before it was hashed is hashed again.
_CLOCK_GRAIN_NS = 2_000_000_000

LANDED = pl.Schema(
    {
        "path": pl.String,
        "bytes": pl.Int64,
        "changed_ns": pl.Int64,
        "moved_ns": pl.Int64,
        "inode": pl.UInt64,
        "looked_ns": pl.Int64,
        "sha256": pl.String,
    }
)


@dataclass(frozen=True)
class Look:
    """What a look at a file shows without reading it; other content comes with another look."""

    bytes: int
    changed_ns: int
    moved_ns: int
    inode: int

    @classmethod
    def at(cls, path: Path) -> "Look":
        """Return how a file looks now.

        Raises:
            FileNotFoundError: It is gone.
        """
        stat = path.stat()
        # Nobody can set the time of the inode, which `cp -p` and `touch` do to the file's own.
        return cls(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)

    @property
    def newest_ns(self) -> int:
        """When it was last touched."""
        return max(self.changed_ns, self.moved_ns)


@dataclass(frozen=True)
class Delivery:
    """One delivered file: of which feed, for which period, by whom, and its content's hash."""

    feed: str
    period: str
    submitter: str
    path: Path
    sha256: str
    received_at: datetime
    look: Look | None = None

    @property
    def is_as_found(self) -> bool:
        """Whether nobody wrote to the file or took it away since it was found."""
        try:
            return self.look is None or Look.at(self.path) == self.look
        except FileNotFoundError:
            return False

    @property
    def is_encoded(self) -> bool:
        """Whether the file says by its name that it holds encodings in place of persons."""
        return self.path.stem.endswith(ENCODED) and self.path.suffix.lower() == ".parquet"


class FileRefused(UserError):
    """A file that can't be taken: the rules it breaks and what the submitter is told."""

    def __init__(self, rule: str | tuple[str, ...], message: str) -> None:
        self.rules = (rule,) if isinstance(rule, str) else rule
        self.message = message
        super().__init__(message)


def landed_periods(landing: Path, feed: Feed) -> list[str]:
    """Return the periods of this feed that have a folder, in order; other folders are passed by."""
    folder = landing / feed.name
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return sorted(name for name in names if is_period(name, feed.period_kind))


def delivered_files(landing: Path, feed: str, period: str) -> list[Path]:
    """Return the files in a period's folder by name, without hidden ones and markers."""
    folder = landing / feed / period
    if not folder.is_dir():
        return []
    return [
        Path(entry.path)
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)
        if not entry.name.startswith(".") and not entry.name.endswith((HASH, DONE))
        if entry.is_file()
    ]


class Known:
    """Hashes of landed files, kept from look to look: a file that looks the same is not read again.

    It only saves time: without it, or with a damaged one, every file is read.
    """

    def __init__(self, landing: Path, kept: Path | None = None) -> None:
        self._landing, self._kept, self._is_new = landing, kept, False
        self._rows: dict[str, tuple[Look, int, str]] = {}
        if kept is None:
            return
        try:
            rows = pl.read_parquet(kept).select(LANDED.names()).rows()
        except (FileNotFoundError, pl.exceptions.PolarsError):
            return
        self._rows = {path: (Look(*look), at, sha) for path, *look, at, sha in rows}

    def knows(self, path: Path) -> bool:
        """Return whether the file was hashed as it looks now."""
        return self._known(path, Look.at(path)) is not None

    def print(self, path: Path) -> tuple[Look, str]:
        """Return how a file looks and the SHA-256 of its content.

        Raises:
            FileNotFoundError: It is gone.
        """
        look = Look.at(path)
        known = self._known(path, look)
        if known is None:
            known = sha256(path)
            self._rows[self._name(path)] = (look, time.time_ns(), known)
            self._is_new = True
        return look, known

    def keep(self, files: Iterable[Path]) -> None:
        """Write down what is known of `files`, and forget all others."""
        names = {self._name(path) for path in files}
        kept = {name: row for name, row in self._rows.items() if name in names}
        if self._kept is None or not (self._is_new or len(kept) < len(self._rows)):
            return
        rows = [
            (name, look.bytes, look.changed_ns, look.moved_ns, look.inode, at, sha)
            for name, (look, at, sha) in sorted(kept.items())
        ]
        write_parquet(pl.DataFrame(rows, LANDED, orient="row"), self._kept)
        self._rows, self._is_new = kept, False

    def _known(self, path: Path, look: Look) -> str | None:
        was, at, content = self._rows.get(self._name(path), (None, 0, ""))
        return content if was == look and at - look.newest_ns > _CLOCK_GRAIN_NS else None

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._landing))


def arriving(files: Iterable[Path], known: Known, settle_seconds: float) -> set[Path]:
    """Return the files that may still be on their way, to be left for a later look.

    A file with a ``.sha256`` beside it is whole when it has that hash, one with a ``.done`` beside
    it at once. Any other must have stood still for `settle_seconds`; for those written to within
    that time this waits and looks again, once for all of them.
    """
    unfinished: set[Path] = set()
    young: dict[Path, Look] = {}
    for path in files:
        try:
            look, stated = Look.at(path), _stated_hash(path)
            if stated is not None:
                if known.print(path)[1] != stated:
                    unfinished.add(path)
            elif not path.with_name(path.name + DONE).exists():
                age = (time.time_ns() - look.newest_ns) / 1e9
                if not settle_seconds <= age:
                    young[path] = look
        except FileNotFoundError:
            unfinished.add(path)
    if young and settle_seconds:
        time.sleep(settle_seconds)
    return unfinished | {path for path, look in young.items() if not _looks(path, look)}


def _stated_hash(path: Path) -> str | None:
    """Return the hash that the file beside a delivery states, as `sha256sum` writes it."""
    try:
        words = path.with_name(path.name + HASH).read_text(errors="replace").split()
    except FileNotFoundError:
        return None
    return words[0].lower() if words else ""


def _looks(path: Path, look: Look) -> bool:
    try:
        return Look.at(path) == look
    except FileNotFoundError:
        return False


def find_deliveries(
    landing: Path, feed: Feed, period: str, known: Known | None = None
) -> list[Delivery]:
    """Return this feed's and period's files, in order of their names.

    Args:
        landing: The landing folder.
        feed: The feed.
        period: The period.
        known: Spares reading files whose hash is known.
    """
    known = known or Known(landing)
    found = []
    for path in delivered_files(landing, feed.name, period):
        try:
            found.append(received(path, feed.name, period, known))
        except FileNotFoundError:
            continue
    return found


def received(path: Path, feed: str, period: str, known: Known | None = None) -> Delivery:
    """Return a file as a delivery of a feed for a period; its name says whose it is.

    Raises:
        FileNotFoundError: It is gone.
    """
    look, content = known.print(path) if known else (Look.at(path), sha256(path))
    return Delivery(
        feed=feed,
        period=period,
        submitter=path.stem.removesuffix(ENCODED),
        path=path,
        sha256=content,
        received_at=datetime.fromtimestamp(look.changed_ns // 1_000_000_000, UTC),
        look=look,
    )


def read_delivery(delivery: Delivery, feed: Feed) -> pl.DataFrame:
    """Return a delivery as text, one column for each delivered column, with provenance.

    Empty values are null and surrounding blanks are gone; nothing else is changed.

    Raises:
        FileRefused: The file can't be read, is empty, or has other columns or another period.
    """
    ending = delivery.path.suffix.lower()
    if ending not in READERS:
        raise FileRefused(
            "file:unreadable", f"{delivery.path.name} must end in {' or '.join(READERS)}."
        )
    table = READERS[ending](delivery)
    _check_columns(delivery, table.column_names, list(feed.dtypes))
    if table.num_rows == 0:
        raise FileRefused("file:empty", f"{delivery.path.name} has a header and no rows.")
    frame = pl.DataFrame(pl.from_arrow(table)).select(
        pl.col(name).str.strip_chars().replace("", None) for name in feed.dtypes
    )
    _check_period(delivery, frame, feed.period_kind.value)
    return frame.with_columns(
        pl.lit(delivery.submitter).alias("submitter"),
        pl.lit(delivery.period).alias("period"),
        pl.lit(delivery.sha256).alias("delivery_sha256"),
        # The header is row 1 of the file.
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row_number"),
    )


def _read_csv(delivery: Delivery) -> pa.Table:
    name = delivery.path.name
    raw = delivery.path.read_bytes()
    if not raw.strip():
        raise FileRefused("file:empty", f"{name} is empty.")
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FileRefused(
            "file:encoding", f"{name} is not UTF-8: line {line} has a byte that does not belong."
        ) from None
    malformed: list[csv.InvalidRow] = []

    def keep(row: csv.InvalidRow) -> str:
        malformed.append(row)
        return "skip"

    try:
        header = csv.read_csv(
            pa.BufferReader(raw.split(b"\n", 1)[0] + b"\n"),
            parse_options=csv.ParseOptions(newlines_in_values=True),
        ).column_names
        table = csv.read_csv(
            pa.BufferReader(raw),
            # Row numbers of malformed rows are known to a single thread only.
            read_options=csv.ReadOptions(use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=keep),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        raise FileRefused("file:unreadable", f"{name} can't be read as CSV.") from error
    if malformed:
        row = malformed[0]
        raise FileRefused(
            "file:malformed_row",
            f"{name} has {len(malformed)} row(s) with a wrong number of fields. The first is row "
            f"{row.number}: {row.actual_columns} fields instead of {row.expected_columns}.",
        )
    return table


def _read_parquet(delivery: Delivery) -> pa.Table:
    try:
        frame = pl.read_parquet(delivery.path)
    except pl.exceptions.PolarsError as error:
        raise FileRefused(
            "file:unreadable", f"{delivery.path.name} can't be read as Parquet."
        ) from error
    flags = [name for name, dtype in frame.schema.items() if dtype == pl.Boolean]
    yes_no = [pl.col(n).replace_strict({True: "Y", False: "N"}, default=None) for n in flags]
    return frame.with_columns(yes_no).cast(pl.String).to_arrow()


READERS = {".csv": _read_csv, ".parquet": _read_parquet}


def _check_columns(delivery: Delivery, found: list[str], expected: list[str]) -> None:
    missing = [name for name in expected if name not in found]
    unexpected = [name for name in found if name not in expected]
    repeated = sorted({name for name in found if found.count(name) > 1})
    if len(missing) == len(expected):
        # What stands there may be a student: it is not repeated in a message.
        raise FileRefused(
            "file:missing_column",
            f"{delivery.path.name} does not begin with a header row. "
            f"Expected: {', '.join(expected)}.",
        )
    unexpected += repeated
    rules = {"file:missing_column": missing, "file:unexpected_column": unexpected}
    if missing or unexpected:
        name = delivery.path.name
        words = [f"{name} lacks {', '.join(missing)}."] if missing else []
        words += [f"Is {u} its {m}?" for m in missing for u in _similar(m, unexpected)]
        if unexpected:
            words.append(f"{name} has {', '.join(unexpected)}, not expected or more than once.")
        words.append(f"Expected: {', '.join(expected)}.")
        raise FileRefused(tuple(rule for rule, found in rules.items() if found), " ".join(words))


def _similar(name: str, candidates: list[str]) -> list[str]:
    return get_close_matches(name, candidates, n=1, cutoff=0.6)


def _check_period(delivery: Delivery, frame: pl.DataFrame, column: str) -> None:
    found = frame[column].drop_nulls().unique().sort().to_list()
    if found and delivery.period not in found:
        periods = [value for value in found if is_period(value, PeriodKind(column))]
        raise FileRefused(
            "file:wrong_period",
            f"{delivery.path.name} was delivered for {delivery.period}, "
            f"but its {column} says {', '.join(periods[:5]) or 'no period at all'}.",
        )
