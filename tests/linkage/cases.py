"""Identity rows as the gate writes them, from a default person and what differs, in a data home.

Lives here: building homes for tests of linkage. Does not: any expectation.
"""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from pipelines.intake.tokens import token
from pipelines.settings import Settings
from sample_data.control import Control
from sample_data.generate import generate

KEY = b"k" * 32
STATE = Control(
    students=200,
    cohorts=3,
    last_academic_year=2020,
    first_wage_year=2018,
    wage_quarters=16,
    dirt="none",
)
K12, COLLEGE, DUAL, WAGE = "k12_enrollment", "college_enrollment", "dual_enrollment", "wage"
SSN, OTHER_SSN = "912345678", "955554444"
DEFAULT = {
    "state_id": None,
    "ssn": None,
    "first_name": "Ana",
    "last_name": "Villalobos",
    "birth_date": date(2001, 5, 6),
    "gender_code": None,
}


def small_state(folder: Path) -> None:
    """Land a state of a few students and years, in which a key or a link hangs on no chance."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sample_data.generate.PILOT", 3_000)
        generate(STATE, folder, workers=1)


def person(source: str, key: str, **differs: str | date | None) -> dict:
    """Return the default person under a key, with what differs; wages have no birth date."""
    born = {"birth_date": None} if source == "wage" else {}
    return {"source": source, "key": key} | DEFAULT | differs | born


def deliver(
    settings: Settings, rows: list[dict], period: str = "2018-19", submitter: str = "one"
) -> None:
    """Write rows as the gate does: a file for each feed, period and submitter."""
    schema = dict.fromkeys(person("", ""), pl.String) | {"birth_date": pl.Date}
    identity = pl.DataFrame(rows, schema=schema).select(
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
    for (feed,), part in identity.partition_by("source", as_dict=True).items():
        when = f"{period[:4]}Q4" if feed == "wage" else period
        store_rows(settings, str(feed), when, submitter, part.drop("source"))


def store_rows(
    settings: Settings, feed: str, period: str, submitter: str, rows: pl.DataFrame | None
) -> None:
    """Write a submitter's identities as the gate does; None takes them back."""
    path = settings.identity / feed / f"period={period}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    parts = [] if rows is None else [rows.with_columns(submitter=pl.lit(submitter))]
    if path.exists():
        parts.append(pl.read_parquet(path).filter(pl.col("submitter") != submitter))
    pl.concat(parts).sort("submitter", maintain_order=True).write_parquet(path)


def home(path: Path, rows: list[dict]) -> Settings:
    """Return the settings of a new home that these rows were delivered to."""
    settings = Settings(home=path)
    deliver(settings, rows)
    return settings


def by_key(crosswalk: pl.DataFrame, rows: list[dict], column: str = "person_id") -> dict:
    """Return a column of a crosswalk by the keys' names."""
    names = pl.DataFrame({"key": [row["key"] for row in rows]}).unique()
    names = names.with_columns(token(KEY, "person", "key").alias("source_person_key"))
    return dict(crosswalk.join(names, on="source_person_key").select("key", column).rows())


def people(crosswalk: pl.DataFrame, rows: list[dict]) -> set[str]:
    """Return the people of a crosswalk as their keys' letters in order."""
    of = by_key(crosswalk, rows)
    return {"".join(sorted(key for key in of if of[key] == id_)) for id_ in of.values()}
