"""High school: CTE pathways, how the years end, spells, courses, opportunities, dual enrolment.

Lives here: what happens from grade 9 to leaving. Does not: college, work, how it is reported.
Academic years are the calendar year they start in; `turn` counts a person's years from 0.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from sample_data.control import RACES
from sample_data.draws import (
    Draws,
    completed_years,
    day,
    log_odds,
    repeated,
    sigmoid,
)
from sample_data.fields import PATHWAY_CODES, PATHWAY_SECTOR, POPULARITY, SECTORS
from sample_data.initiatives import FUNDING
from sample_data.people import People
from sample_data.world import World

_FAR = np.datetime64("NaT", "D")
# How dropouts are coded, and where those who leave the state's system go; weights by design.
_DROPOUT = {"E140": 70, "E300": 3, "E400": 14, "T260": 6, "T270": 3, "T280": 1, "T380": 3}
_REMOVED = {"T180": 28, "T200": 40, "T240": 20, "T460": 8, "T370": 3, "E130": 1}
_OUT_OF_STATE = ("T200", "T240", "E130")
# Diploma, proficiency exam, GED and adult-school diploma.
COMPLETIONS = ("100", "250", "320", "330")
# What a running grant adds to the appeal of a pathway; log odds.
_FUNDED_APPEAL = 0.4


@dataclass(frozen=True)
class HighSchool:
    """High-school years; arrays have one entry a person.

    Attributes:
        pathway, second_pathway: Rows of `PATHWAY_CODES`, -1 for none.
        fate: How it ended: graduate, late graduate, equivalency, unfinished, dropout, removed (to
            another state or system) or transition (a programme up to age 22).
        years: Academic years in high school.
        exit_date, exit_code, completion: How they left; completion is empty where there is none.
        in_state: Whether they stayed in the state.
        is_completer: Diploma or equivalent.
        is_participant, is_concentrator: One, or two and more CTE courses of a pathway completed.
        is_pathway_completer, is_pathway_completer_300_hours: Passed the capstone; with 300 hours.
        is_certified: Has an industry certification of the pathway.
        is_dual_enrolled, is_ccap: Took a dual-enrolment section; under a CCAP agreement.
        dual_sector: Sector of the first career section; -1 for none.
        spells, pathways, opportunities, sections: Events, one row each.
    """

    pathway: np.ndarray
    second_pathway: np.ndarray
    fate: np.ndarray
    years: np.ndarray
    exit_date: np.ndarray
    exit_code: np.ndarray
    completion: np.ndarray
    in_state: np.ndarray
    is_completer: np.ndarray
    is_participant: np.ndarray
    is_concentrator: np.ndarray
    is_pathway_completer: np.ndarray
    is_pathway_completer_300_hours: np.ndarray
    is_certified: np.ndarray
    is_dual_enrolled: np.ndarray
    is_ccap: np.ndarray
    dual_sector: np.ndarray
    spells: pl.DataFrame
    pathways: pl.DataFrame
    opportunities: pl.DataFrame
    sections: pl.DataFrame


@dataclass(frozen=True)
class _Plan:
    """What CTE a person means to take, and where they go to school."""

    pathway: np.ndarray
    second_pathway: np.ndarray
    courses: np.ndarray
    first_turn: np.ndarray
    move_turn: np.ndarray
    moves_mid_year: np.ndarray
    other_school: np.ndarray

    def school(self, people: People, row: np.ndarray, turn: np.ndarray) -> np.ndarray:
        """Return the school at the end of a year."""
        there = turn > self.move_turn[row]
        there |= (turn == self.move_turn[row]) & self.moves_mid_year[row]
        return np.where(there, self.other_school[row], people.school[row])


def live(world: World, people: People) -> HighSchool:
    """Return what happens to people in high school."""
    plan = _plan(world, people)
    ends = _how_it_ends(world, people, plan)
    plan, moved = _moves(world, people, plan, ends)
    spells = _spells(world, people, ends, plan, moved)
    pathways, done = _pathways(world, people, plan, ends)
    dual, sections = _dual_enrollment(world, people, ends, done)
    return HighSchool(
        pathway=plan.pathway,
        second_pathway=plan.second_pathway,
        fate=ends["fate"],
        years=ends["years"],
        exit_date=ends["exit_date"],
        exit_code=ends["exit_code"],
        completion=ends["completion"],
        in_state=ends["in_state"],
        is_completer=np.isin(ends["completion"], COMPLETIONS),
        **done,
        **dual,
        spells=spells,
        pathways=pathways,
        opportunities=_opportunities(world, people, pathways, spells),
        sections=sections,
    )


def offered(world: World, school: np.ndarray, pathway: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Return whether schools offer pathways in academic years."""
    return (world.offered_from[school, pathway] <= year) & (
        year <= world.offered_to[school, pathway]
    )


