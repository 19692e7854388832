"""What can be worked out of people whom initiatives serve.

Lives here: the least and greatest of each hidden number of a year, over all sets of initiatives
that people can be in. Does not: counts by region and group (`bounds`).
"""

from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from scipy.optimize import linprog


def narrow_numbers(folder: Path, least: int, width: int) -> list[tuple[Any, ...]]:
    """Return numbers of few people that are known to within fewer than a width.

    Each is its academic year, measure, initiatives, and the ends of what it can be.
    """
    path = folder / "parquet" / "initiative_people.parquet"
    if not path.exists():
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select academic_year, measure, initiative_code, other_initiative_code, people "
            "from read_parquet(?) order by all",
            [str(path)],
        ).fetchall()
    years = {row[0] for row in rows}
    return [
        (year, *finding)
        for year in sorted(years)
        for finding in _of_year([row[1:] for row in rows if row[0] == year], least, width)
    ]


def _of_year(rows: list[tuple], least: int, width: int) -> list[tuple]:
    codes = sorted({row[1] for row in rows} - {"all"})
    groups = [set(g) for size in range(1, len(codes) + 1) for g in combinations(codes, size)]
    columns = [(group, done) for group in groups for done in (0, 1)]

    def row_of(measure: str, *initiatives: str) -> np.ndarray:
        needs = {code for code in initiatives if code not in ("", "all")}
        return np.array(
            [float(needs <= group and (measure != "completed" or done)) for group, done in columns]
        )

    shown = [(row_of(*row[:3]), row[3]) for row in rows if row[3] is not None]
    equal = (np.array([r for r, _ in shown]), [n for _, n in shown]) if shown else (None, None)
    most = 1000 + 10 * max([n for _, n in shown], default=1000)

    def ends(row: np.ndarray) -> tuple[float, float]:
        low, high = (
            linprog(sign * row, A_eq=equal[0], b_eq=equal[1], bounds=(0, most)) for sign in (1, -1)
        )
        if low.status or high.status:
            return 0.0, 0.0
        return float(low.fun), float(-high.fun)

    findings = list[tuple]()
    for measure, code, other, _ in rows:
        low, high = ends(row_of(measure, code, other))
        if high - low < width - 1e-6 and low < least - 0.5 and high > 0.5:
            findings.append((measure, code, other, low, high))
        for whole in (code, other) if measure != "served" else ():
            left = row_of("served", whole) - row_of(measure, code, other)
            enough = ends(row_of("served", whole))[0] >= least - 0.5
            low, high = ends(left)
            if whole and enough and high - low < width - 1e-6 and low < least - 0.5:
                findings.append((f"{whole} without {measure}", code, other, low, high))
    return findings
