"""The vocabulary of rules that contracts are written in, and the names rules are reported under.

Lives here: constructors of fields and of row rules. Does not: any single feed, any I/O.
"""

from collections.abc import Iterable
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.api.checks import Check

# Keys of a field's metadata: whether it identifies a person; the message of its rule.
IDENTIFYING = "identifying"
MESSAGE = "message"
# Key of a row rule's statistics: the columns it reads.
COLUMNS = "columns"

# Rules on a row before it has values, which every contract has, with the message of each.
ROW_RULES = {
    "row:fields": "The row has more or fewer fields than the header. A value with a comma in it "
    'must stand between two ".',
    "row:quotes": 'The row has a " that opens a value and does not close it, or one within a '
    "value. A value may not go on in the next row.",
    "row:control_character": "The row has a character that cannot be seen and belongs to no value.",
    "row:record_type": "The record is of no type that the layout has.",
    "row:length": "The record is longer than its type.",
}

# pandera's own check names, in the words a data clerk reads.
_RULE_OF_CHECK = {
    "isin": "code",
    "str_matches": "pattern",
    "in_range": "range",
    "not_nullable": "required",
}
# Most characters of an own number, and of a name or title.
_NUMBER, _WORDS = 40, 120
# A Social Security number has nine digits, with or without marks: between its parts, in threes, or
# digit by digit.
_MARK = "[ ._/#:()&+-]"
_NINE_DIGITS = (
    rf"(^|[^0-9])([0-9]{{3}}{_MARK}{{0,2}}[0-9]{{2}}{_MARK}{{0,2}}[0-9]{{4}}"
    rf"|([0-9]{{3}}{_MARK}{{1,2}}){{2}}[0-9]{{3}}|([0-9]{_MARK}{{1,2}}){{8}}[0-9])($|[^0-9])"
)
# Words with more digits than this may hold a number of a person, in whatever form.
_DIGITS_OF_WORDS = 8


def rule_name(column: str | None, check: Check | str) -> str:
    """Return the name a failed check is reported under.

    Field checks read ``<column>:<kind of rule>``; row rules carry their own name.
    """
    name = check if isinstance(check, str) else str(check.name)
    return name if column is None else f"{column}:{_RULE_OF_CHECK.get(name, name)}"


def type_message(column: str, dtype: pl.DataType) -> str:
    """Return the message to a submitter whose value can't be read as the column's type."""
    expected = {
        pl.Date: "a date written YYYY-MM-DD",
        pl.Int64: "a whole number",
        pl.Float64: "a number",
        pl.Boolean: "Y or N",
    }[dtype.base_type()]
    return f"{column} must be {expected}."


def text(description: str, *, nullable: bool = False, identifying: bool = False) -> Any:
    """Return a field without a rule on its values; an empty value is refused unless nullable."""
    return pa.Field(nullable=nullable, description=description, metadata={IDENTIFYING: identifying})


def code(allowed: Iterable[str | int], description: str, *, nullable: bool = False) -> Any:
    """Return a field whose values come from a code set."""
    values = list(allowed)
    shown = ", ".join(map(str, values)) if len(values) <= 24 else f"{len(values)} known codes"
    return pa.Field(
        isin=values,
        nullable=nullable,
        description=description,
        metadata={MESSAGE: f"must be one of: {shown}"},
        n_failure_cases=1,
    )


def pattern(
    regex: str, meaning: str, description: str, *, nullable: bool = False, identifying: bool = False
) -> Any:
    """Return a text field whose values match `regex`, explained to submitters by `meaning`."""
    # In the regular expressions of polars a \d is a digit of any script.
    return pa.Field(
        str_matches=regex.replace(r"\d", "[0-9]"),
        nullable=nullable,
        description=description,
        metadata={IDENTIFYING: identifying, MESSAGE: f"must be {meaning}"},
        n_failure_cases=1,
    )


def number(low: float, high: float, description: str, *, nullable: bool = False) -> Any:
    """Return a numeric field from `low` to `high`, both included; NaN is out of range."""
    return pa.Field(
        in_range={"min_value": low, "max_value": high},
        nullable=nullable,
        description=description,
        metadata={MESSAGE: f"must be from {low:,} to {high:,}"},
        n_failure_cases=1,
    )


