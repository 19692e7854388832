"""The evidence on pairs of records: what agrees, how much each agreement weighs, what became of it.

Lives here: reading what linkage keeps, scoring given pairs, weights in words.
Does not: drawing, printing, any rule of linkage.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations, product
from math import log2
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import UserError
from pipelines.linkage import blocking, clusters, model
from pipelines.linkage.records import KEY
from pipelines.linkage.run import LEAST_KEPT, Store

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
# What is told of a pair that linkage did not keep.
BY_NUMBERS = "joined by equal numbers, no weight needed"
NO_NAME = "not compared: a name is missing"
NO_RULE = "not compared: no blocking rule finds it"
FORGOTTEN = f"scored below {LEAST_KEPT} and forgotten"
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
    found = {}
    for comparison in trained["comparisons"]:
        all_levels = comparison["comparison_levels"]
        told = [level for level in all_levels if not level.get("is_null_level")]
        nothing = [level for level in all_levels if level.get("is_null_level")]
        numbered = {len(told) - 1 - at: level for at, level in enumerate(told)}
        numbered |= dict.fromkeys([_NOTHING] if nothing else [], nothing[0] if nothing else {})
        found[comparison["output_column_name"]] = {
            number: Level(
                level["label_for_charts"], level.get("m_probability"), level.get("u_probability")
            )
            for number, level in numbered.items()
        }
    return found


def prior_bits(trained: dict[str, Any]) -> float:
    """Return the weight of a pair of which nothing is known."""
    prior = trained["probability_two_random_records_match"]
    return log2(prior / (1 - prior))


def bars(scored: dict[str, Any], trained: dict[str, Any]) -> list[Bar]:
    """Return the steps of a scored pair's weight; comparisons of nothing are left out.

    Args:
        scored: One row of scored pairs.
        trained: The model it was scored with.
    """
    of = levels(trained)
    steps = [Bar(PRIOR, "", prior_bits(trained))]
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


def frequencies(store: Store) -> dict[str, pl.DataFrame]:
    """Return how often values occurred when the model was trained."""
    return {name: pl.read_parquet(store.kept(f"frequency_{name}")) for name in model.BY_FREQUENCY}


def records(store: Store, wanted: list[int]) -> pl.DataFrame:
    """Return records by number, values as they are compared."""
    return store.scan("record").filter(pl.col("record").is_in(wanted)).sort("record").collect()


def persons_of_records(store: Store) -> pl.LazyFrame:
    """Return the person of each record, with the key that says so and by which evidence."""
    return store.scan("holder").join(pl.scan_parquet(store.crosswalk), on=list(KEY), how="inner")


def held(store: Store, id_: str) -> pl.DataFrame:
    """Return who holds the records of a person: one row for each key and record.

    Args:
        store: The identity store.
        id_: A person id, or the number of one of the person's records.

    Raises:
        UnknownId: No person or record has that id, or there is no crosswalk yet.
    """
    if not store.is_whole:
        raise UnknownId(
            "There is no crosswalk yet, or its last run did not end. Run: pathways refresh"
        )
    of = persons_of_records(store)
    if id_.isdecimal():
        mine = of.filter(pl.col("record") == int(id_)).select("person_id").unique()
        found = of.join(mine, on="person_id", how="semi")
    else:
        found = of.filter(pl.col("person_id") == id_)
    rows = found.sort("record", "source", "source_person_key").collect()
    if rows.is_empty():
        raise UnknownId(_unknown(store, id_))
    return rows


def _unknown(store: Store, id_: str) -> str:
    if id_.isdecimal():
        return f"No record has the number {id_}. match_pair.parquet holds numbers of records."
    told = pl.scan_parquet(store.change).filter(pl.col("person_id") == id_) if id_ else None
    last = told.collect() if told is not None and store.change.exists() else pl.DataFrame()
    if last.is_empty():
        return f"No person has the id {id_ or '(none given)'}. Ids begin with P: P0123456789abcdef."
    change = last.sort("changed_at").row(-1, named=True)
    other = f" ({change['other_person_id']})" if change["other_person_id"] else ""
    return f"{id_} is nobody's id any more: {change['change']}{other}, {change['reason']}."


def kept_pairs(store: Store, one: list[int], other: list[int] | None = None) -> pl.DataFrame:
    """Return kept pairs with an end in `one` and, where given, the other in `other`."""
    left, right = pl.col("record_l"), pl.col("record_r")
    if other is None:
        wanted = left.is_in(one) | right.is_in(one)
    else:
        wanted = (left.is_in(one) & right.is_in(other)) | (left.is_in(other) & right.is_in(one))
    return (
        pl.scan_parquet(store.pair)
        .filter(wanted)
        .sort("match_weight", "record_l", "record_r", descending=[True, False, False])
        .collect()
    )


def within(numbers: list[int]) -> list[Pair]:
    """Return all pairs of records, the lesser number first."""
    return list(combinations(sorted(set(numbers)), 2))


def between(one: list[int], other: list[int]) -> list[Pair]:
    """Return all pairs of a record here and one there, the lesser number first."""
    return sorted({(min(pair), max(pair)) for pair in product(one, other) if len(set(pair)) > 1})


@contextmanager
def _bench(store: Store, wanted: list[Pair]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a DuckDB that holds the pairs and their records as `model.score` takes them."""
    numbers = sorted({number for pair in wanted for number in pair})
    given = pl.DataFrame(wanted, schema=["join_key_l", "join_key_r"], orient="row").with_columns(
        pl.lit("given").alias("match_key")
    )
    with model.workshop(store.identity) as con:
        con.register("record_given", records(store, numbers).to_arrow())
        con.execute("create table record as select * from record_given")
        con.register("pair_given", given.to_arrow())
        con.execute("create table pair as select match_key, join_key_l, join_key_r from pair_given")
        yield con


