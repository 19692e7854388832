"""Whether columns still look as they did: new deliveries held against the current release.

Lives here: profiles of key columns, the population stability index with its sampling bound, jumps
of empty values. Does not: any single row; profiles are counts.

A new delivery is held against the same submitter's rows of the same period in the release or, if
it is the first for its period, against their last earlier period there.
"""

from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path

import duckdb
import polars as pl

from pipelines.checks.base import Cell, Outcome
from schemas import Feed

# Below this many rows on either side, categories are too thin for a distribution.
LEAST_ROWS = 100

# The customary reading of the index: below 0.1 no shift, above 0.25 a large one.
LARGE_SHIFT = 0.25

# An index of two samples of one population is about (1/n + 1/m) times chi square with one degree
# less than there are categories (Yurdakul 2018). This is the normal quantile of 0.9999: with a
# thousand comparisons a night, one in ten nights has a false alarm.
Z = 3.72

# A column that is empty 5 points more or less often; below, nobody would change a figure for it.
LEAST_NULL_JUMP = 0.05

_FIVES = "cast(floor({0} / 5) * 5 as integer)"
# Key columns of each feed with a fact, in the words of both the accepted file and the fact.
COLUMNS: dict[str, dict[str, str]] = {
    "k12_enrollment": {
        "grade_level": "grade_level",
        "gender_code": "gender_code",
        "race_ethnicity_code": "race_ethnicity_code",
        "enrollment_status_code": "enrollment_status_code",
        "exit_code": "exit_code",
        "completion_status_code": "completion_status_code",
        "is_economically_disadvantaged": "is_economically_disadvantaged",
        "is_english_learner": "is_english_learner",
        "has_disability": "has_disability",
    },
    "k12_pathway": {
        "pathway_code": "left(pathway_code, 2)",
        "courses_completed": "courses_completed",
        "pathway_hours": "cast(floor(pathway_hours / 50) * 50 as integer)",
        "capstone_grade": "left(capstone_grade, 1)",
        "pathway_completion_academic_year": "pathway_completion_academic_year is not null",
    },
    "work_based_learning": {
        "wbl_type_code": "wbl_type_code",
        "wbl_hours": "cast(floor(wbl_hours / 40) * 40 as integer)",
        "employer_naics_sector": "employer_naics_sector",
    },
    "dual_enrollment": {
        "top_code": "left(top_code, 2)",
        "credit_status_code": "credit_status_code",
        "units_attempted": "cast(floor(units_attempted) as integer)",
        "grade_code": "left(grade_code, 1)",
        "is_ccap": "is_ccap",
    },
    "college_enrollment": {
        "gender_code": "gender_code",
        "race_ethnicity_code": "race_ethnicity_code",
        "student_goal_code": "student_goal_code",
        "program_top_code": "left(program_top_code, 2)",
        "units_attempted": _FIVES.format("units_attempted"),
        "aid_status_code": "aid_status_code",
    },
    "credential": {
        "award_type_code": "award_type_code",
        "program_top_code": "left(program_top_code, 2)",
        "award_units": _FIVES.format("award_units"),
    },
    "wage": {
        "naics_code": "left(naics_code, 2)",
        "county_fips": "county_fips",
        # Four steps to each doubling would follow a raise; two do not.
        "quarterly_wages_usd": "cast(floor(2 * log2(quarterly_wages_usd)) as integer)",
    },
}

PROFILE = pl.Schema(
    {
        "period": pl.String,
        "submitter": pl.String,
        "column_name": pl.String,
        "value": pl.String,
        "row_count": pl.Int64,
    }
)


@dataclass(frozen=True)
class Shift:
    """How one column of one scope moved.

    Attributes:
        scope: Submitter and period, or ``all new deliveries``.
        column: The column.
        index: Population stability index over the values that are there.
        bound: What it may be.
        rows: Rows now and then.
        null_share: Share of empty values now and then, 0 to 1.
    """

    scope: str
    column: str
    index: float
    bound: float
    rows: tuple[int, int]
    null_share: tuple[float, float]

    @property
    def is_drift(self) -> bool:
        """Whether the distribution moved by more than it may."""
        return self.index > self.bound

    @property
    def is_null_jump(self) -> bool:
        """Whether empty values became much more or less frequent."""
        now, then = self.null_share
        both = (now * self.rows[0] + then * self.rows[1]) / sum(self.rows)
        error = sqrt(both * (1 - both) * (1 / self.rows[0] + 1 / self.rows[1]))
        return abs(now - then) >= LEAST_NULL_JUMP and abs(now - then) > Z * error


