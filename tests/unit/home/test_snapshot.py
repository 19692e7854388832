"""Files stored twice: a run that died is undone, and damage is mended."""

import json

import pytest

from pipelines.home.files import replacing
from pipelines.home.snapshot import Damaged, Snapshot

WHOLE = {"crosswalk.parquet": "ids", "linkage/record.parquet": "records"}
PATTERNS = ["*.parquet", "linkage/*.parquet"]


@pytest.fixture
def snapshot(tmp_path) -> Snapshot:
    for name, content in WHOLE.items():
        put(tmp_path, name, content)
    snapshot = Snapshot(tmp_path, PATTERNS)
    snapshot.begin()
    return snapshot


def put(root, name: str, content: str) -> None:
    with replacing(root / name) as partial:
        partial.write_text(content)


def files(root) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text()
        for path in root.rglob("*.parquet")
        if "copy" not in path.parts
    }


def test_a_run_that_died_half_way_is_undone(snapshot, tmp_path) -> None:
    put(tmp_path, "crosswalk.parquet", "new ids")
    put(tmp_path, "linkage/record.00000.parquet", "added")
    (tmp_path / "linkage/record.parquet").unlink()
    snapshot.begin()
    assert files(tmp_path) == WHOLE


def test_a_whole_run_stays_with_its_note_and_without_old_copies(snapshot, tmp_path) -> None:
    put(tmp_path, "crosswalk.parquet", "new ids")
    snapshot.commit(version="abc")
    snapshot.begin()
    assert files(tmp_path) == WHOLE | {"crosswalk.parquet": "new ids"}
    assert snapshot.note == {"version": "abc"}
    copies = {path.name for path in (tmp_path / "copy").iterdir()}
    assert copies == {one.sha256 for one in snapshot.files.values()}


@pytest.mark.parametrize("damage", ["cut", "same size", "gone"])
def test_a_damaged_file_comes_back(snapshot, tmp_path, damage) -> None:
    path = tmp_path / "crosswalk.parquet"
    if damage == "gone":
        path.unlink()
    else:
        path.write_text("i" if damage == "cut" else "sdi")
    snapshot.begin()
    assert files(tmp_path) == WHOLE


def test_a_damaged_file_with_a_damaged_copy_stops(snapshot, tmp_path) -> None:
    (tmp_path / "crosswalk.parquet").write_text("x")
    for copy in (tmp_path / "copy").iterdir():
        copy.write_text("y")
    with pytest.raises(Damaged, match=r"crosswalk.parquet is damaged, and so is its copy"):
        snapshot.begin()


def test_a_first_run_that_died_leaves_nothing_to_go_on_from(tmp_path) -> None:
    snapshot = Snapshot(tmp_path, ["*.parquet"])
    snapshot.begin()
    put(tmp_path, "crosswalk.parquet", "half")
    snapshot.begin()
    assert files(tmp_path) == {}


def test_the_state_of_an_older_home_is_taken_over(snapshot, tmp_path) -> None:
    now = tmp_path / "snapshot.json"
    older = tmp_path / "copy" / "state.json"
    older.write_text(json.dumps({"version": "old", **json.loads(now.read_text())}))
    now.unlink()
    put(tmp_path, "crosswalk.parquet", "of a run that died")
    snapshot.begin()
    assert files(tmp_path) == WHOLE
    assert snapshot.note == {"version": "old"}
    snapshot.commit()
    assert not older.exists()
    assert snapshot.note == {}
