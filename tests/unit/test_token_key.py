"""The token key: whole or refused, marked before use, and never replaced in silence."""

import os
import shutil
from pathlib import Path

import pytest

from pipelines import token_key
from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.token_key import UnusableKey

KEY = "k" * 40


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return an empty home whose key is nowhere yet."""
    for name in ("PATHWAYS_TOKEN_KEY", "PATHWAYS_ENCODING_KEY"):
        monkeypatch.delenv(name, raising=False)
    return Settings(home=tmp_path / "home")


def accept_something(settings: Settings) -> None:
    path = settings.accepted / "wage/period=2021Q1.parquet"
    path.parent.mkdir(parents=True)
    path.touch()


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"short", b"a1" * 20, b"\0" * 64, b"k" * 20 + b"\0" * 20, "ß".encode() * 32],
    ids=["empty", "blank", "short", "half of a generated key", "zeros", "torn", "not ASCII"],
)
def test_a_key_file_that_is_not_whole_is_refused_and_stays(home: Settings, content: bytes) -> None:
    home.root.mkdir()
    path = home.root / token_key.FILE
    path.write_bytes(content)
    with pytest.raises(UnusableKey, match="no whole key"):
        home.key()
    assert path.read_bytes() == content


def test_a_key_of_ones_own_is_taken_with_or_without_an_end_of_line(home: Settings) -> None:
    home.root.mkdir()
    for text in (KEY, KEY + "\n", "0f" * 16 + "\n", "a key of words, as a person types it"):
        (home.root / token_key.FILE).write_text(text)
        assert home.key() == text.strip().encode()


def test_a_marked_home_stops_without_its_key_and_makes_none(home: Settings) -> None:
    home.mark_keys()
    (home.root / token_key.FILE).unlink()
    with pytest.raises(UnusableKey, match="would change every person"):
        home.key()
    assert not (home.root / token_key.FILE).exists()


def test_a_marked_home_stops_with_another_key(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mark_keys()
    path = home.root / token_key.FILE
    key = path.read_bytes()
    path.write_text(KEY)
    with pytest.raises(UnusableKey, match="another token key"):
        home.mark_keys()
    path.write_bytes(key)
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", KEY)
    with pytest.raises(UnusableKey, match="another token key"):
        Settings(home=home.root).key()
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", key.decode())
    assert Settings(home=home.root).key() == key


def test_a_marked_home_stops_with_another_encoding_key(home: Settings) -> None:
    home.mark_keys()
    same = Settings(home=home.root, encoding_key=home.shared_key().decode())  # pyright: ignore[reportArgumentType]
    assert same.shared_key() == home.shared_key()
    other = Settings(home=home.root, encoding_key=KEY)  # pyright: ignore[reportArgumentType]
    with pytest.raises(UnusableKey, match="another encoding key"):
        other.mark_keys()


@pytest.mark.parametrize("content", ["", "token\n", "\udcff"])
def test_a_damaged_mark_stops_too(home: Settings, content: str) -> None:
    home.mark_keys()
    (home.root / token_key.MARK).write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(UnusableKey, match="is damaged"):
        home.key()


def test_a_home_with_rows_and_no_mark_takes_the_key_it_has_and_never_a_new_one(
    home: Settings,
) -> None:
    accept_something(home)
    with pytest.raises(UnusableKey, match="would change every person"):
        home.mark_keys()
    (home.root / token_key.FILE).write_text(KEY)
    home.mark_keys()
    (home.root / token_key.FILE).write_text(KEY + "x")
    with pytest.raises(UnusableKey, match="another token key"):
        home.key()


def test_a_mark_reveals_no_key_and_differs_by_purpose(home: Settings) -> None:
    home.mark_keys()
    text = (home.root / token_key.MARK).read_text()
    assert home.key().decode() not in text
    assert home.shared_key().decode() not in text
    assert token_key.mark(b"k" * 32, "backup") != token_key.mark(b"k" * 32, "home")


def test_a_key_is_on_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    for name in ("fsync", "link"):
        function = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *of, n=name, f=function: (steps.append(n), f(*of))[1])
    token_key.read_or_generate(tmp_path, has_data=False)
    assert steps == ["fsync", "link", "fsync"]
    assert [path.name for path in tmp_path.iterdir()] == [token_key.FILE]
    assert (tmp_path / token_key.FILE).stat().st_mode & 0o777 == 0o600


def test_a_write_that_dies_leaves_no_key_and_no_piece_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        token_key.read_or_generate(tmp_path, has_data=False)
    assert list(tmp_path.iterdir()) == []


def test_of_two_processes_that_generate_a_key_one_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def slower(source: Path, target: Path) -> None:
        if not target.exists():
            target.write_text(KEY)
        link(source, target)

    monkeypatch.setattr(os, "link", slower)
    assert token_key.read_or_generate(tmp_path, has_data=False) == KEY.encode()


def test_a_link_to_a_key_that_is_not_there_is_no_reason_to_make_one(home: Settings) -> None:
    home.root.mkdir()
    (home.root / token_key.FILE).symlink_to("elsewhere")
    with pytest.raises(UserError, match="not there"):
        home.key()


def test_the_small_old_home_is_marked_by_the_key_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Path(__file__).parents[1] / "fixtures" / "home_0_1"
    shutil.copytree(old, tmp_path / "home")
    monkeypatch.delenv("PATHWAYS_TOKEN_KEY", raising=False)
    with pytest.raises(UnusableKey):
        Settings(home=tmp_path / "home").mark_keys()
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", "fixture-key-" * 3)
    Settings(home=tmp_path / "home").mark_keys()
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", KEY)
    with pytest.raises(UnusableKey, match="another token key"):
        Settings(home=tmp_path / "home").mark_keys()
