"""The whole graph on Sail or Spark, chained by itself, against DuckDB's tables of the same home.

`python -m benchmarks.spark HOME FOLDER` builds on Sail; `--remote local[2]` on Spark, `--remote
sc://host:15002` on a server of either. A relation is equal where all rows and columns are: texts
and numbers exactly, doubles to nine digits, lists in any order.
"""

import math
import re
import resource
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer

from pipelines.home.files import literal
from pipelines.settings import Settings
from pipelines.spark.build import build
from pipelines.spark.session import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

DOUBLES = ("DOUBLE", "FLOAT")
SMALL = 1e-12
ROUNDED = f"""case
    when abs({{0}}) <= {SMALL} then 0.0
    when isfinite({{0}}) then round({{0}}, 9 - floor(log10(abs({{0}})))::int)
    else {{0}}
end"""
MOST_PAIRED = 50_000


def main(
    home: Path,
    folder: Path,
    remote: str = "",
    select: Annotated[str, typer.Option(help="Of dbt; everything where empty.")] = "",
) -> None:
    """Print each relation that differs or is not built, and how many are equal."""
    started = time.monotonic()
    compared = compare(Settings(home=home), folder, remote, select)
    equal = sum(not apart for apart in compared.values())
    used = resource.getrusage(resource.RUSAGE_SELF)
    typer.echo(
        f"{equal} of {len(compared)} relations equal ({equal / len(compared):.1%}); "
        f"{time.monotonic() - started:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processors, "
        f"{used.ru_maxrss / 1e6:.1f} GB at most"
    )


def compare(settings: Settings, folder: Path, remote: str = "", select: str = "") -> dict[str, str]:
    """Build a home's models in a session, and return by relation how it differs from the file's.

    Empty where it is equal. A model that could not be built has what the engine says.
    """
    chosen = ("--select", *select.split()) if select else ()
    with session(folder, remote) as opened, duckdb.connect() as connection:
        files = {}
        for path in settings.built:
            connection.execute(f"attach {literal(path)} as {path.stem} (read_only)")
        for file, schema, table in connection.execute(
            "select table_catalog, table_schema, table_name from information_schema.tables"
        ).fetchall():
            files[f"{schema}.{table}"] = f"{file}.{schema}.{table}"
        compared = {}
        for result in build(settings, opened, folder, *chosen):
            name = f"{result.node.schema}.{result.node.name}"
            if result.node.resource_type not in ("model", "seed"):
                continue
            if str(result.status) != "success":
                compared[name] = f"{result.status}: {' '.join((result.message or '').split())}"
                typer.echo(f"{name}: {compared[name]}")
                continue
            there = list(map(str, _stored(opened, name).glob("*.parquet")))
            if not there:
                # Sail writes no file of no rows.
                connection.register("empty", opened.table(name).toArrow())
            relation = f"read_parquet({there})" if there else "empty"
            connection.execute(f"create or replace temp view other as from {relation}")
            compared[name] = difference(connection, files[name], "other")
            if compared[name]:
                typer.echo(f"{name}: {compared[name]}")
    return compared


def _stored(opened: "SparkSession", name: str) -> Path:
    """Return the folder of a copy of a relation: a million rows are more than a message holds."""
    copied = name.split(".")[1]
    opened.sql("create schema if not exists compared")
    opened.sql(f"create table compared.{copied} using parquet as select * from {name}")
    [table] = opened.sql(f"show table extended in compared like '{copied}'").collect()
    [location] = re.findall(r"(?m)^Location: (?:file:)?(\S+)", table.information)
    return Path(location)


def difference(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> str:
    """Return how two relations differ, in a few words; empty where they are equal."""
    types, others = (
        {row[0].lower(): row[1] for row in connection.execute(f"describe {relation}").fetchall()}
        for relation in (one, other)
    )
    if types.keys() != others.keys():
        return f"columns differ: {', '.join(sorted(types.keys() ^ others.keys()))}"
    # Doubles last, so that rows that differ in their last digits are sorted side by side.
    names = sorted(types, key=lambda name: types[name] in DOUBLES)
    listed = ", ".join(f"{_comparable(name, types[name])} as {name}" for name in names)
    # By a hash, of doubles by their first ten digits: rows that differ there are compared as pairs.
    hashed = ", ".join(ROUNDED.format(n) if types[n] in DOUBLES else n for n in names)
    for side, relation in (("here", one), ("there", other)):
        connection.execute(
            f"create or replace temp table {side} as select *, hash({hashed}) as hashed "
            f"from (select {listed} from {relation})"
        )
    sides = []
    for mine, theirs in (("here", "there"), ("there", "here")):
        counts = "select hashed, count(*) from {} group by hashed"
        apart = f"{counts.format(mine)} except {counts.format(theirs)}"
        rows = f"from {mine} where hashed in (select hashed from ({apart}))"
        [n] = connection.execute(f"select count(*) {rows}").fetchone() or (0,)
        listed_rows = connection.execute(f"select * exclude (hashed) {rows} limit {MOST_PAIRED}")
        sides.append((n, listed_rows.fetchall()))
    (here, left), (there, right) = sides
    if here == there <= MOST_PAIRED and all(
        map(_close, *(sorted(s, key=_place) for s in (left, right)))
    ):
        return ""
    columns = [
        f"{name} ({count})"
        for place, name in enumerate(names)
        if (count := len({row[place] for row in left} ^ {row[place] for row in right}))
    ]
    return f"{here} and {there} rows differ, values apart: {', '.join(columns[:6])}"


def _comparable(name: str, type_: str) -> str:
    if type_ in DOUBLES:
        return f"{name}::double"
    if type_.startswith("DECIMAL"):
        return f"{name}::decimal(38, 8)"
    if type_.endswith(("INT", "INTEGER")):
        return f"{name}::hugeint"
    if type_.startswith("DOUBLE["):
        return f"list_sort(list_transform({name}, lambda one: round(one, 6)))::varchar"
    return f"list_sort({name})::varchar" if type_.endswith("[]") else f"{name}::varchar"


def _place(row: tuple) -> list:
    """Return a key that puts rows beside those which differ from them in last digits alone."""
    exact = [(value is None, str(value)) for value in row if not isinstance(value, float)]
    return exact + [
        float(f"{value:.6g}") + 0.0 if abs(value) > 1e-9 else 0.0
        for value in row
        if isinstance(value, float)
    ]


def _close(one: tuple, other: tuple) -> bool:
    return all(
        a == b
        or (
            isinstance(a, float)
            and isinstance(b, float)
            and (
                math.isclose(a, b, rel_tol=1e-9, abs_tol=SMALL) or (math.isnan(a) and math.isnan(b))
            )
        )
        for a, b in zip(one, other, strict=True)
    )


if __name__ == "__main__":
    typer.run(main)
