"""Files of the data home: whole or not there, and readable by their owner alone.

Lives here: atomic writes, fingerprints, listings. Does not: what the files mean, files that are
kept twice (`pipelines.home.snapshot`).
"""

import errno
import filecmp
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from stat import S_ISREG

import duckdb
import polars as pl

# A run killed between writing and renaming leaves a file with this ending, which no reader takes.
PARTIAL = ".partial"
# The oldest storage that has every feature used: any DuckDB client since 1.2 opens the file. A
# block is the least that a small table takes: the default sample has 93 MB in blocks of 256 kB, 92
# in blocks of 16 (a column that fills half of one has it for itself) and 72 in blocks of 64.
STORAGE_VERSION = "v1.2.0"
BLOCK_SIZE = 65536


@dataclass(frozen=True)
class Fingerprint:
    """What a file was when it was last whole: its size, its time in ns, and its content's hash."""

    bytes: int
    changed_ns: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "Fingerprint":
        """Return the fingerprint of a file as it is.

        Raises:
            FileNotFoundError: It is gone.
        """
        stat = path.stat()
        return cls(stat.st_size, stat.st_mtime_ns, sha256(path))

    def has_same_stat(self, path: Path) -> bool:
        """Return whether the file has the size and time it had; its content is not read."""
        stat = path.stat()
        return (stat.st_size, stat.st_mtime_ns) == (self.bytes, self.changed_ns)

    def matches(self, path: Path) -> bool:
        """Return whether the file is what it was; its content is read only if its time changed."""
        if not path.is_file() or path.stat().st_size != self.bytes:
            return False
        return self.has_same_stat(path) or sha256(path) == self.sha256

    def as_list(self) -> list[int | str]:
        """Return it as JSON holds it."""
        return [self.bytes, self.changed_ns, self.sha256]


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file of one name to read it; no link is followed, no pipe is waited for.

    Raises:
        FileNotFoundError: It is gone.
        OSError: It is not a regular file, has another name too, or may not be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    stat = os.fstat(descriptor)
    # A file of two names may be somebody else's: his account cannot read it, but may link to it.
    if not S_ISREG(stat.st_mode) or stat.st_nlink > 1:
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file of one name", str(path))
    return os.fdopen(descriptor, "rb")


def is_single_file(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a regular file that has no other name, by a hard link."""
    try:
        stat = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return S_ISREG(stat.st_mode) and stat.st_nlink == 1


@contextmanager
def replacing(path: Path, if_new: bool = False) -> Iterator[Path]:
    """Yield a path to write to that takes the place of `path` when the block ends well.

    The file is readable by its owner alone, and on disk before it takes its name.

    Args:
        path: The file.
        if_new: Leave a file of the same content as it is: its time says when it changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.touch(mode=0o600)
        yield partial
        if if_new and path.is_file() and filecmp.cmp(partial, path, shallow=False):
            return
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_parquet(frame: pl.DataFrame, path: Path, is_small: bool = True) -> None:
    """Write `frame` to `path`, replacing what is there in one step.

    Args:
        frame: What to write.
        path: Where to.
        is_small: Whether to compress it. The crosswalk of a million students, mostly hashes, took
            2.5 s of processors compressed (142 MB) and 0.8 s plain (328 MB).
    """
    with replacing(path) as partial:
        frame.write_parquet(partial, compression="zstd" if is_small else "uncompressed")


def write_parquet_if_new(frame: pl.DataFrame, path: Path, is_small: bool = True) -> None:
    """Write as `write_parquet` unless the same bytes are there: its time says when it changed."""
    with replacing(path, if_new=True) as partial:
        frame.write_parquet(partial, compression="zstd" if is_small else "uncompressed")


def listing(root: Path, pattern: str) -> str:
    """Return a hash of names, sizes and times of the files that fit a pattern; none are read."""
    digest = hashlib.sha256()
    for path in sorted(root.glob(pattern)):
        stat = path.stat()
        line = f"{path.relative_to(root)}\x1f{stat.st_size}\x1f{stat.st_mtime_ns}\n"
        digest.update(line.encode())
    return digest.hexdigest()


def contents(root: Path, pattern: str, known: Mapping[str, Fingerprint]) -> str:
    """Return a hash of names and contents of the files that fit a pattern, whatever their times.

    Args:
        root: The folder.
        pattern: Which files.
        known: Fingerprints by path under the folder: a file of the same size and time is not read.
    """
    digest = hashlib.sha256()
    for path in sorted(root.glob(pattern)):
        name = str(path.relative_to(root))
        is_known = name in known and known[name].has_same_stat(path)
        content = known[name].sha256 if is_known else sha256(path)
        digest.update(f"{name}\x1f{content}\n".encode())
    return digest.hexdigest()


def remove(path: Path) -> None:
    """Remove a file that may not be there."""
    path.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def literal(text: object) -> str:
    """Return text, or a path, as SQL writes it: between quotes, with those in it doubled."""
    return "'" + str(text).replace("'", "''") + "'"


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, for its owner alone, and force it to disk.

    The file system shares the blocks where it can (XFS, Btrfs).
    """
    with source.open("rb") as read, target.open("wb") as write:
        target.chmod(0o600)
        if hasattr(os, "copy_file_range"):
            left = os.fstat(read.fileno()).st_size
            while left > 0 and (copied := os.copy_file_range(read.fileno(), write.fileno(), left)):
                left -= copied
        else:
            shutil.copyfileobj(read, write)
        os.fsync(write.fileno())


@contextmanager
def reading(build: Path, unreleased: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection to the file that a release is a copy of, with staging beside it."""
    with duckdb.connect(str(build), read_only=True) as connection:
        connection.execute(f"attach {literal(unreleased)} as unreleased (read_only)")
        yield connection


def attach_build(
    connection: duckdb.DuckDBPyConnection, build: Path, target: Path, name: str
) -> None:
    """Attach a DuckDB file to read as `build`, and a new one to write under a name.

    What does not fit into memory goes to a folder beside the new file.
    """
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"set temp_directory = {literal(f'{target}.tmp')}")
    connection.execute(f"attach {literal(build)} as build (read_only)")
    connection.execute(
        f"attach {literal(target)} as {name} "
        f"(storage_version '{STORAGE_VERSION}', block_size {BLOCK_SIZE})"
    )
