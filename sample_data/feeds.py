"""Lives as agencies report them: every feed's rows in its delivered columns, as text.

Lives here: `LAYOUTS`, the columns of each feed, and the reporting of lives through them. Does not:
dirt, files.

A reported frame has the feed's columns and hidden ones: `_period` and `_submitter` name its file,
`_person` is the person's number (null in feeds that tell of none), `_turn` counts a person's rows.
Rows are in order of persons, so a file reads the same whatever the chunks it was lived in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data import collaboration, college, high_school, identity, work
from sample_data.collaboration import Collaboration
from sample_data.control import RACES
from sample_data.draws import Draws, day
from sample_data.fields import (
    GENERAL_TOP,
    NAICS,
    PATHWAY_CODES,
    PATHWAY_SECTOR,
    PATHWAY_TITLES,
    SECTORS,
    naics_sector,
)
from sample_data.high_school import DUAL_GRADES
from sample_data.identity import Identity
from sample_data.initiatives import INITIATIVES
from sample_data.people import FLAGS, People
from sample_data.people import draw as draw_people
from sample_data.world import World

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
    "consortium_member": (
        "academic_year", "consortium_id", "consortium_name", "microregion", "member_id",
        "member_name", "member_type_code", "member_role_code", "staff_fte", "joined_date",
        "left_date",
    ),
    "initiative_grant": (
        "academic_year", "grant_id", "grant_line", "initiative_code", "funder_name",
        "consortium_id", "institution_id", "school_id", "pathway_code", "award_amount_usd",
        "grant_start_date", "grant_end_date",
    ),
    "initiative_participation": (
        "academic_year", "institution_id", "local_student_id", "state_student_id", "ssn",
        "first_name", "last_name", "birth_date", "grant_id", "initiative_code",
        "service_type_code", "participation_start_date", "participation_end_date",
    ),
    "labor_demand": (
        "academic_year", "microregion", "soc_code", "soc_title", "naics_sector",
        "entry_education_code", "employment_count", "annual_openings", "median_hourly_wage_usd",
    ),
}  # fmt: skip


# True for the rows at the home school of the first person of a class: see `dirt`.
FIRST_OF_CLASS = "_is_first_of_class"
WAGE_SUBMITTER = "workforce_agency"
REGISTRY_SUBMITTER = "state_registry"
DEMAND_SUBMITTER = "labor_market_office"
# Feeds that tell of no person, and so are reported whole.
REFERENCE = ("institution", "consortium_member", "initiative_grant", "labor_demand")


@dataclass(frozen=True)
class Lives:
    """Everything that happens to some people."""

    joint: Collaboration
    people: People
    known: Identity
    school: high_school.HighSchool
    college: college.College
    work: work.Work

    @property
    def world(self) -> World:
        """The places they live in."""
        return self.joint.world


def live(joint: Collaboration, person: np.ndarray, seed: int | str) -> Lives:
    """Return the lives of the people with these numbers."""
    world = joint.world
    people = draw_people(world, person, seed)
    known = identity.assign(world, people)
    at_school = high_school.live(world, people)
    after = college.live(world, people, at_school)
    return Lives(joint, people, known, at_school, after, work.live(world, people, at_school, after))


def report(lives: Lives) -> Iterator[tuple[str, pl.DataFrame]]:
    """Give what agencies deliver of these lives, clean, by feed."""
    districts = _district_registrations(lives)
    colleges = _college_registrations(lives)
    reporters: dict[str, Callable[[], pl.DataFrame]] = {
        "k12_enrollment": lambda: _k12_enrollment(lives, districts),
        "k12_pathway": lambda: _k12_pathway(lives, districts),
        "work_based_learning": lambda: _work_based_learning(lives, districts),
        "dual_enrollment": lambda: _dual_enrollment(lives, colleges),
        "college_enrollment": lambda: _college_enrollment(lives, colleges),
        "credential": lambda: _credential(lives, colleges),
        "initiative_participation": lambda: _participation(lives, districts, colleges),
        "wage": lambda: _wage(lives),
    }
    for feed, reporter in reporters.items():
        yield feed, _delivered(feed, lives.people, reporter())


def reference(joint: Collaboration) -> dict[str, pl.DataFrame]:
    """Return the feeds that tell of no person, clean."""
    reporters = {
        "institution": _institution,
        "consortium_member": _consortium_member,
        "initiative_grant": _initiative_grant,
        "labor_demand": _labor_demand,
    }
    return {
        feed: _texts(feed, reporter(joint)).with_columns(
            _person=pl.lit(None, dtype=pl.Int64), _turn=pl.int_range(pl.len(), dtype=pl.Int64)
        )
        for feed, reporter in reporters.items()
    }


def _delivered(feed: str, people: People, rows: pl.DataFrame) -> pl.DataFrame:
    """Return reported rows as text, with whose they are; `person` is a row of the people."""
    row = rows["person"].to_numpy()
    # Rows are in order of persons: a person's first row is where the number changes.
    fresh = np.ones(len(row), dtype=bool)
    fresh[1:] = row[1:] != row[:-1]
    place = np.arange(len(row))
    turn = place - np.maximum.accumulate(np.where(fresh, place, 0))
    return _texts(feed, rows).with_columns(
        _person=pl.Series(people.person[row], dtype=pl.Int64), _turn=pl.Series(turn, dtype=pl.Int64)
    )


def _texts(feed: str, rows: pl.DataFrame) -> pl.DataFrame:
    columns = LAYOUTS[feed]
    texts = rows.select(
        *(pl.col(c).cast(pl.String) for c in columns),
        pl.col("_period", "_submitter").cast(pl.String),
        *(pl.col(c) for c in (FIRST_OF_CLASS,) if c in rows.columns),
    )
    return texts.with_columns(
        pl.when(pl.col(c) == "").then(None).otherwise(pl.col(c)).alias(c)
        for c in columns
        if rows.schema[c] == pl.String
    )


def academic_year(start: pl.Expr) -> pl.Expr:
    """Return academic years written like 2023-24 from the years they start in."""
    years = pl.int_range(1900, 2200, eager=True)
    names = pl.Series([f"{y}-{(y + 1) % 100:02d}" for y in years.to_list()])
    return pl.lit(names).gather(start - 1900)


def _code(values: np.ndarray | list[str] | tuple[str, ...], row: pl.Expr | str) -> pl.Expr:
    texts = pl.Series([str(value) for value in values], dtype=pl.String)
    return pl.lit(texts).gather(pl.col(row) if isinstance(row, str) else row)


def _of_person(values: np.ndarray) -> pl.Expr:
    """Return each row's value of an array with one entry a person."""
    return pl.lit(pl.Series(values)).gather(pl.col("person"))


