"""Rows of a feed from the records of a delivery: joins, counts and rules that YAML names.

Lives here: putting records together, and which record each row draws on. Does not: reading a
record (`records`), judging a row (`schemas`).
"""

from functools import reduce
from typing import NamedTuple

import polars as pl

from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.layouts.records import FILE_BITS, ID
from pipelines.intake.readers.layouts.rules import RULES
from schemas import Feed
from schemas.layouts.model import Layout
from schemas.layouts.rows import Column, FeedRows, Filter, Join

# Y and N of all rows; without a record of the kind in the whole delivery, nothing is known.
_UNKNOWN_IF_NONE = "unknown_if_none"
# The rule of a column that is filled by whose delivery it is.
SUBMITTER = "submitter"
LINKS = pl.Schema({"record": pl.Int64, "row": pl.Int64})

Tables = dict[str, pl.DataFrame]


class Rows(NamedTuple):
    """Rows of a feed as text with ``_base``, the record each is of, and what each draws on."""

    rows: pl.DataFrame
    links: pl.DataFrame


def feed_rows(layout: Layout, feed: Feed, tables: Tables, of: tuple[str, str]) -> Rows:
    """Return the rows of a feed that a delivery's records make.

    Args:
        layout: Their layout.
        feed: The feed.
        tables: Records by type, as `read_records` gives them; a type that is missing is empty.
        of: Submitter and period of the delivery.

    Raises:
        FileRefused: Totals do not agree, or records are of several submitters.
    """
    spec = layout.feeds[feed.name]
    tables = {code: tables.get(code, _empty(spec, code)) for code in spec.records}
    for total in spec.totals:
        _check_total(tables, spec.base, total.record, total.count, total.add, total.of)
    base_id = f"{spec.base}.{ID}"
    base = tables[spec.base]
    base = base.filter(_holds(spec.base, {k: v for k, v in spec.where.items() if "." not in k}))
    links = [base.select(pl.col(base_id).alias("record"), pl.col(base_id).alias("row"))]
    for code, join in spec.joins.items():
        if join.many or join.to:
            continue
        base = _one(base, spec.base, code, tables[code], spec)
        links.append(_linked(base, f"{code}.{ID}", base_id))
    for code, join in spec.joins.items():
        if join.many:
            base, of_many = _many(base, spec, code, tables)
            links += of_many
    base = base.filter(_holds(spec.base, {k: v for k, v in spec.where.items() if "." in k}))
    base = _with_submitter(base, spec, of[0])
    rows = base.select(
        *(_value(name, spec).alias(name) for name in (*feed.dtypes, *spec.beside)),
        pl.col(base_id).alias("_base"),
    )
    if spec.one_period and of[1]:
        rows = rows.filter(pl.col(feed.period_kind.value).eq_missing(of[1]))
    drawn = pl.concat(links)
    if rows.height < links[0].height:
        drawn = drawn.join(rows, left_on="row", right_on="_base", how="semi")
    return Rows(*_once(rows, drawn, spec, feed))


def _with_submitter(base: pl.DataFrame, spec: FeedRows, submitter: str) -> pl.DataFrame:
    """Return the base with whose it is, where a column is filled by that.

    Raises:
        FileRefused: The records' own number of their submitter is not one.
    """
    for column in spec.columns.values():
        if column.rule == SUBMITTER and base[column.field].drop_nulls().n_unique() > 1:
            label = column.field.partition(".")[2].upper()
            raise FileRefused(
                "file:several_submitters",
                f"Its records have more than one {label}. Deliver one file for each.",
            )
    return base.with_columns(pl.lit(submitter).alias(SUBMITTER))


def _empty(spec: FeedRows, code: str) -> pl.DataFrame:
    names = sorted(name for name in spec.used if name.startswith(f"{code}."))
    return pl.DataFrame(schema=dict.fromkeys(names, pl.String) | {f"{code}.{ID}": pl.Int64})


def _linked(base: pl.DataFrame, record: str, row: str) -> pl.DataFrame:
    return base.select(pl.col(record).alias("record"), pl.col(row).alias("row")).drop_nulls()


