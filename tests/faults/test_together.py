"""Twenty readers while ten refreshes run, and two refreshes at once."""

import subprocess
import sys
from pathlib import Path

import polars as pl

from tests.faults.conftest import Night, ends_well
from tests.faults.homes import Home

READERS, REFRESHES = 20, 10
# Opens the current release anew for every query, as an analyst's tool does, until told to stop.
# A second apart: opening takes 30 ms of a processor, and twenty readers must leave some to refresh.
READER = """
import sys, time
from pathlib import Path
import duckdb
home, stop = Path(sys.argv[1]), Path(sys.argv[2])
queries, releases = 0, set()
while not stop.exists():
    link = home / "releases" / "current"
    releases.add(link.readlink().name)
    with duckdb.connect(str(link / "warehouse.duckdb"), read_only=True) as reader:
        [[people]] = reader.execute("select count(*) from marts.dim_person").fetchall()
        [[values]] = reader.execute("select count(*) from metrics.metric_value").fetchall()
    assert people and values
    queries += 1
    time.sleep(1)
print(queries, len(releases))
"""


def test_readers_never_meet_an_error_while_releases_change(home: Home, tmp_path: Path) -> None:
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(home.path), str(stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    landed = sorted((home.path / "landing/work_based_learning/2016-17").glob("*.csv"))[0]
    frame = pl.read_csv(landed, infer_schema=False)
    try:
        for at in range(REFRESHES):
            frame.head(frame.height - 1 - at % 2).write_csv(landed)
            assert home.refresh() == 0
    finally:
        stop.touch()
        outputs = [reader.communicate(timeout=120) for reader in readers]
    assert [error for _, error in outputs] == [""] * READERS
    counts = [tuple(map(int, out.split())) for out, _ in outputs]
    assert all(queries > REFRESHES for queries, _ in counts)
    # They saw the releases change.
    assert all(seen >= REFRESHES // 2 for _, seen in counts)


def test_two_refreshes_at_once_are_one_after_the_other(home: Home, night: Night) -> None:
    first, second = home.start(), home.start()
    codes = {first.end(), second.end()}
    # The second waits for the first and finds nothing new, or gives up waiting and says so.
    assert codes <= {0, 1}
    assert 0 in codes
    assert home.tables() == night.after
    ends_well(home, night)
