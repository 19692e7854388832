"""What happened to a whole column of a file, for its submitter: one cause in place of many rows.

Lives here: recognising what spreadsheets and exports do to dates, numbers and ids.
Does not: any verdict; a hint changes nothing about a row.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from schemas import Feed
from schemas.policy import POLICY

KEY = ("period", "submitter")
# By period and submitter.
Sentences = dict[tuple[str, str], tuple[str, ...]]
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


def hints(text: pl.DataFrame, feed: Feed) -> Sentences:
    """Return by file a sentence on each column that is written another way than the contract asks.

    Args:
        text: Rows of any number of files as text, with period and submitter.
        feed: Their feed.
    """
    if text.is_empty():
        return {}
    forms = {name: list(_forms(name, dtype, feed)) for name, dtype in feed.dtypes.items()}
    files = (
        text.lazy()
        .group_by(*KEY, maintain_order=True)
        .agg(
            *(pl.col(name).count() for name in forms),
            *(
                f.mask.sum().alias(f"{name}{i}")
                for name, of in forms.items()
                for i, f in enumerate(of)
            ),
        )
    )
    sentences_of: Sentences = {}
    for row in files.collect().iter_rows(named=True):
        sentences = []
        for name, of in forms.items():
            counts = ((form, row[f"{name}{i}"]) for i, form in enumerate(of))
            least = max(1, _LEAST_SHARE * row[name])
            # The first form that fits: a day is written one way.
            sentences += [f.sentence(n, row[name]) for f, n in counts if n >= least][:1]
        if sentences:
            sentences_of[row["period"], row["submitter"]] = tuple(sentences)
    return sentences_of


class _Form(NamedTuple):
    """A way to write a column that is not the contract's."""

    mask: pl.Expr
    what: str
    remedy: str

    def sentence(self, n: int, of: int) -> str:
        return f"{self.what} in {n:,} of {of:,} rows. {self.remedy}"


def _forms(name: str, dtype: pl.DataType, feed: Feed) -> Iterator[_Form]:
    value = pl.col(name)
    if dtype == pl.Date:
        for form, pattern in _DATE_FORMS.items():
            yield _Form(
                value.str.contains(pattern), f"{name} is written {form}", "Write YYYY-MM-DD."
            )
    elif dtype == pl.Float64:
        is_comma = value.str.contains(_DECIMAL_COMMA)
        yield _Form(is_comma, f"{name} has a decimal comma", "Write a point.")
    elif dtype == pl.String:
        yield _Form(
            value.str.contains(_SCIENTIFIC),
            f"{name} is written like 1.23E+09",
            "Write all of its digits: format the column as text before you export.",
        )
        if (is_short := _has_lost_zeros(name, feed)) is not None:
            remedy = "Format the column as text before you open or export it."
            yield _Form(is_short, f"{name} has lost its leading zeros", remedy)


def _has_lost_zeros(name: str, feed: Feed) -> pl.Expr | None:
    """Judge by a rule of as many digits, or by codes of which zeros make others."""
    is_short = None
    for check in feed.schema.columns[name].checks:
        digits = _DIGITS.fullmatch(str(check.statistics.get("pattern", "")))
        if digits:
            is_short = pl.col(name).str.contains(rf"^\d{{1,{int(digits[1]) - 1}}}$")
        elif codes := check.statistics.get("allowed_values"):
            short = {str(code).lstrip("0") for code in codes if str(code).startswith("0")}
            is_short = pl.col(name).is_in(list(short - {str(code) for code in codes}))
    return is_short


# What people and systems write where they have no name.
_NO_NAME = (
    "#N/A", "N/A", "NA", "NULL", "NONE", "NIL", "TEST", "TESTER", "UNKNOWN", "DO NOT USE", "DELETE",
    "DUPLICATE", "STUDENT", "XXX", "TBD",
)  # fmt: skip
_ROWS_NAMED = 10
# Amounts without a decimal point below which it may be chance.
_LEAST_AMOUNTS = 20


def doubts(rows: pl.DataFrame, feed: Feed) -> Sentences:
    """Return by file what may be wrong in rows though no rule says so, with the rows' numbers.

    Args:
        rows: Rows of any number of files as text, with provenance.
        feed: Their feed.
    """
    columns = set(feed.dtypes)
    notes: dict[tuple[str, str], list[str]] = {}
    for name in sorted({"first_name", "last_name"} & columns):
        value = pl.col(name).str.to_uppercase()
        is_junk = value.is_in(_NO_NAME) | ~value.str.contains(r"\p{L}")
        _add_rows(notes, rows.filter(is_junk), f"{name} looks like no name")
    if {"first_name", "last_name", "birth_date"} <= columns:
        _add_namesakes(notes, rows, feed)
    if {"enrollment_status_code", "enrollment_entry_date"} <= columns:
        _add_overlaps(notes, rows)
    if feed.name == "wage":
        amount = pl.col("quarterly_wages_usd")
        without_cents = ~amount.str.contains(r"\.\d*[1-9]").any()
        files = rows.group_by(*KEY, maintain_order=True).agg(amount.count(), is_whole=without_cents)
        for *place, n, is_whole in files.iter_rows():
            if is_whole and n >= _LEAST_AMOUNTS:
                sentence = "No amount of quarterly_wages_usd has cents. Are they in cents?"
                notes.setdefault((place[0], place[1]), []).append(sentence)
    return {place: tuple(sentences) for place, sentences in notes.items()}


def _add_namesakes(notes: dict[tuple[str, str], list[str]], rows: pl.DataFrame, feed: Feed) -> None:
    """A name and birth date of very many people, such as UNKNOWN STUDENT of 2000-01-01."""
    name = pl.concat_str("first_name", "last_name", "birth_date", separator="\x1f")
    people = pl.struct(feed.person_key).n_unique().over(*KEY, name.str.to_uppercase())
    what = (
        f"More than {POLICY.most_namesakes} people share a name and birth date, which link none of "
        "them to other records: correct what is a placeholder"
    )
    is_shared = name.is_not_null() & (people > POLICY.most_namesakes)
    _add_rows(notes, rows.filter(is_shared), what)


def _add_rows(notes: dict[tuple[str, str], list[str]], rows: pl.DataFrame, what: str) -> None:
    files = rows.group_by(*KEY, maintain_order=True).agg("row_number")
    for period, submitter, numbers in files.iter_rows():
        more = f" and {len(numbers) - _ROWS_NAMED:,} more" if len(numbers) > _ROWS_NAMED else ""
        sentence = f"{what} in row {', '.join(map(str, numbers[:_ROWS_NAMED]))}{more}."
        notes.setdefault((period, submitter), []).append(sentence)


def _add_overlaps(notes: dict[tuple[str, str], list[str]], rows: pl.DataFrame) -> None:
    """Primary enrolments of one student, of which there is one at a time (CALPADS SENR0027)."""
    person = "state_student_id"
    primary = rows.filter(
        (pl.col("enrollment_status_code") == "10") & pl.col(person).is_not_null()
    ).sort(person, "enrollment_entry_date", "row_number")
    exits = pl.col("enrollment_exit_date").fill_null("9999")
    begins_within = pl.col("enrollment_entry_date") < exits.shift(1).over(*KEY, person)
    _add_rows(notes, primary.filter(begins_within), "A primary enrolment begins within another one")
