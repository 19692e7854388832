"""A report to a submitter as data: the result of a delivery, its reasons, and what that does.

Lives here: putting results, reasons, impacts and the last accepted delivery together.
Does not: how it looks (`render`), where it is written (`store`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.feedback.data_impact import count_impacts, impacts_of
from pipelines.intake.ledger import DeliveryResult
from schemas import Feed
from schemas.data_impact import share
from schemas.policy import POLICY
from schemas.rules import ROW_RULES

# Numbers of a rule's rows that a report lists, runs of neighbours counted once; all rows are in
# the file of rejected rows.
ROWS_LISTED = 40

# Of fewer than this, a change in per cent reads larger than it is.
LEAST_TO_SHARE = 50

_KEY = ("period", "submitter")


@dataclass(frozen=True)
class Reason:
    """One broken rule: its message to the submitter, and the rows that broke it."""

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
class LastDelivery:
    """The figures of an accepted delivery, stored to compare the next one with."""

    period: str
    file_name: str
    received_at: str
    sha256: str
    figures: dict[str, float]

    @property
    def title(self) -> str:
        """The delivery in words."""
        return f"{self.file_name} for {self.period}"


@dataclass(frozen=True)
class Line:
    """One figure beside the last accepted delivery's; None where that has none."""

    label: str
    now: float
    before: float | None
    unit: str = ""

    @property
    def cells(self) -> tuple[str, str, str]:
        """Now, before and the change, as text."""
        now = f"{self.unit}{self.now:,.0f}"
        if self.before is None:
            return now, "–", ""
        before = f"{self.unit}{self.before:,.0f}"
        if self.before == self.now:
            return now, before, "same"
        change = f"{self.now - self.before:+,.0f}"
        if self.before < LEAST_TO_SHARE:
            return now, before, change
        return now, before, f"{change} ({100 * (self.now / self.before - 1):+.0f} %)"


