"""What is linked: distinct identities of all feeds in the form they are compared in.

Lives here: reading what the gate wrote to `identity/`, the tables of identities and of their keys.
Does not: any comparison of two identities.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.intake import names
from schemas import FEEDS

NUMBERS = {
    "state_id": "state_student_id_token",
    "ssn": "ssn_token",
    "ssn5": "ssn_first5_token",
    "ssn4": "ssn_last4_token",
}
# What the gate writes of a person, tokens as numbers.
IDENTITY_ROW = pl.Schema(
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
# Columns whose rarer values weigh more.
BY_FREQUENCY = ["given", "family", "born"]
IDENTITY = pl.Schema(
    {
        "identity": pl.Int64,
        **dict.fromkeys(NUMBERS, pl.Int64),
        **dict.fromkeys(NAMES, pl.String),
        "born": pl.Date,
        "gender": pl.String,
        "encoded": pl.String,
        "is_k12": pl.Boolean,
    }
)
# Which source key has which identity, and since which year; ``key`` is the key as a number, which
# is much faster to join by.
IDENTITY_KEY = pl.Schema(
    {
        "source": pl.String,
        "source_person_key": pl.String,
        "key": pl.Int64,
        "identity": pl.Int64,
        "first_year": pl.Int32,
    }
)
KEY_NUMBER = ["source", "key"]
# Feeds whose key is the state id itself: it is issued, not copied.
ISSUES_STATE_IDS = [
    name for name, feed in FEEDS.items() if feed.person_key == ("state_student_id",)
]
# Feeds whose keys are no records of anybody: they tie others' keys together.
BRIDGES = [name for name, feed in FEEDS.items() if feed.is_for_linkage_alone]
# A row of these that was read once need not be read again: it has no gender that could fill other
# rows under its key, and its names have filled rows without any.
READ_ONCE = [
    name
    for name, feed in FEEDS.items()
    if "first_name" in feed.dtypes and "gender_code" not in feed.dtypes
]


@dataclass(frozen=True)
class Identities:
    """Distinct identities and their keys; frames of `IDENTITY` and `IDENTITY_KEY`."""

    identity: pl.DataFrame
    identity_key: pl.DataFrame


@dataclass(frozen=True)
class FeedRows:
    """The distinct identity rows of a feed.

    Attributes:
        feed: Its name.
        rows: In the columns of `IDENTITY_ROW`.
        hashes: A hash of each row without its year.
    """

    feed: str
    rows: pl.DataFrame
    hashes: pl.Series


def identity_files(root: Path, feed: str) -> list[tuple[str, int, int]]:
    """Return the identity files of a feed, in order of periods.

    Each is its path within `root`, its bytes, and its time of change in nanoseconds.
    """
    paths = sorted((root / feed).glob("period=*.parquet"))
    stats = [path.stat() for path in paths]
    return [
        (f"{feed}/{path.name}", stat.st_size, stat.st_mtime_ns)
        for path, stat in zip(paths, stats, strict=True)
    ]


def read_rows(
    files: Iterable[tuple[str, Path]], seen: Mapping[str, pl.Series] | None = None
) -> Iterator[FeedRows]:
    """Yield the distinct identity rows of each feed's files.

    A period is read at a time, and of each only what no earlier period holds.

    Args:
        files: Feeds and their files.
        seen: Hashes of rows to leave out, by feed.
    """
    seen = seen or {}
    periods: dict[str, list[Path]] = {}
    for feed, path in files:
        periods.setdefault(feed, []).append(path)
    for feed in (name for name in FEEDS if name in periods):
        distinct, added = [IDENTITY_ROW.to_frame()], pl.Series([], dtype=pl.UInt64)
        for path in sorted(periods[feed]):
            rows = pl.read_parquet(path, hive_partitioning=False).drop("submitter")
            hashes = rows.hash_rows()
            new = hashes.is_first_distinct() & ~hashes.is_in(added.implode())
            if feed in seen:
                new &= ~hashes.is_in(seen[feed].implode())
            added = pl.concat([added, hashes.filter(new)])
            year = int(path.name.removeprefix("period=")[:4])
            distinct.append(
                _with_numbers(rows.filter(new)).with_columns(
                    pl.lit(feed).alias("source"), pl.lit(year, pl.Int32).alias("year")
                )
            )
        rows = pl.concat(distinct, how="diagonal").select(IDENTITY_ROW.names())
        yield FeedRows(feed, rows, added)


def _with_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """Return identity rows as the gate writes them with numbers in place of tokens."""
    return rows.select(
        pl.all().exclude(NUMBERS.values()),
        *(
            names.number(pl.col(token)).alias(name)
            for name, token in NUMBERS.items()
            if token in rows.columns
        ),
    )


def to_identities(feeds: Iterable[pl.DataFrame]) -> Identities:
    """Return identity rows as identities, sorted, the same for the same rows in any order.

    Equal rows are one identity where a number of a person is part of them. Without one, each key
    has identities of its own: two people may share name and birth date.

    Args:
        feeds: Frames of `IDENTITY_ROW`, one after the other so that memory holds one. A gender
            under a key counts for later frames' rows under it.
    """
    identities, keys = [IDENTITY.to_frame()], [IDENTITY_KEY.to_frame()]
    gender = pl.DataFrame(schema={"key": pl.Int64, "known": pl.String})
    for frame in feeds:
        rows = _standardised(frame)
        known = rows.drop_nulls("gender").group_by("key").agg(pl.col("gender").min().alias("known"))
        gender = pl.concat([gender, known.join(gender, on="key", how="anti")])
        rows = rows.join(gender, on="key", how="left").with_columns(
            pl.coalesce("known", "gender").alias("gender"),
            pl.col("source").is_in(ISSUES_STATE_IDS).alias("is_k12"),
            pl.when(pl.col("ssn").is_null() & pl.col("state_id").is_null())
            .then("key")
            .alias("own"),
        )
        rows = rows.with_columns(_fingerprint(rows.select(*COMPARED, "is_k12", "own")))
        new = rows.select(IDENTITY.names()).filter(pl.col("identity").is_first_distinct())
        for earlier in identities:
            new = new.join(earlier.select("identity"), on="identity", how="anti")
        identities.append(new)
        keys.append(
            rows.group_by(*KEY, "key", "identity")
            .agg(pl.col("year").min().alias("first_year"))
            .select(IDENTITY_KEY.names())
        )
    return with_names_filled(pl.concat(identities), pl.concat(keys))


def with_names_filled(identity: pl.DataFrame, identity_key: pl.DataFrame) -> Identities:
    """Return identities and keys, sorted, with a key's named identities in place of nameless ones.

    Files of pathways and work-based learning hold the state id alone; the enrolment under the same
    key holds the rest. Identities of no key are dropped.
    """
    nothing = pl.all_horizontal(pl.col("given", "family", "encoded").is_null())
    is_nameless = pl.col("identity").is_in(identity.filter(nothing)["identity"].implode())
    nameless = identity_key.filter(is_nameless)
    named = identity_key if nameless.is_empty() else identity_key.filter(~is_nameless)
    of_key = named.join(nameless, on="key", how="semi").select("key", "identity").unique()
    filled = nameless.drop("identity").join(of_key, on="key").unique([*KEY_NUMBER, "identity"])
    filled = filled.join(named, on=[*KEY_NUMBER, "identity"], how="anti")
    alone = nameless.join(of_key, on="key", how="anti")
    keys = in_order(pl.concat([p.select(IDENTITY_KEY.names()) for p in (named, filled, alone)]))
    if not filled.is_empty():
        identity = identity.join(keys, on="identity", how="semi")
    return Identities(identity.select(IDENTITY.names()).sort("identity"), keys)


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Return rows in order of source and key, and of identity where there is one."""
    by = [name for name in ("key", "identity") if name in frame.columns]
    parts = frame.partition_by("source", as_dict=True)
    return pl.concat([frame.clear(), *(parts[source].sort(by) for source in sorted(parts))])


