"""Asset checks beside the gate's own: volume, drift, references, movement; and freshness.

Lives here: wrapping `pipelines.checks` and the freshness policies of feeds. Does not: any
judgement, any value of a row.

Checks of a feed run as one step: a step for each would cost the nightly refresh seconds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from pipelines.checks import base as register
from pipelines.checks import drift, movement, references, volume
from pipelines.checks.base import Check, Outcome
from pipelines.home.lock import writing
from pipelines.intake import ledger
from pipelines.release.publish import WAREHOUSE, Release, current
from pipelines.settings import Settings
from schemas import FEEDS, Feed
from schemas.periods import PeriodKind

METRIC_KEY = dg.AssetKey(["metrics", "metric_value"])
LINKAGE_KEY = dg.AssetKey(["quality", "linkage"])

# How long ago a feed's partition was last made before it is late: a wage file each quarter, all
# others at least one in a school year, and a month to warn ahead.
FRESHNESS = {
    PeriodKind.QUARTER: dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=125), warn_window=timedelta(days=95)
    ),
    PeriodKind.ACADEMIC_YEAR: dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=400), warn_window=timedelta(days=370)
    ),
}


def with_freshness(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Return the spec with its feed's freshness policy, where it is of accepted rows."""
    if spec.key.path[0] != "accepted":
        return spec
    return dg.apply_freshness_policy(spec, FRESHNESS[FEEDS[spec.key.path[1]].period_kind])


@dataclass(frozen=True)
class Seen:
    """What the checks of one step look at."""

    settings: Settings

    @cached_property
    def records(self) -> pl.DataFrame:
        """The ledger."""
        return ledger.deliveries(self.settings.ledger)

    @cached_property
    def release(self) -> Release | None:
        """The current release."""
        return current(self.settings)

    @property
    def released(self) -> list[dict[str, Any]]:
        """Deliveries in the current release."""
        return self.release.manifest.get("deliveries", []) if self.release else []

    @property
    def warehouse(self) -> Path | None:
        """The released warehouse; None before the first release, and for a damaged one."""
        if self.release and self.release.is_whole:
            return self.release.folder / WAREHOUSE
        return None


def checks_of(feed: Feed) -> list[Check]:
    """Return the checks of a feed, in the order in which they are told."""
    checks = [register.ROW_FLOOR, register.ROWS_BY_SUBMITTER, register.DELIVERED_ON_TIME]
    if feed.name in drift.COLUMNS:
        checks += [register.COLUMN_DRIFT, register.NULL_SHARE]
    if references.of_child(feed.name):
        checks.append(register.REFERENCES_FOUND)
    return checks


def stopping(feed: Feed, seen: Seen) -> Iterator[tuple[Check, Outcome]]:
    """Yield the checks of a feed that can stop a release, with what they found."""
    may_lose = feed.name in seen.settings.accept_loss_of
    known = frozenset(
        (d["period"], d["delivery_sha256"]) for d in seen.released if d["feed"] == feed.name
    )
    yield register.ROW_FLOOR, volume.row_floor(feed, seen.records, may_lose)
    yield (
        register.ROWS_BY_SUBMITTER,
        volume.rows_by_submitter(feed, seen.records, known, may_lose),
    )
    wanted = references.of_child(feed.name)
    if wanted:
        found = [one for r in wanted for one in references.look_up(seen.settings.accepted, r)]
        yield register.REFERENCES_FOUND, references.references_found(found, may_lose)


def outcomes(feed: Feed, seen: Seen) -> Iterator[tuple[Check, Outcome]]:
    """Yield all checks of a feed with what they found."""
    yield from stopping(feed, seen)
    yield (
        register.DELIVERED_ON_TIME,
        volume.delivered_on_time(feed, seen.records, date.today()),
    )
    if feed.name in drift.COLUMNS:
        shifts = drift.compare(
            feed, seen.settings.accepted, seen.warehouse, seen.released, seen.records
        )
        yield register.COLUMN_DRIFT, drift.drifted(shifts)
        yield register.NULL_SHARE, drift.emptied(shifts)


def movements(settings: Settings) -> Iterator[tuple[dg.AssetKey, Check, Outcome]]:
    """Yield how the build moved from the current release: metrics, then linkage."""
    yield METRIC_KEY, register.METRIC_MOVEMENT, metric_movement(settings)
    yield LINKAGE_KEY, register.LINKAGE_MOVEMENT, linkage_movement(settings)


