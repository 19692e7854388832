"""A feed for linkage alone is read under an agreement; without one that is said, and it is not."""

from functools import partial
from pathlib import Path

import polars as pl
import pytest

from pipelines.feedback import store
from pipelines.intake import ledger
from pipelines.intake.accept import accept
from pipelines.intake.deliveries import find_arrivals
from pipelines.release.refresh_plan import plan
from pipelines.settings import Settings
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR

BRIDGE = FEEDS["identity_bridge"]
ROW = GOOD["identity_bridge"]
AGREED = "DMV 2026-114"


def home(path: Path, agreement: str | None = None) -> Settings:
    return Settings(home=path, settle_seconds=0, bridge_agreement=agreement)


def land(settings: Settings, feed: str = BRIDGE.name) -> None:
    path = settings.landing / feed / YEAR / "licence_agency.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame([GOOD[feed]]).write_csv(path)


def take(settings: Settings) -> list[ledger.DeliveryResult]:
    report = partial(store.write_reports, settings.reports)
    return accept(settings, BRIDGE, [YEAR], report=report).get(YEAR, [])


def test_without_an_agreement_a_bridge_is_refused_unread_and_everybody_hears_of_it(
    tmp_path: Path,
) -> None:
    settings = home(tmp_path)
    land(settings)
    land(settings, "k12_enrollment")
    assert "landing/identity_bridge. No agreement is named" in plan(settings).summary
    [result] = take(settings)
    [record] = ledger.deliveries(settings.ledger, BRIDGE.name).to_dicts()
    assert (record["status"], record["reasons"]) == ("rejected", ["file:no_agreement"])
    report = (settings.reports / BRIDGE.name / YEAR / "licence_agency" / "report.txt").read_text()
    assert "no agreement" in report.replace("\n", " ")
    assert result.delivered_rows == 0
    assert take(settings) == []

    stored = [p for p in tmp_path.rglob("*") if p.is_file() and settings.landing not in p.parents]
    assert len(stored) > 4
    for path in stored:
        text = path.read_bytes()
        if path.suffix == ".parquet":
            text += str(pl.read_parquet(path).to_dicts()).encode()
        for column in BRIDGE.identifying:
            assert str(ROW[column]).encode() not in text, (path, column)
    assert not list(tmp_path.glob("*/**/identity_bridge/**/period=*/licence*"))


def test_an_agreement_has_the_same_file_read_and_its_end_keeps_the_next_one_out(tmp_path) -> None:
    land(home(tmp_path))
    take(home(tmp_path))
    [result] = take(home(tmp_path, AGREED))
    assert result.accepted_rows == 1
    identities = tmp_path / "identity" / BRIDGE.name / f"period={YEAR}.parquet"
    assert pl.read_parquet(identities).height == 1
    assert take(home(tmp_path)) == []
    path = tmp_path / "landing" / BRIDGE.name / YEAR / "licence_agency.csv"
    path.write_text(path.read_text().replace(str(ROW["first_name"]), "Another"))
    [refused] = take(home(tmp_path))
    assert refused.refused == ("file:no_agreement",)
    assert "Another" not in str(pl.read_parquet(identities).to_dicts())
    [taken] = take(home(tmp_path, AGREED))
    assert taken.accepted_rows == 1


@pytest.mark.parametrize(
    ("written", "setting", "is_read"),
    [
        (None, None, False),
        ("synthetic state\n", None, True),
        (" \n", None, False),
        ("synthetic state\n", "", False),
        (None, AGREED, True),
    ],
)
def test_the_setting_goes_before_the_file_of_the_home(tmp_path, written, setting, is_read) -> None:
    if written is not None:
        (tmp_path / "bridge_agreement").write_text(written)
    assert (BRIDGE.name in home(tmp_path, setting).feeds) == is_read


def test_a_bridge_that_arrives_without_an_agreement_is_an_arrival(tmp_path: Path) -> None:
    settings = home(tmp_path)
    land(settings)
    [name] = find_arrivals(settings, {}).stats
    assert name == f"{BRIDGE.name}/{YEAR}/licence_agency.csv"
