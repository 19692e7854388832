"""Students in high school, graduates on their way on, and special admits: cohorts and rules.

A cohort has one row per person, cohort year and dimension ('all' and further ones): `person_id,
year, institution_id, dimension, dimension_value`, and the dates, flags and amounts that its rules
read. Splitting members by place and group, and counting them, is the work of `cells`.
"""

import polars as pl

from tests.reference.base.people import (
    COMMUNITY_COLLEGE,
    awards,
    by_sector,
    expected_cohort,
    first_after,
    first_completion,
    first_term_after,
    last_enrollment,
    pathway_flags,
    pathway_progress,
    sections,
    terms,
    took_part_in,
    under_dimensions,
)
from tests.reference.base.sources import Sources, quarter_of
from tests.reference.base.wages import enrolled_in_quarter, quarterly_wages, wages_at, with_coverage

DIPLOMA = ("100",)
OTHER_COMPLETIONS = ("250", "320", "330")
CERTIFICATE = ("120",)
BACHELOR = ("Y", "Z", "B")
DEGREE = ("A", "S", *BACHELOR)
PERSON, PERSON_YEAR = ["person_id"], ["person_id", "year"]
WBL_TYPES = {
    "internship": ("10",),
    "student_led_enterprise": ("15",),
    "simulation": ("20",),
    "pre_apprenticeship": ("25", "30"),
    "job_program": ("35", "40", "45", "50"),
    "transition": ("60", "65"),
}


def student_year(src: Sources) -> pl.DataFrame:
    """Return everybody enrolled in high school in a year, at one home school."""
    home = last_enrollment(src.feeds["k12_enrollment"], PERSON_YEAR)
    people = home.select(*PERSON_YEAR, institution_id="school_id")
    grade = home.select(*PERSON_YEAR, grade_level=pl.col("grade_level").cast(pl.String))
    progress = pathway_progress(src, people).with_columns(
        took_course=pl.col("courses_in_year") > 0,
        completed_v2=pl.col("is_concentrator") & pl.col("finished_in_year"),
        completed_ever=pl.col("completed_v2"),
    )
    progress = progress.with_columns(
        completed_v1=pl.col("completed_v2") & (pl.col("hours") >= 300)
    ).select(
        *PERSON_YEAR,
        "sector_code",
        "courses_in_year",
        "is_concentrator",
        "completed_ever",
        "completed_v1",
        "completed_v2",
    )
    in_sector = progress.group_by(*PERSON_YEAR, "sector_code").agg(pl.col("courses_in_year").sum())
    active = in_sector.filter(pl.col("courses_in_year") > 0)
    work = src.feeds["work_based_learning"]
    did = {
        f"did_{name}": pl.col("wbl_type_code").is_in(codes).any()
        for name, codes in WBL_TYPES.items()
    }
    facts = [
        src.feeds["dual_enrollment"]
        .group_by(PERSON_YEAR)
        .agg(is_dual=pl.lit(True), is_ccap=pl.col("is_ccap").any()),
        work.group_by(PERSON_YEAR).agg(
            did_any=pl.lit(True), hours=pl.col("wbl_hours").sum(), **did
        ),
    ]
    for frame in facts:
        people = people.join(frame, on=PERSON_YEAR, how="left")
    by_dimension = under_dimensions(
        people,
        grade,
        active.select(*PERSON_YEAR, pathway_sector="sector_code"),
        on=PERSON_YEAR,
    )
    return by_sector(by_dimension, progress, PERSON_YEAR)


def ninth_grade_cohort(src: Sources) -> pl.DataFrame:
    """Return the adjusted cohort, removed leavers left out, in the year they should graduate."""
    school = src.feeds["k12_enrollment"]
    cohort = expected_cohort(school).filter(~pl.col("is_removed")).rename({"expected_year": "year"})
    progress = pathway_progress(src, cohort.select("person_id", year="final_year")).drop("year")
    later = (
        school.filter(pl.col("enrollment_status_code") == "10")
        .group_by(PERSON)
        .agg(last_primary_year=pl.col("year").max())
    )
    for name, codes in (
        ("graduation_date", DIPLOMA),
        ("other_completion_date", OTHER_COMPLETIONS),
        ("certificate_date", CERTIFICATE),
    ):
        done = first_completion(school, codes).select("person_id", pl.col("done_date").alias(name))
        cohort = cohort.join(done, on="person_id", how="left")
    by_dimension = under_dimensions(
        cohort.join(later, on="person_id", how="left"), took_part_in(progress)
    )
    return by_sector(by_dimension, pathway_flags(progress), PERSON)


def completer(src: Sources) -> pl.DataFrame:
    """Return high-school completers, in the year they finished."""
    school = src.feeds["k12_enrollment"]
    completers = first_completion(school, (*DIPLOMA, *OTHER_COMPLETIONS))
    progress = pathway_progress(src, completers)
    first = first_term_after(completers, terms(src))
    return under_dimensions(completers.join(first, "person_id", "left"), took_part_in(progress))


