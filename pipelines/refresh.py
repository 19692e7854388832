"""What a refresh consists of: both calendars through the gate, then link, build and publish.

Lives here: the order of jobs and the periods they cover.
Does not: running them (`pipelines.defs.refresh`), what they do.
"""

from dataclasses import dataclass

from pipelines.landing import landed_periods
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

BUILD_RELEASE = "build_release"
ACCEPT = {kind: f"accept_{kind.value}s" for kind in PeriodKind}


@dataclass(frozen=True)
class Step:
    """One job of a refresh, and the first and last period it covers where it has periods."""

    job: str
    periods: tuple[str, str] | None = None


def plan(settings: Settings) -> list[Step]:
    """Return the steps of a refresh: the landed range of each calendar, then the release.

    A folder of a period that is not kept (`Settings.periods`) is passed by.
    """
    steps = []
    for kind, job in ACCEPT.items():
        landed = {
            period
            for feed in FEEDS.values()
            if feed.period_kind is kind
            for period in landed_periods(settings.landing, feed)
        }
        touched = [period for period in settings.periods(kind) if period in landed]
        if touched:
            steps.append(Step(job, (touched[0], touched[-1])))
    return [*steps, Step(BUILD_RELEASE)]
