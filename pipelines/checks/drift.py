"""Whether columns are distributed as before: new deliveries against the current release.

Lives here: profiles of key columns, the population stability index with its sampling bound, jumps
of empty values. Does not: any single row; profiles are counts.

A new delivery is compared with the same submitter's rows of the same period in the release or, if
it is the first for its period, with their last earlier period there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt

import duckdb
import polars as pl

from pipelines.checks.base import CheckInputs, CheckResult, Value, check
from pipelines.home.files import literal
from schemas import Feed
from schemas.policy import POLICY

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
        jump = abs(now - then)
        return jump >= POLICY.least_null_jump and jump > POLICY.drift_z * error


def index(now: dict[str, int], then: dict[str, int]) -> tuple[float, float]:
    """Return the population stability index of two counts of values, and its bound.

    Half a row is added to each category, so that a new one does not make the index infinite. An
    index of two samples of one population is about (1/n + 1/m) times chi square with one degree
    less than there are categories (Yurdakul 2018): the bound is its quantile, and never below what
    counts as a large shift.
    """
    values = now.keys() | then.keys()
    total_now, total_then = (sum(side.values()) + 0.5 * len(values) for side in (now, then))
    total = 0.0
    for value in values:
        p = (now.get(value, 0) + 0.5) / total_now
        q = (then.get(value, 0) + 0.5) / total_then
        total += (p - q) * log(p / q)
    freedom = len(values) - 1
    if not freedom:
        return 0.0, POLICY.large_shift
    # Wilson and Hilferty's quantile of chi square.
    chi = freedom * (1 - 2 / (9 * freedom) + POLICY.drift_z * sqrt(2 / (9 * freedom))) ** 3
    return total, max(POLICY.large_shift, chi * (1 / total_now + 1 / total_then))


def shifts(now: pl.DataFrame, then: pl.DataFrame) -> list[Shift]:
    """Return how each column of each new delivery moved, and of all of them together.

    Args:
        now: Profile of new deliveries.
        then: Profile of what each is compared with, under the new delivery's own period.
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
    judged = (_shift(str(scope), str(column), part) for (scope, column), part in parts.items())
    return [shift for shift in judged if shift]


def _shift(scope: str, column: str, part: pl.DataFrame) -> Shift | None:
    rows = (int(part["row_count"].sum()), int(part["row_count_then"].sum()))
    if min(rows) < POLICY.least_rows_of_profile:
        return None
    filled = part.filter(pl.col("value").is_not_null())
    now: dict[str, int] = dict(filled.select("value", "row_count").iter_rows())
    then: dict[str, int] = dict(filled.select("value", "row_count_then").iter_rows())
    counts = (sum(now.values()), sum(then.values()))
    nulls = (1 - counts[0] / rows[0], 1 - counts[1] / rows[1])
    is_enough = min(counts) >= POLICY.least_rows_of_profile
    moved, bound = index(now, then) if is_enough else (0.0, POLICY.large_shift)
    return Shift(scope, column, moved, bound, rows, nulls)


@check(
    may_stop=False,
    to_do="Ask what changed: a code set, a system, a rule of reporting, or the people.",
    applies_to=lambda feed: bool(feed.profile),
)
def column_drift(feed: Feed, inputs: CheckInputs) -> CheckResult:
    """New deliveries have their key columns distributed as in the current release.

    They are compared with the same submitter's rows of the same period there, or else of their last
    earlier period, by the population stability index over values that are not empty. It may be
    `large_shift`, or what sampling alone makes of it at this size (chi square at `drift_z`, times
    1/n + 1/m) where that is more. A new system, a new code set, a default or a missing grade passes
    every rule of the contract and shows here; after the next release it is the known distribution.
    """
    return drifted(compare(feed, inputs))


@check(
    may_stop=False,
    to_do="Ask the submitter why the column is empty, and for a corrected file.",
    applies_to=lambda feed: bool(feed.profile),
)
def null_share(feed: Feed, inputs: CheckInputs) -> CheckResult:
    """New deliveries leave key columns empty about as often as in the current release.

    They may differ by `least_null_jump`, or by what sampling explains; compared are the same rows
    as in `column_drift`. An emptied completion_status_code makes non-graduates, an emptied
    program_top_code takes people out of earnings.
    """
    return emptied(compare(feed, inputs))


def drifted(compared: Sequence[Shift]) -> CheckResult:
    """Return which columns moved by more than they may, the largest first."""
    moved = sorted((s for s in compared if s.is_drift), key=lambda s: -s.index / s.bound)
    figures = [{"stability_index": round(s.index, 3), "bound": round(s.bound, 3)} for s in moved]
    return _result(compared, moved, figures, "moved beyond its bound")