def graduate(src: Sources) -> pl.DataFrame:
    """Return high-school graduates, in the year of their diploma.

    In a sector, what they did in pathways is what they did in those of the sector.
    """
    graduates = first_completion(src.feeds["k12_enrollment"], DIPLOMA)
    progress = pathway_progress(src, graduates)
    deep = progress.filter("is_concentrator").select("person_id", "sector_code").unique()
    people = graduates
    for facts in (
        _college_after(src, graduates),
        _credit_in_school(src, graduates),
        _preparation(src, graduates),
    ):
        people = people.join(facts, on="person_id", how="left")
    people = _placed(src, with_coverage(people, src))

    after = graduates.select("person_id", "done_date").join(awards(src), on="person_id")
    same_sector = after.filter(pl.col("day") > pl.col("done_date")).join(
        deep, on=["person_id", "sector_code"], how="semi"
    )
    credit = _passed_credit(src, graduates).join(deep, on=["person_id", "sector_code"], how="semi")
    facts = pl.concat(
        [
            pathway_flags(progress),
            same_sector.select("person_id", "sector_code", first_award_of_concentration="day"),
            credit.select("person_id", "sector_code", has_credit_of_concentration=pl.lit(True)),
        ],
        how="diagonal",
    )
    return by_sector(under_dimensions(people, took_part_in(progress)), facts, PERSON)


def special_admit_cohort(src: Sources) -> pl.DataFrame:
    """Return first-time special admits, in the year they should finish high school."""
    taken = sections(src)
    cohort = expected_cohort(src.feeds["k12_enrollment"]).select("person_id", year="expected_year")
    by_college = (
        taken.group_by("person_id", "institution_id", "term_start")
        .agg(pl.col("units_attempted").sum(), pl.col("is_ccap").any(), first_year=pl.first("year"))
        .filter((pl.col("units_attempted") >= 0.5) | pl.col("is_ccap"))
        .sort("term_start", "units_attempted", "institution_id", descending=[False, True, False])
        .unique("person_id", keep="first", maintain_order=True)
    )
    people = (
        by_college.select(
            "person_id", "institution_id", "first_year", first_special_term="term_start"
        )
        .join(cohort, on="person_id")
        .filter(pl.col("first_year") <= pl.col("year"))
    )
    expected = people.select("person_id", expected="year")
    in_school = taken.join(expected, on="person_id").filter(pl.col("year") <= pl.col("expected"))
    credit = pl.col("is_passed") & pl.col("credit_status_code").is_in(["C", "D"])
    applicable = pl.col("is_passed") & (pl.col("credit_status_code") == "D")
    done = in_school.group_by("person_id").agg(
        passed_by_grade_9=(credit & (pl.col("year") <= pl.col("expected") - 3)).any(),
        units=pl.col("units_earned").filter(applicable).sum(),
        dual_colleges=pl.col("institution_id").unique(),
    )
    after = terms(src).join(expected, on="person_id").filter(pl.col("year") > pl.col("expected"))
    next_year = after.filter(pl.col("year") == pl.col("expected") + 1)
    start = expected.with_columns(done_date=pl.date(1900, 1, 1))
    return under_dimensions(
        people.join(done, on="person_id", how="left")
        .join(after.group_by("person_id").agg(college_year=pl.col("year").min()), PERSON, "left")
        .join(first_term_after(start, next_year), on="person_id", how="left")
    )


def dual_enrollment_year(src: Sources) -> pl.DataFrame:
    """Return special admits of a year, at the college where they attempted most units."""
    taken = sections(src)
    home = (
        taken.group_by(*PERSON_YEAR, "institution_id")
        .agg(pl.col("units_attempted").sum().round(6))
        .sort("units_attempted", "institution_id", descending=[True, False])
        .unique(PERSON_YEAR, keep="first", maintain_order=True)
        .drop("units_attempted")
    )
    facts = taken.select(
        *PERSON_YEAR,
        "sector_code",
        "is_ccap",
        "is_passed",
        units=pl.when("is_passed").then("units_earned").otherwise(0.0),
        is_career=pl.col("sector_code").is_not_null(),
    )
    sector = taken.select(*PERSON_YEAR, pathway_sector="sector_code")
    return by_sector(under_dimensions(home, sector, on=PERSON_YEAR), facts, PERSON_YEAR)


COHORTS = {
    p.__name__: p
    for p in (
        student_year,
        ninth_grade_cohort,
        completer,
        graduate,
        special_admit_cohort,
        dual_enrollment_year,
    )
}


