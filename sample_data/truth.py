"""What really happened: the truth that linkage, metrics and estimates are judged against.

Lives here: the table of true persons, true effects on earnings, and what became of pathways,
consortia and links. Does not: how agencies see any of it.
"""

import numpy as np
import polars as pl

from sample_data.control import GENERAL, RACES, SECTOR_CODES, Control
from sample_data.delivery.rows import academic_year
from sample_data.draws import start_year
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
    return pl.DataFrame(_who(lives) | _in_high_school(lives) | _afterwards(lives)).with_columns(
        cohort=academic_year(pl.col("cohort")),
        expected_graduation_year=academic_year(pl.col("expected_graduation_year")),
        person_truth_id=identifier(pl.col("person_truth_id")),
        twin_of=identifier(pl.col("twin_of")),
        namesake_of=identifier(pl.col("namesake_of")),
        graduation_year=academic_year(pl.col("graduation_year")),
        first_college_year=academic_year(pl.col("first_college_year")),
    )


def _who(lives: Lives) -> dict[str, object]:
    """Return who people are."""
    world, people, known = lives.world, lives.people, lives.known
    fips = world.counties["county_fips"].to_numpy()
    return {
        "person_truth_id": people.person,
        "cohort": people.cohort,
        "expected_graduation_year": people.cohort + 3,
        "first_name": known.first.tolist(),
        "last_name": known.last.tolist(),
        "birth_date": people.birth_date,
        "ssn": known.ssn,
        "state_student_id": known.state_id,
        "gender_code": people.gender,
        "race_ethnicity_code": np.array(RACES)[people.race],
        **{flag: getattr(people, flag) for flag in FLAGS},
        "first_school_id": world.school_ids[people.school],
        "county_fips": fips[world.school_county[people.school]],
        "ability": people.ability.round(4),
        "motivation": people.motivation.round(4),
    }


def _in_high_school(lives: Lives) -> dict[str, object]:
    """Return what happened to people in high school."""
    school = lives.school
    graduates = school.completion == "100"
    own = PATHWAY_SECTOR[np.maximum(school.pathway, 0)]
    pathways = np.array(PATHWAY_CODES)[np.maximum(school.pathway, 0)]
    sectors = np.array([s.code for s in SECTORS])[own]
    dual_sectors = np.array([*SECTOR_CODES, GENERAL])[school.dual_sector]
    return {
        "how_high_school_ended": school.fate,
        "high_school_years": school.years,
        "high_school_exit_date": school.exit_date,
        "exit_code": school.exit_code,
        "completion_status_code": _where(school.completion != "", school.completion),
        "is_completer": school.is_completer,
        "graduation_date": _where(graduates, school.exit_date),
        "graduation_year": _where(graduates, start_year(school.exit_date)),
        "is_cte_participant": school.is_participant,
        "is_cte_concentrator": school.is_concentrator,
        "concentration_pathway_code": _where(school.is_concentrator, pathways),
        "concentration_sector_code": _where(school.is_concentrator, sectors),
        "is_pathway_completer": school.is_pathway_completer,
        "is_pathway_completer_300_hours": school.is_pathway_completer_300_hours,
        "is_dual_enrolled": school.is_dual_enrolled,
        "is_ccap": school.is_ccap,
        "dual_enrollment_sector_code": _where(school.is_dual_enrolled, dual_sectors),
    }


def _afterwards(lives: Lives) -> dict[str, object]:
    """Return what happened to people after high school, and whose twins and namesakes they are."""
    people, college, work, n = lives.people, lives.college, lives.work, len(lives.people)
    first_year, terms = _counted(college.terms, pl.col("year").min(), n)
    wage_quarters, _ = _counted(work.wages, pl.col("quarter").n_unique(), n)
    quarter = lives.world.control.first_wage_year * 4 + work.covered_to
    names = np.char.add(np.char.add((quarter // 4).astype(str), "Q"), (quarter % 4 + 1).astype(str))
    is_namesake = people.origin != people.person
    return {
        "goes_to_college_within_year": college.goes_within_year,
        "starts_at_university": college.starts_at_university,
        "first_college_year": _where(terms > 0, first_year),
        "college_terms": terms,
        "credentials": np.bincount(college.awards["person"].to_numpy(), minlength=n),
        "wage_coverage": work.coverage,
        "uncovered_from_quarter": _where(work.covered_to < NEVER, names),
        "works_under_borrowed_ssn": work.borrows_ssn,
        "quarters_employed": work.quarters_employed,
        "identity_record_at_age": _where(lives.holding_age < 99, lives.holding_age),
        "wage_quarters": wage_quarters,
        "twin_of": _where((people.household != people.person) & ~is_namesake, people.household),
        "namesake_of": _where(is_namesake, people.origin),
    }


def _where(holds: np.ndarray, values: np.ndarray) -> pl.Series:
    """Return the values where something holds, null elsewhere."""
    return pl.select(pl.when(pl.Series(holds)).then(pl.Series(values))).to_series()


def _counted(events: pl.DataFrame, value: pl.Expr, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a value of each person's events and how many events there are, 0 for none."""
    of_person = events.group_by("person").agg(value.alias("value"), pl.len())
    values, counts = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    values[of_person["person"].to_numpy()] = of_person["value"].to_numpy()
    counts[of_person["person"].to_numpy()] = of_person["len"].to_numpy()
    return values, counts


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
