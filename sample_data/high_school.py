"""High school: CTE pathways, how the years end, spells, courses, opportunities, dual enrolment.

Lives here: what happens from grade 9 to leaving. Does not: college, work, how it is reported.
Academic years are the calendar year they start in; `turn` counts a person's years from 0.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.control import Control, stream
from sample_data.draws import (
    calibrated,
    completed_years,
    day,
    log_odds,
    pick,
    pick_by_row,
    repeated,
)
from sample_data.people import RESERVED, by_race
from sample_data.world import SECTORS, World

_FAR = np.datetime64("NaT", "D")
# How dropouts are coded, and where those who leave the state's system go; weights by design.
_DROPOUT = {"E140": 70, "E300": 3, "E400": 14, "T260": 6, "T270": 3, "T280": 1, "T380": 3}
_REMOVED = {"T180": 28, "T200": 40, "T240": 20, "T460": 8, "T370": 3, "E130": 1}
_OUT_OF_STATE = ("T200", "T240", "E130")


@dataclass
class HighSchool:
    """A cohort's high-school years.

    Attributes:
        persons: One row a person: pathway, years, how and when they left, CTE and dual-enrolment
            outcomes.
        spells: One row an enrolment spell.
        pathways: One row a person, pathway and year.
        opportunities: One row a work-based learning opportunity.
        sections: One row a dual-enrolment section.
    """

    persons: pl.DataFrame
    spells: pl.DataFrame
    pathways: pl.DataFrame
    opportunities: pl.DataFrame
    sections: pl.DataFrame


def live(control: Control, world: World, people: pl.DataFrame) -> HighSchool:
    """Return what happens to a cohort in high school; `people` is one cohort of `people.draw`."""
    cohort = int(people["cohort"][0])
    plan = _choose_pathway(control, world, people, cohort)
    ends = _how_it_ends(control, world, people, plan, cohort)
    spells = _spells(control, world, people, ends, cohort)
    pathways, done = _pathways(control, people, plan, ends, spells, cohort)
    dual, sections = _dual_enrollment(control, world, people, ends, done, cohort)
    persons = pl.DataFrame({"person": np.arange(len(people)), **plan, **ends, **done, **dual})
    opportunities = _opportunities(control, people, pathways, spells, cohort)
    return HighSchool(persons, spells, pathways, opportunities, sections)


def _choose_pathway(
    control: Control, world: World, people: pl.DataFrame, cohort: int
) -> dict[str, np.ndarray]:
    rng = stream(control, "pathway choice", cohort)
    n, woman = len(people), (people["gender"] == "F").to_numpy()
    school, ability = people["school"].to_numpy(), people["ability"].to_numpy()
    takes = rng.random(n) < calibrated(-0.1 * ability, control.cte_participation)
    odds = 0.25 * ability - 0.5 * people["has_disability"].to_numpy()
    share = control.cte_concentration / control.cte_participation
    concentrates = takes & (rng.random(n) < calibrated(odds, share, takes))
    courses = np.where(concentrates, 2 + pick(rng, (0.5, 0.33, 0.17), n), takes.astype(int))
    popularity = np.array([s.popularity for s in SECTORS])[world.pathway_sector]
    appeal = np.array([s.women for s in SECTORS])[world.pathway_sector]
    offers = np.zeros((len(world.school_ids), len(popularity)))
    for row, offered in enumerate(world.school_pathways):
        offers[row, offered] = popularity[offered]
    weights = offers[school] * np.exp(0.5 * np.where(woman, 1, -1)[:, None] * appeal)
    first = pick_by_row(rng, weights)
    weights[np.arange(n), first] = 0
    second = pick_by_row(rng, weights)
    has_second = takes & (rng.random(n) < 0.12)
    return {
        "pathway": np.where(takes, first, -1),
        "second_pathway": np.where(has_second, second, -1),
        "courses_planned": courses,
        "first_course_turn": np.minimum(rng.integers(0, 4, n), np.maximum(4 - courses, 0)),
    }


def _how_it_ends(
    control: Control, world: World, people: pl.DataFrame, plan: dict[str, np.ndarray], cohort: int
) -> dict[str, np.ndarray]:
    """Return each person's years in high school, and how and when they left it."""
    rng = stream(control, "high-school ends", cohort)
    n = len(people)
    reserved = np.zeros(n, dtype=bool)
    if cohort == control.cohort_years[-1]:
        reserved[:RESERVED] = True
    removed = ~reserved & (rng.random(n) < control.leaves_system)
    chance = calibrated(_graduation_odds(control, people, plan), control.graduation, ~removed)
    graduates = ~removed & ~reserved & (rng.random(n) < chance)
    stays = people["has_disability"].to_numpy() & (rng.random(n) < control.transition_program)
    transition = reserved | (~removed & ~graduates & stays)
    rest = ~removed & ~graduates & ~transition
    shares = (control.fifth_year, control.equivalency, control.unfinished)
    late_kind = pick(rng, (*shares, 1 - sum(shares)), n)
    fate = np.select(
        [removed, graduates, transition, rest & (late_kind == 0), rest & (late_kind == 1),
         rest & (late_kind == 2)],
        ["removed", "graduate", "transition", "late graduate", "equivalency", "unfinished"],
        "dropout",
    )  # fmt: skip
    years = np.select(
        [np.isin(fate, ["graduate", "unfinished"]), fate == "late graduate",
         fate == "equivalency", fate == "removed"],
        [4, 5, 3 + rng.integers(0, 2, n), 1 + rng.integers(0, 4, n)],
        2 + pick(rng, (0.2, 0.3, 0.5), n),
    )  # fmt: skip
    years = np.where(fate == "transition", _transition_years(control, rng, people, cohort), years)
    years = np.where(reserved, np.minimum(9, control.last_academic_year - cohort + 1), years)
    district = world.school_district[people["school"].to_numpy()]
    last_year = cohort + years - 1
    during = day(last_year, 9, rng.integers(15, 240, n))
    year_end = day(last_year + 1, 6, 2 + district % 9)
    leaves_early = np.isin(fate, ["removed", "dropout", "equivalency"])
    exit_date = np.where(leaves_early, during, year_end)
    summer = (fate == "graduate") & (rng.random(n) < control.summer_graduates)
    # Summer graduates finish in a spell of their own, in July of the next academic year.
    exit_date = np.where(summer, day(last_year + 1, 7, 20 + rng.integers(0, 11, n)), exit_date)
    exit_code = np.select(
        [fate == "removed", fate == "dropout"],
        [_coded(rng, _REMOVED, n), _coded(rng, _DROPOUT, n)],
        "E230",
    )
    certificate = np.where(rng.random(n) < 0.5, "120", "360")
    completion = np.select(
        [np.isin(fate, ["graduate", "late graduate"]), fate == "equivalency",
         fate == "unfinished", fate == "transition"],
        ["100", np.array(["330", "320", "250"])[pick(rng, (0.6, 0.25, 0.15), n)], "360",
         certificate],
        "",
    )  # fmt: skip
    return {
        "fate": fate,
        "years": years,
        "repeats": np.where(fate == "late graduate", pick(rng, (0.2, 0.15, 0.15, 0.5), n), 9),
        "is_summer_graduate": summer,
        "exit_date": exit_date,
        "exit_code": exit_code,
        "completion": completion,
        "in_state": ~np.isin(exit_code, _OUT_OF_STATE),
    }