def _flag(value: pl.Expr) -> pl.Expr:
    return pl.when(value).then(pl.lit("Y")).otherwise(pl.lit("N"))


def _term(year: str, season: str) -> pl.Expr:
    calendar = pl.col(year) + pl.col(season).is_in(["WI", "SP"]).cast(pl.Int64)
    return pl.format("{}{}", calendar, pl.col(season))


def _registered(lives: Lives, pairs: pl.DataFrame, kind: int, place: str) -> pl.DataFrame:
    """Return pairs of person and place with the names and birth date known there."""
    row, where = pairs["person"].to_numpy(), kind + pairs[place].to_numpy()
    written = identity.registrations(
        lives.world, lives.people, lives.known, row, where, pairs["year"].to_numpy()
    )
    return pairs.drop("year").with_columns(
        first_name=pl.Series(written.first, dtype=pl.String),
        last_name=pl.Series(written.last, dtype=pl.String),
        birth_date=pl.Series(written.birth_date, dtype=pl.Date),
    )


def _pairs(*events: pl.DataFrame, place: str) -> pl.DataFrame:
    """Return each person and place once, with the first year there."""
    return (
        pl.concat([e.select("person", place, "year") for e in events])
        .group_by("person", place)
        .agg(pl.col("year").min())
        .sort("person", place)
    )


def _district_registrations(lives: Lives) -> pl.DataFrame:
    world = lives.world
    spells = lives.school.spells.select("person", "year", district=_district(world))
    pairs = _registered(lives, _pairs(spells, place="district"), identity.DISTRICT, "district")
    return pairs.with_columns(
        local_student_id=identity.local_ids(
            world,
            lives.people.person[pairs["person"].to_numpy()],
            pairs["district"].to_numpy(),
            world.district_ids,
            6,
        )
    )


def _district(world: World) -> pl.Expr:
    return pl.lit(pl.Series(world.school_district)).gather(pl.col("school"))


