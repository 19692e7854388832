"""The roll-up: counts of all shards added up, and the metrics built from them by the same models.

Lives here: tables of all shards as the one table that models read, and the models above them. Does
not: any model; loading a shard (`pipelines.lake.shards`).

A shard counts the people whose records it holds; `pipelines.lake.movers` has those of two shards.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import polars as pl

from pipelines.home import code_version
from pipelines.home.files import literal
from pipelines.lake import shards
from pipelines.lake.build import LAKE, write
from pipelines.lake.catalog import connect
from pipelines.lake.releases import LakeRelease, release
from pipelines.lake.shards import Rule, ShardError
from pipelines.release import dbt, metric_catalog
from pipelines.settings import Settings

# What is built above the tables of shards. Members, cohorts, collaboration and whatever needs lists
# of people stay with their shard.
BUILT = (
    "metric_value",
    "metric_equity",
    "metric_completeness",
    "metric_definition",
    "metric_unsupported",
    "funnel",
    "leadership_region",
    "leadership_state",
    "headline",
    "by_region",
    "by_group",
    "scff_success",
)
_WIDEST = {
    "int_feed__data_through": "feed, min(first_period) as first_period, "
    "max(last_period) as last_period, max(last_period_end_date) as last_period_end_date",
    "agg_as_of": "max(as_of_date) as as_of_date, bool_or(is_bridged) as is_bridged",
}
# Statistics of lists of amounts, where a roll-up has bins.
_OF_LISTS = ("statistics_match_reference_values",)
_WHOLE_NUMBERS = ("INT", "DECIMAL")
_AMOUNTS = "amounts_"
_PART = "cohort_year"


def roll_up(settings: Settings) -> LakeRelease:
    """Add up all shards, build and test the metrics, and make them the current release.

    Raises:
        ShardError: A shard has loaded nothing yet, was built by other code than this, or shards
            disagree about a place.
        DbtError: A model or test failed.
    """
    manifest = metric_catalog.manifest()
    within = settings.root / "lake"
    within.mkdir(parents=True, exist_ok=True, mode=0o700)
    with TemporaryDirectory(dir=within, prefix="roll_up.") as name:
        folder = Path(name)
        added_up = add_up(settings, folder, manifest)
        results = dbt.run(
            settings, "build", "--select", *sorted(models_above(manifest, added_up)),
            "--exclude", "resource_type:unit_test", *_OF_LISTS, "--indirect-selection", "cautious",
            "--vars", json.dumps({"is_roll_up": True}), build=folder,
        )  # fmt: skip
        if error := dbt.failures(results):
            raise dbt.DbtError(f"Nothing is released. {error}")
        write(settings, folder)
    return release(settings, code_version.release())


def add_up(settings: Settings, folder: Path, manifest: Mapping[str, Any]) -> set[str]:
    """Write what shards loaded, added up, into the files of a build; return the tables' names.

    Raises:
        ShardError: A shard has loaded nothing yet, was built by other code than this, or shards
            disagree about a place.
    """
    file_of = {node["name"]: node["database"] for node in manifest["nodes"].values()}
    with connect(settings, alias=LAKE) as lake:
        _check(shards.shards(lake))
        for path in settings.built:
            lake.execute(f"attach {literal(folder / path.name)} as {path.stem}")
        tables = list(shards.loaded_tables(lake))
        for schema, table, rule in tables:
            _add_up(lake, file_of[table], schema, table, rule)
        [(places, regions)] = lake.sql(
            "select count(*), count(distinct region_id) from build.marts.dim_place"
        ).fetchall()
        if places != regions:
            raise ShardError("Shards disagree about a place: see shard_marts.dim_place.")
        return {table for _, table, _ in tables}


def widest(settings: Settings, table: str) -> pl.DataFrame:
    """Return a table of spans or flags as all shards have it together."""
    with connect(settings, read_only=True, alias=LAKE) as lake:
        [spans] = [one for one in shards.loaded_tables(lake) if one[1] == table]
        return lake.sql(_sql(f"shard_{spans[0]}.{table}", table, spans[2], {})).pl()


def models_above(manifest: Mapping[str, Any], added_up: Iterable[str]) -> set[str]:
    """Return the names of seeds and models that a roll-up builds, given the tables that it has."""
    nodes = {
        node["name"]: [one.split(".")[-1] for one in node["depends_on"].get("nodes", [])]
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    names, to_read = set[str](), list(BUILT)
    while to_read:
        name = to_read.pop()
        if name not in names and name not in added_up:
            names.add(name)
            # A quantile is of a cohort's people, or here of the amounts that stand for them.
            to_read += [] if name.startswith("agg_quantiles_") else nodes[name]
    return names


def _check(registered: Iterable[shards.Shard]) -> None:
    loaded = list(registered)
    missing = [shard.name for shard in loaded if shard.loaded_at is None]
    if missing or not loaded:
        raise ShardError(f"Not loaded yet: {', '.join(missing) or 'any shard'}.")
    other = [one.name for one in loaded if one.code_version != code_version.build()]
    if other:
        raise ShardError(
            f"Built by other code than this: {', '.join(other)}. Refresh and load them again."
        )


def _add_up(
    lake: duckdb.DuckDBPyConnection, file: str, schema: str, table: str, rule: Rule
) -> None:
    columns = lake.execute(
        "select column_name, data_type from information_schema.columns where table_schema = ? "
        "and table_name = ? and column_name <> 'shard' order by ordinal_position",
        [f"shard_{schema}", table],
    ).fetchall()
    kinds, source, target = dict(columns), f"shard_{schema}.{table}", f"{file}.{schema}.{table}"
    lake.execute(f"create schema if not exists {file}.{schema}")
    lake.execute(f"create table {target} as {_sql(source, table, rule, kinds)} limit 0")
    # Lists are made in memory: a cohort year at a time.
    part = _PART if table.startswith(_AMOUNTS) else "true"
    for (value,) in lake.execute(f"select distinct {part} from {source} order by all").fetchall():
        of = f"(from {source} where {part} = {literal(value)})"
        lake.execute(f"insert into {target} {_sql(of, table, rule, kinds)}")


def _sql(source: str, table: str, rule: Rule, columns: Mapping[str, str]) -> str:
    rows = f"{source} inner join main.shard using (shard)"
    if rule is Rule.SAME:
        return f"select distinct {', '.join(columns)} from {rows} where weight > 0"
    if rule is Rule.WIDEST:
        return f"select {_WIDEST[table]} from {rows} where weight > 0 group by all"
    if table.startswith(_AMOUNTS):
        return f"""
            select * exclude (shard, weight, code_version, loaded_at, is_rounded, amounts),
                bool_or(is_rounded) as is_rounded,
                min(weight) = 1 and not bool_or(is_rounded) as is_of_one_each,
                flatten(list(list_transform(
                    amounts, lambda one: {{'amount': one.amount, 'n': one.n * weight}}
                ))) as amounts
            from {rows} group by all
        """
    counts = {n: kind for n, kind in columns.items() if any(w in kind for w in _WHOLE_NUMBERS)}
    keys = ", ".join(name for name in columns if name not in counts)
    sums = ", ".join(f"cast(sum({n} * weight) as {kind}) as {n}" for n, kind in counts.items())
    # Whoever was taken off leaves cells of nobody behind.
    somebody = " or ".join(f"sum({name} * weight) <> 0" for name in counts)
    return f"select {keys}, {sums} from {rows} group by {keys} having min(weight) = 1 or {somebody}"
