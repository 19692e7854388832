"""Publications of a home, one after another."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.disclosure import build, publication
from pipelines.settings import WAREHOUSE, Settings
from tests.contracts.disclosure.cases import PLACES, manifest, write_warehouse
from tests.contracts.disclosure.test_release import crowd


def release(settings: Settings, name: str, numbers: dict[str, dict[str, int]]) -> None:
    """Make a release of people by place and race the current one of a home."""
    folder = settings.releases / name
    folder.mkdir(parents=True)
    write_warehouse(folder / WAREHOUSE, crowd(numbers))
    current = settings.releases / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(folder.name)


def test_a_correction_stays_when_the_release_is_published_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    for module in (publication, build):
        monkeypatch.setattr(module, "read_manifest", manifest)
    many = {place: {"RH": 1200, "RW": 1200} for place in PLACES}
    release(settings, "1", many)
    assert publication.publish(settings, print, 1).passed
    release(settings, "2", many | {"p1": {"RH": 1240, "RW": 1260}})
    asked = ("graduate", "2020-21")
    assert publication.publish(settings, print, 1, asked, "100 diplomas came late").passed
    assert publication.publish(settings, print, 1).passed
    folder = publication.current_folder(settings) / "parquet"
    [vintage] = pl.read_parquet(folder / "public_vintage.parquet").iter_rows(named=True)
    assert (vintage["vintage"], vintage["reason"]) == ("2", "100 diplomas came late")
    rows = pl.read_parquet(folder / "metric_value.parquet")
    state = {"metric_id": "finished", "region_scheme": "statewide", "student_group": "all"}
    assert rows.filter(**state)["denominator"].to_list() == [12_100]
