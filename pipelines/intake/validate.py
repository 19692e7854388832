"""A contract applied to delivered rows: which keep it, and why the others do not.

Lives here: casting, applying the rules, splitting. Does not: the rules themselves (`schemas`),
reading or writing a file.
"""

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl

from schemas import Feed
from schemas.rules import ROW_RULES, rule_name

REASONS, MESSAGES = "_reasons", "_messages"
# The rule that a row breaks which does not parse, null for all others.
UNPARSED = "_unparsed"


@dataclass(frozen=True)
class Verdict:
    """Rows of one or more deliveries after validation.

    Attributes:
        accepted: Typed rows that keep every rule, provenance included.
        quarantined: Delivered text of all other rows, with ``_reasons`` (rule names) and
            ``_messages`` (the same, in words).
    """

    accepted: pl.DataFrame
    quarantined: pl.DataFrame


def cast(text: pl.DataFrame, feed: Feed) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Return the rows in the contract's types, and for each rule a mask of unreadable values.

    An unreadable value becomes null; its mask is true.
    """
    typed = text.with_columns(parse(name, dtype) for name, dtype in feed.dtypes.items())
    return typed, {
        f"{name}:type": text[name].is_not_null() & typed[name].is_null()
        for name, dtype in feed.dtypes.items()
        if dtype != pl.String
    }


def parse(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column of text in a contract's type; an unreadable value is null."""
    value = pl.col(name)
    if dtype == pl.Boolean:
        return value.replace_strict({"Y": True, "N": False}, default=None)
    if dtype == pl.Date:
        return value.str.to_date("%Y-%m-%d", strict=False)
    if dtype == pl.Int64:
        # What has empty cells beside it is exported as 11.0.
        value = value.str.replace(r"\.0+$", "")
    parsed = value.cast(dtype, strict=False)
    return parsed.fill_nan(None) if dtype == pl.Float64 else parsed


def broken_rules(typed: pl.DataFrame, feed: Feed) -> dict[str, pl.Series]:
    """Return for each rule that some row breaks a mask of those rows.

    Raises:
        TypeError: The frame does not have the contract's columns and types, which is a defect of
            the caller and never of a delivery. pandera's own error would show values.
    """
    try:
        feed.schema.validate(typed.drop(feed.beside, strict=False), lazy=True)
    except pa.errors.SchemaErrors as errors:
        broken: dict[str, pl.Series] = {}
        for error in errors.schema_errors:
            if not isinstance(error.check_output, pl.DataFrame) or error.check is None:
                raise TypeError(f"{feed.name}: {error.reason_code} {error.schema.name}") from None
            column = None if error.schema.name not in typed.columns else error.schema.name
            holds = error.check_output.to_series().fill_null(True)
            broken[rule_name(column, error.check)] = ~holds
        return broken
    return {}


def judge(text: pl.DataFrame, feed: Feed) -> Verdict:
    """Return which rows of `text` keep the contract and which do not, with every reason.

    A row that does not parse has that as its one reason.
    """
    if UNPARSED not in text.columns:
        return _judge_parsed(text, feed)
    verdict = _judge_parsed(text.filter(pl.col(UNPARSED).is_null()).drop(UNPARSED), feed)
    unparsed = text.filter(pl.col(UNPARSED).is_not_null())
    if unparsed.is_empty():
        return verdict
    rule = pl.col(UNPARSED)
    unparsed = unparsed.with_columns(
        pl.concat_list(rule).alias(REASONS),
        pl.concat_list(rule.replace_strict(ROW_RULES, return_dtype=pl.String)).alias(MESSAGES),
    ).drop(UNPARSED)
    return Verdict(verdict.accepted, pl.concat([verdict.quarantined, unparsed]))


def _judge_parsed(text: pl.DataFrame, feed: Feed) -> Verdict:
    typed, unreadable = cast(text, feed)
    broken = unreadable | broken_rules(typed, feed)
    for rule, mask in unreadable.items():
        # An unreadable value is not also a missing one.
        required = rule.replace(":type", ":required")
        if required in broken:
            broken[required] = broken[required] & ~mask
    broken = {rule: mask for rule, mask in broken.items() if mask.any()}
    if not broken:
        empty = text.clear().with_columns(
            pl.lit([], pl.List(pl.String)).alias(name) for name in (REASONS, MESSAGES)
        )
        return Verdict(typed, empty)
    # Lists are made of the broken rows alone: of all rows they took a third of the gate's time.
    masks = pl.DataFrame(broken)
    is_broken = masks.select(pl.any_horizontal(pl.all())).to_series()
    masks = masks.filter(is_broken)
    reasons = _lists(masks, {rule: rule for rule in broken}, REASONS)
    messages = _lists(masks, feed.rules, MESSAGES)
    return Verdict(
        accepted=typed.filter(~is_broken),
        quarantined=text.filter(is_broken).with_columns(reasons, messages),
    )


def _lists(masks: pl.DataFrame, words: dict[str, str], name: str) -> pl.Series:
    return masks.select(
        pl.concat_list(
            pl.when(pl.col(rule)).then(pl.lit(words[rule], pl.String)) for rule in masks.columns
        )
        .list.drop_nulls()
        .alias(name)
    ).to_series()
