"""Rows of the institution registry: invented names and ids.

Lives here: districts, schools, colleges, boards and intermediaries as the registry lists them. Does
not: who is near whom (`places`). Districts carry their county's CDE code and five digits from 9,
the others six digits from 9.
"""

import numpy as np
import polars as pl

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
Row = dict[str, str | None]

# The last college of Los Angeles County belongs to another region, as Antelope Valley College does.
OVERRIDDEN_COUNTY, OVERRIDE = "06037", "South Central Coast"


def ids_of(rows: list[Row], kind: str = "") -> np.ndarray:
    """Return the ids of institutions, of one kind where given."""
    ids = [r["institution_id"] for r in rows if kind in ("", r["institution_type_code"])]
    return np.array(ids)


def _place_name(index: int) -> str:
    """Return an invented place: no two of the first 228 are alike, later ones carry a number."""
    # 12 and 19 have no common factor, so both parts change from place to place.
    name = f"{_QUALITIES[index % len(_QUALITIES)]} {_LANDS[index % len(_LANDS)]}"
    around = index // (len(_QUALITIES) * len(_LANDS))
    return f"{name} {around + 1}" if around else name


def _row(identifier: str, name: str, kind: str, county: str | None) -> Row:
    return {
        "institution_id": identifier,
        "institution_name": name,
        "institution_type_code": kind,
        "parent_institution_id": None,
        "county_fips": county,
        "microregion": None,
    }


def district_rows(
    counties: pl.DataFrame, county: np.ndarray, n_schools: np.ndarray, first: int, prefix: str
) -> list[Row]:
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


def college_rows(
    counties: pl.DataFrame, community: np.ndarray, universities: np.ndarray
) -> list[Row]:
    """Return community colleges, universities and the certifying body."""
    fips = counties["county_fips"].to_list()
    rows = [
        _row(f"91{i:04d}", f"{_place_name(i)} College", "COMMUNITY_COLLEGE", fips[county])
        for i, county in enumerate(community.tolist())
    ]
    overridden = [row for row in rows if row["county_fips"] == OVERRIDDEN_COUNTY][-1:]
    for row in overridden:
        row["microregion"] = OVERRIDE
    rows += [
        _row(f"92{i:04d}", f"{_place_name(i)} University", "UNIVERSITY", fips[county])
        for i, county in enumerate(universities.tolist())
    ]
    rows.append(_row("930000", "Fictitious Skills Certification Board", "CERTIFIER", None))
    return rows


def quiet_college_rows(counties: pl.DataFrame, community: np.ndarray) -> list[Row]:
    """Return two colleges without a good delivery."""
    fips = counties["county_fips"].to_list()
    return [
        _row(f"94{i:04d}", f"Quiet {_place_name(i)} College", "COMMUNITY_COLLEGE", fips[county])
        for i, county in enumerate(community[:2].tolist())
    ]


def board_rows(counties: pl.DataFrame, county: np.ndarray) -> list[Row]:
    """Return workforce boards."""
    fips = counties["county_fips"].to_list()
    return [
        _row(f"95{i:04d}", f"{_place_name(i)} Workforce Board", "WORKFORCE_BOARD", fips[c])
        for i, c in enumerate(county.tolist())
    ]


def intermediary_rows(counties: pl.DataFrame, regions: list[str]) -> list[Row]:
    """Return an organisation for each region, in its largest county."""
    by_size = counties.sort("population_2020", descending=True)
    largest = dict(by_size.select("microregion", "county_fips").reverse().iter_rows())
    return [
        _row(f"96{i:04d}", f"{_place_name(i)} Pathways Alliance", "INTERMEDIARY", largest[region])
        for i, region in enumerate(regions)
    ]
