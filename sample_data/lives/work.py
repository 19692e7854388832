"""Work: who is employed, and who leaves wage records.

Lives here: employment and coverage by quarter. Does not: pay (`earnings`), employers (`jobs`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.control import Control
from sample_data.draws import Draws, log_odds
from sample_data.high_school.years import HighSchool
from sample_data.lives.college import College
from sample_data.lives.earnings import learn_earnings, log_pay, luck_of
from sample_data.lives.jobs import wages_of
from sample_data.lives.people import People
from sample_data.lives.quarters import Grid, grid_of, level_number, quarter_after
from sample_data.world.places import World

NEVER = 9_999

# Persistence of work from quarter to quarter; 0.85 gives spells of about two years with gaps.
_PERSISTENCE = 0.85
_FIRST_AGE_QUARTERS = 17 * 4


@dataclass(frozen=True)
class Work:
    """Working lives; arrays have one entry a person.

    Attributes:
        coverage: What takes a person out of wage records for good: federal, self_employed,
            out_of_state, or covered for nothing.
        covered_to: First quarter without cover; NEVER where there is none.
        borrows_ssn: Is paid under somebody else's SSN.
        quarters_employed: Quarters with work, covered or not.
        wages: One row a person, quarter (0 is the first) and employer: job, county and naics (rows
            of the world's tables), employer account, wages in nominal US dollars.
    """

    coverage: np.ndarray
    covered_to: np.ndarray
    borrows_ssn: np.ndarray
    quarters_employed: np.ndarray
    wages: pl.DataFrame


def live(world: World, people: People, school: HighSchool, college: College) -> Work:
    """Return the working lives of people."""
    control, draw = world.control, people.draws("work")
    grid = grid_of(world, people, school, college)
    coverage, covered_to = _coverage(control, school, draw)
    borrows = draw.chance("borrows", control.ssn_borrowed)
    works = _employed(control, people, grid, draw)
    seen = works & (np.arange(control.wage_quarters)[None, :] < covered_to[:, None])
    row, quarter = np.nonzero(seen)
    pay = log_pay(world, people, school, grid, draw)[row, quarter]
    wages = wages_of(world, people, school, college, grid, borrows, row, quarter, pay)
    learn_earnings(world, grid, wages, luck_of(control, draw))
    return Work(coverage, covered_to, borrows, works.sum(axis=1), wages)


def _coverage(control: Control, school: HighSchool, draw: Draws) -> tuple[np.ndarray, np.ndarray]:
    """Return what takes people out of wage records, and from which quarter."""
    shares = (control.federal, control.self_employed, control.out_of_state)
    kind = draw.pick("coverage", (*shares, 1 - sum(shares)))
    # Half of them go within two years of leaving high school, the others later.
    years = np.floor(np.log(draw.uniform("years covered")) / np.log(1 - 0.3)).astype(np.int64)
    left = quarter_after(control, school.exit_date)
    gone = ~school.in_state
    kind = np.where(gone, 2, kind)
    covered_to = np.where(kind == 3, NEVER, left + np.where(gone, 0, years * 4))
    names = np.array(["federal", "self_employed", "out_of_state", "covered"])
    return names[kind], covered_to


def _employed(control: Control, people: People, grid: Grid, draw: Draws) -> np.ndarray:
    n, quarters = grid.in_school.shape
    born = people.birth_date.astype("datetime64[M]").astype(int)
    now = np.arange(quarters)[None, :] + (control.first_wage_year - 1970) * 4
    base = np.select(
        [grid.in_school, grid.enrolled],
        [log_odds(control.employed_in_high_school), log_odds(control.employed_in_college)],
        log_odds(control.employed_after),
    )
    steps = grid.level.astype(float) - level_number(control, "some_college")
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
