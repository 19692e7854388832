"""After high school: going to college and terms of enrolment.

Lives here: who goes, and their terms. Does not: dual enrolment (`high_school`), work, how it is
reported.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.control import MACROREGIONS, RACES
from sample_data.draws import day, repeated
from sample_data.high_school.years import HighSchool
from sample_data.lives.awards import certifications, college_awards
from sample_data.lives.people import People
from sample_data.lives.stays import NO_AWARD, Going, of_stay, stays_of
from sample_data.world.places import World


@dataclass(frozen=True)
class College:
    """Years after high school; arrays have one entry a person.

    Attributes:
        goes_within_year: In college within a year of completing high school.
        starts_at_university: Goes to a university at once.
        terms: One row a person, college and term.
        awards: One row a credential.
    """

    goes_within_year: np.ndarray
    starts_at_university: np.ndarray
    terms: pl.DataFrame
    awards: pl.DataFrame


def live(world: World, people: People, school: HighSchool) -> College:
    """Return the college years of people."""
    control = world.control
    going = _going(world, people, school)
    stays = stays_of(world, people, school, going)
    awards = pl.concat(
        [college_awards(people, stays), certifications(world, people, school, stays)]
    )
    reported = (pl.col("award_date") >= day(control.first_ninth_grade_year, 7, 1)) & (
        pl.col("award_date") <= day(control.last_academic_year + 1, 6, 30)
    )
    return College(
        goes_within_year=going.within_year,
        starts_at_university=going.university,
        terms=_terms(world, people, stays),
        awards=awards.filter(reported).sort("person", "award_date", "kind", "issuer", "number"),
    )


def _going(world: World, people: People, school: HighSchool) -> Going:
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
    return Going(goes, university, np.where(goes | late, start, -1))


def _for_each(whole: np.ndarray, part: np.ndarray) -> float:
    """Return how many members of a whole there are for each member of a part of it."""
    return float(whole.sum() / max(part.sum(), 1))


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
    of_year = of_stay(people, stays).at(stay, nth)
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


def _with_units(people: People, stays: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Return terms with the stay they belong to, units, goal and aid."""
    at = terms["at"].to_numpy()
    season = terms["season"].replace_strict({s: i for i, s in enumerate(_SEASONS)}).to_numpy()
    event = of_stay(people, stays).at(at, terms["nth"].to_numpy() * len(_SEASONS) + season)
    short = np.isin(season, [_SEASONS.index("SU"), _SEASONS.index("WI")])
    university = stays["is_university"].to_numpy()[at]
    row = stays["person"].to_numpy()[at]
    load = np.where(short, 4, np.where(university, 14.0, 10.0))
    attempted = np.clip(np.round(event.normal("units", load, 2.8)), 1, 21)
    attempted = np.where(short, np.clip(attempted, 1, 9), attempted)
    passed = np.clip(event.normal("passed", 0.84 + 0.05 * people.ability[row], 0.2), 0, 1)
    awarded = stays["outcome"].to_numpy()[at] > NO_AWARD
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
