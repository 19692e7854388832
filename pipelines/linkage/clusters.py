"""Which identities are one person: exact numbers first, then the strongest links that fit.

Lives here: the thresholds of linkage, grouping by equal numbers, what no person may hold, joining
groups by links. Does not: scoring (`scoring`), which links are tried (`resolve`), person ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
import polars as pl

# The thresholds of linkage; the last figure of each comment is the range that makes sense. A change
# links everything again, since it changes the version of this package.
# Pairs below this probability are not stored. Clerical review and expected recall need pairs below
# THRESHOLD too. 0 to THRESHOLD.
LEAST_STORED = 0.5
# Pairs of at least this probability may join people. Of 100,000 students precision is 0.99983 at
# 0.5, 0.99985 here and 0.99997 at 0.99; recall of linkable pairs 0.9947, 0.9944 and 0.9821. 0.6 to
# 0.95.
THRESHOLD = 0.7
THRESHOLD_BITS = log2(THRESHOLD / (1 - THRESHOLD))
# Of two candidates, the second must be this many bits behind the best, 8 to 1. 1 to 6.
MARGIN_BITS = 3.0
# Nobody is paid before this birthday; an earlier wage is somebody else's. 0 to 13.
LEAST_WORKING_AGE = 10
# An SSN on this many keys of a person is no typo. 2 or more.
WELL_SUPPORTED = 2

# Keys of one feed that a person may have; with more it is nobody, and each key stands alone. Of
# 20,000 students the most are 9 of wages, which have a key for each form of a name. 15 to 500.
MOST_KEYS = 40

# Columns that, together, join two identities at once: a number and what agrees with it.
BY_STATE_ID = [("state_id", "born"), ("state_id", "given", "family")]
BY_SSN = [("ssn", "given", "family"), ("ssn", "born", "given"), ("ssn", "born", "family", "gender")]
LINKED = "linked"


def components(size: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return for each of `size` nodes the least node it is joined to."""
    label = np.arange(size)
    while len(left):
        low = np.minimum(label[left], label[right])
        np.minimum.at(label, label[left], low)
        np.minimum.at(label, label[right], low)
        label = label[label]
        while not np.array_equal(label, label[label]):
            label = label[label]
        apart = label[left] != label[right]
        left, right = left[apart], right[apart]
    return label