def score(store: Store, wanted: list[Pair]) -> pl.DataFrame:
    """Return given pairs scored with the model as it is, whatever their weight."""
    trained = model.load(store.model)
    with _bench(store, wanted or [(-1, -1)]) as con:
        return model.score(con, trained, frequencies(store), 0.0)


def charts(store: Store, wanted: list[Pair]) -> dict[Pair, dict[str, Any]]:
    """Return Splink's own waterfall chart of given pairs. It holds the values compared."""
    with _bench(store, wanted or [(-1, -1)]) as con:
        return model.charts(con, model.load(store.model), frequencies(store))


def explained(store: Store, wanted: list[Pair]) -> pl.DataFrame:
    """Return given pairs with the weight of each comparison and what became of each.

    A pair that linkage kept is told as it was kept; another is scored now, and its ``decision``
    tells why it was not kept.
    """
    numbers = sorted({number for pair in wanted for number in pair})
    asked = pl.DataFrame(wanted, schema={"record_l": pl.Int64, "record_r": pl.Int64}, orient="row")
    kept = kept_pairs(store, numbers, numbers).join(asked, on=["record_l", "record_r"], how="semi")
    rest = asked.join(kept, on=["record_l", "record_r"], how="anti")
    scored = score(store, rest.rows())
    why = _why_not_kept(store, numbers, rest.rows())
    decision = [why[pair] for pair in scored.select("record_l", "record_r").iter_rows()]
    scored = scored.with_columns(pl.Series("decision", decision, pl.String))
    return pl.concat([kept, scored.select(kept.columns).cast(kept.schema)]).sort(
        "match_weight", "record_l", "record_r", descending=[True, False, False]
    )


def _why_not_kept(store: Store, numbers: list[int], wanted: list[Pair]) -> dict[Pair, str]:
    """Return why linkage kept no score of each pair."""
    mine = records(store, numbers)
    holder = store.scan("holder").filter(pl.col("record").is_in(numbers)).collect()
    groups = clusters.exact_groups(mine, holder)
    grp = dict(groups.select("record", "grp").rows())
    nameless = set(mine.filter(pl.any_horizontal(pl.col("given", "family").is_null()))["record"])
    with model.workshop(store.identity) as con:
        blocking.load_records(con, mine, groups)
        blocking.block(con)
        found = set(con.execute("select join_key_l, join_key_r from pair").fetchall())

    def why(pair: Pair) -> str:
        if grp[pair[0]] == grp[pair[1]]:
            return BY_NUMBERS
        if nameless & set(pair):
            return NO_NAME
        return FORGOTTEN if pair in found else NO_RULE

    return {pair: why(pair) for pair in wanted}
