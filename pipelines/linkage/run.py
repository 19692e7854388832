"""A linkage run: from identities to the crosswalk from each feed's person keys to persons.

Lives here: the order of a run, and linking everything. Does not: linking what changed since the
last run (`incremental`); any rule.

Of the modules, each imports only from those before it: `identities`, `clusters`, `blocking`,
`person_ids`, `quality` → `model`, `encoded`, `store` → `scoring`, `resolve` → `incremental` →
`run`.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import polars as pl

from pipelines.home.files import Fingerprint, remove, replacing, write_parquet, write_parquet_if_new
from pipelines.linkage import blocking, encoded, model, scoring
from pipelines.linkage.identities import to_identities
from pipelines.linkage.incremental import LinkageResult, link_incremental
from pipelines.linkage.person_ids import (
    CHANGE,
    CROSSWALK,
    IS_BRIDGE,
    with_person_ids,
    without_parted,
)
from pipelines.linkage.quality import link_quality
from pipelines.linkage.resolve import GROUPED, resolve
from pipelines.linkage.store import NEXT, Store
from pipelines.settings import Settings

# In a home of few identities chance pairs are rare, but not so rare that equal names prove much.
_HIGHEST_PRIOR = 1e-5
# Share of a person's pairs that equal numbers find, by which the prior is raised.
_EXACT_RECALL = 0.8


def refresh_crosswalk(
    settings: Settings, full: bool = False, run_id: str = "", *, part: bool = False
) -> pl.DataFrame:
    """Link the identities of the data home, write the crosswalk and return it.

    Args:
        settings: Names the data home.
        full: Whether to estimate the model anew and link everything, as the first run does;
            otherwise only what is new or changed is linked to what is there.
        run_id: Names the run in the history of person ids; the time where not given.
        part: Whether persons that come apart in a full run get ids as if they had never been one.
    """
    store = Store(settings.identity)
    store.snapshot.begin()
    files, key = store.files(settings.feeds), settings.shared_key()
    if full or not store.is_whole:
        result = _link_all(store, files, key, part=part)
    else:
        result = link_incremental(store, files, key)
    if result:
        changed_at = run_id or datetime.now(UTC).isoformat(timespec="seconds")
        _write_changes(store, result.changes, changed_at)
        _write_crosswalk(store, result)
    store.commit(files)
    return store.read(store.crosswalk, CROSSWALK)


def relink(settings: Settings, crosswalk: pl.DataFrame) -> None:
    """Make all but the persons again, for identities under other tokens, with the model as it is.

    Args:
        settings: Names a data home with a model.
        crosswalk: Persons of its keys, which stay as they are.
    """
    store = Store(settings.identity)
    files = store.files(settings.feeds)
    result = _link_all(store, files, settings.shared_key(), model.load(store.model))
    bridge = result.persons.filter(IS_BRIDGE)
    _write_crosswalk(store, LinkageResult(pl.concat([crosswalk, bridge]), result.changes))
    store.commit(files)


def decisions(settings: Settings) -> dict[str, int]:
    """Return the number of scored pairs by what became of them."""
    path = Store(settings.identity).pair
    counts = pl.scan_parquet(path).group_by("decision").len().sort("decision").collect()
    return {str(decision): count for decision, count in counts.iter_rows()}


def prior(group: pl.DataFrame) -> float:
    """Return the probability that two identities drawn at random are of one person.

    Pairs within exact groups are counted, and raised by the share of pairs that those find.
    """
    size = group.group_by("exact_group").len("n").select(pl.col("n").cast(pl.Float64)).to_series()
    exact = float((size * (size - 1) / 2).sum())
    possible = group.height * (group.height - 1) / 2
    return min(_HIGHEST_PRIOR, max(exact, 1.0) / _EXACT_RECALL / max(possible, 2.0))


def _link_all(
    store: Store,
    files: dict[str, Fingerprint],
    key: bytes,
    trained: dict[str, Any] | None = None,
    *,
    part: bool = False,
) -> LinkageResult:
    identities = to_identities(store.read_rows(files))
    identity, identity_key = identities.identity, identities.identity_key
    del identities
    group = encoded.exact_groups(identity, identity_key, key)
    trained = trained or model.train(identity, prior(group), store.identity)
    frequency = scoring.frequencies(identity)
    grouped = identity.select(GROUPED).join(group, on="identity")
    has_encoded = identity["encoded"].count() > 0
    write_parquet(identity, store.path(NEXT))
    with model.duckdb_session(store.identity) as con:
        blocking.load_all(con, identity, group)
        # Names leave memory here; the file takes its place at the end, with all others.
        del identity, group
        blocking.block(con)
        scored = scoring.score(con, trained, frequency)
    if has_encoded:
        whole = pl.read_parquet(store.path(NEXT))
        hidden = scoring.score_encoded(store.identity, whole, grouped, trained, frequency, key)
        scored = pl.concat([scored, hidden]).sort("identity_l", "identity_r")
        del whole, hidden
    resolution = resolve(grouped, identity_key, scored)
    store.write("identity_key", identity_key)
    write_parquet(resolution.pair, store.pair)
    cluster = resolution.cluster
    del grouped, identity_key, scored, resolution
    previous, used = store.persons(), store.used_ids()
    if part:
        previous = without_parted(cluster, previous)
        used = previous["person_id"].unique()
    persons, changes = with_person_ids(cluster, previous, used)
    for path in store.additions("identity"):
        remove(path)
    store.path(NEXT).replace(store.path("identity"))
    with replacing(store.model) as partial:
        model.save(trained, partial)
    for name, table in frequency.items():
        write_parquet(table, store.path(f"frequency_{name}"))
    store.remove_unknown()
    return LinkageResult(persons, changes)


def _write_changes(store: Store, changes: pl.DataFrame, changed_at: str) -> None:
    rows = changes.with_columns(pl.lit(changed_at).alias("changed_at")).select(CHANGE.names())
    write_parquet_if_new(pl.concat([store.read(store.change, CHANGE), rows]), store.change)


def _write_crosswalk(store: Store, result: LinkageResult) -> None:
    """Write the crosswalk, and its expected quality beside it."""
    columns = ["identity_l", "identity_r", "match_probability", "decision"]
    crosswalk = result.persons.filter(~IS_BRIDGE)
    with ThreadPoolExecutor() as pool:
        written = pool.submit(store.write_persons, result.persons)
        pair = pl.read_parquet(store.pair, columns=columns)
        quality = link_quality(crosswalk, store.scan("identity_key"), pair, result.linked_pairs)
        written.result()
    write_parquet_if_new(quality, store.quality)
