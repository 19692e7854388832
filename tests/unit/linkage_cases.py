"""Identities as the gate leaves them, written from short tuples into a data home.

Lives here: building homes for tests of linkage. Does not: any expectation.
"""

from datetime import date
from pathlib import Path

import polars as pl

from pipelines.intake.tokens import token
from pipelines.settings import Settings

KEY = b"k" * 32
BORN = date(2001, 5, 6)
COLUMNS = [
    "source",
    "key",
    "state_id",
    "ssn",
    "first_name",
    "last_name",
    "birth_date",
    "gender_code",
]


def person(
    source: str,
    key: str,
    state_id: str | None = None,
    ssn: str | None = None,
    first: str | None = None,
    last: str | None = None,
    born: date | None = BORN,
    gender: str | None = None,
) -> tuple:
    """Return one identity; wages have no birth date whatever is given."""
    return (source, key, state_id, ssn, first, last, None if source == "wage" else born, gender)


def identity(rows: list[tuple]) -> pl.DataFrame:
    """Return identities in the columns of the gate's files, with their ``source``."""
    frame = pl.DataFrame(
        rows,
        schema=dict.fromkeys(COLUMNS, pl.String) | {"birth_date": pl.Date},
        orient="row",
    )
    return frame.select(
        "source",
        token(KEY, "person", "key").alias("source_person_key"),
        token(KEY, "ssn", "ssn").alias("ssn_token"),
        token(KEY, "ssn_first5", pl.col("ssn").str.head(5)).alias("ssn_first5_token"),
        token(KEY, "ssn_last4", pl.col("ssn").str.tail(4)).alias("ssn_last4_token"),
        token(KEY, "state_student_id", "state_id").alias("state_student_id_token"),
        "first_name",
        "last_name",
        "birth_date",
        "gender_code",
    )


def deliver(
    settings: Settings, rows: list[tuple], period: str = "2018-19", submitter: str = "one"
) -> None:
    """Write identities as the gate does: a file for each feed, period and submitter."""
    for (feed,), part in identity(rows).partition_by("source", as_dict=True).items():
        when = f"{period[:4]}Q4" if feed == "wage" else period
        path = settings.identity / str(feed) / f"period={when}" / f"{submitter}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        part.drop("source").write_parquet(path)


def home(path: Path, rows: list[tuple]) -> Settings:
    """Return the settings of a new home that these identities were delivered to."""
    settings = Settings(home=path)
    deliver(settings, rows)
    return settings


def keys(rows: list[tuple]) -> dict[str, str]:
    """Return the name of each key by its hash."""
    named = pl.DataFrame({"key": [row[1] for row in rows]}).with_columns(
        token(KEY, "person", "key").alias("hash")
    )
    return dict(named.select("hash", "key").rows())


def people(crosswalk: pl.DataFrame, rows: list[tuple]) -> set[frozenset[str]]:
    """Return the people of a crosswalk as sets of their keys' names."""
    named = crosswalk.with_columns(pl.col("source_person_key").replace_strict(keys(rows)))
    grouped = named.group_by("person_id").agg("source_person_key")
    return {frozenset(names) for names in grouped["source_person_key"].to_list()}


def by_key(crosswalk: pl.DataFrame, rows: list[tuple], column: str) -> dict:
    """Return a column of a crosswalk by the keys' names."""
    named = crosswalk.with_columns(pl.col("source_person_key").replace_strict(keys(rows)))
    return dict(named.select("source_person_key", column).rows())
