"""The ledger: what was delivered, what became of it, and whether that may go on.

Lives here: the result of each delivered file, its record on disk, and the findings that stop a
release. Does not: rows or values of any delivery.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import polars as pl

from pipelines.home import code_version
from pipelines.home.files import listing, read_either, write_parquet_if_new, write_twice
from pipelines.intake.deliveries import Delivery

DELIVERY_SCHEMA = pl.Schema(
    {
        "feed": pl.String,
        "period": pl.String,
        "submitter": pl.String,
        "file_name": pl.String,
        "delivery_sha256": pl.String,
        "received_at": pl.Datetime("us", "UTC"),
        "status": pl.String,
        "delivered_rows": pl.Int64,
        "accepted_rows": pl.Int64,
        "quarantined_rows": pl.Int64,
        "contract_version": pl.String,
        "in_force": pl.Boolean,
        "reasons": pl.List(pl.String),
        "recorded_at": pl.Datetime("us", "UTC"),
        "superseded_by": pl.String,
        "superseded_at": pl.Datetime("us", "UTC"),
    }
)
REASON_SCHEMA = pl.Schema(
    {
        "feed": pl.String,
        "period": pl.String,
        "submitter": pl.String,
        "delivery_sha256": pl.String,
        "rule": pl.String,
        "column_name": pl.String,
        "row_count": pl.Int64,
    }
)

SCHEMAS = {"delivery": DELIVERY_SCHEMA, "reason": REASON_SCHEMA}
# Where the ledger is kept a second time: no other file can tell what was delivered once.
COPY = "copy"


@dataclass(frozen=True)
class DeliveryResult:
    """What became of one delivered file.

    Attributes:
        delivery: The file.
        delivered_rows: Rows it holds; 0 when it was refused as a whole.
        accepted_rows: Rows that kept every rule.
        quarantined_rows: Rows that did not.
        reasons: Rows that broke each rule; a row may break several.
        refused: The file rules it broke, when it was set aside as a whole.
        message: What its submitter is told then.
    """

    delivery: Delivery
    delivered_rows: int = 0
    accepted_rows: int = 0
    quarantined_rows: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    message: str | None = None

    def check(self) -> None:
        """Assert that no row was lost or doubled.

        Raises:
            AssertionError: Delivered is not accepted plus quarantined.
        """
        if self.delivered_rows != self.accepted_rows + self.quarantined_rows:
            raise AssertionError(
                f"{self.delivery.feed} {self.delivery.period} {self.delivery.path.name}: "
                f"{self.delivered_rows} rows delivered, {self.accepted_rows} accepted, "
                f"{self.quarantined_rows} quarantined"
            )


def count_reasons(reasons: pl.Series) -> dict[str, int]:
    """Return how many rows broke each rule, by rule."""
    return dict(sorted(Counter(reasons.explode().drop_nulls().to_list()).items()))


def record(
    root: Path,
    feed: str,
    period: str,
    results: Sequence[DeliveryResult],
    now: datetime | None = None,
) -> None:
    """Add what became of a period's deliveries to the ledger.

    Content that was delivered before has its record replaced; an accepted delivery takes the place
    of its submitter's one in force. Content that is in force and is refused now, under a new
    contract or beside a second file, stays in force with its counts, and with the rules it breaks.

    Args:
        root: The ledger.
        feed: Name of the feed.
        period: The period.
        results: What became of each delivery.
        now: The time, UTC; content that is recorded again keeps the time it had.
    """
    now = now or datetime.now(UTC).replace(microsecond=0)
    earlier = _read(root, "delivery", feed, period)
    known = {(row["submitter"], row["delivery_sha256"]): row for row in earlier.to_dicts()}
    reasons = _read(root, "reason", feed, period)
    for result in results:
        delivery = result.delivery
        key = (delivery.submitter, delivery.sha256)
        row, was = _delivery_row(result, now), known.get(key)
        if was and was["contract_version"] == row["contract_version"] and was["recorded_at"]:
            row["recorded_at"] = was["recorded_at"]
        if was and was["in_force"] and result.refused:
            known[key] = was | {name: row[name] for name in ("contract_version", "reasons")}
            continue
        known[key] = row
        mine = (pl.col("submitter") == key[0]) & (pl.col("delivery_sha256") == key[1])
        reasons = reasons.filter(~mine).vstack(pl.DataFrame(_reason_rows(result), REASON_SCHEMA))
        for other, told in known.items():
            if not result.refused and other[0] == key[0] and other != key and told["in_force"]:
                known[other] = told | {
                    "in_force": False,
                    "superseded_by": delivery.sha256,
                    "superseded_at": now,
                }
    tables = {"reason": reasons, "delivery": pl.DataFrame(list(known.values()), DELIVERY_SCHEMA)}
    for kind, table in tables.items():
        write_twice(table.sort(table.columns[:6]), *_places(root, kind, feed, period))


def _places(root: Path, kind: str, feed: str, period: str) -> tuple[Path, Path]:
    """Return where a period's records are, and where their copy is: nothing else can make them."""
    place = Path(kind) / feed / f"period={period}.parquet"
    return root / place, root / COPY / place


