"""One home against several shards of the same people in a lake: figures, processors, bytes.

`python -m benchmarks.shards HOME FOLDER --shards 4` splits the people of a refreshed home by
county, with its crosswalk, into as many homes; builds each; loads all into a lake; rolls up; and
compares every table of the roll-up with the home's. Models alone: tests of a home hold deliveries
against its ledger, which is not split. With `--own-linkage` a shard has the records of some
districts and colleges, wages go where their person's number is, and each links for itself.
"""

import argparse
import resource
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path

import duckdb
import polars as pl
import typer

from pipelines.home.files import literal
from pipelines.lake import roll_up, shards
from pipelines.lake.catalog import ALIAS, catalog, connect, data_path
from pipelines.lake.movers import load_movers
from pipelines.linkage.run import refresh_crosswalk
from pipelines.release import build_plan, dbt
from pipelines.settings import DBT_PROJECT, Settings
from schemas import ACCEPTED_FEEDS

_KEY = "source_person_key"
COUNTIES = DBT_PROJECT / "seeds" / "county_region.csv"
CELL = (
    "metric_id, definition_version, cohort_year, attribution, region_id, dimension, "
    "dimension_value, student_group, student_group_value"
)
VIEWS = tuple(f"metrics.{table}" for table in ("metric_value", "metric_equity", "by_group"))


def split(home: Path, folder: Path, names: list[str], every: int = 0) -> int:
    """Write a data home for each name, of the people of some counties, each ready to build.

    Args:
        home: A refreshed home.
        folder: Where the homes go.
        names: Their names.
        every: Of whom a token can join, each so many-th person has moved: the wages are in the next
            shard, under another person id. Nobody where 0.

    Returns:
        How many have moved.
    """
    crosswalk = pl.read_parquet(home / "identity" / "person_crosswalk.parquet")
    tokens = _tokens(home, crosswalk)
    # Two people of one number, whom linkage keeps apart, are in one shard: no token joins them.
    first = tokens.group_by("person_id").agg(pl.col("first").min())
    crosswalk = (
        crosswalk.join(first, on="person_id", how="left", maintain_order="left")
        .with_columns(first=pl.coalesce("first", "person_id"))
        .join(
            _shard_of_people(home, crosswalk, len(names)),
            left_on="first",
            right_on="person_id",
            how="left",
            maintain_order="left",
        )
    )
    # Whoever has wages alone is in no cohort.
    shard = pl.col("shard").fill_null(pl.col("first").hash(seed=0) % len(names))
    moves = pl.col("person_id").is_in(_movable(tokens).implode()) & (
        (pl.col("person_id").hash(seed=1) % max(every, 1) == 0) & (pl.col("source") == "wage")
        if every
        else pl.lit(value=False)
    )
    other_id = "P" + pl.col("person_id").str.slice(1).str.reverse()
    crosswalk = crosswalk.with_columns(
        shard=pl.when(moves).then((shard + 1) % len(names)).otherwise(shard),
        person_id=pl.when(moves).then(other_id).otherwise("person_id"),
        moved=moves,
    )
    for number, name in enumerate(names):
        own = crosswalk.filter(pl.col("shard") == number).drop("shard", "moved", "first")
        _write(home, folder / name, lambda feed, own=own: _is_key_of(own, feed))
        own.write_parquet(folder / name / "identity" / "person_crosswalk.parquet")
    return crosswalk.filter("moved")["person_id"].n_unique()