def _college_registrations(lives: Lives) -> pl.DataFrame:
    control, world = lives.world.control, lives.world
    awards = lives.college.awards.select(
        "person", college="issuer", year=pl.col("award_date").dt.year().cast(pl.Int64)
    )
    pairs = _pairs(lives.school.sections, lives.college.terms, awards, place="college")
    pairs = _registered(lives, pairs, identity.COLLEGE, "college")
    row, at = pairs["person"].to_numpy(), pairs["college"].to_numpy()
    draw = lives.people.draws("college files").at(row, at)
    ssn = identity.registered_ssn(world, lives.people, lives.known, row, identity.COLLEGE + at)
    has_ssn = ~draw.chance("without ssn", control.ssn_missing)
    # Whoever has none on file has none as a special admit, so fewer of the others lack it.
    more = max(0.0, control.dual_ssn_missing - control.ssn_missing)
    has_dual_ssn = has_ssn & ~draw.chance("no dual ssn", more / max(1 - control.ssn_missing, 1e-9))
    person = lives.people.person[row]
    return pairs.with_columns(
        identity.plain("first_name"),
        identity.plain("last_name"),
        ssn=pl.when(pl.Series(has_ssn)).then(pl.Series(ssn)),
        state_student_id=pl.Series(lives.known.state_id[row]),
        local_student_id=identity.local_ids(world, person, at, world.college_ids, 8),
        has_dual_ssn=pl.Series(has_dual_ssn),
        has_dual_state_id=pl.Series(~draw.chance("no dual id", control.dual_state_id_missing)),
        has_state_id=pl.Series(draw.chance("state id", control.college_state_id)),
    )


def _at_school(lives: Lives, rows: pl.DataFrame, districts: pl.DataFrame,
               registered: tuple[str, ...] = ("local_student_id",)) -> pl.DataFrame:  # fmt: skip
    """Return K-12 rows with the columns they share."""
    world, people = lives.world, lives.people
    first = np.isin(people.person, world.starts)
    rows = rows.with_columns(district=_district(world)).join(
        districts.select("person", "district", *registered),
        on=["person", "district"],
        how="left",
        maintain_order="left",
    )
    rows = rows.with_columns(
        _of_person(lives.known.state_id).alias("state_student_id"),
        academic_year=academic_year(pl.col("year")),
        district_id=_code(world.district_ids, "district"),
        school_id=_code(world.school_ids, "school"),
        _is_first_of_class=_of_person(first) & (pl.col("school") == _of_person(people.school)),
    )
    return rows.with_columns(_period=pl.col("academic_year"), _submitter=pl.col("district_id"))


def _k12_enrollment(lives: Lives, districts: pl.DataFrame) -> pl.DataFrame:
    people = lives.people
    names = ("local_student_id", "first_name", "last_name", "birth_date")
    rows = _at_school(lives, lives.school.spells, districts, names)
    return rows.with_columns(
        *(_flag(_of_person(getattr(people, flag))).alias(flag) for flag in FLAGS),
        gender_code=_of_person(people.gender),
        race_ethnicity_code=_code(RACES, _of_person(people.race)),
        grade_level=pl.col("grade"),
        enrollment_status_code=pl.col("status"),
        enrollment_entry_date=pl.col("entry_date"),
        enrollment_exit_date=pl.col("exit_date"),
        completion_status_code=pl.col("completion"),
    )


def _k12_pathway(lives: Lives, districts: pl.DataFrame) -> pl.DataFrame:
    rows = _at_school(lives, lives.school.pathways, districts)
    return rows.with_columns(
        pathway_code=_code(PATHWAY_CODES, "pathway"),
        courses_completed=pl.col("courses"),
        pathway_hours=pl.col("hours"),
        capstone_grade=pl.col("capstone"),
        pathway_completion_academic_year=pl.when("is_complete").then("academic_year"),
        industry_certification_name=pl.when("is_certified").then(
            pl.format("{} Certification", _code(PATHWAY_TITLES, "pathway"))
        ),
    )


