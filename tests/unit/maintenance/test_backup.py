"""Backups: no key gets into one, and restoring believes and follows nothing that is not signed."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines import token_key
from pipelines.maintenance import backup, restore
from pipelines.maintenance.restore import CannotRestore
from pipelines.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return a marked home with two files and the link to the current release."""
    for name in ("PATHWAYS_TOKEN_KEY", "PATHWAYS_ENCODING_KEY"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings(home=tmp_path / "a home's # place")
    settings.mark_keys()
    for name in ("landing/wage/2021Q1/agency.csv", "releases/one/manifest.json"):
        (settings.root / name).parent.mkdir(parents=True)
        (settings.root / name).write_text("{}")
    (settings.releases / "current").symlink_to("one")
    return settings


@pytest.fixture
def empty(home: Settings, tmp_path: Path) -> Settings:
    """Return a home with the same key alone."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / token_key.FILE).write_bytes(home.key())
    return Settings(home=tmp_path / "empty")


def copied(home: Settings, tmp_path: Path) -> backup.Backup:
    return backup.backup(home, tmp_path / "backups", NOW)


def change(made: backup.Backup, function: Callable[[dict[str, Any]], Any]) -> None:
    """Change a backup's list as somebody without the key can."""
    path = made.folder / backup.LIST
    listed = json.loads(path.read_text())
    function(listed)
    path.write_text(json.dumps(listed))


def nothing_in(settings: Settings) -> bool:
    return {path.name for path in settings.root.iterdir()} <= {token_key.FILE, "restore.partial"}


def test_what_is_backed_up_comes_back_with_its_links_and_the_mark(
    home: Settings, empty: Settings, tmp_path: Path
) -> None:
    made = copied(home, tmp_path)
    assert restore.restore(empty, made.folder) == "one"
    assert (empty.releases / "current").readlink() == Path("one")
    assert (empty.root / token_key.MARK).read_bytes() == (home.root / token_key.MARK).read_bytes()
    assert made.left_out == ()


def test_no_key_is_in_a_backup_under_any_name_or_link_also_during_a_rotation(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = "n" * 40
    monkeypatch.setenv("PATHWAYS_NEW_TOKEN_KEY", new)
    settings = Settings(home=home.root)
    key, shared = settings.key(), settings.shared_key()
    root = settings.root
    (root / token_key.ENCODING_FILE).write_bytes(shared)
    (root / "ledger").mkdir()
    (root / "ledger" / "token_key.old").write_bytes(b"was: " + key + b"\n")
    (root / "ledger" / "hard").hardlink_to(root / token_key.FILE)
    (root / "ledger" / "soft").symlink_to("../token_key")
    (root / "ledger" / "env").write_text(f"PATHWAYS_NEW_TOKEN_KEY={new}\n")
    block = backup._READ_AT_ONCE
    (root / "ledger" / "long").write_bytes(b"-" * (block - 20) + shared + b"-" * block)
    (root / "ledger" / "before").write_text("0f" * 32 + "\n")
    (root / "ledger" / "token_key~").write_text("half of a ke")
    (home.landing / "wage/2021Q1/agency.csv.sha256").write_text("0f" * 32)
    (root / "rotation").mkdir()
    (root / "rotation" / token_key.FILE).write_text("r" * 40)
    (root / "ledger" / "rotating").write_text("r" * 40)
    made = copied(settings, tmp_path)
    texts = [path.read_bytes() for path in made.folder.rglob("*") if path.is_file()]
    for secret in (key, shared, new.encode(), b"r" * 40):
        assert not any(secret in text for text in texts)
    left = {"token_key.old", "hard", "env", "long", "rotating", "before", "token_key~"}
    assert set(made.left_out) == {f"ledger/{name}" for name in left}


def test_a_link_that_leads_out_of_the_home_stays_out(home: Settings, tmp_path: Path) -> None:
    (home.root / "dagster").mkdir()
    (home.root / "dagster" / "dagster.yaml").symlink_to("/etc/passwd")
    (home.landing / "up").symlink_to("../../elsewhere")
    made = copied(home, tmp_path)
    assert set(made.left_out) == {"dagster/dagster.yaml", "landing/up"}
    assert "root:" not in "".join(p.read_text() for p in made.folder.rglob("*") if p.is_file())


def test_no_submitter_keeps_a_home_from_being_backed_up(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = home.landing / "wage/2021Q1"
    (drop / "sqlite.csv").write_bytes(backup.SQLITE + b"none")
    os.mkfifo(drop / "pipe.csv")
    os.mknod(drop / "socket.csv", stat.S_IFSOCK | 0o600)
    for name in ("closed.csv", "swapped.csv", "folder/inner.csv"):
        (drop / name).parent.mkdir(exist_ok=True)
        (drop / name).write_text("row\n")
    copy, access, opens = shutil.copyfile, os.access, Path.open

    def swapping(source: Path, target: Path, **follow: bool) -> None:
        if source.name == "swapped.csv":
            source.unlink()
            source.symlink_to("/etc/passwd")
        copy(source, target, **follow)

    def closed(path: Path, *mode: Any, **how: Any) -> Any:
        if path.name == "closed.csv":
            raise PermissionError
        return opens(path, *mode, **how)

    monkeypatch.setattr(shutil, "copyfile", swapping)
    monkeypatch.setattr(Path, "open", closed)
    monkeypatch.setattr(os, "access", lambda path, how: path.name != "folder" and access(path, how))
    made = copied(home, tmp_path)
    left = {"closed.csv", "folder", "swapped.csv"}
    assert set(made.left_out) == {f"landing/wage/2021Q1/{name}" for name in left}
    stored = {path.name for path in (made.folder / backup.FILES / "landing").rglob("*.csv")}
    assert stored == {"agency.csv", "sqlite.csv"}


@pytest.mark.parametrize("kind", ["device", "pipe", "socket", "hard link", "folder"])
def test_what_is_no_file_of_the_backup_is_not_restored(
    home: Settings, empty: Settings, tmp_path: Path, kind: str
) -> None:
    made = copied(home, tmp_path)
    file = made.folder / backup.FILES / "landing/wage/2021Q1/agency.csv"
    file.unlink()
    {
        "device": lambda: os.mknod(file, stat.S_IFCHR | 0o600, os.makedev(1, 5)),
        "pipe": lambda: os.mkfifo(file),
        "socket": lambda: os.mknod(file, stat.S_IFSOCK | 0o600),
        "hard link": lambda: file.hardlink_to("/etc/passwd"),
        "folder": file.mkdir,
    }[kind]()
    with pytest.raises(CannotRestore, match="Nothing was restored"):
        restore.restore(empty, made.folder)
    assert nothing_in(empty)


def test_a_home_without_its_key_is_not_backed_up(home: Settings, tmp_path: Path) -> None:
    (home.root / token_key.FILE).unlink()
    with pytest.raises(token_key.UnusableKey):
        copied(home, tmp_path)
    assert not (tmp_path / "backups").exists()


@pytest.mark.parametrize(
    "alter",
    [
        lambda listed: listed.update(release_id="another"),
        lambda listed: listed["links"].update({"landing/x": "wage"}),
        lambda listed: listed["files"].popitem(),
        lambda listed: listed.update(signature="0" * 64),
        lambda listed: listed.update(signature=None),
    ],
)
def test_a_list_that_was_altered_is_refused(
    home: Settings, empty: Settings, tmp_path: Path, alter: Callable[[dict[str, Any]], Any]
) -> None:
    made = copied(home, tmp_path)
    change(made, alter)
    with pytest.raises(CannotRestore, match="signature is wrong"):
        restore.restore(empty, made.folder, unsigned=True)
    assert nothing_in(empty)


def test_an_unsigned_list_is_taken_only_when_asked_to(
    home: Settings, empty: Settings, tmp_path: Path
) -> None:
    made = copied(home, tmp_path)
    change(made, lambda listed: listed.pop(backup.SIGNATURE))
    with pytest.raises(CannotRestore, match="not signed"):
        restore.restore(empty, made.folder)
    assert restore.restore(empty, made.folder, unsigned=True) == "one"


OUTSIDE = ["/tmp/x", "../x", "a/../../x", "a//x", "./x", "", ".", "token_key", "current/x"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("kind", ["files", "links"])
def test_no_name_of_a_list_leads_out_of_the_home(
    home: Settings, empty: Settings, tmp_path: Path, name: str, kind: str
) -> None:
    made = copied(home, tmp_path)

    def alter(listed: dict[str, Any]) -> None:
        listed.pop(backup.SIGNATURE)
        listed["links"]["current"] = "landing"
        listed[kind][name] = (
            listed["files"]["releases/one/manifest.json"] if kind == "files" else "y"
        )

    change(made, alter)
    with pytest.raises(CannotRestore, match="no backup of a home has"):
        restore.restore(empty, made.folder, unsigned=True)
    assert nothing_in(empty)


@pytest.mark.parametrize("target", ["/etc", "..", "../..", "../../x", "x/../../../y"])
def test_no_link_of_a_list_leads_out_of_the_home(
    home: Settings, empty: Settings, tmp_path: Path, target: str
) -> None:
    made = copied(home, tmp_path)

    def alter(listed: dict[str, Any]) -> None:
        listed.pop(backup.SIGNATURE)
        listed["links"]["link"] = target

    change(made, alter)
    with pytest.raises(CannotRestore, match="leads out of the home"):
        restore.restore(empty, made.folder, unsigned=True)
    assert nothing_in(empty)


def test_a_link_in_place_of_a_file_of_the_backup_is_not_read(
    home: Settings, empty: Settings, tmp_path: Path
) -> None:
    made = copied(home, tmp_path)
    file = made.folder / backup.FILES / "landing/wage/2021Q1/agency.csv"
    (tmp_path / "same").write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(tmp_path / "same")
    with pytest.raises(CannotRestore, match="links or not on its list"):
        restore.restore(empty, made.folder)
    assert nothing_in(empty)


def test_a_home_whose_folders_are_links_is_not_empty(
    home: Settings, empty: Settings, tmp_path: Path
) -> None:
    made = copied(home, tmp_path)
    (empty.root / "landing").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CannotRestore, match="holds data"):
        restore.restore(empty, made.folder)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"files": 1}', '{"key_mark": 1, "files": {}}', "[" * 100_000],
    ids=["empty", "array", "object", "no files", "no mark", "deep"],
)
def test_a_list_that_is_none_is_refused(
    home: Settings, empty: Settings, tmp_path: Path, text: str
) -> None:
    made = copied(home, tmp_path)
    (made.folder / backup.LIST).write_text(text)
    with pytest.raises(CannotRestore, match="can't be read"):
        restore.restore(empty, made.folder)


def test_a_huge_list_is_refused_unread(home: Settings, empty: Settings, tmp_path: Path) -> None:
    made = copied(home, tmp_path)
    os.truncate(made.folder / backup.LIST, 1 << 40)
    with pytest.raises(CannotRestore, match="larger than any list"):
        restore.restore(empty, made.folder)
