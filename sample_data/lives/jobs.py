"""Jobs and wage records: which employer, which industry, how much each pays.

Lives here: main and side jobs of quarters with work. Does not: names and numbers of the wage file.
"""

import numpy as np
import polars as pl

from sample_data.high_school.years import HighSchool
from sample_data.lives.college import College
from sample_data.lives.people import People
from sample_data.lives.quarters import Grid
from sample_data.world.fields import (
    GENERAL_NAICS,
    GENERAL_NAICS_WEIGHTS,
    NAICS,
    NAICS_PAY,
    PATHWAY_SECTOR,
    POPULARITY,
    SECTOR_NAICS,
    SECTORS,
)
from sample_data.world.places import World

# Dollars a quarter that a record holds at least and at most.
_LEAST, _MOST = 25.0, 400_000.0
# Numbers of side jobs in their person's draws begin here; nobody has as many main jobs.
_SIDE = 1_000
# Log points by NAICS sector and quarter of the year: harvest, summer travel, holiday shopping.
_SEASONS = {
    "11": (-0.15, 0.0, 0.15, 0.0), "72": (-0.03, 0.0, 0.05, -0.02),
    "71": (-0.06, 0.02, 0.08, -0.04),
    "44": (-0.03, 0.0, 0.0, 0.06), "45": (-0.03, 0.0, 0.0, 0.08), "49": (-0.02, -0.02, 0.0, 0.1),
    "23": (-0.05, 0.02, 0.04, -0.01),
}  # fmt: skip
_SEASON_OF = np.array([_SEASONS.get(code[:2], (0.0, 0.0, 0.0, 0.0)) for code in NAICS])

# Log points by industry: it differs much less for young workers than for all; the mean is about 0.
_INDUSTRY_PAY = 0.2 * np.log(
    NAICS_PAY / np.average(NAICS_PAY[: len(GENERAL_NAICS)], weights=GENERAL_NAICS_WEIGHTS)
)
_IN_A_SECTOR = 0.25


def wages_of(
    world: World, people: People, school: HighSchool, college: College, grid: Grid,
    borrows: np.ndarray, row: np.ndarray, quarter: np.ndarray, log_pay: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    """Return wage records of the person-quarters `row` and `quarter`."""
    control, draw = world.control, people.draws("jobs")
    of_quarter = draw.at(row, quarter)
    fresh = np.ones(len(row), dtype=bool)
    fresh[1:] = (row[1:] != row[:-1]) | (quarter[1:] != quarter[:-1] + 1)
    change = fresh | of_quarter.chance("changes job", control.job_change)
    # Jobs are numbered from 0 within a person.
    running = np.cumsum(change) - 1
    first = np.zeros(len(people), dtype=np.int64)
    new_person = np.ones(len(row), dtype=bool)
    new_person[1:] = row[1:] != row[:-1]
    first[row[new_person]] = running[new_person]
    number = running - first[row]
    at = np.flatnonzero(change)
    main = _jobs(world, people, school, college, borrows, row[at], number[at],
                 grid.home[row[at], quarter[at]])  # fmt: skip
    full = np.exp(log_pay)
    # The first quarter of a job is on average half worked.
    worked = np.where(change, of_quarter.uniform("part of quarter", 0.3, 1.0), 1)
    records = _records(row, quarter, number, {k: v[running] for k, v in main.items()},
                       full * worked)  # fmt: skip
    # One main job in seven has another beside it in seven quarters of ten.
    beside = draw.at(row, number).chance("beside", control.second_employer / 0.7)
    also = np.flatnonzero(beside & of_quarter.chance("also", 0.7))
    side = _jobs(world, people, school, college, borrows, row[also], number[also] + _SIDE,
                 grid.home[row[also], quarter[also]])  # fmt: skip
    part = of_quarter.uniform("side pay", 0.08, 0.5)[also]
    extra = _records(row[also], quarter[also], number[also] + _SIDE, side, full[also] * part)
    wages = pl.concat([records, extra]).unique(
        ["person", "quarter", "account"], keep="first", maintain_order=True
    )
    return wages.sort("person", "quarter", "job")


def _records(
    row: np.ndarray, quarter: np.ndarray, job: np.ndarray, at: dict[str, np.ndarray],
    pay: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    season = _SEASON_OF[at["naics"], quarter % 4]
    wages = np.clip(pay * at["pay"] * np.exp(season), _LEAST, _MOST).round(2)
    return pl.DataFrame(
        {
            "person": row,
            "quarter": quarter,
            "job": job,
            "county": at["county"],
            "naics": at["naics"],
            "account": at["account"],
            "wages": wages,
        }
    )


def _jobs(
    world: World, people: People, school: HighSchool, college: College, borrows: np.ndarray,
    row: np.ndarray, number: np.ndarray, home: np.ndarray,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Return county, industry, employer account and relative pay of jobs."""
    control, draw = world.control, people.draws("jobs").at(row, number)
    away = draw.pick("county", world.county_population)
    county = np.where(draw.chance("at home", control.job_at_home), home, away).astype(np.int64)
    demand = world.demand[world.county_macroregion[county]]
    field = _fields(people, school, college)[row]
    wanted = np.take_along_axis(demand, np.maximum(field, 0)[:, None], axis=1)[:, 0]
    chance = np.where(field >= 0, np.clip(control.job_in_field * wanted, 0, 0.95), 0.0)
    in_field = draw.chance("in field", chance)
    # Others work where young people do; some in a sector they weren't trained for.
    elsewhere = draw.pick_by_row("sector", demand * np.array(POPULARITY))
    own = SECTOR_NAICS[np.where(in_field, field, elsewhere), draw.whole("industry", 0, 2)]
    general = draw.pick("general", GENERAL_NAICS_WEIGHTS)
    naics = np.where(in_field | draw.chance("in a sector", _IN_A_SECTOR), own, general)
    employers = world.employers[county, naics]
    turn = np.where(borrows[row], employers, draw.whole("employer", 0, employers))
    return {
        "county": county,
        "naics": naics,
        "account": world.employer_account(county, naics, turn),
        "pay": np.exp(_INDUSTRY_PAY[naics] - _expected(world, county, field, chance))
        * world.county_pay[county],
    }


def _expected(
    world: World, county: np.ndarray, field: np.ndarray, chance: np.ndarray
) -> np.ndarray:
    """Return what a field's industries pay its people on average, log points against no field.

    It is taken out again: what a field causes is in the tables of effects, and counts once.
    """
    own = _INDUSTRY_PAY[SECTOR_NAICS].mean(axis=1)
    weights = world.demand * np.array(POPULARITY)
    general = np.average(_INDUSTRY_PAY[: len(GENERAL_NAICS)], weights=GENERAL_NAICS_WEIGHTS)
    others = _IN_A_SECTOR * (weights @ own) / weights.sum(axis=1) + (1 - _IN_A_SECTOR) * general
    return chance * (own[np.maximum(field, 0)] - others[world.county_macroregion[county]])


def _fields(people: People, school: HighSchool, college: College) -> np.ndarray:
    """Return each person's field: the sector of the latest award, else of the pathway, else -1."""
    own = PATHWAY_SECTOR[np.maximum(school.pathway, 0)]
    field = np.where(school.is_concentrator, own, -1)
    latest = college.awards.filter(pl.col("sector") >= 0).unique(
        "person", keep="last", maintain_order=True
    )
    field[latest["person"].to_numpy()] = latest["sector"].to_numpy()
    assert len(field) == len(people)
    assert field.max(initial=-1) < len(SECTORS)
    return field