def _holds(code: str, where: dict[str, tuple[str, ...]]) -> pl.Expr:
    """Return whether a record has one of some values in each of some fields."""
    conditions = [pl.lit(True)]
    for name, values in where.items():
        field = pl.col(name if "." in name else f"{code}.{name}")
        if all(value.startswith("!") for value in values):
            conditions.append(~field.is_in([value[1:] for value in values]).fill_null(False))
        elif values == ("*",):
            conditions.append(field.is_not_null())
        else:
            conditions.append(field.is_in(list(values)).fill_null("" in values))
    return reduce(lambda a, b: a & b, conditions)


def _one(
    base: pl.DataFrame, base_code: str, code: str, other: pl.DataFrame, spec: FeedRows
) -> pl.DataFrame:
    """Return the base with one record of another type beside each, where there is one."""
    join = spec.joins[code]
    if join.above:
        return base.sort(f"{base_code}.{ID}").join_asof(
            other.sort(f"{code}.{ID}"), left_on=f"{base_code}.{ID}", right_on=f"{code}.{ID}",
            coalesce=False,
        )  # fmt: skip
    left, right = _keys(base, other, join.to or base_code, code, join)
    order = [f"{code}.{join.last}"] if join.last else []
    if other.select(right).n_unique() < other.height:
        other = other.sort(*order, f"{code}.{ID}", nulls_last=False).unique(
            right, keep="last", maintain_order=True
        )
    return base.join(
        other, left_on=left, right_on=right, how="left", coalesce=False, maintain_order="left"
    )


def _keys(
    base: pl.DataFrame, other: pl.DataFrame, base_code: str, code: str, join: Join
) -> tuple[list[str], list[str]]:
    """Return the fields by which records are joined, without those that are the same in all.

    A delivery is mostly of one district and year, and each text to compare costs as much again.
    """
    pairs = [(f"{base_code}.{b}", f"{code}.{a}") for a, b in join.pairs.items()]
    differing = [
        pair
        for pair in pairs
        if base[pair[0]].null_count()
        or _only(base[pair[0]]) is None
        or _only(base[pair[0]]) != _only(other[pair[1]])
    ]
    left, right = zip(*(differing or pairs[-1:]), strict=True)
    return list(left), list(right)


def _only(field: pl.Series) -> str | None:
    """Return the one value that a field has in all records; None where it has several, or none."""
    least = field.min()
    return str(least) if least is not None and least == field.max() else None


