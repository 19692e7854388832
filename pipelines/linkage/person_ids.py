"""Person ids: minted once, the same while their identities stay together, never used again.

Lives here: giving clusters the ids of the persons they were, and the history of ids.
Does not: who belongs together (`clusters`).

Keys of an identity bridge tie others together and are nobody's records: no id depends on them.
"""

from hashlib import sha256

import polars as pl

from pipelines.linkage.identities import BRIDGES, KEY, in_order
from schemas.ledger import PersonChange, polars_schema
from schemas.person_crosswalk import PersonCrosswalk

CROSSWALK = polars_schema(PersonCrosswalk)
# One row for each thing that ever happened to an id.
CHANGE = polars_schema(PersonChange)
MINTED, MERGED, SPLIT, RETIRED = "minted", "merged", "split", "retired"
IS_BRIDGE = pl.col("source").is_in(BRIDGES)
# 64 bits: among 10^7 people any two ids agree by chance with a probability below 10^-5.
_DIGITS = 16
# Before the cluster of bridge keys that tie nobody: no person's id begins so.
_TIES_NOBODY = "B"


def with_person_ids(
    keys: pl.DataFrame, previous: pl.DataFrame, used: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the crosswalk of keys, in order, and what changed, as in `CHANGE` without the run.

    An id stays with the cluster that holds most of its keys, and a cluster takes the id that most
    of its keys had. Others are minted from the cluster's first key. Keys of a bridge take the id of
    their cluster; those that tie nobody have one of their own, which is no person's.

    Args:
        keys: ``source, source_person_key, key, cluster, match_method, match_score``.
        previous: The crosswalk of those keys so far, and of keys that are gone.
        used: Every id there ever was.
    """
    whole, previous = in_order(keys).with_row_index("at"), previous.filter(~IS_BRIDGE)
    known = whole.filter(~IS_BRIDGE).join(previous.select(*KEY, "person_id"), on=KEY, how="left")
    had = (
        known.drop_nulls("person_id")
        .group_by("cluster", "person_id")
        .agg(pl.len(), pl.col("at").min())
    )
    staying = (
        had.sort("len", "at", "person_id", descending=[True, False, False])
        .unique("person_id", keep="first", maintain_order=True)
        .unique("cluster", keep="first", maintain_order=True)
        .select("cluster", "person_id")
    )
    new = (
        known.join(staying, on="cluster", how="anti")
        .sort("at")
        .unique("cluster", keep="first", maintain_order=True)
        .select("cluster", pl.concat_str(*KEY, separator="|").alias("key"))
    )
    minted = new.select("cluster", _minted(new["key"], used))
    ids = pl.concat([staying, minted])
    became = had.select("cluster", pl.col("person_id").alias("was")).join(ids, on="cluster")
    bridge = whole.filter(IS_BRIDGE)
    is_bridged = pl.col("cluster").is_in(bridge["cluster"].implode()).alias("is_bridged")
    persons = known.drop("person_id").join(ids, on="cluster").with_columns(is_bridged)
    PersonCrosswalk.validate(persons.select(CROSSWALK.names()))
    nobody = pl.format("{}{}", pl.lit(_TIES_NOBODY), "cluster")
    tied = bridge.join(ids, on="cluster", how="left").with_columns(
        pl.coalesce("person_id", nobody).alias("person_id"), pl.lit(True).alias("is_bridged")
    )
    crosswalk = pl.concat([persons, tied.select(persons.columns)]).sort("at")
    crosswalk = crosswalk.select(CROSSWALK.names())
    changes = _changes(minted["person_id"], staying["person_id"], became, previous["person_id"])
    return crosswalk, changes


def without_parted(keys: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """Return the crosswalk so far without persons whose keys are in two clusters now.

    Each part then gets the id of its own first key, as if the two had never been one.
    """
    now = previous.filter(~IS_BRIDGE).join(keys.select(*KEY, "cluster"), on=KEY)
    parts = now.group_by("person_id").agg(pl.col("cluster").n_unique().alias("parts"))
    parted = parts.filter(pl.col("parts") > 1)
    return previous.join(parted, on="person_id", how="anti")


def _minted(keys: pl.Series, used: pl.Series) -> pl.Series:
    """Return ids of new persons from their first keys; a used one is passed over."""
    ids = [_id(key, 0) for key in keys]
    used_ids = set(used.filter(used.is_in(pl.Series(ids, dtype=pl.String).implode())))
    for at, key in enumerate(keys if used_ids else ()):
        turn = 0
        while ids[at] in used_ids:
            turn += 1
            ids[at] = _id(key, turn)
        used_ids.add(ids[at])
    return pl.Series("person_id", ids, pl.String)


def _id(key: str, turn: int) -> str:
    return "P" + sha256(f"{key}|{turn or ''}".encode()).hexdigest()[:_DIGITS]


def _changes(
    minted: pl.Series, staying: pl.Series, became: pl.DataFrame, before: pl.Series
) -> pl.DataFrame:
    """Return what happened to ids.

    Args:
        minted: New ids.
        staying: Old ids that are still somebody's.
        became: Which old id's keys are now under which: ``was, person_id``.
        before: Ids before this run.
    """
    apart = became.filter(pl.col("was") != pl.col("person_id"))
    is_staying = pl.col("was").is_in(staying.implode())
    is_minted = pl.col("person_id").is_in(minted.implode())
    merged = apart.filter(~is_staying)
    split_off, moved = apart.filter(is_staying & is_minted), apart.filter(is_staying & ~is_minted)
    gone = before.unique().filter(~before.unique().is_in(became["was"].implode()))
    unknown = minted.filter(~minted.is_in(split_off["person_id"].implode()))
    nobody = pl.lit(None, pl.String)
    return pl.concat(
        rows.select(
            pl.col(person).alias("person_id"),
            (pl.col(other) if other else nobody).alias("other_person_id"),
            pl.lit(change).alias("change"),
            pl.lit(reason).alias("reason"),
        )
        for rows, person, other, change, reason in (
            (unknown.to_frame(), "person_id", None, MINTED, "records of nobody known"),
            (merged, "was", "person_id", MERGED, "evidence joins it to the other"),
            (split_off, "person_id", "was", SPLIT, "evidence parts it from the other"),
            (moved, "was", "person_id", SPLIT, "records moved to the other"),
            (gone.to_frame("person_id"), "person_id", None, RETIRED, "no record left"),
        )
    ).sort("change", "person_id", "other_person_id")
