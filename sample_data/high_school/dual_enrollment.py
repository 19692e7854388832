"""Dual enrolment: who takes college sections in high school, and which.

Lives here: chances and sections. Does not: college after high school (`lives.college`).
"""

import numpy as np
import polars as pl

from sample_data.control import RACES
from sample_data.draws import Draws, log_odds, repeated, sigmoid
from sample_data.lives.people import People
from sample_data.world.fields import POPULARITY
from sample_data.world.places import World

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


def dual_enrolled(
    world: World, people: People, ends: dict[str, np.ndarray], done: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], pl.DataFrame]:
    """Return who dual-enrolled, and one row a section they took."""
    control, draw = world.control, people.draws("dual enrolment")
    eligible = (ends["years"] >= 3) & (ends["fate"] != "transition")
    dual = eligible & draw.chance("dual", _dual_chance(world, people, ends, done))
    ccap = dual & draw.chance("ccap", control.ccap)
    longest = np.minimum(ends["years"], 4)
    first_turn = np.minimum(1 + draw.pick("first turn", (0.1, 0.4, 0.5)), longest - 1)
    spans = np.minimum(1 + draw.chance("two years", 0.5), longest - first_turn)

    sections = _sections(world, people, ends, ccap, np.where(dual, spans, 0), first_turn)
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


def _sections(
    world: World, people: People, ends: dict[str, np.ndarray], ccap: np.ndarray,
    spans: np.ndarray, first_turn: np.ndarray,
) -> pl.DataFrame:  # fmt: skip
    """Return the sections of people who dual-enrol in `spans` years from `first_turn` on."""
    control, draw = world.control, people.draws("dual enrolment")
    graduate = np.isin(ends["fate"], ["graduate", "late graduate"])
    row, nth = repeated(spans)
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
    return pl.DataFrame(
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