def _coded(rng: np.random.Generator, weights: dict[str, int], n: int) -> np.ndarray:
    return np.array(list(weights))[pick(rng, list(weights.values()), n)]


def _graduation_odds(
    control: Control, people: pl.DataFrame, plan: dict[str, np.ndarray]
) -> np.ndarray:
    flags = {
        "is_economically_disadvantaged": control.graduation_disadvantaged,
        "has_disability": control.graduation_disability,
        "is_english_learner": control.graduation_english_learner,
        "is_foster": control.graduation_foster,
        "is_homeless": control.graduation_homeless,
    }
    odds = log_odds(by_race(control.graduation_by_race, people["race"].to_numpy()))
    for flag, effect in flags.items():
        odds = odds + effect * people[flag].to_numpy()
    odds = odds + control.ability_effect * people["ability"].to_numpy()
    return odds + control.graduation_concentrator * (plan["courses_planned"] >= 2)


def _transition_years(
    control: Control, rng: np.random.Generator, people: pl.DataFrame, cohort: int
) -> np.ndarray:
    """Return 5 to 9 years: nobody starts a year of a transition programme older than 21."""
    born = people["birth_date"].to_numpy()
    oldest_year = 21 - completed_years(born, day(np.full(len(born), cohort), 8, 31)) + 1
    return np.minimum.reduce(
        [
            5 + rng.integers(0, 5, len(born)),
            oldest_year,
            np.full(len(born), control.last_academic_year - cohort + 1),
        ]
    )


