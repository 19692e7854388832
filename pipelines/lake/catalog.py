"""Opening a lake: its catalog, the folder of its files, and DuckDB's extensions.

Lives here: where a lake is, connections to it, transactions that are tried again. Does not: what
the lake holds (the modules beside).

Nothing is fetched: the extensions are packages of the extra `scale`, of DuckDB's own version.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import duckdb

from pipelines.errors import UserError
from pipelines.home.files import literal
from pipelines.release.build_files.opened import memory_limit
from pipelines.settings import Settings

# The name of the file that dbt builds and of a release, and here: a query reads any of them.
ALIAS = "build"
_EXTENSIONS = ("ducklake", "sqlite_scanner", "postgres_scanner")
# Two writers of one row, or of a SQLite catalog: the later one begins its transaction again.
_TRIES, _LONGEST_WAIT_SECONDS = 20, 2.0
_CONFLICTS = ("conflict", "database is locked", "Deadlock", "could not serialize")
_Result = TypeVar("_Result")


class LakeError(UserError):
    """There is no lake, no build for it, or what it needs is not installed."""


def catalog(settings: Settings) -> str:
    """Return the catalog as DuckLake names it: `sqlite:<file>` or `postgres:<libpq string>`."""
    return settings.lake or f"sqlite:{settings.root / 'lake' / 'catalog.sqlite'}"


def data_path(settings: Settings) -> Path:
    """Return the folder of the lake's Parquet files."""
    return settings.lake_data or settings.root / "lake" / "data"


def extension_directory(settings: Settings) -> Path:
    """Return a folder in which DuckDB finds the installed extensions, as links to their packages.

    Raises:
        LakeError: A package is missing, or is of another version of DuckDB.
    """
    with duckdb.connect() as connection:
        [platform] = connection.sql("pragma platform").fetchall()[0]
    version = f"v{duckdb.__version__}"
    folder = settings.root / "lake" / "extensions"
    links = folder / version / platform
    links.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in _EXTENSIONS:
        package = find_spec(f"duckdb_extension_{name}")
        file = f"{name}.duckdb_extension"
        path = (
            Path(package.origin or "").parent / "extensions" / version / file if package else None
        )
        if path is None or not path.exists():
            raise LakeError(
                f"A lake needs DuckDB's extension {name} for {version}. Run: "
                "pip install --require-hashes --no-deps --requirement requirements-scale.lock"
            )
        partial = links / f"{file}.{random.getrandbits(32):x}"
        partial.symlink_to(path)
        partial.replace(links / file)
    return folder


def _is_file(settings: Settings) -> bool:
    return catalog(settings).startswith("sqlite:")


def attach_sql(
    settings: Settings, read_only: bool = False, snapshot: int | None = None, alias: str = ALIAS
) -> str:
    """Return the SQL that attaches the lake: as `connect`, whose arguments it has."""
    options = ["read_only"] if read_only or snapshot is not None else []
    options += [f"snapshot_version {snapshot}"] if snapshot is not None else []
    if not options:
        options = [f"data_path {literal(f'{data_path(settings)}/')}"]
    if _is_file(settings):
        # Readers and the writer do not wait for one another; writers do for each other.
        options += ["meta_journal_mode 'WAL'", "meta_busy_timeout 5000"]
    where = literal(f"ducklake:{catalog(settings)}")
    return f"attach {where} as {alias} ({', '.join(options)})"


@contextmanager
def connect(
    settings: Settings, read_only: bool = False, snapshot: int | None = None, alias: str = ALIAS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection whose default catalog is the lake.

    Args:
        settings: Names the lake.
        read_only: Whether to leave it as it is; one that is written to is made if it is missing.
        snapshot: The snapshot to read; the newest where None.
        alias: The name of the catalog: another one where a home's file is attached beside it.

    Raises:
        LakeError: It cannot be opened.
    """
    if not read_only and snapshot is None:
        data_path(settings).mkdir(parents=True, exist_ok=True, mode=0o700)
    attach = attach_sql(settings, read_only, snapshot, alias)
    with duckdb.connect(
        config={
            "extension_directory": str(extension_directory(settings)),
            "temp_directory": str(settings.root / "lake" / "tmp"),
            "memory_limit": memory_limit(),
        }
    ) as connection:
        for name in _EXTENSIONS:
            connection.load_extension(name)
        connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'")
        try:
            retried(lambda: connection.execute(attach))
        except duckdb.Error as error:
            raise LakeError(f"The lake cannot be opened: {str(error).splitlines()[0]}") from None
        connection.execute(f"use {alias}")
        yield connection


def in_transaction(connection: duckdb.DuckDBPyConnection, work: Callable[[], _Result]) -> _Result:
    """Return what `work` returns, all of it committed or nothing; again where writers conflict."""

    def once() -> _Result:
        connection.execute("begin")
        try:
            result = work()
            connection.execute("commit")
        except BaseException:
            # A commit that failed has ended its transaction.
            with suppress(duckdb.Error):
                connection.execute("rollback")
            raise
        return result

    return retried(once)


def retried(work: Callable[[], _Result]) -> _Result:
    """Return what `work` returns, begun again for as long as another writer is in its way."""
    for tried in range(1, _TRIES + 1):
        try:
            return work()
        except duckdb.Error as error:
            if tried == _TRIES or not any(words in str(error) for words in _CONFLICTS):
                raise
            longest = min(_LONGEST_WAIT_SECONDS, 0.05 * 2**tried)
            time.sleep(random.uniform(0, longest))  # noqa: S311
    raise AssertionError("unreachable")
