"""What is known about each person: who they are, their schooling, college terms, awards, wages.

Every function takes accepted rows (with `person_id`) and returns one frame with a stated grain.
Which of these people a metric counts is decided in `high_school`, `college` and `earnings`.
"""

import polars as pl

from tests.reference.base.outside import colleges, counted_once
from tests.reference.base.sources import Sources

FLAGS = {
    "economically_disadvantaged": "is_economically_disadvantaged",
    "english_learner": "is_english_learner",
    "disability": "has_disability",
    "foster": "is_foster",
    "homeless": "is_homeless",
}
#: Of college students alone: a Pell or a Promise grant in any term.
BY_AID = "economically_disadvantaged_by_aid"
#: Died, or went where this state's schools cannot see: they leave the cohort.
REMOVING_EXITS = ("E130", "T180", "T200", "T240", "T370", "T460")
PASSING_LETTERS = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-")
SPECIAL_ADMIT = "10000"
HOURS_FLOOR = 300
UNIVERSITY, COMMUNITY_COLLEGE = "UNIVERSITY", "COMMUNITY_COLLEGE"


def person_groups(src: Sources) -> pl.DataFrame:
    """Return one row per person and group: `person_id, student_group, student_group_value`.

    Race/ethnicity and gender are as high school last reported them, else as college last did. Who
    has no high school record is in no group of its programs, and who has no community college term
    as an ordinary student in none by aid.
    """
    school = src.feeds["k12_enrollment"]
    college = src.feeds["college_enrollment"]
    identity = ["person_id", "gender_code", "race_ethnicity_code"]
    # MIS writes B for non-binary and X for unknown.
    of_mis = {"B": "X", "X": "Z"}
    college = college.with_columns(pl.col("gender_code").replace(of_mis))
    last_year = school.filter(pl.col("year") == pl.col("year").max().over("person_id"))
    by_school = last_enrollment(last_year, ["person_id"]).select(identity)
    by_college = (
        college.sort(
            pl.col("race_ethnicity_code").is_null(),
            pl.col("gender_code").is_null(),
            "term_start",
            "institution_id",
            "race_ethnicity_code",
            "gender_code",
            descending=[False, False, True, True, False, False],
        )
        .unique("person_id", keep="first", maintain_order=True)
        .select(identity)
    )
    everyone = pl.concat([f.select("person_id") for f in src.feeds.values()]).unique()
    known = pl.concat([by_school, by_college.join(by_school, on="person_id", how="anti")])
    ever = school.group_by("person_id").agg(pl.col(c).any() for c in FLAGS.values())
    local = terms(src).filter(pl.col("institution_type") == COMMUNITY_COLLEGE)
    aided = local.group_by("person_id").agg(
        has_aid=pl.col("aid_status_code").is_in(["PELL", "PROMISE"]).any()
    )
    people = (
        everyone.join(known, on="person_id", how="left")
        .join(ever, on="person_id", how="left")
        .join(aided, on="person_id", how="left")
        .with_columns(
            pl.col("gender_code").fill_null("Z"), pl.col("race_ethnicity_code").fill_null("RD")
        )
    )
    yes_no = {True: "yes", False: "no"}
    codes = {
        "all": pl.lit("all"),
        "race_ethnicity": pl.col("race_ethnicity_code"),
        "gender": pl.col("gender_code"),
        "race_gender": pl.format("{}-{}", "race_ethnicity_code", "gender_code"),
        **{
            t: pl.col(c).replace_strict(yes_no, default=None, return_dtype=pl.String)
            for t, c in (FLAGS | {BY_AID: "has_aid"}).items()
        },
    }
    return pl.concat(
        people.select("person_id", student_group=pl.lit(student_group), student_group_value=code)
        for student_group, code in codes.items()
    ).drop_nulls()


def without_aid(groups: pl.DataFrame) -> pl.DataFrame:
    """Return the groups but those by college aid."""
    return groups.filter(pl.col("student_group") != BY_AID)