def split_by_submitter(home: Path, folder: Path, names: list[str]) -> None:
    """Write a data home for each name, of some counties' districts and colleges; no crosswalk."""
    crosswalk = pl.read_parquet(home / "identity" / "person_crosswalk.parquet")
    shard_of = _shard_of_submitters(home, len(names))
    tokens = _tokens(home, crosswalk).filter(pl.col("source") != "wage")
    numbered = (
        tokens.group_by("person_id").agg(pl.col("submitter").min()).join(shard_of, "submitter")
    )
    wages = (
        crosswalk.filter(pl.col("source") == "wage")
        .join(numbered, on="person_id", how="left")
        .with_columns(pl.col("shard").fill_null(pl.col("person_id").hash(seed=0) % len(names)))
    )
    for number, name in enumerate(names):
        of_wages = _is_key_of(wages.filter(pl.col("shard") == number), "wage")
        submitters = shard_of.filter(pl.col("shard") == number)["submitter"]
        elsewhere = ~pl.col("submitter").is_in(shard_of["submitter"].implode())
        of_submitters = pl.col("submitter").is_in(submitters.implode()) | (
            elsewhere & (pl.col("submitter").hash(seed=0) % len(names) == number)
        )
        _write(
            home,
            folder / name,
            lambda feed, one=of_submitters, own=of_wages: own if feed == "wage" else one,
        )


