"""Work: who is found in wage records, with which employers, for how much.

Lives here: quarterly wages of a cohort. Does not: names and numbers of the wage file.
Medians follow the highest credential so far and the years since leaving school; region, field,
group and a person's own level move them. Students earn less, and work less often.
"""

import numpy as np
import polars as pl

from sample_data.control import Control, stream
from sample_data.draws import log_odds, pick
from sample_data.people import by_race
from sample_data.world import (
    COUNTIES,
    GENERAL_NAICS,
    GENERAL_NAICS_WEIGHTS,
    NAICS,
    NAICS_PAY,
    SECTORS,
    World,
)

_YEARS_AFTER = (1, 3, 5, 10)
# Persistence of work from quarter to quarter; 0.85 gives spells of about two years with gaps.
_PERSISTENCE = 0.85
_FIRST_AGE_QUARTERS = 17 * 4


def live(
    control: Control, world: World, people: pl.DataFrame, school: pl.DataFrame,
    terms: pl.DataFrame, awards: pl.DataFrame,
) -> tuple[pl.DataFrame, np.ndarray]:  # fmt: skip
    """Return wage records of a cohort and whether wage records cover each person at all.

    Returns:
        One row a person, quarter (0 is the first) and employer: job (running number, fixed from
        quarter to quarter), county and naics (rows of the world's tables), wages in nominal USD.
    """
    cohort = int(people["cohort"][0])
    rng = stream(control, "work", cohort)
    n, quarters = len(people), control.wage_quarters
    in_school, enrolled = _enrolled(control, school, terms, n)
    covered = (rng.random(n) >= control.never_in_wages) & school["in_state"].to_numpy()
    level, field = _level(control, school, terms, awards, n)
    employed = covered[:, None] & _employed(control, rng, people, in_school, enrolled, level)
    log_pay = _log_pay(control, rng, world, people, school, enrolled, level, field)

    person, quarter = np.nonzero(employed)
    fresh = np.ones(len(person), dtype=bool)
    fresh[1:] = (person[1:] != person[:-1]) | (quarter[1:] != quarter[:-1] + 1)
    change = fresh | (rng.random(len(person)) < control.job_change)
    job = np.cumsum(change) - 1
    jobs = _jobs(control, rng, world, people, school, awards, person[change])
    pay = np.exp(log_pay[person, quarter]) * jobs["pay"][job]
    # The first quarter of a job is on average half worked.
    pay = pay * np.where(change, rng.uniform(0.3, 1.0, len(person)), 1)
    also = np.flatnonzero(rng.random(len(person)) < control.second_employer)
    extra = _jobs(control, rng, world, people, school, awards, person[also])
    main = pl.DataFrame({"person": person, "quarter": quarter, "job": job, "wages": pay,
                         "county": jobs["county"][job], "naics": jobs["naics"][job],
                         "employer": jobs["employer"][job]})  # fmt: skip
    side = pl.DataFrame({"person": person[also], "quarter": quarter[also],
                         "job": job[-1] + 1 + np.arange(len(also)) if len(also) else also,
                         "wages": pay[also] * rng.uniform(0.08, 0.5, len(also)),
                         "county": extra["county"], "naics": extra["naics"],
                         "employer": extra["employer"]})  # fmt: skip
    wages = pl.concat([main, side]).unique(
        ["person", "quarter", "county", "naics", "employer"], keep="first", maintain_order=True
    )
    wages = wages.filter(pl.col("quarter") < quarters)
    cents = pl.col("wages").clip(25.0, 400_000.0).round(2)
    return wages.with_columns(cents.alias("wages")), covered


def _quarter_of_year(control: Control, year: np.ndarray, quarter: int) -> np.ndarray:
    return (year - control.first_wage_year) * 4 + quarter - 1


