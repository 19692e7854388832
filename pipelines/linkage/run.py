"""Who is who: the crosswalk from what each feed calls a person to one person across agencies.

Lives here: the order of a linkage run, what it reads and what it leaves in `identity/`.
Does not: reading anything but `identity/`; storing a name anywhere else.

Rooms: `standardise` (names as compared) → `records` (distinct records) → `model` (Splink) and
`pairs` (which are compared), `encoded` (both, where names are encoded) → `clusters` (who is one
person) → `persons` (ids that last) → `quality` (how good it is by its own account).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.home import code_version
from pipelines.home.files import remove, replacing, sha256, write_parquet, write_parquet_if_new
from pipelines.home.snapshot import Snapshot
from pipelines.intake.names import number
from pipelines.linkage import blocking, clusters, encoded, model
from pipelines.linkage.person_ids import CHANGE, CROSSWALK, with_person_ids
from pipelines.linkage.quality import link_quality, moved
from pipelines.linkage.records import (
    HOLDER,
    KEY,
    TOLD_ONCE,
    identity_files,
    in_order,
    read_identities,
    settled,
    to_records,
)
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.person_crosswalk import PersonCrosswalk

# Pairs below this probability are forgotten; those above are kept with their weights for review.
LEAST_KEPT = 0.5
# Pairs above this one may join people. See benchmarks/README.md for precision and recall by it.
THRESHOLD = 0.7
# In a home of few records chance pairs are rare, but not so rare that equal names prove much.
_HIGHEST_PRIOR = 1e-5
# Share of a person's pairs that exact numbers find, by which the prior is raised.
_EXACT_RECALL = 0.8
BELOW = "below threshold"
ID = pl.Schema({name: CROSSWALK[name] for name in (*KEY, "person_id")})
# A key, with a number in place of its hash: much faster to join by.
ROW = ["source", "key"]
HELD = [*ROW, "record"]
# What of a record is needed once it is scored.
GROUPED = ["record", "state_id", "ssn", "ssn5", "ssn4", "born"]
FILE = pl.Schema(
    {
        "feed": pl.String,
        "path": pl.String,
        "bytes": pl.Int64,
        "changed_ns": pl.Int64,
        "sha256": pl.String,
    }
)
READ = "read"


@dataclass(frozen=True)
class Store:
    """Where linkage keeps what it needs the next night; all of it in `identity/`."""

    identity: Path

    @property
    def crosswalk(self) -> Path:
        """The person crosswalk."""
        return self.identity / "person_crosswalk.parquet"

    @property
    def model(self) -> Path:
        """The trained model: weights, no values of anybody."""
        return self.identity / "linkage_model.json"

    @property
    def pair(self) -> Path:
        """Scored pairs with the weight of each comparison and what became of them."""
        return self.identity / "match_pair.parquet"

    @property
    def change(self) -> Path:
        """What ever happened to person ids."""
        return self.identity / "person_change.parquet"

    @property
    def quality(self) -> Path:
        """Linked and expected true pairs of each two feeds: counts alone."""
        return self.identity / "link_quality.parquet"

    def kept(self, name: str) -> Path:
        """A table of records, of who holds them, of files read, or of how often values occur."""
        return self.identity / "linkage" / f"{name}.parquet"

    def added(self, name: str) -> list[Path]:
        """What nights added to a table since it was last written whole, the oldest first."""
        return sorted(self.kept(name).parent.glob(f"{name}.*.parquet"))

    def scan(self, name: str) -> pl.LazyFrame:
        """Return a table with what nights have added to it, not read yet."""
        return pl.scan_parquet(self.paths(name))

    def paths(self, name: str) -> list[Path]:
        """Return the files of a table."""
        return [self.kept(name), *self.added(name)]

    def write(self, name: str, table: pl.DataFrame) -> None:
        """Write a table whole."""
        write_parquet(table, self.kept(name))
        for path in self.added(name):
            remove(path)

    def add(self, name: str, rows: pl.DataFrame) -> None:
        """Add rows to a table, in a file of their own."""
        if not rows.is_empty():
            write_parquet(rows, self.kept(f"{name}.{len(self.added(name)):05d}"))

    @property
    def snapshot(self) -> Snapshot:
        """Copies of all of it, by which a run that died is undone."""
        singles = (self.crosswalk, self.model, self.pair, self.change, self.quality)
        return Snapshot(self.identity, [*(path.name for path in singles), "linkage/*.parquet"])

    @property
    def is_whole(self) -> bool:
        """Whether the last run wrote all it had to, with this code: the next can go on from it."""
        is_of_this_code = self.snapshot.note.get("version") == code_version.linkage()
        return self.kept(READ).exists() and is_of_this_code

    def open(self) -> None:
        """Say that a run begins to write; should it die, the next one links everything."""
        remove(self.kept(READ))

    def read(self, path: Path, schema: pl.Schema) -> pl.DataFrame:
        """Return a table, or an empty one of `schema` where there is none yet."""
        return pl.read_parquet(path, columns=schema.names()) if path.exists() else schema.to_frame()


@dataclass(frozen=True)
class Linked:
    """A linkage run's outcome.

    Attributes:
        cluster: ``source, source_person_key, key, cluster, match_method, match_score``.
        pair: Scored pairs with their ``decision``.
    """

    cluster: pl.DataFrame
    pair: pl.DataFrame


@dataclass(frozen=True)
class Persons:
    """What a run leaves: the crosswalk, what happened to ids, and linked pairs where counted."""

    crosswalk: pl.DataFrame
    changes: pl.DataFrame
    linked: pl.DataFrame | None = None


@dataclass(frozen=True)
class Night:
    """What a night finds: what is new, what is gone, and who holds which record now.

    Attributes:
        holder: Who holds all records, in numbers alone: ``source, key, record``.
        new_record: Records that were not there before.
        new_holder: Holders that were not there before.
        gone: Holders that are no more, in numbers.
    """

    holder: pl.DataFrame
    new_record: pl.DataFrame
    new_holder: pl.DataFrame
    gone: pl.DataFrame

    @property
    def changed(self) -> pl.DataFrame:
        """Keys that gained or lost a record."""
        return pl.concat([self.new_holder.select(ROW), self.gone.select(ROW)]).unique()

    @property
    def alive(self) -> pl.Series | None:
        """Records that somebody holds, where some are held no more."""
        return None if self.gone.is_empty() else self.holder["record"].unique()

    def holders(self, store: Store, keys: pl.DataFrame) -> pl.DataFrame:
        """Return who holds the records of some keys, as `HOLDER`, in order."""
        told = store.scan("holder").filter(pl.col("key").is_in(keys["key"].unique().implode()))
        here = pl.concat([told.collect(), self.new_holder])
        return in_order(_of(here.join(self.gone, on=HELD, how="anti"), keys))

    def records(self, store: Store, wanted: pl.Series) -> pl.DataFrame:
        """Return some of the records."""
        mine = pl.col("record").is_in(wanted.unique().implode())
        kept = store.scan("record").filter(mine).collect()
        return pl.concat([kept, self.new_record.filter(mine)])

    def whole(self, store: Store) -> pl.DataFrame:
        """Return all records."""
        all_ = pl.concat([store.scan("record").collect(), self.new_record])
        return all_ if self.alive is None else all_.join(self.holder, on="record", how="semi")


def refresh_crosswalk(settings: Settings, full: bool = False, run_id: str = "") -> pl.DataFrame:
    """Link the identities of the data home, write the crosswalk and return it.

    Args:
        settings: Names the data home.
        full: Whether to estimate the model anew and link everything, as the first run does;
            otherwise only what is new or changed is linked to what is there.
        run_id: Names the run in the history of person ids; the time where not given.
    """
    store = Store(settings.identity)
    store.snapshot.begin()
    files = _files(settings, store)
    link = _link_everything if full or not store.is_whole else _link_new
    persons = link(store, files, settings.shared_key())
    if persons:
        when = run_id or datetime.now(UTC).isoformat(timespec="seconds")
        _remember_changes(store, persons.changes, when)
        _write_crosswalk(store, persons.crosswalk, persons.linked)
    write_parquet_if_new(files, store.kept(READ))
    store.snapshot.commit(version=code_version.linkage())
    return persons.crosswalk if persons else store.read(store.crosswalk, CROSSWALK)


def _write_crosswalk(
    store: Store, crosswalk: pl.DataFrame, linked: pl.DataFrame | None = None
) -> None:
    """Write the crosswalk, and the counts that tell how good it is.

    Args:
        store: Where to.
        crosswalk: The crosswalk.
        linked: Its linked pairs of keys, where they are known.
    """
    columns = ["record_l", "record_r", "match_probability", "decision"]
    with ThreadPoolExecutor() as beside:
        written = beside.submit(write_parquet_if_new, crosswalk, store.crosswalk, is_small=False)
        pair = pl.read_parquet(store.pair, columns=columns)
        told = link_quality(crosswalk, store.scan("holder"), pair, linked)
        written.result()
    write_parquet_if_new(told, store.quality)


def _files(settings: Settings, store: Store) -> pl.DataFrame:
    """Return the identity files there are; only those of another size or time are read for it."""
    known = {
        (path, size, changed): content
        for _, path, size, changed, content in store.read(store.kept(READ), FILE).iter_rows()
    }
    told = [(feed, *file) for feed in FEEDS for file in identity_files(settings, feed)]
    unknown = [file[1:] for file in told if file[1:] not in known]
    with ThreadPoolExecutor() as pool:
        hashes = pool.map(lambda file: sha256(settings.identity / file[0]), unknown)
        known |= dict(zip(unknown, hashes, strict=True))
    return pl.DataFrame([(*file, known[file[1:]]) for file in told], schema=FILE, orient="row")


def _read(
    store: Store, files: pl.DataFrame, added_to: frozenset[str] = frozenset()
) -> Iterator[pl.DataFrame]:
    """Yield the identities of files, and keep which were told.

    Args:
        store: Where to keep it.
        files: The files to read.
        added_to: Feeds whose other files were read before, and say what they said: what those of
            `TOLD_ONCE` told then is left out.
    """
    told = {
        feed: store.scan(f"told_{feed}").collect()["told"] for feed in TOLD_ONCE if feed in added_to
    }
    paths = [(feed, store.identity / path) for feed, path in files.select("feed", "path").rows()]
    for identities in read_identities(paths, told):
        if identities.feed in TOLD_ONCE:
            keep = store.add if identities.feed in told else store.write
            keep(f"told_{identities.feed}", identities.told.to_frame("told"))
        yield identities.rows


def remake(settings: Settings, crosswalk: pl.DataFrame) -> None:
    """Make all but the persons again, for records under other tokens, with the model as it is.

    Args:
        settings: Names a data home with a model.
        crosswalk: Persons of its keys, which stay as they are.
    """
    store = Store(settings.identity)
    files = _files(settings, store)
    _link_everything(store, files, settings.shared_key(), model.load(store.model))
    _write_crosswalk(store, crosswalk)
    write_parquet(files, store.kept(READ))
    store.snapshot.commit(version=code_version.linkage())


def _link_everything(
    store: Store, files: pl.DataFrame, key: bytes, trained: dict[str, Any] | None = None
) -> Persons:
    records = to_records(_read(store, files))
    coded = _coded(records.record, key)
    group = clusters.exact_groups(records.record, records.holder, coded and coded[0])
    has_encoded = coded is not None
    del coded
    trained = trained or model.train(records.record, prior(group), store.identity)
    frequency = model.frequencies(records.record)
    grouped = records.record.select(GROUPED).join(group, on="record")
    # Names leave memory here; the file takes its place at the end, with all others.
    write_parquet(records.record, store.kept("next"))
    holder = records.holder
    with model.workshop(store.identity) as con:
        blocking.load_records(con, records.record, group)
        del records, group
        blocking.block(con)
        scored = model.score(con, trained, frequency, LEAST_KEPT)
    if has_encoded:
        whole = pl.read_parquet(store.kept("next"))
        hidden = _score_encoded(store, whole, grouped, trained, frequency, key)
        scored = pl.concat([scored, hidden]).sort("record_l", "record_r")
        del whole, hidden
    linked = resolve(grouped, holder, scored)
    store.open()
    store.write("holder", holder)
    write_parquet(linked.pair, store.pair)
    cluster = linked.cluster
    del grouped, holder, scored, linked
    crosswalk, changes = _named(cluster, store.read(store.crosswalk, ID), _used(store))
    for path in store.added("record"):
        remove(path)
    store.kept("next").replace(store.kept("record"))
    with replacing(store.model) as partial:
        model.save(trained, partial)
    for name, table in frequency.items():
        write_parquet(table, store.kept(f"frequency_{name}"))
    return Persons(crosswalk, changes)


def _coded(record: pl.DataFrame, key: bytes) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return the codes of all records, if any of them is encoded."""
    return encoded.codes(record, key) if record["encoded"].count() else None


