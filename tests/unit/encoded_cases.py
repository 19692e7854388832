"""Deliveries of one student, encoded or not, taken through the gate.

Lives here: files and their results. Does not: any expectation.
"""

import polars as pl

from pipelines.feedback.encode_file import encode_file
from pipelines.intake.accept import accept
from pipelines.settings import Settings
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR

K12, COLLEGE = "k12_enrollment", "college_enrollment"
STUDENT = {"first_name": "Ana", "last_name": "Villalobos Ortega", "birth_date": "2001-05-06"}
SUBMITTERS = {K12: "1990001", COLLEGE: "900001"}


def deliver(settings: Settings, feed: str, hide: bool = False, **change: str | None):
    """Deliver one row of a feed, encoded or not; return its file."""
    folder = settings.landing / feed / YEAR
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{SUBMITTERS[feed]}.csv"
    schema = dict.fromkeys(FEEDS[feed].dtypes, pl.String)
    pl.DataFrame([GOOD[feed] | STUDENT | change], schema=schema).write_csv(path)
    if not hide:
        return path
    made = encode_file(settings, path, FEEDS[feed]).path
    path.unlink()
    return made


def gate(settings: Settings, feed: str):
    """Take a feed's files through the gate; return the one account."""
    [account] = accept(settings, FEEDS[feed], [YEAR])[YEAR]
    return account
