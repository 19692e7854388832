"""A new token key: all tokens differ, nobody's id does, and no way of dying loses anything."""

import base64
import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import UserError
from pipelines.intake.accept import accept
from pipelines.intake.deliveries import landed_periods
from pipelines.intake.pending import scan_pending
from pipelines.linkage.run import refresh_crosswalk
from pipelines.maintenance import rotate_key
from pipelines.maintenance.backup import backup
from pipelines.maintenance.rotate_key import CannotRotate, rotate
from pipelines.settings import Settings
from schemas import FEEDS
from tests.leaks import KEY_FILES, leaks

from .cases import small_state

PROVENANCE = ["feed", "period", "submitter", "row_number"]


def persons(settings: Settings) -> pl.DataFrame:
    """Return each accepted row's key and person by where the row was delivered."""
    stored = [
        pl.read_parquet(path, columns=["submitter", "row_number", "source_person_key"]).select(
            pl.lit(name).alias("feed"), pl.lit(path.stem).alias("period"), pl.all()
        )
        for name, feed in FEEDS.items()
        if feed.person_key
        for path in sorted((settings.accepted / name).glob("period=*.parquet"))
    ]
    crosswalk = pl.read_parquet(settings.crosswalk)
    return (
        pl.concat(stored)
        .join(crosswalk, left_on=["feed", "source_person_key"], right_on=crosswalk.columns[:2])
        .sort(PROVENANCE)
    )


