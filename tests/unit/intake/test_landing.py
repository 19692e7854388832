"""What lies in landing and is no delivery is named; names that must not be repeated are not."""

import json
import os
import re
import stat
from pathlib import Path

import polars as pl
import pytest

from pipelines.home.files import open_regular
from pipelines.intake import ledger
from pipelines.intake.accept import accept
from pipelines.intake.deliveries import HashCache, find_deliveries, is_complete
from pipelines.intake.landing import name_problem, not_taken
from pipelines.intake.ledger import DeliveryResult
from pipelines.intake.pending import scan_pending
from pipelines.settings import Settings
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR

FEED = FEEDS["k12_enrollment"]
PLACE = f"k12_enrollment/{YEAR}"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    (tmp_path / "landing" / PLACE).mkdir(parents=True)
    return Settings(home=tmp_path, settle_seconds=0)


def land(home: Settings, name: str | bytes) -> Path:
    path = home.landing / PLACE / os.fsdecode(name)
    path.write_text(pl.DataFrame([GOOD[FEED.name]]).write_csv())
    return path


def gate(home: Settings) -> list[DeliveryResult]:
    return accept(home, FEED, [YEAR]).get(YEAR, [])


MISPLACED = {
    "k12_enrollment/2023-2024/1990001.csv": ("k12_enrollment/2023-2024", "no period"),
    "wage/2019-Q4/agency.csv": ("wage/2019-Q4", "2023Q4"),
    "K12_Enrollment/2020-21/1990001.csv": ("K12_Enrollment", "Is it k12_enrollment?"),
    "k12_enrollment/x.csv": ("k12_enrollment/x.csv", "beside the folders"),
    f"{PLACE}/old/1990001/a.csv": (f"{PLACE}/old/1990001", "within a delivery"),
    f"{PLACE}/old.report/a.txt": (f"{PLACE}/old.report", "report of a check"),
    "calpads/2018/1990001/SENR.txt": ("calpads/2018", "no period"),
    "Calpads/2018-19/1990001/SENR.txt": ("Calpads", "Is it calpads?"),
    "notes.txt": ("notes.txt", "No feed"),
    f"{PLACE}/1990001.csv.sha256": (f"{PLACE}/1990001.csv.sha256", "is not there"),
}


@pytest.mark.parametrize(("path", "named"), MISPLACED.items(), ids=MISPLACED)
def test_a_misplaced_file_is_named(home, path, named) -> None:
    (home.landing / path).parent.mkdir(parents=True, exist_ok=True)
    (home.landing / path).write_text("x")
    [one] = not_taken(home.landing)
    assert one.place == named[0]
    assert named[1] in one.reason


def test_landing_as_it_should_be_has_nothing_to_name(home) -> None:
    land(home, "1990001.csv")
    land(home, ".1990002.csv.part")
    (home.landing / PLACE / "1990001.csv.done").touch()
    assert not_taken(home.landing) == []


@pytest.mark.parametrize("name", ["1990001.csv", "1990001.csv.sha256"])
@pytest.mark.parametrize(
    "kind", ["link", "dangling", "loop", "hard link", "pipe", "socket", "folder", "folder link"]
)
def test_what_is_no_regular_file_is_named_and_never_opened(home, name, kind, tmp_path) -> None:
    good = land(home, "1990002.csv")
    path = home.landing / PLACE / name
    if name.endswith(".sha256"):
        land(home, "1990001.csv")
    secret = tmp_path / "secret.csv"
    secret.write_bytes(good.read_bytes())
    {
        "link": lambda: path.symlink_to(secret),
        "dangling": lambda: path.symlink_to("nowhere"),
        "loop": lambda: path.symlink_to(path.name),
        "hard link": lambda: path.hardlink_to(secret),
        "pipe": lambda: os.mkfifo(path),
        "socket": lambda: os.mknod(path, stat.S_IFSOCK | 0o600),
        "folder": path.mkdir,
        "folder link": lambda: path.symlink_to(tmp_path),
    }[kind]()
    [one] = not_taken(home.landing)
    assert one.place == f"{PLACE}/{name}"
    assert path not in [delivery.path for delivery in find_deliveries(home.landing, FEED, YEAR)]
    assert not is_complete(good, HashCache(home.landing), None)
    scan_pending(home)
    good.unlink()
    assert [result.delivery.path for result in gate(home)] == (
        [path.with_suffix("")] if name.endswith(".sha256") else []
    )


def test_a_file_that_becomes_a_link_after_it_was_listed_is_not_read(home, tmp_path) -> None:
    path = land(home, "1990001.csv")
    secret = tmp_path / "secret.csv"
    secret.write_bytes(path.read_bytes())
    for link in (path.symlink_to, path.hardlink_to):
        path.unlink()
        link(secret)
        with pytest.raises(OSError, match=r"not a regular file|symbolic links"):
            open_regular(path)


