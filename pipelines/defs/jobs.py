"""Jobs: the steps of a refresh, pruning, releasing what is held.

Lives here: what runs together. Does not: the refresh (`pipelines.defs.nightly.refresh`), what is
pruned (`pipelines.defs.retention`).
"""

from datetime import UTC, datetime

import dagster as dg
from pydantic import Field

from pipelines.defs import retention
from pipelines.defs.checks import FEED_CHECKS
from pipelines.defs.nightly.refresh import CodeLocation, force_refresh, nightly_refresh
from pipelines.defs.runtime import LOGGERS, LOGGING, fail_on_user_error
from pipelines.home import reasons
from pipelines.home.lock import writing
from pipelines.intake.holds import releases
from pipelines.release.refresh_plan import ACCEPT, BUILD_RELEASE
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

# Feeds refer to one another: they are checked together, once all are accepted.
OF_FEEDS = dg.AssetSelection.checks(*FEED_CHECKS)

ACCEPT_JOBS = [
    dg.define_asset_job(
        ACCEPT[kind],
        selection=dg.AssetSelection.assets(
            *(["accepted", name] for name, feed in FEEDS.items() if feed.period_kind is kind)
        )
        - OF_FEEDS,
        description=f"Validate the deliveries of each {kind.value.replace('_', ' ')}.",
    )
    for kind in PeriodKind
]

BUILD_RELEASE_JOB = dg.define_asset_job(
    BUILD_RELEASE,
    selection=dg.AssetSelection.all()
    - dg.AssetSelection.groups("01_landing", "02_accepted", "13_public", "04_analyses")
    | OF_FEEDS,
    description="Check, link, build, test and publish what is accepted.",
)


def prune_now(
    instance: dg.DagsterInstance, location: dg.Definitions, reason: str
) -> retention.Pruned:
    """Remove old runs, releases and alerts of a code location, for a reason."""
    graph, settings = location.resolve_asset_graph(), Settings()
    # The folder of a release that is being published looks like one that a dead run left.
    with writing(settings, "prune"):
        reasons.write(settings, "prune", reason)
        return retention.prune(
            settings,
            instance,
            graph.get_all_asset_keys(),
            graph.asset_check_keys,
            datetime.now(UTC),
        )


class Prune(dg.Config):
    """Why what is old is removed now."""

    reason: str = Field(
        default="",
        description="Why; stays in the configuration and the log of the run, which fails without.",
    )


@dg.op(description="Remove old runs, events, releases and alerts.")
def remove_old(
    context: dg.OpExecutionContext, config: Prune, code_location: dg.ResourceParam[CodeLocation]
) -> None:
    """Remove them and log how many."""
    with fail_on_user_error():
        context.log.info(f"prune, because: {reasons.given(config.reason)}")
        pruned = prune_now(context.instance, code_location(), config.reason)
    context.log.info(
        f"prune: {pruned.runs} runs, {pruned.releases} releases, {pruned.alerts} alerts removed"
    )


@dg.job(
    logger_defs=LOGGERS,
    config=LOGGING,
    description="Remove runs and alerts older than PATHWAYS_KEEP_RUNS_DAYS and releases beyond "
    "PATHWAYS_KEEP_RELEASES. No delivery is touched.",
)
def prune() -> None:
    """Remove what is old."""
    remove_old()


class HeldDelivery(dg.Config):
    """A held delivery, and why it is right."""

    submitter: str = Field(description="Whose delivery is held.")
    feed: str = Field(default="", description="Its feed, where several of the submitter are held.")
    period: str = Field(default="", description="Its period, likewise.")
    reason: str = Field(description="Why it is right; written to ledger/released.csv.")


@dg.op(description="Let a held delivery take the place of what is current.")
def release_delivery(context: dg.OpExecutionContext, config: HeldDelivery) -> None:
    """Note the release and log what is released."""
    settings = Settings()
    with fail_on_user_error(), writing(settings, "releasing a delivery", context.log.info):
        row = releases.release(
            settings, config.submitter, config.reason, config.feed, config.period
        )
    context.log.info(f"released: {releases.title(row)}. The next refresh accepts it.")


@dg.job(
    logger_defs=LOGGERS,
    config=LOGGING | {"ops": {"release_delivery": {"config": {"submitter": "", "reason": ""}}}},
    description="Release a delivery that the gate holds: name its submitter and the reason in the "
    "launchpad, then launch nightly_refresh. The check held_deliveries lists what waits.",
)
def release_held_delivery() -> None:
    """Release a held delivery."""
    release_delivery()


JOBS = [
    *ACCEPT_JOBS, BUILD_RELEASE_JOB, nightly_refresh, force_refresh,
    release_held_delivery, prune,
]  # fmt: skip
