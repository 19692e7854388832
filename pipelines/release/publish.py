"""Releases: what analysts read, published whole or not at all.

Lives here: copying the build's file into a release, its manifest, the atomic swap, pruning and
rollback. Does not: deciding whether a release may be made (`pipelines.checks`, dbt's tests), what
is in the file (`dbt_project`).
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import UserError
from pipelines.home import code_version
from pipelines.home.files import PARTIAL, Fingerprint, copy_file, replacing
from pipelines.intake import ledger
from pipelines.release.build_files.rewrite import copy_coarser
from pipelines.release.build_plan import Built
from pipelines.release.coarse import Coarser
from pipelines.settings import ANALYSTS, VALUES, WAREHOUSE, Settings
from schemas import ACCEPTED_FEEDS

RELEASED_SCHEMAS = (
    "marts",
    "cohorts",
    "aggregates",
    "metrics",
    "collaboration",
    "quality",
    "reference",
)
# Views of released tables under the names of version 0.1; version 0.4 drops them.
PREVIOUS_NAMES = ("marts_v1", "populations_v1", "metrics_v1", "quality_v1")
MANIFEST = "manifest.json"
CURRENT = "current"
_STAMP = "%Y%m%dT%H%M%SZ"
# Names the release that a rollback left; it means nothing once there is a newer one.
ROLLED_BACK = "rolled_back"


class NoRelease(UserError):
    """Nothing has been released yet."""


class NothingToRollBackTo(UserError):
    """There is no release before the current one."""


class NotForRelease(Exception):
    """The file that a release would be a copy of holds what no release may."""


@dataclass(frozen=True)
class Release:
    """A published release: its id, its folder and what its manifest says."""

    release_id: str
    folder: Path
    manifest: dict[str, Any]

    @property
    def is_whole(self) -> bool:
        """Whether warehouse and values are there and are the files that were published."""
        # Releases of version 0.1 have no file of values.
        files = {WAREHOUSE: self.manifest.get("warehouse"), VALUES: self.manifest.get("values")}
        return files[WAREHOUSE] is not None and all(
            Fingerprint(*of).matches(self.folder / name) for name, of in files.items() if of
        )


def current(settings: Settings) -> Release | None:
    """Return the current release, or None before the first."""
    link = settings.releases / CURRENT
    if not link.exists():
        return None
    return _read(link.resolve())


def current_or_fail(settings: Settings) -> Release:
    """Return the current release.

    Raises:
        NoRelease: There is none yet.
    """
    release = current(settings)
    if release is None:
        raise NoRelease("There is no release yet. Run: pathways refresh")
    return release


def _read(folder: Path) -> Release:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (FileNotFoundError, ValueError):
        manifest = {}
    return Release(folder.name, folder, manifest)


def publish(
    settings: Settings,
    built: Built,
    run_id: str,
    now: datetime,
    changes: pl.DataFrame | None = None,
) -> Release:
    """Copy the build into a new release, make it the current one and drop the oldest.

    Readers of the previous release keep their open file; the link moves in one step.

    Args:
        settings: The installation.
        built: The record of the build.
        run_id: Run that publishes it.
        now: Time of the release, UTC.
        changes: Rows of `quality.release_change`, which the build has without rows.
    """
    release_id = f"{_after_last(settings, now):{_STAMP}}-{_short(run_id)}"
    settings.releases.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = settings.releases / f"{release_id}{PARTIAL}"
    unfinished.mkdir(mode=0o700)
    copy_file(settings.build, unfinished / WAREHOUSE)
    copy_file(settings.values, unfinished / VALUES)
    rows = built.rows | _complete(unfinished / WAREHOUSE, changes)
    if settings.coarse_release:
        copy_coarser(unfinished / WAREHOUSE, unfinished / ANALYSTS, Coarser())
    manifest = {
        "release_id": release_id,
        "released_at": now.isoformat(),
        "run_id": run_id,
        **_versions(),
        "checks": {name: s for name, s in built.tests.items() if name.startswith("test.")},
        "made_from": asdict(built.made_from),
        **_deliveries(settings),
        "tables": rows,
        "warehouse": Fingerprint.of(unfinished / WAREHOUSE).as_list(),
        "values": Fingerprint.of(unfinished / VALUES).as_list(),
    }
    with replacing(unfinished / MANIFEST) as partial:
        partial.write_text(json.dumps(manifest, indent=2))
    folder = unfinished.rename(settings.releases / release_id)
    with replacing(settings.provenance / f"{release_id}.duckdb") as partial:
        copy_file(settings.records, partial)
        with duckdb.connect(str(partial)) as connection:
            # Its name in files of earlier versions.
            connection.execute("create view main.record as from provenance.record")
    _point(settings, release_id)
    prune(settings)
    return Release(release_id, folder, manifest)


def _after_last(settings: Settings, now: datetime) -> datetime:
    """Return the time now or, where a clock went back, a second after the last release's.

    A rollback goes by the order of ids, and could not leave one that is before others.
    """
    stamps = [datetime.strptime(one.split("-")[0], _STAMP) for one in release_ids(settings)[-1:]]
    return max([now, *(stamp.replace(tzinfo=UTC) + timedelta(seconds=1) for stamp in stamps)])


def _complete(warehouse: Path, changes: pl.DataFrame | None) -> dict[str, int]:
    """Write what changed into a copy of the build, and return the rows of that table.

    Raises:
        NotForRelease: The copy has something in a schema that no release has.
    """
    with duckdb.connect(str(warehouse)) as connection:
        rows = connection.execute(
            "select distinct schema_name from duckdb_columns() where not internal"
        ).fetchall()
        if more := {schema for (schema,) in rows} - {*RELEASED_SCHEMAS, *PREVIOUS_NAMES}:
            raise NotForRelease(f"the build has schemas that no release has: {', '.join(more)}")
        if changes is None:
            return {}
        columns = ", ".join(changes.columns)
        connection.register("changes", changes.to_arrow())
        connection.execute(
            f"insert into quality.release_change by name select {columns} from changes"
        )
        return {"quality.release_change": changes.height}


def rollback(settings: Settings) -> Release:
    """Make the release before the current one current, and return it.

    Raises:
        NothingToRollBackTo: There is none.
    """
    now = current(settings)
    earlier = [name for name in release_ids(settings) if now and name < now.release_id]
    if not earlier:
        raise NothingToRollBackTo("There is no release before the current one.")
    with replacing(settings.releases / ROLLED_BACK) as partial:
        partial.write_text(release_ids(settings)[-1])
    _point(settings, earlier[-1])
    back = current(settings)
    assert back is not None
    return back


def release_ids(settings: Settings) -> list[str]:
    """Return the ids of all finished releases, oldest first."""
    return sorted(
        path.parent.name
        for path in settings.releases.glob(f"*/{MANIFEST}")
        if not path.parent.is_symlink() and not path.parent.name.endswith(PARTIAL)
    )


def prune(settings: Settings) -> None:
    """Remove all but the last `keep_releases` releases, never the current one, and leftovers."""
    now = current(settings)
    keep = {*release_ids(settings)[-settings.keep_releases :], now.release_id if now else ""}
    for folder in settings.releases.iterdir():
        if folder.is_dir() and not folder.is_symlink() and folder.name not in keep:
            shutil.rmtree(folder)
    for path in settings.provenance.glob("*.duckdb"):
        if path.stem not in keep:
            path.unlink()


def _point(settings: Settings, release_id: str) -> None:
    link = settings.releases / f"{CURRENT}{PARTIAL}"
    link.unlink(missing_ok=True)
    link.symlink_to(release_id)
    link.replace(settings.releases / CURRENT)


def _versions() -> dict[str, Any]:
    return {
        "code_version": code_version.release(),
        "contract_versions": {name: code_version.contract(name) for name in ACCEPTED_FEEDS},
        "libraries": {name: version(name) for name in ("dagster", "dbt-core", "duckdb", "polars")},
    }


def _deliveries(settings: Settings) -> dict[str, Any]:
    """Return the current deliveries of the ledger, and the accepted rows of each feed."""
    is_released = pl.col("feed").is_in(list(ACCEPTED_FEEDS))
    records = ledger.deliveries(settings.ledger).filter("is_current", is_released)
    columns = ("feed", "period", "file_name", "delivery_sha256")
    counts = ("delivered_rows", "accepted_rows", "quarantined_rows")
    files = records.select(*columns, *counts).sort(columns)
    rows = files.group_by("feed").agg(pl.col("accepted_rows").sum()).sort("feed").rows()
    return {"accepted_rows": dict(rows), "deliveries": files.to_dicts()}


def last(settings: Settings) -> Release | None:
    """Return the release that the last refresh was for, or None before the first.

    It is the current one, unless that is so by a rollback: then it is the one that was left. One
    that a refresh made and died before it became current does not count.
    """
    now, ids = current(settings), release_ids(settings)
    marker = settings.releases / ROLLED_BACK
    if now and ids and marker.exists() and marker.read_text() == ids[-1]:
        return _read(settings.releases / ids[-1])
    return now


def _short(run_id: str) -> str:
    return hashlib.sha256(run_id.encode()).hexdigest()[:6]


def utc_now() -> datetime:
    """Return the time now, UTC, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
