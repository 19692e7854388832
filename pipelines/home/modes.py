"""Modes of the data home: its owner's alone, whatever made a file.

Lives here: 600 and 700, and what a group of readers may open. Does not: `landing/`, a drop folder
whose modes its submitters' accounts need.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_ISDIR, S_ISLNK

from pipelines.errors import UserError
from pipelines.settings import SITE_INTERNAL, WAREHOUSE, Settings

_FILE, _FOLDER = 0o600, 0o700
_READERS_FILE, _READERS_FOLDER = 0o640, 0o750
# What a group of readers may not open where a release has coarser attributes for it.
_FINER = {WAREHOUSE, SITE_INTERNAL}
# An owner may let others pass through the home to landing/ or releases/; nobody else lists it.
_PASS_THROUGH = {0o710, 0o711}


class NotOurs(UserError):
    """A file of the home, or the group of readers, is another account's."""


def tighten(settings: Settings) -> None:
    """Give every file of the home but those of `landing/` the mode it should have.

    Links are not followed. Releases are open to `reader_group`, where one is set, which may pass
    through the home.

    Raises:
        NotOurs: There is no such group, this account is not in it, or a file is another account's.
    """
    try:
        _tighten(settings)
    except LookupError:
        raise NotOurs(f"PATHWAYS_READER_GROUP: no group {settings.reader_group}.") from None
    except PermissionError as error:
        raise NotOurs(
            f"The mode or group of {error.filename} can't be set: it is another account's, or this "
            "account is not in PATHWAYS_READER_GROUP."
        ) from None


def _tighten(settings: Settings) -> None:
    root, group = settings.root, settings.reader_group
    before = root.stat().st_mode & 0o777
    passed = before if before in _PASS_THROUGH else _FOLDER
    root.chmod(passed | (0o010 if group else 0))
    if group:
        shutil.chown(root, group=group)
    for entry in os.scandir(root):
        if entry.name == settings.landing.name or entry.is_symlink():
            continue
        is_read = bool(group) and entry.name == settings.releases.name
        file, folder = (_READERS_FILE, _READERS_FOLDER) if is_read else (_FILE, _FOLDER)
        for one in _with_all_below(entry):
            # Dagster and dbt remove files of their own meanwhile.
            with suppress(FileNotFoundError):
                of = one.stat(follow_symlinks=False)
                if S_ISLNK(of.st_mode):
                    continue
                if is_read and Path(one).group() != group:
                    shutil.chown(one, group=group)
                is_finer = settings.coarse_release and not _FINER.isdisjoint(Path(one).parts)
                modes = (_FILE, _FOLDER) if is_finer else (file, folder)
                if of.st_mode & 0o777 != modes[S_ISDIR(of.st_mode)]:
                    Path(one).chmod(modes[S_ISDIR(of.st_mode)])


def _with_all_below(entry: "os.DirEntry[str]") -> Iterator["os.DirEntry[str]"]:
    yield entry
    if entry.is_dir(follow_symlinks=False):
        with suppress(FileNotFoundError), os.scandir(entry) as below:
            for one in below:
                yield from _with_all_below(one)
