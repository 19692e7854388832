"""What valid data is: one pandera contract per feed, code sets, reusable rules and thresholds.

Lives here: contracts and `FEEDS`, the one list that everything iterates: each module of
`schemas/feeds` adds its `FEED`. Does not: any I/O, orchestration or SQL.
"""

from importlib import import_module
from pkgutil import iter_modules

from schemas import feeds
from schemas.contract import Feed


def _feeds() -> dict[str, Feed]:
    loaded = [
        import_module(f"{feeds.__name__}.{m.name}").FEED for m in iter_modules(feeds.__path__)
    ]
    return {feed.name: feed for feed in sorted(loaded, key=lambda feed: (feed.order, feed.name))}


FEEDS: dict[str, Feed] = _feeds()
# Feeds whose rows are accepted and reach the warehouse; the others say who is who, and no more.
ACCEPTED_FEEDS = {name: feed for name, feed in FEEDS.items() if not feed.is_for_linkage_alone}
