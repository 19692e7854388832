"""Resolution: which scored links join groups of identities into persons.

Lives here: the rules that refuse a link, the decision on each, each key's cluster and evidence.
Does not: thresholds and joining (`clusters`), scoring (`scoring`), the ids of persons.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.linkage import clusters
from pipelines.linkage.clusters import LINKED, MARGIN_BITS, MOST_KEYS, THRESHOLD
from pipelines.linkage.identities import KEY, KEY_NUMBER

# Levels of the model's comparisons as it numbers them: 0 is different, null is -1.
_DIFFERENT = 0
_SAME_SSN, _SAME_STATE_ID = 2, 1
_SAME_GIVEN, _SAME_FAMILY, _SAME_BIRTH_DATE = 6, 4, 4
# The columns of an identity that resolution needs.
GROUPED = ["identity", "state_id", "ssn", "ssn5", "ssn4", "born"]
BELOW = "below threshold"
ONE_NAME, TWO_CANDIDATES = "refused: one name only", "refused: two candidates"
TOO_MANY = "refused: too many records"


@dataclass(frozen=True)
class Resolution:
    """Who is one person, and what became of each scored pair.

    Attributes:
        cluster: ``source, source_person_key, key, cluster, match_method, match_score``.
        pair: Scored pairs with their ``decision``.
    """

    cluster: pl.DataFrame
    pair: pl.DataFrame


def resolve(grouped: pl.DataFrame, identity_key: pl.DataFrame, scored: pl.DataFrame) -> Resolution:
    """Return who is one person, and what became of each scored pair.

    Args:
        grouped: `GROUPED` of identities, with ``exact_group`` and ``id_group``.
        identity_key: Which key has which identity, in order of keys.
        scored: Pairs as `scoring.score` gives them.
    """
    scored = guarded(scored)
    likely = pl.col("match_probability") >= THRESHOLD
    links = between_groups(scored.filter(likely & pl.col("decision").is_null()), grouped)
    known = clusters.facts(grouped, identity_key, pl.concat([links["left"], links["right"]]))
    links = _decided(links, known)
    linked = links.filter(pl.col("decision") == LINKED)
    persons = clusters.persons(linked, known)
    cluster, nobody = _clusters_of_keys(grouped, identity_key, persons, linked)
    return Resolution(cluster, _with_decisions(scored, grouped, links, nobody))


def guarded(scored: pl.DataFrame) -> pl.DataFrame:
    """Return scored pairs with a ``decision``, null where nothing speaks against a link.

    Twins share surname and birthday, and many share a county and a gender: a pair with a different
    given name, or a different surname, needs an equal number to be one person.
    """
    number = (pl.col("gamma_ssn") == _SAME_SSN) | (pl.col("gamma_state_id") == _SAME_STATE_ID)
    other_name = (pl.col("gamma_given") == _DIFFERENT) | (pl.col("gamma_family") == _DIFFERENT)
    return scored.with_columns(
        pl.when(other_name & ~number).then(pl.lit(ONE_NAME)).alias("decision")
    )


def between_groups(scored: pl.DataFrame, group: pl.DataFrame) -> pl.DataFrame:
    """Return the best pair of each two groups: ``left, right``, probability, weight, ``is_equal``.

    ``is_equal`` says that some pair has equal names and birth dates. Strongest first.

    Args:
        scored: Pairs that no rule refuses.
        group: The ``exact_group`` of each identity.
    """
    is_equal = (
        (pl.col("gamma_given") == _SAME_GIVEN)
        & (pl.col("gamma_family") == _SAME_FAMILY)
        & (pl.col("gamma_born") == _SAME_BIRTH_DATE)
    )
    return (
        _with_groups(scored.with_columns(is_equal.alias("is_equal")), group)
        .filter(pl.col("left") != pl.col("right"))
        .group_by("left", "right")
        .agg(pl.col("match_weight", "match_probability", "is_equal").max())
        .sort("match_weight", "left", "right", descending=[True, False, False])
    )


def _with_groups(scored: pl.DataFrame, group: pl.DataFrame) -> pl.DataFrame:
    """Return pairs with the groups of both identities, the lesser as ``left``."""
    of = group.select("identity", pl.col("exact_group").alias("left"))
    both = scored.join(of, left_on="identity_l", right_on="identity").join(
        of, left_on="identity_r", right_on="identity"
    )
    return both.with_columns(
        pl.min_horizontal("left", "left_right").alias("left"),
        pl.max_horizontal("left", "left_right").alias("right"),
    ).drop("left_right")


def ambiguous(links: pl.DataFrame, state_ids: pl.DataFrame) -> pl.DataFrame:
    """Return the links of groups that fit two students about as well: ``left, right``.

    Two students who share name and birth date differ in their state ids alone. A third
    identity that fits both belongs to one of them, and nothing says to which: it stays apart.

    Args:
        links: As `between_groups` gives them, without conflicting ones.
        state_ids: The state id of each group that has one: ``exact_group, state_id``.
    """
    both = pl.concat(
        [
            links.select(pl.col(a).alias("exact_group"), pl.col(b).alias("student"), "match_weight")
            for a, b in (("left", "right"), ("right", "left"))
        ]
    )
    candidates = (
        both.join(state_ids, on="exact_group", how="anti")
        .join(state_ids, left_on="student", right_on="exact_group")
        .with_columns(pl.col("match_weight").max().over("exact_group").alias("best"))
        .filter(pl.col("match_weight") > pl.col("best") - MARGIN_BITS)
        .filter(pl.col("state_id").n_unique().over("exact_group") > 1)
    )
    return candidates.select(
        pl.min_horizontal("exact_group", "student").alias("left"),
        pl.max_horizontal("exact_group", "student").alias("right"),
    ).unique()


def _decided(links: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return links, strongest first, with the ``decision`` on each.

    Most clusters can hold no contradiction, and all their links hold. In the others, links between
    two groups that contradict each other and links to two candidates are taken out, and the rest
    are joined one by one.
    """
    links = links.with_columns(
        pl.lit(LINKED).alias("decision"), clusters.conflicting(links, known).alias("conflicting")
    )
    whole, doubtful = links.filter(~pl.col("conflicting")), links.filter("conflicting")
    ends = pl.concat([doubtful["left"], doubtful["right"]])
    members = known.filter(pl.col("exact_group").is_in(ends.implode()))
    groups = clusters.as_groups(members)
    pairs = doubtful.select("left", "right").rows()
    reasons = [clusters.why_apart(groups[left], groups[right]) for left, right in pairs]
    split = [f"split: {reason}" if reason else None for reason in reasons]
    doubtful = doubtful.with_columns(pl.Series("decision", split, pl.String))
    ids = members.select("exact_group", pl.col("state_ids").list.first().alias("state_id"))
    unsure = ambiguous(doubtful.filter(pl.col("decision").is_null()), ids.drop_nulls())
    doubtful = doubtful.join(
        unsure.with_columns(pl.lit(TWO_CANDIDATES).alias("unsure")),
        on=["left", "right"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.coalesce("decision", "unsure").alias("decision"))
    tried = doubtful.filter(pl.col("decision").is_null())
    decision = clusters.cluster(groups, tried.select("left", "right").rows())
    tried = tried.with_columns(pl.Series("decision", decision, pl.String))
    parts = [whole, doubtful.drop_nulls("decision"), tried]
    return pl.concat([part.select(whole.columns) for part in parts]).sort(
        "match_weight", "left", "right", descending=[True, False, False]
    )


def _clusters_of_keys(
    grouped: pl.DataFrame, identity_key: pl.DataFrame, persons: pl.DataFrame, links: pl.DataFrame
) -> tuple[pl.DataFrame, pl.Series]:
    """Return each key's cluster and the evidence that holds it there; groups that are nobody's.

    A cluster with more than `MOST_KEYS` keys of a feed is taken apart into its keys.
    """
    joined = persons.join(
        links.with_row_index("held_by").select(
            pl.col("held_by").cast(pl.Int64), "match_probability", "is_equal"
        ),
        on="held_by",
        how="left",
    )
    known = grouped.select(
        "identity",
        "exact_group",
        pl.col("state_id").is_not_null().any().over("id_group").alias("by_state_id"),
        pl.col("ssn").is_not_null().any().over("id_group").alias("has_ssn"),
    )
    keys = (
        identity_key.select(*KEY, "key", "identity")
        .filter(pl.struct(KEY_NUMBER).rle_id().is_first_distinct())
        .join(known, on="identity")
        .join(joined, on="exact_group", how="left")
        .with_columns(pl.coalesce("cluster", "exact_group").alias("cluster"))
        .with_columns((pl.len().over("cluster", "source") > MOST_KEYS).alias("is_nobody"))
        .with_columns(pl.col("is_nobody").any().over("cluster"))
    )
    nobody = keys.filter("is_nobody")["exact_group"].unique()
    # Below zero is no identity, and so no other cluster.
    own = -1 - pl.int_range(pl.len())
    keys = keys.with_columns(pl.when("is_nobody").then(own).otherwise("cluster").alias("cluster"))
    clusters_of_keys = (
        keys.with_columns(_method().alias("match_method"))
        .with_columns(
            pl.when(pl.col("match_method") != "unmatched")
            .then(pl.coalesce("match_probability", 1.0))
            .alias("match_score")
        )
        .select(*KEY, "key", "cluster", "match_method", "match_score")
    )
    return clusters_of_keys, nobody


def _method() -> pl.Expr:
    """Return the evidence that holds a key in its cluster."""
    alone = pl.len().over("cluster") == 1
    linked = pl.col("match_probability").is_not_null() & ~pl.col("is_nobody")
    return (
        pl.when(linked & pl.col("is_equal"))
        .then(pl.lit("name_birth_date"))
        .when(linked)
        .then(pl.lit("probabilistic"))
        .when(pl.col("by_state_id") & ~pl.col("is_nobody"))
        .then(pl.lit("state_student_id"))
        .when(alone)
        .then(pl.lit("unmatched"))
        .when("has_ssn")
        .then(pl.lit("ssn"))
        .otherwise(pl.lit("name_birth_date"))
    )


def _with_decisions(
    scored: pl.DataFrame, grouped: pl.DataFrame, decided: pl.DataFrame, nobody: pl.Series
) -> pl.DataFrame:
    """Return scored pairs with what became of each; a pair of one group is linked anyway."""
    of_link = decided.select("left", "right", pl.col("decision").alias("of_link"))
    return (
        _with_groups(scored, grouped)
        .join(of_link, on=["left", "right"], how="left")
        .with_columns(
            pl.when(pl.col("left") == pl.col("right"))
            .then(pl.lit(LINKED))
            .otherwise(pl.coalesce("decision", "of_link", pl.lit(BELOW)))
            .alias("decision")
        )
        .with_columns(
            pl.when((pl.col("decision") == LINKED) & pl.col("left").is_in(nobody.implode()))
            .then(pl.lit(TOO_MANY))
            .otherwise("decision")
            .alias("decision")
        )
        .drop("left", "right", "of_link")
        .sort("identity_l", "identity_r")
    )
