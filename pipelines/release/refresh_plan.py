"""What a refresh consists of: what is new through the gate, then link, build and publish.

Lives here: what has to be done and why, the order of jobs, and the feeds and periods they cover.
Does not: running them (`pipelines.defs.jobs`), what they do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.intake import pending
from pipelines.intake.pending import PendingIntake
from pipelines.release import build_plan, publish
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

BUILD_RELEASE = "build_release"
ACCEPT = {kind: f"accept_{kind.value}s" for kind in PeriodKind}


@dataclass(frozen=True)
class Step:
    """One job of a refresh.

    Attributes:
        job: Name of the job.
        periods: First and last period it covers, where it has periods.
        feeds: Feeds it takes through the gate; none where it takes no feeds.
    """

    job: str
    periods: tuple[str, str] | None = None
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a refresh does: its steps, none where nothing is new, and what is told of it."""

    steps: list[Step]
    told: str
    arriving: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scope:
    """What is forced: feeds, all where empty, and the first and last period, open where empty."""

    feeds: Sequence[str] = ()
    first_period: str = ""
    last_period: str = ""

    def holds(self, feed: str, period: str) -> bool:
        """Return whether a feed's period is in it."""
        return (
            (not self.feeds or feed in self.feeds)
            and (not self.first_period or period >= self.first_period)
            and (not self.last_period or period <= self.last_period)
        )


def plan(settings: Settings, forced: Scope | None = None) -> Plan:
    """Return what a refresh has to do: take what is new, and release if that or code changed.

    A folder of a period that is not kept (`Settings.periods`) is passed by.

    Args:
        settings: Names the data home.
        forced: What is taken again though it did not change, where something is.
    """
    works = pending.scan_pending(settings)
    touched = {
        name: [
            work.period
            for work in of
            if work.is_some or (forced is not None and forced.holds(name, work.period))
        ]
        for name, of in works.items()
    }
    steps = [step for kind in ACCEPT if (step := _accept(kind, touched))]
    arriving = [
        f"{name}/{w.period}/{f}" for name, of in works.items() for w in of for f in w.incomplete
    ]
    last = publish.last(settings)
    if steps or forced is not None or last is None or _is_of_other_things(settings, last):
        return Plan([*steps, Step(BUILD_RELEASE)], _told(works, forced), arriving)
    return Plan([], f"Nothing is new since release {last.release_id}.", arriving)


def _is_of_other_things(settings: Settings, last: publish.Release) -> bool:
    """Return whether what a release is made from is not what the last one was made from."""
    return (
        not last.is_whole or last.manifest.get("made_from") != build_plan.inputs(settings).as_dict()
    )


def _accept(kind: PeriodKind, touched: Mapping[str, Sequence[str]]) -> Step | None:
    feeds = [name for name, of in touched.items() if of and FEEDS[name].period_kind is kind]
    periods = [period for name in feeds for period in touched[name]]
    if not periods:
        return None
    return Step(ACCEPT[kind], (min(periods), max(periods)), tuple(feeds))


def _told(works: Mapping[str, Iterable[PendingIntake]], forced: Scope | None) -> str:
    files = sum(len(work.judge) + len(work.refuse) for of in works.values() for work in of)
    if forced is not None:
        return "forced: everything asked for is taken again"
    if files:
        return f"{files:,} files are new or changed"
    return "no file is new, but there is something that no release was made from"
