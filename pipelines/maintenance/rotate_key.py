"""Replacing the token key: all tokens change, and every person id stays.

Lives here: the new home beside the old one, the new token of each old one, and the swap. Does not:
validation (`intake`), linking (`linkage`), the build and releases (the next refresh).

Everything is written to `rotation/` first. Until that is complete the old files and the old key
stay current, and a rotation that died starts over. From then on the swap consists of renames, which
running the command again finishes.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import SecretStr

from pipelines import token_key
from pipelines.errors import UserError
from pipelines.home.files import remove, write_parquet
from pipelines.intake import ledger
from pipelines.intake.accept import accept, write_schema
from pipelines.intake.deliveries import landed_periods
from pipelines.intake.names import number
from pipelines.intake.tokens import RECORD_ID
from pipelines.linkage.identities import KEY, in_order
from pipelines.linkage.person_ids import CROSSWALK
from pipelines.linkage.run import relink
from pipelines.linkage.store import Store
from pipelines.settings import Settings
from schemas import FEEDS, Feed

SWAPPED = ("accepted", "identity", "ledger", token_key.FILE, token_key.MARK)
_NEW = "new_source_person_key"
_HASHED = [KEY[1], RECORD_ID]
Place = tuple[str, str]
_CARRIED = ("linkage_model.json", "person_change.parquet")


class CannotRotate(UserError):
    """The key can't be replaced now; nothing was changed."""


@dataclass(frozen=True)
class Side:
    """The folder that a rotation works in."""

    home: Settings

    @property
    def root(self) -> Path:
        """A data home within the data home."""
        return self.home.rotation

    @property
    def old(self) -> Path:
        """Replaced files, until the swap is done."""
        return self.root / "old"

    def settings(self, key: SecretStr | None) -> Settings:
        """Return the settings of the new home; its key is generated and stored there by default."""
        return Settings(
            home=self.root,
            token_key=key,
            encoding_key=self.home.encoding_key,
            first_year=self.home.first_year,
        )


def rotate(settings: Settings) -> bool:
    """Replace the token key; return whether `PATHWAYS_TOKEN_KEY` must be set to it now.

    Raises:
        CannotRotate: Validating `landing/` again does not give the same accepted rows.
    """
    side = Side(settings)
    if not settings.rotation_is_ready.exists():
        _prepare(side)
    _swap(side)
    return settings.token_key is not None


def _prepare(side: Side) -> None:
    shutil.rmtree(side.root, ignore_errors=True)
    new_key = side.home.new_token_key
    if new_key is None and side.home.token_key is not None:
        raise CannotRotate("The key is in PATHWAYS_TOKEN_KEY; set PATHWAYS_NEW_TOKEN_KEY.")
    if side.home.encoding_key is None and any(side.home.landing.glob("*/*/*.encoded.parquet")):
        raise CannotRotate(
            "Submitters encode with a key that is derived from the token key. Preserve it: run "
            "`pathways keys encoding`, set PATHWAYS_ENCODING_KEY to it, then rotate."
        )
    side.root.mkdir(parents=True, mode=0o700)
    try:
        new = side.settings(new_key)
        if new.key() == side.home.key():
            raise CannotRotate("The new key is the old one.")
        (side.root / "landing").symlink_to(side.home.landing)
        _carry_ledger(side.home, new)
        new_keys = pl.concat([_validate(side.home, new, feed) for feed in FEEDS.values()])
        if side.home.closed.exists():
            shutil.copy2(side.home.closed, new.closed)
        _link(side.home, new, new_keys)
    except BaseException:
        shutil.rmtree(side.root)
        raise
    if side.home.token_key is None:
        token_key.write(side.root / token_key.FILE, new.key())
    new.mark_keys()
    side.home.rotation_is_ready.touch(mode=0o600)


