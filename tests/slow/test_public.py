"""Public releases of many small states, and every hidden number of one of them tried."""

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipelines.disclosure.audit.findings import audit
from tests.contracts.disclosure.attacker import Attacker, exact
from tests.contracts.disclosure.cases import METRICS, POLICY, PROTECTED, publish
from tests.contracts.disclosure.test_release import (
    attack,
    nobody_works_out_a_small_number,
    state,
)

PARTS = ("numerator", "denominator")
Number = tuple[str, str, str, str, str]  # metric, part, region, group and code


def hidden_numbers(rows: pl.DataFrame) -> list[list[Number]]:
    """Return hidden numbers: those below no hidden one, those below one of these, and the rest."""
    cell = ["region_id", "student_group", "student_group_value"]
    metric = pl.concat_str("metric_id", "definition_version", separator="@").alias("metric")
    hidden = {
        (name, part, *at)
        for part in PARTS
        for name, *at in rows.filter(pl.col(part).is_null()).select(metric, *cell).iter_rows()
    }
    hidden -= {number for number in hidden if number[:2] == ("employed@1", "denominator")}
    above = dict[Number, set[Number]]()
    for name, part, region, group, code in sorted(hidden):
        totals = {(name, part, region, "all", "all")} if group != "all" else set()
        of = "finished@1" if name == "employed@1" else name
        wholes = {(of, "denominator", region, group, code)} if part == PARTS[0] else set()
        above[name, part, region, group, code] = hidden & (totals | wholes)
    first = [number for number, of in above.items() if not of]
    second = [number for number, of in above.items() if of & set(first)]
    return [first, second, [n for n in above if n not in {*first, *second}]]


def with_shown(
    published: Path, folder: Path, numbers: list[Number], true: Callable[[Number], int]
) -> Path:
    """Copy a public folder with the true value of some hidden numbers, of every metric with it."""
    path = folder / "parquet/metric_value.parquet"
    shutil.copytree(published / "parquet", path.parent)
    rows = pl.read_parquet(path)
    for name, part, region, group, code in numbers:
        of = true((name, part, region, group, code))
        at = pl.col("metric_id") == name.split("@")[0]
        for key, value in (("region_id", region), ("student_group", group)):
            at &= pl.col(key) == value
        at &= pl.col("student_group_value") == code
        rows = rows.with_columns(pl.when(at).then(of).otherwise(pl.col(part)).alias(part))
    rows.write_parquet(path)
    return folder


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 10_000), st.integers(60, 600), st.sampled_from([0.0, 0.05]))
def test_nobody_works_out_a_small_number(
    tmp_path_factory, seed: int, size: int, unknown: float
) -> None:
    folder = tmp_path_factory.mktemp("random") / "public"
    nobody_works_out_a_small_number(folder, seed, size, unknown)


def test_no_number_is_hidden_for_nothing(tmp_path: Path) -> None:
    """The audit objects to each hidden number that is shown, but for some totals.

    Totals that a group needed are not shown again when another one turns out to be enough.
    """
    people = state(2, 250)
    public = tmp_path / "public"
    assert publish(public, people).passed
    attacker = Attacker(public, people)
    of_kinds = exact(people, attacker.kinds)

    def true(number: Number) -> int:
        name, part, region, group, code = number
        return of_kinds(attacker.row((name, region, group, code), PARTS.index(part)))

    others, *below = hidden_numbers(pl.read_parquet(public / "parquet/metric_value.parquet"))
    missed = [
        number
        for place, number in enumerate(others)
        if not attack(with_shown(public, tmp_path / str(place), [number], true))
    ]
    assert len(others) > 20
    assert {(name, part, group) for name, part, _, group, _ in missed} <= {
        ("trained@1", "denominator", "all")
    }
    assert len(missed) <= 5
    ids = {name: (f"{name}:numerator", f"{name}:denominator") for name in METRICS}
    ids["employed@1"] = ("employed@1:numerator", "finished@1:denominator")
    for place, numbers in enumerate(below):
        folder = with_shown(public, tmp_path / f"below {place}", numbers, true)
        report = audit(folder, POLICY.least_people, POLICY.width, also=PROTECTED)
        shown = {(ids[n][PARTS.index(part)], (group, *at, code))
                 for n, part, *at, group, code in numbers}  # fmt: skip
        assert shown <= {(f.count_id, f.cell) for f in report.findings if f.kind == "below_hidden"}
        assert numbers
