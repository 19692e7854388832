"""How far a plain comparison of pathway completers with others is from what pathways cause.

Lives here: estimates of the effect of a completed pathway on earnings, and the truth beside them.
Does not: targets; the estimates are meant to differ (`calibration` judges what must agree).
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from sample_data.report.state import State, near

# Years after leaving school or college.
_YEARS = 5
# What records hold, and what only the truth does.
_RECORDED = ("gender_code", "race_ethnicity_code", "is_economically_disadvantaged",
             "has_disability", "county_fips")  # fmt: skip
_UNRECORDED = ("ability", "motivation")


class Estimate(NamedTuple):
    """An estimated effect of a completed pathway, log points, with its standard error."""

    name: str
    log_points: float
    error: float
    n: int


def estimates(state: State) -> list[Estimate]:
    """Return estimates at equal credentials five years after leaving, then the truth.

    Each is the coefficient of completion in a least-squares regression of persons' mean log
    earnings: on the credential alone, with what records hold, with ability and motivation too. The
    truth is the mean of the true effects of the completers' sectors.
    """
    persons = _persons(state)
    treated = persons["is_pathway_completer"].to_numpy()
    level = _dummies(persons["level"])
    # The sector of an award moves pay by itself, and completers choose other sectors.
    level = np.hstack([level, _dummies(persons["field"])])
    recorded = np.hstack([level, *(_dummies(persons[name]) for name in _RECORDED)])
    everything = np.hstack([recorded, persons.select(_UNRECORDED).to_numpy()])
    pay = persons["log_earnings"].to_numpy()
    rows = [
        _estimate(name, pay, treated, design)
        for name, design in (
            ("naive: equal credentials", level),
            ("and equal in what records hold", recorded),
            ("and in ability and motivation", everything),
        )
    ]
    effects = state.effects.filter(pl.col("treatment") == "pathway_completion")
    of_sector = persons.filter("is_pathway_completer").join(
        effects, left_on="concentration_sector_code", right_on="sector_code"
    )
    true = float(of_sector["effect_log_points"].to_numpy().mean())
    return [*rows, Estimate("truth", true, 0.0, len(of_sector))]


def _persons(state: State) -> pl.DataFrame:
    """Return persons found five years after leaving, with mean log earnings."""
    quarters = state.quarters_of_work.filter(near(_YEARS))
    pay = quarters.group_by("person_truth_id").agg(
        log_earnings=pl.col("annual").log().mean(), level=pl.col("level").max()
    )
    of_award = pl.col("cip_code").fill_null(pl.col("program_top_code").str.slice(0, 2)).last()
    field = state.credentials.sort("award_date").group_by("person_truth_id").agg(field=of_award)
    persons = state.persons.join(pay, on="person_truth_id").join(
        field, on="person_truth_id", how="left"
    )
    return persons.sort("person_truth_id").with_columns(pl.col("field").fill_null("none"))


def _dummies(values: pl.Series) -> np.ndarray:
    return values.to_dummies().to_numpy().astype(float)


def _estimate(name: str, pay: np.ndarray, treated: np.ndarray, design: np.ndarray) -> Estimate:
    """Return the coefficient of a treatment beside a design (Frisch and Waugh)."""
    both = np.stack([pay, treated.astype(float)], axis=1)
    rest = both - design @ np.linalg.lstsq(design, both, rcond=None)[0]
    weight = float(rest[:, 1] @ rest[:, 1])
    effect = float(rest[:, 1] @ rest[:, 0]) / weight
    left_over = rest[:, 0] - effect * rest[:, 1]
    return Estimate(name, effect, float(left_over.std()) / weight**0.5, len(pay))
