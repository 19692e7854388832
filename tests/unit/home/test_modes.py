"""The data home is its owner's alone, but for the drop folder and a group of readers."""

import grp
import os
from pathlib import Path

import pytest

from pipelines.home.modes import NotOurs, tighten
from pipelines.settings import Settings

FILES = ("token_key", "accepted/wage/a.parquet", "dagster/history/runs.db", "build.duckdb",
         "releases/one/warehouse.duckdb")  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Return a home whose files were made by something that lets everybody write."""
    settings = Settings(home=tmp_path / "home")
    for name in (*FILES, "landing/wage/2021Q1/agency.csv"):
        path = settings.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for path in [settings.root, *settings.root.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    (settings.releases / "current").symlink_to("one")
    return settings


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_whatever_made_a_file_its_owner_alone_reads_it(home: Settings) -> None:
    tighten(home)
    assert mode(home.root) == 0o700
    for path in home.root.rglob("*"):
        if not path.is_relative_to(home.landing) and not path.is_symlink():
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_the_drop_folder_is_left_to_its_submitters(home: Settings) -> None:
    home.landing.chmod(0o733)
    tighten(home)
    assert mode(home.landing) == 0o733
    assert mode(home.landing / "wage/2021Q1/agency.csv") == 0o666


def test_others_pass_through_the_home_only_where_its_owner_lets_them(home: Settings) -> None:
    for before, after in ((0o755, 0o700), (0o711, 0o711), (0o710, 0o710), (0o777, 0o700)):
        home.root.chmod(before)
        tighten(home)
        assert mode(home.root) == after


def test_a_group_of_readers_opens_releases_and_nothing_else(home: Settings) -> None:
    home.root.chmod(0o700)
    group = grp.getgrgid(os.getgid()).gr_name
    tighten(Settings(home=home.root, reader_group=group))
    assert mode(home.root) == 0o710
    assert mode(home.releases) == mode(home.releases / "one") == 0o750
    assert mode(home.releases / "one/warehouse.duckdb") == 0o640
    assert (home.releases / "one").group() == group
    assert mode(home.root / "accepted") == 0o700
    assert mode(home.root / "token_key") == 0o600


def test_a_group_that_is_not_there_is_a_sentence(home: Settings) -> None:
    with pytest.raises(NotOurs, match="no group nobody-has-this"):
        tighten(Settings(home=home.root, reader_group="nobody-has-this"))


def test_links_are_not_followed(home: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o755)
    (home.root / "dagster/out").symlink_to(outside)
    (home.root / "out").symlink_to(outside)
    tighten(home)
    assert mode(outside) == 0o755
