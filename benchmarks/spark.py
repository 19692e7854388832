"""The whole graph on Sail or Spark, chained by itself, against DuckDB's tables of the same home.

`python -m benchmarks.spark HOME FOLDER` builds in a DuckDB file and on Sail; `--remote local[2]` on
Spark, `--remote sc://host:15002` on a server of either, whose processors are not counted. A
relation is equal where all rows and columns are: texts and numbers exactly, doubles to nine digits,
lists in any order.
"""

import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import duckdb
import psutil
import typer

from pipelines.home.files import literal
from pipelines.release import dbt
from pipelines.settings import Settings
from pipelines.spark.build import BUILT, build
from pipelines.spark.session import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

DOUBLES = ("double", "float")
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
    settings = Settings(home=home)
    chosen = ("--select", *select.split()) if select else ()
    here = folder / "file"
    here.mkdir(parents=True)
    began = _processors()
    # The home's own build may be of other code.
    results = dbt.run(settings, "build", *BUILT, build=here, target=here)
    if error := dbt.failures(results):
        raise dbt.DbtError(error)
    typer.echo(f"DuckDB: {_processors() - began:.0f} s of processors")
    compared = compare(settings, here, folder, remote, *chosen)
    equal = sum(not apart for apart in compared.values())
    typer.echo(f"{equal} of {len(compared)} relations equal ({equal / len(compared):.1%})")


def compare(
    settings: Settings, here: Path, folder: Path, remote: str = "", *chosen: str
) -> dict[str, str]:
    """Build a home's models in a session; return how each relation differs from DuckDB's.

    Empty where it is equal. A model that could not be built has what the engine says.

    Args:
        settings: Names the data home.
        here: The folder of DuckDB's build.
        folder: A new folder, for the engine.
        remote: As `pipelines.spark.session.session` takes it.
        chosen: What dbt is to build; everything where there is nothing.
    """
    began = _processors()
    with session(folder, remote) as opened, duckdb.connect() as connection:
        files = {}
        for path in (here / path.name for path in settings.built):
            connection.execute(f"attach {literal(path)} as {path.stem} (read_only)")
        for file, schema, table in connection.execute(
            "select table_catalog, table_schema, table_name from information_schema.tables"
        ).fetchall():
            files[f"{schema}.{table}"] = f"{file}.{schema}.{table}"
        compared = {}
        results = build(settings, opened, folder, *chosen)
        typer.echo(f"{remote or 'Sail'}: {_processors() - began:.0f} s of processors")
        for result in results:
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


def _processors() -> float:
    """Return the processor seconds of this process, and of Spark's where it is a child."""
    own = psutil.Process()
    times = [one.cpu_times() for one in (own, *own.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _stored(opened: "SparkSession", name: str) -> Path:
    """Return the folder of a copy of a relation: a million rows are more than a message holds."""
    copied = name.split(".")[1]
    opened.sql("create schema if not exists copied")
    opened.sql(f"create table copied.{copied} using parquet as select * from {name}")
    [table] = opened.sql(f"show table extended in copied like '{copied}'").collect()
    [location] = re.findall(r"(?m)^Location: (?:file:)?(\S+)", table.information)
    return Path(location)


def difference(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> str:
    """Return how two relations differ, in a few words; empty where they are equal."""
    types, others = (
        dict(zip(map(str.lower, rows.columns), rows.types, strict=True))
        for rows in (connection.sql(f"from {relation} limit 0") for relation in (one, other))
    )
    if types.keys() != others.keys():
        return f"columns differ: {', '.join(sorted(types.keys() ^ others.keys()))}"
    # Doubles last, so that rows that differ in their last digits are sorted side by side.
    names = sorted(types, key=lambda name: types[name].id in DOUBLES)
    listed = ", ".join(f"{_comparable(name, types[name])} as {name}" for name in names)
    # By a hash, of doubles by their first ten digits: rows that differ there are compared as pairs.
    hashed = ", ".join(ROUNDED.format(n) if types[n].id in DOUBLES else n for n in names)
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
        if (count := len({str(row[place]) for row in left} ^ {str(row[place]) for row in right}))
    ]
    return f"{here} and {there} rows differ, values apart: {', '.join(columns[:6])}"


def _comparable(value: str, type_: Any, depth: int = 0) -> str:
    """Return an expression of what is compared: no engine's own text or width of a number."""
    kind = type_.id
    if kind in DOUBLES:
        return ROUNDED.format(value) if depth else f"{value}::double"
    if kind == "decimal":
        return f"{value}::decimal(38, 8)"
    if kind.endswith(("int", "integer")):
        return f"{value}::hugeint"
    if kind == "struct":
        fields = (
            f"'{field}': {_comparable(f'{value}.{field}', of, depth + 1)}"
            for field, of in type_.children
        )
        return f"{{{', '.join(fields)}}}"
    if kind == "list":
        item = f"item_{depth}"
        [(_, of)] = type_.children
        each = _comparable(item, of, depth + 1)
        return f"list_sort(list_transform({value}, lambda {item}: {each}))"
    return f"{value}::varchar"


def _place(row: tuple) -> list:
    """Return a key that puts rows beside those which differ from them in last digits alone."""
    exact = [(value is None, str(value)) for value in row if not isinstance(value, float)]
    return exact + [
        float(f"{value:.6g}") + 0.0 if abs(value) > 1e-9 else 0.0
        for value in row
        if isinstance(value, float)
    ]


def _close(one: object, other: object) -> bool:
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_close, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=SMALL) or one != one != other
    return one == other


if __name__ == "__main__":
    typer.run(main)
