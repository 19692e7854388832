"""The state of linkage kept twice: a run that died is undone, and damage is mended."""

import pytest

from pipelines.home import code_version
from pipelines.home.files import replacing
from pipelines.home.snapshot import Damaged, Safe


@pytest.fixture
def safe(tmp_path) -> Safe:
    put(tmp_path, "crosswalk.parquet", "ids")
    put(tmp_path, "linkage/record.parquet", "records")
    safe = Safe(tmp_path, ["*.parquet", "linkage/*.parquet"])
    safe.begin()
    return safe


def put(root, name: str, content: str) -> None:
    with replacing(root / name) as partial:
        partial.write_text(content)


def state(root) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text()
        for path in root.rglob("*.parquet")
        if "copy" not in path.parts
    }


WHOLE = {"crosswalk.parquet": "ids", "linkage/record.parquet": "records"}


def test_a_run_that_died_half_way_is_undone(safe, tmp_path) -> None:
    put(tmp_path, "crosswalk.parquet", "new ids")
    put(tmp_path, "linkage/record.00000.parquet", "added")
    (tmp_path / "linkage/record.parquet").unlink()
    safe.begin()
    assert state(tmp_path) == WHOLE


def test_a_whole_run_stands(safe, tmp_path) -> None:
    put(tmp_path, "crosswalk.parquet", "new ids")
    safe.commit()
    safe.begin()
    assert state(tmp_path) == WHOLE | {"crosswalk.parquet": "new ids"}
    # Copies of what is no longer so are gone.
    assert len(list((tmp_path / "copy").iterdir())) == 3


@pytest.mark.parametrize("damage", ["cut", "same size", "gone"])
def test_a_damaged_file_comes_back(safe, tmp_path, damage) -> None:
    path = tmp_path / "crosswalk.parquet"
    if damage == "gone":
        path.unlink()
    else:
        path.write_text("i" if damage == "cut" else "sdi")
    safe.begin()
    assert state(tmp_path) == WHOLE


def test_a_damaged_file_with_a_damaged_copy_stops(safe, tmp_path) -> None:
    (tmp_path / "crosswalk.parquet").write_text("x")
    for copy in (tmp_path / "copy").iterdir():
        if copy.name != "state.json":
            copy.write_text("y")
    with pytest.raises(Damaged, match="person ids can't be made again"):
        safe.begin()


def test_a_first_run_that_died_leaves_nothing_to_go_on_from(tmp_path) -> None:
    safe = Safe(tmp_path, ["*.parquet"])
    safe.begin()
    put(tmp_path, "crosswalk.parquet", "half")
    safe.begin()
    assert state(tmp_path) == {}


def test_it_says_which_code_made_it(safe, monkeypatch) -> None:
    assert safe.is_of_this_code
    monkeypatch.setattr(code_version, "linkage", lambda: "other")
    assert not safe.is_of_this_code
