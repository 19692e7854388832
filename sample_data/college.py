"""After high school: going to college, terms, stopping out, transferring, credentials.

Lives here: what happens at colleges and with the certifying body. Does not: dual enrolment
(`high_school`), work, how it is reported.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.control import MACROREGIONS, RACES
from sample_data.draws import Draws, day, repeated
from sample_data.fields import (
    NURSING_TOP,
    PATHWAY_SECTOR,
    POPULARITY,
    TRADES,
    program,
)
from sample_data.high_school import HighSchool
from sample_data.people import People
from sample_data.world import World

# Outcomes of a community-college student, in the order of `Control.community_outcomes`; a
# university student comes to no award or a degree.
_NO_AWARD, _CERTIFICATE, _DEGREE, _TRANSFER, _DEGREE_TRANSFER = range(5)
# Number of a stay in its person's draws.
_COMMUNITY, _SECOND, _UNIVERSITY = range(3)
# Semester units of each award type, low and high; certificates by MIS SP02.
_UNITS = {"N": (8, 15), "M": (16, 29), "T": (30, 45), "A": (60, 72), "S": (60, 78), "B": (120, 132)}
_LEVEL = {
    "N": "short_certificate", "IC": "short_certificate", "O": "short_certificate",
    "G": "short_certificate", "M": "long_certificate", "T": "long_certificate",
    "AJ": "long_certificate", "A": "associate_transfer", "S": "associate_cte", "B": "bachelor",
}  # fmt: skip


@dataclass(frozen=True)
class College:
    """Years after high school; arrays have one entry a person.

    Attributes:
        goes_within_year: In college within a year of completing high school.
        goes_later: Enters after that.
        starts_at_university: Goes to a university at once.
        terms: One row a person, college and term.
        awards: One row a credential.
    """

    goes_within_year: np.ndarray
    goes_later: np.ndarray
    starts_at_university: np.ndarray
    terms: pl.DataFrame
    awards: pl.DataFrame


@dataclass(frozen=True)
class _Going:
    """Who goes to college, where they begin and in which fall; -1 for never."""

    within_year: np.ndarray
    later: np.ndarray
    university: np.ndarray
    start: np.ndarray


def live(world: World, people: People, school: HighSchool) -> College:
    """Return the college years of people."""
    control = world.control
    going = _going(world, people, school)
    stays = _stays(world, people, school, going)
    awards = pl.concat(
        [_college_awards(people, stays), _certifications(world, people, school, stays)]
    )
    reported = (pl.col("award_date") >= day(control.first_ninth_grade_year, 7, 1)) & (
        pl.col("award_date") <= day(control.last_academic_year + 1, 6, 30)
    )
    return College(
        goes_within_year=going.within_year,
        goes_later=going.later,
        starts_at_university=going.university,
        terms=_terms(world, people, stays),
        awards=awards.filter(reported).sort("person", "award_date", "kind", "issuer", "number"),
    )


def _going(world: World, people: People, school: HighSchool) -> _Going:
    control, draw = world.control, people.draws("college going")
    completer, fate = school.is_completer, school.fate
    odds = (
        control.ability_effect * people.ability
        + control.college_going_dual_enrollment * school.is_dual_enrolled
        + control.college_going_pathway * school.is_pathway_completer
        + control.college_going_equivalency * (fate == "equivalency")
        + control.college_going_disability * people.has_disability
    )
    region = world.county_macroregion[world.school_county[people.school]]
    gender = (people.gender == "M") + 2 * (people.gender == "X").astype(int)
    chance = world.rates.chance(
        "college going",
        odds,
        control.college_going,
        factors=[
            (people.race, [control.college_going_by_race[code] for code in RACES]),
            (region, [control.college_going_by_region[name] for name in MACROREGIONS]),
            (gender, [control.college_going_by_gender[code] for code in ("F", "M", "X")]),
        ],
        flags=[(getattr(people, name), t) for name, t in control.college_going_by_program.items()],
        among=completer,
    )
    goes = completer & draw.chance("goes", chance)
    late_share = np.where(completer, control.delayed_entry, control.noncompleter_entry)
    left = school.in_state & (fate != "transition")
    late = ~goes & left & draw.chance("goes late", late_share)
    # The first fall that starts after leaving high school; fall terms start on 20 August.
    exit_year = school.exit_date.astype("datetime64[Y]").astype(int) + 1970
    next_fall = np.where(school.exit_date < day(exit_year, 8, 20), exit_year, exit_year + 1)
    start = next_fall + np.where(late, 1 + draw.whole("years later", 0, 3), 0)
    poor = people.is_economically_disadvantaged
    asian = np.isin(people.race, [RACES.index("RA"), RACES.index("RF")])
    may = goes & (fate == "graduate")
    share = min(control.to_university * _for_each(goes, may), 0.97)
    to_university = world.rates.chance(
        "university", 0.9 * people.ability - 0.5 * poor + 0.3 * asian, share, among=may
    )
    university = may & draw.chance("university", to_university)
    return _Going(goes, late, university, np.where(goes | late, start, -1))


def _for_each(whole: np.ndarray, part: np.ndarray) -> float:
    """Return how many members of a whole there are for each member of a part of it."""
    return float(whole.sum() / max(part.sum(), 1))


_STAY = {
    "person": pl.Int64, "stay": pl.Int64, "college": pl.Int64, "start": pl.Int64,
    "years": pl.Int64, "gap": pl.Int64, "sector": pl.Int64, "variant": pl.Int64,
    "is_university": pl.Boolean, "is_undeclared": pl.Boolean, "outcome": pl.Int64,
}  # fmt: skip


def _stays(world: World, people: People, school: HighSchool, going: _Going) -> pl.DataFrame:
    """Return stays at colleges: person, college, start, years, gap, program and what they earn."""
    control, draw = world.control, people.draws("college stays")
    enters = np.flatnonzero(going.start >= 0)
    university = going.university[enters]
    community = _community_stays(world, people, school, going, enters[~university])
    at = enters[university]
    direct = _university_stays(
        world, people, at, going.start[at], np.full(len(at), -2), control.university_completion,
        (4, 5),
    )  # fmt: skip
    moves = community.filter(pl.col("outcome") >= _TRANSFER)
    transfers = _university_stays(
        world, people, moves["person"].to_numpy(),
        (moves["start"] + moves["years"] + moves["gap"]).to_numpy(), moves["sector"].to_numpy(),
        control.transfer_completion, (2, 3),
    )  # fmt: skip
    has_second = draw.chance("second college", control.second_college)
    second = community.filter(pl.lit(pl.Series(has_second)).gather(pl.col("person")))
    # A year of classes at another college, alongside or right after the first.
    second = second.with_columns(
        stay=pl.lit(_SECOND, dtype=pl.Int64),
        college=(pl.col("college") + 1) % world.n_community,
        start=pl.col("start") + pl.min_horizontal(pl.col("years") - 1, 1),
        years=pl.lit(1, dtype=pl.Int64),
        gap=pl.lit(0, dtype=pl.Int64),
        outcome=pl.lit(_NO_AWARD, dtype=pl.Int64),
    )
    stays = pl.concat([community, second, direct, transfers])
    return stays.filter(pl.col("start") <= control.last_academic_year).sort("person", "stay")


def _community_stays(
    world: World, people: People, school: HighSchool, going: _Going, row: np.ndarray
) -> pl.DataFrame:
    control, draw = world.control, people.draws("community college").at(row, 0)
    ability, concentrator = people.ability[row], school.is_concentrator[row]
    in_cte = world.rates.chance("cte program", 1.0 * concentrator - 0.3 * ability,
                                control.cte_program)  # fmt: skip
    cte = draw.chance("cte", in_cte)
    remains = concentrator & draw.chance("same sector", control.stays_in_sector)
    own = PATHWAY_SECTOR[np.maximum(school.pathway[row], 0)]
    sector = np.where(cte, np.where(remains, own, draw.pick("sector", POPULARITY)), -1)
    outcome = draw.pick_by_row("outcome", _outcomes(world, people, school, row, cte))
    years = np.select(
        [outcome == _NO_AWARD, outcome == _CERTIFICATE],
        [1 + draw.pick("years without", (0.5, 0.28, 0.16, 0.06)),
         1 + draw.pick("years to certificate", (0.55, 0.35, 0.1))],
        2 + draw.pick("years to degree", (0.4, 0.4, 0.2)),
    )  # fmt: skip
    stops = (years >= 2) & draw.chance("stops out", control.stop_out)
    near = world.district_college[world.school_district[people.school[row]]]
    far = draw.whole("far", 0, world.n_community)
    return pl.DataFrame(
        {
            "person": row,
            "stay": np.full(len(row), _COMMUNITY),
            "college": np.where(draw.chance("near", control.near_college), near, far),
            "start": going.start[row],
            "years": years,
            "gap": np.where(stops, 1 + draw.chance("long stop", 0.3), 0),
            "sector": sector,
            "variant": draw.whole("variant", 0, 4),
            "is_university": np.zeros(len(row), dtype=bool),
            "is_undeclared": draw.chance("undeclared", control.undeclared),
            "outcome": outcome,
        }
    ).cast(pl.Schema(_STAY))


def _outcomes(
    world: World, people: People, school: HighSchool, row: np.ndarray, cte: np.ndarray
) -> np.ndarray:
    """Return weights of each outcome, one row a person.

    Certificates go to CTE programs, transfers mostly not; ability, motivation and a finished
    pathway help.
    """
    drive = people.ability[row] + 0.5 * people.motivation[row]
    done = school.is_pathway_completer[row]
    tilt = np.exp(
        np.stack(
            [
                -0.25 * drive - 0.2 * done,
                np.where(cte, 0.6, -2.5) + 0.2 * done,
                np.where(cte, 0.2, -0.2) + 0.25 * drive,
                np.where(cte, -0.7, 0.4) + 0.4 * drive,
                np.where(cte, -0.7, 0.4) + 0.5 * drive,
            ],
            axis=1,
        )
    )
    wanted = np.array(list(world.control.community_outcomes.values()))
    weights = wanted * world.rates.correction("community outcomes") * tilt
    if len(row):
        share = (weights / weights.sum(axis=1, keepdims=True)).mean(axis=0)
        world.rates.correct("community outcomes", wanted, share)
    return weights


def _university_stays(
    world: World, people: People, row: np.ndarray, start: np.ndarray, sector: np.ndarray,
    completion: float, to_degree: tuple[int, int],
) -> pl.DataFrame:  # fmt: skip
    """Return stays at universities; a sector of -2 is still to be chosen."""
    draw, n = people.draws("university").at(row, 0), len(row)
    degree = draw.chance("degree", completion)
    years = np.where(
        degree,
        np.where(draw.chance("in time", 0.7), to_degree[0], to_degree[1]),
        1 + draw.whole("years without", 0, to_degree[0]),
    )
    chosen = np.where(draw.chance("in cte", 0.6), draw.pick("sector", POPULARITY), -1)
    return pl.DataFrame(
        {
            "person": row,
            "stay": np.full(n, _UNIVERSITY),
            "college": draw.whole("where", world.n_community, world.certifier),
            "start": start,
            "years": years,
            "gap": np.zeros(n, dtype=int),
            "sector": np.where(sector == -2, chosen, sector),
            "variant": draw.whole("variant", 0, 4),
            "is_university": np.ones(n, dtype=bool),
            "is_undeclared": np.zeros(n, dtype=bool),
            "outcome": np.where(degree, _DEGREE, _NO_AWARD),
        }
    ).cast(pl.Schema(_STAY))


_SEASONS = ("FA", "WI", "SP", "SU")
# How often a community-college and a university student takes classes in each term.
_ENROLS = {"FA": (0.96, 0.96), "WI": (0.06, 0.0), "SP": (0.92, 0.92), "SU": (0.14, 0.05)}


def _terms(world: World, people: People, stays: pl.DataFrame) -> pl.DataFrame:
    """Return terms of enrolment; academic years after the last reported one are cut off."""
    stay, nth = repeated(stays["years"].to_numpy())
    gap = stays["gap"].to_numpy()[stay]
    # A stop-out falls after the first half of the years.
    half = (stays["years"].to_numpy()[stay] + 1) // 2
    year = stays["start"].to_numpy()[stay] + nth + np.where(nth >= half, gap, 0)
    university = stays["is_university"].to_numpy()[stay].astype(int)
    of_year = _of_stay(people, stays).at(stay, nth)
    frames = []
    for season, share in _ENROLS.items():
        enrolled = of_year.chance(season, np.array(share)[university])
        # The first year of a stay begins in the fall: a summer before it would precede it.
        enrolled = np.where(nth == 0, (season == "FA") | (enrolled & (season != "SU")), enrolled)
        at = np.flatnonzero(enrolled & (year <= world.control.last_academic_year))
        columns = {"at": stay[at], "year": year[at], "season": np.full(len(at), season),
                   "nth": nth[at]}  # fmt: skip
        frames.append(pl.DataFrame(columns, schema=_TERM))
    terms = pl.concat(frames).sort("at", "year", "season")
    terms = _with_units(people, stays, terms)
    return terms.unique(["person", "college", "year", "season"], keep="first", maintain_order=True)


_TERM = {"at": pl.Int64, "year": pl.Int64, "season": pl.String, "nth": pl.Int64}


def _of_stay(people: People, stays: pl.DataFrame) -> Draws:
    return people.draws("college terms").at(stays["person"].to_numpy(), stays["stay"].to_numpy())


def _with_units(people: People, stays: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Return terms with the stay they belong to, units, goal and aid."""
    at = terms["at"].to_numpy()
    season = terms["season"].replace_strict({s: i for i, s in enumerate(_SEASONS)}).to_numpy()
    event = _of_stay(people, stays).at(at, terms["nth"].to_numpy() * len(_SEASONS) + season)
    short = np.isin(season, [_SEASONS.index("SU"), _SEASONS.index("WI")])
    university = stays["is_university"].to_numpy()[at]
    row = stays["person"].to_numpy()[at]
    load = np.where(short, 4, np.where(university, 14.0, 10.0))
    attempted = np.clip(np.round(event.normal("units", load, 2.8)), 1, 21)
    attempted = np.where(short, np.clip(attempted, 1, 9), attempted)
    passed = np.clip(event.normal("passed", 0.84 + 0.05 * people.ability[row], 0.2), 0, 1)
    awarded = stays["outcome"].to_numpy()[at] > _NO_AWARD
    passed = np.where(event.chance("all passed", np.where(awarded, 0.8, 0.45)), 1.0, passed)
    declared = ~stays["is_undeclared"].to_numpy()[at] | (terms["nth"].to_numpy() >= 1)
    variant = stays["variant"].to_numpy()[at]
    goal = np.select(
        [university, stays["sector"].to_numpy()[at] < 0],
        ["C", np.array(["A", "B", "F"])[variant % 3]],
        np.array(["C", "D", "A", "E"])[variant],
    )
    aid = event.pick("aid", (0.75, 0.15, 0.10))
    poor = people.is_economically_disadvantaged[row]
    of_poor, of_others = (np.array(kinds)[aid] for kinds in
                          (["PELL", "PROMISE", "NONE"], ["NONE", "PROMISE", "PELL"]))  # fmt: skip
    columns = ("person", "stay", "college", "sector", "variant", "is_university")
    return terms.drop("at").with_columns(
        *(stays[c].gather(at).alias(c) for c in columns),
        units_attempted=pl.Series(attempted),
        units_earned=pl.Series(np.floor(attempted * passed)),
        is_declared=pl.Series(declared),
        goal=pl.Series(goal),
        aid=pl.Series(np.where(poor, of_poor, of_others)),
    )


