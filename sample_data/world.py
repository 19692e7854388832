"""The places of the synthetic state: invented institutions in real counties, and CTE sectors.

Lives here: districts, schools, colleges, the certifying body, pathways and the code tables that
lives draw from. Does not: people.
Counties, regions and code values are facts; every institution is invented, by name and by id
(districts carry their county's CDE code and five digits from 9, the others six digits from 9).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.control import Control, stream


@dataclass(frozen=True)
class County:
    """A county: FIPS and CDE code, pay against the state (ratio), college-going (log-odds)."""

    fips: str
    cde_code: str
    pay: float
    college_going: float


# One county of each macroregion, then universities' and workers' counties. Pay: regional wage
# index of the design; college-going: PPIC class of 2020 by region, against 64 %.
COUNTIES = (
    County("06001", "01", 1.30, 0.35),  # Alameda, Bay Area
    County("06067", "34", 0.95, -0.05),  # Sacramento, North/Far North
    County("06019", "10", 0.82, -0.35),  # Fresno, Central Valley/Mother Lode
    County("06111", "56", 0.96, 0.10),  # Ventura, South Central Coast
    County("06037", "19", 1.00, 0.10),  # Los Angeles
    County("06059", "30", 1.05, 0.20),  # Orange County
    County("06065", "33", 0.86, -0.35),  # Riverside, Inland Empire/Desert
    County("06073", "37", 1.02, 0.10),  # San Diego/Imperial
    County("06085", "43", 1.35, 0.35),  # Santa Clara, Bay Area
    County("06071", "36", 0.85, -0.35),  # San Bernardino, Inland Empire/Desert
)
_COLLEGE_COUNTIES = (0, 1, 2, 4, 6, 7)
_UNIVERSITY_COUNTIES = (8, 9)
# The fourth college lies in Los Angeles County and belongs to the South Central Coast region, as
# Antelope Valley College does.
_OVERRIDDEN_COLLEGE, _OVERRIDE = 3, "South Central Coast"

_PLACES = (
    "Sample Bay", "Sample Valley", "Placeholder Plains", "Imaginary Coast", "Example Hills",
    "Fictional Grove", "Specimen Desert", "Pretend Mesa",
)  # fmt: skip
_COLLEGES = (
    "Invented Bay College", "Invented Capital College", "Invented Plains College",
    "Invented Coast College", "Invented Desert College", "Invented Mesa College",
)  # fmt: skip


@dataclass(frozen=True)
class Sector:
    """A CTE industry sector and the codes its courses, programs and jobs carry.

    `popularity` is a weight, `women` the log-odds of women choosing it, `pay` the log points its
    programs add to earnings. TOP codes are of the 6th edition, CIP of 2020, NAICS of 2022.
    """

    code: str
    prefix: str
    top: tuple[str, ...]
    cip: str
    naics: tuple[str, ...]
    popularity: float
    women: float
    pay: float
    titles: tuple[str, ...]


SECTORS = (
    Sector("01", "10", ("010300", "010100"), "01.1101", ("111219", "115112"),
           0.8, 0.1, -0.10, ("Plant Science", "Agriculture Technology")),
    Sector("02", "11", ("061400", "103000"), "50.0409", ("512110", "541430"),
           1.8, 0.3, -0.08, ("Digital Media", "Graphic Art and Design")),
    Sector("03", "12", ("095200", "095210"), "46.0201", ("236115", "238210"),
           0.7, -1.8, 0.15, ("Construction Crafts", "Carpentry")),
    Sector("04", "18", ("050200", "050500"), "52.0201", ("522110", "541211"),
           1.1, 0.0, 0.02, ("Accounting", "Business Administration")),
    Sector("05", "13", ("130500", "080200"), "13.1210", ("624410", "611110"),
           0.8, 1.5, -0.18, ("Child Development", "Educational Aide")),
    Sector("06", "14", ("094610", "030300"), "15.0503", ("221122", "562111"),
           0.3, -1.0, 0.12, ("Energy Systems Technology", "Environmental Technology")),
    Sector("07", "15", ("092400", "095300"), "14.0101", ("541330", "541310"),
           1.0, -1.2, 0.12, ("Engineering Technology", "Drafting Technology")),
    Sector("08", "16", ("130300", "130200"), "50.0407", ("315250", "541410"),
           0.3, 1.8, -0.12, ("Fashion", "Interior Design")),
    Sector("09", "19", ("123010", "120800"), "51.3801", ("622110", "621111"),
           1.5, 0.9, 0.10, ("Registered Nursing", "Medical Assisting")),
    Sector("10", "20", ("130630", "130700"), "12.0503", ("722511", "721110"),
           0.9, 0.3, -0.15, ("Culinary Arts", "Hospitality")),
    Sector("11", "17", ("070600", "070810"), "11.0701", ("541511", "518210"),
           1.2, -0.9, 0.18, ("Computer Science", "Computer Networking")),
    Sector("12", "21", ("095600", "095650"), "48.0508", ("332710", "336413"),
           0.5, -1.5, 0.12, ("Manufacturing Technology", "Welding Technology")),
    Sector("13", "24", ("050900", "050970"), "52.1401", ("455110", "541810"),
           0.5, 0.2, -0.05, ("Marketing", "E-Commerce")),
    Sector("14", "23", ("210500", "213300"), "43.0104", ("922120", "922160"),
           0.8, -0.2, 0.08, ("Administration of Justice", "Fire Technology")),
    Sector("15", "22", ("094800", "095000"), "47.0604", ("811111", "488190"),
           0.7, -1.8, 0.05, ("Automotive Technology", "Aviation Maintenance")),
)  # fmt: skip
HEALTH = 8
NURSING_TOP = "123010"

# Programs outside CTE, under code -1: liberal arts, mathematics, psychology, sociology.
GENERAL_TOP = ("490100", "170100", "200100", "220800")
GENERAL_CIP = ("24.0101", "27.0101", "42.0101", "45.1101")
GENERAL_TITLES = ("Liberal Arts", "Mathematics", "Psychology", "Sociology")
# Where young people work whatever they studied, with weights.
GENERAL_NAICS = (
    "722511", "722513", "445110", "455211", "458110", "561320", "493110", "624120", "713940",
    "812112", "611110", "424480",
)  # fmt: skip
GENERAL_NAICS_WEIGHTS = (16, 18, 14, 9, 7, 9, 9, 6, 4, 3, 3, 2)

# Every six-digit NAICS code of an employer; row numbers are what `work` draws.
NAICS = tuple(dict.fromkeys([*GENERAL_NAICS, *(n for s in SECTORS for n in s.naics)]))
# Annual pay by two-digit sector against 80,000 USD: QCEW 2023, damped in `work`.
NAICS_PAY = {
    "11": 47, "22": 150, "23": 86, "31": 70, "33": 118, "42": 96, "44": 46, "45": 46, "48": 67,
    "49": 55, "51": 200, "52": 150, "54": 150, "56": 62, "61": 70, "62": 63, "71": 60, "72": 34,
    "81": 55, "92": 95,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """Institutions and who is near whom; arrays are indexed by the numbers lives use.

    Attributes:
        institutions: One row an institution, in the columns of the registry without the year.
        district_ids: Delivering districts.
        district_county: Row of `COUNTIES`, by district.
        district_college: Nearest community college, by district.
        school_ids: High schools; school `s` belongs to district `s // schools_per_district`.
        school_pathways: Rows of `pathway_codes` each school offers.
        college_ids: Community colleges, then universities, then the certifying body.
        n_community: Community colleges among them.
        pathway_codes: CALPADS pathway codes.
        pathway_sector: Row of `SECTORS`, by pathway.
        silent_district_ids: Registered districts without a good delivery.
        silent_college_id: A registered college without one.
    """

    institutions: pl.DataFrame
    district_ids: np.ndarray
    district_county: np.ndarray
    district_college: np.ndarray
    school_ids: np.ndarray
    school_district: np.ndarray
    school_pathways: list[np.ndarray]
    college_ids: np.ndarray
    n_community: int
    pathway_codes: np.ndarray
    pathway_sector: np.ndarray
    silent_district_ids: list[str]
    silent_college_id: str

    @property
    def certifier(self) -> int:
        """Row of the certifying body in `college_ids`."""
        return len(self.college_ids) - 1


def build(control: Control) -> World:
    """Return the institutions of a synthetic state."""
    rng = stream(control, "world")
    districts = np.arange(control.districts)
    county = districts % 8
    district_ids = [_district_id(c, d) for d, c in enumerate(county.tolist())]
    silent = [_district_id(d % 8, 900 + d) for d in range(control.silent_districts)]
    registry = [
        row
        for i, district in enumerate(district_ids)
        for row in _district_rows(district, _named(_PLACES, i), control.schools_per_district)
    ]
    registry += [
        row
        for i, district in enumerate(silent)
        for row in _district_rows(district, f"Quiet {_named(_PLACES, i)}", 3)
    ]
    colleges, rows = _college_rows(control)
    pathway_codes = np.array([f"{s.prefix}{digit}" for s in SECTORS for digit in (0, 1)])
    schools = [r["institution_id"] for r in registry if r["institution_type_code"] == "HIGH_SCHOOL"]
    n_schools = control.districts * control.schools_per_district
    return World(
        institutions=pl.DataFrame(registry + rows),
        district_ids=np.array(district_ids),
        district_county=county,
        district_college=_nearest_college(county, control.colleges),
        school_ids=np.array(schools[:n_schools]),
        school_district=np.repeat(districts, control.schools_per_district),
        school_pathways=[
            np.sort(_offered(rng, control.pathways_per_school)) for _ in range(n_schools)
        ],
        college_ids=np.array(colleges),
        n_community=control.colleges,
        pathway_codes=pathway_codes,
        pathway_sector=np.repeat(np.arange(len(SECTORS)), 2),
        silent_district_ids=silent,
        silent_college_id=str(rows[-1]["institution_id"]),
    )


def _district_id(county: int, number: int) -> str:
    return f"{COUNTIES[county].cde_code}9{number:04d}"


def _named(names: tuple[str, ...], index: int) -> str:
    name = names[index % len(names)]
    return name if index < len(names) else f"{name} {index // len(names) + 1}"


def _row(identifier: str, name: str, kind: str, county: str | None) -> dict[str, str | None]:
    return {
        "institution_id": identifier,
        "institution_name": name,
        "institution_type_code": kind,
        "parent_institution_id": None,
        "county_fips": county,
        "microregion": None,
    }


def _district_rows(district: str, place: str, schools: int) -> list[dict[str, str | None]]:
    fips = next(c.fips for c in COUNTIES if c.cde_code == district[:2])
    compass = ("North", "South", "East", "West")
    return [
        _row(district, f"{place} Unified", "DISTRICT", fips),
        *(
            _row(f"{district}9{s:06d}", f"{place} {_named(compass, s)} High", "HIGH_SCHOOL", fips)
            | {"parent_institution_id": district}
            for s in range(schools)
        ),
    ]


def _college_rows(control: Control) -> tuple[list[str], list[dict[str, str | None]]]:
    rows = []
    for i in range(control.colleges):
        county = COUNTIES[_COLLEGE_COUNTIES[i % len(_COLLEGE_COUNTIES)]].fips
        row = _row(f"91{i:04d}", _named(_COLLEGES, i), "COMMUNITY_COLLEGE", county)
        rows.append(row | {"microregion": _OVERRIDE} if i == _OVERRIDDEN_COLLEGE else row)
    for i in range(control.universities):
        county = COUNTIES[_UNIVERSITY_COUNTIES[i % len(_UNIVERSITY_COUNTIES)]].fips
        names = ("Invented State University", "Made-Up University of the Desert")
        rows.append(_row(f"92{i:04d}", _named(names, i), "UNIVERSITY", county))
    rows.append(_row("930000", "Fictitious Skills Certification Board", "CERTIFIER", None))
    delivering = [str(r["institution_id"]) for r in rows]
    quiet = [
        _row(f"94{i:04d}", f"Quiet Sample College {i + 1}", "COMMUNITY_COLLEGE", COUNTIES[i].fips)
        for i in range(2)
    ]
    return delivering, rows + quiet


def _nearest_college(county: np.ndarray, colleges: int) -> np.ndarray:
    # Ventura shares the overridden Los Angeles college, Orange the San Diego one.
    nearest = np.array([0, 1, 2, 3, 3, 5, 4, 5])
    return nearest[county] % colleges


def _offered(rng: np.random.Generator, count: int) -> np.ndarray:
    popularity = np.repeat([s.popularity for s in SECTORS], 2)
    return rng.choice(len(popularity), count, replace=False, p=popularity / popularity.sum())