def _carry_ledger(old: Settings, new: Settings) -> None:
    """Copy the ledger into the new home, as if none of its deliveries were accepted there yet.

    Periods are closed again after validation.
    """
    if old.ledger.exists():
        closed = shutil.ignore_patterns(old.closed.name)
        shutil.copytree(old.ledger, new.ledger, ignore=closed)
    for path in sorted(new.ledger.glob("delivery/*/period=*.parquet")):
        of = ("delivery", path.parent.name, path.stem.removeprefix("period="))
        no_outputs = pl.lit(None, ledger.DELIVERY_SCHEMA["outputs"]).alias("outputs")
        ledger.write(new.ledger, *of, ledger.read(new.ledger, *of).with_columns(no_outputs))


def _validate(old: Settings, new: Settings, feed: Feed) -> pl.DataFrame:
    """Validate a feed's deliveries under the new key, and return the new key of each old one."""
    partitions = set(old.periods(feed.period_kind))
    periods = [period for period in landed_periods(new.landing, feed) if period in partitions]
    accept(new, feed, periods)
    write_schema(new, feed)
    before, after = (_accepted(home, feed) for home in (old, new))
    if differing := [place for place in {*before, *after} if not _is_same(place, before, after)]:
        raise CannotRotate(_differs(feed, sorted(differing)))
    pairs = [_new_keys(before[place], after[place], feed) for place in before]
    empty = pl.Schema(dict.fromkeys([*KEY, _NEW], pl.String)).to_frame()
    return pl.concat([empty, *pairs]).unique()


def _accepted(settings: Settings, feed: Feed) -> dict[Place, pl.DataFrame]:
    """Return a feed's accepted rows by the name of their file and their submitter."""
    return {
        (path.stem, str(submitter)): rows
        for path in (settings.accepted / feed.name).glob("period=*.parquet")
        for (submitter,), rows in pl.read_parquet(path, hive_partitioning=False)
        .partition_by("submitter", as_dict=True, maintain_order=True)
        .items()
    }


def _is_same(place: Place, *homes: dict[Place, pl.DataFrame]) -> bool:
    before, after = (home.get(place, pl.DataFrame()).drop(_HASHED, strict=False) for home in homes)
    return before.equals(after)


def _new_keys(before: pl.DataFrame, after: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Return the new key of each old one, row by row of one submitter's accepted rows."""
    key = KEY[1]
    if key not in before.columns:
        return pl.DataFrame(schema=dict.fromkeys([*KEY, _NEW], pl.String))
    return before.select(pl.lit(feed.name).alias(KEY[0]), key, after[key].alias(_NEW)).unique()


def _differs(feed: Feed, places: list[Place]) -> str:
    some = ", ".join(f"{feed.name}/{period}/{submitter}" for period, submitter in places[:5])
    return (
        f"{feed.name}: {len(places)} file(s) differ between landing/ and accepted/: {some}. "
        "Land what is missing, refresh, then rotate."
    )


def _link(old: Settings, new: Settings, new_keys: pl.DataFrame) -> None:
    """Write the old home's persons under the new keys, and the state of linkage."""
    if not old.crosswalk.exists():
        return
    crosswalk = pl.read_parquet(old.crosswalk, columns=CROSSWALK.names())
    named = crosswalk.join(new_keys, on=KEY)
    is_whole = Store(old.identity).is_whole
    if not (is_whole and named.height == crosswalk.height == new_keys.height):
        raise CannotRotate("The crosswalk does not match the accepted rows: refresh, then rotate.")
    ordered = in_order(
        named.with_columns(pl.col(_NEW).alias(KEY[1]), number(pl.col(_NEW)).alias("key"))
    ).select(CROSSWALK.names())
    for name in _CARRIED:
        shutil.copy2(old.identity / name, new.identity / name)
    write_parquet(ordered, new.crosswalk)
    relink(new, ordered)


def _swap(side: Side) -> None:
    home = side.home.root
    # They hold old keys; the next refresh builds them again.
    remove(side.home.build_record)
    for path in side.home.built:
        remove(path)
    side.old.mkdir(exist_ok=True, mode=0o700)
    for name in SWAPPED:
        if not (side.root / name).exists():
            continue
        if (home / name).exists():
            (home / name).rename(side.old / name)
        (side.root / name).rename(home / name)
    # The marker goes last: until then no refresh may use either key.
    for path in side.root.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
    side.home.rotation_is_ready.unlink()
    shutil.rmtree(side.root)