def _score_encoded(
    store: Store,
    record: pl.DataFrame,
    group: pl.DataFrame,
    trained: dict[str, Any],
    frequency: dict[str, pl.DataFrame],
    key: bytes,
    new: pl.Series | None = None,
) -> pl.DataFrame:
    """Return the scored pairs that hold an encoded record, and one of `new` where given."""
    with model.workshop(store.identity) as con:
        encoded.load(con, record, group, encoded.codes(record, key))
        if new is None:
            encoded.block(con)
        else:
            _mark_new(con, new)
            encoded.block(con, "new")
        frequency = encoded.frequencies(frequency, key)
        return model.score(con, encoded.model(trained), frequency, LEAST_KEPT)


def _mark_new(con: duckdb.DuckDBPyConnection, new: pl.Series) -> None:
    con.register("new_record", new.to_frame("record").to_arrow())
    con.execute("create table new as select * from record semi join new_record using (record)")


def prior(group: pl.DataFrame) -> float:
    """Return the probability that two records taken at random are of one person.

    Pairs within exact groups are counted, and raised by the share of pairs that those find.
    """
    size = group.group_by("grp").len("n").select(pl.col("n").cast(pl.Float64)).to_series()
    found = float((size * (size - 1) / 2).sum())
    possible = group.height * (group.height - 1) / 2
    return min(_HIGHEST_PRIOR, max(found, 1.0) / _EXACT_RECALL / max(possible, 2.0))


