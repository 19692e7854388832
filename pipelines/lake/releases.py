"""Releases of a lake: a release is a snapshot that passed its tests, and readers pin it.

Lives here: the table `main.release`, to which a row is appended for each release and each rollback;
which snapshot a day's readers read; snapshots that nobody reads. Does not: building.

Nothing is copied or swapped. The newest row says what is current; a day in March is answered by the
newest row of that day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from pipelines.errors import UserError
from pipelines.home.files import literal
from pipelines.lake.catalog import ALIAS, connect, in_transaction
from pipelines.settings import Settings

_COLUMNS = {
    "released_at": "timestamptz",
    "release_id": "varchar",
    "snapshot_id": "bigint",
    "code_version": "varchar",
    "reason": "varchar",
}
# Rows of a query that are printed.
SHOWN = 100
_STAMP = "%Y%m%dT%H%M%S%fZ"


class NoLakeRelease(UserError):
    """The lake has no such release."""


@dataclass(frozen=True)
class LakeRelease:
    """A row of `main.release`: from when on which snapshot was what readers read, and why."""

    released_at: datetime
    release_id: str
    snapshot_id: int
    code_version: str
    reason: str


def release(settings: Settings, code_version: str, reason: str = "") -> LakeRelease:
    """Make the newest snapshot the current release, and return it.

    Args:
        settings: Names the lake.
        code_version: Version of the code and models that built it.
        reason: Why, if there is more to say.
    """
    now = datetime.now(UTC)
    with connect(settings) as lake:
        snapshot = newest_snapshot(lake)
        new = LakeRelease(now, f"{now:{_STAMP}}", snapshot, code_version, reason)
        return _append(lake, new)


def rollback(settings: Settings, reason: str, release_id: str | None = None) -> LakeRelease:
    """Make an earlier release current again, and return it.

    Args:
        settings: Names the lake.
        reason: Why.
        release_id: Which one; the one before the current one where None.

    Raises:
        NoLakeRelease: There is none.
    """
    with connect(settings) as lake:
        rows = _rows(lake)
        earlier = [
            one
            for one in rows
            if one.release_id == release_id
            or (release_id is None and one.release_id < rows[-1].release_id)
        ]
        if not earlier:
            raise NoLakeRelease("The lake has no such release. See: pathways lake releases")
        to = max(earlier, key=lambda one: (one.release_id, one.released_at))
        again = LakeRelease(
            datetime.now(UTC), to.release_id, to.snapshot_id, to.code_version, reason
        )
        return _append(lake, again)


def releases(settings: Settings) -> list[LakeRelease]:
    """Return all releases and rollbacks, oldest first."""
    with connect(settings, read_only=True) as lake:
        return _rows(lake)


def at(
    settings: Settings, release_id: str | None = None, time: datetime | None = None
) -> LakeRelease:
    """Return a release: the current one, one by its id, or the one that was current at a time.

    Raises:
        NoLakeRelease: There is none.
    """
    rows = [
        one
        for one in releases(settings)
        if (time is None or one.released_at <= time) and release_id in (None, one.release_id)
    ]
    if not rows:
        raise NoLakeRelease("The lake has no such release. See: pathways lake releases")
    return rows[-1]


def prune(settings: Settings, keep: int) -> int:
    """Expire snapshots that are no release, and releases before the last; return how many.

    Their files are removed once they are older than a day: a reader may still have them open, and a
    writer that has not committed yet has files, too.

    Args:
        settings: Names the lake.
        keep: Releases that stay, with the current one.
    """
    with connect(settings) as lake:
        rows = _rows(lake)
        # By its last row, so that a release that is current again stays.
        last = {one.release_id: one.snapshot_id for one in rows}
        released = set(list(dict.fromkeys(one.release_id for one in reversed(rows)))[:keep])
        read = {last[name] for name in released} | {newest_snapshot(lake)}
        snapshots = lake.sql(f"select snapshot_id from ducklake_snapshots('{ALIAS}')").fetchall()
        expired = [number for (number,) in snapshots if number not in read]
        if expired:
            numbers = ", ".join(map(str, expired))
            lake.execute(f"call ducklake_expire_snapshots('{ALIAS}', versions => [{numbers}])")
        for clean in ("ducklake_cleanup_old_files", "ducklake_delete_orphaned_files"):
            lake.execute(f"call {clean}('{ALIAS}', older_than => now() - interval 1 day)")
    return len(expired)


def newest_snapshot(lake: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the newest snapshot."""
    return lake.sql(f"select id from ducklake_current_snapshot('{ALIAS}')").fetchall()[0][0]


def _append(lake: duckdb.DuckDBPyConnection, row: LakeRelease) -> LakeRelease:
    columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    lake.execute(f"create table if not exists main.release ({columns})")
    values = ", ".join(
        str(value) if isinstance(value, int) else literal(value) for value in vars(row).values()
    )
    in_transaction(lake, lambda: lake.execute(f"insert into main.release values ({values})"))
    return row


def _rows(lake: duckdb.DuckDBPyConnection) -> list[LakeRelease]:
    try:
        snapshots = lake.sql(
            f"select {', '.join(_COLUMNS)} from main.release order by released_at"
        ).fetchall()
    except duckdb.CatalogException:
        return []
    return [LakeRelease(*row) for row in snapshots]
