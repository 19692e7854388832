"""The places of the synthetic state: invented institutions in real counties, and who is near whom.

Lives here: counties, districts, schools, colleges, boards, employers, who starts grade 9 where, and
the pathways a school offers. Does not: people, grants (`collaboration`).
Counties, regions and code values are facts. Every institution is invented, by name and by id.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl

from sample_data.control import MACROREGIONS, Control
from sample_data.draws import Draws, key, permuted
from sample_data.rates import Rates
from sample_data.world.fields import (
    GENERAL_NAICS_WEIGHTS,
    NAICS,
    PATHWAY_CODES,
    PATHWAY_SECTOR,
    POPULARITY,
    SECTORS,
)
from sample_data.world.geography import (
    county_facts,
    distances,
    district_weights,
    first_persons,
    nearest_colleges,
    spread_over_counties,
)
from sample_data.world.initiatives import FUNDING
from sample_data.world.registry import (
    board_rows,
    college_rows,
    district_rows,
    ids_of,
    intermediary_rows,
    quiet_college_rows,
)

# California has about 420 districts with high schools, 116 community colleges, 45 workforce boards.
_MOST_DISTRICTS, _MOST_COLLEGES, _MOST_UNIVERSITIES, _MOST_BOARDS = 420, 116, 32, 45
# A pathway that is offered has a first and a last year; these stand for always.
ALWAYS, EVER = 0, 9999


@dataclass(frozen=True)
class World:
    """Institutions and who is near whom; arrays are indexed by the numbers lives use.

    Attributes:
        control: Parameters.
        rates: Chances, solved on a pilot.
        counties: One row a county: FIPS and CDE code, regions, population, pay against the state.
        institutions: One row an institution, in the columns of the registry without the year.
        district_ids: Delivering districts.
        district_county: Row of `counties`, by district.
        district_college: Nearest community college, by district.
        school_ids: High schools of delivering districts.
        school_district: District of each school.
        starts: First person of each cohort and school, and behind them how many persons there are.
        offered_from: First academic year of each school's pathways (a row of `PATHWAY_CODES` each).
        offered_to: Last academic year; before the first where the school never offers it.
        grant_of: How each pathway is funded: -1 not at all, else a row of `FUNDING`.
        college_ids: Community colleges, then universities, then the certifying body.
        college_county: Row of `counties`, by college; 0 for the certifying body.
        n_community: Community colleges among them.
        board_ids: Workforce boards.
        board_county: Row of `counties`, by board.
        county_board: Nearest board, by county.
        consortium_regions: Microregions with a delivering district; each has a consortium.
        intermediary_ids: The organisation that holds each consortium together.
        employers: Employers by county and row of `NAICS`; one more hires without asking for papers.
        demand: Weight of each sector's jobs by macroregion (rows of `MACROREGIONS`), mean about 1.
        silent_district_ids: Registered districts without a good delivery.
        silent_college_id: A registered college without one.
    """

    control: Control
    counties: pl.DataFrame
    institutions: pl.DataFrame
    district_ids: np.ndarray
    district_county: np.ndarray
    district_college: np.ndarray
    school_ids: np.ndarray
    school_district: np.ndarray
    starts: np.ndarray
    offered_from: np.ndarray
    offered_to: np.ndarray
    grant_of: np.ndarray
    college_ids: np.ndarray
    college_county: np.ndarray
    n_community: int
    board_ids: np.ndarray
    board_county: np.ndarray
    county_board: np.ndarray
    consortium_regions: list[str]
    intermediary_ids: np.ndarray
    employers: np.ndarray
    demand: np.ndarray
    silent_district_ids: list[str]
    silent_college_id: str
    rates: Rates = field(default_factory=Rates)

    @property
    def certifier(self) -> int:
        """Row of the certifying body in `college_ids`."""
        return len(self.college_ids) - 1

    @cached_property
    def county_macroregion(self) -> np.ndarray:
        """Row of `MACROREGIONS`, by county."""
        return np.array([MACROREGIONS.index(name) for name in self.counties["macroregion"]])

    @cached_property
    def county_consortium(self) -> np.ndarray:
        """Row of `consortium_regions`, by county; -1 where there is no consortium."""
        rows = {name: row for row, name in enumerate(self.consortium_regions)}
        return np.array([rows.get(name, -1) for name in self.counties["microregion"]])

    @cached_property
    def county_pay(self) -> np.ndarray:
        """Pay level against the state, by county; a ratio."""
        return self.counties["relative_pay"].to_numpy()

    @cached_property
    def county_population(self) -> np.ndarray:
        """Residents, by county."""
        return self.counties["population_2020"].to_numpy().astype(float)

    @cached_property
    def school_county(self) -> np.ndarray:
        """Row of `counties`, by school."""
        return self.district_county[self.school_district]

    @cached_property
    def _ninth_graders(self) -> np.ndarray:
        pupils = np.diff(self.starts)[: len(self.school_ids)]
        return np.bincount(self.school_district, pupils)

    @cached_property
    def largest_district(self) -> str:
        """The delivering district with most ninth-graders."""
        return str(self.district_ids[self._ninth_graders.argmax()])

    @cached_property
    def smallest_districts(self) -> tuple[str, str]:
        """The two delivering districts with fewest ninth-graders."""
        first, second = self.district_ids[self._ninth_graders.argsort(kind="stable")[:2]].tolist()
        return first, second

    @cached_property
    def largest_college(self) -> str:
        """The community college that is nearest to most ninth-graders."""
        near = np.bincount(self.district_college, self._ninth_graders)
        return str(self.college_ids[near.argmax()])

    def place(self, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the year each person starts grade 9, and the school they do it at."""
        row = np.searchsorted(self.starts, person, side="right") - 1
        cohort, school = np.divmod(row, len(self.school_ids))
        return self.control.first_ninth_grade_year + cohort, school

    def cohort_bounds(self, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the first person of each person's cohort, and the one after its last."""
        n = len(self.school_ids)
        row = np.searchsorted(self.starts, person, side="right") - 1
        return self.starts[row - row % n], self.starts[row - row % n + n]

    def employer_account(
        self, county: np.ndarray, naics: np.ndarray, turn: np.ndarray
    ) -> np.ndarray:
        """Return account numbers of employer `turn` of a county and industry: 8 digits."""
        first = np.concatenate([[0], np.cumsum(self.employers.ravel() + 1)])
        number = first[county * len(NAICS) + naics] + turn
        name = key(self.control.seed, "employer accounts")
        return 10_000_000 + permuted(number, 90_000_000, name)


def build(control: Control) -> World:
    """Return the institutions of a synthetic state."""
    counties, counts = county_facts(), _counts(control)
    district_county = spread_over_counties(counties, counts.districts)
    weights = district_weights(control, counties, district_county)
    n_schools = _schools(control, weights)
    school_district = np.repeat(np.arange(counts.districts), n_schools)
    quiet_county = spread_over_counties(counties, control.silent_districts)
    districts = district_rows(counties, district_county, n_schools, 0, "")
    quiet = district_rows(counties, quiet_county, np.full(len(quiet_county), 3), 900, "Quiet ")
    college_county = spread_over_counties(counties, counts.colleges)
    university_county = spread_over_counties(counties, counts.universities + 2)[2:]
    colleges = college_rows(counties, college_county, university_county)
    board_county = spread_over_counties(counties, counts.boards)
    boards = board_rows(counties, board_county)
    regions = sorted({counties["microregion"][int(c)] for c in district_county})
    intermediaries = intermediary_rows(counties, regions)
    quiet_colleges = quiet_college_rows(counties, college_county)
    offered_from, offered_to, grant_of = _pathways(control, len(school_district))
    distance = distances(counties)
    return World(
        control=control,
        counties=counties,
        institutions=pl.DataFrame(
            districts + quiet + colleges + boards + intermediaries + quiet_colleges,
            infer_schema_length=None,
        ),
        district_ids=ids_of(districts, "DISTRICT"),
        district_county=district_county,
        district_college=nearest_colleges(control, distance, district_county, college_county),
        school_ids=ids_of(districts, "HIGH_SCHOOL"),
        school_district=school_district,
        starts=first_persons(control, weights, n_schools, school_district),
        offered_from=offered_from,
        offered_to=offered_to,
        grant_of=grant_of,
        college_ids=ids_of(colleges),
        college_county=np.array([*college_county, *university_county, 0]),
        n_community=counts.colleges,
        board_ids=ids_of(boards),
        board_county=board_county,
        county_board=distance[:, board_county].argmin(axis=1),
        consortium_regions=regions,
        intermediary_ids=ids_of(intermediaries),
        employers=_employers(control, counties),
        demand=_demand(control),
        silent_district_ids=ids_of(quiet, "DISTRICT").tolist(),
        silent_college_id=str(ids_of(quiet_colleges)[-1]),
    )


class _Counts(NamedTuple):
    districts: int
    colleges: int
    universities: int
    boards: int


def _counts(control: Control) -> _Counts:
    """Return how many institutions there are: as given, or as many as fit the students."""
    a_year = control.students / control.cohorts

    def number(given: int | None, low: int, each: float, most: int) -> int:
        return given or int(np.clip(round(a_year / each), low, most))

    return _Counts(
        number(control.districts, 8, control.students_per_district, _MOST_DISTRICTS),
        number(control.colleges, 6, 1_500, _MOST_COLLEGES),
        number(control.universities, 2, 6_000, _MOST_UNIVERSITIES),
        number(control.workforce_boards, 4, 4_000, _MOST_BOARDS),
    )


def _schools(control: Control, weights: np.ndarray) -> np.ndarray:
    """Return how many schools each district has: two at least."""
    ninth_graders = control.students / control.cohorts * weights / weights.sum()
    return np.maximum(2, np.round(ninth_graders / control.students_per_school).astype(int))


def _pathways(control: Control, n_schools: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first and last year of every school's pathways, and how each is funded.

    A school's first four pathways are always there; others may open or close with a grant.
    """
    n = len(PATHWAY_CODES)
    draw = Draws(control.seed, "pathways", np.arange(n_schools * n))
    # The largest of -log(u) / weight are a weighted sample without replacement.
    order = -np.log(draw.uniform("order")).reshape(n_schools, n)
    order = order / np.array(POPULARITY)[PATHWAY_SECTOR]
    rank = order.argsort(axis=1).argsort(axis=1)
    offers = rank < round(1.3 * control.pathways_per_school)
    fleeting = offers & (rank >= 4)
    funded = offers & draw.chance("funded", control.pathways_funded).reshape(n_schools, n)
    source = draw.pick("source", [f.weight for f in FUNDING]).reshape(n_schools, n)
    begins = np.array([f.first_year for f in FUNDING])[source]
    ends = np.array([f.last_year for f in FUNDING])[source]
    opens = fleeting & funded & draw.chance("opens", 0.6).reshape(n_schools, n)
    closes = draw.chance("closes", control.pathways_end_with_grant).reshape(n_schools, n)
    return (
        np.where(offers, np.where(opens, begins, ALWAYS), EVER),
        np.where(offers, np.where(fleeting & funded & closes, ends, EVER), ALWAYS),
        np.where(funded, source, -1),
    )


def _employers(control: Control, counties: pl.DataFrame) -> np.ndarray:
    """Return how many employers each county has in each industry: at least one."""
    population = counties["population_2020"].to_numpy().astype(float)
    share = np.full(len(NAICS), 0.5 / len(NAICS))
    share[: len(GENERAL_NAICS_WEIGHTS)] += 0.5 * GENERAL_NAICS_WEIGHTS / GENERAL_NAICS_WEIGHTS.sum()
    total = max(500.0, control.students * control.employers_per_thousand / 1_000)
    cells = total * (population / population.sum())[:, None] * share[None, :]
    return np.maximum(1, np.round(cells)).astype(np.int64)


def _demand(control: Control) -> np.ndarray:
    """Return the weight of each sector's jobs, macroregions by sectors."""
    cells = np.arange(len(MACROREGIONS) * len(SECTORS))
    weights = np.exp(Draws(control.seed, "demand", cells).normal("sector", 0, 0.35))
    return weights.reshape(len(MACROREGIONS), len(SECTORS))