def flag(description: str) -> Any:
    """Return a yes/no field, delivered as Y or N."""
    return pa.Field(description=description)


def row_rule(name: str, message: str, holds: pl.Expr) -> Any:
    """Return a rule over the columns of one row, for use as a class attribute of a contract.

    Args:
        name: The name it is reported under.
        message: What the submitter reads.
        holds: True where the row is good. Null (a value is missing or unreadable) passes: the
            missing value has a rule of its own.
    """

    def check(_: type[pa.DataFrameModel], data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(holds.fill_null(True))

    # pandera registers checks by function name, so each needs one of its own.
    check.__name__ = name
    return pa.dataframe_check(
        check,
        name=name,
        error=message,
        n_failure_cases=1,
        statistics={COLUMNS: tuple(holds.meta.root_names())},
    )


def own_number(column: str) -> Any:
    """Return the rule on a number that a submitter gives to a thing, never to a person."""
    regex = "^[A-Za-z0-9][A-Za-z0-9 ._/#:()&+-]*$"
    marks = "letters, digits, blanks and ._/#:()&+-"
    return _free_text(column, regex, _NUMBER, _NUMBER, marks)


def words(column: str) -> Any:
    """Return the rule on a name or title of a thing in a submitter's own words."""
    regex = r"""^[\p{L}0-9][\p{L}\p{M}0-9 .,;:'’‘"“”()\[\]/&+#*%$!?–—-]*$"""
    marks = f"letters, up to {_DIGITS_OF_WORDS} digits, blanks and marks of punctuation"
    return _free_text(column, regex, _WORDS, _DIGITS_OF_WORDS, marks)


def _free_text(column: str, regex: str, most: int, digits: int, marks: str) -> Any:
    value = pl.col(column)
    return row_rule(
        f"{column}:text",
        f"{column} must be at most {most} {marks}, begin with a letter or digit, and hold no "
        "number of nine digits and no e-mail address.",
        value.str.contains(regex)
        & (value.str.len_chars() <= most)
        & (value.str.count_matches("[0-9]") <= digits)
        & ~value.str.contains(_NINE_DIGITS),
    )


def unique_key(*columns: str) -> Any:
    """Return the rule that no two rows of a delivery share these columns; it flags every member."""
    repeated = pl.struct("submitter", "period", *columns).is_duplicated()
    complete = pl.all_horizontal(pl.col(*columns).is_not_null())
    message = f"More than one row has the same {', '.join(columns)}."
    return row_rule("key:unique", message, ~(repeated & complete))


def reported_period(column: str) -> Any:
    """Return the rule that a row belongs to the period it was delivered for."""
    return row_rule(
        f"{column}:period",
        f"{column} must be the period the file was delivered for.",
        pl.col(column) == pl.col("period"),
    )


def reported_by(column: str) -> Any:
    """Return the rule that submitters report only for themselves."""
    return row_rule(
        f"{column}:submitter",
        f"{column} must be the submitter the file is named for.",
        pl.col(column) == pl.col("submitter"),
    )


def not_placeholder(column: str, placeholders: pl.Expr, meaning: str) -> Any:
    """Return the rule that an identifier isn't a value people type when they have none."""
    return row_rule(f"{column}:placeholder", f"{column} looks made up: {meaning}.", ~placeholders)


def same_digits(column: str, length: int) -> pl.Expr:
    """Return whether the text is one digit repeated `length` times."""
    return pl.col(column).is_in([str(digit) * length for digit in range(10)])


def years_between(born: str, day: pl.Expr) -> pl.Expr:
    """Return completed years from the birth date in `born` to `day`."""
    had_birthday = (day.dt.month() * 100 + day.dt.day()) >= (
        pl.col(born).dt.month().cast(pl.Int32) * 100 + pl.col(born).dt.day()
    )
    return day.dt.year() - pl.col(born).dt.year() - (~had_birthday).cast(pl.Int32)
