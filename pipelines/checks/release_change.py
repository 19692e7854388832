"""What a release changes against the one before it, as `quality.release_change` lists it.

Lives here: comparing the build with the current release in values, rows, files and persons, and the
few lines that log, UI and alerts have of it. Does not: what may stop a release (the modules
beside), writing the table (`pipelines.release.publish`).

The comparison needs the whole build, and dbt alone writes to that. So dbt defines the table, with
its columns, contract and docs, and builds it without rows; publishing fills it in the release's own
copy, before that becomes current. The build stays a function of its inputs, and a release without
its changes cannot be read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import log
from pathlib import Path

import duckdb
import polars as pl

from pipelines.checks.base import CheckInputs, read
from pipelines.checks.values import values
from pipelines.checks.volume import delivered_on_time
from schemas import ACCEPTED_FEEDS
from schemas.policy import POLICY

_STATE = "statewide"
# Values are computed from floats, whose last digits may differ from machine to machine.
_SAME = 1e-9

_CELL = ("metric_id", "definition_version", "region_id")
DELIVERIES = pl.Schema(
    {
        **dict.fromkeys(("feed", "period", "submitter", "delivery_sha256", "file_name"), pl.String),
        "status": pl.String,
        "is_current": pl.Boolean,
        "accepted_rows": pl.Int64,
        "reasons": pl.String,
    }
)
PERSONS = pl.Schema({"run_id": pl.String, "change": pl.String, "persons": pl.Int64})
_QUERIES = {
    "deliveries": (
        """
        select
            feed, period, submitter, delivery_sha256, file_name, status, is_current, accepted_rows,
            case
                when status = 'held' then array_to_string(findings, ' ')
                else array_to_string(reasons, ', ')
            end
        from quality.delivery
        """,
        DELIVERIES,
    ),
    "persons": (
        "select run_id, change, count(distinct person_id) from quality.person_change group by all",
        PERSONS,
    ),
}


@dataclass(frozen=True)
class Change:
    """One change; a row of `quality.release_change`, whose columns the dbt project describes."""

    kind: str
    sentence: str
    is_warning: bool = False
    feed: str | None = None
    metric_id: str | None = None
    definition_version: str | None = None
    period: str | None = None
    submitter: str | None = None
    region_id: str | None = None
    value_before: float | None = None
    value_after: float | None = None
    n_changed: int = 1
    n_people: int | None = None


def release_changes(inputs: CheckInputs) -> list[Change]:
    """Return what the build changes against the current release: warnings first.

    Of a first release, and of one whose predecessor is damaged or lacks a table, one change says
    so.

    Raises:
        duckdb.Error: The build lacks a table or a column.
    """
    build = _compared(inputs.settings.build)
    late = list(late_deliveries(inputs))
    if inputs.warehouse is None:
        kind, sentence = (
            ("not_comparable", "The release before is damaged: nothing was compared with it.")
            if inputs.manifest
            else ("first_release", "First release: there is none before it to compare with.")
        )
        return [Change(kind, sentence, is_warning=bool(inputs.manifest)), *late]
    try:
        release = _compared(inputs.warehouse)
    except (duckdb.CatalogException, duckdb.BinderException):
        sentence = "The release before is of an older version: nothing was compared with it."
        return [Change("not_comparable", sentence), *late]
    changes = [
        *changed_rows(build["deliveries"], release["deliveries"]),
        *turned_away(build["deliveries"], release["deliveries"]),
        *late,
        *changed_values(build["values"], release["values"]),
        *changed_persons(build["persons"], release["persons"]),
    ]
    return sorted(changes, key=lambda change: not change.is_warning)


def _compared(database: Path) -> dict[str, pl.DataFrame]:
    value = pl.when("is_complete").then("value").alias("value")
    of_all = values(database).filter(pl.col("student_group") == "all").with_columns(value)
    return {"values": of_all} | {name: read(database, *of) for name, of in _QUERIES.items()}


def changed_rows(build: pl.DataFrame, release: pl.DataFrame) -> Iterator[Change]:
    """Yield the deliveries whose accepted rows were lost, gained or replaced, most rows first."""
    key = ("feed", "period", "submitter")
    before, after = (
        frame.filter("is_current").select(*key, "delivery_sha256", "accepted_rows")
        for frame in (release, build)
    )
    both = before.join(after, on=key, how="full", suffix="_after", coalesce=True)
    rows = pl.col("accepted_rows_after").fill_null(0) - pl.col("accepted_rows").fill_null(0)
    both = both.with_columns(rows.alias("rows")).sort(-pl.col("rows").abs(), *key)
    for row in both.rows(named=True):
        if row["rows"] == 0 and row["delivery_sha256"] == row["delivery_sha256_after"]:
            continue
        was, now, gained = row["accepted_rows"], row["accepted_rows_after"], row["rows"]
        kind = "rows_lost" if gained < 0 else "rows_gained" if gained else "delivery_replaced"
        yield Change(
            kind,
            f"{row['submitter']}, {row['feed']} {row['period']}: "
            f"accepted rows {_count(was)} before, {_count(now)} now.",
            is_warning=gained < 0,
            **{name: row[name] for name in key},
            value_before=was,
            value_after=now,
            n_changed=abs(gained),
        )


def turned_away(build: pl.DataFrame, release: pl.DataFrame) -> Iterator[Change]:
    """Yield files that are rejected or held and were not so in the release before."""
    key = ("feed", "period", "submitter", "delivery_sha256", "status")
    new = build.filter(pl.col("status").is_in(["rejected", "held"])).join(
        release, on=key, how="anti"
    )
    for row in new.sort(key).rows(named=True):
        because = f": {row['reasons'].removesuffix('.')}" if row["reasons"] else ""
        yield Change(
            f"file_{row['status']}",
            f"{row['feed']}/{row['period']}/{row['file_name']} was {row['status']}{because}.",
            is_warning=True,
            **{name: row[name] for name in ("feed", "period", "submitter")},
        )


def late_deliveries(inputs: CheckInputs) -> Iterator[Change]:
    """Yield the submitters whose delivery is due and not there, as `delivered_on_time` has them."""
    for feed in ACCEPTED_FEEDS.values():
        for finding in delivered_on_time(feed, inputs).findings:
            period, submitter = str(finding["period_due"]), str(finding["submitter"])
            yield Change(
                "late",
                f"{submitter} has not delivered {feed.name} {period}, which is due.",
                is_warning=True,
                feed=feed.name,
                period=period,
                submitter=submitter,
            )


def changed_values(build: pl.DataFrame, release: pl.DataFrame) -> Iterator[Change]:
    """Yield each metric and region whose values moved, were withdrawn or added; most moved first.

    Moved are values of cohorts that are complete in both; the change names the cohort that moved
    most, rates in points and others by their ratio. Withdrawn are values that were complete and
    are not there, or not complete, any more: with what is missing, and who has to deliver it.
    """
    key = (*_CELL, "attribution", "cohort_year")
    both = build.join(release, on=key, how="full", suffix="_before", coalesce=True)
    both = both.filter(~pl.col("value").eq_missing(pl.col("value_before")))
    cells: dict[tuple[str, ...], list[dict]] = {}
    for row in both.sort(key).rows(named=True):
        kind, row["moved_by"] = _how_changed(row["value_before"], row["value"], row["unit"])
        if kind:
            cells.setdefault((kind, *(row[name] for name in _CELL)), []).append(row)
    largest = {cell: max(rows, key=lambda row: row["moved_by"]) for cell, rows in cells.items()}
    for cell in sorted(cells, key=lambda cell: (-largest[cell]["moved_by"], cell)):
        yield _of_values(cell[0], largest[cell], len(cells[cell]))


def _how_changed(
    before: float | None, after: float | None, unit: str | None
) -> tuple[str | None, float]:
    """Return the kind of a change, None without one, and how far the value moved."""
    if before is None and after is None:
        return None, 0.0
    if before is None or after is None:
        return ("value_added" if before is None else "value_withdrawn"), 0.0
    if abs(after - before) <= _SAME * max(1, abs(before)):
        return None, 0.0
    if unit != "rate" and before > 0 and after > 0:
        return "value_moved", abs(log(after / before))
    return "value_moved", abs(after - before)


_WORDS = {"value_moved": "moved", "value_withdrawn": "no longer complete", "value_added": "new"}


def _of_values(kind: str, row: Mapping, n_changed: int) -> Change:
    scheme = row["region_scheme"] or row["region_scheme_before"]
    region = _STATE if scheme == _STATE else row["region_id"]
    example = f" {row['cohort_year']}"
    if kind == "value_moved":
        example = f", most {row['cohort_year']}: {row['value_before']:.4g} to {row['value']:.4g}"
    elif row["reason"]:
        example += f": {row['reason']}. Awaited: {row['awaited']}"
    return Change(
        kind,
        f"{row['metric_id']} {row['definition_version']}, {region}: {n_changed} value(s) "
        f"{_WORDS[kind]}{example}.",
        is_warning=kind == "value_withdrawn" and scheme == _STATE,
        **{name: row[name] for name in _CELL},
        period=row["cohort_year"],
        value_before=row["value_before"],
        value_after=row["value"],
        n_changed=n_changed,
        n_people=min(n for n in (row["denominator"], row["denominator_before"]) if n is not None),
    )


def changed_persons(build: pl.DataFrame, release: pl.DataFrame) -> Iterator[Change]:
    """Yield how many person ids were merged, split or retired by runs since the release before."""
    new = build.filter(~pl.col("run_id").is_in(release["run_id"].unique().to_list()))
    for change, persons in (
        new.group_by("change").agg(pl.col("persons").sum()).sort("change").rows()
    ):
        yield Change(
            f"persons_{change}", f"{persons} person id(s) were {change}.", n_changed=persons
        )


def as_table(changes: list[Change]) -> pl.DataFrame:
    """Return changes as the rows of `quality.release_change`, numbered in their order."""
    types = {"is_warning": pl.Boolean, "n_changed": pl.Int64, "n_people": pl.Int64}
    types |= dict.fromkeys(("value_before", "value_after"), pl.Float64)
    schema = {name: types.get(name, pl.String) for name in Change.__dataclass_fields__}
    rows = pl.DataFrame([asdict(change) for change in changes], schema)
    return rows.with_row_index("change_number", offset=1).cast({"change_number": pl.Int64})


def warnings(changes: list[Change]) -> list[str]:
    """Return a line for each kind of change that somebody should look at."""
    warning = [change for change in changes if change.is_warning]
    return in_lines(warning) if warning else []


def in_lines(changes: list[Change]) -> list[str]:
    """Return one line for each kind of change: how many, and the first of them by name.

    Metric values of regions, and of fewer than `least_people`, are counted and not named: a mail
    must not hold a value of few people.
    """
    if not changes:
        return ["Nothing changed against the release before."]
    by_kind: dict[str, list[Change]] = {}
    for change in changes:
        by_kind.setdefault(change.kind, []).append(change)
    return [_line(kind, of_kind) for kind, of_kind in by_kind.items()]


def _line(kind: str, changes: list[Change]) -> str:
    if kind in ("first_release", "not_comparable"):
        return changes[0].sentence
    if kind.startswith("persons_"):
        return changes[0].sentence
    first = next((f" First: {change.sentence}" for change in changes if _may_be_named(change)), "")
    return f"{kind.replace('_', ' ').capitalize()}: {len(changes)}.{first}"


def _may_be_named(change: Change) -> bool:
    if change.metric_id is None:
        return True
    is_statewide = (change.region_id or "").startswith(_STATE)
    return is_statewide and (change.n_people or 0) >= POLICY.least_people


def _count(rows: int | None) -> str:
    return "none" if rows is None else f"{rows:,}"