def _plan(world: World, people: People) -> _Plan:
    control, rates, draw = world.control, world.rates, people.draws("pathway choice")
    odds = (
        control.cte_entry_ability * people.ability
        + control.cte_entry_motivation * people.motivation
        + control.cte_entry_disadvantaged * people.is_economically_disadvantaged
    )
    planned = control.cte_participation * rates.correction("participants")[0]
    takes = draw.chance("takes", rates.chance("takes", odds, min(planned, 0.97)))
    odds = (
        control.concentration_ability * people.ability
        + control.cte_entry_motivation * people.motivation
        + control.concentration_disability * people.has_disability
    )
    share = control.cte_concentration / control.cte_participation
    share = min(share * rates.correction("concentrators")[0], 0.97)
    concentrates = takes & draw.chance(
        "concentrates", rates.chance("concentrates", odds, share, among=takes)
    )
    courses = np.where(concentrates, 2 + draw.pick("courses", (0.5, 0.33, 0.17)), takes.astype(int))
    first_turn = np.minimum(draw.whole("first turn", 0, 4), np.maximum(4 - courses, 0))
    first, second = _chosen(world, people, people.cohort + first_turn, draw)
    has_second = takes & draw.chance("has second", 0.12)
    nobody = np.full(len(people), -1)
    return _Plan(
        pathway=np.where(takes, first, -1),
        second_pathway=np.where(has_second, second, -1),
        courses=courses,
        first_turn=first_turn,
        move_turn=nobody,
        moves_mid_year=nobody < -1,
        other_school=people.school,
    )


def _chosen(
    world: World, people: People, year: np.ndarray, draw: Draws
) -> tuple[np.ndarray, np.ndarray]:
    """Return a first and another pathway that the school offers in a year, for each person."""
    appeal = 0.5 * np.array([s.women for s in SECTORS])[PATHWAY_SECTOR]
    weights = np.array(POPULARITY)[PATHWAY_SECTOR] * np.exp(
        np.where(people.gender == "F", 1, -1)[:, None] * appeal
    )
    every = np.arange(len(PATHWAY_CODES))
    school = people.school[:, None]
    weights = weights * offered(world, school, every, year[:, None])
    source = world.grant_of[people.school]
    begins = np.array([f.first_year for f in FUNDING])[source]
    ends = np.array([f.last_year for f in FUNDING])[source]
    runs = (source >= 0) & (begins <= year[:, None]) & (year[:, None] <= ends)
    weights = weights * np.exp(_FUNDED_APPEAL * runs)
    first = draw.pick_by_row("pathway", weights)
    weights[np.arange(len(people)), first] = 0
    return first, draw.pick_by_row("second pathway", weights)


