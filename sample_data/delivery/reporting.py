"""Lives as agencies report them: every feed's rows in its delivered columns, as text.

Lives here: `FEEDS`, one for each module of `sample_data.feeds`, and reporting through them. Does
not: dirt, files.

A reported frame has the feed's columns and hidden ones: `_period` and `_submitter` name its file,
`_person` is the person's number (null in feeds that list no person), `_turn` counts a person's
rows. Rows are in order of persons, so a file reads the same whatever the chunks it was lived in.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import polars as pl

from sample_data import feeds
from sample_data.delivery.feed import FIRST_OF_CLASS, SampleFeed
from sample_data.lives.lives import Lives
from sample_data.lives.people import People
from sample_data.world.collaboration import Collaboration

FEEDS: dict[str, SampleFeed] = {
    module.name: import_module(f"sample_data.feeds.{module.name}").FEED
    for module in iter_modules(feeds.__path__)
}
LAYOUTS = {name: feed.columns for name, feed in FEEDS.items()}
# Feeds that list no person, and so are reported whole.
REFERENCE = tuple(name for name, feed in FEEDS.items() if feed.reference)


def report(lives: Lives, names: Iterable[str] = FEEDS) -> Iterator[tuple[str, pl.DataFrame]]:
    """Give what agencies deliver of these lives, clean, by feed; of all feeds unless named."""
    for name in names:
        feed = FEEDS[name]
        if feed.rows:
            yield name, _delivered(feed, lives.people, feed.rows(lives))


def reference(joint: Collaboration) -> dict[str, pl.DataFrame]:
    """Return the feeds that list no person, clean."""
    return {
        name: _texts(feed, feed.reference(joint)).with_columns(
            _person=pl.lit(None, dtype=pl.Int64), _turn=pl.int_range(pl.len(), dtype=pl.Int64)
        )
        for name, feed in FEEDS.items()
        if feed.reference
    }


def _delivered(feed: SampleFeed, people: People, rows: pl.DataFrame) -> pl.DataFrame:
    """Return reported rows as text, with whose they are; `person` is a row of the people."""
    row = rows["person"].to_numpy()
    # Rows are in order of persons: a person's first row is where the number changes.
    fresh = np.ones(len(row), dtype=bool)
    fresh[1:] = row[1:] != row[:-1]
    place = np.arange(len(row))
    turn = place - np.maximum.accumulate(np.where(fresh, place, 0))
    return _texts(feed, rows).with_columns(
        _person=pl.Series(people.person[row], dtype=pl.Int64), _turn=pl.Series(turn, dtype=pl.Int64)
    )


def _texts(feed: SampleFeed, rows: pl.DataFrame) -> pl.DataFrame:
    texts = rows.select(
        *(pl.col(c).cast(pl.String) for c in feed.columns),
        pl.col("_period", "_submitter").cast(pl.String),
        *(pl.col(c) for c in (FIRST_OF_CLASS,) if c in rows.columns),
    )
    return texts.with_columns(
        pl.when(pl.col(c) == "").then(None).otherwise(pl.col(c)).alias(c)
        for c in feed.columns
        if rows.schema[c] == pl.String
    )
