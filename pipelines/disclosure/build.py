"""A public release from a release: chosen, written, attacked, in place if nothing was found.

Lives here: the order of the work over all cohorts and years. Does not: any step of it.
"""

import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.disclosure.amounts import earnings_rows
from pipelines.disclosure.audit.findings import MINUS, audit
from pipelines.disclosure.audit.report import Finding, Report
from pipelines.disclosure.blocks import Block, BlockName, CountCell, Pattern, shown_cells
from pipelines.disclosure.choice.chosen import fingerprint, load, save
from pipelines.disclosure.choice.selection import choose
from pipelines.disclosure.choice.withheld import hide_regions, is_shown, withhold
from pipelines.disclosure.counts import read_blocks
from pipelines.disclosure.manifest import ALL, PublicManifest, read_manifest
from pipelines.disclosure.members import moved
from pipelines.disclosure.policy import POLICY, DisclosurePolicy
from pipelines.disclosure.tables import metrics, package
from pipelines.disclosure.tables.derived import derived
from pipelines.disclosure.tables.initiatives import initiative_people
from pipelines.disclosure.vintages import Published
from pipelines.home.files import PARTIAL

# Times that something is withheld of what the audit objects to; the last time all of it is.
REPAIRS = 6
# What a warehouse's connection may take: with the programs of a cohort less than 3 GB.
MEMORY: dict[str, Any] = {"memory_limit": "2GB"}


@dataclass
class Decided:
    """A block with what is hidden of it."""

    block: Block
    pattern: Pattern


@dataclass(frozen=True)
class Publication:
    """What is published, from what, and where.

    Attributes:
        warehouse: The file of a release.
        folder: Where the public files go; replaced if nothing was found, and left alone otherwise.
        vintage: Name of this publication.
        before: What was published before: its blocks stay as they are.
        chosen: Where decisions are kept until they are published.
        reasons: Why blocks of it that are not in `before` any more are corrected.
        earlier: The warehouses of which they were published, as far as the home has their releases.
    """

    warehouse: Path
    folder: Path
    vintage: str
    before: Published
    chosen: Path
    reasons: dict[BlockName, str] = field(default_factory=dict)
    earlier: dict[BlockName, Path] = field(default_factory=dict)


def build(
    what: Publication,
    log: Callable[[str], object],
    processes: int = 2,
    policy: DisclosurePolicy = POLICY,
    manifest: PublicManifest | None = None,
) -> Report:
    """Write the public release of a warehouse.

    Args:
        what: From what, and where.
        log: Takes a line of progress.
        processes: Cohorts that are worked on at the same time.
        policy: What is hidden.
        manifest: What may be public; by default the project's.

    Returns:
        What the audit did; it has no finding if the files are in place.
    """
    manifest = manifest or read_manifest()
    partial = what.folder.with_name(f"{what.folder.name}{PARTIAL}")
    with duckdb.connect(str(what.warehouse), read_only=True, config=MEMORY) as connection:
        decided = decide(connection, what, manifest, policy, processes)
        programs = sum(d.pattern.programs for d in decided)
        log(f"public: {len(decided)} cohorts and years are new, {programs} programs chose cells")
        names, done = {d.block.name for d in decided}, dict[BlockName, Report]()
        report = Report()
        for turn in range(REPAIRS + 1):
            shutil.rmtree(partial, ignore_errors=True)
            _write(connection, manifest, decided, partial, what, policy)
            before = what.before.folder if what.before.corrected else None
            report = audit(
                partial,
                *(policy.least_people, policy.width, processes),
                *(names, before, manifest.protected),
                done=done,
            )
            # Blocks of which nothing was withheld are as they were.
            for name in done.keys() - names:
                report.add(done[name])
            done |= report.blocks
            log(f"public: audit of {report.cells} numbers has {len(report.findings)} findings")
            if report.passed or not (names := _repair(decided, report, turn)):
                break
    if report.passed:
        package.seal(partial, report.as_record())
        shutil.rmtree(what.folder, ignore_errors=True)
        partial.rename(what.folder)
        shutil.rmtree(what.chosen, ignore_errors=True)
    return report


def decide(
    connection: duckdb.DuckDBPyConnection,
    what: Publication,
    manifest: PublicManifest,
    policy: DisclosurePolicy,
    processes: int,
    only: str | None = None,
) -> list[Decided]:
    """Decide what is hidden of the new blocks of all cohorts or one; known decisions are read.

    The years of a cohort are decided in their order: what is shown of one is dearer to hide in the
    next.
    """
    old = what.before.corrected
    blocks = [
        replace(block, before=old.get(block.name))
        for block in read_blocks(
            connection, manifest, policy.regional_least, what.before.blocks, only
        )
    ]
    for place, block in enumerate(blocks):
        if block.name in what.earlier:
            with duckdb.connect(str(what.earlier[block.name]), read_only=True) as earlier:
                blocks[place] = replace(block, moved=moved(connection, earlier, block))
    years = dict[tuple[str, str], list[Block]]()
    for block in blocks:
        years.setdefault((block.cohort, block.attribution), []).append(block)
    last = {name: what.before.shown_last.get(name, frozenset()) for name in years}
    tasks = [(of, policy, what.chosen, last[name]) for name, of in years.items()]
    if processes == 1:
        return [each for task in tasks for each in _decide_years(*task)]
    with ProcessPoolExecutor(processes, get_context("forkserver")) as pool:
        jobs = [pool.submit(_decide_years, *task) for task in tasks]
        return [each for job in jobs for each in job.result()]


