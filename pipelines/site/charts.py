"""Geometry of charts: where values stand, in percent of a width that the reader's screen decides.

Lives here: scales and positions. Does not: drawing, which are macros of `templates/charts.html.j2`;
horizontal positions in percent let one drawing fit a telephone and a desk without a script. An SVG
of Vega would be four times the bytes and 200 times the time, and scale its letters with the screen.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.site.source import Row
from pipelines.site.words import written

_STEPS = (1, 2, 2.5, 5, 10)
_HEIGHT, _TOP, _BOTTOM = 230, 26, 34


@dataclass(frozen=True)
class Scale:
    """A linear scale from `low` to `high`, with marks at round values."""

    low: float
    high: float
    kind: str
    marks: tuple[float, ...]

    def percent(self, value: float) -> float:
        """Return where a value stands, from 0 to 100."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def labels(self) -> list[tuple[float, str]]:
        """Return marks with where they stand and how they are written."""
        return [(self.percent(mark), written(mark, self.kind)) for mark in self.marks]


def scale(values: Sequence[float], kind: str, count: int = 4) -> Scale:
    """Return a scale that holds all values, with about so many round marks.

    A rate or an amount starts at 0, so that lengths can be compared; a difference holds 0.
    """
    low, high = min(*values, 0.0), max(*values, 0.0)
    # All zero where nobody did what is drawn.
    span = (high - low) or 1.0
    high = low + span
    power = 10 ** math.floor(math.log10(span / count))
    step = next(power * s for s in _STEPS if span / (power * s) <= count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return Scale(first * step, last * step, kind, tuple(step * i for i in range(first, last + 1)))


@dataclass(frozen=True)
class Mark:
    """One line of a chart of ranges: a value and its interval beside a reference.

    Attributes:
        label: What it is about.
        row: The row it comes from; its columns are `value`, `value_low` and `value_high`.
        people: The column that has how many people it is about.
        is_strong: Whether it is drawn in the accent.
        link: Page of what it is about.
    """

    label: str
    row: Row
    people: str = "denominator"
    is_strong: bool = False
    link: str = ""
    columns: tuple[str, str, str] = ("value", "value_low", "value_high")

    def at(self, scale: Scale) -> dict[str, float] | None:
        """Return where value and interval stand, in percent."""
        numbers = [self.row[column] for column in self.columns]
        if numbers[0] is None:
            return None
        value, low, high = (numbers[0] if n is None else n for n in numbers)
        return {"x": scale.percent(value), "low": scale.percent(low), "high": scale.percent(high)}


@dataclass(frozen=True)
class Ranges:
    """A chart of ranges, which is a table whose lines are drawn."""

    marks: list[Mark]
    scale: Scale
    kind: str
    reference: Row | None = None

    @property
    def reference_at(self) -> float | None:
        """Where the reference stands, in percent."""
        if self.reference is not None:
            return self.scale.percent(self.reference["value"])
        return self.scale.percent(0) if self.scale.low < 0 else None


def ranges(marks: Sequence[Mark], kind: str, reference: Row | None = None) -> Ranges:
    """Return a chart of ranges of marks in their order; `kind` is how values are written.

    A dashed line is the reference or, of differences, zero.
    """
    numbers = [m.row[column] for m in marks for column in m.columns if m.row[column] is not None]
    with_reference = [*numbers, *([reference["value"]] if reference else [])]
    axis = {"rate_1": "rate", "points_1": "points_0"}.get(kind, kind)
    return Ranges(list(marks), scale(with_reference or [1.0], axis), kind, reference)


@dataclass(frozen=True)
class Point:
    """A cohort of a series: percent across, pixels down."""

    row: Row
    x: float
    y: float
    low: float
    high: float
    is_labelled: bool


@dataclass(frozen=True)
class Series:
    """A series over cohorts with intervals."""

    points: list[Point]
    kind: str
    marks: list[tuple[float, str]]
    height: int = _HEIGHT
    bottom: int = _HEIGHT - _BOTTOM


def series(rows: Sequence[Row], kind: str) -> Series:
    """Return the chart of a series; at most five cohorts have their year below."""
    columns = ("value", "value_low", "value_high")
    ends = [[row["value"] if row[c] is None else row[c] for c in columns] for row in rows]
    axis = scale([number for of in ends for number in of], kind, count=3)

    def down(value: float) -> float:
        room = _HEIGHT - _BOTTOM - _TOP
        return round(_HEIGHT - _BOTTOM - axis.percent(value) / 100 * room, 1)

    every = math.ceil(len(rows) / 5)
    points = [
        Point(
            row,
            round(13 + 77 * (i / (len(rows) - 1) if len(rows) > 1 else 0.5), 2),
            down(value),
            down(low),
            down(high),
            (len(rows) - 1 - i) % every == 0,
        )
        for i, (row, (value, low, high)) in enumerate(zip(rows, ends, strict=True))
    ]
    marks = [(down(mark), written(mark, kind)) for mark in axis.marks]
    return Series(points, kind, marks)


@dataclass(frozen=True)
class Ribbon:
    """A band of a flow from one column to the next, as an SVG path on a plane of 100 by 100."""

    path: str
    row: Row
    is_strong: bool


@dataclass(frozen=True)
class Block:
    """A state of a stage in a flow."""

    stage: str
    state: str
    x: float
    y: float
    height: float
    people: int
    anchor: str


_BLOCK_WIDTH, _GAP = 1.6, 3.0


def flow(
    rows: Sequence[Row], stages: Sequence[tuple[str, Sequence[str]]], strong: Callable[[Any], bool]
) -> tuple[list[Block], list[Ribbon]]:
    """Return the blocks and ribbons of a flow of people through stages.

    Args:
        rows: `from_stage`, `from_state`, `to_stage`, `to_state`, `n_people`.
        stages: Stages in their order, each with its states from the top down.
        strong: Whether a ribbon is drawn in the accent.
    """
    counts: dict[tuple[str, str], int] = {}
    for stage, states in stages:
        side = "from" if stage == stages[0][0] else "to"
        for state in states:
            of = [r for r in rows if (r[f"{side}_stage"], r[f"{side}_state"]) == (stage, state)]
            counts[stage, state] = sum(row["n_people"] for row in of)
    total = max(sum(counts[stage, state] for state in states) for stage, states in stages)
    room = 100 - _GAP * (max(len(states) for _, states in stages) - 1)
    blocks: dict[tuple[str, str], Block] = {}
    for column, (stage, states) in enumerate(stages):
        y, x = 0.0, column * (100 - _BLOCK_WIDTH) / (len(stages) - 1)
        for state in states:
            if not counts[stage, state]:
                continue
            height = room * counts[stage, state] / total
            anchor = "end" if column == len(stages) - 1 else "start"
            blocks[stage, state] = Block(
                stage, state, round(x, 2), round(y, 2), round(height, 2),
                counts[stage, state], anchor,
            )  # fmt: skip
            y += height + _GAP
    left, right = dict.fromkeys(blocks, 0.0), dict.fromkeys(blocks, 0.0)
    ribbons = []
    order = {key: i for i, key in enumerate(blocks)}
    known = [r for r in rows if (r["from_stage"], r["from_state"]) in order]
    for row in sorted(known, key=lambda r: (
        order[r["from_stage"], r["from_state"]], order[r["to_stage"], r["to_state"]]
    )):  # fmt: skip
        start, end = (row["from_stage"], row["from_state"]), (row["to_stage"], row["to_state"])
        thick = room * row["n_people"] / total
        path = _band(blocks[start], blocks[end], left[start], right[end], thick)
        left[start] += thick
        right[end] += thick
        ribbons.append(Ribbon(path, row, strong(row)))
    return list(blocks.values()), ribbons


def _band(start: Block, end: Block, above_start: float, above_end: float, thick: float) -> str:
    x0, x1 = start.x + _BLOCK_WIDTH, end.x
    y0, y1, middle = start.y + above_start, end.y + above_end, (start.x + _BLOCK_WIDTH + end.x) / 2
    return (
        f"M{x0:.2f},{y0:.2f}C{middle:.2f},{y0:.2f} {middle:.2f},{y1:.2f} {x1:.2f},{y1:.2f}"
        f"L{x1:.2f},{y1 + thick:.2f}C{middle:.2f},{y1 + thick:.2f} {middle:.2f},{y0 + thick:.2f} "
        f"{x0:.2f},{y0 + thick:.2f}Z"
    )
