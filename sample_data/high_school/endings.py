"""How high school ends: graduation, dropping out, moving away, transition programmes.

Lives here: years in school, exits and completions. Does not: spells.
"""

import numpy as np

from sample_data.control import RACES
from sample_data.draws import Draws, completed_years, day
from sample_data.high_school.plan import Plan
from sample_data.lives.people import People
from sample_data.world.places import World

# How dropouts are coded, and where those who leave the state's system go; weights by design.
_DROPOUT = {"E140": 70, "E300": 3, "E400": 14, "T260": 6, "T270": 3, "T280": 1, "T380": 3}
_REMOVED = {"T180": 28, "T200": 40, "T240": 20, "T460": 8, "T370": 3, "E130": 1}

OUT_OF_STATE = ("T200", "T240", "E130")


def endings(world: World, people: People, plan: Plan) -> dict[str, np.ndarray]:
    """Return each person's years in high school, and how and when they left it."""
    draw = people.draws("high-school ends")
    fate = _fates(world, people, plan, draw)
    years = _years(world, people, fate, draw)
    last_year = people.cohort + years - 1
    during = day(last_year, 9, draw.whole("day of leaving", 15, 240))
    year_end = day(last_year + 1, 6, 2 + world.school_district[people.school] % 9)
    leaves_early = np.isin(fate, ["removed", "dropout", "equivalency"])
    exit_date = np.where(leaves_early, during, year_end)
    summer = (fate == "graduate") & draw.chance("summer", world.control.summer_graduates)
    # Summer graduates finish in a spell of their own, in July of the next academic year.
    exit_date = np.where(
        summer, day(last_year + 1, 7, 20 + draw.whole("summer day", 0, 11)), exit_date
    )
    exit_code = np.select(
        [fate == "removed", fate == "dropout"],
        [draw.pick_code("removal", _REMOVED), draw.pick_code("dropout", _DROPOUT)],
        "E230",
    )
    equivalent = np.array(["330", "320", "250"])[draw.pick("equivalent", (0.6, 0.25, 0.15))]
    completion = np.select(
        [np.isin(fate, ["graduate", "late graduate"]), fate == "equivalency",
         fate == "unfinished", fate == "transition"],
        ["100", equivalent, "360", np.where(draw.chance("certificate", 0.5), "120", "360")],
        "",
    )  # fmt: skip
    repeats = draw.pick("repeats", (0.2, 0.15, 0.15, 0.5))
    return {
        "fate": fate,
        "years": years,
        "repeats": np.where(fate == "late graduate", repeats, 9),
        "is_summer_graduate": summer,
        "exit_date": exit_date,
        "exit_code": exit_code,
        "completion": completion,
        "in_state": ~np.isin(exit_code, OUT_OF_STATE),
    }


def _fates(world: World, people: People, plan: Plan, draw: Draws) -> np.ndarray:
    """Return how high school ends, as `HighSchool.fate` has it."""
    control, reserved = world.control, people.is_reserved
    removed = ~reserved & draw.chance("removed", control.leaves_system)
    chance = _graduation(world, people, plan, ~removed)
    graduates = ~removed & ~reserved & draw.chance("graduates", chance)
    stays = people.has_disability & draw.chance("stays", control.transition_program)
    transition = reserved | (~removed & ~graduates & stays)
    shares = (control.fifth_year, control.equivalency, control.unfinished)
    late_kind = draw.pick("late kind", (*shares, 1 - sum(shares)))
    return np.select(
        [removed, graduates, transition, late_kind == 0, late_kind == 1, late_kind == 2],
        ["removed", "graduate", "transition", "late graduate", "equivalency", "unfinished"],
        "dropout",
    )


def _years(world: World, people: People, fate: np.ndarray, draw: Draws) -> np.ndarray:
    """Return how many academic years people are in high school."""
    years = np.select(
        [np.isin(fate, ["graduate", "unfinished"]), fate == "late graduate",
         fate == "equivalency", fate == "removed"],
        [4, 5, 3 + draw.whole("years of equivalency", 0, 2), 1 + draw.whole("stayed", 0, 4)],
        2 + draw.pick("years of dropout", (0.2, 0.3, 0.5)),
    )  # fmt: skip
    years = np.where(fate == "transition", _transition_years(world, people, draw), years)
    longest = world.control.last_academic_year - people.cohort + 1
    return np.where(people.is_reserved, np.minimum(9, longest), years)


def _graduation(world: World, people: People, plan: Plan, stayed: np.ndarray) -> np.ndarray:
    control = world.control
    odds = control.ability_effect * people.ability
    odds = odds + control.graduation_concentrator * (plan.courses >= 2)
    return world.rates.chance(
        "graduation",
        odds,
        control.graduation,
        factors=[(people.race, [control.graduation_by_race[code] for code in RACES])],
        flags=[(getattr(people, name), t) for name, t in control.graduation_by_program.items()],
        among=stayed,
    )


def _transition_years(world: World, people: People, draw: Draws) -> np.ndarray:
    """Return 5 to 9 years: nobody starts a year of a transition programme older than 21."""
    oldest_year = 21 - completed_years(people.birth_date, day(people.cohort, 8, 31)) + 1
    longest = world.control.last_academic_year - people.cohort + 1
    return np.minimum.reduce([5 + draw.whole("transition years", 0, 5), oldest_year, longest])