@dataclass(frozen=True)
class Report:
    """What a submitter reads of one delivery.

    Attributes:
        feed: The feed it was judged by.
        result: What became of it.
        reasons: Rules that rows broke, most rows first.
        figures: Rows, and for each impact ``<name>`` and ``<name>__of``.
        before: The last accepted delivery; None when this is the first.
        rejected: The rejected rows as delivered, safe for a spreadsheet, with row numbers and what
            to correct.
    """

    feed: Feed
    result: DeliveryResult
    reasons: tuple[Reason, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    before: LastDelivery | None = None
    rejected: pl.DataFrame | None = None

    @property
    def title(self) -> str:
        """The feed's name as words."""
        return self.feed.name.replace("_", " ").capitalize().replace("K12", "K-12")

    @property
    def verdict(self) -> str:
        """The result in one sentence."""
        result = self.result
        if result.refused:
            return "The file was refused as a whole. Nothing of it was taken."
        if result.is_held:
            return (
                f"The file is held: it is not used until somebody at the agency releases it. "
                f"{result.accepted_rows:,} of {result.delivered_rows:,} rows keep every rule."
            )
        if not result.quarantined_rows:
            return f"All {result.delivered_rows:,} rows were accepted."
        return (
            f"{result.accepted_rows:,} of {result.delivered_rows:,} rows were accepted, "
            f"{result.quarantined_rows:,} "
            f"({share(result.quarantined_rows, result.delivered_rows)}) rejected."
        )

    @property
    def tone(self) -> str:
        """How good the result is: ``good``, ``mixed`` or ``bad``."""
        if self.result.refused or self.result.is_held or self._is_over_limit:
            return "bad"
        return "mixed" if self.result.quarantined_rows or self.warnings else "good"

    @property
    def _is_over_limit(self) -> bool:
        result = self.result
        return result.quarantined_rows > self.feed.quarantine_limit * result.delivered_rows

    @property
    def totals(self) -> list[tuple[str, int]]:
        """The four numbers of the result, each with its label."""
        result = self.result
        return [
            ("rows delivered", result.delivered_rows),
            ("rows accepted", result.accepted_rows),
            ("rows rejected", result.quarantined_rows),
            ("rules broken", len(self.reasons)),
        ]

    @property
    def current(self) -> str:
        """What counts while a file is refused or held, once anything was accepted."""
        period = self.result.delivery.period
        if self.before is None or self.before.period != period:
            return f"Nothing of yours is current for {period}."
        rows = self.before.figures["accepted_rows"]
        return f"Your last accepted delivery, {self.before.title}, with {rows:,.0f} rows."

    @property
    def warnings(self) -> list[str]:
        """What concerns the file as a whole, though it was accepted."""
        warnings = []
        if self._is_over_limit:
            warnings.append(
                f"More than {100 * self.feed.quarantine_limit:.0f} % of the rows were rejected. If "
                "that holds for all submitters together, no release is made until it is corrected."
            )
        period = self.result.delivery.period
        if self.before and not self.result.refused and self.before.period != period:
            last, rows = self.before.figures["accepted_rows"], self.result.accepted_rows
            if rows < POLICY.least_share_of_last * last:
                warnings.append(
                    f"{rows:,} rows were accepted, after {last:,.0f} for {self.before.period}. Is "
                    "the file whole?"
                )
        return warnings

    @property
    def remarks(self) -> list[str]:
        """Warnings, and what the reader, whole columns and a comparison say."""
        doubts = [finding.sentence for finding in self.result.findings if not finding.holds]
        return [*self.warnings, *doubts, *self.result.notes]

    @property
    def held_because(self) -> list[str]:
        """Why the file is held, a sentence each."""
        return [finding.sentence for finding in self.result.findings if finding.holds]

    @property
    def impacts(self) -> list[str]:
        """What the delivery does to the submitter's numbers, a sentence each."""
        return [
            self.feed.in_own_words(
                impact.sentence(self.figures[impact.name], self.figures[f"{impact.name}__of"])
            )
            for impact in impacts_of(self.feed)
            if self.figures.get(impact.name)
        ]

    @property
    def comparison(self) -> list[Line]:
        """Figures beside those of the last accepted delivery, empty when there is nothing."""
        if not self.before or self.result.refused:
            return []
        then = self.before.figures
        lines = [
            Line(f"rows {of}", self.figures[f"{of}_rows"], then.get(f"{of}_rows"))
            for of in ("delivered", "accepted", "rejected")
        ]
        for impact in impacts_of(self.feed):
            now, before = self.figures[impact.name], then.get(impact.name)
            if now or before:
                lines.append(Line(impact.label, now, before, impact.unit))
        return lines


def build(
    feed: Feed,
    results: Sequence[DeliveryResult],
    delivered: pl.DataFrame,
    quarantined: pl.DataFrame,
) -> list[Report]:
    """Return the reports on readable files of a feed, without what came before them.

    Args:
        feed: The feed, or its encoded form.
        results: One for each file.
        delivered: All rows of all files, as text with provenance.
        quarantined: The rejected ones, with `_reasons` and `_messages`.
    """
    counts = count_impacts(delivered, quarantined, feed)
    counted = {(row["period"], row["submitter"]): row for row in counts.to_dicts()}
    # A file in a layout may have records of other feeds alone.
    none = dict.fromkeys(counts.columns, 0)
    broken = _reasons(quarantined, feed)
    rejected = _to_correct(quarantined, feed)
    reports = []
    for result in results:
        key = (result.delivery.period, result.delivery.submitter)
        figures: dict[str, float] = {
            "delivered_rows": result.delivered_rows,
            "accepted_rows": result.accepted_rows,
            "rejected_rows": result.quarantined_rows,
        } | {n: float(value) for n, value in counted.get(key, none).items() if n not in _KEY}
        reasons = tuple(broken.get(key, []))
        reports.append(Report(feed, result, reasons, figures, rejected=rejected.get(key)))
    return reports


def _reasons(quarantined: pl.DataFrame, feed: Feed) -> dict[tuple[str, str], list[Reason]]:
    broken = (
        quarantined.select(*_KEY, "row_number", pl.col("_reasons").alias("rule"))
        .explode("rule")
        .group_by(*_KEY, "rule")
        .agg(pl.col("row_number").sort())
        .sort(pl.col("row_number").list.len(), "rule", descending=[True, False])
    )
    by_file: dict[tuple[str, str], list[Reason]] = {}
    for period, submitter, rule, rows in broken.iter_rows():
        reason = Reason(rule, feed.rules.get(rule) or ROW_RULES[rule], tuple(rows))
        by_file.setdefault((period, submitter), []).append(reason)
    return by_file


def _to_correct(quarantined: pl.DataFrame, feed: Feed) -> dict[tuple[Any, ...], pl.DataFrame]:
    rows = quarantined.sort(*_KEY, "row_number")
    messages = pl.col("_messages").list.join(" ").alias("what_to_correct")
    text = without_formulas(rows.select("row_number", messages, *feed.dtypes))
    text = text.rename(dict(feed.own_names))
    files = pl.concat([rows.select(_KEY), text], how="horizontal")
    return files.partition_by(_KEY, as_dict=True, include_key=False)


def without_formulas(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with a ' before text that a spreadsheet would run as a formula."""
    text = pl.col(pl.String)
    is_number = text.str.contains(r"^[+-]?[0-9.,]+$")
    as_text = text.str.replace(r"^([=+\-@\t\r])", "'$1")
    return rows.with_columns(pl.when(is_number).then(text).otherwise(as_text))
