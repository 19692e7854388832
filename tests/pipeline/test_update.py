"""What an update rests on: tables are made of persons, of cells or of sums as they say."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from pipelines.release.build_files.compiled import Node, compiled, upstream_first
from pipelines.release.build_files.opened import opened
from pipelines.release.build_files.update import _Update
from pipelines.settings import Settings
from tests.pipeline.conftest import Home


@contextmanager
def opened_copy(home: Home, folder: Path, persons: str) -> Iterator[tuple[_Update, list[Node]]]:
    """Yield an update of a copy of the home's build that touches some persons, and its tables."""
    settings, nodes = Settings(home=folder), compiled(home.settings)
    for path, copy in zip(home.settings.built, settings.built, strict=True):
        shutil.copyfile(path, copy)
    with opened(settings) as build:
        build.execute(
            f"create temp table touched as select person_id from marts.dim_person where {persons}"
        )
        tables = [node for node in upstream_first(nodes) if node.is_table]
        yield _Update(build, nodes, set()), tables


def differ(build: duckdb.DuckDBPyConnection, one: str, other: str) -> bool:
    """Return whether the rows of two relations differ, in any order."""
    query = "select count(*), sum(hash(t)::hugeint) from {} as t"
    [a, b] = (build.execute(query.format(name)).fetchall() for name in (one, other))
    return a != b


@pytest.mark.parametrize("seed", range(3))
def test_every_table_of_persons_is_made_of_one_person_at_a_time(
    refreshed: Home, tmp_path: Path, seed: int
) -> None:
    """The SQL of each gives for every 100th person alone what it gives for all."""
    persons = f"hash(person_id || '{seed}') % 100 = 0"
    with opened_copy(refreshed, tmp_path, persons) as (update, tables):
        of_persons = [
            node
            for node in tables
            if "person_id" in update.columns[node.relation]
            and not any(f'"{name}"' in node.relation for name in ("staging", "quality"))
        ]
        differing = []
        for node in of_persons:
            update.stage_persons(node)
            stored = f"(from {node.relation} where person_id in (from touched))"
            differing += [node.name] if differ(update.build, "new", stored) else []
    assert len(of_persons) > 40
    assert differing == []


def test_every_table_of_cells_is_made_of_the_rows_that_share_them(
    refreshed: Home, tmp_path: Path
) -> None:
    """The SQL of each gives for every fifth cell alone what it gives for all."""
    with opened_copy(refreshed, tmp_path, "false") as (update, tables):
        of_cells = [node for node in tables if node.made_by]
        differing = []
        for node in of_cells:
            fifth = f"hash({', '.join(node.made_by)}, 'a') % 5 = 0"
            moved = update._store_moved(node.made_by, f"(from {node.relation} where {fifth})")
            update.stage_cells(node)
            stored = f"(from {node.relation} where {moved})"
            differing += [node.name] if differ(update.build, "new", stored) else []
    assert len(of_cells) > 5
    assert differing == []


def test_sums_of_two_halves_of_all_persons_add_up_to_the_table(
    refreshed: Home, tmp_path: Path
) -> None:
    halves: dict[str, list] = {}
    for half in (0, 1):
        (folder := tmp_path / str(half)).mkdir()
        with opened_copy(refreshed, folder, f"hash(person_id) % 2 = {half}") as (update, tables):
            of_sums = [node for node in tables if node.adds_up]
            for node in of_sums:
                halves.setdefault(node.name, []).append(update.after.run(node))
    with opened(Settings(home=folder)) as build:
        differing = []
        for node in of_sums:
            for number, rows in enumerate(halves[node.name]):
                build.register(f"half_{number}", rows)
            types = update.columns[node.relation]
            sums = (
                f"{name}" if of == "VARCHAR" else f"sum({name})::{of} as {name}"
                for name, of in types.items()
            )
            rows = "(from half_0 union all from half_1)"
            added = f"(select {', '.join(sums)} from {rows} group by all)"
            differing += [node.name] if differ(build, added, node.relation) else []
    assert len(of_sums) == 12
    assert differing == []
