"""The audit's search: what it sees of a number, beside the very ends of it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from pipelines.disclosure.audit.bounds import Solver, System, View
from pipelines.disclosure.audit.read import read
from pipelines.disclosure.audit.search import PARTS, Bound, Search
from tests.contracts.disclosure.cases import PROTECTED, publish
from tests.contracts.disclosure.test_release import state

WIDTH = 5


@pytest.mark.parametrize(("low", "high", "people"), [(7, 12, 5), (7.6, 12.4, 4), (3.2, 3.9, -1)])
def test_a_width_is_of_whole_people(low: float, high: float, people: int) -> None:
    assert Bound(low, high).width == people


def of_two_people() -> Search:
    """Return a search for one of two numbers that together are four."""
    solver = Solver(sparse.csr_array([[1.0, 1.0]]), np.array([4.0]), np.array([4.0]), 100)
    state: Any = SimpleNamespace(whole=View(np.arange(2), lambda: solver), parts=lambda *_: [])
    return Search(state, sparse.csr_array([[1.0, 0.0]]), WIDTH, 1)


def test_a_narrow_number_is_asked_to_its_last_whole_person_on_both_sides() -> None:
    search = of_two_people()
    search.run(np.array([0]), np.array([1.5, 2.5]))
    assert Bound(search.low[0], search.high[0]).width == 4
    assert search.unproven(np.array([0])).size == 0


def test_what_is_narrow_when_the_work_is_used_up_is_unproven(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.disclosure.audit.search.WORK", -1)
    search = of_two_people()
    search.run(np.array([0]), np.array([1.5, 2.5]))
    assert search.unproven(np.array([0])).tolist() == [0]


def test_tables_of_a_part_of_the_state_fit_all_that_is_published(tmp_path: Path) -> None:
    """No number is seen outside its ends, and what is not wide was seen at both."""
    publish(tmp_path / "public", state(1, 400, 0.03))
    [block] = read(tmp_path / "public", also=PROTECTED)
    seen = 0
    for count in block.counts.values():
        system = System(block, [count, *(block.counts[whole] for whole in sorted(count.within))])
        table = system.middle()
        assert table is not None
        assert all([*system.parts(kind, table, wholes, both)] for kind, wholes, both in PARTS[1:])
        for group in block.cuts:
            rows = system.cells(count.count_id, group)
            search = Search(system, rows, WIDTH, 1)
            search.run(np.arange(rows.shape[0]), table)
            of_whole = rows.tocsc()[:, system.whole.columns].tocsr()
            for place in range(rows.shape[0]):
                row = of_whole[[place]]
                ends = [float((row @ system.whole.solver.greatest(sign * row.toarray()[0]))[0])
                        for sign in (-1, 1)]  # fmt: skip
                bound = Bound(float(search.low[place]), float(search.high[place]))
                assert ends[0] - 1e-5 <= bound.low <= bound.high <= ends[1] + 1e-5
                if bound.width < WIDTH:
                    assert bound.width == Bound(*ends).width
                seen += 1
    assert seen > 100
