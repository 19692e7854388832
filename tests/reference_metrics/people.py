"""What is known about each person: who they are, their high school, their college exits, wages.

Every function takes accepted rows (with `person_id`) and returns one frame with a stated grain.
Which of these people a metric counts is decided in `populations`, not here.
"""

import polars as pl

from .sources import Sources, quarter_of

FLAGS = {
    "economically_disadvantaged": "is_economically_disadvantaged",
    "english_learner": "is_english_learner",
    "disability": "has_disability",
    "foster": "is_foster",
    "homeless": "is_homeless",
}
COMPLETION_CODES = ("100", "250", "320", "330")
#: Died, or went where this state's schools cannot see: they leave the cohort.
REMOVING_EXITS = ("E130", "T180", "T200", "T240", "T370", "T460")
PASSING_CAPSTONE = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-")
SPECIAL_ADMIT = "10000"
HOURS_FLOOR = 300


def person_groups(src: Sources) -> pl.DataFrame:
    """Return one row per person and group they belong to: `person_id, group_type, group_code`.

    Race/ethnicity and gender are as high school last reported them, else as college last did.
    """
    school = src.feeds["k12_enrollment"]
    college = src.feeds["college_enrollment"]
    school_order = ["year", "enrollment_entry_date", "submitter", "row_number"]
    identity = ["person_id", "gender_code", "race_ethnicity_code"]
    by_school = _last_row(school, school_order).select(identity)
    by_college = _last_row(college, ["term_start", "submitter", "row_number"]).select(identity)
    everyone = pl.concat([f.select("person_id") for f in src.feeds.values()]).unique()
    known = pl.concat([by_school, by_college.join(by_school, on="person_id", how="anti")])
    ever = school.group_by("person_id").agg(pl.col(c).any() for c in FLAGS.values())
    people = (
        everyone.join(known, on="person_id", how="left")
        .join(ever, on="person_id", how="left")
        .with_columns(
            pl.col("gender_code").fill_null("Z"),
            pl.col("race_ethnicity_code").fill_null("RD"),
            *(pl.col(c).fill_null(False) for c in FLAGS.values()),
        )
    )
    yes_no = {True: "yes", False: "no"}
    codes = {
        "all": pl.lit("all"),
        "race_ethnicity": pl.col("race_ethnicity_code"),
        "gender": pl.col("gender_code"),
        "race_gender": pl.format("{}-{}", "race_ethnicity_code", "gender_code"),
        **{t: pl.col(c).replace_strict(yes_no, return_dtype=pl.String) for t, c in FLAGS.items()},
    }
    return pl.concat(
        people.select("person_id", group_type=pl.lit(group_type), group_code=code)
        for group_type, code in codes.items()
    )


def certain_people(src: Sources) -> pl.DataFrame:
    """Return `person_id` of everybody none of whose records hangs on a name."""
    found = pl.concat([f.select("person_id", "match_method") for f in src.feeds.values()])
    by_name = found.filter(pl.col("match_method").is_in(["probabilistic", "name_birth_date"]))
    return found.select("person_id").unique().join(by_name, on="person_id", how="anti")


def expected_cohort(school: pl.DataFrame) -> pl.DataFrame:
    """Return one row per person with a primary enrolment, and how that enrolment ended.

    Columns: `person_id, expected_year` (the first primary row's year plus the grades still to
    go), `final_year, institution_id, is_removed` (of the final spell).
    """
    primary = school.filter(pl.col("enrollment_status_code") == "10")
    first = _first_row(primary, ["enrollment_entry_date", "grade_level"])
    final = _last_row(primary, ["enrollment_entry_date", "submitter", "row_number"])
    return first.select(
        "person_id", expected_year=pl.col("year") + 12 - pl.col("grade_level").cast(pl.Int32)
    ).join(
        final.select(
            "person_id",
            institution_id="school_id",
            final_year="year",
            is_removed=pl.col("exit_code").is_in(REMOVING_EXITS).fill_null(False),
        ),
        on="person_id",
    )


def first_completion(school: pl.DataFrame, codes: tuple[str, ...]) -> pl.DataFrame:
    """Return each person's earliest row with one of the completion codes.

    Columns: `person_id, year, done_date, institution_id` (the school that reported it).
    """
    done = school.filter(pl.col("completion_status_code").is_in(codes))
    order = ["enrollment_exit_date", "submitter", "row_number"]
    return _first_row(done, order).select(
        "person_id", "year", institution_id="school_id", done_date="enrollment_exit_date"
    )


def pathway_progress(src: Sources, horizon: pl.DataFrame) -> pl.DataFrame:
    """Return one row per person and pathway, with what they did in it up to their horizon.

    Args:
        src: The sources.
        horizon: `person_id, year`: the last academic year that counts for this person.

    Returns:
        `person_id, pathway_code, sector_code` (null when the pathway has none), `courses`,
        `is_concentrator, completed_v1, completed_v2`.
    """
    finished = pl.col("pathway_completion_academic_year").is_not_null() & pl.col(
        "capstone_grade"
    ).is_in(PASSING_CAPSTONE).fill_null(False)
    return (
        src.feeds["k12_pathway"]
        .join(horizon.select("person_id", last_year="year"), on="person_id")
        .filter(pl.col("year") <= pl.col("last_year"))
        .group_by("person_id", "pathway_code")
        .agg(
            courses=pl.col("courses_completed").sum(),
            # Rounded so that hours that add up to 300.0 are not 299.99999999999994.
            hours=pl.col("pathway_hours").sum().round(6),
            finished=finished.any(),
        )
        .with_columns(sector_prefix=pl.col("pathway_code").str.head(2))
        .join(src.pathway_sector, on="sector_prefix", how="left")
        .with_columns(is_concentrator=pl.col("courses") >= 2)
        .with_columns(completed_v2=pl.col("is_concentrator") & pl.col("finished"))
        .with_columns(completed_v1=pl.col("completed_v2") & (pl.col("hours") >= HOURS_FLOOR))
    )