def _how_it_ends(world: World, people: People, plan: _Plan) -> dict[str, np.ndarray]:
    """Return each person's years in high school, and how and when they left it."""
    control, draw = world.control, people.draws("high-school ends")
    reserved = people.is_reserved
    removed = ~reserved & draw.chance("removed", control.leaves_system)
    graduates = (
        ~removed & ~reserved & draw.chance("graduates", _graduation(world, people, plan, ~removed))
    )
    stays = people.has_disability & draw.chance("stays", control.transition_program)
    transition = reserved | (~removed & ~graduates & stays)
    rest = ~removed & ~graduates & ~transition
    shares = (control.fifth_year, control.equivalency, control.unfinished)
    late_kind = draw.pick("late kind", (*shares, 1 - sum(shares)))
    fate = np.select(
        [removed, graduates, transition, rest & (late_kind == 0), rest & (late_kind == 1),
         rest & (late_kind == 2)],
        ["removed", "graduate", "transition", "late graduate", "equivalency", "unfinished"],
        "dropout",
    )  # fmt: skip
    years = np.select(
        [np.isin(fate, ["graduate", "unfinished"]), fate == "late graduate",
         fate == "equivalency", fate == "removed"],
        [4, 5, 3 + draw.whole("years of equivalency", 0, 2), 1 + draw.whole("stayed", 0, 4)],
        2 + draw.pick("years of dropout", (0.2, 0.3, 0.5)),
    )  # fmt: skip
    years = np.where(fate == "transition", _transition_years(world, people, draw), years)
    longest = control.last_academic_year - people.cohort + 1
    years = np.where(reserved, np.minimum(9, longest), years)
    last_year = people.cohort + years - 1
    during = day(last_year, 9, draw.whole("day of leaving", 15, 240))
    year_end = day(last_year + 1, 6, 2 + world.school_district[people.school] % 9)
    leaves_early = np.isin(fate, ["removed", "dropout", "equivalency"])
    exit_date = np.where(leaves_early, during, year_end)
    summer = (fate == "graduate") & draw.chance("summer", control.summer_graduates)
    # Summer graduates finish in a spell of their own, in July of the next academic year.
    exit_date = np.where(
        summer, day(last_year + 1, 7, 20 + draw.whole("summer day", 0, 11)), exit_date
    )
    exit_code = np.select(
        [fate == "removed", fate == "dropout"],
        [_coded(draw, "removal", _REMOVED), _coded(draw, "dropout", _DROPOUT)],
        "E230",
    )
    equivalent = np.array(["330", "320", "250"])[draw.pick("equivalent", (0.6, 0.25, 0.15))]
    completion = np.select(
        [np.isin(fate, ["graduate", "late graduate"]), fate == "equivalency",
         fate == "unfinished", fate == "transition"],
        ["100", equivalent, "360", np.where(draw.chance("certificate", 0.5), "120", "360")],
        "",
    )  # fmt: skip
    return {
        "fate": fate,
        "years": years,
        "repeats": np.where(
            fate == "late graduate", draw.pick("repeats", (0.2, 0.15, 0.15, 0.5)), 9
        ),
        "is_summer_graduate": summer,
        "exit_date": exit_date,
        "exit_code": exit_code,
        "completion": completion,
        "in_state": ~np.isin(exit_code, _OUT_OF_STATE),
    }


def _coded(draw: Draws, name: str, weights: dict[str, int]) -> np.ndarray:
    return np.array(list(weights))[draw.pick(name, list(weights.values()))]


def _graduation(world: World, people: People, plan: _Plan, stayed: np.ndarray) -> np.ndarray:
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


def _moves(
    world: World, people: People, plan: _Plan, ends: dict[str, np.ndarray]
) -> tuple[_Plan, np.ndarray]:
    """Return the plan with moves between schools, and who moves."""
    draw, years = people.draws("moves"), ends["years"]
    # Nobody moves in the year they leave, so that the move can't fall after the exit.
    moves = draw.chance("moves", world.control.school_moves) & (years >= 2)
    turn = draw.whole("turn", 0, np.maximum(years - 1, 1))
    moved_plan = replace(
        plan,
        move_turn=np.where(moves, turn, 99),
        moves_mid_year=draw.chance("mid-year", 0.6),
        other_school=_another_school(world, people.school, draw, "to"),
    )
    return moved_plan, moves


def _another_school(world: World, home: np.ndarray, draw: Draws, name: str) -> np.ndarray:
    """Return another school, of the same county for three quarters where it has one."""
    n = len(world.school_ids)
    order = np.argsort(world.school_county, kind="stable")
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    size = np.bincount(world.school_county, minlength=len(world.counties))
    first = np.cumsum(size) - size
    county = world.school_county[home]
    further = 1 + draw.whole(name, 0, np.maximum(size[county] - 1, 1))
    within = place[home] - first[county] + further
    near = order[first[county] + within % size[county]]
    far = (home + 1 + draw.whole(f"{name} far", 0, n - 1)) % n
    return np.where((near != home) & draw.chance(f"{name} near", 0.75), near, far)


