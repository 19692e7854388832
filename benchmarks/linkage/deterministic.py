"""Careful deterministic matching, as the yardstick of probabilistic linkage.

Lives here: joining by state id, SSN token, then equal names and birth date. Does not: anything the
pipeline uses; its crosswalk is compared with the pipeline's and thrown away.
"""

import polars as pl

from pipelines.settings import Settings
from schemas import FEEDS

KEY = ["source", "source_person_key"]
IDENTITY = pl.Schema(
    {
        **dict.fromkeys((*KEY, "state_student_id_token", "ssn_token"), pl.String),
        **dict.fromkeys(("first_name", "last_name"), pl.String),
        "birth_date": pl.Date,
    }
)


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
        if (paths := sorted((settings.identity / feed).glob("period=*.parquet")))
    ]  # fmt: skip
    return pl.concat([IDENTITY.to_frame(), *feeds]).sort(IDENTITY.names())


def link(identities: pl.DataFrame) -> pl.DataFrame:
    """Return the crosswalk: ``source, source_person_key, person_id``, one row for each key.

    Keys are joined by a shared state student id; then by a shared SSN token, unless it would join
    two state ids; then by equal names and birth date, unless that would join two state ids or two
    SSNs.

    Args:
        identities: Frame of `IDENTITY`; a key may have several rows.
    """
    keys = identities.select(KEY).unique().sort(KEY).with_row_index("node")
    nodes = identities.join(keys, on=KEY).with_columns(_name_and_birth_date().alias("name"))
    people = keys.select("node", pl.col("node").alias("person"))
    tokens: list[str] = []
    for column in ("state_student_id_token", "ssn_token", "name"):
        groups = nodes.select("node", pl.col(column).alias("group")).drop_nulls().unique()
        people = _merge(people, _compatible(groups, people, nodes, tokens))
        tokens.append(column)
    return keys.join(people, on="node").select(*KEY, pl.col("person").alias("person_id"))


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


def _compatible(
    groups: pl.DataFrame, people: pl.DataFrame, nodes: pl.DataFrame, tokens: list[str]
) -> pl.DataFrame:
    """Return the groups whose people, put together, have no two values of any of `tokens`."""
    if not tokens:
        return groups
    members = groups.join(people, on="node").select("group", "person").unique()
    values = people.join(nodes, on="node").select("person", *tokens).unique()
    good = (
        members.join(values, on="person")
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