def _work_based_learning(lives: Lives, districts: pl.DataFrame) -> pl.DataFrame:
    rows = _at_school(lives, lives.school.opportunities, districts)
    own = [naics_sector(SECTORS[s].naics[0]) for s in PATHWAY_SECTOR.tolist()]
    # Students in transition programmes work in shops and kitchens.
    sector = (
        pl.when(pl.col("pathway") >= 0)
        .then(_code(own, pl.col("pathway").clip(0)))
        .when(pl.col("number") % 2 == 0)
        .then(pl.lit("44-45"))
        .otherwise(pl.lit("72"))
    )
    return rows.with_columns(
        wbl_type_code=pl.col("kind"),
        opportunity_id=pl.format("WBL-{}", pl.col("number")),
        wbl_hours=pl.col("hours"),
        employer_naics_sector=pl.when("has_employer").then(sector),
    )


def _at_college(lives: Lives, rows: pl.DataFrame, colleges: pl.DataFrame) -> pl.DataFrame:
    """Return college rows with the columns they share; ssn and state id stay to be chosen."""
    rows = rows.join(colleges, on=["person", "college"], how="left", maintain_order="left")
    return rows.with_columns(
        institution_id=_code(lives.world.college_ids, "college"),
        academic_year=academic_year(pl.col("year")),
        gender_code=_of_person(lives.people.gender),
    ).with_columns(_period=pl.col("academic_year"), _submitter=pl.col("institution_id"))


def _dual_enrollment(lives: Lives, colleges: pl.DataFrame) -> pl.DataFrame:
    tops = [top for s in SECTORS for top in s.top]
    rows = _at_college(lives, lives.school.sections, colleges)
    rows = rows.with_columns(
        term_id=_term("year", "season"),
        grade_code=_code(DUAL_GRADES, "grade"),
        top_code=pl.when("is_career")
        .then(_code(tops, pl.col("sector") * 2 + pl.col("variant")))
        .otherwise(_code(GENERAL_TOP, "general")),
    )
    unearned = pl.col("grade_code").is_in(["F", "NP", "W", "EW", "IP", "RD"])
    return rows.with_columns(
        ssn=pl.when("has_dual_ssn").then("ssn"),
        state_student_id=pl.when("has_dual_state_id").then("state_student_id"),
        course_id=pl.format("C{}{}", pl.col("top_code").str.slice(0, 4), pl.col("variant") + 1),
        section_id=pl.col("number"),
        credit_status_code=pl.col("credit"),
        units_attempted=pl.when(pl.col("credit") == "N").then(0.0).otherwise("units"),
        units_earned=pl.when(unearned | (pl.col("credit") == "N")).then(0.0).otherwise("units"),
        ccap_agreement_id=pl.when("is_ccap").then(pl.format("CCAP-{}", pl.col("institution_id"))),
        is_ccap=_flag(pl.col("is_ccap")),
    )


def _college_enrollment(lives: Lives, colleges: pl.DataFrame) -> pl.DataFrame:
    people, school = lives.people, lives.school
    tops = [s.top[v % 2] for s in SECTORS for v in range(4)] + list(GENERAL_TOP)
    sector = pl.when(pl.col("sector") >= 0).then("sector").otherwise(len(SECTORS))
    rows = _at_college(lives, lives.college.terms, colleges)
    # Three students in a hundred decline to state their race at a college.
    file = people.draws("college files").at(rows["person"].to_numpy(), rows["college"].to_numpy())
    completed = np.where(
        school.is_completer, school.exit_date.astype("datetime64[Y]").astype(int) + 1970, 0
    )
    year = _of_person(completed)
    return rows.with_columns(
        state_student_id=pl.when("has_state_id").then("state_student_id"),
        race_ethnicity_code=pl.when(pl.Series(file.chance("declines", 0.03)))
        .then(pl.lit("RD"))
        .otherwise(_code(RACES, _of_person(people.race))),
        term_id=_term("year", "season"),
        # SB11: 3 high-school diploma, then its year; 2 stands for other adults.
        education_status_code=pl.when(year > 0)
        .then(pl.format("3{}", year))
        .otherwise(pl.lit("20000")),
        student_goal_code=pl.col("goal"),
        program_top_code=pl.when(pl.col("is_declared") & ~pl.col("is_university")).then(
            _code(tops, sector * 4 + pl.col("variant"))
        ),
        aid_status_code=pl.col("aid"),
    )