def exact_groups(
    identity: pl.DataFrame, identity_key: pl.DataFrame, codes: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the group of each identity: ``identity, exact_group, id_group``.

    Identities of one key are a group, whatever they say. Those of one state id that agree in name
    or birth date join them; then those of one SSN that agree, unless that would put two state ids
    together. A group is named by its least identity; ``id_group`` is the group without SSNs.

    Args:
        identity: Identities.
        identity_key: Which source key has which identity.
        codes: Codes of all identities, where some are encoded: those agree with open ones in codes.
    """
    node = identity.select("identity", *{name for by in [*BY_STATE_ID, *BY_SSN] for name in by})
    node = node.sort("identity").with_row_index("node")
    size = node.height
    keys = identity_key.join(node.select("identity", "node"), on="identity").select(
        "node", pl.col("key").alias("value")
    )
    forms = [node]
    if codes is not None:
        plain = node.drop("given", "family", "born")
        forms.append(plain.join(codes, on="identity", how="left", maintain_order="left"))
    by_state_id = [_values(form, by) for form in forms for by in BY_STATE_ID]
    by_ssn = [_values(form, by) for form in forms for by in BY_SSN]
    numbered = components(size, *_stars([keys, *by_state_id]))
    joined = components(size, *_stars([_group(numbered), *by_ssn]))
    # A whole component that holds two state ids keeps to its groups: the SSN is shared or wrong.
    ids = pl.DataFrame({"joined": joined, "state_id": node["state_id"]}).drop_nulls()
    two = ids.group_by("joined").agg(pl.col("state_id").n_unique()).filter(pl.col("state_id") > 1)
    is_conflicting = pl.Series(joined).is_in(two["joined"].implode()).to_numpy()
    group = np.where(is_conflicting, numbered, joined)
    names = node["identity"].to_numpy()
    return pl.DataFrame(
        {"identity": names, "exact_group": names[group], "id_group": names[numbered]}
    )


def _values(node: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    return node.select("node", *by).drop_nulls().select("node", pl.struct(by).alias("value"))


def _group(label: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"node": np.arange(len(label), dtype=np.uint32), "value": label})


def _stars(tables: Sequence[pl.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    """Return edges from each node to the least one of its value, over all tables."""
    left, right = [], []
    for table in tables:
        edges = table.with_columns(pl.col("node").min().over("value").alias("least")).filter(
            pl.col("node") != pl.col("least")
        )
        left.append(edges["node"].to_numpy())
        right.append(edges["least"].to_numpy())
    return np.concatenate(left), np.concatenate(right)


@dataclass
class Group:
    """A group of identities, or several joined, by what one person may not contradict.

    Attributes:
        name: Its least identity.
        members: Names of the groups in it.
        state_ids: State ids.
        ssns: SSNs, with the first five and last four digits of each and the keys that hold it.
        born: The least birth year; 0 for none.
        first_work: First year of wages; 9999 for none.
    """

    name: int
    members: list[int]
    state_ids: set[int]
    ssns: dict[int, tuple[int, int, int]]
    born: int
    first_work: int


def why_apart(one: Group, other: Group) -> str | None:
    """Return why two groups can't be one person, or nothing.

    One person has one state id. Of two SSNs one is a typo: the two agree in one half, and one of
    them stands on few keys. Nobody works as a small child.
    """
    if one.state_ids and other.state_ids and one.state_ids != other.state_ids:
        return "two state ids"
    for ssn, (five, four, keys) in one.ssns.items():
        for ssn2, (five2, four2, keys2) in other.ssns.items():
            halves = five == five2 or four == four2
            if ssn != ssn2 and (not halves or min(keys, keys2) >= WELL_SUPPORTED):
                return "two SSNs"
    if min(one.first_work, other.first_work) < max(one.born, other.born) + LEAST_WORKING_AGE:
        return "employed before birth"
    return None


def joined(one: Group, other: Group) -> Group:
    """Return two groups as one, under the name of the first."""
    ssns = dict(one.ssns)
    for ssn, (five, four, keys) in other.ssns.items():
        ssns[ssn] = (five, four, keys + ssns.get(ssn, (0, 0, 0))[2])
    return Group(
        one.name,
        one.members + other.members,
        one.state_ids | other.state_ids,
        ssns,
        max(one.born, other.born),
        min(one.first_work, other.first_work),
    )


def facts(grouped: pl.DataFrame, identity_key: pl.DataFrame, wanted: pl.Series) -> pl.DataFrame:
    """Return ids, SSNs, years and number of keys of the groups in `wanted`, by ``exact_group``.

    Args:
        grouped: Identities with their ``exact_group``.
        identity_key: Which key has which identity, and the year it was first seen in.
        wanted: Names of groups.
    """
    columns = ["identity", "exact_group", "state_id", "ssn", "ssn5", "ssn4", "born"]
    members = wanted.unique().to_frame("exact_group").join(grouped[columns], on="exact_group")
    keys = identity_key.select("identity", "key", "first_year", pl.col("source") == "wage").join(
        members, on="identity"
    )
    ssns = (
        keys.drop_nulls("ssn")
        .group_by("exact_group", "ssn")
        .agg(pl.col("ssn5", "ssn4").first(), pl.col("key").n_unique().alias("keys"))
        .sort("exact_group", "ssn")
        .group_by("exact_group")
        .agg(pl.struct("ssn", "ssn5", "ssn4", "keys").alias("ssns"))
    )
    return (
        keys.group_by("exact_group")
        .agg(
            pl.col("state_id").drop_nulls().unique().sort().alias("state_ids"),
            # The least of several: one typo must not make an early job impossible.
            pl.col("born").dt.year().min().alias("born"),
            pl.col("first_year").filter("source").min().alias("first_work"),
            pl.col("key").n_unique().alias("keys"),
        )
        .join(ssns, on="exact_group", how="left")
        .sort("exact_group")
    )


def as_groups(known: pl.DataFrame) -> dict[int, Group]:
    """Return rows of `facts` as groups, by name."""
    wanted = known.select("exact_group", "state_ids", "ssns", "born", "first_work")
    return {
        name: Group(
            name,
            [name],
            set(ids),
            {s["ssn"]: (s["ssn5"], s["ssn4"], s["keys"]) for s in ssns or []},
            born or 0,
            work or 9999,
        )
        for name, ids, ssns, born, work in wanted.iter_rows()
    }


def cluster(groups: dict[int, Group], links: Sequence[tuple[int, int]]) -> list[str]:
    """Return what becomes of each link when groups are joined, the strongest link first.

    A link that would make a person who contradicts themselves is refused, and with it the cluster
    is split: every link within each part is at least as strong.

    Args:
        groups: Groups by name.
        links: Names of two groups, the strongest link first.
    """
    at = dict(groups)
    decision = []
    for left, right in links:
        one, other = at[left], at[right]
        reason = None if one is other else why_apart(one, other)
        decision.append(f"split: {reason}" if reason else LINKED)
        if reason is None and one is not other:
            both = joined(one, other)
            at.update(dict.fromkeys(both.members, both))
    return decision


def conflicting(links: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    """Return for each link whether its cluster might hold somebody who contradicts themselves.

    Args:
        links: ``left, right``.
        known: As `facts` gives it.
    """
    label = components(known.height, *_ends(links, known))
    of = known.with_columns(pl.Series("cluster", label))
    more_than_one = (
        of.group_by("cluster")
        .agg(
            pl.col("state_ids").list.explode().drop_nulls().n_unique().alias("ids"),
            pl.col("ssns").list.explode().struct.field("ssn").drop_nulls().n_unique().alias("ssns"),
            pl.col("born").max(),
            pl.col("first_work").min(),
        )
        .filter(
            (pl.col("ids") > 1)
            | (pl.col("ssns") > 1)
            | (pl.col("first_work") < pl.col("born") + LEAST_WORKING_AGE)
        )
    )
    bad = of.select("exact_group", pl.col("cluster").is_in(more_than_one["cluster"].implode()))
    of_links = links.join(bad, left_on="left", right_on="exact_group", maintain_order="left")
    return of_links["cluster"]


def _ends(links: pl.DataFrame, known: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return both ends of links as rows of `known`, which is sorted by group."""
    names = known["exact_group"].to_numpy()
    left, right = links["left"].to_numpy(), links["right"].to_numpy()
    return np.searchsorted(names, left), np.searchsorted(names, right)


def persons(links: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return who is one person: ``exact_group, cluster, held_by``, a row for each row of `known`.

    A cluster is named by its group with a state id, of several the one with most keys. Every other
    group is held by the weakest link on the strongest way to that one: its place among `links`, -1
    for the naming group itself.

    Args:
        links: Links that hold, the strongest first.
        known: As `facts` gives it.
    """
    left, right = _ends(links, known)
    label = components(known.height, left, right)
    naming = (
        known.select(
            "exact_group",
            pl.Series("label", label),
            (pl.col("state_ids").list.len() == 0).alias("no_id"),
            "keys",
        )
        .with_row_index("row")
        .sort("no_id", "keys", "exact_group", descending=[False, True, False])
        .unique("label", keep="first", maintain_order=True)
    )
    place = np.arange(len(left))
    held_by = np.full(known.height, len(left))
    held_by[naming["row"].to_numpy()] = -1
    while True:
        before = held_by.copy()
        np.minimum.at(held_by, left, np.maximum(before[right], place))
        np.minimum.at(held_by, right, np.maximum(before[left], place))
        if np.array_equal(before, held_by):
            break
    return (
        known.select("exact_group", pl.Series("label", label), pl.Series("held_by", held_by))
        .join(naming.select("label", pl.col("exact_group").alias("cluster")), on="label")
        .select("exact_group", "cluster", "held_by")
    )
