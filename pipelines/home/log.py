"""A log of what people decided: a CSV file with a line for each decision, the oldest first.

Lives here: reading one, adding lines to one. Does not: what the lines mean.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pipelines.home.files import replacing

Entry = TypeVar("Entry")


def now() -> str:
    """Return the time now, UTC, as a log has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read(path: Path, entry: type[Entry]) -> list[Entry]:
    """Return the lines of a log as records of a dataclass; none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [entry(**row) for row in csv.DictReader(file)]


def add(path: Path, new: Sequence[Any]) -> None:
    """Add records of one dataclass to a log, all of them or none."""
    entry = type(new[0])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields(entry)])
    writer.writerows(astuple(one) for one in [*read(path, entry), *new])
    with replacing(path) as partial:
        partial.write_text(text.getvalue(), encoding="utf-8")
