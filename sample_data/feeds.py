"""Lives as agencies report them: every feed's rows in its delivered columns, as text.

Lives here: `LAYOUTS`, the columns of each feed, and the reporting of lives through them. Does not:
dirt, files. A reported frame has the feed's columns and `_period`, `_submitter`, `_person`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data import identity, work
from sample_data.control import Control, stream
from sample_data.high_school import DUAL_GRADES
from sample_data.world import COUNTIES, GENERAL_TOP, NAICS, SECTORS, World

LAYOUTS: dict[str, tuple[str, ...]] = {
    "institution": (
        "academic_year", "institution_id", "institution_name", "institution_type_code",
        "parent_institution_id", "county_fips", "microregion",
    ),
    "k12_enrollment": (
        "academic_year", "district_id", "school_id", "state_student_id", "local_student_id",
        "first_name", "last_name", "birth_date", "gender_code", "race_ethnicity_code",
        "grade_level", "enrollment_status_code", "enrollment_entry_date", "enrollment_exit_date",
        "exit_code", "completion_status_code", "is_economically_disadvantaged",
        "is_english_learner", "has_disability", "is_foster", "is_homeless",
    ),
    "k12_pathway": (
        "academic_year", "district_id", "school_id", "state_student_id", "local_student_id",
        "pathway_code", "courses_completed", "pathway_hours", "capstone_grade",
        "pathway_completion_academic_year", "industry_certification_name",
    ),
    "work_based_learning": (
        "academic_year", "district_id", "school_id", "state_student_id", "local_student_id",
        "wbl_type_code", "opportunity_id", "wbl_hours", "employer_naics_sector",
    ),
    "dual_enrollment": (
        "academic_year", "institution_id", "local_student_id", "state_student_id", "ssn",
        "first_name", "last_name", "birth_date", "gender_code", "term_id", "course_id",
        "section_id", "top_code", "credit_status_code", "units_attempted", "units_earned",
        "grade_code", "is_ccap", "ccap_agreement_id",
    ),
    "college_enrollment": (
        "academic_year", "institution_id", "local_student_id", "state_student_id", "ssn",
        "first_name", "last_name", "birth_date", "gender_code", "race_ethnicity_code", "term_id",
        "education_status_code", "student_goal_code", "program_top_code", "units_attempted",
        "units_earned", "aid_status_code",
    ),
    "credential": (
        "academic_year", "institution_id", "award_id", "local_student_id", "state_student_id",
        "ssn", "first_name", "last_name", "birth_date", "award_type_code", "award_date",
        "program_top_code", "cip_code", "award_units", "credential_title",
    ),
    "wage": (
        "quarter", "ssn", "first_name", "last_name", "employer_account", "quarterly_wages_usd",
        "naics_code", "county_fips",
    ),
}  # fmt: skip

_HIDDEN = ("_period", "_submitter", "_person")
WAGE_SUBMITTER = "workforce_agency"
REGISTRY_SUBMITTER = "state_registry"


@dataclass
class State:
    """Everything that happened: people over all cohorts, and their events by `person`."""

    people: pl.DataFrame
    spells: pl.DataFrame
    pathways: pl.DataFrame
    opportunities: pl.DataFrame
    sections: pl.DataFrame
    terms: pl.DataFrame
    awards: pl.DataFrame
    wages: pl.DataFrame


def report(control: Control, world: World, state: State) -> dict[str, pl.DataFrame]:
    """Return what agencies deliver, clean, by feed."""
    districts = _district_registrations(control, world, state)
    colleges = _college_registrations(control, state)
    reporters: dict[str, Callable[[], pl.DataFrame]] = {
        "institution": lambda: _institution(control, world),
        "k12_enrollment": lambda: _k12_enrollment(world, state, districts),
        "k12_pathway": lambda: _k12_pathway(world, state, districts),
        "work_based_learning": lambda: _work_based_learning(world, state, districts),
        "dual_enrollment": lambda: _dual_enrollment(world, state, colleges),
        "college_enrollment": lambda: _college_enrollment(control, world, state, colleges),
        "credential": lambda: _credential(world, state, colleges),
        "wage": lambda: _wage(control, state),
    }
    return {name: _delivered(name, reporter()) for name, reporter in reporters.items()}


def _delivered(feed: str, rows: pl.DataFrame) -> pl.DataFrame:
    columns = LAYOUTS[feed]
    texts = rows.select(
        *(pl.col(c).cast(pl.String) for c in columns), *(pl.col(c) for c in _HIDDEN)
    )
    empty_to_null = (
        pl.when(pl.col(c) == "").then(None).otherwise(pl.col(c)).alias(c) for c in columns
    )
    return texts.with_columns(*empty_to_null).sort("_period", "_submitter", maintain_order=True)


def academic_year(start: pl.Expr) -> pl.Expr:
    """Return academic years written like 2023-24 from the years they start in."""
    end = ((start + 1) % 100).cast(pl.String).str.zfill(2)
    return pl.format("{}-{}", start, end)


def _code(values: np.ndarray | list[str] | tuple[str, ...], row: str) -> pl.Expr:
    texts = pl.Series(list(values), dtype=pl.String)
    return pl.lit(texts).gather(pl.col(row))


def _flag(column: str) -> pl.Expr:
    return pl.when(pl.col(column)).then(pl.lit("Y")).otherwise(pl.lit("N"))


def _term(year: str, season: str) -> pl.Expr:
    calendar = pl.col(year) + pl.col(season).is_in(["WI", "SP"]).cast(pl.Int64)
    return pl.format("{}{}", calendar, pl.col(season))


def _district_registrations(control: Control, world: World, state: State) -> pl.DataFrame:
    pairs = (
        state.spells.select("person", district=_district(world))
        .unique()
        .sort("person", "district")
        .join(state.people.select("person", "first_name", "last_name"), on="person")
        .sort("person", "district")
    )
    return identity.district_registrations(control, pairs)


def _district(world: World) -> pl.Expr:
    return pl.lit(pl.Series(world.school_district)).gather(pl.col("school"))


def _college_registrations(control: Control, state: State) -> pl.DataFrame:
    known = ("first_name", "last_name", "birth_date", "ssn", "state_student_id", "gender", "race")
    pairs = (
        pl.concat(
            [
                state.sections.select("person", "college"),
                state.terms.select("person", "college"),
                state.awards.select("person", college="issuer"),
            ]
        )
        .unique()
        .join(state.people.select("person", *known), on="person")
        .with_columns(
            has_two_surnames=(pl.col("race") == "RH") & pl.col("last_name").str.contains(" ")
        )
        .sort("person", "college")
    )
    return identity.college_registrations(control, pairs)


def _at_school(world: World, rows: pl.DataFrame, districts: pl.DataFrame, state: State,
               registered: tuple[str, ...] = ("local_student_id",)) -> pl.DataFrame:  # fmt: skip
    """Return K-12 rows with the columns they share."""
    rows = rows.with_columns(district=_district(world)).join(
        districts.select("person", "district", *registered),
        on=["person", "district"],
        how="left",
        maintain_order="left",
    )
    rows = rows.join(
        state.people.select("person", "state_student_id"),
        on="person",
        how="left",
        maintain_order="left",
    )
    rows = rows.with_columns(
        academic_year=academic_year(pl.col("year")),
        district_id=_code(world.district_ids, "district"),
        school_id=_code(world.school_ids, "school"),
        _person=pl.col("person"),
    )
    return rows.with_columns(_period=pl.col("academic_year"), _submitter=pl.col("district_id"))


def _institution(control: Control, world: World) -> pl.DataFrame:
    years = pl.DataFrame(
        {"year": list(range(control.first_ninth_grade_year, control.last_academic_year + 1))}
    )
    return years.join(world.institutions, how="cross").with_columns(
        academic_year=academic_year(pl.col("year")),
        _period=academic_year(pl.col("year")),
        _submitter=pl.lit(REGISTRY_SUBMITTER),
        _person=pl.lit(None, dtype=pl.Int64),
    )


def _k12_enrollment(world: World, state: State, districts: pl.DataFrame) -> pl.DataFrame:
    names = ("local_student_id", "first_name", "last_name")
    rows = _at_school(world, state.spells, districts, state, names)
    flags = ("is_economically_disadvantaged", "is_english_learner", "has_disability", "is_foster",
             "is_homeless")  # fmt: skip
    rows = rows.join(
        state.people.select("person", "birth_date", "gender", "race", *flags),
        on="person",
        how="left",
        maintain_order="left",
    )
    return rows.with_columns(
        *(_flag(flag).alias(flag) for flag in flags),
        gender_code=pl.col("gender"),
        race_ethnicity_code=pl.col("race"),
        grade_level=pl.col("grade"),
        enrollment_status_code=pl.col("status"),
        enrollment_entry_date=pl.col("entry_date"),
        enrollment_exit_date=pl.col("exit_date"),
        completion_status_code=pl.col("completion"),
    )


def _k12_pathway(world: World, state: State, districts: pl.DataFrame) -> pl.DataFrame:
    title = pl.lit(pl.Series([s.titles[v] for s in SECTORS for v in (0, 1)]))
    rows = _at_school(world, state.pathways, districts, state)
    return rows.with_columns(
        pathway_code=_code(world.pathway_codes, "pathway"),
        courses_completed=pl.col("courses"),
        pathway_hours=pl.col("hours"),
        capstone_grade=pl.col("capstone"),
        pathway_completion_academic_year=pl.when("is_complete").then("academic_year"),
        industry_certification_name=pl.when("is_certified").then(
            pl.format("{} Certification", title.gather(pl.col("pathway")))
        ),
    )


def _work_based_learning(world: World, state: State, districts: pl.DataFrame) -> pl.DataFrame:
    rows = _at_school(world, state.opportunities, districts, state)
    own = [naics_sector(SECTORS[s].naics[0]) for s in world.pathway_sector.tolist()]
    # Students in transition programmes work in shops and kitchens.
    sector = (
        pl.when(pl.col("pathway") >= 0)
        .then(_code(own, "_pathway_or_first"))
        .when(pl.col("number") % 2 == 0)
        .then(pl.lit("44-45"))
        .otherwise(pl.lit("72"))
    )
    return rows.with_columns(_pathway_or_first=pl.col("pathway").clip(0)).with_columns(
        wbl_type_code=pl.col("kind"),
        opportunity_id=pl.format("WBL-{}", pl.col("number")),
        wbl_hours=pl.col("hours"),
        employer_naics_sector=pl.when("has_employer").then(sector),
    )


def naics_sector(naics: str) -> str:
    """Return the NAICS sector of a six-digit code: 332710 gives 31-33."""
    ranges = {"31": "31-33", "32": "31-33", "33": "31-33", "44": "44-45", "45": "44-45",
              "48": "48-49", "49": "48-49"}  # fmt: skip
    return ranges.get(naics[:2], naics[:2])


def _at_college(world: World, rows: pl.DataFrame, colleges: pl.DataFrame) -> pl.DataFrame:
    """Return college rows with the columns they share; ssn and state id stay to be chosen."""
    rows = rows.join(colleges, on=["person", "college"], how="left", maintain_order="left")
    return rows.with_columns(
        institution_id=_code(world.college_ids, "college"),
        academic_year=academic_year(pl.col("year")),
        gender_code=pl.col("gender"),
        _person=pl.col("person"),
    ).with_columns(_period=pl.col("academic_year"), _submitter=pl.col("institution_id"))


def _dual_enrollment(world: World, state: State, colleges: pl.DataFrame) -> pl.DataFrame:
    tops = pl.Series([top for s in SECTORS for top in s.top])
    rows = _at_college(world, state.sections, colleges)
    rows = rows.with_columns(
        term_id=_term("year", "season"),
        grade_code=_code(DUAL_GRADES, "grade"),
        top_code=pl.when("is_career")
        .then(pl.lit(tops).gather(pl.col("sector") * 2 + pl.col("variant")))
        .otherwise(_code(GENERAL_TOP, "general")),
    )
    return rows.with_columns(
        ssn=pl.when("has_dual_ssn").then("ssn"),
        state_student_id=pl.when("has_dual_state_id").then("state_student_id"),
        course_id=pl.format("C{}{}", pl.col("top_code").str.slice(0, 4), pl.col("variant") + 1),
        section_id=pl.col("number"),
        credit_status_code=pl.col("credit"),
        units_attempted=pl.when(pl.col("credit") == "N").then(0.0).otherwise("units"),
        units_earned=pl.when(
            pl.col("grade_code").is_in(["F", "NP", "W", "EW", "IP", "RD"])
            | (pl.col("credit") == "N")
        )
        .then(0.0)
        .otherwise("units"),
        ccap_agreement_id=pl.when("is_ccap").then(pl.format("CCAP-{}", pl.col("institution_id"))),
        is_ccap=_flag("is_ccap"),
    )


def _college_enrollment(
    control: Control, world: World, state: State, colleges: pl.DataFrame
) -> pl.DataFrame:
    rng = stream(control, "college reporting")
    tops = pl.Series([s.top[v % 2] for s in SECTORS for v in range(4)] + list(GENERAL_TOP))
    sector = pl.when(pl.col("sector") >= 0).then("sector").otherwise(len(SECTORS))
    rows = _at_college(world, state.terms, colleges)
    declines = pl.Series(rng.random(len(rows)) < 0.03)
    return rows.with_columns(
        state_student_id=pl.when("has_state_id").then("state_student_id"),
        race_ethnicity_code=pl.when(declines).then(pl.lit("RD")).otherwise("race"),
        term_id=_term("year", "season"),
        # SB11: 3 high-school diploma, then its year; 2 stands for other adults.
        education_status_code=pl.when(pl.col("completion_year") > 0)
        .then(pl.format("3{}", pl.col("completion_year")))
        .otherwise(pl.lit("20000")),
        student_goal_code=pl.col("goal"),
        program_top_code=pl.when(pl.col("is_declared") & ~pl.col("is_university")).then(
            pl.lit(tops).gather(sector * 4 + pl.col("variant"))
        ),
        aid_status_code=pl.col("aid"),
    )


def _credential(world: World, state: State, colleges: pl.DataFrame) -> pl.DataFrame:
    year = pl.col("award_date").dt.year() - (pl.col("award_date").dt.month() < 7).cast(pl.Int32)
    rows = state.awards.with_columns(college=pl.col("issuer"), year=year.cast(pl.Int64))
    rows = _at_college(world, rows, colleges).sort("_period", "_submitter", "person", "award_date")
    running = pl.int_range(pl.len()).over("_submitter") + 1
    return rows.with_columns(
        state_student_id=pl.when("has_state_id").then("state_student_id"),
        award_id=pl.format("AW{}", running.cast(pl.String).str.zfill(7)),
        award_type_code=pl.col("kind"),
        program_top_code=pl.col("top"),
        cip_code=pl.col("cip"),
        award_units=pl.col("units").fill_nan(None),
        credential_title=pl.col("title"),
    )


def _wage(control: Control, state: State) -> pl.DataFrame:
    names = identity.employee_names(control, state.people)
    jobs = state.wages.select("person", "job").unique().sort("person", "job")
    jobs = jobs.join(state.people.select("person", "ssn"), on="person").sort("person", "job")
    jobs = jobs.with_columns(ssn=identity.mistype_some(control, jobs["ssn"]))
    rows = state.wages.join(jobs, on=["person", "job"], how="left", maintain_order="left").join(
        names, on="person", how="left", maintain_order="left"
    )
    per_cell = work.employers_per_cell(control)
    cells = len(COUNTIES) * len(NAICS) * per_cell
    # Account numbers are scattered over the 8 digits, as an agency's would be.
    step = 90_000_000 // cells
    cell = (pl.col("county") * len(NAICS) + pl.col("naics")) * per_cell + pl.col("employer")
    rng = stream(control, "wage reporting")
    known = pl.Series(rng.random(cells) >= 0.05)
    rows = rows.with_columns(_cell=cell, _year=control.first_wage_year + pl.col("quarter") // 4)
    rows = rows.with_columns(
        employer_account=10_000_000 + (pl.col("_cell") * 7_919 % cells) * step,
        quarterly_wages_usd=pl.col("wages"),
        naics_code=_code(NAICS, "naics"),
        county_fips=pl.when(pl.lit(known).gather(pl.col("_cell"))).then(
            _code([c.fips for c in COUNTIES], "county")
        ),
        first_name=pl.col("first"),
        last_name=pl.when(pl.col("quarter") >= pl.col("change_quarter"))
        .then("changed_last")
        .otherwise("last"),
        quarter=pl.format("{}Q{}", pl.col("_year"), pl.col("quarter") % 4 + 1),
        _submitter=pl.lit(WAGE_SUBMITTER),
        _person=pl.col("person"),
    )
    rows = rows.unique(["quarter", "ssn", "employer_account"], keep="first", maintain_order=True)
    # Employers file in their own order: the file is by account, not by person.
    return rows.with_columns(_period=pl.col("quarter")).sort(
        "_period", "employer_account", "ssn", maintain_order=True
    )