def _spells(
    world: World, people: People, ends: dict[str, np.ndarray], plan: _Plan, moves: np.ndarray
) -> pl.DataFrame:
    """Return enrolment spells: person, year, turn, school, grade, status, entry, exit and codes."""
    control, draw = world.control, people.draws("spells")
    years, cohort, district = ends["years"], people.cohort, world.school_district
    row, turn = repeated(years)
    event = draw.at(row, turn)
    year = cohort[row] + turn
    moving = moves[row] & (plan.move_turn[row] == turn)
    school = np.where(turn > plan.move_turn[row], plan.other_school[row], people.school[row])
    grade = np.minimum(9 + turn - (turn > ends["repeats"][row]), 12)
    late = np.where(event.chance("is late", 0.05), event.whole("late", 1, 30), 0)
    entry = day(year, 8, 9 + district[school] % 9 + late)
    year_end = day(year + 1, 6, 2 + district[school] % 9)
    last = turn == years[row] - 1
    ends_here = last & ~ends["is_summer_graduate"][row]
    still_there = last & (ends["fate"][row] == "transition") & (year == control.last_academic_year)
    is_open = (~last & ~moving & event.chance("open", control.open_spell)) | still_there
    splits = moving & plan.moves_mid_year[row]
    exit_date = np.where(ends_here, ends["exit_date"][row], year_end)
    exit_date = np.where(splits, day(year, 10, event.whole("day of move", 5, 150)), exit_date)
    exit_code = np.where(ends_here, ends["exit_code"][row], np.where(splits, "T160", "E155"))
    completion = np.where(ends_here, ends["completion"][row], "")
    base = _frame(row, year, turn, school, grade, "10", entry,
                  np.where(is_open, _FAR, exit_date), np.where(is_open, "", exit_code),
                  np.where(is_open, "", completion))  # fmt: skip

    at = np.flatnonzero(splits)
    other = plan.other_school[row[at]]
    arrival = exit_date[at] + event.whole("days between", 1, 12)[at]
    moved = _frame(row[at], year[at], turn[at], other, grade[at], "10", arrival, year_end[at],
                   "E155", "")  # fmt: skip
    at = np.flatnonzero(last & ends["is_summer_graduate"][row])
    summer = _frame(row[at], year[at] + 1, turn[at] + 1, school[at], 12, "10",
                    day(year[at] + 1, 7, 3), ends["exit_date"][row[at]], "E230", "100")  # fmt: skip
    at = np.flatnonzero((turn == 0) & event.chance("no show", control.no_show))
    elsewhere = _another_school(world, people.school, draw, "no-show")[row[at]]
    first_day = day(year[at], 8, 8)
    absent = _frame(row[at], year[at], turn[at], elsewhere, grade[at], "10", first_day, first_day,
                    "N470", "")  # fmt: skip
    at = np.flatnonzero(~last & ~moving & event.chance("secondary", control.secondary_enrollment))
    sister = _sister_school(world, school[at])
    status = np.where(event.chance("is secondary", 0.8)[at], "20", "30")
    second = _frame(row[at], year[at], turn[at], sister, grade[at], status,
                    entry[at] + event.whole("starts late", 20, 60)[at], year_end[at] - 14, "E155",
                    "")  # fmt: skip
    return pl.concat([base, moved, summer, absent, second]).sort(
        "person", "entry_date", "status", "school"
    )


def _sister_school(world: World, school: np.ndarray) -> np.ndarray:
    """Return the next school of the same district; each has two or more."""
    district = world.school_district[school]
    size = np.bincount(world.school_district)
    first = np.cumsum(size) - size
    return first[district] + (school - first[district] + 1) % size[district]


_SPELL = {
    "person": pl.Int64, "year": pl.Int64, "turn": pl.Int64, "school": pl.Int64, "grade": pl.Int64,
    "status": pl.String, "entry_date": pl.Date, "exit_date": pl.Date, "exit_code": pl.String,
    "completion": pl.String,
}  # fmt: skip


def _frame(
    person: np.ndarray, year: np.ndarray, turn: np.ndarray, school: np.ndarray,
    grade: np.ndarray | int, status: np.ndarray | str, entry: np.ndarray, exit_date: np.ndarray,
    exit_code: np.ndarray | str, completion: np.ndarray | str,
) -> pl.DataFrame:  # fmt: skip
    n = len(person)

    def column(value: np.ndarray | str | int) -> np.ndarray:
        return value if isinstance(value, np.ndarray) else np.full(n, value)

    values = (person, year, turn, school, grade, status, entry, exit_date, exit_code, completion)
    columns = dict(zip(_SPELL, map(column, values), strict=True))
    return pl.DataFrame(columns, schema=_SPELL)


