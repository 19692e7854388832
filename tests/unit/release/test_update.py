"""Updating a build: touched persons alone, whole tables where these do not do, nothing else."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines.release.build_files import update as updating
from pipelines.release.build_files.compiled import COMPILED, Node
from pipelines.release.build_files.opened import opened
from pipelines.release.build_files.update import Updated, attempt, update
from pipelines.release.build_plan import Built, Inputs
from pipelines.settings import Settings

STAGED = "unreleased.staging.stg_a"
# By relation: whether it is a table, and its SQL.
MODELS = {
    STAGED: (True, "from read_parquet('{home}/a.parquet')"),
    "unreleased.intermediate.int_sum": (
        False,
        f"select person_id, sum(n)::int as n from {STAGED} group by person_id",
    ),
    "unreleased.intermediate.int_most": (
        True,
        f"select person_id, max(n) as n from {STAGED} group by person_id",
    ),
    "build.marts.fct_a": (True, f"select record_id, person_id, n from {STAGED}"),
    "build.cohorts.cohort_a": (
        True,
        "select person_id, one.n > 5 as is_large from unreleased.intermediate.int_sum as one "
        "inner join unreleased.intermediate.int_most using (person_id)",
    ),
    "build.aggregates.agg_a": (
        True,
        "select is_large, count(*) as n from build.cohorts.cohort_a group by all",
    ),
    # Rows that are alike.
    "build.aggregates.sizes": (True, "select is_large from build.cohorts.cohort_a"),
    "build.cohorts.share": (
        True,
        "select person_id, is_large, n from build.cohorts.cohort_a "
        "inner join build.aggregates.agg_a using (is_large)",
    ),
    "build.cohorts.cohort_b": (
        True,
        f"select person_id, 'Y' || n % 3 as year, n from {STAGED} where person_id is not null",
    ),
    "build.aggregates.sums": (
        True,
        "select b.year, count(*)::uinteger as people, sum(b.n)::decimal(38, 4) as amount, "
        "count(*) filter (where a.is_large)::uinteger as large from build.cohorts.cohort_b as b "
        "inner join build.cohorts.cohort_a as a using (person_id) group by b.year",
    ),
    # Beside its own rows by year, a person's, and those of each number that a year has.
    "build.aggregates.medians": (
        True,
        "select b.year, median(b.n) as n, count_if(a.is_large) as large "
        "from build.cohorts.cohort_b as b inner join build.cohorts.cohort_a as a using (person_id) "
        "group by b.year",
    ),
    "build.aggregates.numbers": (True, "select distinct n from build.aggregates.medians"),
    "build.aggregates.ranked": (
        True,
        "select year, medians.n, n_sort from build.aggregates.medians as medians "
        "inner join (select n, n * 2 as n_sort from build.aggregates.numbers) using (n)",
    ),
}
OF_N = {"build.cohorts.cohort_b"} | {
    f"build.aggregates.{name}" for name in ("sums", "medians", "numbers", "ranked")
}
SAYS = {
    "sums": {"adds_up": True},
    "medians": {"made_by": ("year",)},
    "numbers": {"made_by": ("n",)},
    "ranked": {"made_by": ("year",)},
}
ROWS = [("r1", "P1", 1), ("r2", "P1", 7), ("r3", "P2", 2), ("r4", "P3", 9)]


def quoted(relation: str) -> str:
    return ".".join(f'"{part}"' for part in relation.split("."))


def nodes(home: Path) -> dict[str, Node]:
    models = {
        relation: Node(
            relation, "model", relation.split(".")[-1], quoted(relation), is_table,
            sql.format(home=home), tuple(one for one in MODELS if one in sql),
            ("record_id",) if "fct" in relation else (), **SAYS.get(relation.split(".")[-1], {}),
        )
        for relation, (is_table, sql) in MODELS.items()
    }  # fmt: skip
    test = Node("test.a", "test", "a", "", False, "from build.aggregates.agg_a where n > 2",
                ("build.aggregates.agg_a",))  # fmt: skip
    return models | {"test.a": test}


def deliver(settings: Settings, rows: Sequence[tuple[str, str | None, int]]) -> None:
    frame = pl.DataFrame(list(rows), ["record_id", "person_id", "n"], orient="row")
    frame.with_columns(pl.col("n").cast(pl.Int32)).write_parquet(settings.root / "a.parquet")


def build(settings: Settings) -> None:
    """Build everything, as dbt would."""
    for path in settings.built:
        path.unlink(missing_ok=True)
    with opened(settings) as connection:
        for node in nodes(settings.root).values():
            if node.kind == "model":
                database, schema, _ = node.relation.split(".")
                connection.execute(f"create schema if not exists {database}.{schema}")
                kind = "table" if node.is_table else "view"
                connection.execute(f"create {kind} {node.relation} as select * from ({node.sql})")


def tables(settings: Settings) -> dict[str, list[tuple]]:
    with opened(settings) as connection:
        return {
            one: connection.execute(f"from {quoted(one)} order by all").fetchall() for one in MODELS
        }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    deliver(settings, ROWS)
    build(settings)
    return settings


def updated(settings: Settings) -> Updated:
    return update(settings, nodes(settings.root), {"stg_a"})


def test_rows_of_touched_persons_are_replaced_and_stored_by_their_ids(settings) -> None:
    deliver(settings, [("r0", "P2", 4), *ROWS[1:]])
    done = updated(settings)
    assert done.persons == 2
    assert done.tables["build.marts.fct_a"] == "persons"
    assert done.tables[STAGED] == "whole: stg_a reads what was delivered"
    with duckdb.connect(str(settings.build)) as connection:
        ids = connection.execute("select record_id from marts.fct_a").fetchall()
    assert ids == [("r0",), ("r2",), ("r3",), ("r4",)]


def test_what_comes_out_the_same_makes_nothing_again_and_runs_no_test(settings) -> None:
    deliver(settings, [("r1", "P1", 2), *ROWS[1:]])
    done = updated(settings)
    assert (
        set(done.tables) == {STAGED, "unreleased.intermediate.int_sum", "build.marts.fct_a"} | OF_N
    )
    assert done.tests == {}


def test_a_table_of_persons_that_reads_a_changed_whole_is_made_whole(settings) -> None:
    deliver(settings, [*ROWS, ("r5", "P4", 8)])
    done = updated(settings)
    assert done.persons == 1
    assert done.tables["build.cohorts.cohort_a"] == "persons"
    assert done.tables["build.aggregates.agg_a"] == "whole: agg_a is not made of persons"
    share = done.tables["build.cohorts.share"]
    assert share == "whole: agg_a changed for others than the touched persons"
    assert done.tests == {"test.a": "fail"}
    assert tables(settings)["build.cohorts.share"][0] == ("P1", True, 3)


def test_cells_and_sums_move_by_what_the_touched_persons_were_and_are(settings) -> None:
    deliver(settings, [("r1", "P1", 4), *ROWS[1:]])
    done = updated(settings)
    assert done.tables["build.aggregates.sums"] == "sums"
    assert done.tables["build.aggregates.medians"] == "cells"
    assert done.tables["build.aggregates.numbers"] == "cells"
    assert done.tables["build.aggregates.ranked"] == "cells"


def test_a_sum_of_nobody_is_no_row(settings) -> None:
    deliver(settings, ROWS[:3])
    updated(settings)
    assert [year for year, *_ in tables(settings)["build.aggregates.sums"]] == ["Y1", "Y2"]


@pytest.mark.parametrize(("by_row", "status"), [(True, "pass"), (False, "fail")])
def test_a_test_by_row_judges_the_rows_that_come(settings, by_row, status) -> None:
    test = Node("test.b", "test", "b", "", False, "from build.cohorts.cohort_b where n > 8",
                ("build.cohorts.cohort_b",), by_row=by_row)  # fmt: skip
    tested = nodes(settings.root) | {"test.b": test}
    # P3's 9 was there before.
    deliver(settings, [*ROWS[:2], ("r3", "P2", 4), ROWS[3]])
    assert update(settings, tested, {"stg_a"}).tests["test.b"] == status
    deliver(settings, [*ROWS[:2], ("r3", "P2", 10), ROWS[3]])
    assert update(settings, tested, {"stg_a"}).tests["test.b"] == "fail"


def test_a_test_of_cells_judges_the_cells_of_changed_rows_with_those_that_stayed(settings) -> None:
    test = Node("test.b", "test", "b", "",  False, "select n from build.cohorts.cohort_b "
                "group by n having count(*) > 1", ("build.cohorts.cohort_b",),
                made_by=("n",))  # fmt: skip
    tested = nodes(settings.root) | {"test.b": test}
    deliver(settings, [*ROWS[:2], ("r3", "P2", 4), ROWS[3]])
    assert update(settings, tested, {"stg_a"}).tests["test.b"] == "pass"
    # The number that P3 had before, and has.
    deliver(settings, [*ROWS[:2], ("r3", "P2", 9), ROWS[3]])
    assert update(settings, tested, {"stg_a"}).tests["test.b"] == "fail"


def test_a_record_of_nobody_makes_whole_what_reads_it(settings) -> None:
    deliver(settings, [*ROWS, ("r5", None, 1)])
    assert (
        updated(settings).tables["build.marts.fct_a"].startswith("whole: stg_a changed for others")
    )
    assert (None, 1) in tables(settings)["unreleased.intermediate.int_most"]


@pytest.mark.parametrize("seed", range(5))
def test_random_changes_leave_what_a_whole_build_makes(settings, seed) -> None:
    random = np.random.default_rng(seed)
    for _ in range(4):
        rows = [
            (f"r{number}", f"P{random.integers(9)}", int(random.integers(9)))
            for number in random.permutation(20)[: random.integers(1, 20)]
        ]
        deliver(settings, rows)
        updated(settings)
        made = tables(settings)
        build(settings)
        assert made == tables(settings)


@pytest.fixture
def remembered(settings: Settings) -> Settings:
    """Return the home with a record of its build."""
    settings.dbt_target.mkdir()
    stored = [node.__dict__ for node in nodes(settings.root).values()]
    path = settings.dbt_target / COMPILED
    path.write_text(json.dumps({"home": str(settings.root), "nodes": stored}))
    updating.build_plan.finish(settings, Built(Inputs("m", "c", {}), {}, {}))
    return settings


def test_an_update_says_what_it_did(remembered) -> None:
    deliver(remembered, [("r1", "P1", 0), *ROWS[1:]])
    lines: list[str] = []
    assert attempt(remembered, {"stg_a"}, lines.append)
    assert lines == ["warehouse: 1 persons touched, 8 tables and views changed, 0 tests passed"]
    assert not remembered.build_record.exists()
    assert attempt(remembered, set(), lines.append) == Updated()


@pytest.mark.parametrize("fault", ["models", "moved", "damaged", "key", "test"])
def test_what_an_update_cannot_do_is_left_to_a_whole_build_and_says_why(remembered, fault) -> None:
    settings, lines = remembered, []
    deliver(settings, [*ROWS, ("r5", "P4", 8)])
    if fault == "moved":
        settings = Settings(home=remembered.root.rename(remembered.root.with_name("moved")))
    elif fault == "damaged":
        settings.build.write_bytes(b"no database")
    elif fault == "key":
        deliver(settings, [*ROWS, ("r4", "P4", 8)])
    assert attempt(settings, None if fault == "models" else {"stg_a"}, lines.append) is None
    [line] = lines
    assert (
        line.removeprefix("everything is built: ")
        == {
            "models": "there is no whole build, or models or seeds changed",
            "moved": "the data home has moved since the last whole build",
            "damaged": "updating ended with IOException",
            "key": "updating ended with InvalidInputException",
            "test": "1 tests failed after updating",
        }[fault]
    )


def test_a_test_that_warns_does_not_stop(remembered, monkeypatch) -> None:
    warns = nodes(remembered.root)
    warns["test.a"] = replace(warns["test.a"], only_warns=True)
    deliver(remembered, [*ROWS, ("r5", "P4", 8)])
    monkeypatch.setattr(updating, "compiled", lambda _: warns)
    done = attempt(remembered, {"stg_a"}, lambda _: None)
    assert done and done.tests == {"test.a": "warn"}
