"""How good the linkage is by its own account: expected true pairs for each two feeds.

Lives here: counting linked and refused pairs of keys. Does not: deciding any of them.
"""

from itertools import combinations

import polars as pl

from pipelines.linkage.clusters import LINKED
from schemas import FEEDS

QUALITY = pl.Schema(
    {
        "source_a": pl.String,
        "source_b": pl.String,
        "linked_pairs": pl.Int64,
        "expected_true_linked": pl.Float64,
        "expected_true_seen": pl.Float64,
    }
)
ENDS = ["source_a", "source_b"]
_DECIMALS = 6


def link_quality(crosswalk: pl.DataFrame, holder: pl.DataFrame, pair: pl.DataFrame) -> pl.DataFrame:
    """Return linked and expected true pairs of keys of each two feeds, as in `QUALITY`.

    A linked pair is true with the probability of the weaker of the two links that hold its keys in
    their person; equal numbers count as 1. A pair seen and not linked is true with the probability
    that the model gave it. Pairs that were never compared, or scored too low to be kept, are not
    among those seen.

    Args:
        crosswalk: ``source, source_person_key, person_id, match_score``.
        holder: ``source, source_person_key, record``.
        pair: ``record_l, record_r, match_probability, decision``.
    """
    order = pl.Enum(list(FEEDS))
    keys = crosswalk.with_columns(pl.col("source").cast(order))
    # Keys of one feed that one person has by equal evidence are counted once, with their number.
    held = keys.drop_nulls("match_score").group_by("source", "person_id", "match_score").len("keys")
    of_feed = {name: held.filter(pl.col("source") == name).drop("source") for name in FEEDS}
    linked = pl.concat(
        [
            pl.DataFrame(schema=QUALITY).drop("expected_true_seen"),
            *(
                of_feed[a]
                .join(of_feed[b], on="person_id", suffix="_b")
                .select(
                    pl.lit(a).alias("source_a"),
                    pl.lit(b).alias("source_b"),
                    (pl.col("keys") * pl.col("keys_b")).cast(pl.Int64).alias("linked_pairs"),
                    pl.min_horizontal("match_score", "match_score_b").alias("expected_true_linked"),
                )
                .with_columns(pl.col("expected_true_linked") * pl.col("linked_pairs"))
                .group_by(ENDS)
                .agg(pl.col("linked_pairs", "expected_true_linked").sum())
                for a, b in combinations(FEEDS, 2)
            ),
        ]
    )
    missed = _missed(keys, holder, pair)
    return (
        linked.join(missed, on=ENDS, how="full", coalesce=True)
        .with_columns(pl.col("linked_pairs", "expected_true_linked", "missed").fill_null(0))
        .with_columns(
            (pl.col("expected_true_linked") + pl.col("missed")).alias("expected_true_seen")
        )
        .select(QUALITY.names())
        # Sums in another order differ in their last digits; the file's time tells of change.
        .with_columns(pl.col("expected_true_linked", "expected_true_seen").round(_DECIMALS))
        .sort(pl.col("source_a").cast(order), pl.col("source_b").cast(order))
    )


def _missed(keys: pl.DataFrame, holder: pl.DataFrame, pair: pl.DataFrame) -> pl.DataFrame:
    """Return expected true pairs of keys that are apart: ``source_a, source_b, missed``."""
    of_record = (
        holder.select("source", "source_person_key", "record")
        .with_columns(pl.col("source").cast(keys.schema["source"]))
        .join(
            keys.select("source", "source_person_key", "person_id"),
            on=["source", "source_person_key"],
        )
    )
    seen = (
        pair.filter(pl.col("decision") != LINKED)
        .select("record_l", "record_r", "match_probability")
        .join(of_record, left_on="record_l", right_on="record")
        .join(of_record, left_on="record_r", right_on="record", suffix="_r")
        .filter(
            (pl.col("person_id") != pl.col("person_id_r"))
            & (pl.col("source") != pl.col("source_r"))
        )
    )
    first = pl.col("source").to_physical() < pl.col("source_r").to_physical()
    # Several records may speak for one key: the pair of keys counts once, by its likeliest records.
    return (
        seen.select(
            *(
                pl.when(first).then(one).otherwise(other).alias(name)
                for name, one, other in (
                    ("source_a", "source", "source_r"),
                    ("source_b", "source_r", "source"),
                    ("key_a", "source_person_key", "source_person_key_r"),
                    ("key_b", "source_person_key_r", "source_person_key"),
                )
            ),
            "match_probability",
        )
        .group_by(*ENDS, "key_a", "key_b")
        .agg(pl.col("match_probability").max())
        .group_by(pl.col(ENDS).cast(pl.String))
        .agg(pl.col("match_probability").sum().alias("missed"))
    )
