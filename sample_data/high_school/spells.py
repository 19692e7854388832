"""Enrolment spells of high-school years.

Lives here: one row for each spell. Does not: plans or endings.
"""

import numpy as np
import polars as pl

from sample_data.draws import day, repeated
from sample_data.high_school.plan import Plan, another_school
from sample_data.lives.people import People
from sample_data.world.places import World

_FAR = np.datetime64("NaT", "D")


def spells_of(
    world: World, people: People, ends: dict[str, np.ndarray], plan: Plan, moves: np.ndarray
) -> pl.DataFrame:
    """Return enrolment spells: person, year, turn, school, grade, status, entry, exit and codes."""
    control, draw = world.control, people.draws("spells")
    years, cohort, district = ends["years"], people.cohort, world.school_district
    row, turn = repeated(years)
    event = draw.at(row, turn)
    year = cohort[row] + turn
    moving = moves[row] & (plan.move_turn[row] == turn)
    school = np.where(turn > plan.move_turn[row], plan.other_school[row], people.school[row])
    grade = np.minimum(9 + turn - (turn > ends["repeats"][row]), 12)
    late = np.where(event.chance("is late", 0.05), event.whole("late", 1, 30), 0)
    entry = day(year, 8, 9 + district[school] % 9 + late)
    year_end = day(year + 1, 6, 2 + district[school] % 9)
    last = turn == years[row] - 1
    ends_here = last & ~ends["is_summer_graduate"][row]
    still_there = last & (ends["fate"][row] == "transition") & (year == control.last_academic_year)
    is_open = (~last & ~moving & event.chance("open", control.open_spell)) | still_there
    splits = moving & plan.moves_mid_year[row]
    exit_date = np.where(ends_here, ends["exit_date"][row], year_end)
    exit_date = np.where(splits, day(year, 10, event.whole("day of move", 5, 150)), exit_date)
    exit_code = np.where(ends_here, ends["exit_code"][row], np.where(splits, "T160", "E155"))
    completion = np.where(ends_here, ends["completion"][row], "")
    base = _frame(row, year, turn, school, grade, "10", entry,
                  np.where(is_open, _FAR, exit_date), np.where(is_open, "", exit_code),
                  np.where(is_open, "", completion))  # fmt: skip

    at = np.flatnonzero(splits)
    other = plan.other_school[row[at]]
    arrival = exit_date[at] + event.whole("days between", 1, 12)[at]
    moved = _frame(row[at], year[at], turn[at], other, grade[at], "10", arrival, year_end[at],
                   "E155", "")  # fmt: skip
    at = np.flatnonzero(last & ends["is_summer_graduate"][row])
    summer = _frame(row[at], year[at] + 1, turn[at] + 1, school[at], 12, "10",
                    day(year[at] + 1, 7, 3), ends["exit_date"][row[at]], "E230", "100")  # fmt: skip
    at = np.flatnonzero((turn == 0) & event.chance("no show", control.no_show))
    elsewhere = another_school(world, people.school, draw, "no-show")[row[at]]
    first_day = day(year[at], 8, 8)
    absent = _frame(row[at], year[at], turn[at], elsewhere, grade[at], "10", first_day, first_day,
                    "N470", "")  # fmt: skip
    at = np.flatnonzero(~last & ~moving & event.chance("secondary", control.secondary_enrollment))
    sister = _sister_school(world, school[at])
    status = np.where(event.chance("is secondary", 0.8)[at], "20", "30")
    second = _frame(row[at], year[at], turn[at], sister, grade[at], status,
                    entry[at] + event.whole("starts late", 20, 60)[at], year_end[at] - 14, "E155",
                    "")  # fmt: skip
    return pl.concat([base, moved, summer, absent, second]).sort(
        "person", "entry_date", "status", "school"
    )


def _sister_school(world: World, school: np.ndarray) -> np.ndarray:
    """Return the next school of the same district; each has two or more."""
    district = world.school_district[school]
    size = np.bincount(world.school_district)
    first = np.cumsum(size) - size
    return first[district] + (school - first[district] + 1) % size[district]


_SPELL = {
    "person": pl.Int64, "year": pl.Int64, "turn": pl.Int64, "school": pl.Int64, "grade": pl.Int64,
    "status": pl.String, "entry_date": pl.Date, "exit_date": pl.Date, "exit_code": pl.String,
    "completion": pl.String,
}  # fmt: skip


def _frame(
    person: np.ndarray, year: np.ndarray, turn: np.ndarray, school: np.ndarray,
    grade: np.ndarray | int, status: np.ndarray | str, entry: np.ndarray, exit_date: np.ndarray,
    exit_code: np.ndarray | str, completion: np.ndarray | str,
) -> pl.DataFrame:  # fmt: skip
    n = len(person)

    def column(value: np.ndarray | str | int) -> np.ndarray:
        return value if isinstance(value, np.ndarray) else np.full(n, value)

    values = (person, year, turn, school, grade, status, entry, exit_date, exit_code, completion)
    columns = dict(zip(_SPELL, map(column, values), strict=True))
    return pl.DataFrame(columns, schema=_SPELL)
