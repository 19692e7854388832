"""Work: who is employed, by whom, for how much, and who is found in wage records.

Lives here: quarterly wages, and what credentials and pathways do to them. Does not: names and
numbers of the wage file.

Log pay of a quarter is: the curve of those with some college, by years since leaving school; what
the credential held so far causes, and what its sector adds; the effects of a completed pathway and
of dual enrolment; who the person is, observed and not, and what kind of person comes to earn the
credential they end with; the county, the industry, prices and noise. The first two lines are the
truth that an estimate is judged by (`effects`); the rest is why a plain comparison misses it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.college import College
from sample_data.control import GENERAL, SECTOR_CODES, Control
from sample_data.draws import Draws, log_odds
from sample_data.fields import (
    GENERAL_NAICS,
    GENERAL_NAICS_WEIGHTS,
    NAICS,
    NAICS_PAY,
    PATHWAY_SECTOR,
    POPULARITY,
    SECTOR_NAICS,
    SECTORS,
)
from sample_data.high_school import HighSchool
from sample_data.people import People
from sample_data.world import World

YEARS_AFTER = (1, 3, 5, 10)
NEVER = 9_999
# Persistence of work from quarter to quarter; 0.85 gives spells of about two years with gaps.
_PERSISTENCE = 0.85
_FIRST_AGE_QUARTERS = 17 * 4
# Quarters that a median needs: of all points of a credential, and of one.
_LEAST_MEASURED, _ENOUGH = 60, 400
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


@dataclass(frozen=True)
class Work:
    """Working lives; arrays have one entry a person.

    Attributes:
        coverage: What takes a person out of wage records for good: federal, self_employed,
            out_of_state, or covered for nothing.
        covered_to: First quarter without cover; NEVER where there is none.
        borrows_ssn: Is paid under somebody else's SSN.
        quarters_employed: Quarters with work, covered or not.
        home_county: Row of the counties they live in at last.
        wages: One row a person, quarter (0 is the first) and employer: job, county and naics (rows
            of the world's tables), employer account, wages in nominal US dollars.
    """

    coverage: np.ndarray
    covered_to: np.ndarray
    borrows_ssn: np.ndarray
    quarters_employed: np.ndarray
    home_county: np.ndarray
    wages: pl.DataFrame


@dataclass(frozen=True)
class _Grid:
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


def live(world: World, people: People, school: HighSchool, college: College) -> Work:
    """Return the working lives of people."""
    control, draw = world.control, people.draws("work")
    grid = _grid(world, people, school, college)
    coverage, covered_to = _coverage(control, school, draw)
    borrows = draw.chance("borrows", control.ssn_borrowed)
    works = _employed(control, people, grid, draw)
    seen = works & (np.arange(control.wage_quarters)[None, :] < covered_to[:, None])
    row, quarter = np.nonzero(seen)
    pay = _log_pay(world, people, school, grid, draw)[row, quarter]
    wages = _wages(world, people, school, college, grid, borrows, row, quarter, pay)
    _learn(world, grid, wages, _luck(control, draw))
    return Work(coverage, covered_to, borrows, works.sum(axis=1), grid.home[:, -1], wages)


def effects(control: Control, years_after: np.ndarray) -> np.ndarray:
    """Return what each credential causes against some college, log points, levels by years."""
    points = np.log(np.array(list(control.earnings_by_credential.values())))
    gap = points - points[_level_number(control, "some_college")]
    caused = control.credential_effect_share * gap
    return np.stack([np.interp(years_after, YEARS_AFTER, row) for row in caused])


def _level_number(control: Control, name: str) -> int:
    return list(control.earnings_by_credential).index(name)


def _grid(world: World, people: People, school: HighSchool, college: College) -> _Grid:
    control, n = world.control, len(people)
    quarters = np.arange(control.wage_quarters)
    left = _column(control, school.exit_date)
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
    return _Grid(in_school, enrolled, level, final_level, field, after, home)


def _column(control: Control, when: np.ndarray) -> np.ndarray:
    """Return the quarter after each date, 0 for those before the first."""
    months = when.astype("datetime64[M]").astype(int) - (control.first_wage_year - 1970) * 12
    return np.maximum(months // 3 + 1, 0)


def _level(
    control: Control, school: HighSchool, college: College, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the highest credential so far, the highest ever, and the latest one's sector."""
    level = np.zeros((n, control.wage_quarters), dtype=np.int8)
    final = np.zeros(n, dtype=np.int8)

    def lift(who: np.ndarray, when: np.ndarray, to: np.ndarray) -> None:
        column = _column(control, when)
        ok = column < control.wage_quarters
        np.maximum.at(level, (who[ok], column[ok]), to[ok])
        np.maximum.at(final, who, to)

    def all_at(count: int, name: str) -> np.ndarray:
        return np.full(count, _level_number(control, name), dtype=np.int8)

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
    column = _column(control, when)
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


def _coverage(control: Control, school: HighSchool, draw: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return what takes people out of wage records, and from which quarter."""
    shares = (control.federal, control.self_employed, control.out_of_state)
    kind = draw.pick("coverage", (*shares, 1 - sum(shares)))
    # Half of them go within two years of leaving high school, the others later.
    years = np.floor(np.log(draw.uniform("years covered")) / np.log(1 - 0.3)).astype(np.int64)
    left = _column(control, school.exit_date)
    gone = ~school.in_state
    kind = np.where(gone, 2, kind)
    covered_to = np.where(kind == 3, NEVER, left + np.where(gone, 0, years * 4))
    names = np.array(["federal", "self_employed", "out_of_state", "covered"])
    return names[kind], covered_to


def _employed(control: Control, people: People, grid: _Grid, draw: Draws) -> np.ndarray:
    n, quarters = grid.in_school.shape
    born = people.birth_date.astype("datetime64[M]").astype(int)
    now = np.arange(quarters)[None, :] + (control.first_wage_year - 1970) * 4
    base = np.select(
        [grid.in_school, grid.enrolled],
        [log_odds(control.employed_in_high_school), log_odds(control.employed_in_college)],
        log_odds(control.employed_after),
    )
    steps = grid.level.astype(float) - _level_number(control, "some_college")
    odds = base + np.where(grid.in_school, 0, control.employment_credential * steps)
    odds += control.employment_first_year * ((grid.after > 0) & (grid.after <= 4))
    odds += control.employment_disability * people.has_disability[:, None]
    odds += control.employment_motivation * people.motivation[:, None]
    pandemic = np.arange(quarters) - ((2020 - control.first_wage_year) * 4 + 1)
    odds += control.employment_pandemic * ((pandemic >= 0) & (pandemic < 4))[None, :]
    # A person's propensity wanders around 0 with variance 1; 1.702 turns log-odds into its scale.
    works = np.zeros((n, quarters), dtype=bool)
    rows = np.arange(n)
    state = draw.normal("propensity")
    for quarter in range(quarters):
        works[:, quarter] = state * 1.702 < odds[:, quarter]
        step = draw.at(rows, quarter).normal("step")
        state = _PERSISTENCE * state + np.sqrt(1 - _PERSISTENCE**2) * step
    return works & (now - born[:, None] // 3 >= _FIRST_AGE_QUARTERS)


def _log_pay(
    world: World, people: People, school: HighSchool, grid: _Grid, draw: Draws
) -> np.ndarray:
    """Return log pay of a full quarter, nominal US dollars before county and industry."""
    control = world.control
    n, quarters = grid.level.shape
    column = np.arange(quarters)
    after = np.arange(quarters + 1) / 4
    points = np.log(np.array(list(control.earnings_by_credential.values())))
    some = np.interp(after, YEARS_AFTER, points[_level_number(control, "some_college")])
    caused = effects(control, after)
    left_over = (1 - control.credential_effect_share) * (
        points - points[_level_number(control, "some_college")]
    ) + np.log(world.rates.correction("earnings"))
    selection = np.stack([np.interp(after, YEARS_AFTER, row) for row in left_over])
    sector = np.array([*control.credential_effect_by_sector.values(), 0.0])
    busy = grid.in_school | grid.enrolled
    prices = np.log1p(control.wage_inflation) * (control.first_wage_year + column / 4 - 2023.5)
    person = _person_effect(control, people, draw)
    noise = draw.at(np.arange(n)[:, None], column[None, :]).normal(
        "noise", 0, control.earnings_noise
    )
    return (
        -np.log(4)
        + some[grid.after]
        + caused[grid.level, grid.after]
        + selection[grid.final_level[:, None], grid.after]
        + sector[grid.field]
        + _school_effect(control, school)[:, None] * ~grid.in_school
        + person[:, None]
        + (prices + control.fourth_quarter * (column % 4 == 3))[None, :]
        + np.log(control.enrolled_earnings) * busy
        + noise
    )


def _school_effect(control: Control, school: HighSchool) -> np.ndarray:
    """Return what completing a pathway and dual-enrolling cause; log points, one a person."""
    pathway = np.array(list(control.pathway_effect.values()))
    dual = np.array([control.dual_enrollment_effect[code] for code in (*SECTOR_CODES, GENERAL)])
    own = PATHWAY_SECTOR[np.maximum(school.pathway, 0)]
    return (
        pathway[own] * school.is_pathway_completer
        + dual[school.dual_sector] * school.is_dual_enrolled
    )


def _person_effect(control: Control, people: People, draw: Draws) -> np.ndarray:
    return (
        people.of_race(control.earnings_by_race)
        + control.earnings_women * (people.gender == "F")
        + control.earnings_disadvantaged * people.is_economically_disadvantaged
        + control.earnings_ability * people.ability
        + control.earnings_motivation * people.motivation
        + _luck(control, draw)
    )


def _luck(control: Control, draw: Draws) -> np.ndarray:
    return draw.normal("level", 0, control.earnings_spread)


def _wages(
    world: World, people: People, school: HighSchool, college: College, grid: _Grid,
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


# Log points by industry: it differs much less for young workers than for all; the mean is about 0.
_INDUSTRY_PAY = 0.2 * np.log(
    NAICS_PAY / np.average(NAICS_PAY[: len(GENERAL_NAICS)], weights=GENERAL_NAICS_WEIGHTS)
)
_IN_A_SECTOR = 0.25


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


def _learn(world: World, grid: _Grid, wages: pl.DataFrame, luck: np.ndarray) -> None:
    """Let a pilot's medians correct what kind of person comes to each credential.

    Luck moves no median but blurs those of a few persons, so it is taken out of their pay.
    """
    if world.rates.solving:
        fair = wages.with_columns(pl.col("wages") / np.exp(luck)[wages["person"].to_numpy()])
        busy = grid.in_school | grid.enrolled
        ratio = earnings_ratio(world.control, grid.level, busy, grid.after, fair)
        world.rates.correct("earnings", 1.0, ratio)


def earnings_ratio(
    control: Control, level: np.ndarray, busy: np.ndarray, after: np.ndarray, wages: pl.DataFrame
) -> np.ndarray:
    """Return median annualised earnings against their targets, by credential and years after.

    A quarter's wages over all employers times four, in 2023 US dollars, of those not enrolled,
    within half a year of the point. Where fewer than 400 quarters were seen (some 100 persons, a
    standard error of 7 %), the ratio of all points of the credential; not a number where those are
    fewer than 60.

    Args:
        control: Parameters.
        level: Highest credential, persons by quarters.
        busy: Whether enrolled, persons by quarters.
        after: Quarters since leaving, persons by quarters.
        wages: Wage records.
    """
    paid = wages.group_by("person", "quarter").agg(pl.col("wages").sum())
    row, quarter = paid["person"].to_numpy(), paid["quarter"].to_numpy()
    year = control.first_wage_year + quarter / 4
    annual = 4 * paid["wages"].to_numpy() / (1 + control.wage_inflation) ** (year - 2023.5)
    free, at_level, since = ~busy[row, quarter], level[row, quarter], after[row, quarter]
    result = np.full((len(control.earnings_by_credential), len(YEARS_AFTER)), np.nan)
    for credential, targets in enumerate(control.earnings_by_credential.values()):
        of_level = free & (at_level == credential)
        seen = [
            annual[of_level & (np.abs(since - 4 * years) <= 2)] / target
            for years, target in zip(YEARS_AFTER, targets, strict=True)
        ]
        every = np.concatenate(seen)
        if len(every) >= _LEAST_MEASURED:
            result[credential] = [np.median(s if len(s) >= _ENOUGH else every) for s in seen]
    return result
