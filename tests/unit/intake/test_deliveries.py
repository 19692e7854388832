"""Landed files: which are complete, which are new, and hashes that are not computed twice."""

import os
import time
from pathlib import Path

import polars as pl
import pytest

from pipelines.intake.deliveries import (
    FileStat,
    HashCache,
    find_arrivals,
    incomplete_uploads,
    is_complete,
    landed_periods,
)
from pipelines.settings import Settings
from schemas import FEEDS

PLACE = "wage/2018Q4"
NAME = f"{PLACE}/agency.csv"
WINDOW = 5


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing" / PLACE).mkdir(parents=True)
    return Settings(home=tmp_path)


@pytest.fixture
def path(settings) -> Path:
    return write(settings, "whole")


def write(settings: Settings, content: str, name: str = "agency.csv") -> Path:
    path = settings.landing / PLACE / name
    path.write_text(content)
    return path


def incomplete(settings: Settings, path: Path) -> set[Path]:
    return incomplete_uploads([path], HashCache(settings.landing), WINDOW)


def never_wait(_: float) -> None:
    pytest.fail("waited")


class TestRefresh:
    """What a refresh leaves for the next one."""

    def test_a_file_that_grows_within_the_window_is_left(self, settings, path, monkeypatch) -> None:
        monkeypatch.setattr(time, "sleep", lambda _: path.write_text("whole and more"))
        assert incomplete(settings, path) == {path}

    def test_a_young_file_is_taken_after_the_window(self, settings, path, monkeypatch) -> None:
        waits = []
        monkeypatch.setattr(time, "sleep", waits.append)
        assert incomplete(settings, path) == set()
        assert waits == [WINDOW]

    def test_an_old_file_is_not_waited_for(self, settings, path, monkeypatch) -> None:
        later = time.time_ns() + 10_000_000_000
        monkeypatch.setattr(time, "time_ns", lambda: later)
        monkeypatch.setattr(time, "sleep", never_wait)
        assert incomplete(settings, path) == set()

    def test_a_file_that_goes_is_left(self, settings, path, monkeypatch) -> None:
        monkeypatch.setattr(time, "sleep", lambda _: path.unlink())
        assert incomplete(settings, path) == {path}


class TestMarkers:
    """Files beside a delivery, which say that it is complete."""

    @pytest.mark.parametrize("form", ["{hash}  agency.csv\n", "{HASH}", "{hash}"])
    def test_a_hash_that_matches_is_enough(self, settings, path, form, monkeypatch) -> None:
        monkeypatch.setattr(time, "sleep", never_wait)
        content = HashCache(settings.landing).stat_and_hash(path)[1]
        write(settings, form.format(hash=content, HASH=content.upper()), "agency.csv.sha256")
        assert incomplete(settings, path) == set()
        assert list(find_arrivals(settings, {}).complete) == [NAME]

    @pytest.mark.parametrize("stated", ["0" * 64, ""])
    def test_another_hash_is_of_a_file_that_is_not_there_yet(self, settings, path, stated) -> None:
        write(settings, stated, "agency.csv.sha256")
        assert not is_complete(path, HashCache(settings.landing), FileStat.of(path))
        assert find_arrivals(settings, {}).incomplete == [NAME]

    def test_done_is_enough(self, settings, path, monkeypatch) -> None:
        monkeypatch.setattr(time, "sleep", never_wait)
        write(settings, "", "agency.csv.done")
        assert incomplete(settings, path) == set()
        assert list(find_arrivals(settings, {}).complete) == [NAME]


class TestArrivals:
    """What the sensor finds between two refreshes."""

    def test_a_file_is_complete_at_the_second_scan_with_the_same_stat(self, settings) -> None:
        write(settings, "half")
        first = find_arrivals(settings, {})
        assert (first.complete, first.incomplete) == ({}, [NAME])
        write(settings, "half and more")
        second = find_arrivals(settings, first.stats)
        assert second.incomplete == [NAME]
        third = find_arrivals(settings, second.stats)
        assert list(third.complete) == [NAME]
        assert find_arrivals(settings, third.stats).key == third.key

    def test_other_content_has_another_key(self, settings) -> None:
        keys = set()
        for content in ("one", "two"):
            write(settings, content)
            arrivals = find_arrivals(settings, find_arrivals(settings, {}).stats)
            assert arrivals.complete
            keys.add(arrivals.key)
        assert len(keys) == 2

    def test_what_a_refresh_has_read_is_not_new(self, settings, path, monkeypatch) -> None:
        monkeypatch.setattr("pipelines.intake.deliveries._CLOCK_GRAIN_NS", -1)
        cache = HashCache(settings.landing, settings.landed)
        cache.stat_and_hash(path)
        cache.save([path])
        arrivals = find_arrivals(settings, {})
        assert (arrivals.complete, arrivals.incomplete, arrivals.stats) == ({}, [], {})


def test_hashes_of_files_with_the_same_stat_are_stored(settings, path) -> None:
    def is_cached() -> bool:
        return HashCache(settings.landing, settings.landed).has(path)

    cache = HashCache(settings.landing, settings.landed)
    cache.stat_and_hash(path)
    cache.save([path])
    # Written to a moment ago, it could be written to again within the grain of its clock.
    assert not is_cached()
    rows = pl.read_parquet(settings.landed)
    rows.with_columns(pl.col("looked_ns") + 10_000_000_000).write_parquet(settings.landed)
    assert is_cached()
    os.utime(path, (1, 1))
    assert not is_cached()
    settings.landed.write_bytes(b"damaged")
    assert not is_cached()


def test_folders_that_are_no_period_are_ignored(tmp_path: Path) -> None:
    for name in ("2018-19", "2018-20", "2018Q4", "notes"):
        (tmp_path / "k12_enrollment" / name).mkdir(parents=True)
    assert landed_periods(tmp_path, FEEDS["k12_enrollment"]) == ["2018-19"]