def emptied(compared: Sequence[Shift]) -> CheckResult:
    """Return which columns are empty much more or less often, the largest jump first."""
    jumped = sorted(
        (s for s in compared if s.is_null_jump),
        key=lambda s: -abs(s.null_share[0] - s.null_share[1]),
    )
    figures = [
        {"empty_now": round(s.null_share[0], 3), "empty_then": round(s.null_share[1], 3)}
        for s in jumped
    ]
    return _result(compared, jumped, figures, "changed its share of empty values")


def _result(
    compared: Sequence[Shift], wrong: list[Shift], figures: list[dict[str, float]], verb: str
) -> CheckResult:
    if not compared:
        least = POLICY.least_rows_of_profile
        return CheckResult(f"nothing new with {least} rows and as many to compare with")
    findings: list[dict[str, Value]] = [
        {
            "where": shift.scope,
            "column": shift.column,
            **of_shift,
            "rows_now": shift.rows[0],
            "rows_then": shift.rows[1],
        }
        for shift, of_shift in zip(wrong, figures, strict=True)
    ]
    summary = f"{len(wrong) or 'none'} of {len(compared)} columns of new deliveries {verb}"
    return CheckResult(summary, findings)


def profile(
    connection: duckdb.DuckDBPyConnection, feed: Feed, relation: str, parameters: list[object]
) -> pl.DataFrame:
    """Return how often each value of the feed's key columns occurs, by period and submitter.

    Args:
        connection: An open connection.
        feed: A feed with a profile.
        relation: A query that gives the feed's columns, the period under its own name.
        parameters: Values of the query's placeholders.
    """
    period = feed.period_kind.value
    counts = " union all ".join(
        f"select {period} as period, submitter, '{name}' as column_name, "
        f"cast({expression} as varchar) as value, count(*) as row_count "
        "from rows group by all"
        for name, expression in feed.profile.items()
    )
    # Ordered, or the result is streamed from all arms of the union at once, which wait for ever
    # when they fill its buffer of 1 MB (duckdb/duckdb#22215).
    query = f"with rows as materialized ({relation}) {counts} order by all"
    rows = connection.execute(query, parameters).fetchall()
    return pl.DataFrame(rows, schema=PROFILE, orient="row")


_PLACES = "(select (unnest.s, unnest.p) from unnest(?))"


# Both checks of a feed compare the same; the last comparison is enough for them.
@lru_cache(maxsize=1)
def compare(feed: Feed, inputs: CheckInputs) -> tuple[Shift, ...]:
    """Return the shifts of a feed's new deliveries against the current release."""
    if not feed.profile or inputs.warehouse is None:
        return ()
    provenance = inputs.settings.provenance / f"{inputs.warehouse.parent.name}.duckdb"
    if not provenance.exists():
        # The release is older than ids of records: whose they are is not known.
        return ()
    released = inputs.released_deliveries(feed)
    new = [
        (period, submitter)
        for period, submitter, sha in inputs.current_deliveries(feed)
        .select("period", "submitter", "delivery_sha256")
        .iter_rows()
        if (period, sha) not in released
    ]
    folder = inputs.settings.accepted / feed.name
    files = {folder / f"period={period}.parquet" for period, _ in new}
    paths = sorted(str(path) for path in files if path.exists())
    if not paths:
        return ()
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(inputs.warehouse)} as released (read_only)")
        connection.execute(f"attach {literal(provenance)} as delivered (read_only)")
        pairs = dict(_with_earlier(connection, feed, new))
        if not pairs:
            return ()
        now = profile(
            connection,
            feed,
            f"from read_parquet(?, hive_partitioning = false) "
            f"where (submitter, {feed.period_kind.value}) in {_PLACES}",
            [paths, [{"s": submitter, "p": period} for period, submitter in new]],
        )
        then = profile(
            connection,
            feed,
            f"select fact.*, record.submitter from released.marts.fct_{feed.name} as fact "
            "inner join delivered.record as record using (record_id) "
            f"where record.feed = {literal(feed.name)} and (record.submitter, record.period) "
            f"in {_PLACES}",
            [[{"s": submitter, "p": p} for (_, submitter), p in pairs.items()]],
        )
    renamed = [(period, submitter, earlier) for (period, submitter), earlier in pairs.items()]
    columns = dict.fromkeys(["new_period", "submitter", "period"], pl.String)
    then = then.join(
        pl.DataFrame(renamed, columns, orient="row"), on=["period", "submitter"]
    ).select(pl.col("new_period").alias("period"), *PROFILE.names()[1:])
    return tuple(shifts(now, then))


def _with_earlier(
    connection: duckdb.DuckDBPyConnection, feed: Feed, new: list[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield each new delivery with the released period it is compared with, where there is one."""
    released = connection.execute(
        "select distinct submitter, period from delivered.record where feed = ?", [feed.name]
    ).fetchall()
    periods: dict[str, list[str]] = {}
    for submitter, period in sorted(released):
        periods.setdefault(submitter, []).append(period)
    for period, submitter in new:
        earlier = [p for p in periods.get(submitter, []) if p <= period]
        if earlier:
            yield (period, submitter), earlier[-1]
