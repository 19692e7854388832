"""The places of the synthetic state: invented institutions in real counties, and who is near whom.

Lives here: counties, districts, schools, colleges, boards, employers, who starts grade 9 where, and
the pathways a school offers. Does not: people, grants (`collaboration`).
Counties, regions and code values are facts. Every institution is invented, by name and by id:
districts carry their county's CDE code and five digits from 9, the others six digits from 9.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from sample_data.control import MACROREGIONS, Control
from sample_data.draws import Draws, key, permuted
from sample_data.fields import (
    GENERAL_NAICS_WEIGHTS,
    NAICS,
    PATHWAY_CODES,
    PATHWAY_SECTOR,
    POPULARITY,
    SECTORS,
)
from sample_data.initiatives import FUNDING
from sample_data.rates import Rates

DATA = Path(__file__).parent / "data"
_SEEDS = Path(__file__).parents[1] / "dbt_project" / "seeds"

# California has about 420 districts with high schools, 116 community colleges, 45 workforce boards.
_MOST_DISTRICTS, _MOST_COLLEGES, _MOST_UNIVERSITIES, _MOST_BOARDS = 420, 116, 32, 45
# The last college of Los Angeles County belongs to another region, as Antelope Valley College does.
_OVERRIDDEN_COUNTY, _OVERRIDE = "06037", "South Central Coast"
# A pathway that is offered has a first and a last year; these stand for always.
ALWAYS, EVER = 0, 9999

_QUALITIES = (
    "Sample", "Placeholder", "Imaginary", "Example", "Fictional", "Specimen", "Pretend",
    "Made-Up", "Mock", "Notional", "Invented", "Supposed",
)  # fmt: skip
_LANDS = (
    "Bay", "Valley", "Plains", "Coast", "Hills", "Grove", "Desert", "Mesa", "Creek", "Harbor",
    "Ridge", "Oaks", "Springs", "Canyon", "Lake", "Point", "Prairie", "Meadow", "Orchard",
)  # fmt: skip
_COMPASS = ("North", "South", "East", "West", "Central")


# A line of the registry without its year.
_Row = dict[str, str | None]


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
    district_county = _spread(counties, counts.districts)
    weights = _district_weights(control, counties, district_county)
    n_schools = _schools(control, weights)
    school_district = np.repeat(np.arange(counts.districts), n_schools)
    quiet_county = _spread(counties, control.silent_districts)
    districts = _district_rows(counties, district_county, n_schools, 0, "")
    quiet = _district_rows(counties, quiet_county, np.full(len(quiet_county), 3), 900, "Quiet ")
    college_county = _spread(counties, counts.colleges)
    university_county = _spread(counties, counts.universities + 2)[2:]
    colleges = _college_rows(counties, college_county, university_county)
    board_county = _spread(counties, counts.boards)
    boards = _board_rows(counties, board_county)
    regions = sorted({counties["microregion"][int(c)] for c in district_county})
    intermediaries = _intermediary_rows(counties, regions)
    quiet_colleges = _quiet_college_rows(counties, college_county)
    offered_from, offered_to, grant_of = _pathways(control, len(school_district))
    distance = _distances(counties)
    return World(
        control=control,
        counties=counties,
        institutions=pl.DataFrame(
            districts + quiet + colleges + boards + intermediaries + quiet_colleges,
            infer_schema_length=None,
        ),
        district_ids=_ids(districts, "DISTRICT"),
        district_county=district_county,
        district_college=_nearest(control, distance, district_county, college_county),
        school_ids=_ids(districts, "HIGH_SCHOOL"),
        school_district=school_district,
        starts=_starts(control, weights, n_schools, school_district),
        offered_from=offered_from,
        offered_to=offered_to,
        grant_of=grant_of,
        college_ids=_ids(colleges),
        college_county=np.array([*college_county, *university_county, 0]),
        n_community=counts.colleges,
        board_ids=_ids(boards),
        board_county=board_county,
        county_board=distance[:, board_county].argmin(axis=1),
        consortium_regions=regions,
        intermediary_ids=_ids(intermediaries),
        employers=_employers(control, counties),
        demand=_demand(control),
        silent_district_ids=_ids(quiet, "DISTRICT").tolist(),
        silent_college_id=str(_ids(quiet_colleges)[-1]),
    )


class _Counts(NamedTuple):
    districts: int
    colleges: int
    universities: int
    boards: int


def _counts(control: Control) -> _Counts:
    """Return how many institutions there are: as told, or as many as fit the students."""
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


def _ids(rows: list[_Row], kind: str = "") -> np.ndarray:
    """Return the ids of institutions, of one kind where given."""
    found = [r["institution_id"] for r in rows if kind in ("", r["institution_type_code"])]
    return np.array(found)


def county_facts() -> pl.DataFrame:
    """Return one row a county: codes, regions, residents, centre and pay against the state."""
    facts = pl.read_csv(DATA / "counties.csv", schema_overrides={"county_fips": pl.String})
    facts = facts.drop("county_name")
    codes = pl.read_csv(_SEEDS / "county_code.csv", infer_schema=False)
    regions = pl.read_csv(_SEEDS / "county_region.csv", infer_schema=False)
    by_scheme = regions.pivot("scheme", index="county_fips", values="region")
    for more in (codes, by_scheme):
        facts = facts.join(more, on="county_fips", validate="1:1")
    return facts.sort("county_fips")


def _spread(counties: pl.DataFrame, count: int) -> np.ndarray:
    """Return the counties of `count` places, in order of their number.

    One goes to the largest county of each macroregion while they last, in a large state one to each
    county; the others to whoever has most residents a place (Webster's method).
    """
    population = counties["population_2020"].to_numpy().astype(float)
    largest = (
        counties.with_row_index("row")
        .sort("population_2020", descending=True)
        .unique("macroregion", keep="first", maintain_order=True)["row"]
        .to_list()
    )
    first = list(range(len(counties))) if count >= 2 * len(counties) else largest
    places = first[:count]
    held = np.bincount(places, minlength=len(counties))
    while len(places) < count:
        next_one = int((population / (2 * held + 1)).argmax())
        places.append(next_one)
        held[next_one] += 1
    return np.array(places)


def _district_weights(
    control: Control, counties: pl.DataFrame, district_county: np.ndarray
) -> np.ndarray:
    """Return each district's share of its macroregion's residents, around an even one."""
    macro = counties["macroregion"].to_numpy()
    population = counties["population_2020"].to_numpy().astype(float)
    held = np.bincount(district_county, minlength=len(counties))
    served = np.where(held > 0, population, 0)
    for region in np.unique(macro):
        inside = macro == region
        served[inside] *= population[inside].sum() / max(served[inside].sum(), 1)
    even = served[district_county] / held[district_county]
    sizes = Draws(control.seed, "districts", np.arange(len(district_county)))
    return even * np.exp(sizes.normal("size", 0, 0.3))


def _starts(
    control: Control, weights: np.ndarray, n_schools: np.ndarray, school_district: np.ndarray
) -> np.ndarray:
    """Return where each cohort's and school's persons begin, by cumulative shares."""
    n = len(school_district)
    sizes = Draws(control.seed, "schools", np.arange(n)).uniform("size", 0.7, 1.4)
    share = weights[school_district] / n_schools[school_district] * sizes
    within = np.concatenate([[0], np.cumsum(share)]) / share.sum()
    bounds = np.linspace(0, control.students, control.cohorts + 1).astype(np.int64)
    rows = [
        low + np.round(within[:-1] * (high - low)).astype(np.int64)
        for low, high in pairwise(bounds)
    ]
    return np.concatenate([*rows, bounds[-1:]])


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


def _distances(counties: pl.DataFrame) -> np.ndarray:
    """Return distances between counties, in degrees of latitude; each is 0.1 from itself."""
    north = counties["latitude"].to_numpy()
    # A degree of longitude is 0.8 of one of latitude at 37 degrees north.
    east = counties["longitude"].to_numpy() * 0.8
    flat = np.hypot(north[:, None] - north, east[:, None] - east)
    return np.maximum(flat, 0.1)


def _nearest(
    control: Control, distance: np.ndarray, district_county: np.ndarray, college_county: np.ndarray
) -> np.ndarray:
    """Return one of the nearest colleges for each district; those of one county share it evenly."""
    away = distance[district_county][:, college_county]
    size = len(district_county) * len(college_county)
    luck = Draws(control.seed, "near colleges", np.arange(size)).uniform("turn")
    return (away + 1e-3 * luck.reshape(away.shape)).argmin(axis=1)


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


def _place_name(index: int) -> str:
    """Return an invented place: no two of the first 228 are alike, later ones carry a number."""
    # 12 and 19 have no common factor, so both parts change from place to place.
    name = f"{_QUALITIES[index % len(_QUALITIES)]} {_LANDS[index % len(_LANDS)]}"
    around = index // (len(_QUALITIES) * len(_LANDS))
    return f"{name} {around + 1}" if around else name


def _row(identifier: str, name: str, kind: str, county: str | None) -> _Row:
    return {
        "institution_id": identifier,
        "institution_name": name,
        "institution_type_code": kind,
        "parent_institution_id": None,
        "county_fips": county,
        "microregion": None,
    }


def _district_rows(
    counties: pl.DataFrame, county: np.ndarray, n_schools: np.ndarray, first: int, prefix: str
) -> list[_Row]:
    """Return districts, numbered from `first`, each before its schools."""
    fips, codes = counties["county_fips"].to_list(), counties["cde_county_code"].to_list()
    rows = []
    for number, (c, schools) in enumerate(zip(county.tolist(), n_schools.tolist(), strict=True)):
        district, place = f"{codes[c]}9{first + number:04d}", prefix + _place_name(number)
        rows.append(_row(district, f"{place} Unified", "DISTRICT", fips[c]))
        for school in range(schools):
            around = f" {school // len(_COMPASS) + 1}" if school >= len(_COMPASS) else ""
            name = f"{place} {_COMPASS[school % len(_COMPASS)]}{around} High"
            row = _row(f"{district}9{school:06d}", name, "HIGH_SCHOOL", fips[c])
            rows.append(row | {"parent_institution_id": district})
    return rows


def _college_rows(
    counties: pl.DataFrame, community: np.ndarray, universities: np.ndarray
) -> list[_Row]:
    fips = counties["county_fips"].to_list()
    rows = [
        _row(f"91{i:04d}", f"{_place_name(i)} College", "COMMUNITY_COLLEGE", fips[county])
        for i, county in enumerate(community.tolist())
    ]
    overridden = [row for row in rows if row["county_fips"] == _OVERRIDDEN_COUNTY][-1:]
    for row in overridden:
        row["microregion"] = _OVERRIDE
    rows += [
        _row(f"92{i:04d}", f"{_place_name(i)} University", "UNIVERSITY", fips[county])
        for i, county in enumerate(universities.tolist())
    ]
    rows.append(_row("930000", "Fictitious Skills Certification Board", "CERTIFIER", None))
    return rows


def _quiet_college_rows(counties: pl.DataFrame, community: np.ndarray) -> list[_Row]:
    fips = counties["county_fips"].to_list()
    return [
        _row(f"94{i:04d}", f"Quiet {_place_name(i)} College", "COMMUNITY_COLLEGE", fips[county])
        for i, county in enumerate(community[:2].tolist())
    ]


def _board_rows(counties: pl.DataFrame, county: np.ndarray) -> list[_Row]:
    fips = counties["county_fips"].to_list()
    return [
        _row(f"95{i:04d}", f"{_place_name(i)} Workforce Board", "WORKFORCE_BOARD", fips[c])
        for i, c in enumerate(county.tolist())
    ]


def _intermediary_rows(counties: pl.DataFrame, regions: list[str]) -> list[_Row]:
    """Return an organisation for each region, in its largest county."""
    by_size = counties.sort("population_2020", descending=True)
    largest = dict(by_size.select("microregion", "county_fips").reverse().iter_rows())
    return [
        _row(f"96{i:04d}", f"{_place_name(i)} Pathways Alliance", "INTERMEDIARY", largest[region])
        for i, region in enumerate(regions)
    ]
