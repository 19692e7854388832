"""`python -m benchmarks.public HOME`: the public release of a large state, beside a state's rule.

For each new cohort and year of a home's release: seconds, programs and memory to choose cells, what
is shown by cut, and what the written rule of a state (CalHHS, *Data De-Identification Guidelines*,
2016) would show of the same cells at its fixpoint: 1 to 10 people are hidden; where one cell alone
of a sum that is shown is hidden, its smallest other part is, too. Nothing is written to the home:
decisions go to `--chosen`, so that a second run goes on where the first one stopped.
"""

import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import duckdb
import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from pipelines.disclosure.blocks import (
    Block,
    Count,
    CountCell,
    Cut,
    Mask,
    Pattern,
    shown_cells,
)
from pipelines.disclosure.choice.chosen import fingerprint, load, save
from pipelines.disclosure.choice.selection import choose
from pipelines.disclosure.counts import read_blocks
from pipelines.disclosure.manifest import ALL, UNKNOWN, read_manifest
from pipelines.disclosure.policy import POLICY

Line = NDArray[np.int64]  # numbers of cells that add up to another one
WHO = ("state rule", "LP")


def lines(cut: Cut) -> Iterator[tuple[int, Line]]:
    """Yield regions with the regions of one kind that deal them out among themselves."""
    member = cut.member.toarray().astype(bool)
    schemes = np.array(cut.schemes)
    for whole, areas in enumerate(member):
        for scheme in dict.fromkeys(cut.schemes):
            parts = np.flatnonzero((schemes == scheme) & ~(member & ~areas).any(axis=1))
            parts = parts[parts != whole]
            if len(parts) > 1 and (member[parts].sum(axis=0) == areas).all():
                yield whole, parts


def state_rule(block: Block, count: Count) -> dict[str, Mask]:
    """Return what the rule hides of a count, by group, region and code."""
    hidden: dict[str, Mask] = {}
    for group, cut in block.cuts.items():
        people = cut.cells(count.by_area[group])
        now = (people > 0) & (people < POLICY.least_people)
        now[:, [code == UNKNOWN for code in cut.codes]] = True
        codes = np.arange(len(cut.codes))
        totals = _totals(block, hidden, group)
        dealt = [*lines(cut)]
        before = -1
        while before != (before := int(now.sum())):
            for region in np.flatnonzero(~totals) if group != ALL else ():
                _hide_second(now[region], people[region], codes)
            for whole, parts in dealt:
                for code in np.flatnonzero(~now[whole]):
                    _hide_second(now[:, code], people[:, code], parts)
        hidden[group] = now
    return hidden


def _totals(block: Block, hidden: dict[str, Mask], group: str) -> Mask:
    """Return whose total of a group is hidden, by region."""
    regions = block.cuts[group].regions
    if group == ALL:
        return np.zeros(len(regions), dtype=bool)
    return hidden[ALL][[block.cuts[ALL].regions.index(r) for r in regions], 0]


def _hide_second(hidden: Mask, people: Line, parts: Line) -> None:
    """Hide the smallest other part of a sum of which one part alone is hidden."""
    if hidden[parts].sum() == 1:
        others = parts[~hidden[parts] & (people[parts] > 0)]
        if len(others):
            hidden[others[np.argmin(people[others])]] = True


def tally(block: Block, pattern: Pattern, sums: dict[tuple[str, str], NDArray[np.int64]]) -> None:
    """Add a block's cells to sums by kind of region and groups.

    Columns: cells and people of denominators; cells and people of those that the rule shows, and
    that we show; people of ours with a rate; cells with a rate, and with bounds in its place.
    """
    rule = {used[1]: state_rule(block, block.counts[used[1]]) for used in block.uses.values()}
    for metric, (numerator, denominator) in block.uses.items():
        for group, cut in block.cuts.items():
            people = cut.cells(block.counts[denominator].by_area[group])
            ours = pattern.hidden[denominator][group]
            rates = pattern.hidden[numerator][group] | ours
            for scheme in dict.fromkeys(cut.schemes):
                at = (people > 0) & (np.array(cut.schemes) == scheme)[:, None]
                at[:, [code == UNKNOWN for code in cut.codes]] = False
                if scheme not in block.listed[metric].get(group, ()):
                    continue
                kinds = [at, at & ~rule[denominator][group], at & ~ours, at & ~rates]
                row = [n for kind in kinds for n in (kind.sum(), people[kind].sum())]
                sums[scheme, group] += np.array(row)


def table(sums: dict[tuple[str, str], NDArray[np.int64]]) -> Table:
    """Return the comparison by cut, and of all cuts."""
    shown = (f"{what}, {who}" for what in ("shown", "people") for who in WHO)
    made = Table("cut", "cells", *shown, "rates", "people with a rate")
    rows = {f"{scheme} x {group}": row for (scheme, group), row in sorted(sums.items())}
    for scheme in dict.fromkeys(scheme for scheme, _ in sums):
        rows[f"{scheme}, all groups"] = np.sum([r for (s, _), r in sums.items() if s == scheme], 0)
    rows["all"] = np.sum([*sums.values()], axis=0)
    for name, (cells, of, rule, rule_of, ours, ours_of, rates, rates_of) in rows.items():
        shares = (f"{n / of:.1%}" for n in (rule_of, ours_of))
        made.add_row(name, f"{cells:,}", f"{rule:,}", f"{ours:,}", *shares, f"{rates:,}",
                     f"{rates_of / of:.1%}")  # fmt: skip
    return made


def main(
    home: Annotated[Path, typer.Argument(exists=True)],
    chosen: Annotated[Path, typer.Option(help="Where decisions are kept.")],
    cohort: Annotated[str | None, typer.Option(help="One cohort; by default all.")] = None,
    minutes: Annotated[float, typer.Option(help="Begin no block after so many.")] = 14,
) -> None:
    """Choose cells of a home's release, and compare them with the rule."""
    started = time.perf_counter()
    console = Console(width=140)
    last = dict[tuple[str, str], frozenset[CountCell]]()
    sums = defaultdict[tuple[str, str], NDArray[np.int64]](lambda: np.zeros(8, dtype=np.int64))
    path = home / "releases" / "current" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set threads = 1")
        for block in read_blocks(connection, read_manifest(), POLICY.regional_least, only=cohort):
            name = block.cohort, block.attribution
            block = replace(block, shown_last=last.get(name, frozenset()))
            file, key = chosen / f"{'.'.join(block.name)}.npz", fingerprint(block, POLICY)
            if (pattern := load(file, key)) is None:
                if time.perf_counter() - started > 60 * minutes:
                    continue
                cpu = time.process_time()
                pattern = choose(block, POLICY)
                save(file, pattern, key)
                took = f"{time.process_time() - cpu:.1f} CPU s, {pattern.programs} programs"
                console.print(
                    f"{' '.join(block.name)}: {took}, {sorted(pattern.withheld)} withheld"
                )
            last[name] = shown_cells(block, pattern)
            tally(block, pattern, sums)
    console.print(table(sums))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"{time.perf_counter() - started:.0f} s, {most:,.0f} MB at most")


if __name__ == "__main__":
    typer.run(main)
