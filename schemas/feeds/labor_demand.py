"""Contract of `labor_demand`, after the occupational tables of labor market offices."""

import polars as pl

from schemas import codes
from schemas.contract import Feed
from schemas.data_impact import DataImpact, amount
from schemas.people import EXAMPLE_YEAR, AcademicYearRow
from schemas.periods import PeriodKind
from schemas.policy import POLICY
from schemas.rules import code, number, pattern, row_rule, text, unique_key, words


class LaborDemand(AcademicYearRow):
    """Demand for one occupation in one industry sector of a region in an academic year."""

    microregion: pl.String = code(codes.MICROREGION, "Microregion of the jobs.")
    soc_code: pl.String = pattern(
        r"^\d{2}-\d{4}$", "written like 29-1141", "SOC code of the occupation."
    )
    soc_title: pl.String = text("Title of the occupation.")
    naics_sector: pl.String = code(codes.NAICS_SECTOR, "NAICS sector of the employers.")
    entry_education_code: pl.String = code(
        codes.ENTRY_EDUCATION,
        "Education that entering the occupation typically takes; BACHELOR also for more.",
    )
    employment_count: pl.Int64 = number(0, 5_000_000, "Jobs in the year.")
    annual_openings: pl.Int64 = number(0, 1_000_000, "Openings in the year, from growth and exits.")
    # Below 5 or above 500 dollars the figure is of another unit: a year's pay, or cents.
    median_hourly_wage_usd: pl.Float64 = number(5, 500, "Median wage of an hour.")

    key_unique = unique_key("microregion", "soc_code", "naics_sector")
    soc_title_text = words("soc_title")
    openings_within_employment = row_rule(
        "openings_within_employment",
        "annual_openings must not be above employment_count.",
        pl.col("annual_openings") <= pl.col("employment_count"),
    )


FEED = Feed(
    name="labor_demand",
    order=120,
    model=LaborDemand,
    grain="demand for one occupation in one industry sector of a region in an academic year",
    submitted_by="labor market office",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("microregion", "soc_code", "naics_sector"),
    due_after_days=365,
    row_floor=POLICY.statewide_floor,
    impacts=(
        DataImpact(
            "openings_lost",
            "openings in rejected rows",
            amount("annual_openings"),
            "{n} of {of} annual_openings {are} in rejected rows. Demand in their regions "
            "reads too low.",
        ),
    ),
    example={
        "academic_year": EXAMPLE_YEAR,
        "microregion": "East Bay",
        "soc_code": "15-1212",
        "soc_title": "Information Security Analysts",
        "naics_sector": "54",
        "entry_education_code": "BACHELOR",
        "employment_count": "1200",
        "annual_openings": "110",
        "median_hourly_wage_usd": "58.4",
    },
)
