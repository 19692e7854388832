"""The ledger: what was delivered, what became of it, and which files hold that.

Lives here: the result of each delivered file and its record on disk.
Does not: rows or values of any delivery, whether a release may be made.

A record is the last thing that the gate writes: what it says was done is done. Nothing else can
say what was delivered once, so the ledger is kept twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path, PurePath
from typing import Any

import polars as pl

from pipelines.home import code_version
from pipelines.home.files import Fingerprint, listing, write_parquet_if_new
from pipelines.home.snapshot import STATE, Snapshot
from pipelines.intake.deliveries import Delivery
from pipelines.intake.validate import REASONS
from schemas.ledger import OUTPUT, DeliveryRecord, ReasonRecord, polars_schema

DELIVERY_SCHEMA, REASON_SCHEMA = polars_schema(DeliveryRecord), polars_schema(ReasonRecord)
SCHEMAS = {"delivery": DELIVERY_SCHEMA, "reason": REASON_SCHEMA}
ACCEPTED, REJECTED, HELD, WITHDRAWN = "accepted", "rejected", "held", "withdrawn"
# Reasons to refuse a file that lie outside it: they may be gone at the next refresh.
TWO_FILES, CLOSED, SAME_CONTENT = "file:two_files", "file:closed_period", "file:same_content"
ENDED_READER, DRAFT = "file:ended_reader", "file:draft_layout"
NO_AGREEMENT = "file:no_agreement"
OUTSIDE = ((TWO_FILES,), (CLOSED,), (SAME_CONTENT,), (ENDED_READER,), (DRAFT,), (NO_AGREEMENT,))
NAME = "file:name"
_CONTENT = ("submitter", "delivery_sha256")

# An output as the ledger holds it: `schemas.ledger.OUTPUT`.
Output = dict[str, Any]


def output(home: Path, path: Path, submitter: str, file: Fingerprint | None) -> Output:
    """Return what a file holds of a submitter's delivery; None for a file that is not there."""
    stat = astuple(file) if file else (None, None, None)
    values = (str(path.relative_to(home)), submitter, *stat)
    return dict(zip(OUTPUT.to_schema(), values, strict=True))


def is_intact(home: Path, output: Output) -> bool:
    """Return whether a file is as it was when the gate wrote it."""
    path, _, *stat = output.values()
    return not (home / path).exists() if None in stat else Fingerprint(*stat).matches(home / path)


def intact(home: Path, records: Iterable[dict[str, Any]]) -> set[str]:
    """Return the submitters of a period's current deliveries whose files are all intact."""
    # Deliveries of a period are in the same files, of which each is compared once.
    files: dict[tuple[Any, ...], bool] = {}
    submitters = set[str]()
    for row in (row for row in records if row["is_current"] and row["outputs"] is not None):
        of_row = {(one["path"], one["sha256"]): one for one in row["outputs"]}
        for key, one in of_row.items():
            if key not in files:
                files[key] = is_intact(home, one)
        if all(files[key] for key in of_row):
            submitters.add(row["submitter"])
    return submitters


def files(home: Path, root: Path) -> dict[Path, Fingerprint | None]:
    """Return the files that hold current deliveries as they should be; None for one to be gone."""
    outputs = deliveries(root).filter("is_current")["outputs"].explode().drop_nulls()
    rows = (tuple(one.values()) for one in outputs)
    return {home / path: Fingerprint(*s) if None not in s else None for path, _, *s in rows}


@dataclass(frozen=True)
class Finding:
    """What may be wrong with a delivery though its rows keep the contract.

    Attributes:
        rule: Its name, `held:…`; `doubt` for what never holds a delivery.
        sentence: What it is, in counts and names of columns and files, without a value of a row.
        holds: Whether the delivery waits for a person because of it.
    """

    rule: str
    sentence: str
    holds: bool = True


