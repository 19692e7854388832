"""The incremental run: what is new, changed or gone is linked to what is there.

Lives here: what changed since the last run, which persons it may touch, joining those anew.
Does not: rules of joining (`resolve`); training.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from pipelines.home.files import Fingerprint, write_parquet
from pipelines.intake.names import number
from pipelines.linkage import blocking, encoded, model, scoring
from pipelines.linkage.clusters import THRESHOLD
from pipelines.linkage.identities import (
    IDENTITY_KEY,
    KEY_NUMBER,
    in_order,
    to_identities,
    with_names_filled,
)
from pipelines.linkage.person_ids import IS_BRIDGE, with_person_ids
from pipelines.linkage.quality import moved
from pipelines.linkage.resolve import BELOW, GROUPED, resolve
from pipelines.linkage.store import Store, feed_of

# A row of identity keys, in numbers alone.
_LINK = [*KEY_NUMBER, "identity"]
_ENDS = ["identity_l", "identity_r"]


@dataclass(frozen=True)
class LinkageResult:
    """What a run leaves: persons with keys of bridges, changes of ids, linked pairs if counted."""

    persons: pl.DataFrame
    changes: pl.DataFrame
    linked_pairs: pl.DataFrame | None = None


@dataclass(frozen=True)
class IncrementalInput:
    """What changed since the last run, and which key has which identity now.

    Attributes:
        identity_key: All keys and identities, in numbers alone: ``source, key, identity``.
        new_identity: Identities that were not there before.
        new_key: Rows of `IDENTITY_KEY` that were not there before.
        gone: Rows that are there no more, in numbers alone.
    """

    identity_key: pl.DataFrame
    new_identity: pl.DataFrame
    new_key: pl.DataFrame
    gone: pl.DataFrame

    @property
    def changed(self) -> pl.DataFrame:
        """Keys that gained or lost an identity."""
        return pl.concat([self.new_key.select(KEY_NUMBER), self.gone.select(KEY_NUMBER)]).unique()

    @property
    def alive(self) -> pl.Series | None:
        """Identities of some key, where others have none any more."""
        return None if self.gone.is_empty() else self.identity_key["identity"].unique()

    def keys(self, store: Store, wanted: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of some keys, as `IDENTITY_KEY`, in order."""
        is_wanted = pl.col("key").is_in(wanted["key"].unique().implode())
        stored = store.scan("identity_key").filter(is_wanted).collect()
        here = pl.concat([stored, self.new_key])
        return in_order(_of(here.join(self.gone, on=_LINK, how="anti"), wanted))

    def identities(self, store: Store, wanted: pl.Series) -> pl.DataFrame:
        """Return some of the identities."""
        is_wanted = pl.col("identity").is_in(wanted.unique().implode())
        stored = store.scan("identity").filter(is_wanted).collect()
        return pl.concat([stored, self.new_identity.filter(is_wanted)])

    def all_identities(self, store: Store) -> pl.DataFrame:
        """Return all identities that some key has."""
        all_ = pl.concat([store.scan("identity").collect(), self.new_identity])
        return (
            all_ if self.alive is None else all_.join(self.identity_key, on="identity", how="semi")
        )

    def write(self, store: Store) -> None:
        """Store what is new in files of its own, or everything anew where something is gone."""
        if self.gone.is_empty():
            store.add("identity", self.new_identity)
            store.add("identity_key", self.new_key)
            return
        identity = self.all_identities(store)
        keys = pl.concat([store.scan("identity_key").collect(), self.new_key])
        store.write("identity", identity)
        store.write("identity_key", keys.join(self.gone, on=_LINK, how="anti"))


