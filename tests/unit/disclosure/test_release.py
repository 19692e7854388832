"""A public release end to end on small states: what is promised, and what the audit catches."""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.disclosure.audit.findings import audit
from pipelines.disclosure.contents import contents_findings
from pipelines.disclosure.manifest import UNKNOWN
from tests.unit.disclosure.attacker import Attacker, exact
from tests.unit.disclosure.cases import PLACES, POLICY, Person, manifest, publish


def state(seed: int, size: int, unknown: float = 0.0) -> list[Person]:
    """Return people at random, few at some places and of some groups."""
    of = random.Random(seed)
    chances = [of.random() ** 2 + 0.02 for _ in PLACES]
    return [
        Person(
            of.choices(list(PLACES), chances)[0],
            of.choices(["RA", "RH", "RW"], [1, 6, 4])[0],
            of.choices(["F", "M", UNKNOWN], [10, 10, 20 * unknown])[0],
            of.random() < 0.7,
            of.random() < 0.5,
            of.random() < 0.4,
        )
        for _ in range(size)
    ]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the public folder of a small state."""
    folder = tmp_path_factory.mktemp("published") / "public"
    assert publish(folder, state(1, 400, 0.03)).passed
    return folder


def test_what_is_published_is_true_and_adds_up(tmp_path: Path) -> None:
    people = state(2, 300)
    assert publish(tmp_path / "public", people).passed
    attacker = Attacker(tmp_path / "public", people)
    assert any(parts[0] is not None for parts in attacker.published.values())
    for cell in attacker.cells():
        for part, shown in enumerate(attacker.published.get(cell, (0, 0))):
            true = exact(people, attacker.row(cell, part), attacker.kinds)
            assert shown in (None, true)


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 10_000), st.integers(30, 600), st.sampled_from([0.0, 0.05]))
def test_nobody_works_out_a_small_number(
    tmp_path_factory: pytest.TempPathFactory, seed: int, size: int, unknown: float
) -> None:
    people = state(seed, size, unknown)
    folder = tmp_path_factory.mktemp("random") / "public"
    assert publish(folder, people).passed
    attacker = Attacker(folder, people)
    secrets = list(_secrets(attacker, people))
    for row in random.Random(seed).sample(secrets, min(12, len(secrets))):
        low, high = attacker.bounds(row)
        assert high - low >= POLICY.width - 1e-5


def _secrets(attacker: Attacker, people: list[Person]) -> Iterator[np.ndarray]:
    """Yield what must not be known: few people, few with the outcome, few without."""
    for cell in attacker.cells():
        part, whole = attacker.row(cell, 0), attacker.row(cell, 1)
        of = exact(people, whole, attacker.kinds)
        if 0 < of < POLICY.least_people:
            yield whole
        for row in (part, whole - part):
            n = exact(people, row, attacker.kinds)
            if n < POLICY.least_people and (n > 0 or of >= POLICY.least_people):
                yield row


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    people = state(3, 200)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        publish(tmp_path / name / "public", people if name == "one" else people[::-1])
    files = [p.relative_to(tmp_path / "one") for p in (tmp_path / "one/public").rglob("*.*")]
    assert len(files) > 10
    for name in files:
        if name.suffix != ".duckdb":
            both = [(tmp_path / run / name).read_bytes() for run in ("one", "two")]
            assert both[0] == both[1], name


def test_the_folder_holds_what_the_manifest_lists(published: Path) -> None:
    assert contents_findings(published, manifest()) == []


def attack(folder: Path) -> set[str]:
    """Return the kinds of what the audit finds in a folder."""
    return {f.kind for f in audit(folder, POLICY.least_people, POLICY.width).findings}


def change(published: Path, folder: Path, change: pl.Expr, column: str) -> Path:
    """Copy the tables of a public folder with a changed column of `metric_value`."""
    (folder / "parquet").mkdir(parents=True)
    for path in (published / "parquet").iterdir():
        rows = pl.read_parquet(path)
        if path.stem == "metric_value":
            rows = rows.with_columns(change.alias(column))
        rows.write_parquet(folder / "parquet" / path.name)
    return folder


def test_the_audit_passes_what_is_published(published: Path) -> None:
    assert attack(published) == set()


def test_the_audit_fails_when_a_hidden_number_is_shown(published: Path, tmp_path: Path) -> None:
    """Whichever: a small one is a finding itself, another gives a small one away."""
    people = state(1, 400, 0.03)
    attacker = Attacker(published, people)
    rows = pl.read_parquet(published / "parquet" / "metric_value.parquet")
    hidden = rows.with_row_index().filter(pl.col("denominator").is_null())
    assert hidden.height > 8
    caught = []
    for row in hidden.sample(8, seed=1).iter_rows(named=True):
        cell = (
            f"{row['metric_id']}@{row['definition_version']}", row["region_id"],
            row["student_group"], row["student_group_value"],
        )  # fmt: skip
        true = exact(people, attacker.row(cell, 1), attacker.kinds)
        shown = (
            pl.when(pl.int_range(pl.len()) == row["index"])
            .then(pl.lit(true, pl.Int64))
            .otherwise(pl.col("denominator"))
        )
        folder = change(published, tmp_path / str(row["index"]), shown, "denominator")
        found = bool(attack(folder))
        assert found or true >= POLICY.least_people or true == 0
        caught += [found] * (true >= POLICY.least_people)
    # One of them may be shown without harm where the next ones hide enough.
    assert sum(caught) >= 0.25 * len(caught) > 0
