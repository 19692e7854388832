"""Who holds a licence or an ID card, from which day, and which records that leaves.

Lives here: holding by age and group, renewals, changes of name. Does not: names (`registrations`).
"""

import numpy as np
import polars as pl

from sample_data.draws import day
from sample_data.high_school.years import HighSchool
from sample_data.identity.numbers import Identity
from sample_data.lives.people import People
from sample_data.lives.work import NEVER, Work
from sample_data.world.places import World

# Years for which a record is valid, and the most renewals of anybody: 16 to 36.
_VALID_YEARS, _RENEWALS = 5, 4
_NEVER_HELD = 99


def holding_age(world: World, people: People, work: Work) -> np.ndarray:
    """Return the age at which each person gets a licence or ID card; 99 for never.

    Whoever is paid under a borrowed number has none of their own, and so no record with one.
    """
    control, luck = world.control, people.draws("identity records").uniform("holds one")
    odds = (
        control.record_foster * people.is_foster
        + control.record_homeless * people.is_homeless
        + control.record_disadvantaged * people.is_economically_disadvantaged
    )
    age = np.full(len(people), _NEVER_HELD)
    held = 0.0
    for text, licensed in control.licence_by_age.items():
        share = licensed + (1 - licensed) * control.id_card_by_age[text]
        held = max(held, share)
        chance = world.rates.chance(f"holds a record at {text}", odds.astype(float), held)
        age = np.where((luck < chance) & (age == _NEVER_HELD), int(text), age)
    return np.where(work.borrows_ssn, _NEVER_HELD, age)


def records(
    world: World, people: People, known: Identity, school: HighSchool, work: Work, age: np.ndarray
) -> pl.DataFrame:
    """Return rows of an agency's files: person, year of the file, name and days of validity.

    Columns are ``person, year, is_married, is_former, valid_from, valid_to``. A record is renewed
    every five years, and changed in the year in which its holder takes another surname: then the
    former name is delivered again, with its last day. Nobody renews after leaving the state.
    """
    control = world.control
    draw = people.draws("identity records")
    born = people.birth_date.astype("datetime64[Y]").astype(int) + 1970
    first = day(born + np.minimum(age, 90), 1, 1) + draw.whole("day", 0, 365)
    last = np.minimum(
        _left(world, school, work), day(np.array(control.last_academic_year + 1), 6, 30)
    )
    turns = [first + (365 * _VALID_YEARS + 1) * turn for turn in range(_RENEWALS + 1)]
    issued = _rows(turns, age < _NEVER_HELD, last).with_columns(is_former=pl.lit(False))
    changed = day(known.married_from.clip(1900, 2200), 1, 1) + draw.whole("change", 0, 365)
    has_changed = (
        (age < _NEVER_HELD) & (known.married_from < NEVER) & (first < day(born + 90, 1, 1))
    )
    has_changed &= first.astype("datetime64[Y]").astype(int) + 1970 < known.married_from
    renamed = _rows([changed], has_changed, last).with_columns(is_former=pl.lit(False))
    former = renamed.with_columns(
        is_former=pl.lit(True),
        valid_to=pl.col("valid_from"),
        valid_from=pl.lit(pl.Series(first)).gather(pl.col("person")),
    )
    married = pl.lit(pl.Series(known.married_from)).gather(pl.col("person"))
    rows = pl.concat([issued, renamed, former.select(issued.columns)])
    return (
        rows.with_columns(
            is_married=(pl.col("valid_from").dt.year() >= married) & ~pl.col("is_former"),
            since=pl.when("is_former").then("valid_to").otherwise("valid_from"),
        )
        .with_columns(year=pl.col("since").dt.year() - (pl.col("since").dt.month() < 7))
        .filter(pl.col("year") >= control.first_ninth_grade_year)
        .unique(["person", "is_married", "valid_from", "is_former"])
        .sort("person", "since", "is_former", "valid_from")
        .drop("since")
    )


def _left(world: World, school: HighSchool, work: Work) -> np.ndarray:
    """Return the day from which each person lives in another state; far off for who stays."""
    control = world.control
    months = (control.first_wage_year - 1970) * 12 + 3 * np.minimum(work.covered_to, 400)
    moved = np.where(
        (work.coverage == "out_of_state") & (work.covered_to < NEVER),
        months.astype("datetime64[M]").astype("datetime64[D]"),
        np.datetime64("2200-01-01"),
    )
    return np.where(school.in_state, moved, school.exit_date)


def _rows(days: list[np.ndarray], holds: np.ndarray, last: np.ndarray) -> pl.DataFrame:
    parts = []
    for each in days:
        row = np.flatnonzero(holds & (each <= last))
        valid_from = pl.Series(each[row]).cast(pl.Date)
        parts.append(pl.DataFrame({"person": row, "valid_from": valid_from}))
    return pl.concat(parts).with_columns(
        valid_to=pl.col("valid_from").dt.offset_by(f"{_VALID_YEARS}y")
    )
