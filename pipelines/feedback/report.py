"""A report to a submitter as data: what became of a delivery, why, and what that does.

Lives here: putting accounts, reasons, effects and the last accepted delivery together.
Does not: how it looks (`page`, `letter`), where it is kept (the package).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.feedback import data_impact as effects
from pipelines.intake.ledger import DeliveryResult
from schemas import Feed

# Numbers of a rule's rows that a report lists, runs of neighbours counted once; all rows are in
# the file of rejected rows.
ROWS_LISTED = 40

# Below half, a file that replaces another is more likely a part of it than a smaller whole.
LEAST_SHARE_OF_REPLACED = 0.5

_KEY = ("period", "submitter")


@dataclass(frozen=True)
class Reason:
    """One broken rule: what a submitter is told, and the rows that broke it."""

    rule: str
    message: str
    rows: tuple[int, ...]

    @property
    def listed(self) -> str:
        """Row numbers as a person reads them, ``5, 12–40``, up to `ROWS_LISTED` of them."""
        spans = list(_spans(self.rows))
        shown = ", ".join(
            f"{a}" if a == b else f"{a}, {b}" if b == a + 1 else f"{a}–{b}"
            for a, b in spans[:ROWS_LISTED]
        )
        more = sum(b - a + 1 for a, b in spans[ROWS_LISTED:])
        return f"{shown} and {more:,} more" if more else shown


def _spans(rows: Sequence[int]) -> Iterable[tuple[int, int]]:
    start = last = None
    for row in rows:
        if start is None or last is None:
            start = last = row
        elif row == last + 1:
            last = row
        else:
            yield start, last
            start = last = row
    if start is not None and last is not None:
        yield start, last


@dataclass(frozen=True)
class Earlier:
    """The figures of an accepted delivery, kept to hold the next one against."""

    period: str
    file_name: str
    received_at: str
    sha256: str
    figures: dict[str, float]


@dataclass(frozen=True)
class Line:
    """One figure beside the last accepted delivery's; None where that has none."""

    label: str
    now: float
    before: float | None
    unit: str = ""


