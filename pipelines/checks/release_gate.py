"""The last word before a release: of every feed, and of every check that may stop one.

Lives here: whether a feed's accepted rows may be released, and asking again each check that stops.
Does not: any other judgement (the modules beside).
"""

from dataclasses import dataclass

from pipelines.checks.base import CheckInputs, checks_of_build, checks_of_feed
from schemas import FEEDS, Feed
from schemas.policy import POLICY


@dataclass(frozen=True)
class ReleaseDecision:
    """Whether a feed's accepted rows may go into a release.

    Attributes:
        feed: Name of the feed.
        stops: Reasons that stop a release, in words and counts; empty when it may go on.
        delivered_rows: Rows of all current deliveries.
        accepted_rows: Rows accepted of them.
        quarantined_rows: Rows quarantined of them.
        released_rows: Rows of the feed in the current release; 0 when there is none.
    """

    feed: str
    stops: tuple[str, ...]
    delivered_rows: int
    accepted_rows: int
    quarantined_rows: int
    released_rows: int

    @property
    def quarantine_rate(self) -> float:
        """Share of delivered rows in quarantine, 0 to 1."""
        return self.quarantined_rows / self.delivered_rows if self.delivered_rows else 0.0


def decide(feed: Feed, inputs: CheckInputs) -> ReleaseDecision:
    """Return whether a feed has few enough rows in quarantine and has not lost most of its rows."""
    current = inputs.current_deliveries(feed)
    delivered, accepted, quarantined = (
        int(current[name].sum()) for name in ("delivered_rows", "accepted_rows", "quarantined_rows")
    )
    released = inputs.manifest.get("accepted_rows", {}).get(feed.name, 0)
    stops = []
    if delivered and quarantined / delivered > feed.quarantine_limit:
        stops.append(
            f"{quarantined} of {delivered} delivered rows are in quarantine; "
            f"the limit is {feed.quarantine_limit:.0%}"
        )
    if accepted < POLICY.least_share_of_last * released and not inputs.may_lose(feed):
        stops.append(f"{accepted} rows are left of {released} in the current release")
    return ReleaseDecision(feed.name, tuple(stops), delivered, accepted, quarantined, released)


def decide_all(inputs: CheckInputs) -> list[ReleaseDecision]:
    """Return the decision on every feed."""
    return [decide(feed, inputs) for feed in FEEDS.values()]


def what_stops(inputs: CheckInputs) -> list[str]:
    """Return, in words, which registered checks stop the build from being released.

    Blocking acts within a run; this asks again for all of them, whichever run they failed in.
    """
    of_feeds = (
        (feed.name, check.name, check.run(feed, inputs))
        for feed in FEEDS.values()
        for check in checks_of_feed(feed)
        if check.may_stop
    )
    of_build = (
        ("build", check.name, check.run(inputs)) for check in checks_of_build() if check.may_stop
    )
    return [
        f"{subject} {name} ({result.summary})"
        for subject, name, result in (*of_feeds, *of_build)
        if result.stops
    ]
