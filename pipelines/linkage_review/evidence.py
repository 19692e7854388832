"""The evidence on pairs of identities: what agrees, what each agreement weighs, what became of it.

Lives here: reading what linkage stored, scoring given pairs, weights in words.
Does not: drawing, printing, any rule of linkage.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations, product
from math import log2
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import UserError
from pipelines.linkage import blocking, clusters, model, scoring
from pipelines.linkage.clusters import LEAST_STORED
from pipelines.linkage.identities import KEY
from pipelines.linkage.person_ids import CHANGE, IS_BRIDGE
from pipelines.linkage.store import Store

NAMES = {
    "given": "Given name",
    "initial": "Middle initial",
    "family": "Surname",
    "family2": "Second surname",
    "born": "Birth date",
    "gender": "Gender",
    "ssn": "SSN",
    "state_id": "State id",
}
PRIOR, FINAL = "Before any comparison", "Match weight"
# The decision on a pair that linkage did not store.
BY_NUMBERS = "joined by equal numbers, no weight needed"
NO_NAME = "not compared: a name is missing"
NO_RULE = "not compared: no blocking rule finds it"
NOT_STORED = f"scored below {LEAST_STORED} and not stored"
_NOTHING = -1
Pair = tuple[int, int]


class UnknownId(UserError):
    """Nothing is known under an id."""


@dataclass(frozen=True)
class Level:
    """A level of agreement of one comparison.

    Attributes:
        label: What it is called.
        m: Share of pairs of one person that reach it; none where there is nothing to compare.
        u: Share of pairs of two people.
    """

    label: str
    m: float | None
    u: float | None

    @property
    def bits(self) -> float:
        """Its weight: how often one person reaches it for each time two people do, in bits."""
        return log2(self.m / self.u) if self.m and self.u else 0.0


@dataclass(frozen=True)
class Bar:
    """One step from the prior to the match weight.

    Attributes:
        name: What is compared.
        level: How far it agrees.
        bits: What that adds.
    """

    name: str
    level: str
    bits: float


def levels(trained: dict[str, Any]) -> dict[str, dict[int, Level]]:
    """Return the levels of each comparison by the number that scored pairs hold."""
    by_comparison = {}
    for comparison in trained["comparisons"]:
        # Numbers fall from the strongest agreement to 0; the one level of nothing has -1.
        ordered = sorted(
            comparison["comparison_levels"], key=lambda level: level.get("is_null_level", False)
        )
        by_comparison[comparison["output_column_name"]] = {
            number: Level(
                level["label_for_charts"], level.get("m_probability"), level.get("u_probability")
            )
            for number, level in zip(range(len(ordered) - 2, -2, -1), ordered, strict=True)
        }
    return by_comparison


def bars(scored: dict[str, Any], trained: dict[str, Any]) -> list[Bar]:
    """Return the steps of a scored pair's weight; comparisons of nothing are left out.

    Args:
        scored: One row of scored pairs.
        trained: The model it was scored with.
    """
    of = levels(trained)
    prior = trained["probability_two_random_records_match"]
    steps = [Bar(PRIOR, "", log2(prior / (1 - prior)))]
    for name in model.COMPARED:
        number = scored[f"gamma_{name}"]
        if number == _NOTHING:
            continue
        steps.append(Bar(NAMES[name], of[name][number].label, scored[f"mw_{name}"]))
        rarity = scored.get(f"mw_tf_adj_{name}") or 0.0
        if rarity:
            how = "rarer" if rarity > 0 else "more common"
            steps.append(Bar(NAMES[name], f"{how} than most", rarity))
    return [*steps, Bar(FINAL, "", scored["match_weight"])]


def identities(store: Store, wanted: list[int]) -> pl.DataFrame:
    """Return identities by number, values as they are compared."""
    return (
        store.scan("identity").filter(pl.col("identity").is_in(wanted)).sort("identity").collect()
    )


def persons_of_identities(store: Store) -> pl.LazyFrame:
    """Return the person of each identity, with the key that has it and by which evidence."""
    return store.scan("identity_key").join(store.persons().lazy(), on=KEY, how="inner")


def identities_of(store: Store, id_: str) -> pl.DataFrame:
    """Return the identities of a person, one row for each key and identity.

    Args:
        store: The identity store.
        id_: A person id, or the number of one of the person's identities.

    Raises:
        UnknownId: No person or identity has that id, or there is no crosswalk yet.
    """
    if not store.is_whole:
        raise UnknownId(
            "There is no crosswalk yet, or its last run did not end. Run: pathways refresh"
        )
    of = persons_of_identities(store)
    if id_.isdecimal():
        person = of.filter(pl.col("identity") == int(id_)).select("person_id").unique()
        rows = of.join(person, on="person_id", how="semi")
    else:
        rows = of.filter(pl.col("person_id") == id_)
    rows = rows.sort("identity", *KEY).collect()
    if rows.is_empty():
        raise UnknownId(_unknown(store, id_))
    return rows


def with_agencies(store: Store, keys: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `identities_of` in which a bridge's ``source`` names its agencies too."""
    bridged = keys.filter(IS_BRIDGE)
    if bridged.is_empty():
        return keys
    files = [str(store.identity / path) for path in store.files(bridged["source"].unique())]
    agency = (
        pl.scan_parquet(files, hive_partitioning=False)
        .filter(pl.col(KEY[1]).is_in(bridged[KEY[1]].unique().implode()))
        .select(KEY[1], pl.col("submitter").alias("agency"))
        .unique()
        .sort("agency")
        .group_by(KEY[1])
        .agg(pl.col("agency").str.join(", "))
        .collect()
    )
    named = pl.format("{} of {}", "source", "agency")
    return keys.join(agency, on=KEY[1], how="left", maintain_order="left").with_columns(
        pl.coalesce(named, "source").alias("source")
    )


