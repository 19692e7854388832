"""What an update rests on: a table with a `person_id` is made of one person at a time."""

import shutil
from pathlib import Path

import pytest

from pipelines.release.build_files.update import _open, _Update, _upstream_first, compiled
from pipelines.settings import Settings
from tests.pipeline.conftest import Home


@pytest.mark.parametrize("seed", range(3))
def test_every_table_of_persons_is_made_of_one_person_at_a_time(
    refreshed: Home, tmp_path: Path, seed: int
) -> None:
    """The SQL of each gives for every 100th person alone what it gives for all."""
    settings, nodes = Settings(home=tmp_path), compiled(refreshed.settings)
    for path, copy in zip(refreshed.settings.built, settings.built, strict=True):
        shutil.copyfile(path, copy)
    differing, judged = [], 0
    with _open(settings) as build:
        build.execute(
            "insert into touched select person_id from marts.dim_person "
            f"where hash(person_id || '{seed}') % 100 = 0"
        )
        update = _Update(build, nodes, set())
        for node in _upstream_first(nodes):
            of_persons = node.is_table and "person_id" in update.columns[node.relation]
            if not of_persons or any(
                f'"{name}"' in node.relation for name in ("staging", "quality")
            ):
                continue
            judged += 1
            update.stage_persons(node)
            if update.differ("new", f"(from {node.relation} where person_id in (from touched))"):
                differing.append(node.name)
    assert judged > 40
    assert differing == []
