"""Findings: what an interval carries, and the sentence for it; nothing else is written.

Lives here: the rules. Does not: sentences (`strings/`), charts (`pipelines.site.charts`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from markupsafe import Markup

from pipelines.site.source import Row
from pipelines.site.words import Words, figure

# From the strongest statement to the weakest; the first that holds the whole interval is true.
# Tenths and fifths are words that a lay reader pictures; beyond a half only one side is left.
SHARES = (
    ("more_than_nine_in_ten", 0.9, 1.0),
    ("fewer_than_one_in_ten", 0.0, 0.1),
    ("more_than_four_in_five", 0.8, 1.0),
    ("fewer_than_one_in_five", 0.0, 0.2),
    ("more_than_three_in_four", 0.75, 1.0),
    ("fewer_than_one_in_four", 0.0, 0.25),
    ("more_than_two_in_three", 2 / 3, 1.0),
    ("fewer_than_one_in_three", 0.0, 1 / 3),
    ("more_than_half", 0.5, 1.0),
    ("fewer_than_half", 0.0, 0.5),
)
# A trend is against the cohort three years before, or the earliest since, as in leadership_state.
YEARS_OF_TREND = 3
# A place with fewer people is drawn nowhere and compared with nobody, as in leadership_state.
LEAST_PEOPLE = 11
ALPHA = 0.05


@dataclass(frozen=True)
class Finding:
    """A sentence that the data carry.

    Attributes:
        text: The sentence, with its numbers.
        kind: `change`, `places`, `gap`, `level` or `unclear`.
        size: How large what it says is, from 0 to 1; the widest is named first. Of a level, how
            strong its words are.
        measure: The measure it is about, as the catalog names it.
    """

    text: Markup
    kind: str
    size: float = 0.0
    measure: str = ""


def share(row: Row) -> str:
    """Return the strongest statement about a share that its whole interval carries."""
    for name, low, high in SHARES:
        if low <= row["value_low"] and row["value_high"] <= high:
            return name
    return "about_half" if row["value_low"] >= 1 / 3 and row["value_high"] <= 2 / 3 else "some"


def beside(row: Row | None, other: Row) -> str:
    """Return whether a value is `above` or `below` another, or `same`: not distinguishable.

    Two values differ where their intervals do not meet; `none` where one has no interval,
    `suppressed` where a public release does not show it, `unpublished` or `no_value` where it has
    no such row, or the warehouse has none.
    """
    if row is None:
        return "unpublished" if "suppressed_reason" in other else "no_value"
    if row.get("suppressed_reason") or other.get("suppressed_reason"):
        return "suppressed"
    if any(one["value_low"] is None or one["denominator"] < LEAST_PEOPLE for one in (row, other)):
        return "none"
    if row["value_low"] > other["value_high"]:
        return "above"
    return "below" if row["value_high"] < other["value_low"] else "same"


def comparable(rows: Sequence[Row]) -> list[Row]:
    """Return the cohorts of a series that may be drawn: complete, up to the last whole one."""
    complete = [row for row in rows if row["is_complete"] and row["value_low"] is not None]
    whole = [row["cohort_year"] for row in complete if row["is_whole"]]
    return [row for row in complete if whole and row["cohort_year"] <= whole[-1]]


def earlier(series: Sequence[Row]) -> Row | None:
    """Return the cohort that the last of a series is compared with, if there is one."""
    if len(series) < 2:
        return None
    since = int(series[-1]["cohort_year"][:4]) - YEARS_OF_TREND
    return next(row for row in series if int(row["cohort_year"][:4]) >= since)


def change(words: Words, name: str, series: Sequence[Row]) -> Finding | None:
    """Return how a measure changed, where the intervals of the two cohorts do not meet."""
    before = earlier(series)
    if before is None or (way := beside(series[-1], before)) not in {"above", "below"}:
        return None
    now = series[-1]
    kind = now["unit"]
    text = words(
        f"finding.change_{way}",
        name=words(f"measure.{name}.name"),
        before=figure(before, "value", kind),
        now=figure(now, "value", kind),
        year_before=before["cohort_year"],
        year=now["cohort_year"],
    )
    size = abs(now["value"] - before["value"]) if kind == "rate" else 0.0
    return Finding(text, "change", size, name)


def places(words: Words, name: str, rows: Sequence[Row], measures: int = 1) -> Finding | None:
    """Return how far the highest and lowest place are apart, where that is more than chance allows.

    The two are picked from all pairs of places, and the pair from all measures that are looked at:
    their test allows for both (Bonferroni).

    Args:
        words: Of the page.
        name: The measure, as the catalog names it.
        rows: The measure at each place.
        measures: From how many measures the finding is picked.
    """
    judged = [
        row for row in rows if row["value_low"] is not None and row["denominator"] >= LEAST_PEOPLE
    ]
    if len(judged) < 2 or judged[0]["unit"] != "rate":
        return None
    low, high = min(judged, key=_value), max(judged, key=_value)
    if (
        beside(high, low) != "above"
        or _p_value(low, high) * math.comb(len(judged), 2) * measures > ALPHA
    ):
        return None
    text = words(
        "finding.places",
        who=words(f"measure.{name}.who"),
        did=words(f"measure.{name}.did"),
        low=figure(low, "value", "rate"),
        high=figure(high, "value", "rate"),
        low_place=low["region_name"],
        high_place=high["region_name"],
    )
    return Finding(text, "places", high["value"] - low["value"], name)


def _p_value(one: Row, other: Row) -> float:
    """Return how often two shares of the same are this far apart (two-sided z test, pooled)."""
    n, m = one["denominator"], other["denominator"]
    pooled = (one["numerator"] + other["numerator"]) / (n + m)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return 2 * (1 - NormalDist().cdf(abs(one["value"] - other["value"]) / error)) if error else 1.0


def level(words: Words, name: str, row: Row) -> Finding:
    """Return how many of whom did what, in words that the interval carries."""
    value = figure(row, "value", row["unit"])
    if row["unit"] == "usd":
        return Finding(
            words(
                "finding.median",
                who=words(f"measure.{name}.who"),
                value=value,
                low=figure(row, "value_low", "usd"),
                high=figure(row, "value_high", "usd"),
            ),
            "level",
            measure=name,
        )
    strength = share(row)
    statement = words(
        f"share.{strength}",
        who=words(f"measure.{name}.who"),
        did=words(f"measure.{name}.did"),
    )
    ranks = [name for name, *_ in SHARES]
    size = 1 - ranks.index(strength) / len(ranks) if strength in ranks else 0.0
    return Finding(words("finding.level", statement=statement, value=value), "level", size, name)


def gap(words: Words, name: str, row: Row, group: str) -> Finding | None:
    """Return how far a group is behind everybody else, where a test carries it.

    Args:
        words: Of the page.
        name: The measure, as the catalog names it.
        row: Of `leadership_state` or `leadership_region`: the group furthest behind of those with a
            false-discovery rate of at most 0.05.
        group: Its name.
    """
    if row["gap_points"] is None:
        return None
    text = words(
        "finding.gap",
        group=group,
        did=words(f"measure.{name}.did"),
        points=figure(row, "gap_points", "points"),
    )
    return Finding(text, "gap", abs(row["gap_points"]), name)


def strongest(candidates: Sequence[Finding], count: int = 3) -> list[Finding]:
    """Return the findings that open a page, each about a different measure.

    The largest change, the widest gap and the two places furthest apart come first. Where the data
    support none of a kind, a share takes its place, worded as strongly as its interval allows; that
    nothing is clear comes last.
    """
    by_size = sorted(candidates, key=lambda finding: -finding.size)
    chosen: list[Finding] = []
    for kind in ("change", "gap", "places", *["level"] * count, *["unclear"] * count):
        measures = {finding.measure for finding in chosen if finding.measure}
        of_kind = (f for f in by_size if f.kind == kind and f not in chosen)
        finding = next((f for f in of_kind if f.measure not in measures), None)
        if finding is not None and len(chosen) < count:
            chosen.append(finding)
    return chosen


def first(*candidates: Finding | None) -> Finding:
    """Return the first finding that the data carry."""
    return next(finding for finding in candidates if finding is not None)


def _value(row: dict[str, Any]) -> float:
    return row["value"]
