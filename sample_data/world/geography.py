"""Counties: their facts, how many places each has, and how far apart they are.

Lives here: arithmetic over counties and districts. Does not: ids and names (`registry`).
"""

from itertools import pairwise

import numpy as np
import polars as pl

from sample_data.control import DATA, Control
from sample_data.draws import Draws

_SEEDS = DATA.parents[1] / "dbt_project" / "seeds"


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


def spread_over_counties(counties: pl.DataFrame, count: int) -> np.ndarray:
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


def district_weights(
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


def first_persons(
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


def distances(counties: pl.DataFrame) -> np.ndarray:
    """Return distances between counties, in degrees of latitude; each is 0.1 from itself."""
    north = counties["latitude"].to_numpy()
    # A degree of longitude is 0.8 of one of latitude at 37 degrees north.
    east = counties["longitude"].to_numpy() * 0.8
    flat = np.hypot(north[:, None] - north, east[:, None] - east)
    return np.maximum(flat, 0.1)


def nearest_colleges(
    control: Control, distance: np.ndarray, district_county: np.ndarray, college_county: np.ndarray
) -> np.ndarray:
    """Return one of the nearest colleges for each district; those of one county share it evenly."""
    away = distance[district_county][:, college_county]
    size = len(district_county) * len(college_county)
    luck = Draws(control.seed, "near colleges", np.arange(size)).uniform("turn")
    return (away + 1e-3 * luck.reshape(away.shape)).argmin(axis=1)
