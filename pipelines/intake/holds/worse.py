"""Whether a delivery is much worse than the one it would take the place of.

Lives here: comparing the two in accepted rows, accepted share and persons. Does not: reading
either, what follows from it (`pipelines.intake.holds.judgement`).
"""

from dataclasses import dataclass

from pipelines.intake.ledger import Finding
from schemas.policy import POLICY


@dataclass(frozen=True)
class Counts:
    """Delivered and accepted rows of a delivery."""

    delivered: int
    accepted: int

    @property
    def share(self) -> float:
        """Share of delivered rows that were accepted, 0 to 1."""
        return self.accepted / self.delivered if self.delivered else 0.0


def worse(now: Counts, before: Counts) -> list[Finding]:
    """Return in what a delivery's rows are much worse than those of the one it would replace.

    A delivery that leaves nothing of what is there is worse, however small both are.
    """
    findings = []
    if before.accepted and (now.accepted == 0 or _is_loss(now.accepted, before.accepted)):
        findings.append(
            Finding(
                "held:accepted_rows",
                f"It has {now.accepted:,} accepted rows in place of {before.accepted:,}. A "
                "correction must hold all rows of the period, not the corrected ones alone.",
            )
        )
    rejected = now.delivered - now.accepted
    is_drop = before.share - now.share > POLICY.most_share_drop
    if is_drop and before.accepted and rejected >= POLICY.least_lost:
        findings.append(
            Finding(
                "held:accepted_share",
                f"{now.share:.0%} of its rows are accepted; of the delivery it would replace, "
                f"{before.share:.0%} are.",
            )
        )
    return findings


def other_people(present: int, of: int) -> list[Finding]:
    """Return the finding that a delivery lacks many persons of the one it would replace.

    Args:
        present: Persons of that one who are in this one too.
        of: Persons of that one.
    """
    if not _is_loss(present, of):
        return []
    sentence = f"It has {present:,} of the {of:,} persons of the delivery it would replace."
    return [Finding("held:persons", sentence)]


def _is_loss(now: int, before: int) -> bool:
    return before - now >= POLICY.least_lost and now < POLICY.least_kept * before
