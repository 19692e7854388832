"""What performance-based funding counts: successes, their points and the average of three years.

Lives here: `metrics.scff_success`, as its description and the seed of points say.
Does not: nine units and exits (`college`, `earnings`), which are those of the metrics.
"""

import polars as pl

from tests.reference.base.coverage import Window, complete_rows
from tests.reference.base.people import COMMUNITY_COLLEGE, UNIVERSITY, awards, terms
from tests.reference.base.sources import Sources, read_seed, year_label
from tests.reference.metrics.college import college_year
from tests.reference.metrics.earnings import exiter

SUCCESS_KEYS = ["academic_year", "region_id", "measure_code"]
PERSON_YEAR = ["person_id", "year"]
#: By the highest award of a year; certificates are those of 16 units and more.
MEASURE_OF_AWARD = {
    **dict.fromkeys(("Y", "Z"), "bachelor_degree"),
    **dict.fromkeys(("A", "S"), "associate_degree"),
    **dict.fromkeys(("M", "T", "F"), "credit_certificate"),
}
HIGHEST_FIRST = list(dict.fromkeys(MEASURE_OF_AWARD.values()))
#: Feeds that a measure waits for: years before, months after.
OF_YEAR: dict[str, Window] = {"college_enrollment": (0, 0)}
OF_AWARD = {"credential": (0, 0), **OF_YEAR}
READS: dict[str, dict[str, Window]] = {
    **dict.fromkeys(HIGHEST_FIRST, OF_AWARD),
    "nine_cte_units": OF_YEAR,
    "transfer": {"college_enrollment": (0, 12)},
    "living_wage": {"college_enrollment": (0, 12), "wage": (0, 6)},
}
TRANSFER_UNITS = 12
CTE_UNITS = 9


def scff_success(src: Sources) -> pl.DataFrame:
    """Return `metrics.scff_success`, a row for every year, region with a college and measure."""
    college_days = src.period_ends["college_enrollment"]
    first, last = college_days[0].year, college_days[1].year - 1
    colleges = src.institution.filter(pl.col("institution_type") == COMMUNITY_COLLEGE)
    regions = src.place_regions.join(
        colleges.select(place_id="institution_id"), on="place_id", how="semi"
    )
    where = ["region_scheme", "region_id"]
    counted = (
        with_aid(successes(src), aid(src))
        .join(regions, left_on="institution_id", right_on="place_id")
        .group_by("region_id", "year", "measure_code")
        .agg(
            success_count=pl.len().cast(pl.Int64),
            pell_count=pl.col("has_pell").sum().cast(pl.Int64),
            promise_count=(pl.col("has_promise") & ~pl.col("has_pell")).sum().cast(pl.Int64),
        )
    )
    years = pl.DataFrame({"year": range(first, last + 1)}, schema={"year": pl.Int32})
    every = regions.select(where).unique().join(years, how="cross").join(points(), how="cross")
    counts = ["success_count", "pell_count", "promise_count"]
    filled = every.join(counted, on=["region_id", "year", "measure_code"], how="left").with_columns(
        pl.col(counts).fill_null(0)
    )
    complete = complete_rows(filled, "measure_code", READS, src, exits="living_wage")
    return averaged(with_points(filled.with_columns(is_complete=complete))).select(
        academic_year=year_label(pl.col("year")),
        region_scheme="region_scheme",
        region_id="region_id",
        measure_code="measure_code",
        measure_name="measure_name",
        success_count="success_count",
        pell_count="pell_count",
        promise_count="promise_count",
        points_per_success="worth",
        points="points",
        three_year_average_count="average_count",
        three_year_average_points="average_points",
        is_complete="is_complete",
        points_vintage="vintage",
        points_source="source",
        is_illustration=pl.lit(True),
    )


def points() -> pl.DataFrame:
    """Return the measures that the feeds carry: what each is worth, and its premiums."""
    return (
        read_seed("scff_points")
        .filter(pl.col("is_carried") == "true")
        .select(
            "measure_code",
            "measure_name",
            "vintage",
            "source",
            worth=pl.col("points").cast(pl.Float64),
            pell=pl.col("pell_premium_factor").cast(pl.Float64),
            promise=pl.col("promise_premium_factor").cast(pl.Float64),
        )
    )


