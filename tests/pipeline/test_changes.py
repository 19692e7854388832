"""One changed file: it alone is taken, and what does not hang on it is left as it was."""

from pathlib import Path

import duckdb
import polars as pl

from pipelines.intake import closures
from pipelines.release import build_plan, publish
from schemas import FEEDS
from tests.pipeline.conftest import Home

PERIOD = "2016-17"


def district_file(home: Home) -> Path:
    return sorted((home.path / "landing/work_based_learning" / PERIOD).glob("*.csv"))[0]


def times(home: Home, room: str) -> dict[str, int]:
    root = home.path / room
    return {
        str(path.relative_to(root)): path.stat().st_mtime_ns
        for path in root.rglob("period=*/*.parquet")
    }


def test_one_changed_file_among_hundreds_is_taken_alone(changed: Home) -> None:
    landed = district_file(changed)
    rooms = ("accepted", "quarantine", "identity")
    before = {room: times(changed, room) for room in rooms}
    built = build_plan.last(changed.settings)
    assert built
    frame = pl.read_csv(landed, infer_schema=False)
    frame.head(frame.height - 1).write_csv(landed)
    assert changed.refresh().success

    ours = f"work_based_learning/period={PERIOD}/{landed.stem}.parquet"
    after = times(changed, "accepted")
    assert {n for n, at in after.items() if before["accepted"].get(n) != at} == {ours}
    assert set(after) == set(before["accepted"])
    for room in ("quarantine", "identity"):
        now = times(changed, room)
        assert {n for n, at in now.items() if before[room].get(n) != at} <= {ours}
    assert {s for s in changed.steps() if s.startswith("accepted")} == {
        "accepted__work_based_learning"
    }
    # Nothing that reads wages was built again, and all of it is in the release with its tests.
    assert "table model marts.fct_work_based_learning" in changed.printed.getvalue()
    assert "table model marts.fct_wage" not in changed.printed.getvalue()
    now = publish.current(changed.settings)
    assert now
    assert set(now.manifest["checks"]) == set(built.tests)
    with duckdb.connect(str(now.folder / publish.WAREHOUSE), read_only=True) as reader:
        [[kept, superseded]] = reader.execute(
            "select count(*) filter (where is_current), "
            "count(*) filter (where superseded_by is not null and superseded_at is not null) "
            "from quality.delivery where feed = 'work_based_learning' and period = ? "
            "and submitter = ?",
            [PERIOD, landed.stem],
        ).fetchall()
        assert (kept, superseded) == (1, 1)
        # The release says which rows are gone, before the values that moved.
        [first, *_] = reader.execute(
            "select kind, feed, period, submitter, value_before - value_after, is_warning "
            "from quality.release_change where kind <> 'late' order by change_number"
        ).fetchall()
        assert first == ("rows_lost", "work_based_learning", PERIOD, landed.stem, 1, True)
    # A person gets it too, and the UI and the log have the same lines.
    alerts = [path.read_text() for path in (changed.path / "alerts").glob("*.json")]
    [alert] = [text for text in alerts if now.release_id in text]
    assert "Rows lost: 1. First: " in alert
    messages = [
        entry.user_message
        for run in changed.instance.get_runs()
        for entry in changed.instance.all_logs(run.run_id)
    ]
    assert any("Rows lost: 1. First: " in message for message in messages)

    # The tables are those of a build of everything, and that is what forcing does.
    tables = release_tables(changed)
    assert len(tables) > 20
    assert not changed.run("force_refresh").success
    why = {"ops": {"refresh_everything": {"config": {"force": True, "reason": "a test"}}}}
    assert changed.run("force_refresh", why).success
    assert "force refresh" in changed.settings.reasons.read_text()
    assert {f"accepted__{name}" for name in FEEDS} <= changed.steps()
    forced = publish.current(changed.settings)
    assert forced
    assert forced.release_id != now.release_id
    assert release_tables(changed) == tables
    counts = [one.manifest["tables"] for one in (forced, now)]
    assert [table for table in counts[0] if counts[0][table] != counts[1].get(table)] == [
        "quality.release_change"
    ]


def release_tables(home: Home) -> dict[str, int]:
    now = publish.current(home.settings)
    assert now
    with duckdb.connect(str(now.folder / publish.WAREHOUSE), read_only=True) as reader:
        return {
            f"{schema}.{table}": reader.execute(
                f"select sum(hash(t)::hugeint) from {schema}.{table} as t"
            ).fetchall()[0][0]
            for schema, table in reader.execute(
                "select schema_name, table_name from duckdb_tables() "
                # Of the release before, which is another one.
                "where table_name <> 'release_change'"
            ).fetchall()
        }


def test_a_closed_period_turns_changes_away_and_says_so(changed: Home) -> None:
    landed = district_file(changed)
    accepted = changed.path / f"accepted/work_based_learning/period={PERIOD}/{landed.stem}.parquet"
    before = accepted.read_bytes()
    closures.declare(changed.settings, closures.CLOSED, PERIOD, "work_based_learning", "reported")
    frame = pl.read_csv(landed, infer_schema=False)
    frame.head(frame.height - 1).write_csv(landed)
    assert changed.refresh().success
    assert accepted.read_bytes() == before
    now = publish.current(changed.settings)
    assert now
    with duckdb.connect(str(now.folder / publish.WAREHOUSE), read_only=True) as reader:
        told = reader.execute(
            "select status, reasons from quality.delivery where feed = 'work_based_learning' "
            "and period = ? and submitter = ? and not is_current",
            [PERIOD, landed.stem],
        ).fetchall()
    assert told == [("rejected", ["file:closed_period"])]
    notes = changed.path / f"quarantine/files/work_based_learning/period={PERIOD}"
    assert any("is closed" in note.read_text() for note in notes.glob(f"{landed.stem}__*.json"))
