"""`python -m benchmarks.attack FOLDER`: an attack on public files that solves no program.

Intervals are passed on until nothing changes: from parts to sums and back, over groups within a
region, regions within a region of every scheme that `place_region` has, counts within counts, and
published bounds. It is weaker than the audit, which solves programs over the same, and shares
nothing with it: what this finds and the audit does not is an error of the audit. With `--knows`
the attacker has all numbers of one region, too, from the warehouse given as `--truth`: a district
knows itself.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

LEAST, WIDTH, MOST = 11, 5, 1e9
Ids = NDArray[np.int64]
Cell = tuple[str, str, str, str]  # count, group, region, code


class Intervals:
    """What is known of every number of a cohort and year."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.number = dict[Cell, int]()
        self.low, self.high = np.zeros(0), np.zeros(0)
        self.sums = list[tuple[int, Ids]]()
        self.within = list[tuple[int, int]]()

    def at(self, *cell: str) -> int:
        """Return the number of a cell."""
        return self.number.setdefault(cell, len(self.number))  # pyright: ignore

    def propagate(self) -> int:
        """Pass bounds on until nothing changes, and return how often all sums were visited."""
        pairs = np.array(self.within, dtype=int).reshape(-1, 2).T
        for turn in range(1, 100):
            before = self.low.sum() - self.high.clip(max=MOST).sum()
            for whole, parts in self.sums:
                low, high = self.low[parts], self.high[parts]
                least, most = low.sum(), high.sum()
                self.low[whole] = max(self.low[whole], least)
                self.high[whole] = min(self.high[whole], most)
                self.low[parts] = np.maximum(low, self.low[whole] - (most - high))
                self.high[parts] = np.minimum(high, self.high[whole] - (least - low))
            np.minimum.at(self.high, pairs[0], self.high[pairs[1]])
            np.maximum.at(self.low, pairs[1], self.low[pairs[0]])
            if self.low.sum() - self.high.clip(max=MOST).sum() <= before + 1e-6:
                return turn
        return 100


def regions_of(rows: list[tuple[str, str, str]]) -> dict[str, tuple[str, frozenset[str]]]:
    """Return the scheme and the places of each region."""
    places = defaultdict[tuple[str, str], set[str]](set)
    for place, scheme, region in rows:
        places[scheme, region].add(place)
    return {region: (scheme, frozenset(of)) for (scheme, region), of in places.items()}


def dealt(regions: dict[str, tuple[str, frozenset[str]]]) -> Iterator[tuple[str, list[str]]]:
    """Yield regions with regions of one scheme that have all of their places, each once."""
    for whole, (_, places) in regions.items():
        inside = defaultdict[str, list[str]](list)
        for region, (scheme, of) in regions.items():
            if region != whole and of <= places:
                inside[scheme].append(region)
        for parts in inside.values():
            if sum(len(regions[part][1]) for part in parts) == len(places):
                yield whole, parts


def known(connection: duckdb.DuckDBPyConnection, name: tuple[str, str, str]) -> Intervals:
    """Return what is published of a cohort and year, with how it adds up."""
    parameters = dict(zip(("cohort", "year", "attribution"), name, strict=True))
    values = connection.execute(
        "select numerator_id, denominator_id, student_group, region_id, student_group_value, "
        "v.numerator, v.denominator, "
        "value_at_least * v.denominator, value_at_most * v.denominator, "
        "region_scheme from metric_value as v inner join metric_definition "
        "using (metric_id, definition_version) where cohort = $cohort and cohort_year = $year "
        "and attribution = $attribution and unit = 'rate'",
        parameters,
    ).fetchall()
    cuts = connection.execute(
        "select distinct student_group, region_scheme, is_everybody_known from cut "
        "where cohort = $cohort and cohort_year = $year and attribution = $attribution",
        parameters,
    ).fetchall()
    places = connection.execute(
        "select place_id, region_scheme, region_id from place_region inner join public_vintage "
        "using (vintage) where cohort = $cohort and cohort_year = $year "
        "and attribution = $attribution",
        parameters,
    ).fetchall()
    seen = Intervals()
    ends = dict[int, tuple[float, float]]()
    codes = defaultdict[str, set[str]](set)
    counts, listed = set[str](), set[tuple[str, str, str]]()
    for numerator_id, denominator_id, group, region, code, n, d, least, most, scheme in values:
        codes[group].add(code)
        for count, people in ((numerator_id, n), (denominator_id, d)):
            counts.add(count)
            listed.add((count, group, scheme))
            cell = seen.at(count, group, region, code)
            low, high = ends.get(cell, (0.0, MOST))
            if people is not None:
                low = high = float(people)
            elif least is not None and count == numerator_id:
                low, high = max(low, least), min(high, most)
            ends[cell] = low, high
    of_schemes = {scheme for _, scheme, _ in cuts} | {scheme for _, scheme, _ in places}
    wanted = {scheme for _, scheme, _ in cuts} | (of_schemes - {"institution", "district"})
    regions = regions_of([row for row in places if row[1] in wanted])
    for count in counts:
        for group, whole in {g: k for g, _, k in cuts}.items():
            _add_sums(
                seen, count, group, [*sorted(codes[group]), *([] if whole else [""])], regions
            )
    scheme_of = {region: scheme for region, (scheme, _) in regions.items()}
    seen.low, seen.high = np.zeros(len(seen.number)), np.full(len(seen.number), MOST)
    for cell, number in seen.number.items():
        count, group, region, code = cell
        is_listed = (count, group, scheme_of.get(region, "")) in listed and code
        seen.low[number], seen.high[number] = ends.get(number, (0.0, 0.0 if is_listed else MOST))
    for part, whole in connection.execute(
        "select part, whole from metric_relation where relation = 'subset'"
    ).fetchall():
        if {part, whole} <= counts:
            seen.within += [
                (number, seen.number[whole, *cell[1:]])
                for cell, number in seen.number.items()
                if cell[0] == part and (whole, *cell[1:]) in seen.number
            ]
    return seen


