"""Regional demand for occupations, as the labour market office has it.

Lives here: employment, openings and pay by year and microregion. Does not: anybody's job.
"""

import numpy as np
import polars as pl

from sample_data.control import MACROREGIONS
from sample_data.draws import Draws
from sample_data.world.fields import SECTORS, naics_sector
from sample_data.world.places import World


def demand(world: World) -> pl.DataFrame:
    """Return demand for occupations by year and microregion, as the labour market office has it."""
    control = world.control
    regions = world.counties.group_by("microregion").agg(
        pl.col("population_2020").sum(),
        pl.col("macroregion").first(),
        pay=(pl.col("relative_pay") * pl.col("population_2020")).sum()
        / pl.col("population_2020").sum(),
    ).sort("microregion")  # fmt: skip
    years = range(control.first_ninth_grade_year, control.last_academic_year + 1)
    rows = []
    for place, region in enumerate(regions.iter_rows(named=True)):
        macro = MACROREGIONS.index(region["macroregion"])
        for s, sector in enumerate(SECTORS):
            for o, (soc, title, education, wage) in enumerate(sector.occupations):
                cell = (place * len(SECTORS) + s) * 10 + o
                luck = Draws(control.seed, "labor demand", np.array([cell]))
                # Twelve jobs a thousand residents in a sector of popularity 1 and even demand.
                jobs = (
                    region["population_2020"] * 0.012 * sector.popularity * world.demand[macro, s]
                )
                jobs *= float(luck.uniform("jobs", 0.5, 1.5)[0])
                turnover = float(luck.uniform("turnover", 0.07, 0.16)[0])
                rows += [
                    (year, region["microregion"], soc, title, naics_sector(sector.naics[o % 2]),
                     education, max(1, round(jobs * 1.01 ** (year - 2020))),
                     round(jobs * 1.01 ** (year - 2020) * turnover),
                     round(wage * region["pay"] * (1 + control.wage_inflation) ** (year - 2023), 2))
                    for year in years
                ]  # fmt: skip
    return pl.DataFrame(
        rows,
        schema=["year", "microregion", "soc_code", "soc_title", "naics_sector",
                "entry_education_code", "employment_count", "annual_openings",
                "median_hourly_wage_usd"],
        orient="row",
    )  # fmt: skip
