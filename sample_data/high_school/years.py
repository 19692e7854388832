"""High school from grade 9 to leaving.

Lives here: the order in which its parts happen. Does not: college, work, how it is reported.
Academic years are the calendar year they start in; `turn` counts a person's years from 0.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.high_school.dual_enrollment import dual_enrolled
from sample_data.high_school.endings import endings
from sample_data.high_school.pathways import opportunities_of, pathway_years
from sample_data.high_school.plan import plan_of, with_moves
from sample_data.high_school.spells import spells_of
from sample_data.lives.people import People
from sample_data.world.places import World

# Diploma, proficiency exam, GED and adult-school diploma.
COMPLETIONS = ("100", "250", "320", "330")


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


def live(world: World, people: People) -> HighSchool:
    """Return what happens to people in high school."""
    plan = plan_of(world, people)
    ends = endings(world, people, plan)
    plan, moved = with_moves(world, people, plan, ends)
    spells = spells_of(world, people, ends, plan, moved)
    pathways, done = pathway_years(world, people, plan, ends)
    dual, sections = dual_enrolled(world, people, ends, done)
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
        opportunities=opportunities_of(world, people, pathways, spells),
        sections=sections,
    )
