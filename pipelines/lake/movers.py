"""People with records in several shards: counted once, where an agreement says that they may be.

Lives here: who they are, by the token of their number alone, and two small homes of their records.
Does not: names. Nobody is joined across shards by anything but an equal number.

What a person adds to a count depends on that person's records alone. So movers are counted apart,
as each shard has counted them, and taken off; and together, as one person, and added.
"""

from collections.abc import Mapping

import duckdb
import polars as pl

from pipelines.errors import UserError
from pipelines.home.files import write_parquet
from pipelines.lake import shards
from pipelines.lake.catalog import catalog, data_path
from pipelines.lake.roll_up import widest
from pipelines.release import build_plan, dbt
from pipelines.settings import Settings
from pipelines.token_key import MARK
from schemas import ACCEPTED_FEEDS

_FEEDS_OF_PEOPLE = [name for name, feed in ACCEPTED_FEEDS.items() if feed.person_key]
_THROUGH = "int_feed__data_through"
# A key of two shards is one hash: movers counted apart need two.
_KEY = "source_person_key"


class MoversError(UserError):
    """People may not, or cannot, be joined across shards."""


def load_movers(hub: Settings, homes: Mapping[str, Settings]) -> int:
    """Load movers as two shards, `movers_apart` to take off and `movers_together` to add.

    Args:
        hub: Names the lake, and the home under which the two small homes are made.
        homes: The data home of each shard, each loaded before.

    Returns:
        The number of people with records in several shards.

    Raises:
        MoversError: No agreement is named, or homes have other token keys.
    """
    if not hub.movers_agreement.strip():
        raise MoversError(
            "No agreement says that people may be joined across shards. "
            "Name it: PATHWAYS_MOVERS_AGREEMENT"
        )
    marks = {(home.root / MARK).read_text() for home in homes.values()}
    if len(marks) > 1:
        raise MoversError(
            "The homes have different token keys, so their tokens cannot be compared. "
            "An agreement gives them one key: pathways keys rotate"
        )
    crosswalks = {name: pl.read_parquet(home.crosswalk) for name, home in homes.items()}
    people_moved = movers(
        pl.concat(
            _tokens(home, crosswalks[name]).with_columns(shard=pl.lit(name))
            for name, home in homes.items()
        )
    )
    for name, weight, person in (
        ("movers_apart", -1, ["shard", "person_id"]),
        ("movers_together", 1, ["mover"]),
    ):
        home = Settings(home=hub.root / name, lake=catalog(hub), lake_data=data_path(hub))
        _write(home, homes, crosswalks, people_moved, person)
        _build(home, hub)
        shards.add_shard(hub, name, weight)
        shards.load(home, name)
    return people_moved["mover"].n_unique()


def movers(tokens: pl.DataFrame) -> pl.DataFrame:
    """Return who is one person in several shards: `shard`, `person_id` and a number, `mover`.

    A token of two people of one shard says nothing, and neither do tokens that would make two
    people of one shard the same.

    Args:
        tokens: `shard`, `person_id` and `ssn_token`.
    """
    one_each = tokens.unique().filter(pl.len().over("shard", "ssn_token") == 1)
    shared = one_each.filter(pl.len().over("ssn_token") > 1)
    people = shared.select("shard", "person_id").unique().sort("shard", "person_id")
    # People who share a token get the lowest number among them, until no number changes.
    edges = shared.join(people.with_row_index("mover"), on=["shard", "person_id"])
    while True:
        least = edges.with_columns(pl.col("mover").min().over("ssn_token"))
        least = least.with_columns(pl.col("mover").min().over("shard", "person_id"))
        if least["mover"].equals(edges["mover"]):
            break
        edges = least
    numbered = edges.select("shard", "person_id", "mover").unique().sort("mover", "shard")
    return numbered.filter((pl.len().over("mover", "shard") == 1).all().over("mover"))


def _tokens(home: Settings, crosswalk: pl.DataFrame) -> pl.DataFrame:
    known = [
        pl.scan_parquet(sorted((home.identity / feed).glob("*.parquet")), extra_columns="ignore")
        .filter(pl.col("ssn_token").is_not_null())
        .select(pl.lit(feed).alias("source"), _KEY, "ssn_token")
        for feed in _FEEDS_OF_PEOPLE
        if "ssn" in ACCEPTED_FEEDS[feed].identifying and any((home.identity / feed).glob("*"))
    ]
    rows = pl.concat(known).collect().join(crosswalk, on=["source", _KEY])
    return rows.select("person_id", "ssn_token").unique()


def _write(
    home: Settings,
    homes: Mapping[str, Settings],
    crosswalks: Mapping[str, pl.DataFrame],
    people_moved: pl.DataFrame,
    person: list[str],
) -> None:
    """Write accepted rows and crosswalk of movers, each a person by the columns of `person`."""
    person_id = pl.lit("P") + pl.concat_str(person, separator="|").hash(seed=1).cast(pl.String)
    crosswalk = pl.concat(
        crosswalks[name]
        .join(people_moved.filter(pl.col("shard") == name), on="person_id")
        .with_columns(person_id.alias("person_id"), _in(name))
        .select(crosswalks[name].columns)
        for name in homes
    )
    write_parquet(crosswalk, home.crosswalk)
    for feed in ACCEPTED_FEEDS:
        rows = [
            pl.read_parquet(
                sorted(one.accepted.glob(f"{feed}/*.parquet")), hive_partitioning=False
            ).with_columns(_in(name) if feed in _FEEDS_OF_PEOPLE else [])
            for name, one in homes.items()
        ]
        # Shards of one state have the same registry.
        together = pl.concat(rows, how="diagonal").unique("record_id", maintain_order=True)
        if feed in _FEEDS_OF_PEOPLE:
            keys = crosswalk.filter(pl.col("source") == feed)[_KEY]
            together = pl.concat(rows, how="diagonal").filter(pl.col(_KEY).is_in(keys.implode()))
        write_parquet(together, home.accepted / feed / "movers.parquet")


def _in(shard: str) -> pl.Expr:
    return (pl.lit(f"{shard}|") + pl.col(_KEY)).alias(_KEY)


def _build(home: Settings, hub: Settings) -> None:
    """Build what a shard gives to the lake, with the feeds' spans of all shards."""
    build_plan.begin(home, anew=True)
    with duckdb.connect(str(home.unreleased)) as build:
        build.execute("create schema intermediate")
        build.register("spans", widest(hub, _THROUGH))
        build.execute(f"create table intermediate.{_THROUGH} as from spans")
    above = [name.split(".")[1] for name in shards.TABLES]
    selected = [f"+{name}" for name in above]
    results = dbt.run(
        home, "build", "--select", *selected, "--exclude", _THROUGH, "--exclude-resource-type",
        "test", "unit_test",
    )  # fmt: skip
    if error := dbt.failures(results):
        raise dbt.DbtError(error)
    build_plan.finish(home, build_plan.Built(build_plan.inputs(home), {}, {}))
