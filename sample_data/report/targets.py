"""What a synthetic state should come to, and what it came to.

Lives here: targets (`targets`) and their results (`measured`). Does not: targets that need more
than a share of persons (`measures`), reading a state (`state`), the report and pictures.

A share of persons is a row of `data/targets.csv`: whose share, what they have, and the target, a
parameter of the `Control` that made the state or a published number with its source. A tolerance is
four standard errors plus a stated systematic part. Standard errors are of a simple random sample of
the persons measured; sizes of regions count districts, since those are what is drawn. Where a
correction was learnt from the pilot (`rates`), the pilot's own error counts too. The systematic
part is what published tables disagree with each other, so that no state can meet all of them, or
the width of a published range. CDE's five-year rate of race not reported (57.8 %) is no target:
it is a residual group that no mechanism can follow.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from sample_data.control import Control, parsed, rows_of
from sample_data.generate import PILOT
from sample_data.report.measures import SPECIAL
from sample_data.report.state import State
from sample_data.report.target import (
    CONDITIONS,
    GROUP_NAMES,
    MEMBERS,
    By,
    Result,
    Target,
    of_persons,
    source_of,
)

_STANDARD_ERRORS = 4


def measured(state: State, wanted: list[Target]) -> list[Result]:
    """Return the results of targets in a state."""
    return [_result(state, target) for target in wanted]


def _result(state: State, target: Target) -> Result:
    measurement = target.measure(state)
    if measurement.n < target.fewest:
        return Result(target, float("nan"), measurement.n, float("nan"), None)
    error = measurement.error * np.sqrt(1 + target.pilot**2 * state.control.students / PILOT)
    tolerance = float(_STANDARD_ERRORS * error + target.systematic)
    is_met = bool(abs(measurement.value - target.value) <= tolerance)
    return Result(target, measurement.value, measurement.n, tolerance, is_met)


def targets(control: Control) -> list[Target]:
    """Return all targets of a state made with a control."""
    shares = [target for row in rows_of("targets.csv") for target in _shares(control, row)]
    return [*shares, *(target for special in SPECIAL for target in special(control))]


def _shares(control: Control, row: dict[str, str]) -> Iterator[Target]:
    """Give the targets of a row: one, or one for each group of its table."""
    by: By = row["by"]  # pyright: ignore[reportAssignmentType]
    value = getattr(control, row["value"], None) or parsed(row["value"])
    values = value if isinstance(value, dict) else {row["group"] or "All": value}
    systematic, pilot = (float(row[name] or 0) for name in ("systematic", "pilot"))
    for key, target in values.items():
        member = MEMBERS[by](key)
        hit = member if row["hit"] == "member" else _condition(row["hit"])
        among = _condition(row["among"])
        yield of_persons(
            row["name"],
            hit,
            among if row["hit"] == "member" else among & member,
            getattr(control, target) if isinstance(target, str) else target,
            row["source"] or source_of(target if isinstance(target, str) else row["value"]),
            by,
            GROUP_NAMES[by].get(key, key),
            systematic,
            pilot=pilot,
        )


def _condition(name: str) -> pl.Expr:
    return CONDITIONS[name] if name in CONDITIONS else pl.col(name)
