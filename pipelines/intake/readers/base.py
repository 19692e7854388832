"""What refuses a file as a whole, whatever its format.

Lives here: the error with the rules a file breaks, and the rules on its columns and period.
Does not: any rule on a row (`schemas`), any format.
"""

from difflib import get_close_matches

import polars as pl

from pipelines.errors import UserError
from pipelines.intake.deliveries import Delivery
from schemas.periods import PeriodKind, is_period


class FileRefused(UserError):
    """A file that can't be used as a whole: the rules it breaks, and a message to its submitter."""

    def __init__(self, rule: str | tuple[str, ...], message: str) -> None:
        self.rules = (rule,) if isinstance(rule, str) else rule
        self.message = message
        super().__init__(message)


def check_columns(delivery: Delivery, columns: list[str], expected: list[str]) -> None:
    """Check that a file has exactly the expected columns, in any order.

    Raises:
        FileRefused: Columns are missing, unexpected or repeated.
    """
    name = delivery.path.name
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
        words.append(f"{name} has {', '.join(unexpected)}, not expected or more than once.")
    words.append(f"Expected: {', '.join(expected)}.")
    raise FileRefused(tuple(rule for rule, columns in broken.items() if columns), " ".join(words))


def check_period(delivery: Delivery, rows: pl.DataFrame, kind: PeriodKind) -> None:
    """Check that some row is of the period that the file was delivered for.

    Raises:
        FileRefused: None is.
    """
    values = rows[kind.value].drop_nulls().unique().sort().to_list()
    if values and delivery.period not in values:
        periods = [value for value in values if is_period(value, kind)]
        raise FileRefused(
            "file:wrong_period",
            f"{delivery.path.name} was delivered for {delivery.period}, "
            f"but its {kind.value} says {', '.join(periods[:5]) or 'no period at all'}.",
        )


def _similar(name: str, candidates: list[str]) -> list[str]:
    return get_close_matches(name, candidates, n=1, cutoff=0.6)