_AWARD = {
    "person": pl.Int64, "issuer": pl.Int64, "kind": pl.String, "award_date": pl.Date,
    "sector": pl.Int64, "top": pl.String, "cip": pl.String, "units": pl.Float64,
    "title": pl.String, "level": pl.String, "number": pl.Int64,
}  # fmt: skip
# Number of a credential in its person's draws: three a stay, then those of the certifying body.
_ONWARD, _EARLY, _LATER, _JOURNEY = 10, 20, 21, 22


def _college_awards(people: People, stays: pl.DataFrame) -> pl.DataFrame:
    """Return certificates and degrees, dated at the end of the stay that earned them."""
    earned = stays.with_columns(last_year=pl.col("start") + pl.col("years") - 1 + pl.col("gap"),
                                number=pl.col("stay"))  # fmt: skip
    degrees = earned.filter(pl.col("outcome").is_in([_DEGREE, _DEGREE_TRANSFER]))
    degrees = degrees.with_columns(
        kind=pl.when("is_university").then(pl.lit("B"))
        .when(pl.col("sector") >= 0).then(pl.lit("S")).otherwise(pl.lit("A"))
    )  # fmt: skip
    certificates = earned.filter((pl.col("outcome") == _CERTIFICATE) & ~pl.col("is_university"))
    size = _of_stay(people, certificates).pick("size", (0.3, 0.42, 0.18, 0.05, 0.05))
    certificates = certificates.with_columns(
        kind=pl.Series(np.array(["N", "M", "T", "O", "G"])[size])
    )
    # A fifth of associates in a CTE program collect a certificate on the way.
    collects = pl.Series(_of_stay(people, degrees).chance("collects", 0.2))
    onward = degrees.filter((pl.col("kind") == "S") & collects)
    onward = onward.with_columns(
        kind=pl.lit("M"), last_year=pl.col("last_year") - 1, number=pl.col("number") + _ONWARD
    )
    awards = pl.concat([degrees, certificates, onward])
    draw = people.draws("college awards").at(
        awards["person"].to_numpy(), awards["number"].to_numpy()
    )
    last = awards["last_year"].to_numpy()
    in_winter = day(last, 12, 10 + draw.whole("winter day", 0, 12))
    in_spring = day(last + 1, 5, 15 + draw.whole("spring day", 0, 20))
    top, cip, title = program(awards["sector"].to_numpy(), awards["variant"].to_numpy())
    kinds, university = awards["kind"].to_numpy(), awards["is_university"].to_numpy()
    units = np.full(len(awards), np.nan)
    for kind, (low, high) in _UNITS.items():
        units = np.where(kinds == kind, draw.whole(f"units of {kind}", low, high + 1), units)
    # MIS leaves units out on some awards; noncredit and low-unit awards never carry them.
    units = np.where(draw.chance("without units", 0.08), np.nan, units)
    return pl.DataFrame(
        {
            "person": awards["person"].to_numpy(),
            "issuer": awards["college"].to_numpy(),
            "kind": kinds,
            "award_date": np.where(draw.chance("in winter", 0.12), in_winter, in_spring),
            "sector": awards["sector"].to_numpy(),
            "top": np.where(university, "", top),
            "cip": np.where(university | draw.chance("has cip", 0.6), cip, ""),
            "units": units,
            "title": title,
            "level": levels(kinds, top),
            "number": awards["number"].to_numpy(),
        },
        schema=_AWARD,
    )