def _many(
    base: pl.DataFrame, spec: FeedRows, code: str, tables: Tables
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Return the base with what all joined records of a type come to, and the links to them."""
    join, other = spec.joins[code], tables[code]
    nested = [name for name, one in spec.joins.items() if one.to == code]
    for name in nested:
        other = _one(other, code, name, tables[name], spec)
    columns = {name: one for name, one in spec.columns.items() if _source(one) == code}
    filters = [_filter(one) for one in columns.values()]
    other = other.filter(reduce(lambda a, b: a | b, filters, pl.lit(False)))
    left, right = _keys(base, other, spec.base, code, join)
    order = [name for one in columns.values() for name in one.order]
    if order:
        other = other.sort(order, maintain_order=True)
    counted = other.group_by(right, maintain_order=True).agg(
        _aggregate(name, one) for name, one in columns.items()
    )
    known = {name for name, one in columns.items() if one.rule == _UNKNOWN_IF_NONE}
    none = {name for name in known if other.filter(_filter(columns[name])).is_empty()}
    joined = base.join(
        counted, left_on=left, right_on=right, how="left", maintain_order="left"
    ).with_columns(
        pl.lit(None, pl.String).alias(name) if name in none else _filled(name, columns[name])
        for name in columns
    )
    ids = [f"{one}.{ID}" for one in (code, *nested)]
    drawn = base.select(f"{spec.base}.{ID}", *left).join(
        other.select(*right, *ids), left_on=left, right_on=right
    )
    return joined, [_linked(drawn, name, f"{spec.base}.{ID}") for name in ids]


def _source(column: Column) -> str:
    """Return the record type of which many are counted, added up or ordered; none for others."""
    for some in (column.has, column.count, column.where):
        if some:
            return some.record
    return column.add.partition(".")[0]


def _filter(column: Column) -> pl.Expr:
    some = column.has or column.count or column.where or Filter(record=_source(column))
    return _holds(some.record, some.where)


def _aggregate(name: str, column: Column) -> pl.Expr:
    drawn = _filter(column)
    if column.has:
        return drawn.any().alias(name)
    if column.count:
        return pl.col(column.of).filter(drawn).n_unique().alias(name)
    if column.latest:
        return pl.col(column.latest).filter(drawn).last().alias(name)
    amounts = pl.col(column.add).filter(drawn).cast(pl.Float64, strict=False)
    return amounts.sum().round(2).alias(name)


def _filled(name: str, column: Column) -> pl.Expr:
    if column.has:
        return pl.when(pl.col(name)).then(pl.lit("Y")).otherwise(pl.lit("N")).alias(name)
    if column.count:
        return pl.col(name).fill_null(0).cast(pl.String)
    return pl.col(name).cast(pl.String)


def _value(name: str, spec: FeedRows) -> pl.Expr:
    """Return a column of the contract."""
    if name in spec.blank and name not in spec.columns:
        return pl.lit(None, pl.String)
    column = spec.columns.get(name) or spec.beside[name]
    if _source(column):
        value = pl.col(name)
    elif column.rule == SUBMITTER:
        value = pl.col(SUBMITTER)
    elif column.rule:
        value = RULES[column.rule]([pl.col(field) for field in column.fields or (column.field,)])
    elif column.fields:
        value = pl.coalesce(pl.col(column.fields))
    elif column.field:
        value = pl.col(column.field)
    else:
        value = pl.lit(None, pl.String)
    if column.codes:
        value = value.replace({code: of or None for code, of in column.codes.items()})
    return value if column.empty is None else value.fill_null(column.empty)


def _once(
    rows: pl.DataFrame, links: pl.DataFrame, spec: FeedRows, feed: Feed
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return rows that count once for all that are the same or of one key, and their links."""
    if spec.distinct:
        same = [name for name in rows.columns if name != "_base"]
    elif spec.net:
        same = [feed.period_kind.value, *feed.key]
    else:
        return rows, links
    if rows.select(same).hash_rows().n_unique() == rows.height:
        return rows, links
    complete = pl.all_horizontal(pl.col(same).is_not_null()) if spec.net else pl.lit(True)
    group = pl.when(complete).then(pl.col("_base").min().over(same)).otherwise(pl.col("_base"))
    first = rows.with_columns(_first=group)
    moved = first.select("_base", "_first")
    if spec.net:
        amount = pl.col(spec.net).cast(pl.Float64, strict=False)
        total = amount.sum().over("_first").round(2).cast(pl.String)
        several = (pl.len().over("_first") > 1) & amount.is_not_null().all().over("_first")
        first = first.with_columns(
            pl.when(several).then(total).otherwise(pl.col(spec.net)).alias(spec.net)
        )
    rows = first.filter(pl.col("_base") == pl.col("_first")).drop("_first")
    links = links.join(moved, left_on="row", right_on="_base").select("record", row="_first")
    return rows, links


def _check_total(tables: Tables, base: str, record: str, count: str, add: str, of: str) -> None:
    """Check records that say what those above them come to.

    Raises:
        FileRefused: One says something else.
    """
    totals = tables[record].sort(f"{record}.{ID}")
    items = tables[base].sort(f"{base}.{ID}").join_asof(
        totals, left_on=f"{base}.{ID}", right_on=f"{record}.{ID}", strategy="forward",
        coalesce=False,
    )  # fmt: skip
    at = f"{record}.{ID}"
    lost = items.filter(pl.col(at).is_null()).height
    sums = items.group_by(at).agg(
        count=pl.len(), sum=pl.col(of).cast(pl.Float64, strict=False).sum().round(2)
    )
    wrong = totals.join(sums, on=at, how="left").filter(
        (pl.col("count").fill_null(0) != pl.col(f"{record}.{count}").cast(pl.Int64, strict=False))
        | (
            pl.col("sum").fill_null(0)
            != pl.col(f"{record}.{add}").cast(pl.Float64, strict=False).round(2)
        ).fill_null(True)
    )
    if wrong.is_empty() and not lost:
        return
    line = "" if wrong.is_empty() else str(wrong[at][0] & ((1 << FILE_BITS) - 1))
    words = (
        f"{wrong.height:,} record(s) {record} say another number or sum than the records {base} "
        f"above them have; the first is line {line}."
        if line
        else f"{lost:,} record(s) {base} stand behind the last record {record}: the file was cut."
    )
    raise FileRefused("file:totals", f"{words} Deliver the whole file as it was made.")
