"""What refuses a file as a whole, whatever its format.

Lives here: the error with the rules a file breaks, and the rules on its columns and period.
Does not: any rule on a row (`schemas`), any format.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from pipelines.errors import UserError
from pipelines.intake.bundles.recognise import squeezed
from pipelines.intake.deliveries import Delivery
from schemas.layouts.ceds import NAMES
from schemas.periods import PeriodKind, is_period

# Of more columns than this a file is no contract's; the widest has 21.
MOST_COLUMNS = 500
_COLUMNS_NAMED = 10
_IS_NAME = re.compile(r"[^\W\d][\w .()/-]{0,59}")
# "2020-2021" where "2020-21" is asked for.
_LONG_YEAR = re.compile(r"(\d{4})\s*[-/]\s*\d\d(\d\d)")
# A file of which fewer rows are of its period was delivered for the wrong one.
_LEAST_SHARE_OF_PERIOD = 0.5


class FileRefused(UserError):
    """A file that can't be used as a whole: the rules it breaks, and a message to its submitter."""

    def __init__(self, rule: str | tuple[str, ...], message: str) -> None:
        self.rules = (rule,) if isinstance(rule, str) else rule
        self.message = message
        super().__init__(message)


# Characters that cannot be seen and no value has: control characters, a line break among them, and
# what steers the direction or the joining of others. Blanks, and joiners within words, are none.
CONTROL = (
    r"[\x00-\x08\x0a-\x1f\x7f-\x{9f}\x{ad}\x{200b}\x{200e}\x{200f}\x{2028}-\x{202e}"
    r"\x{2060}-\x{2069}\x{feff}]"
)
UNPARSED_ROWS = pl.Schema({"row_number": pl.Int64, "rule": pl.String})


def trimmed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows without blanks around values; an empty value is null."""
    text = pl.selectors.string().str.strip_chars()
    return rows.with_columns(pl.when(text != "").then(text))


@dataclass(frozen=True)
class RawRows:
    """Rows of a file as text, in columns named as the contract names them.

    Attributes:
        rows: Rows that parse, `trimmed`, with ``row_number``.
        unparsed: ``row_number`` of each row that does not, and the ``rule`` it breaks.
        notes: What was left out or read though it is not as the contract asks, a sentence each.
    """

    rows: pl.DataFrame
    unparsed: pl.DataFrame
    notes: tuple[str, ...]


def normal_name(column: str) -> str:
    """Return a column's name without what a spreadsheet or export changes of it."""
    return "_".join(column.strip().lower().replace("_", " ").split())


class ContractNames:
    """Names by which a header may call the contract's columns: its own, and those of CEDS."""

    def __init__(self, expected: Sequence[str]) -> None:
        self._own = {normal_name(column): column for column in expected}
        self._ceds = {
            squeezed(name): column for column in expected for name in NAMES.get(column, [])
        }

    def of(self, column: str) -> str | None:
        """Return the contract's column of this name; None where it is none's."""
        return self._own.get(normal_name(column)) or self._ceds.get(squeezed(column))

    def is_ceds(self, column: str) -> bool:
        """Return whether a name is of CEDS and not the contract's own."""
        return normal_name(column) not in self._own and squeezed(column) in self._ceds


def match_columns(
    name: str, columns: list[str], expected: list[str]
) -> tuple[list[str], list[str]]:
    """Return a file's columns by the contract's names, and notes on names written otherwise.

    Names that differ in upper case and blanks alone are the contract's, and so are those of CEDS.

    Raises:
        FileRefused: Columns are missing, unexpected or repeated.
    """
    if len(columns) > MOST_COLUMNS:
        raise FileRefused(
            "file:unexpected_column",
            f"{name} has {len(columns):,} columns. Expected: {', '.join(expected)}.",
        )
    names = ContractNames(expected)
    matched = [names.of(column) or column for column in columns]
    _check_columns(name, matched, expected)
    ceds = sum(map(names.is_ceds, columns))
    renamed = sum(a != b for a, b in zip(columns, matched, strict=True)) - ceds
    notes = {
        f"{renamed} column name(s) differ from the contract in upper case or blanks.": renamed,
        f"{ceds} column name(s) are those of CEDS elements.": ceds,
    }
    return matched, [note for note, count in notes.items() if count]


def _check_columns(name: str, columns: list[str], expected: list[str]) -> None:
    missing = [column for column in expected if column not in columns]
    if len(missing) == len(expected):
        # The first row may be a student: the message does not repeat it.
        raise FileRefused(
            "file:missing_column",
            f"{name} does not begin with a header row. Expected: {', '.join(expected)}.",
        )
    unexpected = [column for column in columns if column not in expected]
    unexpected += sorted({column for column in columns if columns.count(column) > 1})
    broken = {"file:missing_column": missing, "file:unexpected_column": unexpected}
    if not missing and not unexpected:
        return
    words = [f"{name} lacks {', '.join(missing)}."] if missing else []
    words += [f"Is {u} its {m}?" for m in missing for u in _similar(m, unexpected)]
    if unexpected:
        shown = ", ".join(_shown(column) for column in unexpected[:_COLUMNS_NAMED])
        more = f" and {len(unexpected) - _COLUMNS_NAMED} more"
        words.append(
            f"{name} has {shown}{more if len(unexpected) > _COLUMNS_NAMED else ''}, not expected "
            "or more than once."
        )
    words.append(f"Expected: {', '.join(expected)}.")
    raise FileRefused(tuple(rule for rule, columns in broken.items() if columns), " ".join(words))


def _shown(column: str) -> str:
    """Return a column's name, unless it may be a value."""
    if not column:
        return "a column without a name"
    return column if _IS_NAME.fullmatch(column) else "a column whose name is no name"


def check_period(delivery: Delivery, rows: pl.DataFrame, kind: PeriodKind) -> None:
    """Check that a file's rows are of the period that it was delivered for.

    Raises:
        FileRefused: Most are of others.
    """
    values = rows[kind.value].drop_nulls()
    of_period = (values == delivery.period).sum()
    if values.is_empty() or of_period >= _LEAST_SHARE_OF_PERIOD * values.len():
        return
    others = values.unique().sort().to_list()
    periods = [value for value in others if is_period(value, kind)]
    share = "" if not of_period else f" in {values.len() - of_period:,} of {values.len():,} rows"
    words = f"{delivery.path.name} was delivered for {delivery.period or 'no period'}, "
    words += f"but its {kind.value} says {', '.join(periods[:5]) or 'no period at all'}{share}."
    if long := [value for value in others if _LONG_YEAR.fullmatch(value)]:
        short = _LONG_YEAR.sub(r"\1-\2", long[0])
        words = f"{delivery.path.name} has {kind.value} written {long[0]}. Write {short}."
    raise FileRefused("file:wrong_period", words)


def _similar(name: str, candidates: list[str]) -> list[str]:
    return get_close_matches(name, candidates, n=1, cutoff=0.6)