def index(now: dict[str, int], then: dict[str, int]) -> tuple[float, float]:
    """Return the population stability index of two counts of values, and its bound.

    Half a row is added to each category, so that a new one does not make the index infinite.
    """
    values = now.keys() | then.keys()
    total_now, total_then = (sum(side.values()) + 0.5 * len(values) for side in (now, then))
    found = 0.0
    for value in values:
        p = (now.get(value, 0) + 0.5) / total_now
        q = (then.get(value, 0) + 0.5) / total_then
        found += (p - q) * log(p / q)
    freedom = len(values) - 1
    if not freedom:
        return 0.0, LARGE_SHIFT
    # Wilson and Hilferty's quantile of chi square.
    chi = freedom * (1 - 2 / (9 * freedom) + Z * sqrt(2 / (9 * freedom))) ** 3
    return found, max(LARGE_SHIFT, chi * (1 / total_now + 1 / total_then))


def shifts(now: pl.DataFrame, then: pl.DataFrame) -> list[Shift]:
    """Return how each column of each new delivery moved, and of all of them together.

    Args:
        now: Profile of new deliveries.
        then: Profile of what each is held against, under the new delivery's own period.
    """
    key = ["period", "submitter", "column_name", "value"]
    both = now.join(then, on=key, how="full", coalesce=True, nulls_equal=True, suffix="_then")
    both = both.with_columns(pl.col("row_count", "row_count_then").fill_null(0))
    each = both.with_columns(pl.format("{} {}", "submitter", "period").alias("scope"))
    known = then.select("period", "submitter").unique()
    everything = (
        both.join(known, on=["period", "submitter"], how="semi")
        .group_by("column_name", "value")
        .agg(pl.col("row_count", "row_count_then").sum())
        .with_columns(pl.lit("all new deliveries").alias("scope"))
    )
    columns = ["scope", "column_name", "value", "row_count", "row_count_then"]
    parts = pl.concat([everything.select(columns), each.select(columns)]).partition_by(
        "scope", "column_name", as_dict=True, maintain_order=True
    )
    found = []
    for (scope, column), part in parts.items():
        shift = _shift(str(scope), str(column), part)
        if shift:
            found.append(shift)
    return found


def _shift(scope: str, column: str, part: pl.DataFrame) -> Shift | None:
    rows = (int(part["row_count"].sum()), int(part["row_count_then"].sum()))
    if min(rows) < LEAST_ROWS:
        return None
    there = part.filter(pl.col("value").is_not_null())
    now: dict[str, int] = dict(there.select("value", "row_count").iter_rows())
    then: dict[str, int] = dict(there.select("value", "row_count_then").iter_rows())
    filled = (sum(now.values()), sum(then.values()))
    nulls = (1 - filled[0] / rows[0], 1 - filled[1] / rows[1])
    moved, bound = index(now, then) if min(filled) >= LEAST_ROWS else (0.0, LARGE_SHIFT)
    return Shift(scope, column, moved, bound, rows, nulls)


def drifted(found: list[Shift]) -> Outcome:
    """Return which columns moved by more than they may, the largest first."""
    moved = sorted((s for s in found if s.is_drift), key=lambda s: -s.index / s.bound)
    findings: list[dict[str, Cell]] = [
        {
            "where": shift.scope,
            "column": shift.column,
            "stability_index": round(shift.index, 3),
            "bound": round(shift.bound, 3),
            "rows_now": shift.rows[0],
            "rows_then": shift.rows[1],
        }
        for shift in moved
    ]
    return Outcome(_said(len(findings), found, "moved beyond its bound"), findings)


def emptied(found: list[Shift]) -> Outcome:
    """Return which columns are empty much more or less often, the largest jump first."""
    jumped = sorted(
        (s for s in found if s.is_null_jump), key=lambda s: -abs(s.null_share[0] - s.null_share[1])
    )
    findings: list[dict[str, Cell]] = [
        {
            "where": shift.scope,
            "column": shift.column,
            "empty_now": round(shift.null_share[0], 3),
            "empty_then": round(shift.null_share[1], 3),
            "rows_now": shift.rows[0],
            "rows_then": shift.rows[1],
        }
        for shift in jumped
    ]
    return Outcome(_said(len(findings), found, "changed its share of empty values"), findings)


