"""The way from a released record back to its delivered row: a file for each release, outside it.

Lives here: finding a `record_id` in it, for engineers. Does not: making ids
(`pipelines.intake.tokens`), writing the file (`dbt_project`) or copying it
(`pipelines.release.publish`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.errors import UserError
from pipelines.intake import ledger
from pipelines.settings import Settings


class NoSuchRecord(UserError):
    """No record of a release has this id."""


@dataclass(frozen=True)
class Origin:
    """Where a record was delivered: the row as a spreadsheet shows it, the header is row 1."""

    record_id: str
    feed: str
    period: str
    submitter: str
    file_name: str
    delivery_sha256: str
    row_number: int


_COLUMNS = ("record_id", "feed", "period", "submitter", "delivery_sha256", "row_number")


def origins(settings: Settings, record_ids: Sequence[str]) -> list[Origin]:
    """Return where records were delivered, in the order of their ids.

    Raises:
        NoSuchRecord: No record of a release that is still there has one of the ids.
    """
    wanted = sorted({one.strip() for one in record_ids})
    rows = {
        row[0]: row
        for path in sorted(settings.provenance.glob("*.duckdb"))
        for row in _of_release(path, wanted)
    }
    if missing := [one for one in wanted if one not in rows]:
        raise NoSuchRecord(
            f"No record has the id {', '.join(missing)}: its release is gone, or was made before "
            "ids were, or the id is mistyped."
        )
    key = ["feed", "period", "submitter", "delivery_sha256"]
    places = pl.DataFrame(list(rows.values()), list(_COLUMNS), orient="row")
    names = ledger.deliveries(settings.ledger).select(*key, "file_name")
    named = places.join(names, on=key, how="left").sort("record_id")
    return [Origin(**row) for row in named.to_dicts()]


def _of_release(path: Path, wanted: list[str]) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(
            f"select {', '.join(_COLUMNS)} from record where list_contains(?, record_id)", [wanted]
        ).fetchall()