def _unknown(store: Store, id_: str) -> str:
    if id_.isdecimal():
        return f"No identity has the number {id_}. match_pair.parquet holds such numbers."
    changes = store.read(store.change, CHANGE).filter(pl.col("person_id") == id_)
    if changes.is_empty():
        return f"No person has the id {id_ or '(none given)'}. Ids begin with P: P0123456789abcdef."
    change = changes.sort("changed_at").row(-1, named=True)
    other = f" ({change['other_person_id']})" if change["other_person_id"] else ""
    return f"{id_} is nobody's id any more: {change['change']}{other}, {change['reason']}."


def stored_pairs(store: Store, one: list[int], other: list[int] | None = None) -> pl.DataFrame:
    """Return stored pairs with an end in `one` and, where given, the other in `other`."""
    left, right = pl.col("identity_l"), pl.col("identity_r")
    if other is None:
        wanted = left.is_in(one) | right.is_in(one)
    else:
        wanted = (left.is_in(one) & right.is_in(other)) | (left.is_in(other) & right.is_in(one))
    return (
        pl.scan_parquet(store.pair)
        .filter(wanted)
        .sort("match_weight", "identity_l", "identity_r", descending=[True, False, False])
        .collect()
    )


def within(numbers: list[int]) -> list[Pair]:
    """Return all pairs of identities, the lesser number first."""
    return list(combinations(sorted(set(numbers)), 2))


def between(one: list[int], other: list[int]) -> list[Pair]:
    """Return all pairs of an identity here and one there, the lesser number first."""
    return sorted({(min(pair), max(pair)) for pair in product(one, other) if len(set(pair)) > 1})


@contextmanager
def _session(store: Store, wanted: list[Pair]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a DuckDB that holds the pairs and their identities as `scoring.score` takes them."""
    schema = ["join_key_l", "join_key_r"]
    pairs = pl.DataFrame(wanted or [(-1, -1)], schema=schema, orient="row").with_columns(
        pl.lit("given").alias("match_key")
    )
    with model.duckdb_session(store.identity) as con:
        con.register("identities", identities(store, _numbers(wanted)).to_arrow())
        con.execute(f"create table {blocking.ALL} as select * from identities")
        con.register("pairs", pairs.to_arrow())
        con.execute("create table pair as select match_key, join_key_l, join_key_r from pairs")
        yield con


def _numbers(pairs: list[Pair]) -> list[int]:
    return sorted({number for pair in pairs for number in pair})


def score(store: Store, wanted: list[Pair]) -> pl.DataFrame:
    """Return given pairs scored with the model as it is, whatever their weight."""
    with _session(store, wanted) as con:
        return scoring.score(con, model.load(store.model), store.frequencies(), 0.0)


def charts(store: Store, wanted: list[Pair]) -> dict[Pair, dict[str, Any]]:
    """Return Splink's own waterfall chart of given pairs. It holds the values compared."""
    with _session(store, wanted) as con:
        return scoring.charts(con, model.load(store.model), store.frequencies())


def explained(store: Store, wanted: list[Pair]) -> pl.DataFrame:
    """Return given pairs with the weight of each comparison and what became of each.

    A pair that linkage did not store is scored now, and its ``decision`` says why it was not.
    """
    numbers = _numbers(wanted)
    ends = ["identity_l", "identity_r"]
    pairs = pl.DataFrame(wanted, schema=dict.fromkeys(ends, pl.Int64), orient="row")
    stored = stored_pairs(store, numbers, numbers).join(pairs, on=ends, how="semi")
    rest = pairs.join(stored, on=ends, how="anti")
    scored = score(store, rest.rows())
    why = _why_not_stored(store, numbers)
    decision = [why(pair) for pair in scored.select(ends).iter_rows()]
    scored = scored.with_columns(pl.Series("decision", decision, pl.String))
    return pl.concat([stored, scored.select(stored.columns).cast(stored.schema)]).sort(
        "match_weight", *ends, descending=[True, False, False]
    )


def _why_not_stored(store: Store, numbers: list[int]) -> Callable[[Pair], str]:
    """Return why linkage stored no score of a pair of some identities."""
    identity = identities(store, numbers)
    keys = store.scan("identity_key").filter(pl.col("identity").is_in(numbers)).collect()
    groups = clusters.exact_groups(identity, keys)
    group = dict(groups.select("identity", "exact_group").rows())
    is_nameless = pl.any_horizontal(pl.col("given", "family").is_null())
    nameless = set(identity.filter(is_nameless)["identity"])
    with model.duckdb_session(store.identity) as con:
        blocking.load_all(con, identity, groups)
        blocking.block(con)
        compared = set(con.execute("select join_key_l, join_key_r from pair").fetchall())

    def why(pair: Pair) -> str:
        if group[pair[0]] == group[pair[1]]:
            return BY_NUMBERS
        if nameless & set(pair):
            return NO_NAME
        return NOT_STORED if pair in compared else NO_RULE

    return why
