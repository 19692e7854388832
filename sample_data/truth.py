"""What really happened: the truth that linkage, metrics and estimates are judged against.

Lives here: the table of true persons, true effects on earnings, and what became of pathways,
consortia and links. Does not: how agencies see any of it.
"""

import numpy as np
import polars as pl

from sample_data.control import GENERAL, RACES, SECTOR_CODES, Control
from sample_data.delivery.rows import academic_year
from sample_data.lives import earnings
from sample_data.lives.lives import Lives
from sample_data.lives.people import FLAGS
from sample_data.lives.work import NEVER
from sample_data.world.collaboration import Collaboration, consortium_id, pathway_grant_ids
from sample_data.world.fields import PATHWAY_CODES, PATHWAY_SECTOR, SECTORS
from sample_data.world.initiatives import FUNDING
from sample_data.world.places import ALWAYS, EVER, World


def identifier(person: pl.Expr) -> pl.Expr:
    """Return the truth's name of persons: T and eight digits."""
    return pl.lit("T") + person.cast(pl.String).str.zfill(8)


def person(lives: Lives) -> pl.DataFrame:
    """Return one row a true person: who they are, what moves them and what happened to them.

    `ability` and `motivation` are standard deviations; nothing that is delivered holds them.
    """
    world, people, school = lives.world, lives.people, lives.school
    control, n = world.control, len(people)
    graduate = school.completion == "100"
    months = school.exit_date.astype("datetime64[M]").astype(int)
    left_in = 1970 + (months - 6) // 12
    codes = np.array([s.code for s in SECTORS])
    own = PATHWAY_SECTOR[np.maximum(school.pathway, 0)]
    terms = lives.college.terms.group_by("person").agg(pl.col("year").min(), pl.len())
    first_year, n_terms = np.full(n, -1), np.zeros(n, dtype=np.int64)
    first_year[terms["person"].to_numpy()] = terms["year"].to_numpy()
    n_terms[terms["person"].to_numpy()] = terms["len"].to_numpy()
    paid = lives.work.wages.group_by("person").agg(pl.col("quarter").n_unique())
    wage_quarters = np.zeros(n, dtype=np.int64)
    wage_quarters[paid["person"].to_numpy()] = paid["quarter"].to_numpy()
    frame = pl.DataFrame(
        {
            "person": people.person,
            "cohort": people.cohort,
            "first_name": lives.known.first.tolist(),
            "last_name": lives.known.last.tolist(),
            "birth_date": people.birth_date,
            "ssn": lives.known.ssn,
            "state_student_id": lives.known.state_id,
            "gender_code": people.gender,
            "race_ethnicity_code": np.array(RACES)[people.race],
            **{flag: getattr(people, flag) for flag in FLAGS},
            "first_school_id": world.school_ids[people.school],
            "county_fips": world.counties["county_fips"].to_numpy()[
                world.school_county[people.school]
            ],
            "ability": people.ability.round(4),
            "motivation": people.motivation.round(4),
            "how_high_school_ended": school.fate,
            "high_school_years": school.years,
            "high_school_exit_date": school.exit_date,
            "exit_code": school.exit_code,
            "completion_status_code": school.completion,
            "is_completer": school.is_completer,
            "graduate": graduate,
            "left_in": left_in,
            "is_cte_participant": school.is_participant,
            "is_cte_concentrator": school.is_concentrator,
            "pathway": np.array(PATHWAY_CODES)[np.maximum(school.pathway, 0)],
            "sector": codes[own],
            "is_pathway_completer": school.is_pathway_completer,
            "is_pathway_completer_300_hours": school.is_pathway_completer_300_hours,
            "is_dual_enrolled": school.is_dual_enrolled,
            "is_ccap": school.is_ccap,
            "dual_enrollment_sector_code": np.array([*SECTOR_CODES, GENERAL])[school.dual_sector],
            "goes_to_college_within_year": lives.college.goes_within_year,
            "starts_at_university": lives.college.starts_at_university,
            "first_college": first_year,
            "college_terms": n_terms,
            "credentials": np.bincount(lives.college.awards["person"].to_numpy(), minlength=n),
            "wage_coverage": lives.work.coverage,
            "covered": lives.work.covered_to,
            "works_under_borrowed_ssn": lives.work.borrows_ssn,
            "quarters_employed": lives.work.quarters_employed,
            "wage_quarters": wage_quarters,
            "older_twin": people.household,
            "namesake": people.origin,
        }
    )
    first_quarter = control.first_wage_year * 4 + pl.col("covered")
    in_time = pl.col("covered") < NEVER
    is_concentrator = pl.col("is_cte_concentrator")
    return frame.with_columns(
        person_truth_id=identifier(pl.col("person")),
        cohort=academic_year(pl.col("cohort")),
        expected_graduation_year=academic_year(pl.col("cohort") + 3),
        completion_status_code=pl.col("completion_status_code").replace("", None),
        graduation_date=pl.when("graduate").then("high_school_exit_date"),
        graduation_year=pl.when("graduate").then(academic_year(pl.col("left_in"))),
        concentration_pathway_code=pl.when(is_concentrator).then("pathway"),
        concentration_sector_code=pl.when(is_concentrator).then("sector"),
        dual_enrollment_sector_code=pl.when("is_dual_enrolled").then("dual_enrollment_sector_code"),
        first_college_year=pl.when(pl.col("first_college") >= 0).then(
            academic_year(pl.col("first_college").clip(1900))
        ),
        uncovered_from_quarter=pl.when(in_time).then(
            pl.format("{}Q{}", first_quarter // 4, first_quarter % 4 + 1)
        ),
        namesake_of=pl.when(pl.col("namesake") != pl.col("person")).then(
            identifier(pl.col("namesake"))
        ),
        twin_of=pl.when(
            (pl.col("older_twin") != pl.col("person")) & (pl.col("namesake") == pl.col("person"))
        ).then(identifier(pl.col("older_twin"))),
    ).select(
        "person_truth_id", "cohort", "expected_graduation_year", "first_name", "last_name",
        "birth_date", "ssn", "state_student_id", "gender_code", "race_ethnicity_code", *FLAGS,
        "first_school_id", "county_fips", "ability", "motivation", "how_high_school_ended",
        "high_school_years", "high_school_exit_date", "exit_code", "completion_status_code",
        "is_completer", "graduation_date", "graduation_year", "is_cte_participant",
        "is_cte_concentrator", "concentration_pathway_code", "concentration_sector_code",
        "is_pathway_completer", "is_pathway_completer_300_hours", "is_dual_enrolled", "is_ccap",
        "dual_enrollment_sector_code", "goes_to_college_within_year", "starts_at_university",
        "first_college_year", "college_terms", "credentials", "wage_coverage",
        "uncovered_from_quarter", "works_under_borrowed_ssn", "quarters_employed", "wage_quarters",
        "twin_of", "namesake_of",
    )  # fmt: skip


def effect(control: Control) -> pl.DataFrame:
    """Return what treatments cause, one row a treatment, sector and years after leaving school.

    `effect_log_points` is added to the logarithm of quarterly earnings of a covered job, everything
    else equal: for pathway completion and dual enrolment against not having it, for a credential
    against some college without an award. Years are null where the effect does not depend on them.
    """
    rows: list[tuple[str, str, int | None, float]] = [
        *(("pathway_completion", s, None, v) for s, v in control.pathway_effect.items()),
        *(("dual_enrollment", s, None, v) for s, v in control.dual_enrollment_effect.items()),
    ]
    caused = earnings.effects(control, np.array(earnings.YEARS_AFTER))
    for level, values in zip(control.earnings_by_credential, caused, strict=True):
        of_sector = control.credential_effect_by_sector
        earned_in = {GENERAL: 0.0} | (of_sector if _is_award(level) else {})
        rows += [
            (level, sector, years, round(float(value) + extra, 6))
            for sector, extra in earned_in.items()
            for years, value in zip(earnings.YEARS_AFTER, values, strict=True)
        ]
    return pl.DataFrame(
        rows,
        schema={"treatment": pl.String, "sector_code": pl.String, "years_after": pl.Int64,
                "effect_log_points": pl.Float64},
        orient="row",
    )  # fmt: skip


def _is_award(level: str) -> bool:
    return level not in ("no_diploma", "diploma", "some_college")


def pathway(world: World) -> pl.DataFrame:
    """Return one row a school and pathway: when it was offered, who paid, whether it outlived that.

    `first_year` and `last_year` are null where the pathway was there before or goes on.
    """
    school, code = np.nonzero(world.offered_from < EVER)
    source = world.grant_of[school, code]
    first, last = world.offered_from[school, code], world.offered_to[school, code]
    return pl.DataFrame(
        {
            "school_id": world.school_ids[school],
            "pathway_code": np.array(PATHWAY_CODES)[code],
            "sector_code": np.array([s.code for s in SECTORS])[PATHWAY_SECTOR[code]],
            "first": first,
            "last": last,
            "initiative_code": np.array([f.initiative for f in FUNDING])[source],
            "grant_id": pathway_grant_ids(world, school, code),
            "is_funded": source >= 0,
        }
    ).select(
        "school_id",
        "pathway_code",
        "sector_code",
        first_year=pl.when(pl.col("first") > ALWAYS).then(
            academic_year(pl.col("first").clip(1900))
        ),
        last_year=pl.when(pl.col("last") < EVER).then(
            academic_year(pl.col("last").clip(1900, 2100))
        ),
        initiative_code=pl.when("is_funded").then("initiative_code"),
        grant_id=pl.when("is_funded").then("grant_id"),
        ended_with_grant=pl.col("last") < EVER,
    )


def consortium(joint: Collaboration) -> pl.DataFrame:
    """Return one row a consortium, with the day it dissolved, null where it goes on."""
    regions = joint.world.consortium_regions
    goes_on = pl.col("dissolved_on").dt.year() > 2900
    return pl.DataFrame(
        {
            "consortium_id": consortium_id(np.arange(len(regions))),
            "microregion": regions,
            "dissolved_on": joint.dissolved_on,
        }
    ).with_columns(dissolved_on=pl.when(~goes_on).then("dissolved_on"))


def link(world: World) -> pl.DataFrame:
    """Return how strong each district's link to each community college is.

    `expected_share` is the share of the district's community-college starters and dual-enrolled
    students who go there, 0 to 1.
    """
    n_districts, n_colleges = len(world.district_ids), world.n_community
    district, college = np.divmod(np.arange(n_districts * n_colleges), n_colleges)
    near = world.district_college[district] == college
    elsewhere = (1 - world.control.near_college) / n_colleges
    return pl.DataFrame(
        {
            "district_id": world.district_ids[district],
            "college_id": world.college_ids[college],
            "expected_share": np.where(near, world.control.near_college + elsewhere, elsewhere),
        }
    )
