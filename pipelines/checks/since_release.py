"""Which deliveries changed since the current release: what may have moved a value.

Lives here: comparing the ledger with the release's manifest, and the feeds a metric reads. Does
not: any value (`pipelines.checks.movement`).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.checks.base import CheckInputs
from pipelines.home.files import reading

# Deliveries that are named; a refresh of a year's end has hundreds.
_NAMED = 5


@dataclass(frozen=True)
class ChangedDelivery:
    """A file whose accepted rows are others than in the release."""

    feed: str
    place: str
    rows_now: int
    rows_before: int | None

    @property
    def title(self) -> str:
        """The file and its accepted rows, now and before."""
        before = "new" if self.rows_before is None else f"{self.rows_before:,} before"
        return f"{self.place} ({self.rows_now:,} rows, {before})"


def changed_deliveries(inputs: CheckInputs) -> list[ChangedDelivery]:
    """Return the current deliveries that are not in the release, most rows lost or gained first."""
    released = {
        (one["feed"], one["period"], one["file_name"]): one
        for one in inputs.manifest.get("deliveries", [])
    }
    changed = []
    for row in inputs.records.filter("is_current").iter_rows(named=True):
        key = (row["feed"], row["period"], row["file_name"])
        before = released.get(key)
        if before is None or before["delivery_sha256"] != row["delivery_sha256"]:
            rows = None if before is None else int(before["accepted_rows"])
            changed.append(ChangedDelivery(key[0], "/".join(key), row["accepted_rows"], rows))
    return sorted(changed, key=lambda one: (-abs(one.rows_now - (one.rows_before or 0)), one.place))


def feeds_of_metrics(inputs: CheckInputs) -> dict[str, set[str]]:
    """Return the feeds that each metric reads, by metric and version; none of a comparison."""
    feeds: dict[str, set[str]] = defaultdict(set)
    with reading(inputs.settings.build, inputs.settings.unreleased) as connection:
        rows = connection.execute(
            "select metric_id, definition_version, feed "
            "from unreleased.intermediate.int_feed__metric_window"
        ).fetchall()
    for metric, version, feed in rows:
        feeds[f"{metric} {version}"].add(feed)
    return feeds


def what_changed(metric: str, changed: list[ChangedDelivery], feeds: Mapping[str, set[str]]) -> str:
    """Return the deliveries of a metric's feeds that changed, in words."""
    of = feeds.get(metric)
    own = [one.title for one in changed if of is None or one.feed in of]
    if not own:
        return "no delivery that it reads: code, linkage or another feed's persons"
    more = f" and {len(own) - _NAMED:,} more" if len(own) > _NAMED else ""
    return ", ".join(own[:_NAMED]) + more