def _read(root: Path, kind: str, feed: str, period: str) -> pl.DataFrame:
    return read_either(*_places(root, kind, feed, period), SCHEMAS[kind])


def _delivery_row(result: DeliveryResult, now: datetime) -> dict[str, object]:
    delivery = result.delivery
    return {
        "feed": delivery.feed,
        "period": delivery.period,
        "submitter": delivery.submitter,
        "file_name": delivery.path.name,
        "delivery_sha256": delivery.sha256,
        "received_at": delivery.received_at,
        "status": "set_aside" if result.refused else "accepted",
        "delivered_rows": result.delivered_rows,
        "accepted_rows": result.accepted_rows,
        "quarantined_rows": result.quarantined_rows,
        "contract_version": code_version.contract(delivery.feed),
        "in_force": not result.refused,
        "reasons": sorted(result.refused or result.reasons),
        "recorded_at": now,
        "superseded_by": None,
        "superseded_at": None,
    }


def _reason_rows(result: DeliveryResult) -> list[dict[str, object]]:
    delivery = result.delivery
    return [
        {
            "feed": delivery.feed,
            "period": delivery.period,
            "submitter": delivery.submitter,
            "delivery_sha256": delivery.sha256,
            "rule": rule,
            "column_name": rule.split(":")[0] if ":" in rule else None,
            "row_count": count,
        }
        for rule, count in result.reasons.items()
    ]


def write_schemas(root: Path) -> None:
    """Write empty ledger files, so that a ledger without entries can still be read."""
    for kind, schema in SCHEMAS.items():
        write_parquet_if_new(schema.to_frame(), root / kind / "_schema.parquet")


def deliveries(root: Path, feed: str = "*") -> pl.DataFrame:
    """Return every delivery's record: a row for each content of a feed, period and submitter.

    Args:
        root: The ledger.
        feed: Of one feed alone.
    """
    return _all(root, "delivery", feed)


def reasons(root: Path, feed: str = "*") -> pl.DataFrame:
    """Return how many rows of each delivery broke each rule."""
    return _all(root, "reason", feed)


def _all(root: Path, kind: str, feed: str) -> pl.DataFrame:
    """Return all records of a kind; files that are gone or damaged come back from their copies."""
    pattern = f"{kind}/{feed}/period=*.parquet"
    return _read_all(root, kind, pattern, *(listing(room, pattern) for room in (root, root / COPY)))


# A refresh asks for the same records some forty times, and each of their files costs milliseconds.
@lru_cache(maxsize=32)
def _read_all(root: Path, kind: str, pattern: str, _listed: str, _copied: str) -> pl.DataFrame:
    """Read once as long as no file changes its size or time."""
    found = {path.relative_to(room) for room in (root, root / COPY) for path in room.glob(pattern)}
    parts = [read_either(root / at, root / COPY / at, SCHEMAS[kind]) for at in sorted(found)]
    return pl.concat([SCHEMAS[kind].to_frame(), *parts])
