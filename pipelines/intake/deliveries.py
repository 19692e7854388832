"""Deliveries as they lie in the landing folder: which there are, and which are complete.

Lives here: finding files, the cache of their hashes, and deciding whether a file is complete.
Does not: reading one (`pipelines.intake.readers`), judging one (`pipelines.intake.accept`).
"""

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISDIR

import polars as pl

from pipelines.home.files import open_regular, write_parquet
from pipelines.intake.bundles.folders import (
    DONE,
    HASH,
    delivered_files,
    files_in,
    landed_periods,
    submitter_of,
)
from pipelines.intake.landing import name_problem, shown
from pipelines.settings import Settings
from schemas import FEEDS, Feed

# What stands before the ending of an encoded delivery's name: `<submitter>.encoded.parquet`.
ENCODED = ".encoded"
# A file that was hashed within the resolution of its clock after a write is hashed again.
_CLOCK_GRAIN_NS = 2_000_000_000
_MARKER_BYTES = 4096

CACHE = pl.Schema(
    {
        "path": pl.String,
        "bytes": pl.Int64,
        "changed_ns": pl.Int64,
        "moved_ns": pl.Int64,
        "inode": pl.UInt64,
        "looked_ns": pl.Int64,
        "sha256": pl.String,
    }
)


@dataclass(frozen=True)
class FileStat:
    """What a file is without reading it; other content comes with another stat."""

    bytes: int
    changed_ns: int
    moved_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> "FileStat":
        """Return a file's stat as it is now; of a link, its own; of a folder, of all in it.

        Raises:
            FileNotFoundError: It is gone.
        """
        stat = path.lstat()
        stats = (
            [stat, *(one.lstat() for one in files_in(path))] if S_ISDIR(stat.st_mode) else [stat]
        )
        # Nobody can set the time of the inode; `cp -p` and `touch` set the file's own.
        return cls(
            sum(one.st_size for one in stats),
            max(one.st_mtime_ns for one in stats),
            max(one.st_ctime_ns for one in stats),
            stat.st_ino,
        )

    @property
    def newest_ns(self) -> int:
        """When it was last written to or moved."""
        return max(self.changed_ns, self.moved_ns)


@dataclass(frozen=True)
class Delivery:
    """One delivered file: of which feed, for which period, by whom, and its content's hash."""

    feed: str
    period: str
    submitter: str
    path: Path
    sha256: str
    received_at: datetime
    stat: FileStat | None = None

    @property
    def is_unchanged(self) -> bool:
        """Whether the file was neither written to nor removed since it was listed."""
        return self.stat is None or _stat_if_any(self.path) == self.stat

    @property
    def file_name(self) -> str:
        """The file's name, where it may be repeated."""
        return shown(self.path.name)

    @property
    def is_encoded(self) -> bool:
        """Whether the file says by its name that it holds encodings in place of persons."""
        return self.path.stem.endswith(ENCODED) and self.path.suffix.lower() == ".parquet"


class HashCache:
    """Hashes of landed files: a file with the same stat is not read again.

    It only saves time: without it, or with a damaged one, every file is read.
    """

    def __init__(self, landing: Path, stored: Path | None = None) -> None:
        self._landing, self._stored, self._is_new = landing, stored, False
        self._rows: dict[str, tuple[FileStat, int, str]] = {}
        if stored is None:
            return
        try:
            rows = pl.read_parquet(stored).select(CACHE.names()).rows()
        except (FileNotFoundError, pl.exceptions.PolarsError):
            return
        self._rows = {path: (FileStat(*stat), at, sha) for path, *stat, at, sha in rows}

    def has(self, path: Path) -> bool:
        """Return whether the file was hashed with the stat it has now."""
        return self._cached(path, FileStat.of(path)) is not None

    def stat_and_hash(self, path: Path) -> tuple[FileStat, str]:
        """Return a file's stat and the SHA-256 of its content.

        Raises:
            FileNotFoundError: It is gone.
            OSError: It may not be read.
        """
        stat = FileStat.of(path)
        content = self._cached(path, stat)
        if content is None:
            content = _sha256(path)
            # A name that may be a person's, or is no text, is not written down.
            if name_problem(path.name):
                return stat, content
            self._rows[self._name(path)] = (stat, time.time_ns(), content)
            self._is_new = True
        return stat, content

    def save(self, files: Iterable[Path]) -> None:
        """Store the hashes of `files`, and forget all others."""
        names = {self._name(path) for path in files}
        stored = {name: row for name, row in self._rows.items() if name in names}
        if self._stored is None or not (self._is_new or len(stored) < len(self._rows)):
            return
        rows = [
            (name, *astuple(stat), at, content)
            for name, (stat, at, content) in sorted(stored.items())
        ]
        write_parquet(pl.DataFrame(rows, CACHE, orient="row"), self._stored)
        self._rows, self._is_new = stored, False

    def _cached(self, path: Path, stat: FileStat) -> str | None:
        before, at, content = self._rows.get(self._name(path), (None, 0, ""))
        return content if before == stat and at - stat.newest_ns > _CLOCK_GRAIN_NS else None

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._landing))


def files_of(landing: Path, periods: Mapping[str, Iterable[str]]) -> list[Path]:
    """Return the delivered files of some periods of some feeds."""
    return [
        path
        for feed, of_feed in periods.items()
        for period in of_feed
        for path in delivered_files(landing, feed, period)
    ]


