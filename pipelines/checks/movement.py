"""Whether what is about to be published moved more than its own history allows.

Lives here: metric values and linkage rates of the build against those of the current release.
Does not: any definition of a metric; values are read from `metrics.metric_value` and
`quality.linkage` as analysts read them.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from pathlib import Path

import duckdb
import polars as pl

from pipelines.checks.base import Cell, Outcome

# Cells with fewer people move by whole points with each person.
LEAST_DENOMINATOR = 50

# Cohorts a band needs: from two on there is a change from year to year to learn from.
LEAST_COHORTS = 3

# Band in standard deviations: a night compares some hundred cells, and at 3 one in four nights
# would have a false alarm.
Z = 4.0

# A movement that is told, and one that stops: a statewide rate is quoted in whole points, and no
# honest correction of one delivery moved the sample's by five.
LEAST_MOVEMENT = 0.01
STOPPING_MOVEMENT = 0.05

# People found in another feed, statewide: points that are told, and points that stop where
# everybody should be found.
LINKAGE_DROP = 0.02
STOPPING_LINKAGE_DROP = 0.10

# The name under which a drop of linkage rates is allowed, among those of metrics.
MAY_DROP = "linkage"

CELL = ("metric_id", "definition_version", "region_id", "group_type", "group_code")
VALUE = pl.Schema(
    {
        **dict.fromkeys(CELL, pl.String),
        "region_scheme": pl.String,
        "cohort_year": pl.String,
        "unit": pl.String,
        "denominator": pl.Int64,
        "value": pl.Float64,
    }
)
LINKAGE = pl.Schema(
    {
        "from_feed": pl.String,
        "to_feed": pl.String,
        "is_match_expected": pl.Boolean,
        "n_matchable": pl.Int64,
        "match_rate": pl.Float64,
    }
)

_VALUES = f"""
    select {", ".join(CELL)}, region_scheme, cohort_year, unit, denominator, value
    from metrics.metric_value
    where is_complete and value is not null and lens_type = 'all'
        and region_basis <> 'place_of_work'
        and region_scheme not in (select scheme from reference.region_scheme where is_narrow)
        and (group_type = 'all' or region_scheme = 'statewide')
    order by all
"""
_RATES = """
    select from_feed, to_feed, is_match_expected, n_matchable, match_rate
    from quality.linkage
    where region_scheme = 'statewide' and group_type = 'all' and match_rate is not null
    order by all
