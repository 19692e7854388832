"""Looking for a key in every file of a folder, in the forms a program could leave it in."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

# Files in which a key may be.
KEY_FILES = {"token_key", "encoding_key"}


def forms(key: bytes) -> set[bytes]:
    """Return a key as it is, in hex and in base64, which begins at any of three places."""
    shifted = [base64.b64encode(b"x" * at + key)[4 if at else 0 : -4] for at in range(3)]
    urlsafe = [one.translate(bytes.maketrans(b"+/", b"-_")) for one in shifted]
    return {key, key.hex().encode(), key.hex().upper().encode(), *shifted, *urlsafe}


def leaks(root: Path, *keys: bytes) -> list[str]:
    """Return names of files that hold a key and may not, compressed tables included."""
    wanted = set().union(*map(forms, keys))
    return [
        str(path.relative_to(root))
        for path in sorted(root.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and path.name not in KEY_FILES
        and any(form in text for text in texts(path) for form in wanted)
    ]


def texts(path: Path) -> Iterator[bytes]:
    """Yield what a file holds, and the distinct texts of its columns if it is a table."""
    yield path.read_bytes()
    if path.suffix == ".parquet":
        try:
            frame = pl.read_parquet(path, hive_partitioning=False)
        except pl.exceptions.PolarsError:
            return
        for column in frame.select(pl.col(pl.String)).iter_columns():
            yield "\n".join(column.drop_nulls().unique()).encode()
    if path.suffix == ".duckdb":
        # A copy: the process that built the database may hold it open.
        with (
            TemporaryDirectory() as folder,
            duckdb.connect(shutil.copy(path, folder), read_only=True) as connection,
        ):
            columns = connection.execute(
                "select schema_name, table_name, column_name from duckdb_columns() "
                "inner join duckdb_tables() using (schema_name, table_name) "
                "where data_type = 'VARCHAR'"
            ).fetchall()
            for schema, table, column in columns:
                query = f'select string_agg(distinct "{column}", chr(10)) from {schema}."{table}"'
                [[text]] = connection.execute(query).fetchall()
                yield (text or "").encode()
