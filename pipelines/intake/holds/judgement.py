"""What speaks against a delivery beside its rows' rules, and whether it is held for that.

Lives here: which deliveries each is compared with. Does not: the comparisons themselves (the
modules beside), what a held delivery means for the data home (`pipelines.intake.accept`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from pipelines.intake import ledger
from pipelines.intake.deliveries import Delivery
from pipelines.intake.holds import releases, same_rows, shape
from pipelines.intake.holds.releases import Released
from pipelines.intake.holds.shape import Place, Quartiles
from pipelines.intake.holds.worse import Counts, other_people, worse
from pipelines.intake.ledger import DeliveryResult, Finding
from pipelines.intake.readers.hints import doubts
from pipelines.settings import Settings
from schemas import Feed

# Deliveries of a submitter that one is compared with, the nearest periods first: a year of
# quarters; further back, wages grow and people age.
_NEAREST = 4
# Deliveries of others that a submitter's first one is compared with.
_PEERS = 10
_OF_SUBMITTER = ":submitter"


def _grouped(places: Iterable[Place], part: int) -> dict[str, list[Place]]:
    """Return places by period, part 0, or submitter, part 1; both in order."""
    groups: dict[str, list[Place]] = {}
    for place in sorted(places, key=lambda place: (place[part], place)):
        groups.setdefault(place[part], []).append(place)
    return groups


@dataclass(frozen=True)
class Batch:
    """Deliveries of a feed that go through the gate together.

    Attributes:
        feed: Their feed, or its encoded form.
        deliveries: By period and submitter.
        text: All their rows as delivered.
        rows: All their accepted rows without identifiers, one delivery after the other.
        identities: What linkage needs of these, likewise.
    """

    feed: Feed
    deliveries: Mapping[Place, Delivery]
    text: pl.DataFrame
    rows: pl.DataFrame
    identities: pl.DataFrame

    @cached_property
    def accepted(self) -> dict[Place, pl.DataFrame]:
        """Accepted rows of each delivery; none of one without any."""
        return by_file(self.rows)

    @cached_property
    def identified(self) -> dict[Place, pl.DataFrame]:
        """What linkage needs of each delivery; none of one without accepted rows."""
        return by_file(self.identities)


def by_file(rows: pl.DataFrame) -> dict[Place, pl.DataFrame]:
    """Return by period and submitter the rows of a frame in which each file's are together."""
    files, end = {}, 0
    for period, submitter, size in rows.group_by(shape.KEY, maintain_order=True).len().iter_rows():
        files[period, submitter] = rows.slice(end, size)
        end += size
    return files


def of_files(rows: pl.DataFrame, feed: Feed) -> shape.Findings:
    """Return by file what its rows alone show, whatever was delivered before."""
    findings = {
        place: [Finding("doubt", one, False) for one in of_file]
        for place, of_file in doubts(rows, feed).items()
    }
    for some in (shape.junk(rows, feed), shape.shared_ids(rows, feed)):
        for place, of_file in some.items():
            findings.setdefault(place, []).extend(of_file)
    return findings


