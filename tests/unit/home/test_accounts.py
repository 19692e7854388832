"""Other accounts of the machine: what a submitter, a reader of releases and a stranger may do.

Lives here: processes of other accounts against real modes. Does not: which mode is set
(`test_modes`).
"""

import grp
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.home.modes import tighten
from pipelines.intake.accept import accept, write_schema
from pipelines.intake.deliveries import landed_periods
from pipelines.settings import PROJECT, Settings
from schemas import FEEDS

pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="only root may act as other accounts"),
    pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not on this machine"),
]
STRANGER, SUBMITTER, OTHER_SUBMITTER, READER = 40001, 40002, 40003, 40004
READERS, SUBMITTERS = grp.getgrnam("games"), grp.getgrnam("tape")


def may(uid: int, command: str, *paths: Path, gid: int = 40000) -> bool:
    """Return whether a command of another account succeeds."""
    account = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    done = subprocess.run([*account, "sh", "-c", command, "sh", *paths], capture_output=True)
    return done.returncode == 0


READ, LIST, WRITE = 'cat "$1"', 'ls "$1"', 'umask 077; echo row > "$1"'


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Return a home that a process with umask 000 made, with the drop folder of the docs."""
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", "k" * 40)
    root = Path(tempfile.mkdtemp(prefix="accounts"))
    root.chmod(0o711)
    before = os.umask(0)
    try:
        settings = Settings(home=root / "home", reader_group=READERS.gr_name, settle_seconds=0)
        feed = FEEDS["institution"]
        sample = PROJECT / "sample_data/sample/landing" / feed.name
        shutil.copytree(sample, settings.landing / feed.name)
        accept(settings, feed, landed_periods(settings.landing, feed))
        write_schema(settings, feed)
        release = settings.releases / "one"
        release.mkdir(parents=True)
        (release / "warehouse.duckdb").write_text("people")
        (settings.releases / "current").symlink_to("one")
        drop = settings.landing / "wage/2021Q1"
        drop.mkdir(parents=True)
        drop.chmod(0o1730)
        shutil.chown(drop, group=SUBMITTERS.gr_gid)
        for folder in (settings.landing, drop.parent):
            folder.chmod(0o711)
        settings.root.chmod(0o711)
        tighten(settings)
        yield settings
    finally:
        os.umask(before)
        shutil.rmtree(root)


def test_everything_but_landing_and_releases_is_the_owners_alone(home: Settings) -> None:
    kinds = set()
    for path in sorted(home.root.rglob("*")):
        if path.is_symlink() or path.is_relative_to(home.landing):
            continue
        of_readers = path.is_relative_to(home.releases)
        expected = (0o750, 0o640) if of_readers else (0o700, 0o600)
        kinds.add(path.relative_to(home.root).parts[0])
        assert stat.S_IMODE(path.stat().st_mode) == expected[path.is_file()], path
    assert {"accepted", "ledger", "quarantine", "releases"} <= kinds
    for uid, gid in ((STRANGER, 40000), (READER, READERS.gr_gid), (SUBMITTER, SUBMITTERS.gr_gid)):
        for name in ("accepted", "ledger", "quarantine"):
            assert not may(uid, LIST, home.root / name, gid=gid)
        assert not may(uid, LIST, home.root, gid=gid)
        accepted = next(home.accepted.rglob("*.parquet"))
        assert not may(uid, READ, accepted, gid=gid)


def test_a_submitter_writes_to_the_drop_folder_and_reads_nothing_there(home: Settings) -> None:
    drop, group = home.landing / "wage/2021Q1", SUBMITTERS.gr_gid
    mine, others = drop / "agency.csv", drop / "other.csv"
    assert may(SUBMITTER, WRITE, mine, gid=group)
    assert may(OTHER_SUBMITTER, WRITE, others, gid=group)
    assert not may(SUBMITTER, LIST, drop, gid=group)
    assert not may(SUBMITTER, READ, others, gid=group)
    assert not may(SUBMITTER, 'rm -f "$1" && test ! -e "$1"', others, gid=group)
    assert not may(SUBMITTER, 'mv "$1" "$2"', others, mine, gid=group)
    assert not may(STRANGER, WRITE, drop / "stranger.csv")
    tighten(home)
    assert may(SUBMITTER, WRITE, mine, gid=group)
    assert mine.read_text() == "row\n" and others.exists()


def test_a_reader_reads_releases_and_changes_nothing(home: Settings) -> None:
    current, group = home.releases / "current/warehouse.duckdb", READERS.gr_gid
    assert may(READER, READ, current, gid=group)
    assert may(READER, LIST, home.releases, gid=group)
    assert not may(READER, WRITE, current, gid=group)
    assert not may(READER, WRITE, home.releases / "new", gid=group)
    assert not may(STRANGER, READ, current)


def test_readers_of_a_coarser_release_do_not_read_the_finer_one(home: Settings) -> None:
    finer = home.releases / "one/warehouse.duckdb"
    page = finer.with_name("site_internal") / "region/06037.html"
    page.parent.mkdir(parents=True)
    page.write_text("exact")
    coarser = finer.with_name("analysts.duckdb")
    coarser.write_text("fewer")
    tighten(Settings(home=home.root, reader_group=READERS.gr_name, coarse_release=True))
    assert may(READER, READ, coarser, gid=READERS.gr_gid)
    assert not may(READER, READ, finer, gid=READERS.gr_gid)
    assert not may(READER, READ, page, gid=READERS.gr_gid)
    tighten(Settings(home=home.root, reader_group=READERS.gr_name))
    assert may(READER, READ, page, gid=READERS.gr_gid)