def _add_sums(
    seen: Intervals,
    count: str,
    group: str,
    codes: list[str],
    regions: dict[str, tuple[str, frozenset[str]]],
) -> None:
    """Add the sums of a count: groups within regions, and regions within regions."""
    if group == "race_gender":
        return
    for region in regions if group != "all" else ():
        parts = np.array([seen.at(count, group, region, code) for code in codes])
        seen.sums.append((seen.at(count, "all", region, "all"), parts))
    for whole, parts in dealt(regions):
        for code in codes:
            numbers = np.array([seen.at(count, group, part, code) for part in parts])
            seen.sums.append((seen.at(count, group, whole, code), numbers))


def learn(
    seen: Intervals,
    connection: duckdb.DuckDBPyConnection,
    truth: Path,
    name: tuple[str, str, str],
    region: str,
) -> None:
    """Add the exact numbers of a region."""
    uses = connection.execute(
        "select metric_id, definition_version, numerator_id, denominator_id from metric_definition "
        "where cohort = ? and numerator_id is not null",
        [name[0]],
    ).fetchall()
    with duckdb.connect(str(truth), read_only=True) as warehouse:
        for metric_id, version, *ids in uses:
            rows = warehouse.execute(
                "select numerator, denominator, student_group, student_group_value "
                "from metrics.metric_value where metric_id = ? and definition_version = ? "
                "and cohort_year = ? and attribution = ? and region_id = ? and dimension = 'all'",
                [metric_id, version, *name[1:], region],
            ).fetchall()
            for *people, group, code in rows:
                for count, n in zip(ids, people, strict=True):
                    if (number := seen.number.get((count, group, region, code))) is not None:
                        seen.low[number] = seen.high[number] = n


def leaks(seen: Intervals, published: NDArray[np.bool_]) -> list[tuple[Cell, float, float]]:
    """Return hidden numbers of 1 to 10 people that are known to within fewer than five."""
    return [
        (cell, float(seen.low[n]), float(seen.high[n]))
        for cell, n in seen.number.items()
        if not published[n]
        and seen.high[n] - seen.low[n] < WIDTH - 1e-6
        and seen.high[n] > 0.5
        and seen.low[n] < LEAST - 0.5
        and cell[3]
    ]


def main(
    folder: Annotated[Path, typer.Argument(exists=True)],
    only: Annotated[str | None, typer.Option(help="A cohort; by default all.")] = None,
    year: Annotated[str | None, typer.Option(help="Its year; by default all.")] = None,
    knows: Annotated[str, typer.Option(help="A region that the attacker knows.")] = "",
    truth: Annotated[Path | None, typer.Option(help="Warehouse with its numbers.")] = None,
) -> None:
    """Attack a public folder, and print what gives way."""
    console, found = Console(width=140), 0
    with duckdb.connect(str(folder / "public.duckdb"), read_only=True) as connection:
        blocks = connection.execute(
            "select cohort, cohort_year, attribution from public_vintage order by all"
        ).fetchall()
        for name in blocks:
            if (only and name[0] != only) or (year and name[1] != year):
                continue
            started = time.process_time()
            seen = known(connection, name)
            if truth is not None:
                learn(seen, connection, truth, name, knows)
            published = seen.low == seen.high
            turns = seen.propagate()
            if (seen.low > seen.high + 1e-6).any():
                console.print(f"{name}: numbers contradict each other")
                found += 1
            open_ = int((~published).sum())
            here = leaks(seen, published)
            found += len(here)
            spent = time.process_time() - started
            console.print(f"{' '.join(name)}: {open_:,} unknown, {len(seen.sums):,} sums, "
                          f"{turns} turns, {spent:.1f} CPU s, {len(here)} leaks")  # fmt: skip
            for cell, low, high in here[:10]:
                console.print(f"  {cell}: {low:.0f} to {high:.0f}")
    raise typer.Exit(code=bool(found))


if __name__ == "__main__":
    typer.run(main)
