"""After high school: going to college, terms, stopping out, transferring, credentials.

Lives here: what happens at colleges and with the certifying body. Does not: dual enrolment
(`high_school`), work, how it is reported. `person` is a row of the cohort.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.control import Control, stream
from sample_data.draws import calibrated, day, log_odds, pick, repeated
from sample_data.people import by_race
from sample_data.world import (
    COUNTIES,
    GENERAL_CIP,
    GENERAL_TITLES,
    GENERAL_TOP,
    HEALTH,
    NURSING_TOP,
    SECTORS,
    World,
)

_COMPLETIONS = ("100", "250", "320", "330")
_NO_AWARD, _CERTIFICATE, _ASSOCIATE, _TRANSFER, _DEGREE_TRANSFER = range(5)
# Semester units of each award type, low and high; certificates by MIS SP02.
_UNITS = {"N": (8, 15), "M": (16, 29), "T": (30, 45), "A": (60, 72), "S": (60, 78), "B": (120, 132)}
_LEVEL = {
    "N": "short_certificate", "IC": "short_certificate", "O": "short_certificate",
    "G": "short_certificate", "M": "long_certificate", "T": "long_certificate",
    "AJ": "long_certificate", "B": "bachelor",
}  # fmt: skip


@dataclass
class College:
    """A cohort after high school.

    Attributes:
        persons: One row a person: completion, whether and where they went on.
        terms: One row a person, college and term.
        awards: One row a credential.
    """

    persons: pl.DataFrame
    terms: pl.DataFrame
    awards: pl.DataFrame


def live(control: Control, world: World, people: pl.DataFrame, school: pl.DataFrame) -> College:
    """Return college years of a cohort; `school` is `HighSchool.persons` of the same cohort."""
    cohort = int(people["cohort"][0])
    going = _who_goes(control, world, people, school, cohort)
    plans = _plans(control, world, people, school, going, cohort)
    terms = _terms(control, people, plans, cohort)
    awards = pl.concat(
        [
            _college_awards(control, plans, cohort),
            _certifications(control, world, school, plans, cohort),
        ]
    )
    reported = (pl.col("award_date") >= day(control.first_ninth_grade_year, 7, 1)) & (
        pl.col("award_date") <= day(control.last_academic_year + 1, 6, 30)
    )
    return College(
        pl.DataFrame({"person": np.arange(len(people)), **going}),
        terms,
        awards.filter(reported).sort("person", "award_date", "kind", "issuer"),
    )


def _who_goes(
    control: Control, world: World, people: pl.DataFrame, school: pl.DataFrame, cohort: int
) -> dict[str, np.ndarray]:
    rng = stream(control, "college going", cohort)
    n = len(people)
    completer = school["completion"].is_in(_COMPLETIONS).to_numpy()
    home = world.school_district[people["school"].to_numpy()]
    region = np.array([c.college_going for c in COUNTIES])[world.district_county[home]]
    poor = people["is_economically_disadvantaged"].to_numpy()
    ability = people["ability"].to_numpy()
    odds = log_odds(by_race(control.college_going_by_race, people["race"].to_numpy())) + region
    odds = odds + control.college_going_women * (people["gender"] == "F").to_numpy()
    odds = odds + control.college_going_disadvantaged * poor
    odds = odds + control.college_going_dual_enrollment * school["is_dual_enrolled"].to_numpy()
    odds = odds + control.college_going_pathway * school["is_pathway_completer"].to_numpy()
    odds = odds + control.ability_effect * ability
    odds = odds - 0.6 * people["is_english_learner"].to_numpy()
    odds = odds - 0.5 * people["has_disability"].to_numpy()
    # An equivalency leads to college less often than a diploma.
    odds = odds - 1.2 * (school["fate"] == "equivalency").to_numpy()
    goes = completer & (rng.random(n) < calibrated(odds, control.college_going, completer))
    late_share = np.where(completer, control.delayed_entry, control.noncompleter_entry)
    left = school["in_state"].to_numpy() & (school["fate"] != "transition").to_numpy()
    late = ~goes & left & (rng.random(n) < late_share)
    exit_date = school["exit_date"].to_numpy()
    # The first fall that starts after leaving high school; fall terms start on 20 August.
    exit_year = exit_date.astype("datetime64[Y]").astype(int) + 1970
    next_fall = np.where(exit_date < day(exit_year, 8, 20), exit_year, exit_year + 1)
    start = next_fall + np.where(late, 1 + rng.integers(0, 3, n), 0)
    odds = 0.9 * ability - 0.5 * poor + 0.3 * np.isin(people["race"].to_numpy(), ["RA", "RF"])
    to_university = calibrated(odds, control.to_university, goes)
    university = goes & (rng.random(n) < to_university) & (school["fate"] == "graduate").to_numpy()
    return {
        "goes_within_year": goes,
        "goes_later": late,
        "starts_at_university": university,
        "college_start_year": np.where(goes | late, start, -1),
    }


def _plans(
    control: Control, world: World, people: pl.DataFrame, school: pl.DataFrame,
    going: dict[str, np.ndarray], cohort: int,
) -> pl.DataFrame:  # fmt: skip
    """Return stays at colleges: person, college, start, years, gap, program and what they earn."""
    rng = stream(control, "college plans", cohort)
    enters = np.flatnonzero(going["college_start_year"] >= 0)
    university = going["starts_at_university"][enters]
    community = _community_plans(control, world, rng, people, school, going, enters[~university])
    direct = _university_plans(
        world, rng, enters[university], going["college_start_year"][enters[university]],
        np.full(university.sum(), -2), control.university_completion, (4, 5),
    )  # fmt: skip
    moves = community.filter(pl.col("outcome") >= _TRANSFER)
    transfers = _university_plans(
        world, rng, moves["person"].to_numpy(),
        (moves["start"] + moves["years"] + moves["gap"]).to_numpy(), moves["sector"].to_numpy(),
        control.transfer_completion, (2, 3),
    )  # fmt: skip
    second = community.filter(pl.Series(rng.random(len(community)) < control.second_college))
    # A year of classes at another college, alongside or right after the first.
    second = second.with_columns(
        college=(pl.col("college") + 1) % world.n_community,
        start=pl.col("start") + pl.min_horizontal(pl.col("years") - 1, 1),
        years=pl.lit(1, dtype=pl.Int64),
        gap=pl.lit(0, dtype=pl.Int64),
        outcome=pl.lit(_NO_AWARD, dtype=pl.Int64),
    )
    plans = pl.concat([community, second, direct, transfers])
    return plans.filter(pl.col("start") <= control.last_academic_year)


def _community_plans(
    control: Control, world: World, rng: np.random.Generator, people: pl.DataFrame,
    school: pl.DataFrame, going: dict[str, np.ndarray], person: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    n = len(person)
    ability = people["ability"].to_numpy()[person]
    concentrator = school["is_concentrator"].to_numpy()[person]
    done = school["is_pathway_completer"].to_numpy()[person]
    pathway = school["pathway"].to_numpy()[person]
    cte = rng.random(n) < calibrated(1.0 * concentrator - 0.3 * ability, control.cte_program)
    stays = concentrator & (rng.random(n) < control.stays_in_sector)
    popularity = [s.popularity for s in SECTORS]
    chosen = np.where(stays, world.pathway_sector[np.maximum(pathway, 0)], pick(rng, popularity, n))
    sector = np.where(cte, chosen, -1)
    shares = np.array(control.cc_outcomes)
    # Certificates go to CTE programs, transfers mostly not; ability and a finished pathway help.
    tilt = np.exp(
        np.stack(
            [
                -0.25 * ability - 0.2 * done,
                np.where(cte, 0.6, -2.5) + 0.2 * done,
                np.where(cte, 0.2, -0.2) + 0.25 * ability,
                np.where(cte, -0.7, 0.4) + 0.4 * ability,
                np.where(cte, -0.7, 0.4) + 0.5 * ability,
            ],
            axis=1,
        )
    )
    weights = shares * tilt
    cumulative = np.cumsum(weights, axis=1)
    outcome = (cumulative < (rng.random(n) * cumulative[:, -1])[:, None]).sum(axis=1)
    years = np.select(
        [outcome == _NO_AWARD, outcome == _CERTIFICATE],
        [1 + pick(rng, (0.5, 0.28, 0.16, 0.06), n), 1 + pick(rng, (0.55, 0.35, 0.1), n)],
        2 + pick(rng, (0.4, 0.4, 0.2), n),
    )
    stops = (years >= 2) & (rng.random(n) < control.stop_out)
    near = world.district_college[world.school_district[people["school"].to_numpy()[person]]]
    far = rng.integers(0, world.n_community, n)
    return pl.DataFrame(
        {
            "person": person,
            "college": np.where(rng.random(n) < 0.85, near, far),
            "start": going["college_start_year"][person],
            "years": years,
            "gap": np.where(stops, 1 + (rng.random(n) < 0.3), 0),
            "sector": sector,
            "variant": rng.integers(0, 4, n),
            "is_university": np.zeros(n, dtype=bool),
            "is_undeclared": rng.random(n) < control.undeclared,
            "outcome": outcome,
        }
    ).cast(pl.Schema(_PLAN))


_PLAN = {
    "person": pl.Int64, "college": pl.Int64, "start": pl.Int64, "years": pl.Int64, "gap": pl.Int64,
    "sector": pl.Int64, "variant": pl.Int64, "is_university": pl.Boolean,
    "is_undeclared": pl.Boolean, "outcome": pl.Int64,
}  # fmt: skip


def _university_plans(
    world: World, rng: np.random.Generator, person: np.ndarray,
    start: np.ndarray, sector: np.ndarray, completion: float, to_degree: tuple[int, int],
) -> pl.DataFrame:  # fmt: skip
    """Return stays at universities; a sector of -2 is still to be chosen."""
    n = len(person)
    degree = rng.random(n) < completion
    years = np.where(
        degree,
        np.where(rng.random(n) < 0.7, to_degree[0], to_degree[1]),
        1 + rng.integers(0, to_degree[0], n),
    )
    chosen = np.where(rng.random(n) < 0.6, pick(rng, [s.popularity for s in SECTORS], n), -1)
    n_universities = world.certifier - world.n_community
    return pl.DataFrame(
        {
            "person": person,
            "college": world.n_community + rng.integers(0, n_universities, n),
            "start": start,
            "years": years,
            "gap": np.zeros(n, dtype=int),
            "sector": np.where(sector == -2, chosen, sector),
            "variant": rng.integers(0, 4, n),
            "is_university": np.ones(n, dtype=bool),
            "is_undeclared": np.zeros(n, dtype=bool),
            "outcome": np.where(degree, _ASSOCIATE, _NO_AWARD),
        }
    ).cast(pl.Schema(_PLAN))


def _terms(
    control: Control, people: pl.DataFrame, plans: pl.DataFrame, cohort: int
) -> pl.DataFrame:
    """Return terms of enrolment; academic years after the last reported one are cut off."""
    rng = stream(control, "college terms", cohort)
    plan, nth = repeated(plans["years"].to_numpy())
    start, gap = plans["start"].to_numpy()[plan], plans["gap"].to_numpy()[plan]
    # A stop-out falls after the first half of the years.
    half = (plans["years"].to_numpy()[plan] + 1) // 2
    year = start + nth + np.where(nth >= half, gap, 0)
    university = plans["is_university"].to_numpy()[plan]
    n = len(plan)
    chance = {"FA": np.full(n, 0.96), "WI": np.where(university, 0.0, 0.06),
              "SP": np.full(n, 0.92), "SU": np.where(university, 0.05, 0.14)}  # fmt: skip
    frames = []
    for season, share in chance.items():
        enrolled = rng.random(n) < share
        # The first year of a stay begins in the fall: a summer before it would precede it.
        enrolled = np.where(nth == 0, enrolled & (season != "SU"), enrolled)
        enrolled |= (nth == 0) & (season == "FA")
        at = np.flatnonzero(enrolled & (year <= control.last_academic_year))
        frames.append(
            pl.DataFrame(
                {
                    "plan": plan[at],
                    "person": plans["person"].to_numpy()[plan[at]],
                    "year": year[at],
                    "season": np.full(len(at), season),
                    "nth": nth[at],
                },
                schema={
                    "plan": pl.Int64,
                    "person": pl.Int64,
                    "year": pl.Int64,
                    "season": pl.String,
                    "nth": pl.Int64,
                },
            )
        )
    terms = pl.concat(frames).sort("plan", "year", "season")
    at = terms["plan"].to_numpy()
    short = terms["season"].is_in(["SU", "WI"]).to_numpy()
    full = np.where(plans["is_university"].to_numpy()[at], 14.0, 10.0)
    ability = people["ability"].to_numpy()[terms["person"].to_numpy()]
    attempted = np.clip(np.round(rng.normal(np.where(short, 4, full), 2.8)), 1, 21)
    attempted = np.where(short, np.clip(attempted, 1, 9), attempted)
    passed = np.clip(rng.normal(0.84 + 0.05 * ability, 0.2), 0, 1)
    awarded = plans["outcome"].to_numpy()[at] > _NO_AWARD
    passed = np.where(rng.random(len(at)) < np.where(awarded, 0.8, 0.45), 1.0, passed)
    declared = ~plans["is_undeclared"].to_numpy()[at] | (terms["nth"].to_numpy() >= 1)
    poor = people["is_economically_disadvantaged"].to_numpy()[terms["person"].to_numpy()]
    goal = np.select(
        [plans["is_university"].to_numpy()[at], plans["sector"].to_numpy()[at] < 0],
        ["C", np.array(["A", "B", "F"])[plans["variant"].to_numpy()[at] % 3]],
        np.array(["C", "D", "A", "E"])[plans["variant"].to_numpy()[at]],
    )
    aid = pick(rng, (0.75, 0.15, 0.10), len(at))
    columns = ("college", "sector", "variant", "is_university")
    return (
        terms.with_columns(
            *(plans[c].gather(at).alias(c) for c in columns),
            units_attempted=pl.Series(attempted),
            units_earned=pl.Series(np.floor(attempted * passed)),
            is_declared=pl.Series(declared),
            goal=pl.Series(goal),
            aid=pl.Series(
                np.where(
                    poor,
                    np.array(["PELL", "PROMISE", "NONE"])[aid],
                    np.array(["NONE", "PROMISE", "PELL"])[aid],
                )
            ),
        )
        .unique(["person", "college", "year", "season"], keep="first", maintain_order=True)
        .drop("plan")
    )


def _college_awards(control: Control, plans: pl.DataFrame, cohort: int) -> pl.DataFrame:
    """Return certificates and degrees, dated at the end of the stay that earned them."""
    rng = stream(control, "college awards", cohort)
    university = pl.col("is_university")
    earned = plans.with_columns(last_year=pl.col("start") + pl.col("years") - 1 + pl.col("gap"))
    degrees = earned.filter(pl.col("outcome").is_in([_ASSOCIATE, _DEGREE_TRANSFER]))
    degrees = degrees.with_columns(
        kind=pl.when(university).then(pl.lit("B"))
        .when(pl.col("sector") >= 0).then(pl.lit("S")).otherwise(pl.lit("A"))
    )  # fmt: skip
    certificates = earned.filter((pl.col("outcome") == _CERTIFICATE) & ~university)
    size = pick(rng, (0.3, 0.42, 0.18, 0.05, 0.05), len(certificates))
    certificates = certificates.with_columns(
        kind=pl.Series(np.array(["N", "M", "T", "O", "G"])[size])
    )
    # A fifth of associates in a CTE program collect a certificate on the way.
    onward = degrees.filter((pl.col("kind") == "S") & pl.Series(rng.random(len(degrees)) < 0.2))
    onward = onward.with_columns(kind=pl.lit("M"), last_year=pl.col("last_year") - 1)
    awards = pl.concat([degrees, certificates, onward])
    n = len(awards)
    autumn = rng.random(n) < 0.12
    last = awards["last_year"].to_numpy()
    in_spring = day(last + 1, 5, 15 + rng.integers(0, 20, n))
    date = np.where(autumn, day(last, 12, 10 + rng.integers(0, 12, n)), in_spring)
    sector, variant = awards["sector"].to_numpy(), awards["variant"].to_numpy()
    is_university = awards["is_university"].to_numpy()
    top, cip, title = program(sector, variant)
    units = np.full(n, np.nan)
    for kind, (low, high) in _UNITS.items():
        at = np.flatnonzero((awards["kind"] == kind).to_numpy())
        units[at] = rng.integers(low, high + 1, len(at))
    # MIS leaves units out on some awards; noncredit and low-unit awards never carry them.
    units[rng.random(n) < 0.08] = np.nan
    kinds = awards["kind"].to_numpy()
    health = (sector == HEALTH) & (top == NURSING_TOP)
    level = np.array([_LEVEL.get(k, "") for k in kinds], dtype=object)
    associate = np.isin(kinds, ["A", "S"])
    level[associate] = np.select(
        [health[associate], sector[associate] >= 0],
        ["associate_health", "associate_cte"],
        "associate_transfer",
    )
    both = rng.random(n) < 0.6
    return pl.DataFrame(
        {
            "person": awards["person"].to_numpy(),
            "issuer": awards["college"].to_numpy(),
            "kind": kinds,
            "award_date": date,
            "sector": sector,
            "top": np.where(is_university, "", top),
            "cip": np.where(is_university | both, cip, ""),
            "units": units,
            "title": title,
            "level": level.astype(str),
        },
        schema=_AWARD,
    )


_AWARD = {
    "person": pl.Int64, "issuer": pl.Int64, "kind": pl.String, "award_date": pl.Date,
    "sector": pl.Int64, "top": pl.String, "cip": pl.String, "units": pl.Float64,
    "title": pl.String, "level": pl.String,
}  # fmt: skip


def _certifications(
    control: Control, world: World, school: pl.DataFrame, plans: pl.DataFrame, cohort: int
) -> pl.DataFrame:
    """Return awards of the certifying body: of pathway completers, CTE leavers, apprentices."""
    rng = stream(control, "certifications", cohort)
    pathway, exit_date = school["pathway"].to_numpy(), school["exit_date"].to_numpy()
    in_state, graduate = school["in_state"].to_numpy(), (school["completion"] == "100").to_numpy()
    early = np.flatnonzero(school["is_certified"].to_numpy() & in_state)
    # Around graduation: some weeks before it, up to nearly two years after.
    early_date = exit_date[early] + rng.integers(-40, 600, len(early))
    later = plans.filter((pl.col("sector") >= 0) & ~pl.col("is_university")).unique(
        "person", keep="first", maintain_order=True
    )
    later = later.filter(pl.Series(rng.random(len(later)) < 0.2))
    later_date = day((later["start"] + later["years"]).to_numpy(), 7, 1 + rng.integers(
        0, 330, len(later)))  # fmt: skip
    trade = np.isin(world.pathway_sector[np.maximum(pathway, 0)], [2, 11, 14])
    apprentice = np.flatnonzero(
        school["is_concentrator"].to_numpy() & graduate & trade & (rng.random(len(school)) < 0.08)
    )
    journey = exit_date[apprentice] + 1_300 + rng.integers(0, 500, len(apprentice))
    person = np.concatenate([early, later["person"].to_numpy(), apprentice])
    own = world.pathway_sector[np.maximum(pathway, 0)]
    sector = np.concatenate([own[early], later["sector"].to_numpy(), own[apprentice]])
    kind = np.array(["IC"] * (len(early) + len(later)) + ["AJ"] * len(apprentice))
    n = len(person)
    top, cip, title = program(sector, rng.integers(0, 2, n))
    suffix = np.where(kind == "AJ", " Journey Status", " Certification")
    return pl.DataFrame(
        {
            "person": person,
            "issuer": np.full(n, world.certifier),
            "kind": kind,
            "award_date": np.concatenate([early_date, later_date, journey]),
            "sector": sector,
            "top": np.where(rng.random(n) < 0.2, top, ""),
            "cip": cip,
            "units": np.full(n, np.nan),
            "title": [t + s for t, s in zip(title.tolist(), suffix.tolist(), strict=True)],
            "level": np.where(kind == "AJ", "long_certificate", "short_certificate"),
        },
        schema=_AWARD,
    )


def program(sector: np.ndarray, variant: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return TOP code, CIP code and title of programs; sector -1 is outside CTE."""
    tops = np.array([*(s.top * 2 for s in SECTORS), GENERAL_TOP])
    titles = np.array([*(s.titles * 2 for s in SECTORS), GENERAL_TITLES])
    cips = np.array([*((s.cip,) * 4 for s in SECTORS), GENERAL_CIP])
    return tops[sector, variant % 4], cips[sector, variant % 4], titles[sector, variant % 4]