_CAPSTONE = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")
_CAPSTONE_SHARE = (3, 14, 12, 13, 16, 11, 10, 14, 7, 3, 4, 1, 2)
_PASSING = 9


def _pathways(
    world: World, people: People, plan: _Plan, ends: dict[str, np.ndarray]
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """Return pathway-years and, by person, what their courses came to."""
    control, draw, n = world.control, people.draws("pathways"), len(people)
    early = np.isin(ends["fate"], ["removed", "dropout", "equivalency"])
    # Courses run one a year while the school at the end of the year offers the pathway; those
    # planned past the leaving year aren't taken, and the year somebody leaves early ends without
    # a completed course.
    row, nth = repeated(plan.courses)
    turn = plan.first_turn[row] + nth
    school, pathway = plan.school(people, row, turn), plan.pathway[row]
    taken = (turn < ends["years"][row]) & offered(world, school, pathway, people.cohort[row] + turn)
    row, nth, turn, school, pathway = (a[taken] for a in (row, nth, turn, school, pathway))
    event = draw.at(row, turn)
    finished = ~(early[row] & (turn == ends["years"][row] - 1))
    doubled = finished & (plan.courses[row] > 1) & event.chance("doubled", 0.08)
    courses = finished.astype(int) + doubled
    length = np.where(
        event.chance("semester", control.semester_course),
        event.normal("semester hours", 90, 6),
        event.normal("hours", 176, 12),
    )
    hours = np.round(np.clip(length, 40, 240) * np.where(finished, courses, 0.4), 1)
    total = np.bincount(row, courses, n)
    last = finished & (nth == plan.courses[row] - 1) & (total[row] >= 2)
    capstone = last & event.chance("capstone", control.capstone_taken)
    grade = event.pick("grade", _grade_shares(control.capstone_passed))
    complete = capstone & (grade < _PASSING) & event.chance("sequence", 0.97)
    certified = complete & event.chance("certified", control.pathway_certification)
    main = _pathway_frame(
        person=row, turn=turn, school=school, pathway=pathway, courses=courses, hours=hours,
        capstone=np.where(capstone, np.array(_CAPSTONE)[grade], ""), is_complete=complete,
        is_certified=certified,
    )  # fmt: skip

    side = np.flatnonzero(plan.second_pathway >= 0)
    side_turn = draw.whole("second turn", 0, 4)[side]
    side_school = plan.school(people, side, side_turn)
    kept = side_turn < ends["years"][side] - early[side]
    kept &= offered(world, side_school, plan.second_pathway[side], people.cohort[side] + side_turn)
    side, side_turn, side_school = side[kept], side_turn[kept], side_school[kept]
    extra_hours = np.round(np.clip(draw.normal("second hours", 150, 35)[side], 60, 240), 1)
    extra = _pathway_frame(
        person=side, turn=side_turn, school=side_school, pathway=plan.second_pathway[side],
        courses=np.ones(len(side), dtype=int), hours=extra_hours,
        capstone=np.full(len(side), ""), is_complete=np.zeros(len(side), dtype=bool),
        is_certified=np.zeros(len(side), dtype=bool),
    )  # fmt: skip
    rows = pl.concat([main, extra]).with_columns(
        year=pl.lit(pl.Series(people.cohort)).gather(pl.col("person")) + pl.col("turn")
    )
    completer = np.bincount(row, complete, n) > 0
    done = {
        "is_participant": (total > 0) | (np.bincount(side, minlength=n) > 0),
        "is_concentrator": total >= 2,
        "is_pathway_completer": completer,
        "is_pathway_completer_300_hours": completer & (np.bincount(row, hours, n) >= 300),
        "is_certified": np.bincount(row, certified, n) > 0,
    }
    rates = world.rates
    rates.correct("participants", control.cte_participation, done["is_participant"].mean())
    among = done["is_concentrator"].sum() / max(done["is_participant"].sum(), 1)
    rates.correct("concentrators", control.cte_concentration / control.cte_participation, among)
    return rows.sort("person", "turn", "pathway"), done


def _grade_shares(passed: float) -> np.ndarray:
    """Return shares of capstone grades of which `passed` are C- or better."""
    weights = np.array(_CAPSTONE_SHARE, dtype=float)
    weights[:_PASSING] *= passed / weights[:_PASSING].sum()
    weights[_PASSING:] *= (1 - passed) / weights[_PASSING:].sum()
    return weights


def _pathway_frame(**columns: np.ndarray) -> pl.DataFrame:
    schema: dict[str, Any] = {
        "person": pl.Int64, "turn": pl.Int64, "school": pl.Int64, "pathway": pl.Int64,
        "courses": pl.Int64, "hours": pl.Float64, "capstone": pl.String,
        "is_complete": pl.Boolean, "is_certified": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(columns, schema=schema)


# Work-based learning types by design: internships and simulations are most of what schools report.
_WBL = {"10": 40, "15": 12, "20": 25, "25": 6, "30": 8, "35": 2, "40": 4, "45": 1, "50": 2}


def _opportunities(
    world: World, people: People, pathways: pl.DataFrame, spells: pl.DataFrame
) -> pl.DataFrame:
    """Return work-based learning: pathway students', then students' in transition programmes."""
    draw = people.draws("work-based learning")
    taken = pathways.filter(pl.col("courses") > 0)
    event = draw.at(taken["person"].to_numpy(), taken["turn"].to_numpy())
    # A person with two pathways in a year has one opportunity at most.
    has = event.chance("has one", world.control.work_based_learning)
    rows = taken.with_columns(kind=pl.Series(_coded(event, "kind", _WBL))).filter(pl.Series(has))
    rows = rows.unique(["person", "turn"], keep="first", maintain_order=True)
    older = spells.filter(
        pl.col("status") == "10", pl.col("turn") >= 4, pl.col("grade") == 12,
        pl.lit(pl.Series(people.has_disability)).gather(pl.col("person")),
    ).unique(["person", "turn"], keep="first", maintain_order=True)  # fmt: skip
    late = draw.at(older["person"].to_numpy(), older["turn"].to_numpy())
    older = older.with_columns(
        pathway=pl.lit(-1, dtype=pl.Int64),
        kind=pl.Series(np.where(late.chance("transition kind", 0.6), "60", "65")),
    )
    names = ["person", "turn", "year", "school", "pathway", "kind"]
    result = pl.concat([rows.select(names), older.select(names)]).sort("person", "turn", "pathway")
    # Type 30 is not collected from 2024-25 on (CDE Flash 265).
    retired = (pl.col("kind") == "30") & (pl.col("year") >= 2024)
    result = result.with_columns(kind=pl.when(retired).then(pl.lit("25")).otherwise("kind"))
    event = draw.at(result["person"].to_numpy(), result["turn"].to_numpy())
    needs_hours = result["kind"].is_in(["10", "15", "20"]).to_numpy()
    hours = np.round(np.clip(np.exp(event.normal("hours", np.log(60), 0.7)), 2, 600), 1)
    given = needs_hours | event.chance("hours are known", 0.6)
    return result.with_columns(
        hours=pl.Series(np.where(given, hours, np.nan)).fill_nan(None),
        has_employer=pl.Series(event.chance("has employer", 0.8)),
        number=pl.Series(event.whole("number", 100_000, 1_000_000)),
    )


# Grades of dual-enrolment sections in the order of this tuple; most pass.
DUAL_GRADES = ("A", "A-", "B+", "B", "C", "P", "D", "F", "W", "NP", "EW", "IP", "RD")
_GRADE_SHARE = (30, 9, 8, 17, 11, 7, 3, 5, 6, 1, 2, 0.5, 0.5)
_GRADE_ABILITY = (1, 0.8, 0.6, 0.3, 0, 0, -0.5, -0.8, -0.4, -0.5, 0, 0, 0)
# Dual enrolment of seniors of 2016-17, whom the table of gaps describes (Wheelhouse).
GAPS_TOTAL = 0.126


def _dual_chance(
    world: World, people: People, ends: dict[str, np.ndarray], done: dict[str, np.ndarray]
) -> np.ndarray:
    control = world.control
    graduate = np.isin(ends["fate"], ["graduate", "late graduate"])
    schools = Draws(control.seed, "schools", np.arange(len(world.school_ids)))
    odds = (
        control.dual_enrollment_ability * people.ability
        + control.dual_enrollment_concentrator * done["is_concentrator"]
        # Districts differ from nearly none to most of their students (Wheelhouse 2024).
        + schools.normal("dual enrolment", 0, 0.6)[people.school]
        - 1.5 * (ends["fate"] == "dropout")
    )
    first_class = control.first_ninth_grade_year + 4
    classes = np.array([year + 4 - first_class for year in control.cohort_years])
    targets = np.clip(
        control.dual_enrollment + control.dual_enrollment_growth * classes, 0.01, 0.95
    )
    cohort = people.cohort - control.first_ninth_grade_year
    total = float(targets[cohort[graduate]].mean()) if graduate.any() else float(targets.mean())
    poor = sigmoid(
        log_odds(total) + log_odds(control.dual_enrollment_disadvantaged) - log_odds(GAPS_TOTAL)
    )
    return world.rates.chance(
        "dual enrolment",
        odds,
        total,
        factors=[
            (cohort, targets),
            (people.race, [control.dual_enrollment_by_race[code] for code in RACES]),
        ],
        flags=[(people.is_economically_disadvantaged, float(poor))],
        among=graduate,
    )


def _dual_enrollment(
    world: World, people: People, ends: dict[str, np.ndarray], done: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], pl.DataFrame]:
    """Return who dual-enrolled, and one row a section they took."""
    control, draw = world.control, people.draws("dual enrolment")
    graduate = np.isin(ends["fate"], ["graduate", "late graduate"])
    eligible = (ends["years"] >= 3) & (ends["fate"] != "transition")
    dual = eligible & draw.chance("dual", _dual_chance(world, people, ends, done))
    ccap = dual & draw.chance("ccap", control.ccap)
    longest = np.minimum(ends["years"], 4)
    first_turn = np.minimum(1 + draw.pick("first turn", (0.1, 0.4, 0.5)), longest - 1)
    spans = np.minimum(1 + draw.chance("two years", 0.5), longest - first_turn)

    row, nth = repeated(np.where(dual, spans, 0))
    year_draw = draw.at(row, nth)
    at, section = repeated(1 + year_draw.pick("sections", (0.15, 0.25, 0.25, 0.2, 0.15)))
    event = year_draw.at(at, section)
    row, turn = row[at], (first_turn[row] + nth)[at]
    season = np.array(["FA", "SP", "SU", "WI"])[event.pick("season", (0.44, 0.44, 0.08, 0.04))]
    # Who leaves during a year takes that year's courses in the fall, before they leave.
    leaving = (turn == ends["years"][row] - 1) & ~graduate[row]
    near = world.district_college[world.school_district[people.school]]
    far = draw.whole("far college", 0, world.n_community)
    college = np.where(draw.chance("near", control.near_college), near, far)
    outside, under = control.career_sections
    grades = np.array(_GRADE_SHARE) * np.exp(
        0.4 * people.ability[row][:, None] * np.array(_GRADE_ABILITY)
    )
    sections = pl.DataFrame(
        {
            "person": row,
            "turn": turn,
            "year": people.cohort[row] + turn,
            "season": np.where(leaving, "FA", season),
            "college": college[row],
            "is_career": event.chance("career", np.where(ccap[row], under, outside)),
            "sector": event.pick("sector", POPULARITY),
            "general": event.whole("general", 0, 4),
            "variant": event.whole("variant", 0, 2),
            "number": event.whole("number", 10_000, 100_000),
            "units": np.array([3.0, 4.0, 1.0, 2.0, 5.0])[
                event.pick("units", (0.68, 0.14, 0.07, 0.06, 0.05))
            ],
            "grade": event.pick_by_row("grade", grades),
            "credit": np.array(["D", "C", "N"])[event.pick("credit", (0.8, 0.18, 0.02))],
            "is_ccap": ccap[row] & event.chance("ccap", 0.8),
        }
    )
    # The flag of a person stands on at least one section.
    first = pl.col("person").is_first_distinct()
    has_flag = pl.lit(pl.Series(ccap)).gather(pl.col("person"))
    sections = sections.with_columns(is_ccap=pl.col("is_ccap") | (first & has_flag)).unique(
        ["person", "year", "season", "number"], keep="first", maintain_order=True
    )
    career = sections.filter("is_career").unique("person", keep="first", maintain_order=True)
    dual_sector = np.full(len(people), -1)
    dual_sector[career["person"].to_numpy()] = career["sector"].to_numpy()
    return {"is_dual_enrolled": dual, "is_ccap": ccap, "dual_sector": dual_sector}, sections
