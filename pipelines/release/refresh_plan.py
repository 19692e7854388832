"""What a refresh consists of: validate what is new, then link, build and publish.

Lives here: the steps and why they are needed, the order of jobs, and the feeds and periods they
cover. Does not: running them (`pipelines.defs.nightly`), what they do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from pipelines.errors import UserError
from pipelines.intake import pending
from pipelines.intake.holds import releases
from pipelines.intake.landing import not_taken
from pipelines.intake.pending import PendingIntake
from pipelines.release import build_plan, publish
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

BUILD_RELEASE = "build_release"
ACCEPT = {kind: f"accept_{kind.value}s" for kind in PeriodKind}

# Says of a feed and a period whether it is validated again though nothing of it changed.
IsForced = Callable[[str, str], bool]


@dataclass(frozen=True)
class Step:
    """One job of a refresh.

    Attributes:
        job: Name of the job.
        periods: First and last period it covers, where it has periods.
        feeds: Feeds it validates; none where it validates none.
    """

    job: str
    periods: tuple[str, str] | None = None
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A refresh: its steps, none where nothing is new, a summary, and incomplete uploads."""

    steps: list[Step]
    summary: str
    incomplete: list[str] = field(default_factory=list)


def plan(settings: Settings, is_forced: IsForced | None = None) -> Plan:
    """Return what a refresh has to do: validate what is new, and release if that or code changed.

    A folder of a period before the first one (`Settings.periods`) is ignored.

    Args:
        settings: Names the data home.
        is_forced: What is validated again though it did not change, if anything is.
    """
    of_feeds = pending.scan_pending(settings)
    touched = {
        name: [
            one.period
            for one in of_feed
            if one.is_some or (is_forced is not None and is_forced(name, one.period))
        ]
        for name, of_feed in of_feeds.items()
    }
    steps = [step for kind in ACCEPT if (step := _accept(kind, touched))]
    incomplete = [
        f"{name}/{one.period}/{file}"
        for name, of_feed in of_feeds.items()
        for one in of_feed
        for file in one.incomplete
    ]
    last = publish.last(settings)
    if last is None and not of_feeds.keys() & settings.feeds.keys():
        raise UserError(
            f"{settings.root} has no delivery in landing and no release. Is PATHWAYS_HOME right?"
        )
    waiting = "".join(
        f" Not taken: landing/{one.place}. {one.reason}" for one in not_taken(settings.landing)
    ) + "".join(f" Held: {releases.title(row)}." for row in releases.waiting(settings))
    waiting += "".join(
        f" Not read: landing/{name}. No agreement is named under which it may be "
        "(PATHWAYS_BRIDGE_AGREEMENT)."
        for name in sorted(of_feeds.keys() - settings.feeds.keys())
    )
    if steps or is_forced or last is None or _is_outdated(settings, last):
        summary = _summary(of_feeds, is_forced is not None) + waiting
        return Plan([*steps, Step(BUILD_RELEASE)], summary, incomplete)
    return Plan([], f"Nothing is new since release {last.release_id}.{waiting}", incomplete)


def _is_outdated(settings: Settings, last: publish.Release) -> bool:
    """Return whether a release made now would be made from anything else than the last one."""
    return not last.is_whole or last.manifest.get("made_from") != asdict(
        build_plan.inputs(settings)
    )


def _accept(kind: PeriodKind, touched: Mapping[str, Sequence[str]]) -> Step | None:
    feeds = [name for name, of in touched.items() if of and FEEDS[name].period_kind is kind]
    periods = [period for name in feeds for period in touched[name]]
    if not periods:
        return None
    return Step(ACCEPT[kind], (min(periods), max(periods)), tuple(feeds))


def _summary(of_feeds: Mapping[str, Iterable[PendingIntake]], is_forced: bool) -> str:
    files = sum(len(one.judge) + len(one.refuse) for of in of_feeds.values() for one in of)
    if is_forced:
        return "forced: all deliveries asked for are validated again"
    if files:
        return f"{files:,} files are new or changed"
    return "no file is new, but inputs differ from those of the last release"
