"""CTE courses, capstones and work-based learning of high-school years.

Lives here: pathway-years and opportunities. Does not: who plans to take them (`plan`).
"""

from typing import Any

import numpy as np
import polars as pl

from sample_data.draws import Draws, repeated
from sample_data.high_school.plan import Plan, offered
from sample_data.lives.people import People
from sample_data.world.places import World

_CAPSTONE = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")

_CAPSTONE_SHARE = (3, 14, 12, 13, 16, 11, 10, 14, 7, 3, 4, 1, 2)

_PASSING = 9
# Endings in which the last year ends without a completed course.
_LEAVES_EARLY = ("removed", "dropout", "equivalency")


def pathway_years(
    world: World, people: People, plan: Plan, ends: dict[str, np.ndarray]
) -> tuple[pl.DataFrame, dict[str, np.ndarray]]:
    """Return pathway-years and, by person, what their courses came to."""
    control, draw, n = world.control, people.draws("pathways"), len(people)
    early = np.isin(ends["fate"], _LEAVES_EARLY)
    # Courses run one a year while the school at the end of the year offers the pathway; those
    # planned past the leaving year don't count, and the year somebody leaves early ends without
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

    extra = _second_pathways(world, people, plan, ends, draw)
    rows = pl.concat([main, extra]).with_columns(
        year=pl.lit(pl.Series(people.cohort)).gather(pl.col("person")) + pl.col("turn")
    )
    completer = np.bincount(row, complete, n) > 0
    done = {
        "is_participant": (total > 0) | (np.bincount(extra["person"].to_numpy(), minlength=n) > 0),
        "is_concentrator": total >= 2,
        "is_pathway_completer": completer,
        "is_pathway_completer_300_hours": completer & (np.bincount(row, hours, n) >= 300),
        "is_certified": np.bincount(row, certified, n) > 0,
    }
    _learn(world, done["is_participant"], done["is_concentrator"])
    return rows.sort("person", "turn", "pathway"), done


def _learn(world: World, participant: np.ndarray, concentrator: np.ndarray) -> None:
    """Let a pilot's shares correct those that plan to take courses."""
    control, rates = world.control, world.rates
    rates.correct("participants", control.cte_participation, participant.mean())
    among = concentrator.sum() / max(participant.sum(), 1)
    rates.correct("concentrators", control.cte_concentration / control.cte_participation, among)


def _second_pathways(
    world: World, people: People, plan: Plan, ends: dict[str, np.ndarray], draw: Draws
) -> pl.DataFrame:
    """Return one course of the second pathway of those who have one, where it is offered."""
    row = np.flatnonzero(plan.second_pathway >= 0)
    turn = draw.whole("second turn", 0, 4)[row]
    school, pathway = plan.school(people, row, turn), plan.second_pathway[row]
    taken = turn < ends["years"][row] - np.isin(ends["fate"], _LEAVES_EARLY)[row]
    taken &= offered(world, school, pathway, people.cohort[row] + turn)
    row, turn, school, pathway = (a[taken] for a in (row, turn, school, pathway))
    return _pathway_frame(
        person=row, turn=turn, school=school, pathway=pathway,
        courses=np.ones(len(row), dtype=int),
        hours=np.round(np.clip(draw.normal("second hours", 150, 35)[row], 60, 240), 1),
        capstone=np.full(len(row), ""), is_complete=np.zeros(len(row), dtype=bool),
        is_certified=np.zeros(len(row), dtype=bool),
    )  # fmt: skip


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


def opportunities_of(
    world: World, people: People, pathways: pl.DataFrame, spells: pl.DataFrame
) -> pl.DataFrame:
    """Return work-based learning: pathway students', then students' in transition programmes."""
    draw = people.draws("work-based learning")
    taken = pathways.filter(pl.col("courses") > 0)
    event = draw.at(taken["person"].to_numpy(), taken["turn"].to_numpy())
    # A person with two pathways in a year has one opportunity at most.
    has = event.chance("has one", world.control.work_based_learning)
    rows = taken.with_columns(kind=pl.Series(event.pick_code("kind", _WBL))).filter(pl.Series(has))
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