def _credential(lives: Lives, colleges: pl.DataFrame) -> pl.DataFrame:
    year = pl.col("award_date").dt.year() - (pl.col("award_date").dt.month() < 7).cast(pl.Int32)
    rows = lives.college.awards.with_columns(college=pl.col("issuer"), year=year.cast(pl.Int64))
    rows = _at_college(lives, rows, colleges)
    # A person's credentials are numbered below 100, so these numbers never meet.
    award = _of_person(lives.people.person) * 100 + pl.col("number")
    return rows.with_columns(
        state_student_id=pl.when("has_state_id").then("state_student_id"),
        award_id=pl.format("AW{}", award.cast(pl.String).str.zfill(9)),
        award_type_code=pl.col("kind"),
        program_top_code=pl.col("top"),
        cip_code=pl.col("cip"),
        award_units=pl.col("units").fill_nan(None),
        credential_title=pl.col("title"),
    )


def _participation(lives: Lives, districts: pl.DataFrame, colleges: pl.DataFrame) -> pl.DataFrame:
    world, people = lives.world, lives.people
    served = collaboration.served(lives.joint, people, lives.school, lives.college)
    boards = _board_registrations(lives, served.filter(pl.col("kind") == "board"))
    none = pl.lit(None, dtype=pl.String)
    shared = ("person", "partner", "kind", "local_student_id", "state_student_id", "ssn",
              "first_name", "last_name", "birth_date")  # fmt: skip
    known = pl.concat(
        [
            districts.with_columns(
                partner="district", kind=pl.lit("district"), ssn=none,
                state_student_id=_of_person(lives.known.state_id),
            ).select(shared),
            colleges.with_columns(
                partner="college", kind=pl.lit("college"),
                state_student_id=pl.when("has_state_id").then("state_student_id"),
            ).select(shared),
            boards.with_columns(kind=pl.lit("board"), state_student_id=none).select(shared),
        ]
    )  # fmt: skip
    rows = served.join(known, on=["person", "partner", "kind"], how="inner", maintain_order="left")
    ids = pl.coalesce(
        pl.when(pl.col("kind") == kind).then(
            _code(table, pl.col("partner").clip(0, len(table) - 1))
        )
        for kind, table in (
            ("district", world.district_ids),
            ("college", world.college_ids),
            ("board", world.board_ids),
        )
    )
    first_day = pl.lit(pl.Series(day(np.arange(1970, 2200), 7, 1))).gather(pl.col("year") - 1970)
    starts = first_day + pl.duration(days="starts")
    ends = starts + pl.duration(days="lasts")
    rows = rows.with_columns(
        academic_year=academic_year(pl.col("year")),
        institution_id=ids,
        participation_start_date=starts,
        # Services still running at the end of the reported years have no end yet.
        participation_end_date=pl.when(pl.col("year") < world.control.last_academic_year).then(
            ends
        ),
    )
    return rows.with_columns(_period=pl.col("academic_year"), _submitter=pl.col("institution_id"))


def _board_registrations(lives: Lives, served: pl.DataFrame) -> pl.DataFrame:
    world = lives.world
    pairs = _registered(lives, _pairs(served, place="partner"), identity.BOARD, "partner")
    row, at = pairs["person"].to_numpy(), pairs["partner"].to_numpy()
    ssn = identity.registered_ssn(world, lives.people, lives.known, row, identity.BOARD + at)
    person = lives.people.person[row]
    return pairs.with_columns(
        ssn=pl.Series(ssn, dtype=pl.String),
        local_student_id=identity.local_ids(world, person, at, world.board_ids, 8),
    )


