"""What work pays: curves by credential, causal effects, and selection.

Lives here: log pay of a quarter, and its calibration. Does not: who works where (`jobs`, `work`).

Log pay of a quarter is: the curve of those with some college, by years since leaving school; what
the credential held so far causes, and what its sector adds; the effects of a completed pathway and
of dual enrolment; who the person is, observed and not, and what kind of person comes to earn the
credential they end with; the county, the industry, prices and noise. The first two lines are the
truth that an estimate is judged by (`effects`); the rest is why a plain comparison misses it.
"""

import numpy as np
import polars as pl

from sample_data.control import GENERAL, SECTOR_CODES, Control
from sample_data.draws import Draws
from sample_data.high_school.years import HighSchool
from sample_data.lives.people import People
from sample_data.lives.quarters import Grid, level_number
from sample_data.world.fields import PATHWAY_SECTOR
from sample_data.world.places import World

YEARS_AFTER = (1, 3, 5, 10)

# Quarters that a median needs: of all points of a credential, and of one.
_LEAST_MEASURED, _ENOUGH = 60, 400


def effects(control: Control, years_after: np.ndarray) -> np.ndarray:
    """Return what each credential causes against some college, log points, levels by years."""
    points = np.log(np.array(list(control.earnings_by_credential.values())))
    gap = points - points[level_number(control, "some_college")]
    caused = control.credential_effect_share * gap
    return np.stack([np.interp(years_after, YEARS_AFTER, row) for row in caused])


def log_pay(
    world: World, people: People, school: HighSchool, grid: Grid, draw: Draws
) -> np.ndarray:
    """Return log pay of a full quarter, nominal US dollars before county and industry."""
    control = world.control
    n, quarters = grid.level.shape
    column = np.arange(quarters)
    after = np.arange(quarters + 1) / 4
    points = np.log(np.array(list(control.earnings_by_credential.values())))
    some = np.interp(after, YEARS_AFTER, points[level_number(control, "some_college")])
    caused = effects(control, after)
    left_over = (1 - control.credential_effect_share) * (
        points - points[level_number(control, "some_college")]
    ) + np.log(world.rates.correction("earnings"))
    selection = np.stack([np.interp(after, YEARS_AFTER, row) for row in left_over])
    sector = np.array([*control.credential_effect_by_sector.values(), 0.0])
    busy = grid.in_school | grid.enrolled
    prices = np.log1p(control.wage_inflation) * (control.first_wage_year + column / 4 - 2023.5)
    person = _person_effect(control, people, draw)
    noise = draw.at(np.arange(n)[:, None], column[None, :]).normal(
        "noise", 0, control.earnings_noise
    )
    return (
        -np.log(4)
        + some[grid.after]
        + caused[grid.level, grid.after]
        + selection[grid.final_level[:, None], grid.after]
        + sector[grid.field]
        + _school_effect(control, school)[:, None] * ~grid.in_school
        + person[:, None]
        + (prices + control.fourth_quarter * (column % 4 == 3))[None, :]
        + np.log(control.enrolled_earnings) * busy
        + noise
    )


def _school_effect(control: Control, school: HighSchool) -> np.ndarray:
    """Return what completing a pathway and dual-enrolling cause; log points, one a person."""
    pathway = np.array(list(control.pathway_effect.values()))
    dual = np.array([control.dual_enrollment_effect[code] for code in (*SECTOR_CODES, GENERAL)])
    own = PATHWAY_SECTOR[np.maximum(school.pathway, 0)]
    return (
        pathway[own] * school.is_pathway_completer
        + dual[school.dual_sector] * school.is_dual_enrolled
    )


def _person_effect(control: Control, people: People, draw: Draws) -> np.ndarray:
    return (
        people.of_race(control.earnings_by_race)
        + control.earnings_women * (people.gender == "F")
        + control.earnings_disadvantaged * people.is_economically_disadvantaged
        + control.earnings_ability * people.ability
        + control.earnings_motivation * people.motivation
        + luck_of(control, draw)
    )


def luck_of(control: Control, draw: Draws) -> np.ndarray:
    """Return what a person earns more or less for no other reason, log points."""
    return draw.normal("level", 0, control.earnings_spread)


def learn_earnings(world: World, grid: Grid, wages: pl.DataFrame, luck: np.ndarray) -> None:
    """Let a pilot's medians correct what kind of person comes to each credential.

    Luck moves no median but blurs those of a few persons, so it is taken out of their pay.
    """
    if world.rates.solving:
        fair = wages.with_columns(pl.col("wages") / np.exp(luck)[wages["person"].to_numpy()])
        busy = grid.in_school | grid.enrolled
        ratio = earnings_ratio(world.control, grid.level, busy, grid.after, fair)
        world.rates.correct("earnings", 1.0, ratio)


def earnings_ratio(
    control: Control, level: np.ndarray, busy: np.ndarray, after: np.ndarray, wages: pl.DataFrame
) -> np.ndarray:
    """Return median annualised earnings against their targets, by credential and years after.

    A quarter's wages over all employers times four, in 2023 US dollars, of those not enrolled,
    within half a year of the point. Where fewer than 400 quarters were seen (some 100 persons, a
    standard error of 7 %), the ratio of all points of the credential; not a number where those are
    fewer than 60.

    Args:
        control: Parameters.
        level: Highest credential, persons by quarters.
        busy: Whether enrolled, persons by quarters.
        after: Quarters since leaving, persons by quarters.
        wages: Wage records.
    """
    paid = wages.group_by("person", "quarter").agg(pl.col("wages").sum())
    row, quarter = paid["person"].to_numpy(), paid["quarter"].to_numpy()
    year = control.first_wage_year + quarter / 4
    annual = 4 * paid["wages"].to_numpy() / (1 + control.wage_inflation) ** (year - 2023.5)
    free, at_level, since = ~busy[row, quarter], level[row, quarter], after[row, quarter]
    result = np.full((len(control.earnings_by_credential), len(YEARS_AFTER)), np.nan)
    for credential, targets in enumerate(control.earnings_by_credential.values()):
        of_level = free & (at_level == credential)
        seen = [
            annual[of_level & (np.abs(since - 4 * years) <= 2)] / target
            for years, target in zip(YEARS_AFTER, targets, strict=True)
        ]
        every = np.concatenate(seen)
        if len(every) >= _LEAST_MEASURED:
            result[credential] = [np.median(s if len(s) >= _ENOUGH else every) for s in seen]
    return result
