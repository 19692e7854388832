"""What CTE students mean to take, and which schools they go to.

Lives here: plans and moves between schools. Does not: what becomes of a plan (`pathways`).
"""

from dataclasses import dataclass, replace

import numpy as np

from sample_data.draws import Draws
from sample_data.lives.people import People
from sample_data.world.fields import PATHWAY_CODES, PATHWAY_SECTOR, POPULARITY, SECTORS
from sample_data.world.initiatives import FUNDING
from sample_data.world.places import World

# What a running grant adds to the appeal of a pathway; log odds.
_FUNDED_APPEAL = 0.4


@dataclass(frozen=True)
class Plan:
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


def offered(world: World, school: np.ndarray, pathway: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Return whether schools offer pathways in academic years."""
    return (world.offered_from[school, pathway] <= year) & (
        year <= world.offered_to[school, pathway]
    )


def plan_of(world: World, people: People) -> Plan:
    """Return what CTE each person plans; nobody has moved yet."""
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
    return Plan(
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


def with_moves(
    world: World, people: People, plan: Plan, ends: dict[str, np.ndarray]
) -> tuple[Plan, np.ndarray]:
    """Return the plan with moves between schools, and who moves."""
    draw, years = people.draws("moves"), ends["years"]
    # Nobody moves in the year they leave, so that the move can't fall after the exit.
    moves = draw.chance("moves", world.control.school_moves) & (years >= 2)
    turn = draw.whole("turn", 0, np.maximum(years - 1, 1))
    moved_plan = replace(
        plan,
        move_turn=np.where(moves, turn, 99),
        moves_mid_year=draw.chance("mid-year", 0.6),
        other_school=another_school(world, people.school, draw, "to"),
    )
    return moved_plan, moves


def another_school(world: World, home: np.ndarray, draw: Draws, name: str) -> np.ndarray:
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