def _wage(lives: Lives) -> pl.DataFrame:
    control, world, known = lives.world.control, lives.world, lives.known
    wages = lives.work.wages.with_columns(
        calendar=control.first_wage_year + pl.col("quarter") // 4
    ).with_columns(changed=pl.col("calendar") >= _of_person(known.married_from))
    jobs = (
        wages.group_by("person", "job", "changed")
        .agg(year=pl.col("calendar").min())
        .sort("person", "job", "changed")
    )
    row, where = jobs["person"].to_numpy(), identity.JOB + jobs["job"].to_numpy()
    written = identity.registrations(
        world, lives.people, known, row, where, jobs["year"].to_numpy()
    )
    own = identity.registered_ssn(world, lives.people, known, row, where)
    borrowed = identity.borrowed_ssn(world, lives.people.person)
    jobs = jobs.drop("year").with_columns(
        identity.on_a_filing_form(written.first, written.last).rename(
            {"first": "first_name", "last": "last_name"}
        ),
        ssn=pl.Series(np.where(lives.work.borrows_ssn[row], borrowed[row], own)),
    )
    rows = wages.join(jobs, on=["person", "job", "changed"], how="left", maintain_order="left")
    # One account in twenty has no county on file.
    account = rows["account"].to_numpy()
    known_county = Draws(control.seed, "accounts", account).chance("county", 0.95)
    quarter = pl.col("quarter")
    names = [
        f"{control.first_wage_year + q // 4}Q{q % 4 + 1}" for q in range(control.wage_quarters)
    ]
    rows = rows.with_columns(
        employer_account=pl.col("account"),
        quarterly_wages_usd=pl.col("wages"),
        naics_code=_code(NAICS, "naics"),
        county_fips=pl.when(pl.Series(known_county)).then(
            _code(world.counties["county_fips"].to_list(), "county")
        ),
        quarter=_code(names, quarter),
        _submitter=pl.lit(WAGE_SUBMITTER),
    )
    return rows.with_columns(_period=pl.col("quarter"))


def _years(joint: Collaboration) -> pl.DataFrame:
    control = joint.world.control
    years = range(control.first_ninth_grade_year, control.last_academic_year + 1)
    return pl.DataFrame({"year": list(years)}).with_columns(
        academic_year=academic_year(pl.col("year")),
        _period=academic_year(pl.col("year")),
        first_day=pl.date("year", 7, 1),
        last_day=pl.date(pl.col("year") + 1, 6, 30),
    )


def _institution(joint: Collaboration) -> pl.DataFrame:
    rows = _years(joint).join(joint.world.institutions, how="cross")
    return rows.with_columns(_submitter=pl.lit(REGISTRY_SUBMITTER))


def _consortium_member(joint: Collaboration) -> pl.DataFrame:
    regions = joint.world.consortium_regions
    rows = _years(joint).join(joint.members, how="cross")
    rows = rows.filter(
        (pl.col("joined_date") <= pl.col("last_day")) & (pl.col("left_date") >= pl.col("first_day"))
    )
    ids = collaboration.consortium_id(np.arange(len(regions)))
    is_lead = pl.col("member_type_code") == "INTERMEDIARY"
    return rows.with_columns(
        consortium_id=_code(ids, "consortium"),
        consortium_name=pl.format(
            "Invented {} Career Pathways Consortium", _code(regions, "consortium")
        ),
        microregion=_code(regions, "consortium"),
        member_role_code=pl.when(is_lead).then(pl.lit("LEAD")).otherwise(pl.lit("PARTNER")),
        staff_fte=pl.when("has_fte").then(
            pl.when(is_lead).then(pl.col("fte") + 1).otherwise("fte")
        ),
        # Nobody reports a departure before it happens.
        left_date=pl.when(pl.col("left_date") <= pl.col("last_day")).then("left_date"),
        _submitter=pl.lit(REGISTRY_SUBMITTER),
    )


def _initiative_grant(joint: Collaboration) -> pl.DataFrame:
    rows = _years(joint).join(joint.grant_lines, how="cross")
    rows = rows.filter(pl.col("year").is_between(pl.col("first_year"), pl.col("last_year")))
    funders = {code: initiative.funder for code, initiative in INITIATIVES.items()}
    ids = collaboration.consortium_id(np.arange(len(joint.world.consortium_regions)))
    return rows.with_columns(
        funder_name=pl.col("initiative_code").replace_strict(funders),
        consortium_id=pl.when(pl.col("consortium") >= 0).then(
            _code(ids, pl.col("consortium").clip(0))
        ),
        award_amount_usd=pl.col("dollars"),
        grant_start_date=pl.date("first_year", 7, 1),
        grant_end_date=pl.when(pl.col("last_year") < 9_000).then(
            pl.date(pl.col("last_year") + 1, 6, 30)
        ),
        _submitter=pl.lit(REGISTRY_SUBMITTER),
    )


def _labor_demand(joint: Collaboration) -> pl.DataFrame:
    return collaboration.demand(joint.world).with_columns(
        academic_year=academic_year(pl.col("year")),
        _period=academic_year(pl.col("year")),
        _submitter=pl.lit(DEMAND_SUBMITTER),
    )
