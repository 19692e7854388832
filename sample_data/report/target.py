"""A target of a synthetic state, and how a share of persons is measured against it.

Lives here: `Target`, `Result`, groups and conditions of persons. Does not: any target.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from sample_data.control import Control
from sample_data.report.state import State

By = Literal["all", "race", "gender", "program", "region", "class", "credential"]

# Exits that remove a student from a graduation cohort (CDE): death, and moves out of the system.
REMOVALS = ("E130", "T180", "T200", "T240", "T370", "T460")
RACE_NAMES = {
    "RH": "Hispanic or Latino", "RW": "White", "RA": "Asian", "RB": "African American",
    "RF": "Filipino", "RT": "Two or more", "RP": "Pacific Islander", "RI": "American Indian",
    "RD": "Not reported",
}  # fmt: skip
GENDER_NAMES = {"F": "Women", "M": "Men", "X": "Nonbinary"}
PROGRAM_NAMES = {
    "is_economically_disadvantaged": "Disadvantaged", "is_english_learner": "English learners",
    "has_disability": "With a disability", "is_foster": "Foster", "is_homeless": "Homeless",
}  # fmt: skip
CREDENTIAL_NAMES = {
    "no_diploma": "No diploma", "diploma": "Diploma", "some_college": "Some college",
    "short_certificate": "Certificate under 16 units", "associate_transfer": "Associate, transfer",
    "long_certificate": "Certificate 16 units or more", "associate_cte": "Associate, CTE",
    "bachelor": "Bachelor", "associate_health": "Associate, nursing",
}  # fmt: skip
GROUP_NAMES: dict[By, dict[str, str]] = {
    "all": {}, "region": {}, "class": {}, "race": RACE_NAMES, "gender": GENDER_NAMES,
    "program": PROGRAM_NAMES, "credential": CREDENTIAL_NAMES,
}  # fmt: skip
# Persons of a group, by kind of group.
MEMBERS: dict[By, Callable[[str], pl.Expr]] = {
    "all": lambda _: pl.lit(True),
    "race": lambda code: pl.col("race_ethnicity_code") == code,
    "gender": lambda code: pl.col("gender_code") == code,
    "program": pl.col,
    "region": lambda name: pl.col("macroregion") == name,
}
# Conditions that `targets.csv` names beside columns of true persons.
CONDITIONS = {
    "": pl.lit(True),
    "remaining": ~pl.col("exit_code").is_in(REMOVALS),
    "in state": ~pl.col("exit_code").is_in(("T200", "T240", "E130")),
    "on time": pl.col("how_high_school_ended") == "graduate",
    "graduate": pl.col("graduation_date").is_not_null(),
    "in community college": ~pl.col("starts_at_university"),
    "twin": pl.col("twin_of").is_not_null(),
    "namesake": pl.col("namesake_of").is_not_null(),
    **{
        kind: pl.col("wage_coverage") == kind
        for kind in ("federal", "self_employed", "out_of_state")
    },
}


class Measured(NamedTuple):
    """A measurement, the persons (or districts) behind it and its standard error."""

    value: float
    n: int
    error: float


Measure = Callable[[State], Measured]


@dataclass(frozen=True)
class Target:
    """What one number should be.

    Attributes:
        name: What is measured.
        by: What the group is a group of.
        group: The group, by name.
        unit: Of the value: share, ratio, USD.
        value: The target.
        systematic: Difference that is tolerated beside sampling; in the unit.
        source: Where the target comes from.
        measure: Measures it in a state.
        pilot: How much the pilot's sampling error counts: the standard error of what was learnt
            from it, against that of measuring as many persons.
        fewest: Persons (or districts) that a judgement needs.
    """

    name: str
    by: By
    group: str
    unit: str
    value: float
    systematic: float
    source: str
    measure: Measure
    pilot: float = 0.0
    fewest: int = 30


class Result(NamedTuple):
    """A target beside what was measured; `is_met` is None where too few were there to measure."""

    target: Target
    measured: float
    n: int
    tolerance: float
    is_met: bool | None


def source_of(field: str) -> str:
    """Return the source that a parameter's description gives in brackets."""
    description = Control.model_fields[field].description or ""
    return description.rsplit("[", 1)[-1].rstrip("].")


def share_of(hits: pl.Series, value: float) -> Measured:
    """Return the share of true values, with the standard error under its target."""
    n = len(hits)
    share = float(hits.mean()) if n else float("nan")  # pyright: ignore[reportArgumentType]
    return Measured(share, n, float(np.sqrt(value * (1 - value) / max(n, 1))))


def of_persons(
    name: str, of: pl.Expr, among: pl.Expr, value: float, source: str,
    by: By = "all", group: str = "All", systematic: float = 0.005, *, pilot: float = 0.0,
) -> Target:  # fmt: skip
    """Return a target for a share of true persons."""

    def measure(state: State) -> Measured:
        return share_of(state.persons.filter(among).select(hit=of)["hit"], value)

    return Target(name, by, group, "share", value, systematic, source, measure, pilot)