def certain_people(src: Sources) -> pl.DataFrame:
    """Return `person_id` of everybody none of whose records hangs on a name."""
    records = pl.concat([f.select("person_id", "match_method") for f in src.feeds.values()])
    by_name = records.filter(pl.col("match_method").is_in(["probabilistic", "name_birth_date"]))
    return records.select("person_id").unique().join(by_name, on="person_id", how="anti")


def ever_in_ccap(src: Sources) -> pl.DataFrame:
    """Return the dimension `ccap` of everybody with dual enrollment: ever under it, or never."""
    ever = src.feeds["dual_enrollment"].group_by("person_id").agg(pl.col("is_ccap").any())
    code = pl.when("is_ccap").then(pl.lit("yes")).otherwise(pl.lit("no"))
    return ever.select("person_id", dimension=pl.lit("ccap"), dimension_value=code)


def dual_enrolled_from(src: Sources) -> pl.DataFrame:
    """Return the first day of everybody's first term of dual enrollment.

    Columns: `person_id, served_from`.
    """
    sections = src.feeds["dual_enrollment"]
    return sections.group_by("person_id").agg(served_from=pl.col("term_start").min())


def services(src: Sources) -> pl.DataFrame:
    """Return the first day on which each initiative served a person.

    Columns: `person_id, initiative_code, served_from`.
    """
    rows = src.feeds["initiative_participation"]
    return rows.group_by("person_id", "initiative_code").agg(
        served_from=pl.col("participation_start_date").min()
    )


