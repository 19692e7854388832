"""`python -m benchmarks.public HOME FOLDER`: the public release of a state, and a state's rule.

What is hidden of a home's release is decided anew, then all public files are written to FOLDER and
attacked: seconds, memory, findings, and by cut what is shown and why the rest is not. Beside it the
written rule of a state (CalHHS, *Data De-Identification Guidelines*, 2016) at its fixpoint: 1 to 10
people are hidden; where one cell alone of a sum that is shown is hidden, its smallest other part
is, too. Nothing is written to the home: decisions are kept in FOLDER, so that a second run goes on
where the first one stopped.
"""

import resource
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
from rich.table import Table

from pipelines.disclosure.blocks import Block, Count, Cut, Mask, Pattern
from pipelines.disclosure.build import Publication, build, decide
from pipelines.disclosure.choice.bands import public_bands
from pipelines.disclosure.choice.primary import too_small
from pipelines.disclosure.manifest import ALL, UNKNOWN, PublicManifest, read_manifest
from pipelines.disclosure.policy import POLICY
from pipelines.disclosure.vintages import NOTHING

Line = NDArray[np.int64]  # numbers of cells that add up to another one


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
    that we show; denominators too small to be shown; people with a rate; cells with a rate, and
    with bounds in its place.
    """
    for metric, (numerator, denominator) in block.uses.items():
        rule = state_rule(block, block.counts[denominator])
        for group, cut in block.cuts.items():
            count = block.counts[denominator]
            people = cut.cells(count.by_area[group])
            ours = pattern.hidden[denominator][group]
            rates = pattern.hidden[numerator][group] | ours
            small = too_small(block, count, group, POLICY.least_people)
            high = public_bands(block, block.counts[numerator], group, POLICY, pattern)[1]
            bounds = rates & (high < np.inf) & (block.counts[numerator].of == denominator)
            for scheme in dict.fromkeys(cut.schemes):
                at = (people > 0) & (np.array(cut.schemes) == scheme)[:, None]
                at[:, [code == UNKNOWN for code in cut.codes]] = False
                if scheme not in block.listed[metric].get(group, ()):
                    continue
                kinds = [at, at & ~rule[group], at & ~ours, at & small, at & ~rates, at & bounds]
                row = [n for kind in kinds for n in (kind.sum(), people[kind].sum())]
                sums[scheme, group] += np.array(row)


def table(sums: dict[tuple[str, str], NDArray[np.int64]]) -> Table:
    """Return the comparison by cut, and of all cuts."""
    made = Table(
        "cut", "cells", "hidden, rule", "hidden, small", "hidden with them", "people, rule",
        "people", "with a rate", "with a rate or bounds",
    )  # fmt: skip
    rows = {f"{scheme} x {group}": row for (scheme, group), row in sorted(sums.items())}
    for scheme in dict.fromkeys(scheme for scheme, _ in sums):
        rows[f"{scheme}, all groups"] = np.sum([r for (s, _), r in sums.items() if s == scheme], 0)
    rows["all"] = np.sum([*sums.values()], axis=0)
    for name, row in rows.items():
        (cells, of), rule, ours, (small, _), (_, rates), (_, bounds) = row.reshape(-1, 2).tolist()
        numbers = cells, cells - rule[0], small, cells - ours[0] - small
        shares = rule[1], ours[1], rates, rates + bounds
        made.add_row(name, *(f"{n:,}" for n in numbers), *(f"{n / of:.1%}" for n in shares))
    return made


def _of_release(connection: duckdb.DuckDBPyConnection) -> PublicManifest:
    """Return the manifest without metrics and tables that an older release does not have."""
    manifest = read_manifest()
    names = "select metric_id || '@' || definition_version from metrics.metric_definition"
    there = {name for (name,) in connection.execute(names).fetchall()}
    tables = "select schema_name || '.' || table_name from duckdb_tables()"
    sources = {name for (name,) in connection.execute(tables).fetchall()}
    metrics = {
        cohort: tuple(metric for metric in listed if metric.key in there)
        for cohort, listed in manifest.metrics.items()
    }
    listed = {n: t for n, t in manifest.tables.items() if t.source in {None, *sources}}
    return manifest.model_copy(update={"metrics": metrics, "tables": listed})


def main(
    home: Annotated[Path, typer.Argument(exists=True)],
    folder: Annotated[Path, typer.Argument(help="For decisions and public files.")],
    cohort: Annotated[str | None, typer.Option(help="One cohort; by default all.")] = None,
) -> None:
    """Publish a home's release into a folder, and compare what is shown with the rule."""
    console = Console(width=150)
    sums = defaultdict[tuple[str, str], NDArray[np.int64]](lambda: np.zeros(12, dtype=np.int64))
    path = home / "releases" / "current" / "warehouse.duckdb"
    what = Publication(path, folder / "public", "benchmark", NOTHING, folder / "chosen")

    def took(what: str, started: float) -> None:
        who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        most = max(resource.getrusage(of).ru_maxrss for of in who) / 1024
        cpu = sum(resource.getrusage(of).ru_utime for of in who)
        seconds = time.perf_counter() - started
        console.print(f"{what}: {seconds:.0f} s, {cpu:.0f} CPU s so far, {most:,.0f} MB at most")

    with duckdb.connect(str(path), read_only=True) as connection:
        manifest = _of_release(connection)
        if cohort is not None:
            of_cohort = {"metrics": {cohort: manifest.metrics[cohort]}}
            amounts = tuple(
                a for a in manifest.earnings if a.count in {m.key for m in manifest.metrics[cohort]}
            )
            manifest = manifest.model_copy(update=of_cohort | {"earnings": amounts})
        started = time.perf_counter()
        decided = decide(connection, what, manifest, POLICY, 2)
        took("selection", started)
    for each in decided:
        tally(each.block, each.pattern, sums)
    withheld = sum(len(each.pattern.withheld) for each in decided)
    programs = sum(each.pattern.programs for each in decided)
    console.print(f"{len(decided)} cohorts and years, {programs:,} programs, {withheld} withheld")
    console.print(table(sums))
    started = time.perf_counter()
    report = build(what, console.print, 2, POLICY, manifest)
    took("files and audit", started)
    record = report.as_record()
    console.print({name: of for name, of in record.items() if name != "findings"})
    console.print(record["findings"][:20])


if __name__ == "__main__":
    typer.run(main)