def with_points(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the counts with their points: of each success, and of the aid its students had."""
    c = pl.col
    paid = c("success_count") + c("pell") * c("pell_count") + c("promise") * c("promise_count")
    return counted.with_columns(points=c("worth") * paid)


def averaged(counted: pl.DataFrame) -> pl.DataFrame:
    """Return the counts with means over the year and the two before, if all three are there.

    Args:
        counted: `region_id, measure_code, year, success_count, points`, without gaps in years.
    """
    keys = ["region_id", "measure_code"]
    averages = counted
    for back in (1, 2):
        averages = averages.join(
            counted.select(
                *keys,
                pl.col("year") + back,
                pl.col("success_count").alias(f"count_{back}"),
                pl.col("points").alias(f"points_{back}"),
            ),
            on=[*keys, "year"],
            how="left",
        )
    # A sum with a null is null: no average before the third year.
    return averages.with_columns(
        average_count=(pl.col("success_count") + pl.col("count_1") + pl.col("count_2")) / 3,
        average_points=(pl.col("points") + pl.col("points_1") + pl.col("points_2")) / 3,
    )


def successes(src: Sources) -> pl.DataFrame:
    """Return one row per person, year and measure in which they succeeded, with its college."""
    units = college_year(src).filter(
        (pl.col("dimension") == "all") & (pl.col("district_units") >= CTE_UNITS)
    )
    left = exiter(src).filter(
        (pl.col("dimension") == "all") & (4 * pl.col("autumn_1") >= pl.col("living_wage_usd"))
    )
    columns = [*PERSON_YEAR, "institution_id", "measure_code"]
    return pl.concat(
        [
            highest_awards(awards(src)),
            transfers(terms(src)),
            units.with_columns(measure_code=pl.lit("nine_cte_units")).select(columns),
            left.with_columns(measure_code=pl.lit("living_wage")).select(columns),
        ]
    )


def highest_awards(earned: pl.DataFrame) -> pl.DataFrame:
    """Return the highest community college award of each person and year.

    Of equal ones the latest counts, then that of the lower issuer and award id.
    """
    kind = pl.col("award_type").replace_strict(MEASURE_OF_AWARD, default=None)
    units = pl.col("award_type").replace_strict(
        {"M": 1, "T": 2, "F": 3}, default=0, return_dtype=pl.Int32
    )
    rank = pl.col("measure_code").replace_strict({m: i for i, m in enumerate(HIGHEST_FIRST)})
    return (
        earned.filter(pl.col("institution_type") == COMMUNITY_COLLEGE)
        .with_columns(measure_code=kind)
        .drop_nulls("measure_code")
        .with_columns(rank=rank, units=units)
        .sort(
            "rank",
            "units",
            "day",
            "institution_id",
            "award_id",
            descending=[False, True, True, False, False],
        )
        .unique(PERSON_YEAR, keep="first", maintain_order=True)
        .select(*PERSON_YEAR, "institution_id", "measure_code")
    )


def transfers(ordinary: pl.DataFrame) -> pl.DataFrame:
    """Return who earned 12 units in a district in the year and was at a university in the next.

    The district is that of the home college, where most units were attempted in the year.
    """
    local = ordinary.filter(pl.col("institution_type") == COMMUNITY_COLLEGE)
    home = (
        local.group_by(*PERSON_YEAR, "institution_id", "district_id")
        .agg(pl.col("units_attempted").sum().round(6))
        .sort("units_attempted", "institution_id", descending=[True, False])
        .unique(PERSON_YEAR, keep="first", maintain_order=True)
    )
    in_district = local.group_by(*PERSON_YEAR, "district_id").agg(
        pl.col("units_earned").sum().round(6)
    )
    university = ordinary.filter(pl.col("institution_type") == UNIVERSITY)
    there = university.select("person_id", year=pl.col("year") - 1).unique()
    return (
        home.join(in_district, on=[*PERSON_YEAR, "district_id"])
        .filter(pl.col("units_earned") >= TRANSFER_UNITS)
        .join(there, on=PERSON_YEAR, how="semi")
        .select(*PERSON_YEAR, "institution_id", measure_code=pl.lit("transfer"))
    )


def aid(src: Sources) -> pl.DataFrame:
    """Return the aid that each person had in community college terms of a year."""
    local = terms(src).filter(pl.col("institution_type") == COMMUNITY_COLLEGE)
    status = pl.col("aid_status_code")
    return local.group_by(PERSON_YEAR).agg(
        has_pell=(status == "PELL").any(), has_promise=(status == "PROMISE").any()
    )


def with_aid(succeeded: pl.DataFrame, had: pl.DataFrame) -> pl.DataFrame:
    """Return the successes with their aid; what is not known is none."""
    return succeeded.join(had, on=PERSON_YEAR, how="left").with_columns(
        pl.col("has_pell", "has_promise").fill_null(False)
    )
