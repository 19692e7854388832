"""Whether a public folder holds what the manifest lists, and nothing else.

Lives here: comparing files, tables, columns, metrics and cuts with the manifest, and files with
their checksums. Does not: what can be worked out from numbers (`audit`).
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from pipelines.disclosure.manifest import PublicManifest
from pipelines.disclosure.tables.package import (
    CERTIFICATE,
    CHECKSUMS,
    COPIED,
    DATABASE,
    TYPES,
    as_listed,
    sha256,
)

CUT = ["attribution", "region_scheme", "student_group"]
METRIC = pl.concat_str("metric_id", "definition_version", separator="@")


def contents_findings(folder: Path, manifest: PublicManifest) -> list[str]:
    """Return a sentence for each thing in the folder that the manifest does not list, or lacks."""
    checks = (_files, _tables, _database, _checksums)
    findings = [finding for check in checks for finding in check(folder, manifest)]
    return findings or [*_cells(folder, manifest)]


def _expected(manifest: PublicManifest) -> set[str]:
    tables = [
        f"{form}/{name}.{ending}"
        for name in manifest.tables
        for form, ending in (("csv", "csv.gz"), ("parquet", "parquet"))
    ]
    return {*tables, *COPIED, DATABASE, CERTIFICATE, CHECKSUMS, "datapackage.json"}


def _files(folder: Path, manifest: PublicManifest) -> Iterator[str]:
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}
    expected = _expected(manifest)
    yield from (f"{name} is not in the manifest" for name in sorted(there - expected))
    yield from (f"{name} is missing" for name in sorted(expected - there))


def _tables(folder: Path, manifest: PublicManifest) -> Iterator[str]:
    for name, table in manifest.tables.items():
        path = folder / "parquet" / f"{name}.parquet"
        if not path.exists():
            continue
        rows = pl.read_parquet(path)
        expected = {column: TYPES[of.type] for column, of in table.columns.items()}
        if dict(rows.schema) != expected:
            names = sorted(set(rows.columns) ^ set(expected)) or ["types, or their order"]
            yield f"columns of {name} differ from the manifest: {', '.join(names)}"
        elif not as_listed(rows, table).equals(rows):
            yield f"rows of {name} are not in the order of their key"
        elif rows.select(table.key).is_duplicated().any():
            yield f"{name} has two rows of one key"


def _database(folder: Path, manifest: PublicManifest) -> Iterator[str]:
    """The database and the CSV files have the rows of the Parquet files."""
    if not (folder / DATABASE).exists():
        return
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
        there = connection.execute("select table_name from duckdb_tables()").fetchall()
        tables = {name for (name,) in there}
        yield from (f"{DATABASE} has {name}" for name in sorted(tables - manifest.tables.keys()))
        for name, table in manifest.tables.items():
            path = folder / "parquet" / f"{name}.parquet"
            if name not in tables or not path.exists():
                yield f"{name} is not in {DATABASE}, or has no Parquet file"
                continue
            order = ", ".join(table.key)
            rows = connection.execute(f"select * from {name} order by {order}").pl()
            if not rows.equals(pl.read_parquet(path)):
                yield f"{name} of {DATABASE} differs from its Parquet file"


def _checksums(folder: Path, manifest: PublicManifest) -> Iterator[str]:
    if not (folder / CHECKSUMS).exists():
        return
    listed = dict(
        line.split("  ", 1)[::-1] for line in (folder / CHECKSUMS).read_text().splitlines()
    )
    for name in sorted(_expected(manifest) - {DATABASE, CHECKSUMS}):
        if (folder / name).exists() and listed.get(name) != sha256(folder / name):
            yield f"{name} is not the file of {CHECKSUMS}"


def _cells(folder: Path, manifest: PublicManifest) -> Iterator[str]:
    """Metrics, regions and groups are those of the manifest."""
    values = pl.read_parquet(folder / "parquet" / "metric_value.parquet")
    used = values.select(METRIC).unique()
    yield from (
        f"{name} is not a public metric"
        for name in sorted(set(used.to_series()) - manifest.metric_keys)
    )
    cuts = set(values.select(METRIC.alias("metric"), *CUT).unique().iter_rows())
    public = {
        (name, attribution, scheme, group)
        for name in manifest.cohorts
        for cut in manifest.cuts_of(name)
        for attribution in cut.attributions
        for scheme in cut.schemes
        for group in cut.groups
    }
    yield from (
        f"{' x '.join(cut)} is not a public cut"
        for cut in sorted(cuts - public)
        if cut[0] in manifest.cohorts
    )
