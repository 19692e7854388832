"""How good the linkage is by its own account: expected true pairs for each two feeds.

Lives here: counting linked and refused pairs of keys. Does not: deciding any of them.
"""

import polars as pl

from pipelines.linkage.clusters import LINKED
from schemas import FEEDS
from schemas.ledger import LinkQuality, polars_schema

QUALITY = polars_schema(LinkQuality)
ENDS = ["source_a", "source_b"]
LINKED_PAIRS = ["linked_pairs", "expected_true_linked"]
_DECIMALS = 6


def link_quality(
    crosswalk: pl.DataFrame,
    identity_key: pl.LazyFrame,
    pair: pl.DataFrame,
    linked: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return linked and expected true pairs of keys of each two feeds, as in `QUALITY`.

    A linked pair is true with the probability of the weaker of the two links that hold its keys in
    their person; equal numbers count as 1. A pair seen and not linked is true with the probability
    that the model gave it. Pairs that were never compared, or scored too low to be stored, are not
    among those seen.

    Args:
        crosswalk: ``source, source_person_key, person_id, match_score``.
        identity_key: ``source, source_person_key, identity``, not read yet: few of them are needed.
        pair: ``identity_l, identity_r, match_probability, decision``.
        linked: Linked pairs of the crosswalk, where they are known.
    """
    order = pl.Enum(list(FEEDS))
    keys = crosswalk.with_columns(pl.col("source").cast(order))
    linked = linked_pairs(crosswalk) if linked is None else linked
    missed = _missed(keys, identity_key, pair)
    return (
        linked.join(missed, on=ENDS, how="full", coalesce=True)
        .with_columns(pl.col("linked_pairs", "expected_true_linked", "missed").fill_null(0))
        .with_columns(
            (pl.col("expected_true_linked") + pl.col("missed")).alias("expected_true_seen")
        )
        .select(QUALITY.names())
        # Sums in another order differ in their last digits; equal counts must be an equal file.
        .with_columns(pl.col("expected_true_linked", "expected_true_seen").round(_DECIMALS))
        .sort(pl.col("source_a").cast(order), pl.col("source_b").cast(order))
    )


def moved(linked: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return linked pairs, as `linked_pairs` counts them, when some persons have other keys.

    Args:
        linked: Linked pairs so far.
        before: Their part of the crosswalk so far.
        after: The same persons' keys now.
    """
    gone = linked_pairs(before).with_columns(-pl.col(LINKED_PAIRS))
    parts = [linked.select(*ENDS, *LINKED_PAIRS), linked_pairs(after), gone]
    return (
        pl.concat(parts)
        .group_by(ENDS)
        .agg(pl.col(LINKED_PAIRS).sum())
        .filter(pl.col("linked_pairs") > 0)
    )


def linked_pairs(crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Return linked pairs of keys: ``source_a, source_b, linked_pairs, expected_true_linked``."""
    keys = crosswalk.with_columns(pl.col("source").cast(pl.Enum(list(FEEDS))))
    # Keys of one feed that one person has by equal evidence are counted once, with their number.
    # A number in place of the person's id: a million students took 14 s with ids, 4 s with numbers.
    held = (
        keys.lazy()
        .filter(pl.col("match_score").is_not_null())
        .select("source", pl.col("person_id").hash().alias("person"), "match_score")
        .group_by("source", "person", "match_score")
        .len("keys")
    )
    pairs = (pl.col("keys").cast(pl.Int64) * pl.col("keys_b")).alias("linked_pairs")
    return (
        held.join(held, on="person", suffix="_b")
        .filter(pl.col("source").to_physical() < pl.col("source_b").to_physical())
        .select(
            pl.col("source").cast(pl.String).alias("source_a"),
            pl.col("source_b").cast(pl.String),
            pairs,
            pl.min_horizontal("match_score", "match_score_b").alias("sure"),
        )
        .group_by(ENDS)
        .agg(
            pl.col("linked_pairs").sum(),
            (pl.col("sure") * pl.col("linked_pairs")).sum().alias("expected_true_linked"),
        )
        .collect(engine="streaming")
    )


def _missed(keys: pl.DataFrame, identity_key: pl.LazyFrame, pair: pl.DataFrame) -> pl.DataFrame:
    """Return expected true pairs of keys that are apart: ``source_a, source_b, missed``."""
    apart = pair.filter(pl.col("decision") != LINKED)
    numbers = pl.concat([apart["identity_l"], apart["identity_r"]]).unique()
    of_identity = (
        identity_key.filter(pl.col("identity").is_in(numbers.implode()))
        .select("source", "source_person_key", "identity")
        .with_columns(pl.col("source").cast(keys.schema["source"]))
        .collect()
        .join(
            keys.select("source", "source_person_key", "person_id"),
            on=["source", "source_person_key"],
        )
    )
    both_ways = pl.concat(
        apart.select("match_probability", a=one, b=other)
        for one, other in (("identity_l", "identity_r"), ("identity_r", "identity_l"))
    )
    return (
        both_ways.join(of_identity, left_on="a", right_on="identity")
        .join(of_identity, left_on="b", right_on="identity", suffix="_b")
        .filter(
            pl.col("person_id") != pl.col("person_id_b"),
            pl.col("source").to_physical() < pl.col("source_b").to_physical(),
        )
        # A key may have several identities: a pair of keys counts once, by its likeliest ones.
        .group_by("source", "source_b", "source_person_key", "source_person_key_b")
        .agg(pl.col("match_probability").max())
        .rename({"source": "source_a"})
        .group_by(pl.col(ENDS).cast(pl.String))
        .agg(pl.col("match_probability").sum().alias("missed"))
    )
