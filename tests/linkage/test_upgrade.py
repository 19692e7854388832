"""A home of version 0.1 is linked on: whoever had a person id has it still."""

import shutil
from pathlib import Path

import polars as pl

from pipelines.intake.accept import accept
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import PROJECT, Settings
from schemas import FEEDS

KEY = ["source", "source_person_key"]
DELIVERED = {"k12_enrollment": "2016-17", "college_enrollment": "2018-19", "wage": "2021Q1"}


def test_person_ids_of_an_older_home_stay(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", "fixture-key-" * 3)
    shutil.copytree(PROJECT / "tests" / "fixtures" / "home_0_1", tmp_path / "home")
    settings = Settings(home=tmp_path / "home")
    before = pl.read_parquet(settings.crosswalk)
    for feed, period in DELIVERED.items():
        accept(settings, FEEDS[feed], [period])
    after = refresh_crosswalk(settings, run_id="second night")
    changes = pl.read_parquet(settings.identity / "person_change.parquet")
    assert after.select(before.columns).sort(KEY).equals(before.sort(KEY))
    assert not after["is_bridged"].any()
    assert "second night" not in changes["changed_at"]
    # What older versions left is gone, and the next night goes on from there.
    assert {path.suffix for path in (settings.identity / "copy").iterdir()} == {""}
    assert not (settings.identity / "linkage" / "read.parquet").exists()
    assert refresh_crosswalk(settings).equals(after)