def _shard_of_submitters(home: Path, count: int) -> pl.DataFrame:
    """Return submitter and shard: counties by macroregion, cut where people are equally many."""
    submitter = (
        pl.concat(_records(home, feed) for feed in ("k12_enrollment", "college_enrollment"))
        .group_by("submitter")
        .agg(people=pl.col(_KEY).n_unique())
    )
    institution = (
        pl.scan_parquet(sorted((home / "accepted" / "institution").glob("*.parquet")))
        .select(pl.col("institution_id").alias("submitter"), "county_fips")
        .unique("submitter", keep="last", maintain_order=True)
        .collect()
    )
    macroregion = pl.read_csv(COUNTIES, infer_schema=False).filter(scheme="macroregion")
    placed = submitter.join(institution, on="submitter").join(macroregion, on="county_fips")
    county = (
        placed.group_by("region", "county_fips")
        .agg(pl.col("people").sum())
        .sort("region", "county_fips")
        .with_columns(middle=pl.col("people").cum_sum() - pl.col("people") / 2)
        .with_columns(shard=(pl.col("middle") * count // pl.col("people").sum()).cast(int))
    )
    return placed.join(county, on="county_fips").select("submitter", "shard")


def _shard_of_people(home: Path, crosswalk: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return person and shard: of the district, or of the college of whoever has none."""
    order = {"k12_enrollment": 0, "college_enrollment": 1}
    records = pl.concat(
        _records(home, feed).with_columns(source=pl.lit(feed), order=pl.lit(number))
        for feed, number in order.items()
    )
    return (
        records.join(crosswalk, on=["source", _KEY])
        .join(_shard_of_submitters(home, count), on="submitter")
        .sort("order", "submitter")
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", "shard")
    )


def _records(home: Path, feed: str) -> pl.DataFrame:
    files = sorted((home / "identity" / feed).glob("*.parquet"))
    return pl.scan_parquet(files).select("submitter", _KEY).collect()


def _is_key_of(crosswalk: pl.DataFrame, feed: str) -> pl.Expr:
    return pl.col(_KEY).is_in(crosswalk.filter(pl.col("source") == feed)[_KEY].implode())


def _tokens(home: Path, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Return tokens of numbers with feed, submitter and person, and the first person of each."""
    feeds = {"wage", "college_enrollment", "dual_enrollment", "credential"}
    tokens = pl.concat(
        pl.scan_parquet(sorted((home / "identity" / feed).glob("*.parquet")))
        .select(pl.lit(feed).alias("source"), _KEY, "ssn_token", "submitter")
        .drop_nulls()
        .collect()
        for feed in sorted(feeds)
    ).join(crosswalk, on=["source", _KEY])
    return tokens.with_columns(first=pl.col("person_id").min().over("ssn_token"))


def _movable(tokens: pl.DataFrame) -> pl.Series:
    """Return people whose one number is on wages and on other records, and is nobody else's."""
    alone = tokens.filter(
        pl.col("person_id").n_unique().over("ssn_token") == 1,
        pl.col("ssn_token").n_unique().over("person_id") == 1,
    )
    sources = alone.group_by("person_id").agg(pl.col("source").unique())
    has_both = pl.col("source").list.contains("wage") & (pl.col("source").list.len() > 1)
    return sources.filter(has_both)["person_id"]


def _write(home: Path, target: Path, chosen: Callable[[str], pl.Expr]) -> None:
    """Write a home of the chosen records: all there is but its landing and its crosswalk."""
    (target / "identity").mkdir(parents=True)
    for file in (home / "identity").glob("*.parquet"):
        shutil.copy(file, target / "identity")
    (target / "identity" / "person_crosswalk.parquet").unlink()
    for folder in ("ledger", "voice", "analyses"):
        shutil.copytree(home / folder, target / folder)
    for file in home.glob("token_key*"):
        shutil.copy(file, target)
    for feed, kind in product(ACCEPTED_FEEDS, ("accepted", "identity")):
        for file in sorted((home / kind / feed).glob("*.parquet")):
            rows = pl.read_parquet(file, hive_partitioning=False)
            if _KEY in rows.columns:
                rows = rows.filter(chosen(feed))
            path = target / kind / feed / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            rows.write_parquet(path)


def link(home: Path) -> None:
    """Link the records of a home, as if there were no other."""
    for file in (home / "identity").glob("*.parquet"):
        file.unlink()
    refresh_crosswalk(Settings(home=home), full=True, part=True)


def build(home: Path) -> None:
    """Build all models of a home, and record that as a whole build."""
    settings = Settings(home=home)
    build_plan.begin(settings, anew=True)
    results = dbt.run(settings, "build", "--exclude-resource-type", "test", "unit_test")
    if error := dbt.failures(results):
        raise dbt.DbtError(error)
    build_plan.finish(settings, build_plan.Built(build_plan.inputs(settings), {}, {}))


def differences(
    lake: Settings, home: Path, views: Iterable[str] = ()
) -> Iterator[tuple[str, int, int]]:
    """Yield each table of both with its rows, and how many rows one side has and the other not.

    Args:
        lake: Names the lake, with a roll-up.
        home: The data home of the same people.
        views: Names of views that are compared as well: the same SQL over these tables.
    """
    with connect(lake, read_only=True) as connection:
        for file in ("build", "unreleased"):
            path = literal(home / f"{file}.duckdb")
            connection.execute(f"attach {path} as home_{file} (read_only)")
        tables = connection.sql(
            "select home.database_name, format('{}.{}', schema_name, table_name) "
            "from duckdb_tables() as home semi join "
            f"(from duckdb_tables() where database_name = '{ALIAS}') as rolled_up "
            "using (schema_name, table_name) where starts_with(database_name, 'home_') order by all"
        ).fetchall()
        for file, table in (*tables, *(("home_build", view) for view in views)):
            columns = ", ".join(connection.sql(f"from {ALIAS}.{table} limit 0").columns)
            if table == "metrics.metric_definition":
                columns = columns.replace(", caveats", "")
            (rows, one), (_, other) = (
                connection.sql(
                    f"select count(*), sum(hash({columns})::hugeint) from {side}.{table}"
                ).fetchall()[0]
                for side in (ALIAS, file)
            )
            apart = 0 if one == other else _rows_apart(connection, file, table, columns)
            yield table, rows, apart


def _rows_apart(connection: duckdb.DuckDBPyConnection, file: str, table: str, columns: str) -> int:
    sides = " union all ".join(
        f"select hash({columns}) as row_hash, {sign} as sign from {side}.{table}"
        for side, sign in ((ALIAS, 1), (file, -1))
    )
    [(apart,)] = connection.sql(
        "select sum(abs(surplus))::bigint from "
        f"(select sum(sign) as surplus from ({sides}) group by row_hash)"
    ).fetchall()
    return apart


def shifts(lake: Settings, home: Path) -> Iterator[tuple[object, ...]]:
    """Yield by kind of region how values of eleven people or more differ from the home's.

    Each has the kind, how many values the home has, of how many the roll-up has another one or
    none, and of rates of both the median, 95th percentile and largest distance, in points of 100.
    """
    with connect(lake, read_only=True) as connection:
        connection.execute(f"attach {literal(home / 'build.duckdb')} as home (read_only)")
        # Views over all counts: each is written down once.
        for file, name in ((ALIAS, "rolled_up"), ("home", "alone")):
            connection.execute(
                f"create temp table {name} as select hash({CELL}) as cell, region_scheme, unit, "
                f"value from {file}.metrics.metric_value where n_cohort >= 11 and value is not null"
            )
        distance = "100 * abs(o.value - h.value)"
        yield from connection.sql(
            f"""
            select h.region_scheme, count(*), count(*) filter (o.value is distinct from h.value),
                {
                ", ".join(
                    f"round(quantile_cont({distance}, {q}) filter (h.unit = 'rate'), 2)"
                    for q in (0.5, 0.95, 1)
                )
            }
            from temp.alone as h left join temp.rolled_up as o using (cell)
            group by all order by all
            """
        ).fetchall()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run the comparison; print what differs, and processor seconds of each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="A refreshed home; only read.")
    parser.add_argument("folder", type=Path, help="A new folder for the shards and the lake.")
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument(
        "--movers", type=int, default=0, help="Each so many-th who can be joined has moved."
    )
    parser.add_argument("--own-linkage", action="store_true")
    parser.add_argument("--views", action="store_true", help="Compare views of all cells as well.")
    arguments = parser.parse_args()
    names = [f"shard_{number}" for number in range(arguments.shards)]
    lake = Settings(home=arguments.folder / "hub")
    where = {"lake": catalog(lake), "lake_data": data_path(lake)}
    took: Counter[str] = Counter()

    def timed(part: str, work: Callable[[], object]) -> None:
        before = _cpu()
        work()
        took[part] += round(_cpu() - before)

    split(arguments.home, arguments.folder, ["whole"])
    moved = 0
    if arguments.own_linkage:
        split_by_submitter(arguments.home, arguments.folder, names)
        # The bridge of a licence agency is a state's: none of them has it.
        link(arguments.folder / "whole")
    else:
        moved = split(arguments.home, arguments.folder, names, arguments.movers)
    timed("one home", lambda: build(arguments.folder / "whole"))
    for name in names:
        own = Settings(home=arguments.folder / name, **where)
        shards.add_shard(lake, name)
        if arguments.own_linkage:
            timed("linkage", lambda own=own: link(own.root))
        timed("shards", lambda own=own: build(own.root))
        timed("loading", lambda own=own, name=name: shards.load(own, name))
    if arguments.movers:
        agreed = lake.model_copy(update=where | {"movers_agreement": "of a benchmark"})
        homes = {name: Settings(home=arguments.folder / name) for name in names}
        timed("movers", lambda: load_movers(agreed, homes))
        typer.echo(f"{moved} people have moved")
    timed("roll-up", lambda: roll_up.roll_up(lake))
    files = list(data_path(lake).rglob("*.parquet"))
    size = sum(path.stat().st_size for path in files) / 1e6
    typer.echo(f"lake: {size:.0f} MB in {len(files)} files; processor seconds: {dict(took)}")
    views = VIEWS if arguments.views else ()
    for table, rows, apart in differences(lake, arguments.folder / "whole", views):
        typer.echo(f"{table:32} {rows:>12,} rows {apart:>8,} differ")
    if arguments.own_linkage:
        typer.echo("kind of region, values, others; distance of rates: median, 95th, largest")
        for shift in shifts(lake, arguments.folder / "whole"):
            typer.echo(shift)


if __name__ == "__main__":
    main()
