"""`python -m benchmarks.fuzz`: files changed at random, read and judged as the gate does.

Half are written in another way that loses nothing, and should be taken whole; half are damaged. The
same seed writes the same files. Prints a table by change, and exits with 1 where a row is lost, the
process that reads ends, it takes a gigabyte, or under 95 % of the harmless files are taken.
"""

import argparse
import gzip
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from pipelines.intake.deliveries import Delivery, received
from pipelines.intake.ledger import ENDED_READER
from pipelines.intake.readers import process
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.validate import judge
from pipelines.settings import Settings
from schemas import FEEDS, Feed

ROWS, AT_ONCE = 12, 500
MOST_MB, LEAST_HARMLESS = 1000, 0.95
Random = np.random.Generator


def good(feed: Feed, at: int) -> pl.DataFrame:
    """Return good rows of a feed from one submitter."""
    whose = {"district_id": f"{at:07d}", "school_id": f"{at:07d}0000001"}
    own = {"employer_account": "{:08d}", "local_student_id": "L{}", "state_student_id": "12{:08d}"}
    rows = [
        {
            name: own[name].format(100 * at + i) if name in own else whose.get(name, value)
            for name, value in feed.example.items()
        }
        for i in range(ROWS)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(feed.dtypes, pl.String))


def _lines(change: Callable[[list[str]], list[str]]) -> Callable[[pl.DataFrame], bytes]:
    return lambda rows: "\n".join([*change(rows.write_csv().splitlines()), ""]).encode()


def _with_header(change: Callable[[str], str]) -> Callable[[pl.DataFrame], bytes]:
    return _lines(lambda lines: [change(lines[0]), *lines[1:]])


def _csv(**how: str) -> Callable[[pl.DataFrame], bytes]:
    return lambda rows: rows.write_csv(**how).encode()  # type: ignore[arg-type]


HARMLESS_CSV: dict[str, Callable[[pl.DataFrame], bytes]] = {
    "as asked for": _csv(),
    "byte order mark": lambda rows: rows.write_csv().encode("utf-8-sig"),
    "line ends of Windows": _csv(line_terminator="\r\n"),
    "line ends of an old Mac": _csv(line_terminator="\r"),
    "no last line end": lambda rows: rows.write_csv().rstrip("\n").encode(),
    "semicolons": _csv(separator=";"),
    "tabs": _csv(separator="\t"),
    "vertical bars": _csv(separator="|"),
    "all quoted": _csv(quote_style="always"),
    "header in capitals": _with_header(str.upper),
    "header with blanks": _with_header(lambda line: line.replace("_", " ").replace(",", " , ")),
    "columns in another order": lambda rows: rows[:, ::-1].write_csv().encode(),
    "blank lines above": _lines(lambda lines: ["", "", *lines]),
    "blank lines between": _lines(lambda lines: [*lines[:3], "", " ", *lines[3:]]),
    "empty rows at the end": _lines(lambda lines: [*lines, "," * lines[0].count(",")] * 1),
    "delimiter behind each row": _lines(lambda lines: [f"{line}," for line in lines]),
    "line that says the delimiter": _lines(lambda lines: ["sep=,", *lines]),
    "blanks around values": lambda rows: rows.with_columns(pl.all() + "  ").write_csv().encode(),
    "end of file of DOS": lambda rows: rows.write_csv().encode() + b"\x1a",
}


def _parquet(
    change: Callable[[pl.DataFrame], pl.DataFrame | pa.Table] = lambda rows: rows, **how: Any
) -> Callable[[pl.DataFrame], bytes]:
    def write(rows: pl.DataFrame) -> bytes:
        table, sink = change(rows), pa.BufferOutputStream()
        pq.write_table(table.to_arrow() if isinstance(table, pl.DataFrame) else table, sink, **how)
        return sink.getvalue().to_pybytes()

    return write


def _cast(names: str, dtype: pl.DataType | type[pl.DataType]) -> Callable[[pl.DataFrame], bytes]:
    return _parquet(lambda rows: rows.cast({name: dtype for name in names.split() if name in rows}))


HARMLESS_PARQUET = {
    "Parquet": _parquet(),
    "dates as dates": _parquet(
        lambda rows: rows.with_columns(pl.selectors.contains("_date").str.to_date())
    ),
    "numbers as numbers": _cast("quarterly_wages_usd grade_level", pl.Float32),
    "small numbers": _cast("grade_level", pl.Int8),
    "dictionaries": _cast("first_name last_name", pl.Categorical),
    "row groups of one": _parquet(row_group_size=1),
    "pages of version 2": _parquet(data_page_version="2.0", compression="zstd"),
    "not compressed": _parquet(compression="none", use_dictionary=False),
    "Parquet in another order": _parquet(lambda rows: rows[:, ::-1]),
}


def flipped(content: bytes, random: Random) -> bytes:
    """Return bytes of which some have a bit turned."""
    damaged = bytearray(content)
    for at in random.integers(0, len(content), random.integers(1, 20)):
        damaged[at] ^= 1 << random.integers(0, 8)
    return bytes(damaged)


def cut(content: bytes, random: Random) -> bytes:
    """Return the first part of a file."""
    return content[: random.integers(0, len(content))]


def spliced(content: bytes, random: Random) -> bytes:
    """Return a file with a part of it put in somewhere else."""
    start, end, at = sorted(random.integers(0, len(content), 3))
    return content[:at] + content[start:end] + content[at:]


def put_in(what: bytes) -> Callable[[bytes, Random], bytes]:
    """Return the change that puts bytes into a file anywhere."""

    def change(content: bytes, random: Random) -> bytes:
        at = random.integers(0, len(content))
        return content[:at] + what + content[at:]

    return change


