"""The whole refresh: what comes out, what is quarantined, and that it comes out the same again."""

import csv
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from pipelines.intake import ledger
from pipelines.intake.deliveries import find_deliveries, landed_periods
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import read_delivery
from pipelines.release import publish
from schemas import ACCEPTED_FEEDS
from tests.pipeline.conftest import Home


def rows_in(path: Path) -> int | None:
    """Count a delivered file's data rows without the pipeline; None where nobody can count them."""
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path).height
        with path.open(newline="", encoding="utf-8-sig") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    except (UnicodeDecodeError, pl.exceptions.PolarsError):
        return None


def test_every_delivered_row_is_accepted_or_quarantined(refreshed: Home) -> None:
    home = refreshed.path
    # Of a bridge no row is accepted anywhere; the ledger says how many linkage has.
    taken = ledger.deliveries(home / "ledger", "identity_bridge").filter("is_current")
    linked = dict(taken.select("period", "accepted_rows").rows())
    assert sum(linked.values()) > 1_000
    files = 0
    for landed in sorted((home / "landing").glob("*/*/*")):
        feed, period = landed.parts[-3:-1]
        place = f"{feed}/period={period}"
        rejected = list(
            (home / "quarantine/files" / place).glob(f"{landed.stem}__*{landed.suffix}")
        )
        stored = sum(
            pl.read_parquet(path).filter(submitter=landed.stem).height
            for room in ("accepted", "quarantine")
            if (path := home / room / f"{place}.parquet").exists()
        )
        if feed == "identity_bridge":
            stored += linked[period]
        if rejected:
            assert [path.read_bytes() for path in rejected] == [landed.read_bytes()]
            assert not stored
            continue
        assert stored == rows_in(landed), landed
        files += 1
    assert files > 400


def test_quarantine_is_exactly_what_was_corrupted(refreshed: Home) -> None:
    home = refreshed.path
    read = refreshed.settings.feeds
    labels = pl.read_parquet(home / "truth/corruptions.parquet").drop_nulls("rule")
    labels = labels.filter(pl.col("feed").is_in(list(read)))
    expected = Counter(labels.select("feed", "period", "submitter", "row_number", "rule").rows())
    reported: Counter = Counter()
    for path in sorted((home / "quarantine").glob("*/period=*.parquet")):
        columns = ["period", "submitter", "row_number", "_reasons"]
        rows = pl.read_parquet(path).select(columns).explode("_reasons")
        reported.update((path.parent.name, *row) for row in rows.rows())
    for feed in read.values():
        for period in landed_periods(home / "landing", feed):
            for delivery in find_deliveries(home / "landing", feed, period):
                try:
                    read_delivery(delivery, feed)
                except FileRefused as refused:
                    key = (feed.name, period, delivery.submitter, None)
                    reported.update((*key, rule) for rule in refused.rules)
    assert reported == expected
    # Every rule of every contract is among them, but those of free text (see the state's tests).
    assert {(row[0], row[4]) for row in reported if row[3]} == {
        (name, rule)
        for name, feed in read.items()
        for rule in feed.rules
        if not rule.endswith(":text")
    }


def test_quarantined_rows_keep_their_delivered_values(refreshed: Home) -> None:
    home = refreshed.path
    path = sorted((home / "quarantine/k12_enrollment").glob("*.parquet"))[0]
    rows = pl.read_parquet(path)
    period, submitter = rows["period"][0], rows["submitter"][0]
    landed = home / "landing/k12_enrollment" / period / f"{submitter}.csv"
    with landed.open(newline="", encoding="utf-8-sig") as file:
        delivered = dict(enumerate(csv.DictReader(file), start=2))
    for row in rows.filter(submitter=submitter).to_dicts():
        original = delivered[row["row_number"]]
        assert {name: row[name] or "" for name in original} == {
            name: value.strip() for name, value in original.items()
        }


def test_accepted_rows_hold_nothing_that_identifies(refreshed: Home) -> None:
    for name, feed in ACCEPTED_FEEDS.items():
        schema = pl.read_parquet_schema(refreshed.path / "accepted" / name / "_schema.parquet")
        assert not set(feed.identifying) & set(schema)
        assert not {column for column in schema if column.endswith("_token")}


def test_a_refresh_with_nothing_new_makes_no_release(changed: Home) -> None:
    first = publish.current(changed.settings)
    assert changed.refresh().success
    assert publish.current(changed.settings) == first
    assert changed.steps() == {"refresh_everything"}
    assert any("Nothing is new since release" in message for message in changed.messages())


def test_the_manifest_says_what_went_in(refreshed: Home) -> None:
    current = publish.current(refreshed.settings)
    assert current
    manifest = current.manifest
    accepted = {
        name: sum(
            pl.read_parquet(path).height
            for path in (refreshed.path / "accepted" / name).glob("period=*.parquet")
        )
        for name in ACCEPTED_FEEDS
    }
    assert manifest["accepted_rows"] == accepted
    warned = {name.split(".")[2] for name, s in manifest["checks"].items() if s != "pass"}
    # Money of consortia without a member: a finding of the sample that the engineer sees.
    assert warned == {"consortium_money_has_members"}
    current_files = [
        d for d in manifest["deliveries"] if d["feed"] == "wage" and d["period"] == "2020Q2"
    ]
    assert [d["file_name"] for d in current_files] == ["workforce_agency.csv"]
    assert all(len(d["delivery_sha256"]) == 64 for d in manifest["deliveries"])


def test_person_ids_outlive_the_crosswalk_of_the_day(refreshed: Home, changed: Home) -> None:
    """A school district's new file must not renumber anyone in another."""
    period = min((changed.path / "identity/k12_enrollment").glob("period=*.parquet"))
    rows = pl.read_parquet(period)
    rows.filter(pl.col("submitter") != rows["submitter"][0]).write_parquet(period)
    from pipelines.linkage.run import refresh_crosswalk

    before = pl.read_parquet(refreshed.settings.crosswalk)
    after = refresh_crosswalk(changed.settings)
    both = before.join(after, on=["source", "source_person_key"], suffix="_after")
    same = (both["person_id"] == both["person_id_after"]).mean()
    assert same == 1.0


@pytest.mark.parametrize("folder", ["accepted", "identity", "quarantine", "ledger", "releases"])
def test_person_level_files_are_their_owners_alone(refreshed: Home, folder: str) -> None:
    files = [path for path in (refreshed.path / folder).rglob("*") if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    assert refreshed.settings.build.stat().st_mode & 0o077 == 0


def test_no_step_of_a_refresh_is_skipped_and_no_check_is_without_result(
    refreshed: Home,
) -> None:
    gaps = ("Skipping step", "Blocking asset check")
    said = [*refreshed.messages(), *refreshed.printed.getvalue().splitlines()]
    assert not [message for message in said if message.startswith(gaps)]
