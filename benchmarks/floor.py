"""What the work of a refresh takes at least: one DuckDB script that reads, types, joins and counts.

Lives here: the script and its seconds of processors. Does not: a refresh (`benchmarks.scale`).

It takes every landed CSV file as text with its hash and row numbers, casts by the contract, puts
rows that do not cast apart, hashes person keys, writes Parquet by feed and period, joins persons
and copies its file. It gives no reasons, reports to nobody, tests nothing. Linkage and counts are
the product's own, without what is around them: every identity linked anew, and the SQL of
the counts as dbt compiled it.
"""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from pipelines.home.files import literal
from pipelines.linkage.run import refresh_crosswalk
from pipelines.release.build_files.compiled import compiled
from pipelines.release.build_files.opened import opened
from pipelines.settings import Settings
from schemas import FEEDS, Feed

_TYPES = {
    pl.String: "varchar", pl.Int64: "bigint", pl.Int32: "integer", pl.Float64: "double",
    pl.Boolean: "boolean", pl.Date: "date",
}  # fmt: skip


def floor(home: Path) -> dict[str, float]:
    """Return seconds of processors by what was done with a refreshed home, which stays as it is."""
    with tempfile.TemporaryDirectory(prefix="pathways-floor-") as name:
        folder = Path(name)
        return {
            "files typed, joined with persons": _seconds(_read, home, folder),
            "every identity linked": _seconds(_link, home, folder),
            "all cells counted": _seconds(_count, home, folder),
        }


def _seconds(work: Callable[[Path, Path], None], home: Path, folder: Path) -> float:
    start = time.process_time()
    work(home, folder)
    return time.process_time() - start


def _read(home: Path, folder: Path) -> None:
    database = folder / "floor.duckdb"
    with duckdb.connect(str(database)) as connection:
        for feed in FEEDS.values():
            if files := sorted((home / "landing" / feed.name).glob("*/*.csv")):
                _read_feed(connection, feed, [str(file) for file in files], folder)
    shutil.copyfile(database, folder / "copy.duckdb")


def _read_feed(
    connection: duckdb.DuckDBPyConnection, feed: Feed, files: list[str], folder: Path
) -> None:
    names = list(feed.dtypes)
    cast = ", ".join(
        f'try_cast("{name}" as {_TYPES.get(dtype.base_type(), "varchar")}) as "{name}"'
        for name, dtype in feed.dtypes.items()
    )
    failed = " or ".join(f'(text."{name}" is null) <> (typed."{name}" is null)' for name in names)
    person = ", ".join(f'"{name}"' for name in feed.person_key) or "row_number"
    columns = "{" + ", ".join(f"{literal(name)}: 'varchar'" for name in names) + "}"
    connection.execute(
        f"""
        create or replace temp table file as
            select filename, sha256(content) as sha256 from read_blob({files});
        create or replace temp table text as
            select *, row_number() over () as row_number,
                sha256(concat_ws('|', {person})) as person_key
            from read_csv({files}, columns = {columns}, header = true, filename = true,
                auto_detect = false, delim = ',', quote = '"', strict_mode = false,
                null_padding = true, ignore_errors = true);
        create or replace temp table typed as
            select {cast}, row_number, person_key, sha256, split_part(filename, '/', -2) as period
            from text inner join file using (filename);
        create or replace temp table person as
            select person_key, row_number() over () as person_id
            from (select distinct person_key from typed);
        create table "{feed.name}_rejected" as
            select text.* from text inner join typed using (row_number) where {failed};
        create table "{feed.name}" as select * from typed inner join person using (person_key);
        copy "{feed.name}" to {literal(folder / feed.name)} (format parquet, partition_by (period))
        """
    )


def _link(home: Path, folder: Path) -> None:
    settings = Settings(home=folder / "linked")
    shutil.copytree(home / "identity", settings.identity)
    shutil.copy(home / "token_key", settings.root)
    refresh_crosswalk(settings, full=True)


def _count(home: Path, folder: Path) -> None:
    built = Settings(home=folder / "counted")
    built.root.mkdir()
    nodes = compiled(Settings(home=home))
    for path in Settings(home=home).built:
        shutil.copyfile(path, built.root / path.name)
    with opened(built) as build:
        for number, node in enumerate(node for node in nodes.values() if node.adds_up):
            build.execute(f"create temp table counted_{number} as {node.sql}")
