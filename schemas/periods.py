"""Reporting periods as the field writes them: academic years ``2023-24`` and quarters ``2023Q4``.

Lives here: parsing, ordering and calendar bounds of periods and college terms.
Does not: which periods an installation keeps (`pipelines.settings`) or any I/O.
"""

import re
from datetime import date, timedelta
from enum import StrEnum

import polars as pl

ACADEMIC_YEAR_PATTERN = r"^\d{4}-\d{2}$"
QUARTER_PATTERN = r"^\d{4}Q[1-4]$"
TERM_PATTERN = r"^\d{4}(SU|FA|WI|SP)$"


class PeriodKind(StrEnum):
    """The two calendars that submitters report by."""

    ACADEMIC_YEAR = "academic_year"
    QUARTER = "quarter"


def academic_year(start_year: int) -> str:
    """Return the academic year that starts on 1 July of `start_year`: 2023 gives ``2023-24``."""
    return f"{start_year}-{(start_year + 1) % 100:02d}"


def academic_year_of(day: date) -> str:
    """Return the academic year that `day` falls in."""
    return academic_year(day.year if day.month >= 7 else day.year - 1)


def quarter_of(day: date) -> str:
    """Return the calendar quarter that `day` falls in: 2 October 2023 gives ``2023Q4``."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def is_period(text: str, kind: PeriodKind) -> bool:
    """Return whether `text` is a well-formed period of this kind (``2023-25`` is not a year)."""
    if kind is PeriodKind.QUARTER:
        return re.match(QUARTER_PATTERN, text) is not None
    return re.match(ACADEMIC_YEAR_PATTERN, text) is not None and text == academic_year(
        int(text[:4])
    )


def periods_between(first: date, last: date, kind: PeriodKind) -> list[str]:
    """Return every period of this kind that touches the days from `first` to `last`, in order."""
    if kind is PeriodKind.QUARTER:
        first_index, last_index = (day.year * 4 + (day.month - 1) // 3 for day in (first, last))
        return [f"{i // 4}Q{i % 4 + 1}" for i in range(first_index, last_index + 1)]
    first_year, last_year = (int(academic_year_of(day)[:4]) for day in (first, last))
    return [academic_year(year) for year in range(first_year, last_year + 1)]


def period_end(period: str, kind: PeriodKind) -> date:
    """Return the last day of a period."""
    if kind is PeriodKind.ACADEMIC_YEAR:
        return date(int(period[:4]) + 1, 6, 30)
    year, quarter = int(period[:4]), int(period[5])
    return date(year + quarter // 4, quarter % 4 * 3 + 1, 1) - timedelta(days=1)


def year_start(period: pl.Expr) -> pl.Expr:
    """Return 1 July, the first day of the academic year in `period`; null when malformed."""
    return pl.date(period.str.slice(0, 4).cast(pl.Int32, strict=False), 7, 1)


def year_end(period: pl.Expr) -> pl.Expr:
    """Return 30 June, the last day of the academic year in `period`; null when malformed."""
    return pl.date(period.str.slice(0, 4).cast(pl.Int32, strict=False) + 1, 6, 30)


def touches_year(first: pl.Expr, last: pl.Expr, period: pl.Expr) -> pl.Expr:
    """Return whether the days from `first` to `last` reach into the academic year in `period`.

    Without a last day they go on.
    """
    return (first <= year_end(period)) & (last >= year_start(period)).fill_null(True)


def academic_year_of_term(term_id: pl.Expr) -> pl.Expr:
    """Return the academic year a college term belongs to; null when malformed.

    A community-college year runs summer, fall, winter, spring, so ``2023SU`` and ``2024SP`` both
    belong to ``2023-24``.
    """
    year = term_id.str.extract(r"^(\d{4})(?:SU|FA|WI|SP)$", 1).cast(pl.Int32, strict=False)
    start = pl.when(term_id.str.slice(4).is_in(["WI", "SP"])).then(year - 1).otherwise(year)
    return pl.format("{}-{}", start, ((start + 1) % 100).cast(pl.String).str.zfill(2))