class Judgement:
    """Compares the deliveries of a batch with each other and with what is accepted."""

    def __init__(self, settings: Settings, batch: Batch) -> None:
        self._settings, self._batch, feed = settings, batch, batch.feed
        records = ledger.deliveries(settings.ledger, feed.name).filter("is_current")
        self._current = {(r["period"], r["submitter"]): r for r in records.to_dicts()}
        self._released = releases.released(settings)
        self._of_files = of_files(batch.text, feed)
        self._delivered = shape.quartiles(batch.text, feed)
        self._accepted = shape.quartiles(batch.rows, feed)
        self._places = {*self._current, *batch.deliveries}
        self._of_period, self._of_submitter = (_grouped(self._places, part) for part in (0, 1))
        self._position = {period: at for at, period in enumerate(self._of_period)}
        self._files: dict[tuple[str, str], dict[str, pl.DataFrame]] = {}
        self._hashes: dict[tuple[Place, bool], pl.Series] = {}
        self._shared: dict[bool, set[Place]] = {}

    def findings(self, result: DeliveryResult) -> tuple[Finding, ...]:
        """Return what speaks against a delivery; released, or current already, it is not held."""
        delivery = result.delivery
        place = (delivery.period, delivery.submitter)
        before = self._current.get(place)
        findings = list(self._of_files.get(place, []))
        if before and before["delivery_sha256"] == delivery.sha256:
            return tuple(replace(finding, holds=False) for finding in findings)
        findings += [*self._replaced(place, result), *self._scale(place), *self._repeated(place)]
        findings += self._of_another(place, result)
        instead_of = before["delivery_sha256"] if before else ""
        content = Released(delivery.feed, *place, delivery.sha256, instead_of=instead_of)
        if content not in self._released:
            return tuple(findings)
        # Findings are in the release, and a person's own words stay out of it.
        released = Finding("released", "A person released it: ledger/released.csv says why.", False)
        return (released, *(replace(finding, holds=False) for finding in findings))

    def _replaced(self, place: Place, result: DeliveryResult) -> list[Finding]:
        before = self._current.get(place)
        if before is None:
            return []
        now = Counts(result.delivered_rows, result.accepted_rows)
        findings = worse(now, Counts(before["delivered_rows"], before["accepted_rows"]))
        stored = self._rows(place, False)
        if "source_person_key" not in stored.columns or not result.accepted_rows:
            return findings
        persons = stored["source_person_key"].unique()
        mine = self._batch.accepted[place]["source_person_key"]
        return findings + other_people(int(persons.is_in(mine.implode()).sum()), persons.len())

    def _scale(self, place: Place) -> Iterator[Finding]:
        for column in shape.amounts(self._batch.feed):
            now = self._delivered.get((*place, column))
            others = self._compared(place, column) if now else {}
            if now and others:
                yield from shape.scale(column, now, list(others.values()), ", ".join(others))

    def _compared(self, place: Place, column: str) -> dict[str, Quartiles]:
        """Return quartiles of the submitter's nearest deliveries, or of others' without any."""
        own = [other for other in self._nearest(place) if other != place]
        own = [place, *own] if place in self._current else own
        peers = [other for other in self._of_period[place[0]] if other != place]
        for others in (own[:_NEAREST], peers[:_PEERS]):
            quartiles = {self._title(p): self._quartiles(p, column, p != place) for p in others}
            if present := {title: of for title, of in quartiles.items() if of}:
                return present
        return {}

    def _nearest(self, place: Place) -> list[Place]:
        at = self._position
        return sorted(
            self._of_submitter[place[1]],
            key=lambda other: (abs(at[other[0]] - at[place[0]]), other),
        )[: _NEAREST + 1]

    def _quartiles(self, place: Place, column: str, from_batch: bool) -> Quartiles | None:
        if from_batch and place in self._batch.deliveries:
            return self._accepted.get((*place, column))
        if (rows := self._rows(place, False)).is_empty():
            return None
        period, submitter = map(pl.lit, place)
        rows = rows.with_columns(period.alias("period"), submitter.alias("submitter"))
        return shape.quartiles(rows, self._batch.feed).get((*place, column))

    def _repeated(self, place: Place) -> Iterator[Finding]:
        if place not in self._batch.accepted:
            return
        feed, name = self._batch.feed, self._batch.deliveries[place].file_name
        if same_rows.names_no_submitter(feed):
            peers = [p for p in self._of_period[place[0]] if self._may_share(p, place, True)]
            others = {self._title(p): self._hash(p, True) for p in peers if self._counts(p, place)}
            yield from same_rows.under_two_names(self._hash(place, True), others, name)
        if feed.person_key and not feed.is_dated:
            near = [p for p in self._nearest(place) if self._may_share(p, place, False)]
            others = {self._title(p): self._hash(p, False) for p in near if self._counts(p, place)}
            yield from same_rows.for_two_periods(self._hash(place, False), others, name)

    def _may_share(self, other: Place, place: Place, of_key: bool) -> bool:
        """Return whether two deliveries may have equal rows; two of the batch mostly have none."""
        if other == place:
            return False
        return other not in self._batch.deliveries or {other, place} <= self._sharing(of_key)

    def _sharing(self, of_key: bool) -> set[Place]:
        """Return the deliveries of the batch that share a hash with another one of it."""
        if of_key not in self._shared:
            batch = self._batch
            hashes = (
                same_rows.key_hashes(batch.rows, batch.identities, batch.feed)
                if of_key
                else same_rows.row_hashes(batch.rows)
            )
            files = batch.rows.select(shape.KEY).with_columns(hash=hashes).unique()
            files = files.filter(pl.col("hash").is_duplicated())
            self._shared[of_key] = {(period, name) for period, name, _ in files.iter_rows()}
        return self._shared[of_key]

    def _counts(self, other: Place, place: Place) -> bool:
        """Return whether rows that two deliveries share are the other one's.

        They are the current one's, or else the earlier period's, or else the shorter name's.
        """

        def rank(one: Place) -> tuple[bool, str, int, str]:
            return (one not in self._current, one[0], len(one[1]), one[1])

        return other in self._current or rank(other) < rank(place)

    def _of_another(self, place: Place, result: DeliveryResult) -> Iterator[Finding]:
        for rule, n in result.reasons.items():
            if not rule.endswith(_OF_SUBMITTER) or 2 * n <= result.delivered_rows:
                continue
            column = rule.removesuffix(_OF_SUBMITTER)
            of_file = (pl.col("period") == place[0]) & (pl.col("submitter") == place[1])
            rows = self._batch.text.filter(of_file)
            named = rows[column].drop_nulls().value_counts(sort=True)[column].to_list()[:1]
            known = [
                self._title((place[0], one)) for one in named if (place[0], one) in self._places
            ]
            whose = f"another submitter, whose file is {known[0]}" if known else "another submitter"
            yield Finding(
                "held:other_submitter",
                f"{n:,} of the {result.delivered_rows:,} rows of {result.delivery.file_name} are "
                f"of {whose}. Deliver them under that one's name.",
            )

    def _title(self, place: Place) -> str:
        name = (
            self._batch.deliveries[place].file_name
            if place in self._batch.deliveries
            else self._current[place]["file_name"]
        )
        return f"{place[0]}/{name}"

    def _hash(self, place: Place, of_key: bool) -> pl.Series:
        if (place, of_key) not in self._hashes:
            rows = self._rows(place)
            if rows.is_empty():
                hashes = pl.Series(dtype=pl.UInt64)
            elif of_key:
                hashes = same_rows.key_hashes(rows, self._identified(place), self._batch.feed)
            else:
                hashes = same_rows.row_hashes(rows)
            self._hashes[place, of_key] = hashes
        return self._hashes[place, of_key]

    def _rows(self, place: Place, from_batch: bool = True) -> pl.DataFrame:
        """Return accepted rows of a delivery; an empty frame where there are none."""
        if from_batch and place in self._batch.deliveries:
            return self._batch.accepted.get(place, pl.DataFrame())
        of = "identity" if self._batch.feed.is_for_linkage_alone else "accepted"
        return self._stored(of, place)

    def _identified(self, place: Place) -> pl.DataFrame:
        if place in self._batch.deliveries:
            return self._batch.identified.get(place, pl.DataFrame())
        return self._stored("identity", place)

    def _stored(self, folder: str, place: Place) -> pl.DataFrame:
        period, submitter = place
        if (folder, period) not in self._files:
            self._files[folder, period] = self._read(folder, period)
        return self._files[folder, period].get(submitter, pl.DataFrame())

    def _read(self, folder: str, period: str) -> dict[str, pl.DataFrame]:
        feed = self._batch.feed.name
        path = self._settings.root / folder / feed / f"period={period}.parquet"
        try:
            rows = pl.read_parquet(path, hive_partitioning=False)
        except (FileNotFoundError, pl.exceptions.PolarsError):
            # Damaged rows are validated again from landing, or stop the refresh by name.
            return {}
        parts = rows.partition_by("submitter", as_dict=True, maintain_order=True)
        return {str(submitter): part for (submitter,), part in parts.items()}
