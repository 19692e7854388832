"""The ledger: rows that do not add up, and what stops a release."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.intake import ledger
from pipelines.intake.deliveries import Delivery
from schemas import FEEDS

WAGE = FEEDS["wage"]


def account(sha: str, accepted: int, quarantined: int = 0, refused: tuple[str, ...] = ()):
    delivery = Delivery(
        feed="wage",
        period="2018Q4",
        submitter="agency",
        path=Path("agency.csv"),
        sha256=sha * 64,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return ledger.DeliveryResult(
        delivery,
        delivered_rows=accepted + quarantined,
        accepted_rows=accepted,
        quarantined_rows=quarantined,
        reasons={"ssn:required": quarantined} if quarantined else {},
        refused=refused,
    )


def test_a_missing_row_is_an_error() -> None:
    short = ledger.DeliveryResult(account("a", 1).delivery, delivered_rows=3, accepted_rows=2)
    with pytest.raises(AssertionError, match="3 rows delivered, 2 accepted, 0 quarantined"):
        short.check()


def test_a_correction_takes_the_place_of_the_current_delivery(tmp_path) -> None:
    for entry in (account("a", 10), account("b", 12, 1), account("c", 0, refused=("file:empty",))):
        ledger.record(tmp_path, "wage", "2018Q4", [entry])
    rows = ledger.deliveries(tmp_path).sort("delivery_sha256")
    assert rows["is_current"].to_list() == [False, True, False]
    assert rows["status"].to_list() == ["accepted", "accepted", "rejected"]
    ledger.record(tmp_path, "wage", "2018Q4", [account("a", 10)])
    assert ledger.deliveries(tmp_path).sort("delivery_sha256")["is_current"].to_list() == [
        True,
        False,
        False,
    ]
