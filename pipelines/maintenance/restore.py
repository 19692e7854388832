"""Restoring a backup: nothing of it is believed before it is verified, and nothing leaves the home.

Lives here: verifying a backup's signed list, names, links and files, and putting them in place.
Does not: holding the lock meanwhile (its caller does), copying (`pipelines.maintenance.backup`).
"""

import hmac
import json
import os
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines import token_key
from pipelines.errors import UserError
from pipelines.home.files import PARTIAL, sha256
from pipelines.maintenance.backup import (
    DATA,
    FILES,
    LIST,
    SECRETS,
    SIGNATURE,
    key_mark,
    signature,
    stays_within,
)
from pipelines.release import publish
from pipelines.settings import Settings

# A list has some 200 bytes for each file, and the largest home seen 100,000 files.
_LARGEST_LIST = 256 << 20


class CannotRestore(UserError):
    """A backup is not whole, not signed, is of another key, or the home is in use."""


def restore(settings: Settings, folder: Path, unsigned: bool = False) -> str | None:
    """Bring a backup into a home without data; return the release that is current then.

    Every file is verified before anything is in its place.

    Args:
        settings: Names the home.
        folder: The backup.
        unsigned: Take a list without signature, as version 0.1 wrote it.

    Raises:
        CannotRestore: The backup is not whole, its list is altered or leads out of the home, it is
            of another token key, or the home holds data.
    """
    folder = folder.expanduser().resolve()
    used = [name for name in DATA if os.path.lexists(settings.root / name)]
    if used:
        raise CannotRestore(
            f"{settings.root} holds data ({', '.join(used)}). Restore into an empty home."
        )
    listed = read_list(folder)
    _check_signature(settings, listed, unsigned)
    _check_places(listed)
    verify(folder, listed)
    unfinished = settings.root / f"restore{PARTIAL}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    for name, file in listed["files"].items():
        target = unfinished / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(folder / FILES / name, target, follow_symlinks=False)
        if not _is_file(target, file["sha256"]):
            raise CannotRestore(f"{name} changed while it was copied. Nothing was restored.")
        target.chmod(0o600)
    for name, to in listed["links"].items():
        (unfinished / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        (unfinished / name).symlink_to(to)
    # Releases last: a home with a current release then has all that it depends on.
    for entry in sorted(unfinished.iterdir(), key=lambda entry: entry.name == "releases"):
        _put(entry, settings.root / entry.name)
    unfinished.rmdir()
    now = publish.current(settings)
    return now.release_id if now else None


def read_list(folder: Path) -> dict[str, Any]:
    """Return a backup's list as it stands, which nobody has verified.

    Raises:
        CannotRestore: There is none, or it is not such a list.
    """
    path = folder / LIST
    if not path.is_file() or path.is_symlink():
        raise CannotRestore(f"{folder} is not a finished backup: it has no {LIST}.")
    listed: dict[str, Any] = {}
    if path.stat().st_size > _LARGEST_LIST:
        raise CannotRestore(f"{path} can't be read: it is larger than any list of a backup.")
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        is_list = (
            isinstance(listed["key_mark"], str)
            and all(isinstance(file["sha256"], str) for file in listed["files"].values())
            and all(isinstance(to, str) for to in listed["links"].values())
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        is_list = False
    if not is_list:
        raise CannotRestore(f"{path} can't be read.")
    return listed


def verify(folder: Path, listed: dict[str, Any]) -> None:
    """Read every file of a backup and compare it with the list.

    Raises:
        CannotRestore: A file is missing, changed, not on the list, or not a regular file.
    """
    expected = {name: file["sha256"] for name, file in listed["files"].items()}
    root = folder / FILES
    present = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    wrong = sorted(set(expected) ^ present) + [
        name
        for name in sorted(present & set(expected))
        if not _is_file(root / name, expected[name])
    ]
    if wrong or root.is_symlink():
        raise CannotRestore(
            f"{len(wrong)} files of the backup are missing, changed, links or not on its list, "
            f"among them {', '.join(wrong[:3])}. Nothing was restored."
        )


def _is_file(path: Path, expected: str) -> bool:
    return path.is_file() and not path.is_symlink() and sha256(path) == expected


def _check_signature(settings: Settings, listed: dict[str, Any], unsigned: bool) -> None:
    stored = settings.root / token_key.FILE
    if settings.token_key is None and not stored.exists():
        raise CannotRestore(
            f"The backup does not hold the token key. Put your copy of it at {stored}, or set "
            "PATHWAYS_TOKEN_KEY."
        )
    key = settings.key()
    if listed["key_mark"] != key_mark(key):
        raise CannotRestore("The backup was made under another token key than this one.")
    if SIGNATURE not in listed:
        if not unsigned:
            raise CannotRestore(
                "The backup's list is not signed: anybody may have written it. If you made it with "
                "version 0.1, and trust where it lay, repeat with --unsigned."
            )
    elif not hmac.compare_digest(str(listed[SIGNATURE]).encode(), signature(listed, key).encode()):
        raise CannotRestore("The backup's list was altered: its signature is wrong.")


def _check_places(listed: dict[str, Any]) -> None:
    """Refuse a list of which a file or link lies outside the home, or in place of a key."""
    names, links = [*listed["files"], *listed["links"]], set(listed["links"])
    for name in names:
        path = PurePosixPath(name)
        is_plain = name == path.as_posix() and "\0" not in name and name not in {"", "."}
        leads_out = path.is_absolute() or ".." in path.parts
        through_link = any(parent.as_posix() in links for parent in path.parents)
        if not is_plain or leads_out or through_link or name in SECRETS:
            raise CannotRestore(f"The backup's list names {name!r}, which no backup of a home has.")
    for name, to in listed["links"].items():
        if not stays_within(name, to):
            raise CannotRestore(f"The backup's link {name!r} leads out of the home.")


def _put(entry: Path, target: Path) -> None:
    """Move an entry to its place; Dagster's own folder may already hold its settings."""
    if target.is_symlink():
        raise CannotRestore(f"{target} is a link. Remove it, then restore into an empty home.")
    if entry.is_dir() and not entry.is_symlink() and target.is_dir():
        for inner in entry.iterdir():
            _put(inner, target / inner.name)
        entry.rmdir()
    else:
        entry.replace(target)