def _spells(
    control: Control, world: World, people: pl.DataFrame, ends: dict[str, np.ndarray], cohort: int
) -> pl.DataFrame:
    """Return enrolment spells: person, year, turn, school, grade, status, entry, exit and codes."""
    rng = stream(control, "spells", cohort)
    n, n_schools = len(people), len(world.school_ids)
    years, home = ends["years"], people["school"].to_numpy()
    # Nobody moves in the year they leave, so that the move can't fall after the exit.
    moves = (rng.random(n) < control.school_moves) & (years >= 2)
    move_turn = np.where(moves, rng.integers(0, np.maximum(years - 1, 1)), 99)
    mid_year = rng.random(n) < 0.6
    other = (home + 1 + rng.integers(0, n_schools - 1, n)) % n_schools

    person, turn = repeated(years)
    moving = move_turn[person] == turn
    school = np.where(turn > move_turn[person], other[person], home[person])
    grade = np.minimum(9 + turn - (turn > ends["repeats"][person]), 12)
    late = np.where(rng.random(len(person)) < 0.05, rng.integers(1, 30, len(person)), 0)
    entry = day(cohort + turn, 8, 9 + world.school_district[school] % 9 + late)
    year_end = day(cohort + turn + 1, 6, 2 + world.school_district[school] % 9)
    last = turn == years[person] - 1
    ends_here = last & ~ends["is_summer_graduate"][person]
    still_there = (
        last
        & (ends["fate"][person] == "transition")
        & (cohort + turn == control.last_academic_year)
    )
    is_open = (~last & ~moving & (rng.random(len(person)) < control.open_spell)) | still_there
    splits = moving & mid_year[person]
    exit_date = np.where(ends_here, ends["exit_date"][person], year_end)
    exit_date = np.where(
        splits, day(cohort + turn, 10, rng.integers(5, 150, len(person))), exit_date
    )
    exit_code = np.where(ends_here, ends["exit_code"][person], np.where(splits, "T160", "E155"))
    completion = np.where(ends_here, ends["completion"][person], "")
    base = _frame(person, cohort + turn, turn, school, grade, "10", entry,
                  np.where(is_open, _FAR, exit_date), np.where(is_open, "", exit_code),
                  np.where(is_open, "", completion))  # fmt: skip

    at = np.flatnonzero(splits)
    arrival = exit_date[at] + rng.integers(1, 12, len(at))
    moved = _frame(person[at], cohort + turn[at], turn[at], other[person[at]], grade[at], "10",
                   arrival, year_end[at], "E155", "")  # fmt: skip
    at = np.flatnonzero(last & ends["is_summer_graduate"][person])
    summer = _frame(person[at], cohort + turn[at] + 1, turn[at] + 1, school[at], 12, "10",
                    day(cohort + turn[at] + 1, 7, 3), ends["exit_date"][person[at]], "E230",
                    "100")  # fmt: skip
    at = np.flatnonzero((turn == 0) & (rng.random(len(person)) < control.no_show))
    elsewhere = (school[at] + 1 + rng.integers(0, n_schools - 1, len(at))) % n_schools
    first_day = day(cohort + turn[at], 8, 8)
    absent = _frame(person[at], cohort + turn[at], turn[at], elsewhere, grade[at], "10", first_day,
                    first_day, "N470", "")  # fmt: skip
    at = np.flatnonzero(~last & ~moving & (rng.random(len(person)) < control.secondary_enrollment))
    per = len(world.school_ids) // len(world.district_ids)
    sister = school[at] - school[at] % per + (school[at] % per + 1) % per
    status = np.where(rng.random(len(at)) < 0.8, "20", "30")
    second = _frame(person[at], cohort + turn[at], turn[at], sister, grade[at], status,
                    entry[at] + rng.integers(20, 60, len(at)), year_end[at] - 14, "E155",
                    "")  # fmt: skip
    return pl.concat([base, moved, summer, absent, second]).sort(
        "person", "entry_date", "status", "school"
    )