def metric_movement(settings: Settings) -> Outcome:
    """Return which metric values of the build moved beyond their band."""
    return movement.metric_movement(
        movement.values(settings.build),
        _released(settings, movement.values, movement.VALUE),
        settings.accept_movement_of,
    )


def linkage_movement(settings: Settings) -> Outcome:
    """Return which linkage rates of the build dropped."""
    return movement.linkage_movement(
        movement.linkage_rates(settings.build),
        _released(settings, movement.linkage_rates, movement.LINKAGE),
        may_drop=movement.MAY_DROP in settings.accept_movement_of,
    )


def _released(
    settings: Settings, read: Callable[..., pl.DataFrame], schema: pl.Schema
) -> pl.DataFrame:
    warehouse = Seen(settings).warehouse
    return read(warehouse, may_be_older=True) if warehouse else schema.to_frame()


def what_stops(settings: Settings) -> list[str]:
    """Return, in words, why the build may not be released: the last word of these checks.

    Blocking acts within a run; this asks again for all of them, whichever run they failed in.
    """
    seen = Seen(settings)
    of_feeds = (
        (feed.name, check, found)
        for feed in FEEDS.values()
        for check, found in stopping(feed, seen)
    )
    of_build = (("build", check, found) for _, check, found in movements(settings))
    return [
        f"{name} {check.name} ({found.said})"
        for name, check, found in (*of_feeds, *of_build)
        if found.stops
    ]


def spec(
    key: dg.AssetKey, check: Check, deps: list[dg.AssetKey] | None = None
) -> dg.AssetCheckSpec:
    """Return a check as Dagster lists it, with what it means, what to do and its docs."""
    consequence = "Can stop the release." if check.may_stop else "Warns."
    return dg.AssetCheckSpec(
        check.name,
        asset=key,
        description=f"{check.means} {consequence} To do: {check.to_do} See {check.docs}.",
        blocking=check.may_stop,
        additional_deps=deps,
        metadata={"docs": _docs(check)},
    )


def result(key: dg.AssetKey, check: Check, found: Outcome) -> dg.AssetCheckResult:
    """Return what a check found as Dagster keeps it: counts, rates and names."""
    metadata: dict[str, Any] = {"docs": _docs(check), **found.figures}
    if not found.passed:
        metadata |= {
            "what_to_do": check.to_do,
            "findings": dg.TableMetadataValue(
                records=[
                    dg.TableRecord({k: "–" if v is None else v for k, v in finding.items()})
                    for finding in found.shown
                ],
                schema=dg.TableSchema(
                    [dg.TableColumn(name, _type(value)) for name, value in found.shown[0].items()]
                ),
            ),
            "finding_count": len(found.findings),
        }
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=key,
        passed=found.passed,
        severity=dg.AssetCheckSeverity.ERROR if found.stops else dg.AssetCheckSeverity.WARN,
        description=found.said,
        metadata=metadata,
    )


def _type(value: object) -> str:
    return {bool: "bool", int: "int", float: "float"}.get(type(value), "string")


def _docs(check: Check) -> dg.MetadataValue:
    at = Settings().docs_url
    return (
        dg.MetadataValue.url(f"{at.rstrip('/')}/{check.docs}")
        if at
        else dg.MetadataValue.text(check.docs)
    )


def feed_checks(feed: Feed) -> dg.AssetChecksDefinition:
    """Return the checks of a feed's accepted rows, one step for all."""
    key = dg.AssetKey(["accepted", feed.name])
    parents = [dg.AssetKey(["accepted", name]) for name in references.parents(feed.name)]
    specs = [
        spec(key, check, parents if check is register.REFERENCES_FOUND else None)
        for check in checks_of(feed)
    ]

    @dg.multi_asset_check(name=f"{feed.name}_checks", specs=specs)
    def check() -> Iterator[dg.AssetCheckResult]:
        for one, found in outcomes(feed, Seen(Settings())):
            yield result(key, one, found)

    return check


@dg.multi_asset_check(
    specs=[
        spec(METRIC_KEY, register.METRIC_MOVEMENT),
        spec(LINKAGE_KEY, register.LINKAGE_MOVEMENT),
    ],
)
def movement_checks() -> Iterator[dg.AssetCheckResult]:
    """Hold the build against the current release, before it is published."""
    settings = Settings()
    # Where dbt writes to the build, nobody can read it.
    with writing(settings, "a look at the build"):
        found = list(movements(settings))
    for key, check, outcome in found:
        yield result(key, check, outcome)


FEED_CHECKS = [feed_checks(feed) for feed in FEEDS.values()]
CHECKS = [*FEED_CHECKS, movement_checks]
