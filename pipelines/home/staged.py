"""Files that take their names together, once a record says so.

Lives here: writing a file beside the one whose place it takes, and giving it that name.
Does not: the record (`pipelines.intake.ledger`), which says after a crash what a file should be.
"""

import filecmp
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import polars as pl

from pipelines.home.files import Fingerprint, remove, write_parquet

# Behind the name of a file that takes its place; without content it takes its place by nothing.
NEXT = ".next"
Files = Mapping[Path, Fingerprint | None]


def stage(frame: pl.DataFrame | None, path: Path) -> Fingerprint | None:
    """Write what takes the place of a file, and return its fingerprint.

    A file of the same content is left as it is: its time says when it changed.

    Args:
        frame: What to write as Parquet; None removes the file.
        path: The file.
    """
    beside = path.with_name(path.name + NEXT)
    if frame is None:
        if path.exists():
            beside.touch(mode=0o600)
        return None
    write_parquet(frame, beside)
    if path.is_file() and filecmp.cmp(beside, path, shallow=False):
        remove(beside)
        return Fingerprint.of(path)
    return Fingerprint.of(beside)


def finish(path: Path) -> None:
    """Let what was staged take the place of a file; without any, do nothing."""
    beside = path.with_name(path.name + NEXT)
    if not beside.exists():
        return
    if beside.stat().st_size:
        beside.replace(path)
    else:
        remove(path)
        remove(beside)


def recover(folders: Iterable[Path], pattern: str, record: Callable[[], Files]) -> None:
    """Finish what a dead run staged, where the record says so, and forget all else.

    Args:
        folders: Where files are staged.
        pattern: Which files, under each folder.
        record: Returns the files that the record states, None for one that should be gone; asked
            only where something is staged.
    """
    staged = [path for folder in folders for path in folder.glob(pattern + NEXT)]
    stated = record() if staged else {}
    for beside in staged:
        path = beside.with_name(beside.name.removesuffix(NEXT))
        file = stated.get(path)
        is_gone = path in stated and file is None and not beside.stat().st_size
        if is_gone or (file is not None and file.matches(beside)):
            finish(path)
        else:
            remove(beside)