def _said(wrong: int, found: list[Shift], what: str) -> str:
    if not found:
        return f"nothing new with {LEAST_ROWS} rows and as many to compare with"
    return f"{wrong or 'none'} of {len(found)} columns of new deliveries {what}"


def profile(
    connection: duckdb.DuckDBPyConnection, feed: Feed, relation: str, parameters: list[object]
) -> pl.DataFrame:
    """Return how often each value of the feed's key columns occurs, by period and submitter.

    Args:
        connection: An open connection.
        feed: A feed in `COLUMNS`.
        relation: A query that gives the feed's columns, the period under its own name.
        parameters: Values of the query's placeholders.
    """
    period = feed.period_kind.value
    counts = " union all ".join(
        f"select {period} as period, submitter, '{name}' as column_name, "
        f"cast({expression} as varchar) as value, count(*) as row_count "
        "from rows group by all"
        for name, expression in COLUMNS[feed.name].items()
    )
    # Ordered, or the result is streamed from all arms of the union at once, which wait for ever
    # when they fill its buffer of 1 MB (duckdb/duckdb#22215).
    query = f"with rows as materialized ({relation}) {counts} order by all"
    rows = connection.execute(query, parameters).fetchall()
    return pl.DataFrame(rows, schema=PROFILE, orient="row")


def compare(
    feed: Feed, accepted: Path, warehouse: Path | None, released: list[dict], records: pl.DataFrame
) -> list[Shift]:
    """Return the shifts of a feed's new deliveries against the current release.

    Args:
        feed: The feed.
        accepted: Where accepted rows are kept.
        warehouse: The released warehouse; None before the first release.
        released: The deliveries in it, as its manifest lists them.
        records: The ledger.
    """
    if feed.name not in COLUMNS or warehouse is None:
        return []
    known = {(d["period"], d["delivery_sha256"]) for d in released if d["feed"] == feed.name}
    in_force = records.filter((pl.col("feed") == feed.name) & pl.col("in_force"))
    new = [
        (period, submitter)
        for period, submitter, sha in in_force.select(
            "period", "submitter", "delivery_sha256"
        ).iter_rows()
        if (period, sha) not in known
    ]
    files = [accepted / feed.name / f"period={p}" / f"{s}.parquet" for p, s in new]
    paths = [str(path) for path in files if path.exists()]
    if not paths:
        return []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as released (read_only)")
        now = profile(connection, feed, "from read_parquet(?, hive_partitioning = false)", [paths])
        held = _held_against(connection, feed, new)
        if not held:
            return []
        then = profile(
            connection,
            feed,
            f"select * from released.marts.fct_{feed.name} "
            f"where (submitter, {feed.period_kind.value}) in "
            "(select (unnest.s, unnest.p) from unnest(?))",
            [[{"s": s, "p": p} for (_, s), p in held.items()]],
        )
    renamed = pl.DataFrame(
        [(period, submitter, old) for (period, submitter), old in held.items()],
        schema={"new_period": pl.String, "submitter": pl.String, "period": pl.String},
        orient="row",
    )
    then = then.join(renamed, on=["period", "submitter"]).select(
        pl.col("new_period").alias("period"), *PROFILE.names()[1:]
    )
    return shifts(now, then)


def _held_against(
    connection: duckdb.DuckDBPyConnection, feed: Feed, new: list[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return for each new delivery the released period it is held against, where there is one."""
    fact = f"released.marts.fct_{feed.name}"
    try:
        kept = connection.execute(
            f"select distinct submitter, {feed.period_kind.value} from {fact}"
        ).fetchall()
    except duckdb.CatalogException:
        # The release is older than the fact, or than its name.
        return {}
    periods: dict[str, list[str]] = {}
    for submitter, period in sorted(kept):
        periods.setdefault(submitter, []).append(period)
    found = {}
    for period, submitter in new:
        earlier = [p for p in periods.get(submitter, []) if p <= period]
        if earlier:
            found[period, submitter] = earlier[-1]
    return found
