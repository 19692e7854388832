"""The public release of a data home: what was published before, what is new, where it goes.

Lives here: folders of the data home and their order. Does not: building (`build`), the audit.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from pipelines.disclosure.audit.findings import audit
from pipelines.disclosure.audit.report import Report
from pipelines.disclosure.blocks import BlockName
from pipelines.disclosure.build import Publication, build, decide
from pipelines.disclosure.manifest import read_manifest
from pipelines.disclosure.policy import POLICY
from pipelines.disclosure.tables.contents import contents_findings
from pipelines.disclosure.vintages import BLOCK, read_published
from pipelines.errors import UserError
from pipelines.settings import PUBLIC, WAREHOUSE, Settings


class NothingToPublish(UserError):
    """There is no release to publish from."""


def current_folder(settings: Settings) -> Path:
    """Return where the public files of the current release are, or will be."""
    return (settings.releases / "current").resolve() / PUBLIC


def published(settings: Settings) -> list[Path]:
    """Return all publications, oldest first."""
    return sorted(p for p in settings.public.glob("*") if p.is_dir() and "." not in p.name)


def publish(
    settings: Settings,
    log: Callable[[str], object],
    processes: int = 2,
    correct: tuple[str, str] | None = None,
    reason: str = "",
) -> Report:
    """Publish what is complete and new, and put all that is public beside the current release.

    Args:
        settings: The installation.
        log: Takes a line of progress.
        processes: Cohorts that are worked on at the same time.
        correct: A cohort and year whose published numbers are replaced.
        reason: Why.

    Returns:
        The audit; with a finding, nothing was published.

    Raises:
        NothingToPublish: There is no release, or no such numbers to correct.
    """
    what = _next(settings, correct, reason)
    report = build(what, log, processes)
    if report.passed:
        shutil.copytree(what.folder, current_folder(settings), dirs_exist_ok=True)
    return report


def decide_cohort(settings: Settings, cohort: str) -> dict[str, int]:
    """Decide what is hidden of the new years of a cohort, and keep that for the publication.

    Returns:
        For each year that is decided, how many programs chose its cells.

    Raises:
        NothingToPublish: There is no release.
    """
    what = _next(settings)
    with duckdb.connect(str(what.warehouse), read_only=True) as connection:
        decided = decide(connection, what, read_manifest(), POLICY, 1, cohort)
    return {d.block.cohort_year: d.pattern.programs for d in decided}


def _next(
    settings: Settings, correct: tuple[str, str] | None = None, reason: str = ""
) -> Publication:
    """Return what the current release would publish, after what was published before it."""
    warehouse = current_folder(settings).with_name(WAREHOUSE)
    if not warehouse.exists():
        raise NothingToPublish("There is no release yet. Run: pathways refresh")
    vintage = warehouse.parent.name
    before = [p for p in published(settings) if p.name != vintage]
    last, folder = read_published(before[-1] if before else None), settings.public / vintage
    reasons = _corrected(folder)
    if correct is not None:
        corrected = [name for name in last.blocks if name[:2] == correct]
        if not corrected:
            raise NothingToPublish(f"{' '.join(correct)} was not published before this release.")
        reasons |= dict.fromkeys(corrected, reason)
    earlier = dict[BlockName, Path]()
    if reasons:
        for *name, of in last.rows["public_vintage"].select(*BLOCK, "vintage").iter_rows():
            path = settings.releases / of / WAREHOUSE
            if tuple(name) in reasons and path.exists():
                earlier[tuple(name)] = path
        last = read_published(before[-1], frozenset(reasons))
    chosen = settings.public / f"{vintage}.chosen"
    return Publication(warehouse, folder, vintage, last, chosen, reasons, earlier)


def _corrected(folder: Path) -> dict[BlockName, str]:
    """Return the blocks that a publication of the same release corrected already, and why."""
    path = folder / "parquet" / "public_vintage.parquet"
    if not path.exists():
        return {}
    rows = pl.read_parquet(path).filter(pl.col("reason").is_not_null(), vintage=folder.name)
    return {tuple(name): why for *name, why in rows.select(*BLOCK, "reason").iter_rows()}


def shown_by_cut(folder: Path) -> pl.DataFrame:
    """Return how many cells a public folder lists and shows, by kind of region and groups."""
    cuts = pl.read_parquet(folder / "parquet" / "cut.parquet")
    counted = ["cells", "denominators_shown", "rates_shown", "cells_withheld"]
    by = ["region_scheme", "student_group"]
    return cuts.group_by(by).agg(pl.col(counted).sum()).sort(by)


def contents(folder: Path) -> list[str]:
    """Return a sentence for each thing in a public folder that the manifest does not list."""
    return contents_findings(folder, read_manifest())


def attack(folder: Path, processes: int = 2, before: Path | None = None) -> Report:
    """Return what can be worked out from a public folder, and from an earlier one beside it."""
    also = read_manifest().protected
    return audit(folder, POLICY.least_people, POLICY.width, processes, before=before, also=also)
