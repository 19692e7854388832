"""What happened to a whole column of a file, for its submitter: one cause in place of many rows.

Lives here: recognising what spreadsheets and exports do to dates, numbers and ids.
Does not: any verdict; a hint changes nothing about a row.
"""

import re

import polars as pl

from schemas import Feed
from schemas.policy import POLICY

# Share of a column's values that must be written one way.
_LEAST_SHARE = 0.5
_DATE_FORMS = {
    "like M/D/YYYY": r"^\d{1,2}/\d{1,2}/\d{4}$",
    "like M/D/YY": r"^\d{1,2}/\d{1,2}/\d{2}$",
    "like YYYY/M/D": r"^\d{4}/\d{1,2}/\d{1,2}$",
    "like M-D-YYYY": r"^\d{1,2}-\d{1,2}-\d{4}$",
    "like D.M.YYYY": r"^\d{1,2}\.\d{1,2}\.\d{4}$",
    "like YYYYMMDD": r"^(?:19|20)\d{6}$",
    "with a time behind it": r"^\d{4}-\d\d-\d\d[T ]\d\d:",
    "as a spreadsheet's number of days": r"^\d{5}$",
    "like 05-Mar-20": r"^\d{1,2}-[A-Za-z]{3}-\d{2,4}$",
}
_SCIENTIFIC = r"^\d(?:[.,]\d+)?[eE]\+?\d+$"
_DECIMAL_COMMA = r"^-?\d+,\d+$"
_DIGITS = re.compile(r"\^\[0-9\]\{(\d+)\}\$")


def hints(text: pl.DataFrame, feed: Feed) -> tuple[str, ...]:
    """Return a sentence on each column that is written another way than the contract asks."""
    found = []
    for name, dtype in feed.dtypes.items():
        values = text[name].drop_nulls()
        if values.is_empty():
            continue
        if dtype == pl.Date:
            found += _of_dates(name, values)
        elif dtype == pl.Float64:
            found += _of_form(values, _DECIMAL_COMMA, f"{name} has a decimal comma", "a point")
        elif dtype == pl.String:
            found += _of_ids(name, values, feed)
    return tuple(found)


def _of_dates(name: str, values: pl.Series) -> list[str]:
    for form, pattern in _DATE_FORMS.items():
        if found := _of_form(values, pattern, f"{name} is written {form}", "YYYY-MM-DD"):
            return found
    return []


def _of_form(values: pl.Series, pattern: str, what: str, instead: str) -> list[str]:
    n = int(values.str.contains(pattern).sum())
    if n < _LEAST_SHARE * values.len():
        return []
    return [f"{what} in {n:,} of {values.len():,} rows. Write {instead}."]


def _of_ids(name: str, values: pl.Series, feed: Feed) -> list[str]:
    of_form = _of_form(
        values,
        _SCIENTIFIC,
        f"{name} is written like 1.23E+09",
        "all of its digits: format the column as text before you export",
    )
    return of_form or _of_lost_zeros(name, values, feed)


def _of_lost_zeros(name: str, values: pl.Series, feed: Feed) -> list[str]:
    """Judge by a rule of as many digits, or by codes of which zeros make others."""
    is_short = pl.Series([False]).new_from_index(0, values.len())
    for check in feed.schema.columns[name].checks:
        digits = _DIGITS.fullmatch(str(check.statistics.get("pattern", "")))
        if digits:
            width = int(digits[1])
            is_short = values.str.contains(rf"^\d{{1,{width - 1}}}$")
        elif codes := check.statistics.get("allowed_values"):
            short = {str(code).lstrip("0") for code in codes if str(code).startswith("0")}
            is_short = values.is_in(list(short - {str(code) for code in codes}))
    n = int(is_short.sum())
    if n < _LEAST_SHARE * values.len() or not n:
        return []
    return [
        f"{name} has lost its leading zeros in {n:,} of {values.len():,} rows. Format the column "
        "as text before you open or export it."
    ]


# What people and systems write where they have no name.
_NO_NAME = (
    "#N/A", "N/A", "NA", "NULL", "NONE", "NIL", "TEST", "TESTER", "UNKNOWN", "DO NOT USE", "DELETE",
    "DUPLICATE", "STUDENT", "XXX", "TBD",
)  # fmt: skip
_ROWS_NAMED = 10
# Amounts without a decimal point below which it may be chance.
_LEAST_AMOUNTS = 20


def doubts(rows: pl.DataFrame, feed: Feed) -> tuple[str, ...]:
    """Return what may be wrong in rows though no rule says so, with the rows' numbers."""
    columns = set(feed.dtypes)
    found = []
    for name in sorted({"first_name", "last_name"} & columns):
        value = pl.col(name).str.to_uppercase()
        is_junk = value.is_in(_NO_NAME) | ~value.str.contains(r"\p{L}")
        found += _in_rows(rows, is_junk, f"{name} looks like no name")
    if {"first_name", "last_name", "birth_date"} <= columns:
        found += _namesakes(rows, feed)
    if {"enrollment_status_code", "enrollment_entry_date"} <= columns:
        found += _overlaps(rows)
    if feed.name == "wage":
        amounts = rows["quarterly_wages_usd"].drop_nulls()
        if amounts.len() >= _LEAST_AMOUNTS and not amounts.str.contains(r"\.\d*[1-9]").any():
            found.append("No amount of quarterly_wages_usd has cents. Are they in cents?")
    return tuple(found)


def _namesakes(rows: pl.DataFrame, feed: Feed) -> list[str]:
    """A name and birth date of very many people, such as UNKNOWN STUDENT of 2000-01-01."""
    name = pl.concat_str("first_name", "last_name", "birth_date", separator="\x1f")
    people = pl.struct(feed.person_key).n_unique().over(name.str.to_uppercase())
    what = (
        f"More than {POLICY.most_namesakes} people share a name and birth date, which link none of "
        "them to other records: correct what is a placeholder"
    )
    return _in_rows(rows, name.is_not_null() & (people > POLICY.most_namesakes), what)


def _in_rows(rows: pl.DataFrame, mask: pl.Expr, what: str) -> list[str]:
    numbers = rows.filter(mask)["row_number"].to_list()
    if not numbers:
        return []
    more = f" and {len(numbers) - _ROWS_NAMED:,} more" if len(numbers) > _ROWS_NAMED else ""
    return [f"{what} in row {', '.join(map(str, numbers[:_ROWS_NAMED]))}{more}."]


def _overlaps(rows: pl.DataFrame) -> list[str]:
    """Primary enrolments of one student, of which there is one at a time (CALPADS SENR0027)."""
    person = "state_student_id"
    primary = rows.filter(
        (pl.col("enrollment_status_code") == "10") & pl.col(person).is_not_null()
    ).sort(person, "enrollment_entry_date", "row_number")
    exits = pl.col("enrollment_exit_date").fill_null("9999")
    begins_within = pl.col("enrollment_entry_date") < exits.shift(1).over(person)
    return _in_rows(primary, begins_within, "A primary enrolment begins within another one")
