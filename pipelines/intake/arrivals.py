"""New deliveries as they arrive: which landed files nobody has taken yet and are whole.

Lives here: looking at the landing folder between refreshes. Does not: taking anything
(`pipelines.intake.accept`), starting a refresh (`pipelines.defs.sensors`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from pipelines.intake.deliveries import DONE, HASH, Known, Look, delivered_files, landed_periods
from pipelines.settings import Settings
from schemas import FEEDS


@dataclass(frozen=True)
class Arrivals:
    """What a look at the landing folder found.

    Attributes:
        whole: New files that are whole, by their names under landing, with their hashes.
        seen: How all new files without a marker look, for the next look.
        unfinished: New files that may still be on their way.
    """

    whole: dict[str, str]
    seen: dict[str, list[int]]
    unfinished: list[str]

    @property
    def key(self) -> str:
        """The same for the same content: a refresh is asked for once."""
        told = "\n".join(f"{name} {content}" for name, content in sorted(self.whole.items()))
        return hashlib.sha256(told.encode()).hexdigest()


def look(settings: Settings, before: Mapping[str, list[int]]) -> Arrivals:
    """Return what arrived since the last refresh looked.

    A file is whole when the ``.sha256`` beside it has its hash, when a ``.done`` is beside it, or
    when it looks as it did at the look before this one.

    Args:
        settings: Names the data home.
        before: `seen` of the look before.
    """
    known = Known(settings.landing, settings.landed)
    whole: dict[str, str] = {}
    seen: dict[str, list[int]] = {}
    unfinished: list[str] = []
    for path in _landed(settings):
        name = str(path.relative_to(settings.landing))
        try:
            if known.knows(path):
                continue
            stated = path.with_name(path.name + HASH)
            is_marked = stated.exists() or path.with_name(path.name + DONE).exists()
            if not is_marked:
                seen[name] = list(astuple(Look.at(path)))
                if before.get(name) != seen[name]:
                    unfinished.append(name)
                    continue
            content = known.print(path)[1]
            if stated.exists() and stated.read_text().split()[:1] != [content]:
                unfinished.append(name)
                continue
            whole[name] = content
        except FileNotFoundError:
            continue
    return Arrivals(whole, seen, unfinished)


def _landed(settings: Settings) -> list[Path]:
    return [
        path
        for feed in FEEDS.values()
        for period in landed_periods(settings.landing, feed)
        if period in settings.periods(feed.period_kind)
        for path in delivered_files(settings.landing, feed.name, period)
    ]
