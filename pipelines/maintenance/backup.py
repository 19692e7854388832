"""Backups of the data home: signed, verified file by file, and restored within the home alone.

Lives here: copying with hashes, the signed list of copied files, and what stays out.
Does not: holding the lock meanwhile (its caller does), restoring (`pipelines.maintenance.restore`),
encryption.
"""

import hmac
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines import token_key
from pipelines.errors import UserError
from pipelines.home import code_version
from pipelines.home.files import PARTIAL, replacing, sha256
from pipelines.intake.landing import HASH
from pipelines.release import publish
from pipelines.settings import Settings

LIST = "backup.json"
SIGNATURE = "signature"
FILES = "files"
# A key beside the data would reveal every token: it is backed up apart.
SECRETS = {token_key.FILE, token_key.ENCODING_FILE}
# What is named or written so is a key, maybe one of before a rotation; a hash that a submitter
# delivers looks alike.
_KEY_NAME = re.compile(r"\W*(token|encoding)_key(?!\.mark$)")
_KEY_TEXT, _KEY_BYTES = re.compile(rb"\s*[0-9a-f]{64}\s*"), 80
# The next build writes `dbt` and the pages again; a rotation that is not ready starts over, and
# holds keys.
TEMPORARY = {"dbt", "rotation", "site_cache"}
# Any of these in a home means that it is in use.
DATA = ("accepted", "identity", "landing", "ledger", "provenance", "quarantine", "releases")
# Where Dagster's history is; anything else that says it is SQLite is a file as any other.
HISTORY = "dagster/"
SQLITE = b"SQLite format 3\x00"
_READ_AT_ONCE = 1 << 22


class CannotBackUp(UserError):
    """The target of a backup can't be used."""


@dataclass(frozen=True)
class Backup:
    """A finished backup.

    Attributes:
        folder: Where it is.
        files: How many files it holds.
        bytes: How large they are together.
        release_id: The release that was current in it.
        left_out: Files that hold a key or can't be read, and links that lead out of the home.
    """

    folder: Path
    files: int
    bytes: int
    release_id: str | None
    left_out: tuple[str, ...] = ()


def backup(settings: Settings, to: Path, now: datetime) -> Backup:
    """Copy the data home into a new folder of `to`, with the SHA-256 of every file.

    Keys are left out under any name; the list is signed with the token key, and holds a mark of it
    that does not reveal it.

    Raises:
        CannotBackUp: The home holds nothing, or `to` lies within it.
        UserError: The token key is gone, damaged or another one.
    """
    to = to.expanduser().resolve()
    if not any((settings.root / name).exists() for name in DATA):
        raise CannotBackUp(f"There is nothing to back up in {settings.root}.")
    if to.is_relative_to(settings.root):
        raise CannotBackUp(f"{to} lies in the data home: choose a folder outside it.")
    key, keys = settings.key(), known_keys(settings)
    folder = to / f"pathways-{now:%Y%m%dT%H%M%SZ}"
    unfinished = folder.with_name(folder.name + PARTIAL)
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished.mkdir(mode=0o700)
    files, links, left_out = _copy_all(settings.root, unfinished / FILES, keys)
    now_current = publish.current(settings)
    release_id = now_current.release_id if now_current else None
    listed = {
        "made_at": now.isoformat(),
        "release_id": release_id,
        "code_version": code_version.release(),
        "key_mark": key_mark(key),
        "links": links,
        "files": files,
        "left_out": left_out,
    }
    with replacing(unfinished / LIST) as partial:
        signed = listed | {SIGNATURE: signature(listed, key)}
        partial.write_text(json.dumps(signed, indent=1), encoding="utf-8")
    unfinished.rename(folder)
    size = sum(file["bytes"] for file in files.values())
    return Backup(folder, len(files), size, release_id, tuple(left_out))


def _copy_all(
    root: Path, to: Path, keys: set[bytes]
) -> tuple[dict[str, dict[str, Any]], dict[str, str], list[str]]:
    """Copy what belongs in a backup; return files, links and what was left out, by name."""
    files: dict[str, dict[str, Any]] = {}
    links: dict[str, str] = {}
    left_out: list[str] = []
    for path in _entries(root):
        name = path.relative_to(root).as_posix()
        try:
            if path.is_symlink():
                target = str(path.readlink())
                if stays_within(name, target):
                    links[name] = target
                else:
                    left_out.append(name)
            elif copied := _copy(path, to / name, keys, name.startswith(HISTORY)):
                files[name] = copied
            else:
                left_out.append(name)
        except FileNotFoundError:
            # A deliverer may take a file back, and Dagster a log, while this runs.
            continue
        except (PermissionError, IsADirectoryError):
            # A submitter's file or folder may be his alone.
            left_out.append(name)
    return files, links, left_out