def _decide_years(
    blocks: list[Block], policy: DisclosurePolicy, chosen: Path, last: frozenset[CountCell]
) -> list[Decided]:
    decided = list[Decided]()
    for block in (replace(block, shown_last=last) for block in blocks):
        path, key = chosen / f"{'.'.join(block.name)}.npz", fingerprint(block, policy)
        pattern = load(path, key)
        if pattern is None:
            pattern = choose(block, policy)
            save(path, pattern, key)
        decided.append(Decided(block, pattern))
        last = shown_cells(block, pattern)
    return decided


def _write(
    connection: duckdb.DuckDBPyConnection,
    manifest: PublicManifest,
    decided: list[Decided],
    folder: Path,
    what: Publication,
    policy: DisclosurePolicy,
) -> None:
    blocks = [d.block for d in decided]
    pattern = [metrics.pattern_rows(d.block, d.pattern, policy) for d in decided]
    values = metrics.metric_values(connection, pattern, what.vintage)
    definitions = metrics.definition_rows(blocks, manifest)
    values = pl.concat([values, earnings_rows(connection, manifest, values, policy)])
    rows = metrics.tables(
        connection,
        values,
        metrics.cut_rows(blocks),
        definitions,
        what.vintage,
        manifest.protected,
    )
    rows["metric_relation"] = metrics.relation_rows(blocks, manifest.earnings)
    rows["public_vintage"] = metrics.vintage_rows(blocks, values, what.vintage, what.reasons)
    rows = what.before.with_new(rows, manifest)
    rows |= derived(connection, rows["metric_value"], manifest)
    if "initiative_people" in manifest.tables:
        rows["initiative_people"] = initiative_people(connection, policy)
    facts: dict[str, Any] = {
        "vintage": what.vintage,
        "policy": policy.model_dump(),
        "manifest_sha256": manifest.sha256,
        "programs": sum(d.pattern.programs for d in decided),
        "solver": f"HiGHS {version('highspy')}",
        "vintages_before": sorted(what.before.vintages),
        "withheld": sorted(
            f"{' '.join(d.block.name)}: {count} by {group} of {scheme}"
            for d in decided
            for count, group, scheme in d.pattern.withheld
        ),
    }
    package.write_files(folder, manifest, rows, facts)


def _repair(decided: list[Decided], report: Report, turn: int) -> set[BlockName]:
    """Withhold what the audit objects to; return the blocks of which something was left.

    First a count's group in the region of the number, or all groups where that is hidden, and the
    bounds with them; then for that kind of regions, and all larger kinds; at last all of the count,
    and the whole cohort and year, so that there is an end.
    """
    by_name: dict[BlockName, Decided] = {d.block.name: d for d in decided}
    changed = set[BlockName]()
    findings = [finding for finding in report.findings if finding.block in by_name]
    groups = {f: _to_hide(by_name[f.block], f) for f in findings} if turn < REPAIRS - 4 else {}
    for finding in findings:
        of = by_name[finding.block]
        before, (group, region, _) = len(of.pattern.withheld), finding.cell
        if turn >= REPAIRS - 1:
            for count_id in of.block.counts:
                withhold(of.block, of.pattern, count_id, ALL)
        elif group not in of.block.cuts or turn >= REPAIRS - 2:
            withhold(of.block, of.pattern, finding.count_id, ALL)
        elif (name := groups.get(finding)) is not None:
            regions = region.split(MINUS)
            hide_regions(of.block, of.pattern, finding.count_id, name, regions)
            changed.add(finding.block)
        else:
            schemes, scheme = of.block.cuts[group].schemes, region.split(":")[0]
            kinds = sorted({*schemes}, key=lambda kind: (-schemes.count(kind), kind))
            # What is attacked and in no cut, as an amount's place of work, has no larger kind.
            last = kinds.index(scheme) + 1 if scheme in kinds else len(kinds)
            last = last if turn < REPAIRS - 3 else len(kinds)
            withhold(of.block, of.pattern, finding.count_id, group, kinds[:last])
        if len(of.pattern.withheld) > before:
            changed.add(finding.block)
    return changed


def _to_hide(of: Decided, finding: Finding) -> str | None:
    """Return the groups to hide in the regions of a number: its own or all, if any is shown."""
    group, region, _ = finding.cell
    at = of.block, of.pattern, finding.count_id
    both = [name for name in (group, ALL) if name in of.block.cuts]
    return next((name for name in both if is_shown(*at, name, region.split(MINUS))), None)