def last_enrollment(school: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return the enrollment that comes last, by what it says, of each person or person and year.

    A primary one, that began last, ended last (an open one last of all), is of the later year, at
    the school of the higher id, in the higher grade.
    """
    order = {
        "is_primary": (True, True),
        "enrollment_entry_date": (True, True),
        "enrollment_exit_date": (True, False),
        "year": (True, True),
        "school_id": (True, True),
        "grade": (True, True),
        "exit_code": (True, True),
        "race_ethnicity_code": (False, True),
        "gender_code": (False, True),
    }
    return (
        school.with_columns(
            is_primary=pl.col("enrollment_status_code") == "10",
            grade=pl.col("grade_level").cast(pl.Int32),
        )
        .sort(
            list(order),
            descending=[descending for descending, _ in order.values()],
            nulls_last=[nulls_last for _, nulls_last in order.values()],
        )
        .unique(keys, keep="first", maintain_order=True)
    )


def expected_cohort(school: pl.DataFrame) -> pl.DataFrame:
    """Return one row per person with a primary enrolment, and how that enrolment ended.

    Columns: `person_id, expected_year` (the first primary row's year plus the grades still to
    go), `final_year, institution_id, is_removed` (of the final spell).
    """
    primary = school.filter(pl.col("enrollment_status_code") == "10")
    first = _first_row(primary, ["enrollment_entry_date", "grade_level", "year"])
    final = last_enrollment(primary, ["person_id"])
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
    first_day = pl.col("enrollment_exit_date").min().over("person_id")
    done = done.filter(pl.col("enrollment_exit_date") == first_day)
    return last_enrollment(done, ["person_id"]).select(
        "person_id", "year", institution_id="school_id", done_date="enrollment_exit_date"
    )


def pathway_progress(src: Sources, horizon: pl.DataFrame) -> pl.DataFrame:
    """Return one row per person, horizon and pathway: what they did in it up to that year.

    Args:
        src: The sources.
        horizon: `person_id, year`: the last academic year that counts.

    Returns:
        `person_id, year, pathway_code, sector_code` (null when the pathway has none), `courses`,
        `is_concentrator, completed_v1, completed_v2`; of the year itself `courses_in_year` and
        `finished_in_year`.
    """
    finished = pl.col("pathway_completion_academic_year").is_not_null() & pl.col(
        "capstone_grade"
    ).is_in(PASSING_LETTERS).fill_null(False)
    in_year = pl.col("year") == pl.col("last_year")
    return (
        src.feeds["k12_pathway"]
        .join(horizon.select("person_id", last_year="year").unique(), on="person_id")
        .filter(pl.col("year") <= pl.col("last_year"))
        .group_by("person_id", "last_year", "pathway_code")
        .agg(
            courses=pl.col("courses_completed").sum(),
            # Rounded so that hours that add up to 300.0 are not 299.99999999999994.
            hours=pl.col("pathway_hours").sum().round(6),
            finished=finished.any(),
            courses_in_year=pl.col("courses_completed").filter(in_year).sum(),
            finished_in_year=(finished & in_year).any(),
        )
        .rename({"last_year": "year"})
        .with_columns(sector_prefix=pl.col("pathway_code").str.head(2))
        .join(src.pathway_sector, on="sector_prefix", how="left")
        .with_columns(is_concentrator=pl.col("courses") >= 2)
        .with_columns(completed_v2=pl.col("is_concentrator") & pl.col("finished"))
        .with_columns(completed_v1=pl.col("completed_v2") & (pl.col("hours") >= HOURS_FLOOR))
    )


def took_part_in(progress: pl.DataFrame) -> pl.DataFrame:
    """Return the sectors in which people took a course."""
    took_a_course = progress.filter(pl.col("courses") > 0)
    return took_a_course.select("person_id", pathway_sector="sector_code")


def pathway_flags(progress: pl.DataFrame) -> pl.DataFrame:
    """Return how far people came in the pathways of each sector."""
    return progress.select(
        "person_id",
        "sector_code",
        "is_concentrator",
        "completed_v1",
        "completed_v2",
        is_participant=pl.col("courses") > 0,
    )


def program_sector(src: Sources, taxonomy: str, code: pl.Expr) -> pl.Expr:
    """Return the sector of a program code by the seed table: TOP by four digits, CIP by two."""
    rows = src.program_sector.filter(pl.col("taxonomy") == taxonomy)
    sectors = dict(rows.select("program_code", "sector_code").iter_rows())
    digits = {"TOP": 4, "CIP": 2}[taxonomy]
    return code.str.head(digits).replace_strict(sectors, default=None, return_dtype=pl.String)


def sections(src: Sources) -> pl.DataFrame:
    """Return every section taken as a special admit, with its `sector_code` and `is_passed`."""
    return src.feeds["dual_enrollment"].with_columns(
        sector_code=program_sector(src, "TOP", pl.col("top_code")),
        is_passed=pl.col("grade_code").is_in([*PASSING_LETTERS, "P"]),
    )


def awards(src: Sources) -> pl.DataFrame:
    """Return every award of a person.

    Columns: `person_id, year, day, award_id, award_type, level` (certificate, associate, …),
    `institution_id, institution_type, district_id` of the issuer, `program` (four digits of TOP)
    and `sector_code` (by TOP, else by CIP).
    """
    top = program_sector(src, "TOP", pl.col("program_top_code"))
    cip = program_sector(src, "CIP", pl.col("cip_code"))
    leveled = src.feeds["credential"].join(src.award_level, on="award_type_code", how="left")
    return (
        counted_once(leveled, "year", "level")
        .join(colleges(src), on="institution_id", how="left")
        .select(
            "person_id",
            "year",
            "award_id",
            "level",
            "institution_id",
            "institution_type",
            "district_id",
            day="award_date",
            award_type="award_type_code",
            program=pl.col("program_top_code").str.head(4),
            sector_code=pl.coalesce(top, cip),
        )
    )


def terms(src: Sources) -> pl.DataFrame:
    """Return every record of a term in which a person was an ordinary college student.

    Columns: the feed's, and `day` (the first day of the term), `season, calendar_year`,
    `institution_type, district_id` of the college, `program` (four digits of TOP), `sector_code`.
    """
    regular = pl.col("education_status_code").ne_missing(SPECIAL_ADMIT)
    own = src.feeds["dual_enrollment"]
    return (
        counted_once(src.feeds["college_enrollment"], "term_id", own=own)
        .filter(regular)
        .join(colleges(src), on="institution_id", how="left")
        .with_columns(
            day="term_start",
            season=pl.col("term_id").str.tail(2),
            calendar_year=pl.col("term_id").str.head(4).cast(pl.Int32),
            program=pl.col("program_top_code").str.head(4),
            sector_code=program_sector(src, "TOP", pl.col("program_top_code")),
        )
    )


def first_term_after(base: pl.DataFrame, ordinary: pl.DataFrame) -> pl.DataFrame:
    """Return each person's first college after their `done_date`, and the first day there.

    Of terms that begin on the same day a university comes before any other college, then the
    lower id. Columns: `person_id, first_term, first_college, first_college_type`.
    """
    later = base.select("person_id", "done_date").join(ordinary, on="person_id")
    later = later.filter(pl.col("day") > pl.col("done_date")).with_columns(
        is_elsewhere=(pl.col("institution_type") != UNIVERSITY).fill_null(True)
    )
    return _first_row(later, ["day", "is_elsewhere", "institution_id"]).select(
        "person_id",
        first_term="day",
        first_college="institution_id",
        first_college_type="institution_type",
    )


def under_dimensions(
    people: pl.DataFrame, *dimensions: pl.DataFrame, on: str | list[str] = "person_id"
) -> pl.DataFrame:
    """Return the people once under 'all', and once under each code of each dimension.

    Args:
        people: One row per person and cohort.
        dimensions: `on`, and one column of codes that is named for the dimension.
        on: What a dimension is about: the person, or the person in a year.
    """
    everybody = people.with_columns(dimension=pl.lit("all"), dimension_value=pl.lit("all"))
    keys = [on] if isinstance(on, str) else on
    seen = [everybody]
    for dimension in dimensions:
        [name] = [c for c in dimension.columns if c not in keys]
        codes = dimension.drop_nulls().unique().rename({name: "dimension_value"})
        by_dimension = people.join(codes, on=on).with_columns(dimension=pl.lit(name))
        seen.append(by_dimension.select(everybody.columns))
    return pl.concat(seen)


def by_sector(by_dimension: pl.DataFrame, facts: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Return the people under their dimensions with flags, which in a sector are about the sector.

    Args:
        by_dimension: From `under_dimensions`.
        facts: `on`, `sector_code` (null where there is none), and flags or amounts.
        on: Person, or person and year.
    """
    flags = [c for c in facts.columns if c not in (*on, "sector_code")]
    whole = facts.group_by(on).agg(_together(facts, f) for f in flags)
    part = (
        facts.drop_nulls("sector_code")
        .group_by(*on, "sector_code")
        .agg(_together(facts, f) for f in flags)
    )
    in_sector = pl.col("dimension") == "pathway_sector"
    return pl.concat(
        [
            by_dimension.filter(~in_sector).join(whole, on=on, how="left"),
            by_dimension.filter(in_sector).join(
                part, left_on=[*on, "dimension_value"], right_on=[*on, "sector_code"], how="left"
            ),
        ],
        how="diagonal",
    )


def first_after(base: pl.DataFrame, events: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the `day` of each person's first event after their `done_date`, under a name."""
    later = base.select("person_id", "done_date").join(events, on="person_id")
    later = later.filter(pl.col("day") > pl.col("done_date"))
    return later.group_by("person_id").agg(pl.col("day").min().alias(name))


def _together(facts: pl.DataFrame, column: str) -> pl.Expr:
    """Flags hold when any does, days are the earliest, amounts add up."""
    dtype = facts.schema[column]
    if dtype == pl.Boolean:
        return pl.col(column).any()
    return pl.col(column).min() if dtype == pl.Date else pl.col(column).sum().round(6)


def _first_row(rows: pl.DataFrame, order: list[str]) -> pl.DataFrame:
    return rows.sort(order).unique("person_id", keep="first", maintain_order=True)
