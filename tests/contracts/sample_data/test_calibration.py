"""A clean state meets every target of its calibration, and a changed state misses it.

Lives here: one state of 10,000 students, judged. Does not: the report's pictures.
"""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sample_data.control import MACROREGIONS, RACES, Control
from sample_data.generate import generate, prepare
from sample_data.lives import earnings
from sample_data.lives.lives import live
from sample_data.lives.quarters import grid_of
from sample_data.report.bias import estimates
from sample_data.report.state import State, near
from sample_data.report.target import Result
from sample_data.report.targets import measured, targets

STUDENTS = 10_000


def _state(out: Path, **control: object) -> State:
    with pytest.MonkeyPatch.context() as patch:
        # Chances that a smaller pilot settles are, if anything, further off.
        patch.setattr("sample_data.generate.PILOT", 10_000)
        generate(Control.model_validate({"dirt": "none", **control}), out)
    return State.read(out)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """A clean state."""
    return _state(tmp_path_factory.mktemp("state"), students=STUDENTS)


@pytest.fixture(scope="module")
def results(state: State) -> list[Result]:
    """What it came to."""
    return measured(state, targets(state.control))


def test_every_target_is_met(results: list[Result]) -> None:
    missed = [
        f"{r.target.name}, {r.target.group}: {r.measured:.4g} for {r.target.value:.4g}"
        f" within {r.tolerance:.4g}, n {r.n}"
        for r in results
        if r.is_met is False
    ]
    assert missed == []


def test_targets_are_for_every_kind_of_group(results: list[Result]) -> None:
    kinds = ("race", "gender", "program", "region", "class", "credential")
    groups = {kind: {r.target.group for r in results if r.target.by == kind} for kind in kinds}
    assert {kind: len(names) for kind, names in groups.items()} == {
        "race": len(RACES), "gender": 3, "program": 5, "region": len(MACROREGIONS),
        "class": 5, "credential": 9,
    }  # fmt: skip
    assert all(r.target.source for r in results)


def test_only_rare_groups_go_unjudged(results: list[Result]) -> None:
    unjudged = [r.target for r in results if r.is_met is None]
    assert len(unjudged) < len(results) / 8
    assert not any(t.by in ("all", "gender", "program", "region", "class") for t in unjudged)


def test_another_state_misses_the_targets_it_is_meant_to_miss(tmp_path: Path) -> None:
    changed = {"women": 0.56, "employed_after": 0.5, "college_going": 0.4, "dual_ssn_missing": 0.2}
    other = _state(tmp_path, students=3_000, **changed)
    against_default, against_own = (
        {(r.target.name, r.target.group) for r in measured(other, wanted) if r.is_met is False}
        for wanted in (targets(Control()), targets(other.control))
    )
    broken = {
        ("ninth-graders", "Women"),
        ("in college within a year", "All"),
        ("without an SSN on file", "dual-enrolled"),
    }
    assert broken <= against_default
    assert not broken & against_own
    assert ("found two quarters after high school", "not in college") in against_default


def test_a_dirty_state_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "control.json").write_text(Control().model_dump_json())
    with pytest.raises(ValueError, match="--dirt none"):
        State.read(tmp_path)


def test_earnings_are_measured_on_disk_as_in_memory(state: State) -> None:
    control = state.control
    lives = live(prepare(control), np.arange(STUDENTS), control.seed)
    paid = lives.work.wages.select("person", "quarter").unique().height
    assert paid == len(state.quarters_of_work)
    grid = grid_of(lives.world, lives.people, lives.school, lives.college)
    busy = grid.in_school | grid.enrolled
    ratio = earnings.earnings_ratio(control, grid.level, busy, grid.after, lives.work.wages)
    levels = list(control.earnings_by_credential)
    for level in ("diploma", "some_college", "bachelor"):
        row = levels.index(level)
        for point, years in enumerate((1, 3)):
            seen = state.quarters_of_work.filter(near(years), pl.col("level") == row)["annual"]
            usd = control.earnings_by_credential[level][point]
            assert float(np.median(seen.to_numpy())) / usd == pytest.approx(ratio[row, point])


def test_a_plain_comparison_misleads_and_the_whole_truth_does_not(state: State) -> None:
    naive, _, adjusted, truth = estimates(state)
    # Both are of the same persons, so their difference is known better than either.
    assert naive.log_points - adjusted.log_points > 0.03
    assert abs(adjusted.log_points - truth.log_points) < 3 * adjusted.error