HOSTILE: dict[str, Callable[[bytes, Random], bytes]] = {
    "bits turned": flipped,
    "cut": cut,
    "spliced": spliced,
    "nothing": lambda _content, _random: b"",
    "noise": lambda content, random: random.bytes(len(content)),
    "compressed": lambda content, _: gzip.compress(content),
    "twice": lambda content, _: content * 2,
    "footer": lambda content, _: content + b"Total: 12\n",
    "a quotation mark": put_in(b'"'),
    "a quoted part of the row": put_in(b'"x,'),
    "a comma": put_in(b","),
    "a line break": put_in(b"\n"),
    "a NUL": put_in(b"\x00"),
    "half a character": put_in(b"\xc3"),
    "a cell of a megabyte": put_in(b"x" * (1 << 20)),
    "50,000 commas": put_in(b"," * 50_000),
    "a million quotation marks": put_in(b'"' * (1 << 20)),
}  # fmt: skip
HOSTILE_COLUMNS = {
    "list": pa.array([["a"]] * ROWS),
    "map": pa.array([[("a", 1)]] * ROWS, pa.map_(pa.string(), pa.int64())),
    "duration": pa.array([1] * ROWS, pa.duration("s")),
    "binary": pa.array([b"\xff"] * ROWS),
    "dates of no calendar": pa.array([2**31 - 1] * ROWS, pa.int32()).cast(pa.date32()),
}


def file_of(at: int, random: Random, feed: Feed) -> tuple[str, str, bytes]:
    """Return the change, ending and content of one file."""
    rows, is_parquet = good(feed, at), bool(random.integers(2))
    harmless = HARMLESS_PARQUET if is_parquet else HARMLESS_CSV
    ending, change = (".parquet", ".csv")[not is_parquet], str(random.choice(list(harmless)))
    content = harmless[change](rows)
    if at % 2:
        return change, ending, content
    if is_parquet and random.random() < 0.3:
        kind = str(random.choice(list(HOSTILE_COLUMNS)))
        table = rows.to_arrow().set_column(2, rows.columns[2], HOSTILE_COLUMNS[kind])
        return f"damaged: {kind}", ending, _parquet(lambda _: table)(rows)
    damage = str(random.choice(list(HOSTILE)))
    return f"damaged: {damage}", ending, HOSTILE[damage](content, random)


def judged(
    settings: Settings, feed: Feed, files: list[tuple[str, Delivery]]
) -> Iterator[tuple[str, str, bool]]:
    """Yield each file's change, its outcome or the rule it breaks, and whether a row is lost."""
    texts = process.read(settings, [delivery for _, delivery in files])
    readable = dict[str, tuple[str, pl.DataFrame]]()
    for (change, delivery), text in zip(files, texts, strict=True):
        if isinstance(text, FileRefused):
            yield change, text.rules[0], False
        elif text is not None:
            readable[delivery.submitter] = change, text.rows
    verdict = judge(pl.concat(rows for _, rows in readable.values()), feed)
    accepted, quarantined = (
        dict(part["submitter"].value_counts().iter_rows())
        for part in (verdict.accepted, verdict.quarantined)
    )
    for submitter, (change, rows) in readable.items():
        good, bad = accepted.get(submitter, 0), quarantined.get(submitter, 0)
        is_lost = rows.height != good + bad or rows["row_number"].is_duplicated().any()
        yield change, "whole" if good == ROWS and not bad else "in part", is_lost


def main() -> None:
    """Write, read and judge, then print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20261127)
    given = parser.parse_args()
    random, started = np.random.default_rng(given.seed), time.perf_counter()
    outcomes, most_kb = [], 0
    with tempfile.TemporaryDirectory(prefix="pathways-fuzz-") as name:
        settings = Settings(home=Path(name))
        for first in range(0, given.files, AT_ONCE):
            feed = FEEDS[("wage", "k12_enrollment")[first // AT_ONCE % 2]]
            period = str(feed.example[feed.period_kind.value])
            files = []
            for at in range(first, min(first + AT_ONCE, given.files)):
                change, ending, content = file_of(at, random, feed)
                path = Path(name) / f"{at:07d}{ending}"
                path.write_bytes(content)
                files.append((change, received(path, feed.name, period)))
            outcomes += judged(settings, feed, files)
            for idle in process._IDLE:
                status = Path(f"/proc/{idle._popen.pid}/status").read_text()
                most_kb = max(most_kb, int(status.split("VmHWM:")[1].split()[0]))
    table = pl.DataFrame(outcomes, ["change", "outcome", "is_lost"], orient="row")
    damaged = pl.col("change").str.starts_with("damaged")
    of_harmless = table.filter(~damaged)["outcome"]
    harmless = (of_harmless == "whole").sum() / len(of_harmless)
    ended = table.filter(pl.col("outcome") == ENDED_READER).height
    shown = Table("change", "files", "whole", "in part", "refused", title="Files by change")
    for (change,), of in table.group_by("change", maintain_order=True):
        count = dict(of["outcome"].value_counts().iter_rows())
        whole, part = count.get("whole", 0), count.get("in part", 0)
        shown.add_row(str(change), *map(str, (of.height, whole, part, of.height - whole - part)))
    console = Console(width=100)
    console.print(shown)
    lost, megabytes = int(table["is_lost"].sum()), most_kb / 1000
    console.print(
        f"{table.height:,} of {given.files:,} files accounted for in "
        f"{time.perf_counter() - started:,.0f} s; {lost} lost a row; {ended} ended the reader; "
        f"{harmless:.2%} of the harmless are taken whole; the reader took {megabytes:,.0f} MB."
    )
    is_good = table.height == given.files and not lost and not ended and megabytes < MOST_MB
    sys.exit(not (is_good and harmless >= LEAST_HARMLESS))


if __name__ == "__main__":
    main()