"""


def values(database: Path, *, may_be_older: bool = False) -> pl.DataFrame:
    """Return the complete values of a warehouse: all students by region, groups statewide.

    Args:
        database: The warehouse.
        may_be_older: Whether it may be of a time before the table or one of its columns, and has
            no values then.

    Raises:
        duckdb.Error: The table or a column is missing, and it may not be older.
    """
    return _read(database, _VALUES, VALUE, may_be_older)


def linkage_rates(database: Path, *, may_be_older: bool = False) -> pl.DataFrame:
    """Return the statewide linkage rates of a warehouse; arguments and errors as for `values`."""
    return _read(database, _RATES, LINKAGE, may_be_older)


def _read(database: Path, query: str, schema: pl.Schema, may_be_older: bool) -> pl.DataFrame:
    with duckdb.connect(str(database), read_only=True) as connection:
        try:
            rows = connection.execute(query).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            if may_be_older:
                return schema.to_frame()
            raise
    return pl.DataFrame(rows, schema=schema, orient="row")


@dataclass(frozen=True)
class Band:
    """What a value may be: around what it was expected to be."""

    expected: float
    width: float

    def holds(self, value: float) -> bool:
        """Whether a value is within the band."""
        return abs(value - self.expected) <= self.width


def band(
    history: list[tuple[float, int]], expected: float, denominators: tuple[int, int], unit: str
) -> Band:
    """Return the band around what a value is expected to be.

    Its width is `Z` standard deviations of a difference of two such values: the larger of what
    cohorts differed by from year to year, and what sampling alone makes of a rate's two
    denominators (``p (1 - p) / n`` each). It is never narrower than `LEAST_MOVEMENT`.

    Args:
        history: Values and denominators of earlier cohorts of the cell, in order.
        expected: The released value, or the last cohort's.
        denominators: Of the new value and of the expected one.
        unit: ``rate``; values of any other unit are compared by their logarithms.
    """
    kept = [
        _scaled(v, unit) for v, n in history if n >= LEAST_DENOMINATOR and _is_scalable(v, unit)
    ]
    steps = [(b - a) ** 2 for a, b in pairwise(kept)]
    yearly = sum(steps) / len(steps) if len(kept) >= LEAST_COHORTS else 0.0
    sampling = 0.0
    if unit == "rate":
        p = min(max(expected, 0.01), 0.99)
        sampling = p * (1 - p) * sum(1 / n for n in denominators)
    return Band(_scaled(expected, unit), max(Z * sqrt(max(yearly, sampling)), LEAST_MOVEMENT))


def _scaled(value: float, unit: str) -> float:
    return value if unit == "rate" else log(value)


def _is_scalable(value: float, unit: str) -> bool:
    return unit == "rate" or value > 0


def metric_movement(
    build: pl.DataFrame, release: pl.DataFrame, may_move: frozenset[str] = frozenset()
) -> Outcome:
    """Return which values of the build are outside the band of their history, both values with it.

    A cohort that is in the release is held against its released value, a new one against the cohort
    before it. A released value that is gone is a movement too. Only statewide values of all
    students stop a release, when they move by 5 points or by 5 % and beyond twice their band.

    Args:
        build: Values about to be published, as `values` gives them.
        release: Values of the current release.
        may_move: Metrics whose movement has been allowed for this refresh: they are still told.
    """
    if release.is_empty():
        return Outcome("there is no release to compare with")
    cells = _cells(build)
    findings, compared = [], 0
    for key, then in _cells(release).items():
        now = cells.get(key, {})
        for cohort, row in now.items():
            finding, was_compared = _judge(key, cohort, row, now, then)
            compared += was_compared
            findings += [finding] if finding else []
        findings += [_gone(key, cohort, then[cohort]) for cohort in then.keys() - now.keys()]
        compared += len(then.keys() - now.keys())
    findings = [f for f in findings if f["people"] >= LEAST_DENOMINATOR]
    for finding in findings:
        finding["is_allowed"] = finding["metric"].split(" ")[0] in may_move
        finding["stops"] = finding["stops"] and not finding["is_allowed"]
    findings.sort(key=lambda f: (not f["stops"], f["region"] != _STATE, -f["people"]))
    said = (
        f"{len(findings)} of {compared} values moved beyond their band"
        if findings
        else f"none of {compared} values moved beyond its band"
    )
    stopping = sorted({f["metric"] for f in findings if f["stops"]})
    if stopping:
        said += f"; too far: {', '.join(stopping)}"
    return Outcome(said, findings, stops=bool(stopping))


_STATE = "statewide"
_Key = tuple[str, ...]
_Row = dict[str, float | int | str]


def _cells(frame: pl.DataFrame) -> dict[_Key, dict[str, dict]]:
    cells: dict[_Key, dict[str, dict]] = {}
    for row in frame.iter_rows(named=True):
        cells.setdefault(tuple(row[name] for name in CELL), {})[row["cohort_year"]] = row
    return cells


def _judge(
    key: _Key, cohort: str, row: dict, now: dict[str, dict], then: dict[str, dict]
) -> tuple[dict | None, bool]:
    """Return what is found of one value, and whether there was anything to hold it against."""
    before = then.get(cohort)
    earlier = [c for c in sorted(now) if c < cohort]
    if before is None:
        # A cohort nobody published: the one before it is the best guess, once there is a history.
        if len(earlier) < LEAST_COHORTS:
            return None, False
        before = now[earlier[-1]]
    unit, denominators = row["unit"], (row["denominator"], before["denominator"])
    if min(denominators) < LEAST_DENOMINATOR:
        return None, False
    if not all(_is_scalable(r["value"], unit) for r in (row, before)):
        return None, False
    history = [(then.get(c, now[c])["value"], then.get(c, now[c])["denominator"]) for c in earlier]
    allowed = band(history, before["value"], denominators, unit)
    value = _scaled(row["value"], unit)
    if allowed.holds(value):
        return None, True
    moved = abs(value - allowed.expected)
    return (
        _finding(key, cohort, row, before["value"], row["value"], allowed.width)
        | {"stops": _is_headline(key) and moved >= max(STOPPING_MOVEMENT, 2 * allowed.width)},
        True,
    )


def _is_headline(key: _Key) -> bool:
    cell = dict(zip(CELL, key, strict=True))
    return cell["region_id"].startswith(_STATE) and cell["group_type"] == "all"


def _gone(key: _Key, cohort: str, row: dict) -> dict:
    finding = _finding(key, cohort, row, row["value"], None, 0.0)
    return finding | {"stops": _is_headline(key)}


def _finding(
    key: _Key, cohort: str, row: dict, before: float, now: float | None, width: float
) -> dict[str, Cell]:
    cell = dict(zip(CELL, key, strict=True))
    digits = 4 if row["unit"] == "rate" else 0
    return {
        "metric": f"{cell['metric_id']} {cell['definition_version']}",
        "cohort": cohort,
        "region": _STATE if row["region_scheme"] == _STATE else cell["region_id"],
        "group": f"{cell['group_type']} {cell['group_code']}",
        "value_before": round(before, digits),
        "value_now": None if now is None else round(now, digits),
        "band": round(width, 4),
        "people": row["denominator"],
    }


def linkage_movement(
    build: pl.DataFrame, release: pl.DataFrame, *, may_drop: bool = False
) -> Outcome:
    """Return which feeds' people are found in another feed less often than in the release.

    Told is a drop of 2 points that sampling does not explain; 10 points stop a release where
    everybody should be found, unless that has been allowed.
    """
    if release.is_empty():
        return Outcome("there is no release to compare with")
    both = build.join(release, on=["from_feed", "to_feed"], how="inner", suffix="_before")
    findings, stops = [], False
    for row in both.iter_rows(named=True):
        now, before = row["match_rate"], row["match_rate_before"]
        n = (row["n_matchable"], row["n_matchable_before"])
        drop = before - now
        # The people of a first year and of a tenth are largely the same: this errs to the quiet
        # side.
        error = sqrt(before * (1 - before) * (1 / n[0] + 1 / n[1]))
        if min(n) < LEAST_DENOMINATOR or drop < max(LINKAGE_DROP, Z * error):
            continue
        is_stop = row["is_match_expected"] and drop >= STOPPING_LINKAGE_DROP and not may_drop
        stops |= is_stop
        findings.append(
            {
                "from_feed": row["from_feed"],
                "to_feed": row["to_feed"],
                "rate_before": round(before, 4),
                "rate_now": round(now, 4),
                "people": n[0],
                "is_match_expected": row["is_match_expected"],
                "stops": is_stop,
            }
        )
    findings.sort(key=lambda f: (not f["stops"], f["rate_now"] - f["rate_before"]))
    said = (
        f"{len(findings)} of {both.height} linkage rates dropped"
        if findings
        else f"none of {both.height} linkage rates dropped"
    )
    return Outcome(said, findings, stops=stops)
