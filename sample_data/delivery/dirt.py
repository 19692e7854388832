"""Labelled corruptions: which delivered rows break which rule.

Lives here: planting, and corrupting rows. Does not: ways to break rules (`feed`, `columns`), files.

A row is corrupted at most once and keeps its person. Which row is decided by its address alone; one
row for each rule is planted among the rows of a few pioneers, whoever else there is.
"""

import numpy as np
import polars as pl

from sample_data.delivery.columns import corruptions
from sample_data.delivery.feed import Corruption
from sample_data.delivery.files import late
from sample_data.delivery.reporting import REFERENCE
from sample_data.draws import Draws
from sample_data.world.places import World

# Column of a reported frame that holds the rules its row breaks.
RULES = "_rules"
Plants = dict[str, pl.DataFrame]


# Most planted rows of a feed: contracts let 5 % go to quarantine, 10 % of a register.
_MOST_PLANTED, _MOST_PLANTED_OF_REGISTER = 0.04, 0.08


def plants(world: World, pioneers: dict[str, pl.DataFrame], of_students: float) -> Plants:
    """Return which of the pioneers' rows breaks which rule: one row for each rule of each feed.

    A corruption that no row of them fits is left out, and so are some in a state so small that the
    gate would stop its release, unless every rule is to be broken.

    Args:
        world: The state.
        pioneers: Their reported rows, and the reference feeds.
        of_students: Pioneers as a share of all students, 0 to 1.

    Returns:
        For each feed `_person`, `_turn` and `_which`, a row of `corruptions`.
    """
    planted = {}
    for feed, frame in pioneers.items():
        if world.control.every_rule_broken:
            most = len(frame)
        elif feed in REFERENCE:
            most = int(_MOST_PLANTED_OF_REGISTER * len(frame))
        else:
            most = int(_MOST_PLANTED * len(frame) / of_students)
        planted[feed] = _planted(world, feed, frame).head(most)
    return planted


def _planted(world: World, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    frame = _with_place(world, frame)
    free = ~_is_late(world, feed, frame)
    draw = Draws(world.control.seed, f"plants {feed}", _address(frame))
    chosen: list[tuple[int | None, int, int]] = []
    for which, corruption in enumerate(corruptions(feed)):
        if corruption.is_planted_alone and not world.control.every_rule_broken:
            continue
        fits = frame.select(corruption.where.fill_null(False).alias("fits"))["fits"].to_numpy()
        candidates = np.flatnonzero(free & fits)
        if len(candidates):
            at = int(candidates[draw.bits(corruption.rule)[candidates].argmin()])
            free[at] = False
            chosen.append((frame["_person"][at], frame["_turn"][at], which))
    schema = {"_person": pl.Int64, "_turn": pl.Int64, "_which": pl.Int64}
    return pl.DataFrame(chosen, schema=schema, orient="row")


def _address(frame: pl.DataFrame) -> np.ndarray:
    """Return what a delivered row is: its person and running number; nobody has 10,000 rows."""
    return (frame["_person"].fill_null(0) * 10_000 + frame["_turn"]).to_numpy()


def _with_place(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with what corruptions ask of a row beside its columns."""
    large = [world.largest_district, world.largest_college, str(world.college_ids[world.certifier])]
    single = frame["_submitter"].n_unique() == 1 and not frame["_submitter"][0].isdigit()
    cohort, _ = world.place(frame["_person"].fill_null(0).to_numpy())
    return frame.with_columns(
        _is_large=pl.lit(True) if single else pl.col("_submitter").is_in(large),
        _person_cohort=pl.Series(cohort),
    )


def _is_late(world: World, feed: str, frame: pl.DataFrame) -> np.ndarray:
    """Return rows of files that are delivered twice: they break no other rule."""
    hit = np.zeros(len(frame), dtype=bool)
    for one in late(world):
        if one.feed == feed:
            same = (pl.col("_period") == one.period) & (pl.col("_submitter") == one.submitter)
            hit |= frame.select(same.alias("same"))["same"].to_numpy()
    return hit


def rows(world: World, planted: Plants, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a feed's rows with some corrupted, and in `RULES` the rules each breaks, null if none.

    Args:
        world: The state.
        planted: What `plants` gave.
        feed: The feed.
        frame: Reported rows of some persons, or of a whole reference feed.
    """
    frame = frame.with_columns(pl.lit(None, dtype=pl.List(pl.String)).alias(RULES))
    if world.control.dirt == "none" or frame.is_empty():
        return frame
    registry = corruptions(feed)
    drawn = sum(not corruption.is_planted_alone for corruption in registry)
    draw = Draws(world.control.seed, f"dirt {feed}", _address(frame))
    which = np.where(
        draw.chance("is dirty", world.control.dirt_rate), draw.whole("which", 0, drawn), -1
    )
    mark = planted[feed]
    if len(mark):
        order = np.argsort(_address(mark))
        address = _address(mark)[order]
        at = np.minimum(np.searchsorted(address, _address(frame)), len(address) - 1)
        hit = address[at] == _address(frame)
        which[hit] = mark["_which"].to_numpy()[order][at[hit]]
    which[_is_late(world, feed, frame)] = -1
    return _corrupted(world, registry, frame, which)


def _corrupted(
    world: World, registry: list[Corruption], frame: pl.DataFrame, which: np.ndarray
) -> pl.DataFrame:
    """Return the frame with its rows `which` >= 0 changed, and copies behind those that repeat."""
    at = np.flatnonzero(which >= 0)
    subset = _with_place(world, frame[at]).with_columns(
        _at=pl.Series(at), _which=pl.Series(which[at])
    ) if len(at) else None  # fmt: skip
    if subset is None:
        return frame
    changed = []
    for (chosen,), part in subset.partition_by("_which", as_dict=True).items():
        corruption = registry[int(chosen)]
        label = pl.lit(pl.Series([[corruption.rule, *corruption.also]])).first().alias(RULES)
        fits = part.filter(corruption.where.fill_null(False))
        changed.append(fits.with_columns(label, **corruption.change))
    broken = pl.concat(changed).sort("_at")
    if broken.is_empty():
        return frame
    order = np.arange(len(frame))
    places = broken["_at"].to_numpy()
    order[places] = len(frame) + np.arange(len(broken))
    repeats = (broken[RULES].list.first() == "key:unique").to_numpy()
    order = np.insert(order, places[repeats] + 1, order[places[repeats]])
    return pl.concat([frame, broken.select(frame.columns)])[order]
