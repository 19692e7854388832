"""Asset checks beside the gate's own: every registered check, and freshness.

Lives here: wrapping `pipelines.checks` and the lateness of feeds. Does not: any judgement, any
value of a row.

Checks of a feed run as one step: a step for each would cost the nightly refresh seconds.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import dagster as dg

from pipelines.checks.base import (
    LISTED,
    Check,
    CheckInputs,
    CheckResult,
    checks_of_build,
    checks_of_feed,
)
from pipelines.defs.runtime import TO_DO, writing_step
from pipelines.intake import ledger
from pipelines.release.publish import WAREHOUSE, current
from pipelines.settings import Settings
from schemas import FEEDS, Feed


def with_freshness(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Return the spec with its feed's freshness policy, where it is of accepted rows."""
    if spec.key.path[0] != "accepted":
        return spec
    lateness = FEEDS[spec.key.path[1]].lateness
    policy = dg.FreshnessPolicy.time_window(
        fail_window=timedelta(days=lateness.late_after_days),
        warn_window=timedelta(days=lateness.warn_after_days),
    )
    return dg.apply_freshness_policy(spec, policy)


def check_inputs(settings: Settings) -> CheckInputs:
    """Return what checks read: the ledger and the current release as they are now."""
    release = current(settings)
    return CheckInputs(
        settings,
        ledger.deliveries(settings.ledger),
        release.manifest if release else {},
        release.folder / WAREHOUSE if release and release.is_whole else None,
    )


def spec(key: dg.AssetKey, check: Check, deps: list[dg.AssetKey]) -> dg.AssetCheckSpec:
    """Return a check as Dagster lists it, with what it means, what to do and its docs."""
    consequence = "Can stop the release." if check.may_stop else "Warns."
    return dg.AssetCheckSpec(
        check.name,
        asset=key,
        description=f"{check.description} {consequence} To do: {check.to_do} See {check.docs}.",
        blocking=check.may_stop,
        additional_deps=deps,
        metadata={"docs": docs_link(check.docs)},
    )


def as_dagster(key: dg.AssetKey, check: Check, result: CheckResult) -> dg.AssetCheckResult:
    """Return a result as Dagster stores it: counts, rates and names."""
    metadata: dict[str, Any] = {"docs": docs_link(check.docs), **result.metrics}
    if not result.passed:
        listed = result.findings[:LISTED]
        metadata |= {
            TO_DO: check.to_do,
            "findings": dg.TableMetadataValue(
                records=[
                    dg.TableRecord({k: "–" if v is None else v for k, v in finding.items()})
                    for finding in listed
                ],
                schema=dg.TableSchema(
                    [dg.TableColumn(name, _type(value)) for name, value in listed[0].items()]
                ),
            ),
            "finding_count": len(result.findings),
        }
    return dg.AssetCheckResult(
        check_name=check.name,
        asset_key=key,
        passed=result.passed,
        severity=dg.AssetCheckSeverity.ERROR if result.stops else dg.AssetCheckSeverity.WARN,
        description=result.summary,
        metadata=metadata,
    )


def _type(value: object) -> str:
    return {bool: "bool", int: "int", float: "float"}.get(type(value), "string")


# Reading settings takes 5 ms, and there are hundreds of checks.
@cache
def docs_link(place: str) -> dg.MetadataValue:
    """Return a link to a heading of the docs, `docs/checks.md#volume`; the UI's server has them."""
    return dg.MetadataValue.url(f"{(Settings().docs_url or '').rstrip('/')}/{place}")


def _accepted(feed: str) -> dg.AssetKey:
    return dg.AssetKey(["accepted", feed])


def feed_checks(feed: Feed) -> dg.AssetChecksDefinition:
    """Return the registered checks of a feed's accepted rows, one step for all."""
    key, checks = _accepted(feed.name), checks_of_feed(feed)
    specs = [spec(key, check, [_accepted(name) for name in check.reads(feed)]) for check in checks]

    # One of them can be run alone from its page.
    @dg.multi_asset_check(name=f"{feed.name}_checks", specs=specs, can_subset=True)
    def run(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        inputs, asked = check_inputs(Settings()), context.selected_asset_check_keys
        for check in checks:
            if dg.AssetCheckKey(key, check.name) in asked:
                yield as_dagster(key, check, check.run(feed, inputs))

    return run


@dg.multi_asset_check(
    specs=[spec(dg.AssetKey(check.asset or ()), check, []) for check in checks_of_build()],
)
def movement_checks() -> Iterator[dg.AssetCheckResult]:
    """Compare the build with the current release, before it is published."""
    settings = Settings()
    # While dbt writes to the build, no other process can read it.
    with writing_step(settings, "the comparison with the last release"):
        inputs = check_inputs(settings)
        results = [(check, check.run(inputs)) for check in checks_of_build()]
    for check, result in results:
        yield as_dagster(dg.AssetKey(check.asset or ()), check, result)


FEED_CHECKS = [feed_checks(feed) for feed in FEEDS.values()]
CHECKS = [*FEED_CHECKS, movement_checks]