def levels(kind: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Return the earnings level of awards by their type and TOP code."""
    level = np.array([_LEVEL[k] for k in kind.tolist()], dtype="<U32")
    return np.where((level == "associate_cte") & (top == NURSING_TOP), "associate_health", level)


def _certifications(
    world: World, people: People, school: HighSchool, stays: pl.DataFrame
) -> pl.DataFrame:
    """Return awards of the certifying body: of pathway completers, CTE leavers, apprentices."""
    control, draw = world.control, people.draws("certifications")
    own = PATHWAY_SECTOR[np.maximum(school.pathway, 0)]
    early = np.flatnonzero(school.is_certified & school.in_state)
    # Around graduation: some weeks before it, up to nearly two years after.
    early_date = school.exit_date[early] + draw.whole("days around", -40, 600)[early]
    later = stays.filter((pl.col("sector") >= 0) & ~pl.col("is_university")).unique(
        "person", keep="first", maintain_order=True
    )
    tested = draw.chance("tested", control.certification_after_program)
    later = later.filter(pl.lit(pl.Series(tested)).gather(pl.col("person")))
    later_row = later["person"].to_numpy()
    later_date = (
        day((later["start"] + later["years"]).to_numpy(), 7, 1)
        + draw.whole("days after", 0, 330)[later_row]
    )
    apprentice = np.flatnonzero(
        school.is_concentrator
        & (school.completion == "100")
        & np.isin(own, TRADES)
        & draw.chance("apprentice", control.apprenticeship)
    )
    journey = school.exit_date[apprentice] + draw.whole("days to journey", 1_300, 1_800)[apprentice]
    row = np.concatenate([early, later_row, apprentice])
    sector = np.concatenate([own[early], later["sector"].to_numpy(), own[apprentice]])
    number = np.repeat([_EARLY, _LATER, _JOURNEY], [len(early), len(later), len(apprentice)])
    event = draw.at(row, number)
    kind = np.where(number == _JOURNEY, "AJ", "IC")
    top, cip, title = program(sector, event.whole("program", 0, 2))
    suffix = np.where(number == _JOURNEY, " Journey Status", " Certification")
    return pl.DataFrame(
        {
            "person": row,
            "issuer": np.full(len(row), world.certifier),
            "kind": kind,
            "award_date": np.concatenate([early_date, later_date, journey]),
            "sector": sector,
            "top": np.where(event.chance("has top", 0.2), top, ""),
            "cip": cip,
            "units": np.full(len(row), np.nan),
            "title": np.char.add(title.astype(str), suffix),
            "level": np.where(kind == "AJ", "long_certificate", "short_certificate"),
            "number": number,
        },
        schema=_AWARD,
    )