def _frame(
    person: np.ndarray, year: np.ndarray, turn: np.ndarray, school: np.ndarray,
    grade: np.ndarray | int, status: np.ndarray | str, entry: np.ndarray, exit_date: np.ndarray,
    exit_code: np.ndarray | str, completion: np.ndarray | str,
) -> pl.DataFrame:  # fmt: skip
    n = len(person)
    return pl.DataFrame(
        {
            "person": person,
            "year": year,
            "turn": turn,
            "school": school,
            "grade": np.broadcast_to(grade, n).copy(),
            "status": np.broadcast_to(status, n).astype(str),
            "entry_date": entry,
            "exit_date": exit_date,
            "exit_code": np.broadcast_to(exit_code, n).astype(str),
            "completion": np.broadcast_to(completion, n).astype(str),
        },
        schema={
            "person": pl.Int64, "year": pl.Int64, "turn": pl.Int64, "school": pl.Int64,
            "grade": pl.Int64, "status": pl.String, "entry_date": pl.Date, "exit_date": pl.Date,
            "exit_code": pl.String, "completion": pl.String,
        },
    )  # fmt: skip


_CAPSTONE = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")


def _pathways(
    control: Control, people: pl.DataFrame, plan: dict[str, np.ndarray],
    ends: dict[str, np.ndarray], spells: pl.DataFrame, cohort: int,
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:  # fmt: skip
    """Return pathway-years and, by person, what their courses came to."""
    rng = stream(control, "pathways", cohort)
    n = len(people)
    # Courses run one a year; those planned past the leaving year aren't taken, and the year
    # somebody leaves early ends without a completed course.
    person, nth = repeated(plan["courses_planned"])
    turn = plan["first_course_turn"][person] + nth
    early = np.isin(ends["fate"], ["removed", "dropout", "equivalency"])
    taken = turn < ends["years"][person]
    person, nth, turn = person[taken], nth[taken], turn[taken]
    finished = ~(early[person] & (turn == ends["years"][person] - 1))
    doubled = finished & (plan["courses_planned"][person] > 1) & (rng.random(len(person)) < 0.08)
    courses = finished.astype(int) + doubled
    semester = rng.random(len(person)) < control.semester_course
    length = np.where(semester, rng.normal(90, 6, len(person)), rng.normal(176, 12, len(person)))
    hours = np.round(np.clip(length, 40, 240) * np.where(finished, courses, 0.4), 1)
    total = np.bincount(person, courses, n)
    last = finished & (nth == plan["courses_planned"][person] - 1) & (total[person] >= 2)
    capstone = last & (rng.random(len(person)) < control.capstone_taken)
    passes = control.capstone_passed
    weights = np.array([3, 14, 12, 13, 16, 11, 10, 14, 7, 3, 4, 1, 2], dtype=float)
    weights[:9] *= passes / weights[:9].sum()
    weights[9:] *= (1 - passes) / weights[9:].sum()
    grade = pick(rng, weights, len(person))
    complete = capstone & (grade < 9) & (rng.random(len(person)) < 0.97)
    certified = complete & (rng.random(len(person)) < control.pathway_certification)
    main = pl.DataFrame(
        {
            "person": person,
            "turn": turn,
            "pathway": plan["pathway"][person],
            "courses": courses,
            "hours": hours,
            "capstone": np.where(capstone, np.array(_CAPSTONE)[grade], ""),
            "is_complete": complete,
            "is_certified": certified,
        }
    )
    side = np.flatnonzero(plan["second_pathway"] >= 0)
    side_turn = rng.integers(0, 4, len(side))
    kept = side_turn < ends["years"][side] - early[side]
    side, side_turn = side[kept], side_turn[kept]
    extra = pl.DataFrame(
        {
            "person": side,
            "turn": side_turn,
            "pathway": plan["second_pathway"][side],
            "courses": np.ones(len(side), dtype=int),
            "hours": np.round(np.clip(rng.normal(150, 35, len(side)), 60, 240), 1),
            "capstone": np.full(len(side), ""),
            "is_complete": np.zeros(len(side), dtype=bool),
            "is_certified": np.zeros(len(side), dtype=bool),
        },
        schema=main.schema,
    )
    rows = pl.concat([main, extra]).with_columns(year=cohort + pl.col("turn"))
    # A pathway-year is reported by the school of the year's last primary spell.
    where = (
        spells.filter(pl.col("status") == "10", pl.col("exit_code") != "N470")
        .sort("person", "entry_date")
        .group_by("person", "turn", maintain_order=True)
        .agg(pl.col("school").last())
    )
    rows = rows.join(where, on=["person", "turn"], how="inner").sort("person", "turn", "pathway")
    completer = np.bincount(person, complete, n) > 0
    all_hours = np.bincount(person, hours, n)
    return rows, {
        "is_participant": (total > 0) | (np.bincount(side, minlength=n) > 0),
        "is_concentrator": total >= 2,
        "is_pathway_completer": completer,
        "is_pathway_completer_300_hours": completer & (all_hours >= 300),
        "is_certified": np.bincount(person, certified, n) > 0,
    }


def _opportunities(
    control: Control,
    people: pl.DataFrame,
    pathways: pl.DataFrame,
    spells: pl.DataFrame,
    cohort: int,
) -> pl.DataFrame:
    """Return work-based learning: pathway students', then students' in transition programmes."""
    rng = stream(control, "work-based learning", cohort)
    has = (pathways["courses"].to_numpy() > 0) & (
        rng.random(len(pathways)) < control.work_based_learning
    )
    rows = pathways.filter(pl.Series(has)).select("person", "year", "school", "pathway")
    n = len(rows)
    # Types by design: internships and simulations are most of what schools report.
    kinds = ("10", "15", "20", "25", "30", "35", "40", "45", "50")
    kind = np.array(kinds)[pick(rng, (40, 12, 25, 6, 8, 2, 4, 1, 2), n)]
    older = spells.filter(
        pl.col("status") == "10", pl.col("turn") >= 4, pl.col("grade") == 12
    ).join(
        pl.DataFrame({"person": np.flatnonzero(people["has_disability"].to_numpy())}), on="person"
    )
    older = older.select("person", "year", "school", pathway=pl.lit(-1, dtype=pl.Int64))
    older_kind = np.array(["60", "65"])[pick(rng, (0.6, 0.4), len(older))]
    result = pl.concat([rows, older]).with_columns(
        kind=pl.Series(np.concatenate([kind, older_kind]))
    )
    # Type 30 is not collected from 2024-25 on (CDE Flash 265).
    result = result.with_columns(
        kind=pl.when((pl.col("kind") == "30") & (pl.col("year") >= 2024))
        .then(pl.lit("25"))
        .otherwise("kind")
    )
    needs_hours = result["kind"].is_in(["10", "15", "20"]).to_numpy()
    hours = np.round(np.clip(rng.gamma(2.5, 28, len(result)), 2, 600), 1)
    given = needs_hours | (rng.random(len(result)) < 0.6)
    return result.with_columns(
        hours=pl.Series(np.where(given, hours, np.nan)).fill_nan(None),
        has_employer=pl.Series(rng.random(len(result)) < 0.8),
        number=pl.Series(rng.integers(100_000, 1_000_000, len(result))),
    ).unique(["person", "year", "kind", "number"], keep="first", maintain_order=True)


def _dual_enrollment(
    control: Control, world: World, people: pl.DataFrame, ends: dict[str, np.ndarray],
    done: dict[str, np.ndarray], cohort: int,
) -> tuple[dict[str, np.ndarray], pl.DataFrame]:  # fmt: skip
    """Return who dual-enrolled, and one row a section they took."""
    rng = stream(control, "dual enrollment", cohort)
    n, school = len(people), people["school"].to_numpy()
    graduate = np.isin(ends["fate"], ["graduate", "late graduate"])
    schools = stream(control, "dual enrollment by school").normal(0, 0.6, len(world.school_ids))
    odds = log_odds(by_race(control.dual_enrollment_by_race, people["race"].to_numpy()))
    odds = odds + 0.5 * people["ability"].to_numpy() + schools[school]
    odds = odds - 0.15 * people["is_economically_disadvantaged"].to_numpy()
    odds = odds + 0.35 * done["is_concentrator"] - 1.5 * (ends["fate"] == "dropout")
    middle = control.first_ninth_grade_year + (control.cohorts - 1) / 2
    target = control.dual_enrollment + control.dual_enrollment_growth * (cohort - middle)
    eligible = (ends["years"] >= 3) & (ends["fate"] != "transition")
    chance = calibrated(odds, float(np.clip(target, 0.01, 0.95)), graduate)
    dual = eligible & (rng.random(n) < chance)
    ccap = dual & (rng.random(n) < control.ccap)

    first_turn = np.minimum(1 + pick(rng, (0.1, 0.4, 0.5), n), np.minimum(ends["years"], 4) - 1)
    spans = np.minimum(1 + (rng.random(n) < 0.5), np.minimum(ends["years"], 4) - first_turn)
    person, nth = repeated(np.where(dual, spans, 0))
    row, _ = repeated(1 + pick(rng, (0.15, 0.25, 0.25, 0.2, 0.15), len(person)))
    person, turn = person[row], (first_turn[person] + nth)[row]
    size = len(person)
    season = np.array(["FA", "SP", "SU", "WI"])[pick(rng, (0.44, 0.44, 0.08, 0.04), size)]
    # Who leaves during a year takes that year's courses in the fall, before they leave.
    leaving = (turn == ends["years"][person] - 1) & ~graduate[person]
    season = np.where(leaving, "FA", season)
    near = world.district_college[world.school_district[school]]
    far = rng.integers(0, world.n_community, n)
    college = np.where(rng.random(n) < 0.88, near, far)
    career = rng.random(size) < np.where(ccap[person], 0.29, 0.20)
    sections = pl.DataFrame(
        {
            "person": person,
            "year": cohort + turn,
            "season": season,
            "college": college[person],
            "is_career": career,
            "sector": pick(rng, [s.popularity for s in SECTORS], size),
            "general": rng.integers(0, 4, size),
            "variant": rng.integers(0, 2, size),
            "number": rng.integers(10_000, 100_000, size),
            "units": np.array([3.0, 4.0, 1.0, 2.0, 5.0])[
                pick(rng, (0.68, 0.14, 0.07, 0.06, 0.05), size)
            ],
            "grade": pick_by_row(rng, _grade_weights(people["ability"].to_numpy()[person])),
            "credit": np.array(["D", "C", "N"])[pick(rng, (0.8, 0.18, 0.02), size)],
            "is_ccap": ccap[person] & (rng.random(size) < 0.8),
        }
    )
    # The flag of a person stands on at least one section.
    first = sections.select(pl.col("person").is_first_distinct()).to_series()
    sections = sections.with_columns(
        is_ccap=pl.col("is_ccap") | (first & pl.Series(ccap[person]))
    ).unique(["person", "year", "season", "number"], keep="first", maintain_order=True)
    return {"is_dual_enrolled": dual, "is_ccap": ccap}, sections


# Grades of dual-enrolment sections in the order of this tuple; most pass.
DUAL_GRADES = ("A", "A-", "B+", "B", "C", "P", "D", "F", "W", "NP", "EW", "IP", "RD")
_GRADE_SHARE = (30, 9, 8, 17, 11, 7, 3, 5, 6, 1, 2, 0.5, 0.5)


def _grade_weights(ability: np.ndarray) -> np.ndarray:
    good = np.array([1, 0.8, 0.6, 0.3, 0, 0, -0.5, -0.8, -0.4, -0.5, 0, 0, 0])
    return np.array(_GRADE_SHARE) * np.exp(0.4 * ability[:, None] * good)
