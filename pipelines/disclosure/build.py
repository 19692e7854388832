"""A public release from a release: chosen, written, attacked, and in place only if nothing was found.

Lives here: the order of the work over all cohorts and years. Does not: any step of it.
"""

import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.disclosure import write
from pipelines.disclosure.audit.findings import Report, audit
from pipelines.disclosure.counts import Block, read_block
from pipelines.disclosure.manifest import PublicManifest, read_manifest
from pipelines.disclosure.policy import POLICY, DisclosurePolicy
from pipelines.disclosure.selection import Pattern, choose, withhold
from pipelines.home.files import PARTIAL

REPAIRS = 3
COMPLETE = """
    select definition.cohort, value.cohort_year, value.attribution, list(value.metric order by value.metric)
    from (
        select distinct metric_id || '@' || definition_version as metric, metric_id,
            definition_version, cohort_year, attribution
        from metrics.metric_value
        where
            region_id = 'statewide:California' and dimension = 'all' and student_group = 'all'
            and is_complete and attribution in ('high_school', 'college')
            and metric_id || '@' || definition_version in (select unnest($1))
    ) as value
    inner join metrics.metric_definition as definition using (metric_id, definition_version)
    group by all
    order by all
"""


@dataclass
class Decided:
    """A block with what is hidden of it."""

    block: Block
    pattern: Pattern


def build(
    warehouse: Path,
    folder: Path,
    vintage: str,
    log: Callable[[str], None],
    processes: int = 2,
    policy: DisclosurePolicy = POLICY,
) -> Report:
    """Write the public release of a warehouse.

    Args:
        warehouse: The file of a release.
        folder: Where the public files go; replaced if nothing was found, and left alone otherwise.
        vintage: Name of this publication.
        log: Takes a line of progress.
        processes: Cohorts that are worked on at the same time.
        policy: What is hidden.

    Returns:
        What the audit did; it has no finding if the files are in place.
    """
    manifest = read_manifest()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        blocks = _blocks(connection, manifest)
        log(f"public: {len(blocks)} cohorts and years are complete")
        decided = _choose_all(blocks, policy, processes)
        log(f"public: {sum(d.pattern.programs for d in decided)} programs chose what is hidden")
        partial = folder.with_name(f"{folder.name}{PARTIAL}")
        report = Report()
        for _ in range(REPAIRS + 1):
            shutil.rmtree(partial, ignore_errors=True)
            _write(connection, manifest, decided, partial, vintage, policy)
            report = audit(partial, policy.least_people, policy.width, processes)
            log(f"public: audit of {report.cells} cells found {len(report.findings)}")
            if report.passed or not _repair(decided, report):
                break
    if not report.passed:
        return report
    write.seal(partial, report.as_record())
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return report


def _blocks(connection: duckdb.DuckDBPyConnection, manifest: PublicManifest) -> list[Block]:
    metrics = {m.key: cohort for cohort, listed in manifest.metrics.items() for m in listed}
    found = connection.execute(COMPLETE, [list(metrics)]).fetchall()
    return [
        read_block(
            connection,
            manifest,
            cohort,
            year,
            attribution,
            [m for m in metrics if m in complete and metrics[m] == cohort],
        )
        for cohort, year, attribution, complete in found
    ]


def _choose_all(blocks: list[Block], policy: DisclosurePolicy, processes: int) -> list[Decided]:
    if processes == 1:
        return [Decided(block, choose(block, policy)) for block in blocks]
    with ProcessPoolExecutor(processes) as pool:
        jobs = [pool.submit(choose, block, policy) for block in blocks]
        return [Decided(b, job.result()) for b, job in zip(blocks, jobs, strict=True)]


def _write(
    connection: duckdb.DuckDBPyConnection,
    manifest: PublicManifest,
    decided: list[Decided],
    folder: Path,
    vintage: str,
    policy: DisclosurePolicy,
) -> None:
    rows = pl.concat([write.pattern_rows(d.block, d.pattern) for d in decided])
    values = write.metric_values(connection, rows, vintage)
    relations = [
        (count.count_id, whole)
        for d in decided
        for count in d.block.counts.values()
        for whole in count.within
    ]
    definitions = {
        (*metric.split("@"), d.block.cohort, *used)
        for d in decided
        for metric, used in d.block.uses.items()
    }
    names = ["metric_id", "definition_version", "cohort", "numerator_id", "denominator_id"]
    public = write.tables(
        connection,
        manifest,
        values,
        pl.DataFrame(sorted(definitions), names, orient="row"),
        pl.DataFrame(relations, ["part", "whole"], orient="row"),
    )
    facts: dict[str, Any] = {
        "vintage": vintage,
        "policy": policy.model_dump(),
        "manifest_sha256": manifest.sha256,
        "programs": sum(d.pattern.programs for d in decided),
        "withheld": sorted(
            f"{d.block.cohort} {d.block.cohort_year}: {count} by {group}"
            for d in decided
            for count, group in d.pattern.withheld
        ),
    }
    write.write_files(folder, public, facts)


def _repair(decided: list[Decided], report: Report) -> bool:
    """Withhold what the audit objects to; return whether anything was left to withhold."""
    by_name = {(d.block.cohort, d.block.cohort_year): d for d in decided}
    changed = False
    for finding in report.findings:
        found = by_name[finding.block]
        groups = [finding.cell[0]] if finding.cell[0] else list(found.block.cuts)
        for group in groups:
            if (finding.count_id, group) not in found.pattern.withheld:
                withhold(found.block, found.pattern, finding.count_id, group)
                changed = True
    return changed