def known_keys(settings: Settings) -> set[bytes]:
    """Return the keys of an installation as text that no backup may hold."""
    set_ones = (settings.token_key, settings.new_token_key, settings.encoding_key)
    keys = {secret.get_secret_value().encode() for secret in set_ones if secret}
    stored = [settings.root / name for name in SECRETS]
    stored.append(settings.rotation / token_key.FILE)
    keys |= {path.read_bytes().strip() for path in stored if path.is_file()}
    return {key for key in keys | {settings.shared_key()} if len(key) >= token_key.LENGTH}


def stays_within(name: str, target: str) -> bool:
    """Return whether a link of the home leads to a place in the home, by its text alone.

    Args:
        name: Where it lies in the home.
        target: What it holds.
    """
    place = os.path.normpath(PurePosixPath(name).parent / target)
    return not (PurePosixPath(target).is_absolute() or place == ".." or place.startswith("../"))


def _entries(root: Path) -> Iterator[Path]:
    """Yield files and links of the home that belong in a backup."""
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        if here == root:
            folders[:] = sorted(set(folders) - TEMPORARY)
        ends = [name for name in folders if (here / name).is_symlink() or _is_closed(here / name)]
        folders[:] = sorted(
            name for name in folders if name not in ends and not _is_temporary(name)
        )
        for name in sorted([*names, *ends]):
            path = here / name
            if not (_is_temporary(name) or (here == root and name in SECRETS)) and (
                path.is_symlink() or path.is_file() or path.is_dir()
            ):
                yield path


def _is_temporary(name: str) -> bool:
    return name.endswith((PARTIAL, ".lock", "-wal", "-shm", "-journal"))


def _is_closed(folder: Path) -> bool:
    return not os.access(folder, os.R_OK | os.X_OK)


def _copy(path: Path, target: Path, keys: set[bytes], is_history: bool) -> dict[str, Any] | None:
    """Copy a file and return its hash and size; None, and no copy, where it holds a key.

    Raises:
        PermissionError: This account may not read it.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("rb") as file:
        is_sqlite = file.read(len(SQLITE)) == SQLITE
    if is_sqlite and is_history:
        # Dagster may be writing its history: SQLite alone knows how to copy that whole.
        with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as source:
            with sqlite3.connect(target) as copy:
                source.backup(copy)
            copy.close()
        source.close()
    else:
        shutil.copyfile(path, target, follow_symlinks=False)
    # A submitter may have replaced it by a link since it was listed.
    if target.is_symlink() or _is_key(target) or _holds(target, keys):
        target.unlink()
        return None
    shutil.copystat(path, target)
    target.chmod(0o600)
    return {"sha256": sha256(target), "bytes": target.stat().st_size}


def _is_key(path: Path) -> bool:
    if _KEY_NAME.match(path.name):
        return True
    is_short = path.stat().st_size < _KEY_BYTES and path.suffix != HASH
    return is_short and bool(_KEY_TEXT.fullmatch(path.read_bytes()))


def _holds(path: Path, texts: set[bytes]) -> bool:
    """Return whether a file holds one of some texts."""
    longest = max((len(text) for text in texts), default=1)
    with path.open("rb") as file:
        before = b""
        while block := file.read(_READ_AT_ONCE):
            window = before + block
            if any(text in window for text in texts):
                return True
            before = window[-(longest - 1) :]
    return False


def key_mark(key: bytes) -> str:
    """Return a mark that differs for every token key and reveals nothing of it."""
    return hmac.digest(key, b"mark of a backup", "sha256").hex()[:16]


def signature(listed: dict[str, Any], key: bytes) -> str:
    """Return the signature of a backup's list under the token key, without one that it holds."""
    unsigned = {name: value for name, value in listed.items() if name != SIGNATURE}
    text = b"list of a backup\x1e" + json.dumps(unsigned, sort_keys=True).encode()
    return hmac.digest(key, text, "sha256").hex()
