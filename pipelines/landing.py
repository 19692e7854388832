"""Deliveries as they lie in the landing folder, and reading one as text.

Lives here: finding files, reading CSV and Parquet as text with row numbers, and refusing a file
that can't be read as its feed. Does not: any rule on a row (`schemas`), any change to a file.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv

from pipelines.storage import sha256
from schemas import Feed
from schemas.periods import PeriodKind, is_period

# What stands before the ending of an encoded delivery's name: `<submitter>.encoded.parquet`.
ENCODED = ".encoded"


@dataclass(frozen=True)
class Delivery:
    """One delivered file: of which feed, for which period, by whom, and its content's hash."""

    feed: str
    period: str
    submitter: str
    path: Path
    sha256: str
    received_at: datetime

    @property
    def is_encoded(self) -> bool:
        """Whether the file says by its name that it holds encodings in place of persons."""
        return self.path.stem.endswith(ENCODED) and self.path.suffix.lower() == ".parquet"


class FileRefused(Exception):
    """A file that can't be taken: the rules it breaks and what the submitter is told."""

    def __init__(self, rule: str | tuple[str, ...], message: str) -> None:
        self.rules = (rule,) if isinstance(rule, str) else rule
        self.message = message
        super().__init__(f"{', '.join(self.rules)}: {message}")


def landed_periods(landing: Path, feed: Feed) -> list[str]:
    """Return the periods of this feed that have a folder, in order; other folders are passed by."""
    folder = landing / feed.name
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return sorted(name for name in names if is_period(name, feed.period_kind))


def find_deliveries(landing: Path, feed: Feed, period: str) -> list[Delivery]:
    """Return this feed's and period's files, in order of their names."""
    folder = landing / feed.name / period
    if not folder.is_dir():
        return []
    return [
        received(path, feed.name, period)
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    ]


def received(path: Path, feed: str, period: str) -> Delivery:
    """Return a file as a delivery of a feed for a period; its name says whose it is."""
    return Delivery(
        feed=feed,
        period=period,
        submitter=path.stem.removesuffix(ENCODED),
        path=path,
        sha256=sha256(path),
        received_at=datetime.fromtimestamp(int(path.stat().st_mtime), UTC),
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
