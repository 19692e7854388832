"""Files of the generator: same seed, same bytes; whole or not there; nobody else's file touched.

All states are of the committed sample's parameters: chances are solved once, which is four seconds
of a processor for each other set of them.
"""

import hashlib
import shutil
from pathlib import Path

import polars as pl
import pytest

from pipelines.settings import PROJECT
from sample_data.control import Control
from sample_data.generate import generate

SAMPLE = PROJECT / "sample_data" / "sample"
CONTROL = Control.load(PROJECT / "sample_data" / "sample.yaml")


def _digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("chunk", "workers"), [(10_000, 1), (37, 2)], ids=["whole", "small and shared"]
)
def test_the_seed_gives_the_committed_bytes_whatever_the_chunks_and_processes(
    tmp_path: Path, chunk: int, workers: int
) -> None:
    generate(CONTROL, tmp_path, chunk=chunk, workers=workers)
    assert _digests(tmp_path) == _digests(SAMPLE)
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 3_000_000


def test_another_seed_gives_other_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sample_data.generate.PILOT", 3_000)
    generate(CONTROL.model_copy(update={"seed": CONTROL.seed + 1}), tmp_path, workers=1)
    name = "truth/person.parquet"
    assert _digests(tmp_path)[name] != _digests(SAMPLE)[name]
    assert not pl.read_parquet(tmp_path / name).equals(pl.read_parquet(SAMPLE / name))


def test_parquet_holds_the_same_state(tmp_path: Path) -> None:
    generate(CONTROL, tmp_path, layout="parquet", workers=1)
    labels = pl.read_parquet(SAMPLE / "truth" / "corruptions.parquet")
    whole_files = labels.filter(pl.col("row_number").is_null()).drop_nulls("rule")
    refused = set(whole_files.select("feed", "period", "submitter").iter_rows())
    compared = 0
    for path in sorted(SAMPLE.glob("landing/*/*/*.csv")):
        if (*path.parts[-3:-1], path.stem) in refused:
            continue
        other = tmp_path / path.relative_to(SAMPLE).with_suffix(".parquet")
        # A column that is empty throughout is read as null and text; both are empty.
        text = pl.read_csv(path, infer_schema=False)
        assert pl.read_parquet(other).equals(text), path
        compared += 1
    assert compared > 300
    truth = {n: d for n, d in _digests(SAMPLE / "truth").items() if n != "manifest.json"}
    assert truth.items() <= _digests(tmp_path / "truth").items()


def test_an_interruption_leaves_no_file(tmp_path: Path) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(CONTROL, tmp_path, chunk=200, workers=1, progress=stop)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_another_state_replaces_the_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "state")
    own = sorted((tmp_path / "state/landing/k12_enrollment").glob("*/*.csv"))[0]
    own = own.with_stem("1234567")
    own.write_text("somebody's own file")
    before = set(_digests(tmp_path / "state"))
    clean = CONTROL.model_copy(update={"dirt": "none"})
    generate(clean, tmp_path / "state", workers=1)
    after = set(_digests(tmp_path / "state"))
    assert own.read_text() == "somebody's own file"
    assert before - after
    generate(clean, tmp_path / "fresh", workers=1)
    own_name = str(own.relative_to(tmp_path / "state"))
    assert after - {own_name} == set(_digests(tmp_path / "fresh"))
