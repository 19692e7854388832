"""Careful deterministic matching, as the yardstick of probabilistic linkage.

Lives here: joining by state id, SSN token, then equal names and birth date. Does not: anything the
pipeline uses; its crosswalk is compared with the pipeline's and thrown away.
"""

from hashlib import sha256

import polars as pl

from pipelines.settings import Settings
from schemas import FEEDS

IDENTITY = pl.Schema(
    {
        "source": pl.String,
        "source_person_key": pl.String,
        "state_student_id_token": pl.String,
        "ssn_token": pl.String,
        "first_name": pl.String,
        "last_name": pl.String,
        "birth_date": pl.Date,
    }
)
CROSSWALK = pl.Schema(
    {
        "source": pl.String,
        "source_person_key": pl.String,
        "person_id": pl.String,
        "match_method": pl.String,
        "match_score": pl.Float64,
    }
)
KEY = ["source", "source_person_key"]
# 64 bits: among 10^7 people any two ids agree by chance with a probability below 10^-5.
PERSON_ID_DIGITS = 16


def read_identities(settings: Settings) -> pl.DataFrame:
    """Return every distinct identity of every feed, in the columns of `IDENTITY`."""
    feeds = [
        pl.concat(
            [IDENTITY.to_frame().lazy(), pl.scan_parquet(paths, hive_partitioning=False)
             .with_columns(pl.lit(feed).alias("source"))],
            how="diagonal",
        )
        .select(IDENTITY.names())
        .unique()
        .collect(engine="streaming")
        for feed in FEEDS
        if (paths := sorted((settings.identity / feed).glob("*/*.parquet")))
    ]  # fmt: skip
    return pl.concat([IDENTITY.to_frame(), *feeds]).sort(IDENTITY.names())


def link(identities: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """Return the crosswalk: one row for each source and key, in that order.

    Keys are joined by a shared state student id; then by a shared SSN token, unless it would join
    two state ids; then by equal names and birth date, unless that would join two state ids or two
    SSNs. A key's method is the weakest evidence between it and its person's state id.

    Args:
        identities: Frame of `IDENTITY`; a key may have several rows.
        previous: The last crosswalk, or an empty one: its person ids are kept.
    """
    keys = identities.select(KEY).unique().sort(KEY).with_row_index("node")
    nodes = identities.join(keys, on=KEY).with_columns(_name_and_birth_date().alias("name"))
    alone = keys.select("node", pl.col("node").alias("person"))
    by_id = _merge(alone, _groups(nodes, "state_student_id_token"))
    ssns = _compatible(_groups(nodes, "ssn_token"), by_id, nodes, ["state_student_id_token"])
    by_ssn = _merge(by_id, ssns)
    names = _groups(nodes, "name")
    names = _compatible(names, by_ssn, nodes, ["state_student_id_token", "ssn_token"])
    by_name = _merge(by_ssn, names)
    people = _with_person_ids(keys.join(by_name, on="node"), previous)
    return (
        people.join(_methods(nodes, by_ssn, by_name), on="node")
        .with_columns(
            pl.when(pl.col("match_method") != "unmatched").then(1.0).alias("match_score"),
        )
        .select(CROSSWALK.names())
        .sort(KEY)
    )


def _name_and_birth_date() -> pl.Expr:
    """Names as compared: letters of any script, without case, accents, blanks or hyphens."""
    plain = [
        pl.col(column)
        .str.normalize("NFKD")
        .str.to_lowercase()
        .str.replace_all(r"[^\p{Letter}]", "")
        .replace("", None)
        for column in ("first_name", "last_name")
    ]
    return pl.concat_str(*plain, pl.col("birth_date").cast(pl.String), separator="|")


def _groups(nodes: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return which nodes carry which value of `column`: ``node``, ``group``."""
    return nodes.select("node", pl.col(column).alias("group")).drop_nulls().unique()


def _compatible(
    groups: pl.DataFrame, people: pl.DataFrame, nodes: pl.DataFrame, tokens: list[str]
) -> pl.DataFrame:
    """Return the groups whose people, put together, have no two values of any of `tokens`."""
    members = groups.join(people, on="node").select("group", "person").unique()
    held = people.join(nodes, on="node").select("person", *tokens).unique()
    good = (
        members.join(held, on="person")
        .group_by("group")
        .agg(pl.col(tokens).drop_nulls().n_unique())
        .filter(pl.all_horizontal(pl.col(tokens) <= 1))
    )
    return groups.join(good, on="group", how="semi")


def _merge(people: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return ``node``, ``person`` after joining all people who share a group.

    A person is named by its least node; least names spread until nothing moves.
    """
    while True:
        moved = (
            groups.join(people, on="node")
            .with_columns(pl.col("person").min().over("group").alias("least"))
            .group_by("person")
            .agg(pl.col("least").min())
            .filter(pl.col("least") < pl.col("person"))
        )
        if moved.is_empty():
            return people
        people = people.join(moved, on="person", how="left").select(
            "node", pl.coalesce("least", "person").alias("person")
        )


def _methods(nodes: pl.DataFrame, by_ssn: pl.DataFrame, by_name: pl.DataFrame) -> pl.DataFrame:
    """Return the evidence that joins each node to its person: ``node``, ``match_method``."""
    has_id = pl.col("state_student_id_token").is_not_null().any()
    return (
        nodes.group_by("node")
        .agg(has_id.alias("has_id"))
        .join(by_ssn.rename({"person": "ssn_person"}), on="node")
        .join(by_name, on="node")
        .with_columns(
            pl.col("has_id").any().over("ssn_person").alias("ssn_has_id"),
            pl.len().over("ssn_person").alias("ssn_keys"),
            pl.col("ssn_person").n_unique().over("person").alias("joined_by_name"),
        )
        .select(
            "node",
            pl.when("has_id")
            .then(pl.lit("state_student_id"))
            .when("ssn_has_id")
            .then(pl.lit("ssn"))
            .when(pl.col("joined_by_name") > 1)
            .then(pl.lit("name_birth_date"))
            .when(pl.col("ssn_keys") > 1)
            .then(pl.lit("ssn"))
            .otherwise(pl.lit("unmatched"))
            .alias("match_method"),
        )
    )


def _with_person_ids(keys: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """Return keys with ``person_id``: kept by the person who holds most of its keys, else new."""
    known = keys.join(previous.select(*KEY, "person_id"), on=KEY, how="left")
    kept = (
        known.drop_nulls("person_id")
        .group_by("person", "person_id")
        .len()
        .sort(["len", "person", "person_id"], descending=[True, False, False])
        .unique("person_id", keep="first", maintain_order=True)
        .unique("person", keep="first", maintain_order=True)
        .select("person", "person_id")
    )
    # Keys are in order, so a person's first one, and with it a new id, never depends on chance.
    first = known.sort("node").unique("person", keep="first", maintain_order=True)
    new = first.join(kept, on="person", how="anti").select(
        "person",
        pl.concat_str(*KEY, pl.col("person_id").fill_null(""), separator="|")
        .map_elements(_new_person_id, return_dtype=pl.String)
        .alias("person_id"),
    )
    return keys.join(pl.concat([kept, new]), on="person")


def _new_person_id(first_key: str) -> str:
    return "P" + sha256(first_key.encode()).hexdigest()[:PERSON_ID_DIGITS]
