"""Backups of the data home, verified file by file, and restoring one.

Lives here: copying with hashes, the list of copied files, verifying, restoring.
Does not: holding the lock meanwhile (its caller does), encryption.
"""

import hashlib
import hmac
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.errors import UserError
from pipelines.home import code_version
from pipelines.home.files import PARTIAL, replacing, sha256
from pipelines.release import publish
from pipelines.settings import Settings

LIST = "backup.json"
FILES = "files"
# A key beside the data would reveal every token: it is backed up apart.
SECRETS = {"token_key", "encoding_key"}
# The next build writes it again.
TEMPORARY = {"dbt"}
# Any of these in a home means that it is in use.
DATA = ("accepted", "identity", "landing", "ledger", "quarantine", "releases")
SQLITE = b"SQLite format 3\x00"


class CannotBackUp(UserError):
    """The target of a backup can't be used."""


class CannotRestore(UserError):
    """A backup is not whole, is of another key, or the home is in use."""


@dataclass(frozen=True)
class Backup:
    """A finished backup: its folder, files, bytes, and the release that was current in it."""

    folder: Path
    files: int
    bytes: int
    release_id: str | None


def backup(settings: Settings, to: Path, now: datetime) -> Backup:
    """Copy the data home into a new folder of `to`, with the SHA-256 of every file.

    Keys are left out; the list holds a mark of the token key, which does not reveal it.

    Raises:
        CannotBackUp: The home holds nothing, or `to` lies within it.
    """
    to = to.expanduser().resolve()
    if not any((settings.root / name).exists() for name in DATA):
        raise CannotBackUp(f"There is nothing to back up in {settings.root}.")
    if to.is_relative_to(settings.root):
        raise CannotBackUp(f"{to} lies in the data home: choose a folder outside it.")
    folder = to / f"pathways-{now:%Y%m%dT%H%M%SZ}"
    unfinished = folder.with_name(folder.name + PARTIAL)
    unfinished.mkdir(parents=True, mode=0o700)
    files: dict[str, dict[str, Any]] = {}
    links: dict[str, str] = {}
    for path in _entries(settings.root):
        name = path.relative_to(settings.root).as_posix()
        if path.is_symlink():
            links[name] = str(path.readlink())
            continue
        try:
            files[name] = _copy(path, unfinished / FILES / name)
        except FileNotFoundError:
            # A deliverer may take a file back, and Dagster a log, while this runs.
            continue
    now_current = publish.current(settings)
    release_id = now_current.release_id if now_current else None
    listed = {
        "made_at": now.isoformat(),
        "release_id": release_id,
        "code_version": code_version.release(),
        "key_mark": key_mark(settings),
        "links": links,
        "files": files,
    }
    with replacing(unfinished / LIST) as partial:
        partial.write_text(json.dumps(listed, indent=1))
    unfinished.rename(folder)
    return Backup(folder, len(files), sum(f["bytes"] for f in files.values()), release_id)


def _entries(root: Path) -> Iterator[Path]:
    """Yield files and links of the home that belong in a backup."""
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        if here == root:
            folders[:] = sorted(set(folders) - TEMPORARY)
        linked = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(
            name for name in folders if name not in linked and not _is_temporary(name)
        )
        for name in sorted([*names, *linked]):
            path = here / name
            if not (_is_temporary(name) or (here == root and name in SECRETS)) and (
                path.is_symlink() or path.is_file()
            ):
                yield path


def _is_temporary(name: str) -> bool:
    return name.endswith((PARTIAL, ".lock", "-wal", "-shm", "-journal"))


def _copy(path: Path, target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("rb") as file:
        is_sqlite = file.read(len(SQLITE)) == SQLITE
    if is_sqlite:
        # Dagster may be writing its history: SQLite alone knows how to copy that whole.
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as source:
            with sqlite3.connect(target) as copy:
                source.backup(copy)
            copy.close()
        source.close()
    else:
        shutil.copyfile(path, target)
    shutil.copystat(path, target)
    target.chmod(0o600)
    return {"sha256": sha256(target), "bytes": target.stat().st_size}


def key_mark(settings: Settings) -> str:
    """Return a mark that differs for every token key and reveals nothing of it."""
    return hmac.digest(settings.key(), b"mark of a backup", hashlib.sha256).hex()[:16]


def verify(folder: Path) -> dict[str, Any]:
    """Return a backup's list after reading every file of it.

    Raises:
        CannotRestore: There is no list, or a file is missing, changed or not on the list.
    """
    path = folder / LIST
    if not path.is_file():
        raise CannotRestore(f"{folder} is not a finished backup: it has no {LIST}.")
    try:
        listed = json.loads(path.read_text())
        expected = {name: file["sha256"] for name, file in listed["files"].items()}
    except (ValueError, KeyError, TypeError) as error:
        raise CannotRestore(f"{path} can't be read.") from error
    root = folder / FILES
    present = {p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()}
    wrong = sorted(set(expected) ^ present) + [
        name for name in sorted(present & set(expected)) if sha256(root / name) != expected[name]
    ]
    if wrong:
        raise CannotRestore(
            f"{len(wrong)} files of the backup are missing, changed or not on its list, "
            f"among them {', '.join(wrong[:3])}. Nothing was restored."
        )
    return listed


def restore(settings: Settings, folder: Path) -> str | None:
    """Bring a backup into a home without data; return the release that is current then.

    Every file is verified before anything is in its place.

    Raises:
        CannotRestore: The backup is not whole, is of another token key, or the home holds data.
    """
    folder = folder.expanduser().resolve()
    used = [name for name in DATA if (settings.root / name).exists()]
    if used:
        raise CannotRestore(
            f"{settings.root} holds data ({', '.join(used)}). Restore into an empty home."
        )
    listed = verify(folder)
    _check_key(settings, listed["key_mark"])
    unfinished = settings.root / f"restore{PARTIAL}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    for name, file in listed["files"].items():
        target = unfinished / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(folder / FILES / name, target)
        if sha256(target) != file["sha256"]:
            raise CannotRestore(f"{name} changed while it was copied. Nothing was restored.")
    for name, to in listed["links"].items():
        (unfinished / name).symlink_to(to)
    # Releases last: a home with a current release then has all that it depends on.
    for entry in sorted(unfinished.iterdir(), key=lambda entry: entry.name == "releases"):
        _put(entry, settings.root / entry.name)
    unfinished.rmdir()
    now = publish.current(settings)
    return now.release_id if now else None


def _check_key(settings: Settings, mark: str) -> None:
    stored = settings.root / "token_key"
    if settings.token_key is None and not stored.exists():
        raise CannotRestore(
            f"The backup does not hold the token key. Put your copy of it at {stored}, or set "
            "PATHWAYS_TOKEN_KEY."
        )
    if key_mark(settings) != mark:
        raise CannotRestore("The backup was made under another token key than this one.")


def _put(entry: Path, target: Path) -> None:
    """Move an entry to its place; Dagster's own folder may already hold its settings."""
    if entry.is_dir() and target.is_dir():
        for inner in entry.iterdir():
            _put(inner, target / inner.name)
        entry.rmdir()
    else:
        entry.replace(target)