def _standardised(rows: pl.DataFrame) -> pl.DataFrame:
    """Return identity rows with the columns of `COMPARED` in place of their own.

    Names are standardised once for each distinct name.
    """
    first, last = (
        names.standard_first_names(rows["first_name"]),
        names.standard_last_names(rows["last_name"]),
    )
    return (
        rows.with_columns(names.number(pl.col("source_person_key")).alias("key"))
        .join(first, on="first_name", how="left", nulls_equal=True)
        .join(last, on="last_name", how="left", nulls_equal=True)
        .select(
            *KEY,
            "key",
            "year",
            *NUMBERS,
            *NAMES,
            names.birth_date(pl.col("birth_date")).alias("born"),
            pl.col("gender_code").replace(["X", "B"], None).alias("gender"),
            "encoded",
        )
    )


def _fingerprint(content: pl.DataFrame) -> pl.Series:
    """Return a number of each row that depends on its values alone: 60 bits of its MD5."""
    values = ", chr(31), ".join(
        f"coalesce({name}::varchar, chr(30))" for name in content.columns if name != "encoded"
    )
    # An open identity has the number it had before there were encoded ones.
    values += ", coalesce(chr(31) || encoded, '')"
    with duckdb.connect() as memory:
        memory.register("content", content.to_arrow())
        hashed = memory.execute(
            f"select cast('0x' || left(md5(concat({values})), 15) as bigint) as identity "
            "from content"
        ).pl()
    return hashed["identity"]
