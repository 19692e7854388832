"""The files of a public release: CSV, Parquet, a DuckDB file, a data package, the certificate.

Lives here: writing tables as the manifest names them, what describes them, and checksums. Does not:
the rows (`metrics`), the comparison of a folder with the manifest (`contents`).
"""

import gzip
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.disclosure.manifest import PublicManifest, Table
from pipelines.home.files import literal
from pipelines.settings import PROJECT

# The oldest storage that has every feature used: any DuckDB client since 1.2 opens the file.
STORAGE_VERSION = "v1.2.0"
DATABASE, CERTIFICATE, CHECKSUMS = "public.duckdb", "certificate.json", "CHECKSUMS.sha256"
PAGES = PROJECT / "pipelines" / "disclosure" / "pages"
# Pages that come along as they are.
COPIED = {"README.md": PAGES / "README.md", "methods.md": PAGES / "methods.md",
          "LICENSE": PROJECT / "LICENSE"}  # fmt: skip
TYPES = {"string": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean}


def column_roles(manifest: PublicManifest) -> pl.DataFrame:
    """Return what each public column counts, a row for each."""
    rows = [
        (name, column, of.role, of.description)
        for name, table in manifest.tables.items()
        for column, of in table.columns.items()
    ]
    names = ["table_name", "column_name", "role", "description"]
    return pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row")


def as_listed(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the rows with the columns and types of the manifest, in the order of the key."""
    columns = [pl.col(name).cast(TYPES[of.type]) for name, of in table.columns.items()]
    return rows.select(columns).sort(table.key)


def write_files(
    folder: Path, manifest: PublicManifest, rows: dict[str, pl.DataFrame], facts: dict[str, Any]
) -> None:
    """Write the tables in every form, with what describes them.

    Args:
        folder: Empty, or not there yet.
        manifest: Names every table and column.
        rows: By table.
        facts: Of the certificate, without what the audit adds.
    """
    rows = rows | {"column_role": column_roles(manifest)}
    public = {name: as_listed(rows[name], table) for name, table in manifest.tables.items()}
    for form in ("csv", "parquet"):
        (folder / form).mkdir(parents=True)
    for name, table in public.items():
        table.write_parquet(folder / "parquet" / f"{name}.parquet", compression="zstd")
        # Without a time in it, a compressed file is the same on a second run.
        packed = gzip.compress(table.write_csv().encode(), mtime=0)
        (folder / "csv" / f"{name}.csv.gz").write_bytes(packed)
    _write_database(folder, manifest, public)
    for name, path in COPIED.items():
        shutil.copyfile(path, folder / name)
    _write_json(folder / "datapackage.json", _data_package(folder, manifest, facts["vintage"]))
    _write_json(folder / CERTIFICATE, facts)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def _write_database(
    folder: Path, manifest: PublicManifest, public: dict[str, pl.DataFrame]
) -> None:
    with duckdb.connect() as connection:
        path = literal(str(folder / DATABASE))
        connection.execute(f"attach {path} as file (storage_version '{STORAGE_VERSION}')")
        for name, rows in public.items():
            table = manifest.tables[name]
            connection.register("rows_of_table", rows.to_arrow())
            connection.execute(f"create table file.{name} as from rows_of_table")
            connection.execute(f"comment on table file.{name} is {literal(table.description)}")
            for column, of in table.columns.items():
                connection.execute(
                    f"comment on column file.{name}.{column} is {literal(of.description)}"
                )


def _data_package(folder: Path, manifest: PublicManifest, vintage: str) -> dict[str, Any]:
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "pathway-outcomes",
        "title": "Outcomes of career pathways",
        "version": vintage,
        "licenses": [{"name": "Apache-2.0", "path": "LICENSE"}],
        "resources": [
            _resource(folder / "csv" / f"{name}.csv.gz", name, table)
            for name, table in manifest.tables.items()
        ],
    }


def _resource(path: Path, name: str, table: Table) -> dict[str, Any]:
    fields = [
        {"name": column, "type": of.type, "description": of.description}
        for column, of in table.columns.items()
    ]
    return {
        "name": name.replace("_", "-"),
        "title": name,
        "description": table.description,
        "path": f"csv/{path.name}",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "compression": "gz",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256(path)}",
        "schema": {"fields": fields, "primaryKey": [*table.key], "missingValues": [""]},
    }


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def seal(folder: Path, audit: dict[str, Any]) -> None:
    """Write the audit and the hashes of data files into the certificate, then all checksums.

    The database differs by the order of its blocks; its tables are those of the Parquet files.
    """
    facts = json.loads((folder / CERTIFICATE).read_text())
    files = {str(path.relative_to(folder)): sha256(path) for path in sorted(folder.glob("*/*"))}
    _write_json(folder / CERTIFICATE, facts | {"audit": audit, "files": files})
    listed = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".duckdb")
    lines = [f"{sha256(path)}  {path.relative_to(folder)}\n" for path in listed]
    (folder / CHECKSUMS).write_text("".join(lines))
