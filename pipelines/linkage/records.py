"""What is linked: identities of all feeds as distinct records in the form they are compared in.

Lives here: reading `identity/`, the table of records, and which keys each record belongs to.
Does not: any comparison of two records.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.intake import names as standardise
from pipelines.settings import Settings
from schemas import FEEDS

NUMBERS = {
    "state_id": "state_student_id_token",
    "ssn": "ssn_token",
    "ssn5": "ssn_first5_token",
    "ssn4": "ssn_last4_token",
}
# What the gate writes of a person, tokens as numbers.
IDENTITY = pl.Schema(
    {
        "source": pl.String,
        "source_person_key": pl.String,
        **dict.fromkeys(NUMBERS, pl.Int64),
        "first_name": pl.String,
        "last_name": pl.String,
        "birth_date": pl.Date,
        "gender_code": pl.String,
        "encoded": pl.String,
        "year": pl.Int32,
    }
)
KEY = ["source", "source_person_key"]

NAMES = ["given", "initial", "givens", "nick", "family", "family2", "families"]
COMPARED = [*NUMBERS, *NAMES, "born", "gender", "encoded"]
RECORD = pl.Schema(
    {
        "record": pl.Int64,
        **dict.fromkeys(NUMBERS, pl.Int64),
        **dict.fromkeys(NAMES, pl.String),
        "born": pl.Date,
        "gender": pl.String,
        "encoded": pl.String,
        "is_k12": pl.Boolean,
    }
)
NOTHING: Mapping[str, pl.Series] = {}
# Which record speaks for which key (``key`` is the same as a number), and since which year.
HOLDER = pl.Schema(
    {
        "source": pl.String,
        "source_person_key": pl.String,
        "key": pl.Int64,
        "record": pl.Int64,
        "first_year": pl.Int32,
    }
)
# Feeds whose key is the state id itself: it is issued, not copied.
ISSUES_STATE_IDS = [
    name for name, feed in FEEDS.items() if feed.person_key == ("state_student_id",)
]


# A row of these that was told before needs no second look: it has no gender that could speak for
# other rows under its key, and its names spoke already for rows that have none.
TOLD_ONCE = [
    name
    for name, feed in FEEDS.items()
    if "first_name" in feed.dtypes and "gender_code" not in feed.dtypes
]


@dataclass(frozen=True)
class Records:
    """Distinct records, and the keys they speak for; frames of `RECORD` and `HOLDER`."""

    record: pl.DataFrame
    holder: pl.DataFrame


def identity_files(settings: Settings, feed: str) -> list[tuple[str, int, int]]:
    """Return the identity files of a feed, in order of periods and submitters.

    Each is its path within `identity/`, its bytes, and when it was changed, in nanoseconds.
    """
    folder = settings.identity / feed
    # A `Path` and a call for each file took a second for the 21,000 of a million students.
    found, periods = [], []
    if folder.is_dir():
        periods = sorted(path.name for path in folder.glob("period=*"))
    for period in periods:
        with os.scandir(folder / period) as entries:
            files = [(e.name, e.stat()) for e in entries if e.name.endswith(".parquet")]
        found += [
            (f"{feed}/{period}/{name}", stat.st_size, stat.st_mtime_ns)
            for name, stat in sorted(files, key=lambda file: file[0])
        ]
    return found


@dataclass(frozen=True)
class Identities:
    """The distinct identities of a feed.

    Attributes:
        feed: Its name.
        rows: In the columns of `IDENTITY`.
        told: A hash of each, of what it says but for the year.
    """

    feed: str
    rows: pl.DataFrame
    told: pl.Series


def read_identities(
    files: Iterable[tuple[str, Path]], told: Mapping[str, pl.Series] = NOTHING
) -> Iterator[Identities]:
    """Yield the distinct identities of each feed's files.

    A period is read at a time, and of each only what no period before told.

    Args:
        files: Feeds and their files.
        told: Hashes of what feeds told before, which is left out.
    """
    periods: dict[str, dict[Path, list[Path]]] = {}
    for feed, path in files:
        periods.setdefault(feed, {}).setdefault(path.parent, []).append(path)
    for feed in (name for name in FEEDS if name in periods):
        distinct, added = [IDENTITY.to_frame()], pl.Series([], dtype=pl.UInt64)
        for folder, paths in sorted(periods[feed].items()):
            rows = pl.read_parquet(sorted(paths), hive_partitioning=False)
            hashes = rows.hash_rows()
            new = hashes.is_first_distinct() & ~hashes.is_in(added.implode())
            if feed in told:
                new &= ~hashes.is_in(told[feed].implode())
            added = pl.concat([added, hashes.filter(new)])
            year = int(folder.name.removeprefix("period=")[:4])
            distinct.append(
                numbered(rows.filter(new)).with_columns(
                    pl.lit(feed).alias("source"), pl.lit(year, pl.Int32).alias("year")
                )
            )
        rows = pl.concat(distinct, how="diagonal").select(IDENTITY.names())
        yield Identities(feed, rows, added)


def numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return identities as the gate writes them with numbers in place of tokens."""
    return rows.select(
        pl.all().exclude(NUMBERS.values()),
        *(
            standardise.number(pl.col(token)).alias(name)
            for name, token in NUMBERS.items()
            if token in rows.columns
        ),
    )