def participant_sectors(progress: pl.DataFrame) -> pl.DataFrame:
    """Return `person_id, sector_code` where at least one course of the sector was completed."""
    took_a_course = progress.filter(pl.col("courses") > 0)
    return took_a_course.select("person_id", "sector_code").drop_nulls().unique()


def concentrator_sectors(progress: pl.DataFrame) -> pl.DataFrame:
    """Return `person_id, sector_code` where two courses of one of its pathways were completed."""
    deep = progress.filter("is_concentrator")
    return deep.select("person_id", "sector_code").drop_nulls().unique()


def program_sector(src: Sources, taxonomy: str, code: pl.Expr) -> pl.Expr:
    """Return the sector of a program code by the seed table: TOP by four digits, CIP by two."""
    rows = src.program_sector.filter(pl.col("taxonomy") == taxonomy)
    sectors = dict(rows.select("program_code", "sector_code").iter_rows())
    digits = {"TOP": 4, "CIP": 2}[taxonomy]
    return code.str.head(digits).replace_strict(sectors, default=None, return_dtype=pl.String)


def awards(src: Sources) -> pl.DataFrame:
    """Return every credential of a person: `person_id, award_date, sector_code`."""
    top = program_sector(src, "TOP", pl.col("program_top_code"))
    cip = program_sector(src, "CIP", pl.col("cip_code"))
    return src.feeds["credential"].select(
        "person_id", "award_date", sector_code=pl.coalesce(top, cip)
    )


def college_starts(src: Sources) -> pl.DataFrame:
    """Return the start of every term in which a person was a regular college student."""
    return _general_admits(src).select("person_id", day="term_start")


def cte_exits(src: Sources) -> pl.DataFrame:
    """Return one row per person and exit year whose last program belongs to a CTE sector.

    A person exits in a year when enrolled in it and in no college in the next, which must itself
    have been reported. Columns: `person_id, year, institution_id, sector_code, exit_quarter`.
    """
    terms = _general_admits(src)
    reported = src.period_ends.get("college_enrollment")
    last_reported = reported[1].year - 1 if reported else 0
    came_back = terms.select("person_id", year=pl.col("year") - 1).unique()
    last_years = terms.join(came_back, on=["person_id", "year"], how="anti").filter(
        pl.col("year") < last_reported
    )
    order = ["term_end", "institution_id", "submitter", "row_number"]
    return (
        last_years.sort(order)
        .group_by("person_id", "year", maintain_order=True)
        .agg(
            pl.col("institution_id", "term_end").last(),
            # The last term's program, else the one declared most recently in that year.
            top=pl.col("program_top_code").drop_nulls().last(),
        )
        .with_columns(
            sector_code=program_sector(src, "TOP", pl.col("top")),
            exit_quarter=quarter_of("term_end"),
        )
        .drop_nulls("sector_code")
        .drop("term_end", "top")
    )


def matchable_people(src: Sources) -> pl.DataFrame:
    """Return `person_id` of everyone a college or issuer reported with a Social Security number."""
    feeds = ("college_enrollment", "dual_enrollment", "credential")
    with_number = [src.feeds[f].filter("has_ssn").select("person_id") for f in feeds]
    return pl.concat(with_number).unique()


def quarterly_wages(src: Sources) -> pl.DataFrame:
    """Return one row per person and quarter with their wages over all employers, in dollars."""
    return (
        src.feeds["wage"]
        .group_by("person_id", "quarter")
        .agg(wages=pl.col("quarterly_wages_usd").cast(pl.Float64).sum())
    )


def primary_county(src: Sources, quarter: str) -> pl.DataFrame:
    """Return `person_id`, the quarter and `work_county_fips`: where the employer who paid most is.

    Args:
        src: The sources.
        quarter: What to call the quarter's column.
    """
    employers = (
        src.feeds["wage"]
        .group_by("person_id", "quarter", "employer_account")
        .agg(pl.col("quarterly_wages_usd").sum(), pl.col("county_fips").max())
        .sort("quarterly_wages_usd", "employer_account", descending=[True, False])
    )
    primary = employers.unique(["person_id", "quarter"], keep="first", maintain_order=True)
    return primary.select(
        "person_id", pl.col("quarter").alias(quarter), work_county_fips="county_fips"
    )


def ever_in_ccap(src: Sources) -> pl.DataFrame:
    """Return the lens `ccap` of everybody who took dual enrollment: ever under it, or never."""
    ever = src.feeds["dual_enrollment"].group_by("person_id").agg(pl.col("is_ccap").any())
    code = pl.when("is_ccap").then(pl.lit("yes")).otherwise(pl.lit("no"))
    return ever.select("person_id", lens_type=pl.lit("ccap"), lens_code=code)


def _general_admits(src: Sources) -> pl.DataFrame:
    regular = pl.col("education_status_code") != SPECIAL_ADMIT
    return src.feeds["college_enrollment"].filter(regular)


def _last_row(rows: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    return rows.sort(order).unique("person_id", keep="last", maintain_order=True)


def _first_row(rows: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    return rows.sort(order).unique("person_id", keep="first", maintain_order=True)