def decisions(settings: Settings) -> dict[str, int]:
    """Return how many scored pairs were linked, refused or split, by what became of them."""
    path = Store(settings.identity).pair
    counted = pl.scan_parquet(path).group_by("decision").len().sort("decision").collect()
    return {str(decision): count for decision, count in counted.iter_rows()}


def resolve(grouped: pl.DataFrame, holder: pl.DataFrame, scored: pl.DataFrame) -> Linked:
    """Return who is one person, and what became of each scored pair.

    Args:
        grouped: Records with ``grp`` and ``core``.
        holder: Who holds them, in order of keys.
        scored: Pairs as `model.score` gives them.
    """
    scored = blocking.guarded(scored)
    likely = pl.col("match_probability") >= THRESHOLD
    links = blocking.between_groups(scored.filter(likely & pl.col("decision").is_null()), grouped)
    known = clusters.facts(grouped, holder, pl.concat([links["left"], links["right"]]))
    links = _decided(links, known)
    held = links.filter(pl.col("decision") == clusters.LINKED)
    return Linked(
        _clusters_of_keys(grouped, holder, clusters.persons(held, known), held),
        _with_decisions(scored, grouped, links),
    )


def _decided(links: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return links, strongest first, with the ``decision`` on each.

    Most clusters can hold no contradiction, and all their links hold. The others are joined link by
    link, after links between groups that are at odds, and those to two candidates, are taken out.
    """
    links = links.with_columns(
        pl.lit(clusters.LINKED).alias("decision"), clusters.torn(links, known).alias("torn")
    )
    whole, torn = links.filter(~pl.col("torn")), links.filter("torn")
    ends = pl.concat([torn["left"], torn["right"]])
    mine = known.filter(pl.col("grp").is_in(ends.implode()))
    groups = clusters.as_groups(mine)
    reasons = [
        clusters.why_apart(groups[left], groups[right])
        for left, right in torn.select("left", "right").iter_rows()
    ]
    at_odds = [f"split: {reason}" if reason else None for reason in reasons]
    torn = torn.with_columns(pl.Series("decision", at_odds, pl.String))
    ids = mine.select("grp", pl.col("state_ids").list.first().alias("state_id")).drop_nulls()
    unsure = blocking.ambiguous(torn.filter(pl.col("decision").is_null()), ids)
    torn = torn.join(
        unsure.with_columns(pl.lit(blocking.TWO_CANDIDATES).alias("unsure")),
        on=["left", "right"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.coalesce("decision", "unsure").alias("decision"))
    tried = torn.filter(pl.col("decision").is_null())
    decision = clusters.cluster(groups, tried.select("left", "right").rows())
    tried = tried.with_columns(pl.Series("decision", decision, pl.String))
    columns = whole.columns
    return pl.concat(
        [whole, torn.drop_nulls("decision").select(columns), tried.select(columns)]
    ).sort("match_weight", "left", "right", descending=[True, False, False])


def _clusters_of_keys(
    grouped: pl.DataFrame, holder: pl.DataFrame, persons: pl.DataFrame, links: pl.DataFrame
) -> pl.DataFrame:
    """Return each key's cluster, and the evidence that holds it there."""
    joined = persons.join(
        links.with_row_index("held_by").select(
            pl.col("held_by").cast(pl.Int64), "match_probability", "is_equal"
        ),
        on="held_by",
        how="left",
    )
    known = grouped.select(
        "record",
        "grp",
        pl.col("state_id").is_not_null().any().over("core").alias("by_state_id"),
        pl.col("ssn").is_not_null().any().over("core").alias("has_ssn"),
    )
    keys = (
        holder.select(*KEY, "key", "record")
        .filter(pl.struct("source", "key").rle_id().is_first_distinct())
        .join(known, on="record")
        .join(joined, on="grp", how="left")
        .with_columns(pl.coalesce("cluster", "grp").alias("cluster"))
    )
    alone = pl.len().over("cluster") == 1
    linked = pl.col("match_probability").is_not_null()
    method = (
        pl.when(linked & pl.col("is_equal"))
        .then(pl.lit("name_birth_date"))
        .when(linked)
        .then(pl.lit("probabilistic"))
        .when("by_state_id")
        .then(pl.lit("state_student_id"))
        .when(alone)
        .then(pl.lit("unmatched"))
        .when("has_ssn")
        .then(pl.lit("ssn"))
        .otherwise(pl.lit("name_birth_date"))
    )
    return (
        keys.with_columns(method.alias("match_method"))
        .with_columns(
            pl.when(pl.col("match_method") != "unmatched")
            .then(pl.coalesce("match_probability", 1.0))
            .alias("match_score")
        )
        .select(*KEY, "key", "cluster", "match_method", "match_score")
    )


def _with_decisions(
    scored: pl.DataFrame, grouped: pl.DataFrame, decided: pl.DataFrame
) -> pl.DataFrame:
    """Return scored pairs with what became of each; a pair of one group is linked anyway."""
    of = grouped.select("record", "grp")
    low, high = pl.min_horizontal("grp", "grp_right"), pl.max_horizontal("grp", "grp_right")
    same = pl.col("grp") == pl.col("grp_right")
    return (
        scored.join(of, left_on="record_l", right_on="record")
        .join(of, left_on="record_r", right_on="record")
        .with_columns(low.alias("left"), high.alias("right"))
        .join(
            decided.select("left", "right", pl.col("decision").alias("of_link")),
            on=["left", "right"],
            how="left",
        )
        .with_columns(
            pl.when(same)
            .then(pl.lit(clusters.LINKED))
            .otherwise(pl.coalesce("decision", "of_link", pl.lit(BELOW)))
            .alias("decision")
        )
        .drop("grp", "grp_right", "left", "right", "of_link")
        .sort("record_l", "record_r")
    )


def _named(
    cluster: pl.DataFrame, previous: pl.DataFrame, used: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    named, changes = with_person_ids(cluster, previous.select(*KEY, "person_id"), used)
    crosswalk = named.select(CROSSWALK.names())
    PersonCrosswalk.validate(crosswalk)
    return crosswalk, changes


def _used(store: Store) -> pl.Series:
    return store.read(store.change, pl.Schema({"person_id": pl.String}))["person_id"].unique()


def _remember_changes(store: Store, changes: pl.DataFrame, run_id: str) -> None:
    told = changes.with_columns(pl.lit(run_id).alias("changed_at")).select(CHANGE.names())
    write_parquet_if_new(pl.concat([store.read(store.change, CHANGE), told]), store.change)


def _link_new(store: Store, files: pl.DataFrame, key: bytes) -> Persons | None:
    """Link what is new or changed since the last run, with the model as it was trained.

    Only the persons that new, changed or withdrawn records touch are joined anew, from the pairs
    scored before and the new ones; all others stay as they are. None where nothing changed.
    """
    night = _changed(store, files)
    changed = night.changed
    if changed.is_empty():
        return None
    linked = pl.read_parquet(store.quality) if store.quality.exists() else None
    with ThreadPoolExecutor() as beside:
        scoring = beside.submit(_score_new, store, night, key)
        kept_pair = pl.read_parquet(store.pair)
        previous = store.read(store.crosswalk, CROSSWALK)
        previous = previous.with_columns(number(pl.col("source_person_key")).alias("key"))
        scored = scoring.result()
    near = pl.concat([scored["record_l"], scored["record_r"]])
    touched = _persons_near(night.holder, previous, changed, near, kept_pair)
    is_touched = previous["person_id"].is_in(touched.implode())
    before = previous.filter(is_touched)
    holder = night.holders(store, pl.concat([before.select(ROW), changed]).unique())
    record = night.records(store, holder["record"])
    both = _both_in(record["record"])
    again = pl.concat([kept_pair.filter(both).drop("decision"), scored.filter(both)]).unique(
        ["record_l", "record_r"], keep="last"
    )
    coded = _coded(record, key)
    group = clusters.exact_groups(record, holder, coded and coded[0])
    found = resolve(
        record.select(GROUPED).join(group, on="record"), holder, again.sort("record_l", "record_r")
    )
    crosswalk, changes = _named(found.cluster, before, _used(store))
    apart = scored.filter(~both).with_columns(pl.lit(BELOW).alias("decision"))
    alive = pl.lit(True) if night.alive is None else _both_in(night.alive)
    pair = pl.concat([kept_pair.filter(alive & ~both), found.pair, apart])
    store.open()
    _keep_night(store, night)
    write_parquet(pair.sort("record_l", "record_r"), store.pair)
    # Two crosswalks of everybody are the most a night holds; nothing else needs to stay by then.
    del night, kept_pair, pair, scored
    whole = _merged(previous.filter(~is_touched), crosswalk)
    return Persons(whole, changes, None if linked is None else moved(linked, before, crosswalk))


def _keep_night(store: Store, night: Night) -> None:
    """Keep the records of a night: what is new apart, or all of them where some are gone."""
    if night.gone.is_empty():
        store.add("record", night.new_record)
        store.add("holder", night.new_holder)
        return
    record = night.whole(store)
    holder = pl.concat([store.scan("holder").collect(), night.new_holder])
    store.write("record", record)
    store.write("holder", holder.join(night.gone, on=HELD, how="anti"))


def _both_in(records: pl.Series) -> pl.Expr:
    return pl.all_horizontal(
        pl.col(end).is_in(records.implode()) for end in ("record_l", "record_r")
    )


def _of(rows: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of some keys; numbers alone thin them out first, which is much faster."""
    likely = rows.filter(pl.col("key").is_in(keys["key"].unique().implode()))
    return likely.join(keys, on=ROW, how="semi")


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


def _changed(store: Store, files: pl.DataFrame) -> Night:
    """Return what changed since the last run.

    A feed whose files were only added to is read where it is new. One of whose files was replaced
    or taken away is read whole, for only that tells what is no longer said anywhere.
    """
    old = store.scan("holder").select(*HELD, "first_year").collect()
    before = store.read(store.kept(READ), FILE)
    added = files.join(before, on="path", how="anti")
    altered = before.join(files, on=["path", "sha256"], how="anti")["feed"].unique()
    anew = files.filter(pl.col("feed").is_in(altered.implode()))
    wanted = pl.concat([added, anew]).unique().sort("feed", "path")
    added_to = frozenset(before["feed"]) - frozenset(altered)
    told = to_records(_read(store, wanted, added_to))
    # Names under the same keys may speak for new rows that have none.
    known = old.filter(pl.col("key").is_in(told.holder["key"].unique().implode()))
    is_altered = pl.col("source").is_in(altered.implode())
    context = known.filter(~is_altered)
    spoken = store.scan("record").filter(
        pl.col("record").is_in(context["record"].unique().implode())
    )
    nameless = pl.lit("").alias("source_person_key")
    part = settled(
        pl.concat([told.record, spoken.collect()]).unique("record", maintain_order=True),
        pl.concat([told.holder, context.with_columns(nameless).select(HOLDER.names())]),
    )
    new = part.holder.join(known, on=HELD, how="anti")
    gone = old.clear()
    if not altered.is_empty():
        gone = old.filter(is_altered).join(part.holder, on=HELD, how="anti")
    mine = pl.col("record").is_in(part.record["record"].implode())
    fresh = part.record.join(old.filter(mine), on="record", how="anti")
    holder = pl.concat([old.select(HELD), new.select(HELD)])
    if not gone.is_empty():
        holder = holder.join(gone, on=HELD, how="anti")
    return Night(holder, fresh, new, gone.select(HELD))


def _score_new(store: Store, night: Night, key: bytes) -> pl.DataFrame:
    """Return the scored pairs that hold at least one record that was not there before."""
    frequency = {
        name: pl.read_parquet(store.kept(f"frequency_{name}")) for name in model.BY_FREQUENCY
    }
    with model.workshop(store.identity) as con:
        blocking.load_near(con, store.paths("record"), night.new_record, night.alive)
        blocking.block(con, blocking.NEW)
        trained = model.load(store.model)
        scored = model.score(con, trained, frequency, LEAST_KEPT)
    told = store.scan("record").select(pl.col("encoded").count()).collect().item()
    if not told + night.new_record["encoded"].count():
        return scored
    whole = night.whole(store)
    group = whole.select("record", pl.col("record").alias("grp"))
    new = night.new_record["record"]
    hidden = _score_encoded(store, whole, group, trained, frequency, key, new)
    return pl.concat([scored, hidden]).sort("record_l", "record_r")


def _persons_near(
    holder: pl.DataFrame,
    previous: pl.DataFrame,
    changed: pl.DataFrame,
    near: pl.Series,
    pair: pl.DataFrame,
) -> pl.Series:
    """Return the persons whose records may be joined otherwise now.

    They hold changed keys, records of those, records paired with new ones, or a record that a
    likely pair, linked or refused, ties to one of them.
    """
    now = _of(holder, changed)
    same_record = pl.col("record").is_in(pl.concat([now["record"], near]).unique().implode())
    same_key = pl.col("key").is_in(now["key"].unique().implode())
    first = pl.concat(
        [
            _of(previous, holder.filter(same_record | same_key).select(ROW))["person_id"],
            _of(previous, changed)["person_id"],
        ]
    ).unique()
    held = previous.filter(pl.col("person_id").is_in(first.implode()))
    mine = _of(holder, held.select(ROW))["record"].unique()
    likely = pair.lazy().filter(pl.col("match_probability") >= THRESHOLD)
    ends = likely.select("record_l", "record_r").collect()
    tied = pl.concat(
        [
            ends.filter(pl.col(one).is_in(mine.implode()))[other]
            for one, other in (("record_l", "record_r"), ("record_r", "record_l"))
        ]
    )
    of_tied = holder.filter(pl.col("record").is_in(tied.unique().implode())).select(ROW)
    second = _of(previous, of_tied)["person_id"]
    return pl.concat([first, second]).drop_nulls().unique()