def _enrolled(
    control: Control, school: pl.DataFrame, terms: pl.DataFrame, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return who is in high school and in college, persons by quarters."""
    quarters = np.arange(control.wage_quarters)
    days = school["exit_date"].to_numpy()
    months = days.astype("datetime64[M]").astype(int) - (control.first_wage_year - 1970) * 12
    in_school = quarters[None, :] <= (months // 3)[:, None]
    enrolled = np.zeros((n, control.wage_quarters), dtype=bool)
    person, year = terms["person"].to_numpy(), terms["year"].to_numpy()
    # Quarters a term covers: fall Q3 and Q4, winter Q1, spring Q1 and Q2, summer Q3.
    for season, late, covers in (("FA", 0, (3, 4)), ("WI", 1, (1,)), ("SP", 1, (1, 2)),
                                 ("SU", 0, (3,))):  # fmt: skip
        at = (terms["season"] == season).to_numpy()
        for quarter in covers:
            column = _quarter_of_year(control, year[at] + late, quarter)
            ok = (column >= 0) & (column < control.wage_quarters)
            enrolled[person[at][ok], column[ok]] = True
    return in_school, enrolled


def _level(
    control: Control, school: pl.DataFrame, terms: pl.DataFrame, awards: pl.DataFrame, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the highest credential so far, and its field's pay, persons by quarters."""
    names = list(control.earnings_by_credential)
    level = np.zeros((n, control.wage_quarters), dtype=np.int8)
    done = school["completion"].is_in(["100", "250", "320", "330"]).to_numpy()
    _raise(control, level, np.flatnonzero(done), school["exit_date"].to_numpy()[done], 1)
    first = terms.group_by("person", maintain_order=True).agg(pl.col("year").min())
    start = (first["year"].to_numpy() - 1970).astype("datetime64[Y]").astype("datetime64[D]") + 240
    _raise(control, level, first["person"].to_numpy(), start, 2)
    field = np.zeros((n, control.wage_quarters))
    pay = np.array([*(s.pay for s in SECTORS), 0.0])
    for row, name in enumerate(names):
        earned = awards.filter(pl.col("level") == name)
        who, when = earned["person"].to_numpy(), earned["award_date"].to_numpy()
        _raise(control, level, who, when, row)
        column = _column(control, when)
        ok = column < control.wage_quarters
        field[who[ok], column[ok]] = pay[earned["sector"].to_numpy()[ok]]
    level = np.maximum.accumulate(level, axis=1)
    # The latest award's field holds until another one.
    seen = np.where(field != 0, np.arange(control.wage_quarters)[None, :], 0)
    seen = np.maximum.accumulate(seen, axis=1)
    return level, np.take_along_axis(field, seen, axis=1)


def _column(control: Control, when: np.ndarray) -> np.ndarray:
    """Return the quarter after each date, 0 for those before the first."""
    months = when.astype("datetime64[M]").astype(int) - (control.first_wage_year - 1970) * 12
    return np.maximum(months // 3 + 1, 0)


def _raise(control: Control, level: np.ndarray, who: np.ndarray, when: np.ndarray, to: int) -> None:
    column = _column(control, when)
    ok = column < control.wage_quarters
    np.maximum.at(level, (who[ok], column[ok]), to)


def _employed(
    control: Control, rng: np.random.Generator, people: pl.DataFrame, in_school: np.ndarray,
    enrolled: np.ndarray, level: np.ndarray,
) -> np.ndarray:  # fmt: skip
    n, quarters = in_school.shape
    born = people["birth_date"].to_numpy().astype("datetime64[M]").astype(int)
    age = (np.arange(quarters)[None, :] + (control.first_wage_year - 1970) * 4) - born[:, None] // 3
    base = np.where(
        in_school,
        control.employed_in_high_school,
        np.where(enrolled, control.employed_in_college, control.employed_after),
    )
    odds = log_odds(base) + np.where(in_school, 0, 0.08 * (level.astype(float) - 2))
    odds = odds - 0.5 * people["has_disability"].to_numpy()[:, None]
    # Pandemic: fewer jobs for young workers from 2020Q2 to 2021Q1.
    pandemic = np.arange(quarters) - ((2020 - control.first_wage_year) * 4 + 1)
    odds = odds - 0.5 * ((pandemic >= 0) & (pandemic < 4))[None, :]
    # A person's propensity wanders around 0 with variance 1; 1.702 turns log-odds into its scale.
    works = np.zeros((n, quarters), dtype=bool)
    state = rng.normal(size=n)
    for quarter in range(quarters):
        works[:, quarter] = state * 1.702 < odds[:, quarter]
        state = _PERSISTENCE * state + np.sqrt(1 - _PERSISTENCE**2) * rng.normal(size=n)
    return works & (age >= _FIRST_AGE_QUARTERS)


def _log_pay(
    control: Control, rng: np.random.Generator, world: World, people: pl.DataFrame,
    school: pl.DataFrame, enrolled: np.ndarray, level: np.ndarray, field: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return log pay of a full quarter, nominal USD, persons by quarters."""
    n, quarters = level.shape
    column = np.arange(quarters)
    left = _column(control, school["exit_date"].to_numpy())
    last = np.maximum.accumulate(np.where(enrolled, column[None, :], -1), axis=1)
    years = np.maximum(column[None, :] - np.maximum(last, left[:, None] - 1), 0) / 4
    median = np.zeros((n, quarters))
    for row, points in enumerate(control.earnings_by_credential.values()):
        median = np.where(level == row, np.interp(years, _YEARS_AFTER, points), median)
    district = world.school_district[people["school"].to_numpy()]
    region = np.array([c.pay for c in COUNTIES])[world.district_county[district]]
    person = (
        np.log(region)
        + control.earnings_women * (people["gender"] == "F").to_numpy()
        + by_race(control.earnings_by_race, people["race"].to_numpy())
        + control.earnings_pathway * school["is_pathway_completer"].to_numpy()
        + 0.06 * people["ability"].to_numpy()
        + rng.normal(0, control.earnings_spread, n)
    )
    year = control.first_wage_year + column / 4
    prices = np.log1p(control.wage_inflation) * (year - 2023.5) + 0.03 * (column % 4 == 3)
    busy = enrolled | (column[None, :] < left[:, None])
    return (
        np.log(median / 4)
        + person[:, None]
        + field
        + prices[None, :]
        + np.where(busy, np.log(control.enrolled_earnings), 0)
        + rng.normal(0, control.earnings_noise, (n, quarters))
    )


def _jobs(
    control: Control, rng: np.random.Generator, world: World, people: pl.DataFrame,
    school: pl.DataFrame, awards: pl.DataFrame, person: np.ndarray,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Return county, industry, employer number and relative pay, one job a person given."""
    n = len(person)
    weights = np.array(GENERAL_NAICS_WEIGHTS, dtype=float)
    naics = pick(rng, weights, n)
    # Half of the jobs of people with a field are in it: the award's, else the pathway's.
    field = np.where(
        school["is_concentrator"].to_numpy(),
        world.pathway_sector[np.maximum(school["pathway"].to_numpy(), 0)],
        -1,
    )
    latest = awards.filter(pl.col("sector") >= 0).unique("person", keep="last", maintain_order=True)
    field[latest["person"].to_numpy()] = latest["sector"].to_numpy()
    rows = np.array([[NAICS.index(code) for code in s.naics] for s in SECTORS])
    own = rows[np.maximum(field[person], 0), rng.integers(0, 2, n)]
    naics = np.where((field[person] >= 0) & (rng.random(n) < 0.5), own, naics)
    district = world.school_district[people["school"].to_numpy()[person]]
    county = np.where(
        rng.random(n) < 0.85, world.district_county[district], rng.integers(0, len(COUNTIES), n)
    )
    pay = np.array([NAICS_PAY[code[:2]] / 80 for code in NAICS])[naics]
    general = np.array([NAICS_PAY[code[:2]] / 80 for code in GENERAL_NAICS])
    # Industry pay differs much less for young workers than for all; the mean stays at 1.
    damped = (pay / np.average(general, weights=weights)) ** 0.2
    return {
        "county": county,
        "naics": naics,
        "employer": rng.integers(0, employers_per_cell(control), n),
        "pay": damped,
    }


def employers_per_cell(control: Control) -> int:
    """Return how many employers each industry has in a county: about one a 1,000 students."""
    return max(3, control.students // 1_000)