@pytest.mark.parametrize("level", ["k12_enrollment", PLACE])
def test_no_level_of_landing_is_followed_elsewhere(home, level, tmp_path) -> None:
    land(home, "1990001.csv")
    (home.landing / level).rename(tmp_path / "elsewhere")
    (home.landing / level).symlink_to(tmp_path / "elsewhere")
    assert [one.place for one in not_taken(home.landing)] == [level]
    assert find_deliveries(home.landing, FEED, YEAR) == []
    assert gate(home) == []


def test_the_folder_of_a_period_is_not_followed_elsewhere(home) -> None:
    land(home, "1990001.csv")
    (home.landing / "k12_enrollment" / "2019-20").symlink_to(home.landing / PLACE)
    assert [one.place for one in not_taken(home.landing)] == ["k12_enrollment/2019-20"]
    assert find_deliveries(home.landing, FEED, "2019-20") == []


BAD_NAMES = {
    "ssn": "912345678.csv",
    "ssn with dashes": "912-34-5678.csv",
    "name and date": "Garcia Maria 2002-03-04.csv",
    "ssn with dots": "912.34.5678.csv",
    "ssn with blanks": "912 34  5678.csv",
    "ssn with marks": "912 (34) 5678.csv",
    "ssn in threes": "912-345-678.csv",
    "ssn in two parts": "91234-5678.csv",
    "ssn digit by digit": "9 1 2 3 4 5 6 7 8.csv",
    "ssn of wide digits": "９１２３４５６７８.csv",
    "ssn of raised digits": "⁹¹²³⁴⁵⁶⁷⁸.csv",
    "ssn in circles": "①②③④⑤⑥⑦⑧⑨.csv",
    "ssn of Arabic digits": "٩١٢٣٤٥٦٧٨.csv",
    "date without dashes": "maria_20020304.csv",
    "date without zeros": "maria 2002-3-4.csv",
    "american date": "garcia 3-4-2002.csv",
    "american date without dashes": "garcia_03042002.csv",
    "date of a short year": "garcia 3.4.02.csv",
    "date with a month": "Garcia_4_Mar_2002.csv",
    "american date with a month": "garcia March 4, 2002.csv",
    "240 bytes": "x" * 236 + ".csv",
    "brackets": "1990001[1].csv",
    "glob": "1990001*.csv",
    "quote": "it's.csv",
    "line break": "1990001\n.csv",
    "not utf-8": b"1990001\xff.csv",
}


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_file_with_such_a_name_is_refused_and_its_name_is_not_repeated(home, name) -> None:
    path = land(home, name)
    scan_pending(home)
    [result] = gate(home)
    assert result.refused == ("file:name",)
    assert result.message == name_problem(path.name)
    recorded = ledger.deliveries(home.ledger)
    assert recorded["status"].to_list() == ["rejected"]
    for stored in [p for p in home.root.rglob("*") if home.landing not in p.parents]:
        assert path.stem not in os.fsdecode(stored.name)
    assert path.stem not in json.dumps(recorded.drop("outputs").to_dicts(), default=str)
    # What was refused once is not refused again each night.
    assert gate(home) == []


def test_everyday_names_are_taken() -> None:
    names = """1990001|workforce_agency (1)|1990001 (12)|state_registry|Universität|1990001_2023-24
        |1990001 23-24|1990001 2023Q4|910000_2023|q1_23_24|wages_march_2024|2019-Q4|v1.10"""
    assert [name for name in re.split(r"\s*\|", names) if name_problem(f"{name}.csv")] == []


@pytest.mark.parametrize("second", ["1990001 (1).csv", "1990001_copy.csv", "copy.csv"])
def test_the_same_content_under_two_names_counts_once(home, second) -> None:
    land(home, "1990001.csv")
    land(home, second)
    by_name = {result.delivery.path.name: result for result in gate(home)}
    accepted, refused = (
        ("copy.csv", "1990001.csv") if second == "copy.csv" else ("1990001.csv", second)
    )
    assert not by_name[accepted].refused
    assert by_name[refused].refused == ("file:same_content",)
    assert accepted in (by_name[refused].message or "")
    assert gate(home) == []
    (home.landing / PLACE / accepted).unlink()
    [result] = gate(home)
    assert not result.refused


def test_a_copy_that_comes_later_does_not_take_the_place_of_what_is_accepted(home) -> None:
    land(home, "1990001.csv")
    gate(home)
    land(home, "a.csv")
    [result] = gate(home)
    assert (result.delivery.submitter, result.refused) == ("a", ("file:same_content",))
