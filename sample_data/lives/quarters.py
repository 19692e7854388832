"""Persons by wage quarters: in school, enrolled, highest credential, home county.

Lives here: the grid that work and pay are drawn on. Does not: jobs or pay.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.control import Control
from sample_data.high_school.years import HighSchool
from sample_data.lives.college import College
from sample_data.lives.people import People
from sample_data.world.places import World


@dataclass(frozen=True)
class Grid:
    """Persons by quarters.

    Attributes:
        in_school, enrolled: In high school; in college.
        level: Highest credential so far, a row of `Control.earnings_by_credential`.
        final_level: The highest ever, one a person.
        field: Sector of the latest credential, -1 for none.
        after: Quarters since last leaving school or college.
        home: County of residence.
    """

    in_school: np.ndarray
    enrolled: np.ndarray
    level: np.ndarray
    final_level: np.ndarray
    field: np.ndarray
    after: np.ndarray
    home: np.ndarray


def grid_of(world: World, people: People, school: HighSchool, college: College) -> Grid:
    """Return persons by quarters, from their years in school and college."""
    control, n = world.control, len(people)
    quarters = np.arange(control.wage_quarters)
    left = quarter_after(control, school.exit_date)
    in_school = quarters[None, :] < left[:, None]
    enrolled = np.zeros((n, control.wage_quarters), dtype=bool)
    row, year = college.terms["person"].to_numpy(), college.terms["year"].to_numpy()
    # Quarters a term covers: fall Q3 and Q4, winter Q1, spring Q1 and Q2, summer Q3.
    for season, late, covers in (("FA", 0, (3, 4)), ("WI", 1, (1,)), ("SP", 1, (1, 2)),
                                 ("SU", 0, (3,))):  # fmt: skip
        at = (college.terms["season"] == season).to_numpy()
        for quarter in covers:
            column = (year[at] + late - control.first_wage_year) * 4 + quarter - 1
            ok = (column >= 0) & (column < control.wage_quarters)
            enrolled[row[at][ok], column[ok]] = True
    level, final_level, field = _level(control, school, college, n)
    last = np.maximum.accumulate(np.where(enrolled, quarters[None, :], -1), axis=1)
    after = np.maximum(quarters[None, :] - np.maximum(last, left[:, None] - 1), 0)
    home = _home(world, people, left)
    return Grid(in_school, enrolled, level, final_level, field, after, home)


def quarter_after(control: Control, when: np.ndarray) -> np.ndarray:
    """Return the quarter after each date, 0 for those before the first."""
    months = when.astype("datetime64[M]").astype(int) - (control.first_wage_year - 1970) * 12
    return np.maximum(months // 3 + 1, 0)


def level_number(control: Control, name: str) -> int:
    """Return the row of a credential in `Control.earnings_by_credential`."""
    return list(control.earnings_by_credential).index(name)


def _level(
    control: Control, school: HighSchool, college: College, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the highest credential so far, the highest ever, and the latest one's sector."""
    level = np.zeros((n, control.wage_quarters), dtype=np.int8)
    final = np.zeros(n, dtype=np.int8)

    def lift(who: np.ndarray, when: np.ndarray, to: np.ndarray) -> None:
        column = quarter_after(control, when)
        ok = column < control.wage_quarters
        np.maximum.at(level, (who[ok], column[ok]), to[ok])
        np.maximum.at(final, who, to)

    def all_at(count: int, name: str) -> np.ndarray:
        return np.full(count, level_number(control, name), dtype=np.int8)

    done = np.flatnonzero(school.is_completer)
    lift(done, school.exit_date[done], all_at(len(done), "diploma"))
    first = college.terms.group_by("person", maintain_order=True).agg(pl.col("year").min())
    start = (first["year"].to_numpy() - 1970).astype("datetime64[Y]").astype("datetime64[D]") + 240
    lift(first["person"].to_numpy(), start, all_at(len(first), "some_college"))
    names = {name: i for i, name in enumerate(control.earnings_by_credential)}
    awards = college.awards
    earned = awards["level"].replace_strict(names, return_dtype=pl.Int8).to_numpy()
    who, when = awards["person"].to_numpy(), awards["award_date"].to_numpy()
    lift(who, when, earned)
    level = np.maximum.accumulate(level, axis=1)
    # The latest award's sector holds until another one; awards are in order of their dates.
    field = np.full((n, control.wage_quarters), -2, dtype=np.int8)
    column = quarter_after(control, when)
    ok = column < control.wage_quarters
    field[who[ok], column[ok]] = awards["sector"].to_numpy()[ok]
    seen = np.where(field != -2, np.arange(control.wage_quarters)[None, :], 0)
    seen = np.maximum.accumulate(seen, axis=1)
    return level, final, np.maximum(np.take_along_axis(field, seen, axis=1), -1)


def _home(world: World, people: People, left: np.ndarray) -> np.ndarray:
    """Return where people live; after high school some move to another county."""
    control, draw = world.control, people.draws("moves between counties")
    home = np.empty((len(people), control.wage_quarters), dtype=np.int16)
    county = world.school_county[people.school]
    rows = np.arange(len(people))
    for quarter in range(control.wage_quarters):
        if quarter % 4 == 0:
            year = draw.at(rows, quarter // 4)
            moves = year.chance("moves", control.county_moves) & (left <= quarter)
            county = np.where(moves, year.pick("to", world.county_population), county)
        home[:, quarter] = county
    return home