@dataclass(frozen=True)
class Report:
    """What a submitter is told of one delivery.

    Attributes:
        feed: The feed it was judged by.
        account: What became of it.
        reasons: Rules that rows broke, most rows first.
        figures: Rows, and for each effect ``<name>`` and ``<name>__of``.
        before: The last accepted delivery; None when this is the first.
        rejected: The rejected rows, as delivered, with row numbers and what to correct.
    """

    feed: Feed
    account: DeliveryResult
    reasons: tuple[Reason, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    before: Earlier | None = None
    rejected: pl.DataFrame | None = None

    @property
    def title(self) -> str:
        """The feed's name as words."""
        return self.feed.name.replace("_", " ").capitalize().replace("K12", "K-12")

    @property
    def verdict(self) -> str:
        """The outcome in one sentence."""
        account = self.account
        if account.refused:
            return "The file was refused as a whole. Nothing of it was taken."
        if not account.quarantined_rows:
            return f"All {account.delivered_rows:,} rows were accepted."
        return (
            f"{account.accepted_rows:,} of {account.delivered_rows:,} rows were accepted, "
            f"{account.quarantined_rows:,} "
            f"({effects.share(account.quarantined_rows, account.delivered_rows)}) rejected."
        )

    @property
    def mood(self) -> str:
        """How good the outcome is: ``good``, ``mixed`` or ``bad``."""
        account = self.account
        if account.refused:
            return "bad"
        if not account.quarantined_rows and not self.warnings:
            return "good"
        over = account.quarantined_rows > self.feed.quarantine_limit * account.delivered_rows
        return "bad" if over else "mixed"

    @property
    def warnings(self) -> list[str]:
        """What concerns the file as a whole, though it was taken."""
        account, before = self.account, self.before
        said = []
        if account.quarantined_rows > self.feed.quarantine_limit * account.delivered_rows:
            said.append(
                f"More than {100 * self.feed.quarantine_limit:.0f} % of the rows were rejected. If "
                "that holds for all submitters together, no release is made until it is corrected."
            )
        if account.refused or not before:
            return said
        kept = before.figures["accepted_rows"]
        if account.accepted_rows < LEAST_SHARE_OF_REPLACED * kept:
            is_same = before.period == account.delivery.period
            said.append(
                f"This file takes the place of your {kept:,.0f} accepted rows with "
                f"{account.accepted_rows:,}. A corrected file must hold all rows of the period, "
                "not the corrected ones alone."
                if is_same
                else f"{account.accepted_rows:,} rows were accepted, after {kept:,.0f} for "
                f"{before.period}. Is the file whole?"
            )
        return said

    @property
    def effects(self) -> list[str]:
        """What the delivery does to the submitter's numbers, a sentence each."""
        return [
            effect.sentence(self.figures[effect.name], self.figures[f"{effect.name}__of"])
            for effect in effects.of_feed(self.feed)
            if self.figures.get(effect.name)
        ]

    @property
    def comparison(self) -> list[Line]:
        """Figures beside those of the last accepted delivery, empty when there is nothing."""
        if not self.before or self.account.refused:
            return []
        then = self.before.figures
        lines = [
            Line("rows delivered", self.figures["delivered_rows"], then.get("delivered_rows")),
            Line("rows accepted", self.figures["accepted_rows"], then.get("accepted_rows")),
            Line("rows rejected", self.figures["rejected_rows"], then.get("rejected_rows")),
        ]
        for effect in effects.of_feed(self.feed):
            now, before = self.figures[effect.name], then.get(effect.name)
            if now or before:
                lines.append(Line(effect.label, now, before, effect.unit))
        return lines


def build(
    feed: Feed,
    accounts: Sequence[DeliveryResult],
    delivered: pl.DataFrame,
    quarantined: pl.DataFrame,
) -> list[Report]:
    """Return the reports on readable files of a feed, without what came before them.

    Args:
        feed: The feed, or its encoded form.
        accounts: One for each file.
        delivered: All rows of all files, as text with provenance.
        quarantined: The rejected ones, with `_reasons` and `_messages`.
    """
    counted = {
        (row["period"], row["submitter"]): row
        for row in effects.counts(delivered, quarantined, feed).to_dicts()
    }
    broken = _reasons(quarantined, feed)
    rejected = quarantined.partition_by(_KEY, as_dict=True, maintain_order=True)
    reports = []
    for account in accounts:
        key = (account.delivery.period, account.delivery.submitter)
        figures: dict[str, float] = {
            "delivered_rows": account.delivered_rows,
            "accepted_rows": account.accepted_rows,
            "rejected_rows": account.quarantined_rows,
        } | {name: float(value) for name, value in counted[key].items() if name not in _KEY}
        rows = rejected.get(key)
        reports.append(
            Report(
                feed,
                account,
                reasons=tuple(broken.get(key, [])),
                figures=figures,
                rejected=None if rows is None else _to_correct(rows, feed),
            )
        )
    return reports


def _reasons(quarantined: pl.DataFrame, feed: Feed) -> dict[tuple[str, str], list[Reason]]:
    broken = (
        quarantined.select(*_KEY, "row_number", pl.col("_reasons").alias("rule"))
        .explode("rule")
        .group_by(*_KEY, "rule")
        .agg(pl.col("row_number").sort())
        .sort(pl.col("row_number").list.len(), "rule", descending=[True, False])
    )
    found: dict[tuple[str, str], list[Reason]] = {}
    for period, submitter, rule, rows in broken.iter_rows():
        found.setdefault((period, submitter), []).append(
            Reason(rule, feed.rules[rule], tuple(rows))
        )
    return found


def _to_correct(quarantined: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    return quarantined.sort("row_number").select(
        "row_number",
        pl.col("_messages").list.join(" ").alias("what_to_correct"),
        *feed.dtypes,
    )