def link_incremental(
    store: Store, files: dict[str, Fingerprint], key: bytes
) -> LinkageResult | None:
    """Link what is new or changed since the last run, with the model as it was trained.

    Only the persons that new, changed or withdrawn identities touch are joined anew, from the pairs
    scored before and the new ones; all others stay as they are. None where nothing changed.
    """
    given = _input(store, files)
    changed = given.changed
    if changed.is_empty():
        return None
    linked_pairs = pl.read_parquet(store.quality) if store.quality.exists() else None
    with ThreadPoolExecutor() as pool:
        scoring_ = pool.submit(_score_new, store, given, key)
        stored_pair = pl.read_parquet(store.pair)
        previous = store.persons()
        previous = previous.with_columns(number(pl.col("source_person_key")).alias("key"))
        scored, placeholders = scoring_.result()
    near = pl.concat([*(scored[end] for end in _ENDS), placeholders])
    stored_pair = _without_placeholders(stored_pair, placeholders)
    persons = _touched_persons(given.identity_key, previous, changed, near, stored_pair)
    is_touched = previous["person_id"].is_in(persons.implode())
    before = previous.filter(is_touched)
    keys = given.keys(store, pl.concat([before.select(KEY_NUMBER), changed]).unique())
    identity = given.identities(store, keys["identity"])
    both = _both_in(identity["identity"])
    pairs = pl.concat([stored_pair.filter(both).drop("decision"), scored.filter(both)])
    group = encoded.exact_groups(identity, keys, key)
    resolution = resolve(
        identity.select(GROUPED).join(group, on="identity"),
        keys,
        pairs.unique(_ENDS, keep="last").sort(_ENDS),
    )
    crosswalk, changes = with_person_ids(resolution.cluster, before, store.used_ids())
    apart = scored.filter(~both).with_columns(pl.lit(BELOW).alias("decision"))
    alive = pl.lit(True) if given.alive is None else _both_in(given.alive)
    pair = pl.concat([stored_pair.filter(alive & ~both), resolution.pair, apart])
    given.write(store)
    write_parquet(pair.sort(_ENDS), store.pair)
    # Two crosswalks of everybody are the most a run holds; nothing else is needed by then.
    del given, stored_pair, pair, scored
    whole = _merged(previous.filter(~is_touched), crosswalk)
    if linked_pairs is not None:
        persons = (before.filter(~IS_BRIDGE), crosswalk.filter(~IS_BRIDGE))
        linked_pairs = moved(linked_pairs, *persons)
    return LinkageResult(whole, changes, linked_pairs)


def _input(store: Store, files: dict[str, Fingerprint]) -> IncrementalInput:
    """Return what changed since the last run.

    Of a feed whose files were only added to, the new files are read. One of whose files was
    replaced or removed is read whole: that alone shows what no file holds any more.
    """
    stored = store.scan("identity_key").select(*_LINK, "first_year").collect()
    before = store.files_read()
    altered = {
        feed_of(path)
        for path, one in before.items()
        if path not in files or files[path].sha256 != one.sha256
    }
    wanted = sorted(path for path in files if path not in before or feed_of(path) in altered)
    added_to = frozenset(map(feed_of, before)) - altered
    read = to_identities(store.read_rows(wanted, added_to))
    # Stored names under the same keys may fill new rows that have none.
    known = stored.filter(pl.col("key").is_in(read.identity_key["key"].unique().implode()))
    is_altered = pl.col("source").is_in(altered)
    context = known.filter(~is_altered)
    is_context = pl.col("identity").is_in(context["identity"].unique().implode())
    named = store.scan("identity").filter(is_context).collect()
    no_key = pl.lit("").alias("source_person_key")
    part = with_names_filled(
        pl.concat([read.identity, named]).unique("identity", maintain_order=True),
        pl.concat([read.identity_key, context.with_columns(no_key).select(IDENTITY_KEY.names())]),
    )
    new_key = part.identity_key.join(known, on=_LINK, how="anti")
    gone = stored.clear()
    if altered:
        gone = stored.filter(is_altered).join(part.identity_key, on=_LINK, how="anti")
    is_part = pl.col("identity").is_in(part.identity["identity"].implode())
    new_identity = part.identity.join(stored.filter(is_part), on="identity", how="anti")
    identity_key = pl.concat([stored.select(_LINK), new_key.select(_LINK)])
    if not gone.is_empty():
        identity_key = identity_key.join(gone, on=_LINK, how="anti")
    return IncrementalInput(identity_key, new_identity, new_key, gone.select(_LINK))