def tokens(settings: Settings) -> set[str]:
    """Return every token in accepted and identity files."""
    stored = set()
    for root in (settings.accepted, settings.identity):
        for path in root.glob("*/period=*.parquet"):
            frame = pl.read_parquet(path)
            for name in frame.columns:
                if name == "source_person_key" or name.endswith("_token"):
                    stored |= set(frame[name].drop_nulls())
    return stored


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Make a small home once: the last delivered period of each feed, accepted and linked."""
    root = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PATHWAYS_TOKEN_KEY", raising=False)
        small_state(root)
        settings = Settings(home=root)
        for feed in FEEDS.values():
            *earlier, last = landed_periods(settings.landing, feed)
            for period in earlier:
                shutil.rmtree(settings.landing / feed.name / period)
            accept(settings, feed, [last])
        refresh_crosswalk(settings)
    return root


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch) -> Settings:
    """Return a copy of the small home."""
    monkeypatch.delenv("PATHWAYS_TOKEN_KEY", raising=False)
    shutil.copytree(made, tmp_path / "home")
    return Settings(home=tmp_path / "home")


def test_every_token_is_new_and_every_person_as_before(home) -> None:
    before, key, old = persons(home), home.key(), tokens(home)
    changes = pl.read_parquet(home.identity / "person_change.parquet")
    assert not rotate(home)
    after = persons(home)
    same = [*PROVENANCE, "person_id", "match_method", "match_score"]
    assert after.select(same).equals(before.select(same))
    assert not old & tokens(home)
    assert home.key() != key
    assert (home.root / "token_key").stat().st_mode & 0o777 == 0o600
    assert not home.rotation.exists()
    left = [path for path in home.root.rglob("*") if path.is_file()]
    assert not any(key in path.read_bytes() for path in left)
    # The ledger came along: nothing of it is judged again.
    assert not any(intake.is_some for intakes in scan_pending(home).values() for intake in intakes)
    night = refresh_crosswalk(home)
    assert night.equals(pl.read_parquet(home.crosswalk))
    assert persons(home).equals(after)
    assert pl.read_parquet(home.identity / "person_change.parquet").equals(changes)


def test_a_given_key_is_taken_and_one_from_the_environment_stays_out_of_the_home(
    home, monkeypatch
) -> None:
    old, new = home.key().decode(), "n" * 32
    (home.root / "token_key").unlink()
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", old)
    with pytest.raises(CannotRotate, match="PATHWAYS_NEW_TOKEN_KEY"):
        rotate(Settings(home=home.root))
    monkeypatch.setenv("PATHWAYS_NEW_TOKEN_KEY", new)
    before = persons(home)["person_id"]
    assert rotate(Settings(home=home.root))
    assert not (home.root / "token_key").exists()
    assert persons(home)["person_id"].equals(before)


def test_encodings_under_a_key_made_from_the_old_one_stop_it(home) -> None:
    folder = home.landing / "credential" / "2020-21"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "910000.encoded.parquet").touch()
    with pytest.raises(CannotRotate, match="PATHWAYS_ENCODING_KEY"):
        rotate(home)
    assert not home.rotation.exists()


def test_what_is_accepted_and_no_longer_landed_stops_it_before_anything_changes(home) -> None:
    key, before = home.key(), persons(home)
    next((home.landing / "credential").glob("*/*")).unlink()
    with pytest.raises(CannotRotate, match=r"credential: 1 file"):
        rotate(home)
    assert home.key() == key
    assert persons(home).equals(before)
    assert not home.rotation.exists()


@pytest.fixture(scope="module")
def prepared(made: Path, tmp_path_factory) -> Path:
    """Return a copy of the small home in which everything is ready under a new key."""
    path = tmp_path_factory.mktemp("prepared") / "home"
    shutil.copytree(made, path)
    rotate_key._prepare(rotate_key.Side(Settings(home=path)))
    return path


@pytest.mark.parametrize("at", [0, 3, 5])
def test_a_swap_that_died_is_finished_by_the_same_command(
    made: Path, prepared: Path, tmp_path: Path, monkeypatch, at: int
) -> None:
    monkeypatch.delenv("PATHWAYS_TOKEN_KEY", raising=False)
    earlier, home = Settings(home=made), Settings(home=tmp_path / "home")
    shutil.copytree(prepared, home.root)
    before, key, renames = persons(earlier), earlier.key(), []
    rename = Path.rename

    def die(self: Path, target: Path) -> Path:
        if len(renames) == at:
            raise OSError
        renames.append(target)
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die)
        with pytest.raises(OSError):
            rotate(home)
    with pytest.raises(UserError, match="not fully in place"):
        home.key()
    rotate(home)
    assert home.key() != key
    assert persons(home)["person_id"].equals(before["person_id"])
    assert not home.rotation.exists()


def test_a_preparation_that_died_begins_anew(home) -> None:
    before = persons(home)["person_id"]
    (home.rotation / "accepted" / "wage").mkdir(parents=True)
    (home.rotation / "token_key").write_text("half")
    rotate(home)
    assert len(home.key()) >= 32
    assert persons(home)["person_id"].equals(before)


def test_no_key_is_in_any_file_but_its_own_after_a_rotation_and_a_backup(
    home: Settings, tmp_path: Path
) -> None:
    """Keys of before and after, in hex and base64 too, in tables and in files as they are."""
    old = home.key()
    assert leaks(home.root, old, home.shared_key()) == []
    assert not rotate(home)
    new = home.key()
    assert new != old
    copied = backup(home, tmp_path / "backups", datetime(2026, 3, 1, tzinfo=UTC))
    for folder in (home.root, copied.folder):
        assert leaks(folder, old, new, home.shared_key()) == []
    assert not [path for path in copied.folder.rglob("*") if path.name in KEY_FILES]


@pytest.mark.parametrize("name", ["reports/x.txt", "ledger/x.parquet"])
def test_a_key_that_is_somewhere_else_is_seen(home: Settings, name: str) -> None:
    path = home.root / name
    path.parent.mkdir(exist_ok=True)
    text = f"key: {base64.b64encode(b'ab' + home.key()).decode()}"
    if path.suffix == ".parquet":
        pl.DataFrame({"text": [text] * 3}).write_parquet(path, compression="zstd")
    else:
        path.write_text(text)
    assert leaks(home.root, home.key()) == [name]