def to_records(identities: Iterable[pl.DataFrame]) -> Records:
    """Return identities as records, sorted, the same for the same identities in any order.

    Rows that say exactly the same are one record where a number of a person is part of what they
    say. Without one, each key has records of its own: two people may share name and birth date.

    Args:
        identities: Frames of `IDENTITY`, one after the other so that memory holds one. A gender
            told under a key counts for what later frames say under it.
    """
    records, holders = [RECORD.to_frame()], [HOLDER.to_frame()]
    gender = pl.DataFrame(schema={"key": pl.Int64, "known": pl.String})
    for frame in identities:
        rows = _standardised(frame)
        told = rows.drop_nulls("gender").group_by("key").agg(pl.col("gender").min().alias("known"))
        gender = pl.concat([gender, told.join(gender, on="key", how="anti")])
        rows = rows.join(gender, on="key", how="left").with_columns(
            pl.coalesce("known", "gender").alias("gender"),
            pl.col("source").is_in(ISSUES_STATE_IDS).alias("is_k12"),
            pl.when(pl.col("ssn").is_null() & pl.col("state_id").is_null())
            .then("key")
            .alias("own"),
        )
        rows = rows.with_columns(_fingerprint(rows.select(*COMPARED, "is_k12", "own")))
        new = rows.select(RECORD.names()).filter(pl.col("record").is_first_distinct())
        for known in records:
            new = new.join(known.select("record"), on="record", how="anti")
        records.append(new)
        holders.append(
            rows.group_by(*KEY, "key", "record")
            .agg(pl.col("year").min().alias("first_year"))
            .select(HOLDER.names())
        )
    return settled(pl.concat(records), pl.concat(holders))


def settled(record: pl.DataFrame, holder: pl.DataFrame) -> Records:
    """Return records and holders, sorted, where names speak for those who have none.

    Files of pathways and work-based learning hold the state id alone; the enrolment under the same
    key holds the rest. Records that speak for nobody go.
    """
    told = ("given", "family", "encoded")
    silent = record.filter(pl.all_horizontal(pl.col(*told).is_null()))["record"]
    is_silent = pl.col("record").is_in(silent.implode())
    quiet = holder.filter(is_silent)
    spoken = holder if quiet.is_empty() else holder.filter(~is_silent)
    of_key = spoken.join(quiet, on="key", how="semi").select("key", "record").unique()
    filled = quiet.drop("record").join(of_key, on="key").unique(["source", "key", "record"])
    filled = filled.join(spoken, on=["source", "key", "record"], how="anti")
    alone = quiet.join(of_key, on="key", how="anti")
    holder = in_order(pl.concat([p.select(HOLDER.names()) for p in (spoken, filled, alone)]))
    if not filled.is_empty():
        record = record.join(holder, on="record", how="semi")
    return Records(record.select(RECORD.names()).sort("record"), holder)


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows in order of source and key, and of record where there is one.

    ``key`` is the beginning of source_person_key as a number, which is much faster to sort by.
    """
    by = [name for name in ("key", "record") if name in frame.columns]
    parts = frame.partition_by("source", as_dict=True)
    return pl.concat([frame.clear(), *(parts[source].sort(by) for source in sorted(parts))])


def _standardised(identities: pl.DataFrame) -> pl.DataFrame:
    """Return identities with the columns of `COMPARED` in place of their own.

    Names are put in form once for each distinct name.
    """
    return (
        identities.with_columns(standardise.number(pl.col("source_person_key")).alias("key"))
        .join(
            standardise.standard_first_names(identities["first_name"]),
            on="first_name",
            how="left",
            nulls_equal=True,
        )
        .join(
            standardise.standard_last_names(identities["last_name"]),
            on="last_name",
            how="left",
            nulls_equal=True,
        )
        .select(
            *KEY,
            "key",
            "year",
            *NUMBERS,
            *NAMES,
            standardise.birth_date(pl.col("birth_date")).alias("born"),
            pl.col("gender_code").replace("X", None).alias("gender"),
            "encoded",
        )
    )


def _fingerprint(content: pl.DataFrame) -> pl.Series:
    """Return a number of each row that hangs on what it says alone: 60 bits of its MD5."""
    names = ", chr(31), ".join(
        f"coalesce({name}::varchar, chr(30))" for name in content.columns if name != "encoded"
    )
    # An open record has the number it had before there were encoded ones.
    names += ", coalesce(chr(31) || encoded, '')"
    with duckdb.connect() as memory:
        memory.register("content", content.to_arrow())
        hashed = memory.execute(
            f"select cast('0x' || left(md5(concat({names})), 15) as bigint) as record from content"
        ).pl()
    return hashed["record"]
