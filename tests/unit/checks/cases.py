"""What checks read, small: ledgers of a few deliveries, and homes that hold nothing else."""

from pathlib import Path
from typing import Any

import polars as pl

from pipelines.checks.base import CheckInputs
from pipelines.settings import Settings
from schemas import FEEDS

WAGE, K12 = FEEDS["wage"], FEEDS["k12_enrollment"]


def ledger(*rows: tuple, feed: str = "k12_enrollment") -> pl.DataFrame:
    """Return a ledger of ``period, submitter, accepted rows, sha, current, received``."""
    names = ("period", "submitter", "accepted_rows", "delivery_sha256", "is_current", "received_at")
    records = [dict(zip(names, row, strict=True)) for row in rows]
    of = {"feed": feed, "status": "accepted", "delivered_rows": 500}
    return pl.DataFrame([{**of, **record} for record in records])


def current(*rows: tuple[str, str, int], feed: str = "k12_enrollment") -> pl.DataFrame:
    """Return a ledger of current deliveries: ``period, submitter, accepted rows``."""
    return ledger(*((p, s, n, f"{p}{s}", True, 1) for p, s, n in rows), feed=feed)


def inputs(
    records: pl.DataFrame, *, home: Path = Path("nowhere"), may_lose: bool = False, **other: Any
) -> CheckInputs:
    """Return what a check reads; where `may_lose`, every feed may."""
    allowed = frozenset(FEEDS) if may_lose else frozenset()
    return CheckInputs(Settings(home=home, accept_loss_of=allowed), records, **other)