def _without_placeholders(pair: pl.DataFrame, placeholders: pl.Series) -> pl.DataFrame:
    """Return stored pairs without those of a name that is a placeholder by now."""
    is_one = pl.any_horizontal(pl.col(end).is_in(placeholders.implode()) for end in _ENDS)
    return pair.filter(~is_one | pl.col("match_key").is_in(["ssn", "state_id"]))


def _score_new(store: Store, given: IncrementalInput, key: bytes) -> tuple[pl.DataFrame, pl.Series]:
    """Return the scored pairs of identities that were not there before, and placeholders.

    Placeholders are all identities of a name and birth date that is one, old ones too.
    """
    trained, frequency = model.load(store.model), store.frequencies()
    with model.duckdb_session(store.identity) as con:
        blocking.load_near(con, store.paths("identity"), given.new_identity, given.alive)
        blocking.block(con, blocking.NEW)
        placeholders = blocking.placeholders(con)
        scored = scoring.score(con, trained, frequency)
    stored_encoded = store.scan("identity").select(pl.col("encoded").count()).collect().item()
    if not stored_encoded + given.new_identity["encoded"].count():
        return scored, placeholders
    whole = given.all_identities(store)
    group = whole.select("identity", pl.col("identity").alias("exact_group"))
    new = given.new_identity["identity"]
    hidden = scoring.score_encoded(store.identity, whole, group, trained, frequency, key, new)
    return pl.concat([scored, hidden]).sort(_ENDS), placeholders


def _touched_persons(
    identity_key: pl.DataFrame,
    previous: pl.DataFrame,
    changed: pl.DataFrame,
    near: pl.Series,
    pair: pl.DataFrame,
) -> pl.Series:
    """Return the persons whose identities may be joined otherwise now.

    They hold changed keys, identities of those, identities paired with new ones, or an identity
    that a likely pair, linked or refused, ties to one of them.
    """
    now = _of(identity_key, changed)
    same_identity = pl.col("identity").is_in(pl.concat([now["identity"], near]).unique().implode())
    same_key = pl.col("key").is_in(now["key"].unique().implode())
    first = pl.concat(
        [
            _of(previous, identity_key.filter(same_identity | same_key))["person_id"],
            _of(previous, changed)["person_id"],
        ]
    ).unique()
    held = previous.filter(pl.col("person_id").is_in(first.implode()))
    members = _of(identity_key, held)["identity"].unique()
    likely = pair.lazy().filter(pl.col("match_probability") >= THRESHOLD)
    ends = likely.select(_ENDS).collect()
    tied = pl.concat(
        ends.filter(pl.col(one).is_in(members.implode()))[other]
        for one, other in (_ENDS, reversed(_ENDS))
    )
    of_tied = identity_key.filter(pl.col("identity").is_in(tied.unique().implode()))
    second = _of(previous, of_tied)["person_id"]
    return pl.concat([first, second]).drop_nulls().unique()


def _both_in(identities: pl.Series) -> pl.Expr:
    return pl.all_horizontal(pl.col(end).is_in(identities.implode()) for end in _ENDS)


def _of(rows: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of some keys; numbers alone thin them out first, which is much faster."""
    likely = rows.filter(pl.col("key").is_in(keys["key"].unique().implode()))
    return likely.join(keys, on=KEY_NUMBER, how="semi")


def _merged(rest: pl.DataFrame, crosswalk: pl.DataFrame) -> pl.DataFrame:
    """Return two crosswalks, each in order, as one in order.

    Args:
        rest: With ``key``.
        crosswalk: Without it.
    """
    crosswalk = crosswalk.with_columns(number(pl.col("source_person_key")).alias("key"))
    one, other = _by_source(rest), _by_source(crosswalk)
    merged = [
        one.get(source, rest.clear()).merge_sorted(other.get(source, rest.clear()), key="key")
        for source in sorted({*one, *other})
    ]
    return pl.concat([rest.clear(), *merged]).drop("key")


def _by_source(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the rows of each source, which follow each other, without copying any."""
    runs = rows["source"].rle().struct.unnest()
    ends = runs["len"].cum_sum()
    return {
        source: rows.slice(end - length, length)
        for (length, source), end in zip(runs.iter_rows(), ends, strict=True)
    }
