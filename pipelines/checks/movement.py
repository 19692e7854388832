"""Whether what is about to be published moved more than its own history allows.

Lives here: metric values and linkage rates of the build against those of the current release.
Does not: any definition of a metric; values are read from `metrics.metric_value` and
`quality.linkage` as analysts read them.
"""

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from pathlib import Path

import duckdb
import polars as pl

from pipelines.checks.band import band, is_scalable, scaled
from pipelines.checks.base import CheckInputs, CheckResult, Value, check, read
from pipelines.checks.pooled import Pooled, comparisons, gone, pooled
from pipelines.checks.since_release import changed_deliveries, feeds_of_metrics, what_changed
from pipelines.checks.values import values
from schemas.policy import POLICY

# The name under which a drop of linkage rates is allowed, among those of metrics.
MAY_DROP = "linkage"

CELL = ("metric_id", "definition_version", "region_id", "student_group", "student_group_value")
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

_RATES = """
    select from_feed, to_feed, is_match_expected, n_matchable, match_rate
    from quality.linkage
    where region_scheme = 'statewide' and student_group = 'all' and match_rate is not null
    order by all
"""


@check(
    may_stop=True,
    to_do="Look at the deliveries it names, or at the code; if it is right, allow it once.",
    asset=("metrics", "metric_value"),
)
def metric_movement(inputs: CheckInputs) -> CheckResult:
    """No published metric moves beyond the band of its own history between releases.

    Expected is the released value of the same cohort or, for a new cohort, the value of the cohort
    before it. The band is `movement_z` standard deviations: of the change from cohort to cohort, or
    of the sampling error of both values, whichever is more. Medians are compared by their
    logarithms. Judged are complete cohorts: all students in every region, every group statewide. A
    statewide value of all students that moves by `stopping_movement` and `stopping_bands`, or that
    is gone, stops the release; all else warns.

    Cohorts of fewer than `pooled_below` people are judged together, once they have `least_people`:
    their pooled value may move by `movement_z` standard deviations of the outcomes of
    `corrected_share` of them. Each finding names the deliveries that changed since the release in
    the feeds that its metric reads, most rows lost or gained first.
    """
    build, release = _build_and_release(inputs, _published)
    moved = moved_values(build, release, inputs.settings.accept_movement_of)
    return moved if moved.passed else _with_deliveries(moved, inputs)


def _with_deliveries(moved: CheckResult, inputs: CheckInputs) -> CheckResult:
    """Return the result with the deliveries that may have moved each value."""
    changed, feeds = changed_deliveries(inputs), feeds_of_metrics(inputs)
    findings = [
        {**one, "changed_deliveries": what_changed(str(one["metric"]), changed, feeds)}
        for one in moved.findings
    ]
    stopping = [str(one["changed_deliveries"]) for one in findings if one["stops"]]
    by = f"; changed since the release: {'; '.join(dict.fromkeys(stopping))}" if stopping else ""
    return replace(moved, findings=findings, summary=moved.summary + by)


@check(
    may_stop=True,
    to_do="Look at the identifiers of the newest deliveries of both feeds.",
    asset=("quality", "linkage"),
)
def linkage_movement(inputs: CheckInputs) -> CheckResult:
    """No feed's people are found in another feed less often than in the current release.

    A statewide drop of `linkage_drop` and beyond sampling warns: every metric that crosses the two
    feeds reads lower. One of `stopping_linkage_drop` stops the release where everybody should be
    found: pathways, work-based learning and dual enrollment in high school.
    """
    build, release = _build_and_release(inputs, lambda file: read(file, _RATES, LINKAGE))
    may_drop = MAY_DROP in inputs.settings.accept_movement_of
    return dropped_rates(build, release, may_drop=may_drop)


def _published(database: Path) -> pl.DataFrame:
    """Return the values that are compared: of complete cohorts, where people live or learn."""
    is_published = pl.col("is_complete") & pl.col("value").is_not_null()
    is_elsewhere = pl.col("attribution") == "place_of_work"
    return (
        values(database)
        .filter(is_published & ~is_elsewhere)
        .select(VALUE.names())
        .sort(VALUE.names())
    )