def find_deliveries(
    landing: Path, feed: Feed, period: str, cache: HashCache | None = None
) -> list[Delivery]:
    """Return this feed's and period's files, in order of their names.

    Args:
        landing: The landing folder.
        feed: The feed.
        period: The period.
        cache: Spares reading files whose hash it has.
    """
    cache = cache or HashCache(landing)
    deliveries = []
    for path in delivered_files(landing, feed.name, period):
        try:
            deliveries.append(received(path, feed.name, period, cache))
        except OSError:
            # Gone, or not to be read: `pipelines.intake.landing` names it.
            continue
    return deliveries


def received(path: Path, feed: str, period: str, cache: HashCache | None = None) -> Delivery:
    """Return a file as a delivery of a feed for a period; its name says whose it is.

    One whose name is refused has a submitter that is made of its content.

    Raises:
        FileNotFoundError: It is gone.
    """
    stat, content = cache.stat_and_hash(path) if cache else (FileStat.of(path), _sha256(path))
    return Delivery(
        feed=feed,
        period=period,
        submitter=f"unnamed-{content[:12]}"
        if name_problem(path.name)
        else submitter_of(path).removesuffix(ENCODED),
        path=path,
        sha256=content,
        received_at=datetime.fromtimestamp(stat.changed_ns // 1_000_000_000, UTC),
        stat=stat,
    )


def is_complete(path: Path, cache: HashCache, before: FileStat | None) -> bool:
    """Return whether a file is complete, or may still be being uploaded.

    A file with a ``.sha256`` beside it is complete when it has that hash, one with a ``.done``
    beside it at once. Any other is when its stat is what it was a stability window ago. A bundle is
    when each of its files is, or its stat was the same.

    Args:
        path: The file.
        cache: Spares reading it where it has its hash.
        before: Its stat of then, None where it is not known.
    """
    if path.is_dir():
        is_stable = before is not None and _stat_if_any(path) == before
        return is_stable or all(is_complete(one, cache, None) for one in files_in(path))
    try:
        with open_regular(path.with_name(path.name + HASH)) as marker:
            stated = marker.read(_MARKER_BYTES).decode(errors="replace").split()[:1]
    except OSError:
        is_stable = before is not None and _stat_if_any(path) == before
        return is_stable or path.with_name(path.name + DONE).exists()
    try:
        # As `sha256sum` writes it: the hash, then the name.
        return [word.lower() for word in stated] == [cache.stat_and_hash(path)[1]]
    except OSError:
        return False


def incomplete_uploads(
    files: Iterable[Path], cache: HashCache, stability_window: float
) -> set[Path]:
    """Return the files that may still be being uploaded, to be left for the next refresh.

    This waits once for the stability window, if a file was written to within it.

    Args:
        files: The files.
        cache: Spares reading those whose hash it has.
        stability_window: In seconds.
    """
    stats = {path: _stat_if_any(path) for path in files}
    since = time.time_ns() - stability_window * 1e9
    if any(
        stat and stat.newest_ns > since and not is_complete(path, cache, None)
        for path, stat in stats.items()
    ):
        time.sleep(stability_window)
    return {path for path, stat in stats.items() if not is_complete(path, cache, stat)}


def _sha256(path: Path) -> str:
    if path.is_dir():
        inner = "".join(f"{one.name}\x1f{_sha256(one)}\n" for one in files_in(path))
        return hashlib.sha256(inner.encode()).hexdigest()
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stat_if_any(path: Path) -> FileStat | None:
    try:
        return FileStat.of(path)
    except FileNotFoundError:
        return None


@dataclass(frozen=True)
class Arrivals:
    """Files in the landing folder that no refresh has read yet.

    Attributes:
        complete: Their hashes, by their names under landing.
        incomplete: Names of files that may still be being uploaded.
        stats: The stats of all new files, for the next scan.
    """

    complete: dict[str, str]
    incomplete: list[str]
    stats: dict[str, list[int]]

    @property
    def key(self) -> str:
        """The same for the same content, so that a refresh is requested once."""
        lines = "\n".join(f"{name} {content}" for name, content in sorted(self.complete.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


def find_arrivals(settings: Settings, before: Mapping[str, list[int]]) -> Arrivals:
    """Return the files that arrived since the last refresh scanned the landing folder.

    Args:
        settings: Names the data home.
        before: `Arrivals.stats` of the scan before this one, a stability window ago.
    """
    cache = HashCache(settings.landing, settings.landed)
    arrivals = Arrivals({}, [], {})
    periods = {
        name: [
            one
            for one in landed_periods(settings.landing, feed)
            if one in settings.periods(feed.period_kind)
        ]
        for name, feed in FEEDS.items()
    }
    for path in files_of(settings.landing, periods):
        name = str(path.relative_to(settings.landing))
        if name_problem(path.name):
            # The next refresh refuses it; its name stays out of Dagster.
            continue
        try:
            if cache.has(path):
                continue
            arrivals.stats[name] = list(astuple(FileStat.of(path)))
            earlier = FileStat(*before[name]) if name in before else None
            if is_complete(path, cache, earlier):
                arrivals.complete[name] = cache.stat_and_hash(path)[1]
            else:
                arrivals.incomplete.append(name)
        except OSError:
            continue
    return arrivals