def _college_after(src: Sources, graduates: pl.DataFrame) -> pl.DataFrame:
    """Return each graduate's first college, windows of enrolment, and awards of some kinds."""
    ordinary, earned = terms(src), awards(src)
    ends = graduates.select("person_id", ends_in=pl.col("year") + 1)
    overlap = ordinary.join(ends, on="person_id").filter(
        pl.col("term_end") >= pl.date(pl.col("ends_in"), 8, 15)
    )
    windows = overlap.group_by("person_id").agg(
        in_first_fall=(pl.col("term_start") <= pl.date(pl.col("ends_in"), 10, 31)).any(),
        in_first_year=(pl.col("term_start") <= pl.date(pl.col("ends_in") + 1, 8, 14)).any(),
    )
    local = ordinary.filter(pl.col("institution_type") == COMMUNITY_COLLEGE)
    first_local = first_term_after(graduates, local).select(
        "person_id", first_local_term="first_term"
    )
    started = local.join(graduates.select("person_id", "done_date"), on="person_id").filter(
        pl.col("day") > pl.col("done_date")
    )
    first_year = started.group_by("person_id").agg(first_year=pl.col("year").min())
    units = (
        started.join(first_year, on="person_id")
        .filter((pl.col("year") == pl.col("first_year")) & pl.col("sector_code").is_not_null())
        .group_by("person_id")
        .agg(first_year_cte_units=pl.col("units_earned").sum().round(6))
    )
    milestones = first_term_after(graduates, ordinary)
    is_degree, is_bachelor = (pl.col("award_type").is_in(t) for t in (DEGREE, BACHELOR))
    for facts in (
        windows,
        first_local,
        units,
        first_after(graduates, earned, "first_award"),
        first_after(graduates, earned.filter(is_degree), "first_degree"),
        first_after(graduates, earned.filter(is_bachelor), "first_bachelor"),
    ):
        milestones = milestones.join(facts, on="person_id", how="full", coalesce=True)
    return milestones


def _passed_credit(src: Sources, graduates: pl.DataFrame) -> pl.DataFrame:
    """Return the credit sections that graduates passed in high school."""
    ends = graduates.select("person_id", graduated="year")
    return (
        sections(src)
        .join(ends, on="person_id")
        .filter(
            (pl.col("year") <= pl.col("graduated"))
            & pl.col("is_passed")
            & pl.col("credit_status_code").is_in(["C", "D"])
        )
    )


def _credit_in_school(src: Sources, graduates: pl.DataFrame) -> pl.DataFrame:
    """Return the college credit of high-school years, alone and together with a pathway."""
    ends = graduates.select("person_id", graduated="year")
    in_school = src.feeds["dual_enrollment"].join(ends, on="person_id")
    in_school = in_school.filter(pl.col("year") <= pl.col("graduated"))
    dual = in_school.group_by("person_id").agg(
        is_dual=pl.lit(True), dual_colleges=pl.col("institution_id").unique()
    )
    credit = _passed_credit(src, graduates)
    years = (
        src.feeds["k12_pathway"]
        .join(ends, on="person_id")
        .filter(pl.col("year") <= pl.col("graduated"))
    )
    completed = pathway_progress(src, years).filter(
        pl.col("is_concentrator") & pl.col("finished_in_year")
    )
    other = (
        credit.select("person_id", "year", "sector_code")
        .join(completed, on="person_id", suffix="_of_pathway")
        .filter(
            ~(
                (pl.col("year") == pl.col("year_of_pathway"))
                & pl.col("sector_code").eq_missing(pl.col("sector_code_of_pathway"))
            )
        )
    )
    return dual.join(
        credit.group_by("person_id").agg(credit_sections=pl.len()), PERSON, "left"
    ).join(other.select("person_id", is_prepared_by_both=pl.lit(True)).unique(), PERSON, "left")


def _preparation(src: Sources, graduates: pl.DataFrame) -> pl.DataFrame:
    """Return who had work-based learning, a certification or any credential by graduation."""
    ends = graduates.select("person_id", "done_date", graduated="year")
    in_time = pl.col("year") <= pl.col("graduated")
    work = src.feeds["work_based_learning"].join(ends, on="person_id").filter(in_time)
    named = (
        src.feeds["k12_pathway"]
        .join(ends, on="person_id")
        .filter(in_time & pl.col("industry_certification_name").is_not_null())
    )
    earned = awards(src).join(ends, on="person_id").filter(pl.col("day") <= pl.col("done_date"))
    certified = earned.filter(pl.col("award_type") == "IC")
    frames = {
        "did_work": [work],
        "is_certified": [named, certified],
        "has_credential": [named, earned],
    }
    milestones = graduates.select("person_id")
    for name, parts in frames.items():
        who = pl.concat(p.select("person_id") for p in parts).unique()
        flagged = who.with_columns(pl.lit(True).alias(name))
        milestones = milestones.join(flagged, on="person_id", how="left")
    return milestones


def _placed(src: Sources, graduates: pl.DataFrame) -> pl.DataFrame:
    """Return graduates with wages and enrolment in the quarters that placement reads."""
    quarters, second = quarterly_wages(src), quarter_of("done_date") + 2
    people = wages_at(graduates, quarters, second, "second_quarter")
    people = wages_at(people, quarters, (pl.col("year") + 1) * 4 + 2, "summer")
    return enrolled_in_quarter(people, terms(src), second, "is_enrolled_second_quarter")