def _build_and_release(
    inputs: CheckInputs, rows_of: Callable[[Path], pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of the build and of the release, none where that lacks table or column.

    Raises:
        duckdb.Error: The build lacks the table or a column.
    """
    build = rows_of(inputs.settings.build)
    try:
        release = rows_of(inputs.warehouse) if inputs.warehouse else None
    except (duckdb.CatalogException, duckdb.BinderException):
        # The release is older than the table or one of its columns.
        release = None
    return build, build.clear() if release is None else release


def moved_values(
    build: pl.DataFrame, release: pl.DataFrame, may_move: frozenset[str] = frozenset()
) -> CheckResult:
    """Return which values of the build are outside the band of their history, both values with it.

    A cohort that is in the release is compared with its released value, a new one with the cohort
    before it; small cohorts are compared together. A released value that is gone is a movement
    too. Only statewide values of all students stop a release, when they move by 5 points or by 5 %
    and beyond twice their band.

    Args:
        build: Values about to be published, as `values` gives them.
        release: Values of the current release.
        may_move: Metrics whose movement is allowed for this refresh: they are still findings.
    """
    if release.is_empty():
        return CheckResult("there is no release to compare with")
    build, release = (
        one.select(VALUE.names()).unique([*CELL, "cohort_year"], keep="last", maintain_order=True)
        for one in (build, release)
    )
    moved = _moved_cells(build, release)
    compared = comparisons(release.join(moved, on=CELL, how="anti"), CELL)
    cells, findings = _cells(build.join(moved, on=CELL, how="semi")), []
    for key, then in _cells(release.join(moved, on=CELL, how="semi")).items():
        now = cells.get(key, {})
        for cohort, row in now.items():
            finding, was_compared = _judge(key, cohort, row, now, then)
            compared += was_compared
            findings += [finding] if finding else []
        findings += [_gone(key, cohort, then[cohort]) for cohort in then.keys() - now.keys()]
        compared += len(then.keys() - now.keys())
        together = [of for of in (pooled(now, then), gone(now, then)) if of]
        compared += len(together)
        findings += [one for of in together if (one := _judge_pooled(key, of, then))]
    findings = [f for f in findings if f["people"] >= POLICY.least_people]
    for finding in findings:
        finding["is_allowed"] = finding["metric"].split(" ")[0] in may_move
        finding["stops"] = finding["stops"] and not finding["is_allowed"]
    findings.sort(key=lambda f: (not f["stops"], f["region"] != _STATE, -f["people"]))
    summary = (
        f"{len(findings)} of {compared} values moved beyond their band"
        if findings
        else f"none of {compared} values moved beyond its band"
    )
    stopping = sorted({f["metric"] for f in findings if f["stops"]})
    if stopping:
        summary += f"; too far: {', '.join(stopping)}"
    return CheckResult(summary, findings, stops=bool(stopping))


_STATE = "statewide"
_Key = tuple[str, ...]


def _moved_cells(build: pl.DataFrame, release: pl.DataFrame) -> pl.DataFrame:
    """Return the cells whose rows differ: of the others nothing can be a finding."""
    rows = pl.concat([build, release]).group_by(VALUE.names()).len()
    return rows.filter(pl.col("len") == 1).select(CELL).unique()


def _cells(frame: pl.DataFrame) -> dict[_Key, dict[str, dict]]:
    cells: dict[_Key, dict[str, dict]] = {}
    for row in frame.iter_rows(named=True):
        cells.setdefault(tuple(row[name] for name in CELL), {})[row["cohort_year"]] = row
    return cells


def _judge(
    key: _Key, cohort: str, row: dict, now: dict[str, dict], then: dict[str, dict]
) -> tuple[dict | None, bool]:
    """Return the finding on one value, and whether there was anything to compare it with."""
    before = then.get(cohort)
    earlier = [c for c in sorted(now) if c < cohort]
    if before is None:
        # A cohort nobody published: the one before it is the best guess, once there is a history.
        if len(earlier) < POLICY.least_cohorts:
            return None, False
        before = now[earlier[-1]]
    unit, denominators = row["unit"], (row["denominator"], before["denominator"])
    if min(denominators) < POLICY.least_people:
        return None, False
    if not all(is_scalable(r["value"], unit) for r in (row, before)):
        return None, False
    history = [(then.get(c, now[c])["value"], then.get(c, now[c])["denominator"]) for c in earlier]
    allowed = band(history, before["value"], denominators, unit)
    value = scaled(row["value"], unit)
    if allowed.holds(value):
        return None, True
    finding = _finding(key, cohort, row, before["value"], row["value"], allowed.width)
    too_far = max(POLICY.stopping_movement, POLICY.stopping_bands * allowed.width)
    is_too_far = abs(value - allowed.expected) >= too_far
    return finding | {"stops": _is_headline(key) and is_too_far}, True


def _judge_pooled(key: _Key, of: Pooled, then: dict[str, dict]) -> dict | None:
    """Return the finding on the pooled value of small cohorts; one that is gone is one."""
    if of.now is not None and of.moved <= of.width:
        return None
    row = next(iter(then.values())) | {"denominator": of.people}
    too_far = max(POLICY.stopping_movement, POLICY.stopping_bands * of.width)
    finding = _finding(key, of.cohorts, row, of.before, of.now, of.width)
    return finding | {"stops": _is_headline(key) and (of.now is None or of.moved >= too_far)}


def _is_headline(key: _Key) -> bool:
    cell = dict(zip(CELL, key, strict=True))
    return cell["region_id"].startswith(_STATE) and cell["student_group"] == "all"


def _gone(key: _Key, cohort: str, row: dict) -> dict:
    finding = _finding(key, cohort, row, row["value"], None, 0.0)
    return finding | {"stops": _is_headline(key)}


def _finding(
    key: _Key, cohort: str, row: dict, before: float, now: float | None, width: float
) -> dict[str, Value]:
    cell = dict(zip(CELL, key, strict=True))
    digits = 4 if row["unit"] == "rate" else 0
    return {
        "metric": f"{cell['metric_id']} {cell['definition_version']}",
        "cohort": cohort,
        "region": _STATE if row["region_scheme"] == _STATE else cell["region_id"],
        "group": f"{cell['student_group']} {cell['student_group_value']}",
        "value_before": round(before, digits),
        "value_now": None if now is None else round(now, digits),
        "band": round(width, 4),
        "people": row["denominator"],
    }


def dropped_rates(
    build: pl.DataFrame, release: pl.DataFrame, *, may_drop: bool = False
) -> CheckResult:
    """Return which feeds' people are found in another feed less often than in the release.

    A finding is a drop of 2 points that sampling does not explain; 10 points stop a release where
    everybody should be found, unless that is allowed.
    """
    if release.is_empty():
        return CheckResult("there is no release to compare with")
    both = build.join(release, on=["from_feed", "to_feed"], how="inner", suffix="_before")
    findings, stops = [], False
    for row in both.iter_rows(named=True):
        now, before = row["match_rate"], row["match_rate_before"]
        n = (row["n_matchable"], row["n_matchable_before"])
        drop = before - now
        # Both rates are largely of the same people: this errs to the quiet side.
        error = sqrt(before * (1 - before) * (1 / n[0] + 1 / n[1]))
        least = max(POLICY.linkage_drop, POLICY.movement_z * error)
        if min(n) < POLICY.least_people or drop < least:
            continue
        is_stop = row["is_match_expected"] and drop >= POLICY.stopping_linkage_drop and not may_drop
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
    summary = (
        f"{len(findings)} of {both.height} linkage rates dropped"
        if findings
        else f"none of {both.height} linkage rates dropped"
    )
    return CheckResult(summary, findings, stops=stops)