@dataclass(frozen=True)
class DeliveryResult:
    """What became of one delivered file.

    Attributes:
        delivery: The file.
        delivered_rows: Rows it holds; 0 when it was refused as a whole.
        accepted_rows: Rows that keep every rule.
        quarantined_rows: Rows that do not.
        reasons: Rows that broke each rule; a row may break several.
        refused: The file rules it broke, when it was refused as a whole.
        message: The message to its submitter then.
        notes: What its submitter should know of the file as a whole, a sentence each.
        findings: What may be wrong with it, and whether it is held for that.
        outputs: Files that hold its rows.
    """

    delivery: Delivery
    delivered_rows: int = 0
    accepted_rows: int = 0
    quarantined_rows: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    message: str | None = None
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    outputs: tuple[Output, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether it waits until a person releases it."""
        return any(finding.holds for finding in self.findings)

    def check(self) -> None:
        """Assert that no row was lost or doubled.

        Raises:
            AssertionError: Delivered is not accepted plus quarantined.
        """
        if self.delivered_rows != self.accepted_rows + self.quarantined_rows:
            raise AssertionError(
                f"{self.delivery.feed} {self.delivery.period} {self.delivery.file_name}: "
                f"{self.delivered_rows} rows delivered, {self.accepted_rows} accepted, "
                f"{self.quarantined_rows} quarantined"
            )


def count_reasons(quarantined: pl.DataFrame) -> dict[tuple[str, str], dict[str, int]]:
    """Return by period and submitter how many rows broke each rule, by rule."""
    rules = quarantined.select("period", "submitter", pl.col(REASONS).alias("rule")).explode("rule")
    counts: dict[tuple[str, str], dict[str, int]] = {}
    of_rule = rules.drop_nulls().group_by(rules.columns).len().sort("rule")
    for period, submitter, rule, n in of_rule.iter_rows():
        counts.setdefault((period, submitter), {})[rule] = n
    return counts


def record(
    root: Path,
    feed: str,
    period: str,
    results: Sequence[DeliveryResult],
    now: datetime | None = None,
    withdrawn: Iterable[tuple[str, str]] = (),
    moved: Mapping[str, Sequence[Output]] | None = None,
) -> None:
    """Add what became of a period's deliveries to the ledger.

    Content that was delivered before has its record replaced; an accepted delivery takes the place
    of its submitter's current one. Content that is current and is refused now stays current with
    its counts, and with the rules it breaks.

    Args:
        root: The ledger.
        feed: Name of the feed.
        period: The period.
        results: What became of each delivery.
        now: The time, UTC; content that is recorded again has the time it had.
        withdrawn: Submitters and contents that were held and are no longer in landing.
        moved: Files that hold current deliveries of others now, by submitter.
    """
    now = now or datetime.now(UTC).replace(microsecond=0)
    records = {
        (row["submitter"], row["delivery_sha256"]): row
        for row in read(root, "delivery", feed, period).to_dicts()
    }
    judged: dict[tuple[str, str], list[dict[str, object]]] = {}
    for result in results:
        key = (result.delivery.submitter, result.delivery.sha256)
        row, before = _delivery_row(result, now), records.get(key)
        if before and before["contract_version"] == row["contract_version"]:
            row["recorded_at"] = before["recorded_at"] or now
        if before and before["is_current"] and result.refused:
            version = [] if result.refused in OUTSIDE else ["gate_version"]
            changed = ["contract_version", "reasons", *version]
            records[key] = before | {name: row[name] for name in changed}
            continue
        if not result.refused and not result.is_held:
            _supersede(records, key, now)
        records[key] = row
        judged[key] = _reason_rows(result)
    _move(records.values(), moved or {})
    for key in withdrawn:
        records[key].update(status=WITHDRAWN, gate_version=None)
    reasons = _reasons(read(root, "reason", feed, period), judged)
    write(root, "reason", feed, period, reasons)
    write(root, "delivery", feed, period, pl.DataFrame(list(records.values()), DELIVERY_SCHEMA))


def _reasons(
    before: pl.DataFrame, judged: Mapping[tuple[str, str], list[dict[str, object]]]
) -> pl.DataFrame:
    again = pl.DataFrame(list(judged), dict.fromkeys(_CONTENT, pl.String), orient="row")
    others = before.join(again, on=_CONTENT, how="anti")
    return others.vstack(pl.DataFrame(list(chain(*judged.values())), REASON_SCHEMA))


def _move(records: Iterable[dict], moved: Mapping[str, Sequence[Output]]) -> None:
    for row in records:
        if row["is_current"] and row["submitter"] in moved:
            row["outputs"] = list(moved[row["submitter"]])


def _supersede(records: dict[tuple[str, str], dict], by: tuple[str, str], now: datetime) -> None:
    """Take the submitter's other deliveries out of use: landed again, they are judged again."""
    for key, other in records.items():
        if key[0] == by[0] and key != by:
            other.update(gate_version=None, outputs=None)
            if other["is_current"]:
                other.update(is_current=False, superseded_by=by[1], superseded_at=now)


def snapshot(root: Path) -> Snapshot:
    """Return the second copy of the ledger."""
    return Snapshot(root, [f"{kind}/*/period=*.parquet" for kind in SCHEMAS])


def write(root: Path, kind: str, feed: str, period: str, table: pl.DataFrame) -> None:
    """Write the records of a period; `snapshot` copies them."""
    write_parquet_if_new(table.sort(table.columns[:6]), root / _name(kind, feed, period))


def read(root: Path, kind: str, feed: str, period: str) -> pl.DataFrame:
    """Return the records of a period; none where nothing was delivered."""
    return _read(root, _name(kind, feed, period))


def _name(kind: str, feed: str, period: str) -> str:
    return f"{kind}/{feed}/period={period}.parquet"


def _read(root: Path, name: str) -> pl.DataFrame:
    """Return the records of one file; one that is gone or damaged is put back first."""
    for _ in range(2):
        try:
            stat = (root / name).stat()
            return _read_file(root, name, (stat.st_ino, stat.st_mtime_ns, stat.st_size))
        except (FileNotFoundError, pl.exceptions.PolarsError):
            if name in snapshot(root).files:
                snapshot(root).restore(name)
    return SCHEMAS[name.split("/")[0]].to_frame()


# The gate of each feed reads all records again, of which it changed its own.
@lru_cache(maxsize=4096)
def _read_file(root: Path, name: str, _changed: tuple[int, int, int]) -> pl.DataFrame:
    """Return a table of any version of the software; columns that came later are null."""
    table = pl.read_parquet(root / name, hive_partitioning=False)
    if "in_force" in table.columns:
        status = pl.col("status").replace("set_aside", REJECTED)
        table = table.rename({"in_force": "is_current"}).with_columns(status)
    empty = SCHEMAS[name.split("/")[0]].to_frame()
    return pl.concat([empty, table], how="diagonal").select(empty.columns)


def _delivery_row(result: DeliveryResult, now: datetime) -> dict[str, object]:
    delivery = result.delivery
    return _origin(delivery) | {
        "file_name": delivery.file_name,
        "received_at": delivery.received_at,
        "status": REJECTED if result.refused else HELD if result.is_held else ACCEPTED,
        "delivered_rows": result.delivered_rows,
        "accepted_rows": result.accepted_rows,
        "quarantined_rows": result.quarantined_rows,
        "contract_version": code_version.contract(delivery.feed),
        "is_current": not result.refused and not result.is_held,
        "reasons": sorted(result.refused or {*result.reasons, *held_for(result)}),
        "findings": [finding.sentence for finding in result.findings],
        "recorded_at": now,
        "superseded_by": None,
        "superseded_at": None,
        "gate_version": code_version.gate(delivery.feed),
        "outputs": list(result.outputs),
    }


def held_for(result: DeliveryResult) -> list[str]:
    """Return the rules for which a delivery is held."""
    return [finding.rule for finding in result.findings if finding.holds]


def _reason_rows(result: DeliveryResult) -> list[dict[str, object]]:
    return [
        _origin(result.delivery)
        | {
            "rule": rule,
            "column_name": rule.split(":")[0] if ":" in rule else None,
            "row_count": count,
        }
        for rule, count in result.reasons.items()
    ]


def _origin(delivery: Delivery) -> dict[str, object]:
    return {
        "feed": delivery.feed,
        "period": delivery.period,
        "submitter": delivery.submitter,
        "delivery_sha256": delivery.sha256,
    }


def write_schemas(root: Path) -> None:
    """Write empty ledger files, so that a ledger without entries can still be read."""
    for kind, schema in SCHEMAS.items():
        write_parquet_if_new(schema.to_frame(), root / kind / "_schema.parquet")


def deliveries(root: Path, feed: str = "*") -> pl.DataFrame:
    """Return every delivery's record: a row for each content of a feed, period and submitter.

    Args:
        root: The ledger.
        feed: Of one feed alone.

    Raises:
        Damaged: A file of the ledger is gone or damaged, and so is its copy.
    """
    return _all(root, "delivery", feed)


def reasons(root: Path, feed: str = "*") -> pl.DataFrame:
    """Return how many rows of each delivery broke each rule; raises as `deliveries`."""
    return _all(root, "reason", feed)


def _all(root: Path, kind: str, feed: str) -> pl.DataFrame:
    pattern = f"{kind}/{feed}/period=*.parquet"
    return _read_all(root, kind, pattern, listing(root, pattern), listing(root, STATE))


# A refresh asks for the same records some forty times, and each of their files costs milliseconds.
@lru_cache(maxsize=32)
def _read_all(root: Path, kind: str, pattern: str, _listed: str, _copied: str) -> pl.DataFrame:
    """Read once as long as no file changes its size or time."""
    present = {str(path.relative_to(root)) for path in root.glob(pattern)}
    copied = {name for name in snapshot(root).files if PurePath(name).match(pattern)}
    parts = [_read(root, name) for name in sorted(present | copied)]
    return pl.concat([SCHEMAS[kind].to_frame(), *parts])
