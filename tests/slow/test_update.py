"""Random changes, made again for whom they touch, leave the tables that a whole build makes."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.release import build_plan
from pipelines.release.build_files.compiled import compiled
from pipelines.release.build_files.update import update
from pipelines.release.build_plan import Built
from pipelines.settings import DBT_PROJECT, Settings
from sample_data.control import Control
from sample_data.generate import generate
from schemas import ACCEPTED_FEEDS
from tests.pipeline.conftest import move_build
from tests.slow.runs import run


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a small home after one refresh; PATHWAYS_UPDATE_HOME names one that is there."""
    if given := os.getenv("PATHWAYS_UPDATE_HOME"):
        return Settings(home=Path(given))
    path = tmp_path_factory.mktemp("updated")
    generate(Control(students=300, seed=16), path, workers=1)
    run(path, sys.executable, "-m", "pipelines", "refresh")
    return Settings(home=path)


class Changes:
    """Random changes of what a gate and linkage leave."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self.settings, self.random = settings, np.random.default_rng(seed)
        self.withdrawn: list[tuple[Path, pl.DataFrame]] = []

    def all(self) -> Iterator[str]:
        """Make a change of each kind, in any order, and yield its name."""
        kinds: list[Callable[[], None]] = [
            self.correct, self.withdraw, self.deliver_late, self.merge, self.split, self.end_early,
        ]  # fmt: skip
        for number in self.random.permutation(len(kinds)):
            kinds[number]()
            yield kinds[number].__name__

    def _file(self) -> Path:
        of_people = [
            path
            for name, feed in ACCEPTED_FEEDS.items()
            if feed.person_key
            for path in sorted((self.settings.accepted / name).glob("period=*.parquet"))
        ]
        return of_people[self.random.integers(len(of_people))]

    def correct(self) -> None:
        """Drop some rows of a file, and exchange a column's values among the others."""
        path = self._file()
        rows = pl.read_parquet(path, hive_partitioning=False)
        rows = rows.filter(pl.Series(self.random.random(rows.height) > 0.2))
        names = [
            name
            for name in rows.columns
            if name not in ("source_person_key", "record_id", "row_number", "academic_year")
            and not name.endswith(("_id", "quarter"))
        ]
        name = names[self.random.integers(len(names))]
        order = self.random.permutation(rows.height).tolist()
        rows.with_columns(rows[name].gather(order)).write_parquet(path)

    def withdraw(self) -> None:
        """Take a submitter's rows of a period away."""
        path = self._file()
        submitters = pl.read_parquet(path, hive_partitioning=False)["submitter"]
        self._take(
            path, pl.col("submitter") == submitters[int(self.random.integers(len(submitters)))]
        )

    def _take(self, path: Path, which: pl.Expr) -> None:
        rows = pl.read_parquet(path, hive_partitioning=False)
        self.withdrawn.append((path, rows.filter(which)))
        path.unlink()
        if (rest := rows.remove(which)).height:
            rest.write_parquet(path)

    def deliver_late(self) -> None:
        """Bring withdrawn rows back."""
        if self.withdrawn:
            path, rows = self.withdrawn.pop(self.random.integers(len(self.withdrawn)))
            if path.exists():
                rows = pl.concat([pl.read_parquet(path, hive_partitioning=False), rows])
            rows.write_parquet(path)

    def _relink(self, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        path = self.settings.crosswalk
        change(pl.read_parquet(path)).write_parquet(path)

    def merge(self) -> None:
        """Make two persons one."""

        def change(links: pl.DataFrame) -> pl.DataFrame:
            one, other = self.random.choice(links["person_id"].unique().sort(), 2, replace=False)
            return links.with_columns(pl.col("person_id").replace({str(other): str(one)}))

        self._relink(change)

    def split(self) -> None:
        """Give a person's links of one feed to a new person."""

        def change(links: pl.DataFrame) -> pl.DataFrame:
            row = links.row(int(self.random.integers(links.height)), named=True)
            is_it = (pl.col("person_id") == row["person_id"]) & (pl.col("source") == row["source"])
            new = f"P{self.random.bytes(8).hex()}"
            return links.with_columns(
                pl.when(is_it).then(pl.lit(new)).otherwise("person_id").alias("person_id")
            )

        self._relink(change)

    def end_early(self) -> None:
        """Withdraw all of a feed's last period, which is what completeness goes by."""
        names = [name for name, feed in ACCEPTED_FEEDS.items() if feed.person_key]
        name = names[self.random.integers(len(names))]
        self._take(max((self.settings.accepted / name).glob("period=*.parquet")), pl.lit(True))


@pytest.mark.parametrize("seed", range(3))
def test_changes_leave_what_a_whole_build_makes(
    refreshed: Settings, tmp_path: Path, seed: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(refreshed.root, home, symlinks=True)
    settings = Settings(home=home)
    move_build(settings, refreshed.root)
    manifest = json.loads((DBT_PROJECT / "target" / "manifest.json").read_text())
    nodes = compiled(settings)
    built, changes, kinds = Built(build_plan.inputs(settings), {}, {}), Changes(settings, seed), []
    for kind in changes.all():
        kinds.append(kind)
        now = build_plan.inputs(settings)
        if stale := build_plan.stale(manifest, built, now):
            update(settings, nodes, stale)
        built = Built(now, {}, {})
    every_model = {node.name for node in nodes.values() if node.kind == "model"}
    made_whole = update(settings, nodes, every_model).tables
    assert [one for one in made_whole if nodes[one].is_table] == [], kinds
