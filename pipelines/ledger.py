"""The ledger: what was delivered, what became of it, and whether that may go on.

Lives here: one account for each delivered file, its record on disk, and the findings that stop a
release. Does not: rows or values of any delivery.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

import polars as pl

import schemas
from pipelines.landing import Delivery
from pipelines.storage import read_parquets, write_parquet
from schemas import FEEDS, Feed

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

# A feed that shrinks below half of what is released has more likely lost a file than its people.
LEAST_SHARE_OF_RELEASED = 0.5


@dataclass(frozen=True)
class Account:
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


@cache
def contract_version() -> str:
    """Return a hash of the contracts' source: it changes whenever a rule does."""
    sources = sorted(Path(schemas.__file__).parent.glob("*.py"))
    return sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def record(root: Path, feed: str, period: str, accounts: Sequence[Account]) -> None:
    """Add what became of a period's deliveries to the ledger.

    Content that was delivered before has its record replaced; an accepted delivery takes the place
    of its submitter's one in force.
    """
    replaced = [a.delivery.submitter for a in accounts if not a.refused]
    again = pl.struct("submitter", "delivery_sha256").is_in(
        [
            {"submitter": account.delivery.submitter, "delivery_sha256": account.delivery.sha256}
            for account in accounts
        ]
    )
    for kind, schema, rows in (
        ("reason", REASON_SCHEMA, [row for a in accounts for row in _reason_rows(a)]),
        ("delivery", DELIVERY_SCHEMA, [_delivery_row(account) for account in accounts]),
    ):
        path = root / kind / feed / f"period={period}.parquet"
        earlier = pl.read_parquet(path) if path.exists() else schema.to_frame()
        kept = earlier.filter(~again)
        if kind == "delivery":
            in_force = pl.col("in_force") & ~pl.col("submitter").is_in(replaced)
            kept = kept.with_columns(in_force)
        write_parquet(pl.concat([kept, pl.DataFrame(rows, schema)]).sort(schema.names()[:6]), path)


def _delivery_row(account: Account) -> dict[str, object]:
    delivery = account.delivery
    return {
        "feed": delivery.feed,
        "period": delivery.period,
        "submitter": delivery.submitter,
        "file_name": delivery.path.name,
        "delivery_sha256": delivery.sha256,
        "received_at": delivery.received_at,
        "status": "set_aside" if account.refused else "accepted",
        "delivered_rows": account.delivered_rows,
        "accepted_rows": account.accepted_rows,
        "quarantined_rows": account.quarantined_rows,
        "contract_version": contract_version(),
        "in_force": not account.refused,
        "reasons": sorted(account.refused or account.reasons),
    }


def _reason_rows(account: Account) -> list[dict[str, object]]:
    delivery = account.delivery
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
        for rule, count in account.reasons.items()
    ]


def write_schemas(root: Path) -> None:
    """Write empty ledger files, so that a ledger without entries can still be read."""
    write_parquet(DELIVERY_SCHEMA.to_frame(), root / "delivery" / "_schema.parquet")
    write_parquet(REASON_SCHEMA.to_frame(), root / "reason" / "_schema.parquet")


def deliveries(root: Path) -> pl.DataFrame:
    """Return every delivery's record: a row for each content of a feed, period and submitter."""
    paths = sorted((root / "delivery").glob("*/*.parquet"))
    return read_parquets(paths, DELIVERY_SCHEMA)


@dataclass(frozen=True)
class Finding:
    """The gate's word on one feed.

    Attributes:
        feed: Name of the feed.
        stops: Reasons that stop a release, in words and counts; empty when it may go on.
        delivered_rows: Rows of all deliveries in force.
        accepted_rows: Rows accepted of them.
        quarantined_rows: Rows quarantined of them.
        released_rows: Rows of the feed in the current release; 0 when there is none.
    """

    feed: str
    stops: tuple[str, ...]
    delivered_rows: int
    accepted_rows: int
    quarantined_rows: int
    released_rows: int

    @property
    def quarantine_rate(self) -> float:
        """Share of delivered rows in quarantine, 0 to 1."""
        return self.quarantined_rows / self.delivered_rows if self.delivered_rows else 0.0


def find(feed: Feed, records: pl.DataFrame, released: int, may_lose: bool) -> Finding:
    """Return whether a feed's accepted rows may go into a release.

    Args:
        feed: The feed.
        records: The ledger, as `deliveries` gives it.
        released: Rows of this feed in the current release.
        may_lose: Whether losing most of them has been allowed for this refresh.
    """
    mine = records.filter((pl.col("feed") == feed.name) & pl.col("in_force"))
    delivered, accepted, quarantined = (
        int(mine[name].sum()) for name in ("delivered_rows", "accepted_rows", "quarantined_rows")
    )
    stops = []
    if delivered and quarantined / delivered > feed.quarantine_limit:
        stops.append(
            f"{quarantined} of {delivered} delivered rows are in quarantine; "
            f"the limit is {feed.quarantine_limit:.0%}"
        )
    if accepted < LEAST_SHARE_OF_RELEASED * released and not may_lose:
        stops.append(f"{accepted} rows are left of {released} in the current release")
    return Finding(feed.name, tuple(stops), delivered, accepted, quarantined, released)


def find_all(root: Path, manifest: Path, may_lose: frozenset[str]) -> list[Finding]:
    """Return the findings on every feed, against the release that `manifest` tells of."""
    released = json.loads(manifest.read_text())["accepted_rows"] if manifest.exists() else {}
    records = deliveries(root)
    return [
        find(feed, records, released.get(name, 0), name in may_lose) for name, feed in FEEDS.items()
    ]
