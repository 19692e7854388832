"""A file that ends the process that reads it is refused by name; no other file is touched."""

import resource
import signal
import time
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import UserError
from pipelines.feedback import precheck
from pipelines.intake.accept import accept
from pipelines.intake.deliveries import received
from pipelines.intake.readers import process
from pipelines.intake.readers.delivery import read_with_notes
from pipelines.settings import Settings
from schemas import FEEDS
from tests.unit.cases import GOOD

FEED, QUARTER = FEEDS["wage"], "2018Q4"
# What a reader does at a file whose name says so.
HOSTILE = """
import os, sys, time
from pipelines.intake.readers import delivery, joined, process
def hostile(one):
    what = one.path.stem.split("_")[-1]
    if what == "crash": os.kill(os.getpid(), 11)
    if what == "panic": raise BaseException
    if what == "greedy": bytearray(1 << 40)
    if what == "endless":
        time.sleep(600)
    if what == "once" and not (tried := one.path.with_name(".tried")).exists():
        tried.touch()
        os.abort()
read, split = delivery._read, joined.split
delivery._read = lambda one, expected: hostile(one) or read(one, expected)
joined.split = lambda one: hostile(one) or split(one)
process.main(int(sys.argv[1]))
"""
ENDS = {
    "greedy": "needs more than 64 MB",
    "crash": "ends the program",
    "endless": "was not read within 2 seconds",
}


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, reader_memory_mb=64, reader_seconds=2)


def test_a_limit_that_the_machine_sets_is_never_raised(monkeypatch) -> None:
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: limits.append(both))
    for hard in (1 << 30, resource.RLIM_INFINITY):
        monkeypatch.setattr(resource, "getrlimit", lambda _, hard=hard: (hard, hard))
        process._limit(resource.RLIMIT_DATA, 1 << 40)
    assert limits == [(1 << 30, 1 << 30), (1 << 40, resource.RLIM_INFINITY)]


@pytest.fixture
def hostile(monkeypatch) -> None:
    monkeypatch.setattr(process, "PROGRAM", ["-c", HOSTILE])
    monkeypatch.setattr(process, "_IDLE", [])


def land(home: Settings, name: str, rows: int = 2) -> Path:
    path = home.landing / FEED.name / QUARTER / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    accounts = [f"{i:08d}" for i in range(rows)]
    row = pl.DataFrame([GOOD[FEED.name] | {"first_name": name[-8:]}])
    row.drop("employer_account").join(
        pl.DataFrame({"employer_account": accounts}), how="cross"
    ).write_csv(path)
    return path


def by_name(home: Settings) -> dict[str, object]:
    results = accept(home, FEED, [QUARTER]).get(QUARTER, [])
    return {one.delivery.submitter: one for one in results}


@pytest.mark.usefixtures("hostile")
def test_a_file_that_ends_its_reader_is_refused_and_the_others_go_on(home) -> None:
    for at, end in enumerate([*ENDS, "once"]):
        land(home, f"{at}_{end}")
        land(home, f"{at}_good")
    results = by_name(home)
    assert len(results) == 2 * len(ENDS) + 2
    for name, result in results.items():
        end = name.split("_")[1]
        if end in ENDS:
            assert result.refused == ("file:ended_reader",)
            assert result.message.startswith(f"{name}.csv {ENDS[end]}")
        else:
            assert (result.accepted_rows, result.refused) == (2, ())


@pytest.mark.usefixtures("hostile")
def test_it_is_tried_again_at_the_next_refresh(home) -> None:
    path = land(home, "0_once")
    path.with_name(".tried").touch()
    land(home, "1_panic")
    assert [name for name, one in by_name(home).items() if one.refused] == ["1_panic"]
    assert list(by_name(home)) == ["1_panic"]


@pytest.mark.usefixtures("hostile")
def test_the_check_before_delivery_says_the_same(home, tmp_path) -> None:
    checked = precheck.check(home, FEED, land(home, "0_panic"), out=tmp_path / "out")
    assert not checked.is_clean
    assert checked.report.result.message.startswith("0_panic.csv ends the program")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (-signal.SIGKILL, "needs more than 64 MB"),
        (-signal.SIGABRT, "needs more than 64 MB"),
        (-signal.SIGSEGV, "ends the program"),
        (1, "ends the program"),
    ],
)
def test_how_the_process_ended_says_why(code: int, words: str) -> None:
    assert process._why("a.csv", code, process.Limits(64, 2)).startswith(f"a.csv {words}")


def test_a_file_that_takes_more_memory_than_it_may_is_refused(home) -> None:
    land(home, "small")
    large = land(home, "large", 400_000)
    results = by_name(home)
    assert results["large"].refused == ("file:ended_reader",)
    assert results["small"].accepted_rows == 2
    more = home.model_copy(update={"reader_memory_mb": 1024, "reader_seconds": 60})
    [text] = process.read(more, [received(large, FEED.name, QUARTER)])
    assert text.rows.height == 400_000


def test_read_in_another_process_a_file_is_the_same(home) -> None:
    paths = [land(home, f"a{i}", rows) for i, rows in enumerate((1, 250_000, 2))]
    more = home.model_copy(update={"reader_memory_mb": 1024, "reader_seconds": 60})
    deliveries = [received(path, FEED.name, QUARTER) for path in paths]
    for text, delivery in zip(process.read(more, deliveries), deliveries, strict=True):
        assert text.rows.equals(read_with_notes(delivery, FEED).rows)


def test_a_process_that_does_not_start_refuses_no_file(home, monkeypatch) -> None:
    monkeypatch.setattr(process, "PROGRAM", ["-c", "raise SystemExit(1)"])
    monkeypatch.setattr(process, "_IDLE", [])
    land(home, "small")
    with pytest.raises(UserError, match="does not start"):
        by_name(home)


def test_the_process_knows_no_key_and_ends_with_whoever_asked(home, monkeypatch) -> None:
    monkeypatch.setenv("PATHWAYS_TOKEN_KEY", "k" * 64)
    monkeypatch.setattr(process, "_IDLE", [])
    path = land(home, "small")
    [_] = process.read(home, [received(path, FEED.name, QUARTER)])
    [idle] = process._IDLE
    folder = Path("/proc") / str(idle._popen.pid)
    assert b"PATHWAYS" not in (folder / "environ").read_bytes()
    idle._connection.close()
    for _ in range(100):
        if idle._popen.poll() is not None:
            break
        time.sleep(0.05)
    assert idle._popen.poll() == 0
