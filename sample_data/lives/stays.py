"""Stays at colleges: where, how long, in which program, with which outcome.

Lives here: community colleges, universities, transfers. Does not: terms (`college`) or awards.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.draws import Draws
from sample_data.high_school.years import HighSchool
from sample_data.lives.people import People
from sample_data.world.fields import PATHWAY_SECTOR, POPULARITY
from sample_data.world.places import World

# Outcomes of a community-college student, in the order of `Control.community_outcomes`; a
# university student comes to no award or a degree.
NO_AWARD, CERTIFICATE, DEGREE, TRANSFER, DEGREE_TRANSFER = range(5)
# Number of a stay in its person's draws.
COMMUNITY, SECOND, UNIVERSITY = range(3)


@dataclass(frozen=True)
class Going:
    """Who goes to college, where they begin and in which fall; -1 for never."""

    within_year: np.ndarray
    university: np.ndarray
    start: np.ndarray


_STAY = {
    "person": pl.Int64, "stay": pl.Int64, "college": pl.Int64, "start": pl.Int64,
    "years": pl.Int64, "gap": pl.Int64, "sector": pl.Int64, "variant": pl.Int64,
    "is_university": pl.Boolean, "is_undeclared": pl.Boolean, "outcome": pl.Int64,
}  # fmt: skip


def stays_of(world: World, people: People, school: HighSchool, going: Going) -> pl.DataFrame:
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
    moves = community.filter(pl.col("outcome") >= TRANSFER)
    transfers = _university_stays(
        world, people, moves["person"].to_numpy(),
        (moves["start"] + moves["years"] + moves["gap"]).to_numpy(), moves["sector"].to_numpy(),
        control.transfer_completion, (2, 3),
    )  # fmt: skip
    has_second = draw.chance("second college", control.second_college)
    second = community.filter(pl.lit(pl.Series(has_second)).gather(pl.col("person")))
    # A year of classes at another college, alongside or right after the first.
    second = second.with_columns(
        stay=pl.lit(SECOND, dtype=pl.Int64),
        college=(pl.col("college") + 1) % world.n_community,
        start=pl.col("start") + pl.min_horizontal(pl.col("years") - 1, 1),
        years=pl.lit(1, dtype=pl.Int64),
        gap=pl.lit(0, dtype=pl.Int64),
        outcome=pl.lit(NO_AWARD, dtype=pl.Int64),
    )
    stays = pl.concat([community, second, direct, transfers])
    return stays.filter(pl.col("start") <= control.last_academic_year).sort("person", "stay")


def _community_stays(
    world: World, people: People, school: HighSchool, going: Going, row: np.ndarray
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
        [outcome == NO_AWARD, outcome == CERTIFICATE],
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
            "stay": np.full(len(row), COMMUNITY),
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
            "stay": np.full(n, UNIVERSITY),
            "college": draw.whole("where", world.n_community, world.certifier),
            "start": start,
            "years": years,
            "gap": np.zeros(n, dtype=int),
            "sector": np.where(sector == -2, chosen, sector),
            "variant": draw.whole("variant", 0, 4),
            "is_university": np.ones(n, dtype=bool),
            "is_undeclared": np.zeros(n, dtype=bool),
            "outcome": np.where(degree, DEGREE, NO_AWARD),
        }
    ).cast(pl.Schema(_STAY))


def of_stay(people: People, stays: pl.DataFrame) -> Draws:
    """Return the random numbers of stays at colleges."""
    return people.draws("college terms").at(stays["person"].to_numpy(), stays["stay"].to_numpy())
