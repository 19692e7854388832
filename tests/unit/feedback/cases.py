"""Deliveries of one district to report on."""

from datetime import UTC, datetime
from pathlib import Path

from pipelines.feedback.store import write_reports
from pipelines.intake.accept import Judged
from pipelines.intake.deliveries import Delivery
from pipelines.intake.ledger import DeliveryResult, Finding, count_reasons
from pipelines.intake.validate import judge
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR, delivered

FEED = FEEDS["k12_enrollment"]
GOOD_ROWS = [
    GOOD["k12_enrollment"] | {"state_student_id": f"{n}234567890"} for n in (1, 2, 3, 4, 5, 6)
]
BAD_ROW = GOOD_ROWS[0] | {"grade_level": "8", "is_foster": "<b>maybe"}


def write(
    root: Path,
    rows: list[dict],
    *,
    sha: str = "a",
    period: str = YEAR,
    findings: tuple[Finding, ...] = (),
) -> Path:
    """Judge rows as a delivery, write its report and return the folder."""
    text = delivered("k12_enrollment", rows, period)
    verdict, path = judge(text, FEED), Path("1990001.csv")
    result = DeliveryResult(
        Delivery("k12_enrollment", period, "1990001", path, sha * 64, datetime.now(UTC)),
        text.height,
        verdict.accepted.height,
        verdict.quarantined.height,
        dict(*count_reasons(verdict.quarantined).values()),
        findings=findings,
    )
    write_reports(root, Judged(FEED, [result], text, verdict))
    return root / "k12_enrollment" / period / "1990001"
