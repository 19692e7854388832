"""`python -m sample_data.report`: the targets of a synthetic state, what it came to, pictures.

Lives here: the command line, the states it makes, and the tables. Does not: targets
(`targets`), estimates (`bias`), drawing (`pictures`).
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from sample_data.control import Control
from sample_data.generate import generate
from sample_data.report import bias, targets
from sample_data.report.state import State
from sample_data.report.target import Result

STUDENTS = 50_000
# Cohorts of the second state begin ten years earlier, so that it sees ten years after degrees.
_EARLIER = 10
# Earnings of fewer persons are taken from that one.
_FEW = 300


def longer(control: Control) -> Control:
    """Return the control of a state that is the same but whose cohorts begin ten years earlier."""
    return control.model_copy(
        update={
            "first_ninth_grade_year": control.first_ninth_grade_year - _EARLIER,
            "first_wage_year": control.first_wage_year - _EARLIER,
            "wage_quarters": control.wage_quarters + 4 * _EARLIER,
        }
    )


def judged(state: State, longer_state: State | None) -> list[Result]:
    """Return all results; earnings of few persons come from a state that sees more years."""
    results = targets.measured(state, targets.targets(state.control))
    if longer_state is None:
        return results
    rare = [r.target for r in results if r.n < _FEW and r.target.by == "credential"]
    again = {r.target: r for r in targets.measured(longer_state, rare)}
    return [again.get(r.target, r) for r in results]


def table(results: list[Result]) -> Table:
    """Return results as a table."""
    out = Table("target", "group", "value", "measured", "tolerance", "n", "ok", box=None)
    for column in out.columns[2:6]:
        column.justify = "right"
    before = ""
    for r in results:
        name = r.target.name
        unknown = r.is_met is None
        out.add_row(
            "" if name == before else name,
            r.target.group,
            _written(r.target.value, r.target.unit),
            "" if unknown else _written(r.measured, r.target.unit),
            "" if unknown else f"±{_written(r.tolerance, r.target.unit)}",
            f"{r.n:,}",
            {True: "yes", False: "NO", None: "few"}[r.is_met],
        )
        before = name
    return out


def _written(value: float, unit: str) -> str:
    if unit == "USD":
        return f"{value:,.0f}"
    return f"{value:.3f}" if unit == "ratio" else f"{100 * value:.2f} %"


def bias_table(state: State) -> Table:
    """Return estimates of the effect of a completed pathway beside the truth."""
    title = "What completing a pathway adds to earnings after five years (information)"
    out = Table("estimate", "log points", "standard error", "n", title=title, box=None)
    for row in bias.estimates(state):
        error = f"{row.error:.3f}" if row.error else ""
        out.add_row(row.name, f"{row.log_points:.3f}", error, f"{row.n:,}")
    return out


@contextmanager
def _states(given: argparse.Namespace) -> Iterator[tuple[State, State | None]]:
    """Give the state to judge, and one that sees more years unless the state was given."""
    if given.state:
        yield State.read(given.state), None
        return
    control = Control(students=given.students, seed=given.seed, dirt="none")
    with TemporaryDirectory(prefix="sample-report-") as folder:
        roots = {"state": control, "longer": longer(control)}
        for name, of in roots.items():
            generate(of, Path(folder) / name)
        first, second = (State.read(Path(folder) / name) for name in roots)
        yield first, second


def main() -> None:
    """Print the report, draw the pictures, and end with 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m sample_data.report", description=__doc__)
    parser.add_argument("--students", type=int, default=STUDENTS, help="ninth-graders")
    parser.add_argument("--seed", type=int, default=Control().seed, help="of every random number")
    parser.add_argument("--state", type=Path, help="a clean state to judge; none is made")
    parser.add_argument("--out", type=Path, help="folder for pictures; needs matplotlib")
    given = parser.parse_args()
    console = Console() if sys.stdout.isatty() else Console(width=120)
    with _states(given) as (state, more):
        results = judged(state, more)
        console.print(table(results))
        missed = sum(r.is_met is False for r in results)
        few = sum(r.is_met is None for r in results)
        console.print(
            f"\n{len(results)} targets: {len(results) - missed - few} met, {missed} missed, "
            f"{few} with too few persons. {state.control.students:,} students, seed "
            f"{state.control.seed}.\n"
        )
        console.print(bias_table(state))
        if given.out:
            from sample_data.report import pictures

            pictures.draw(state, more or state, given.out)
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
