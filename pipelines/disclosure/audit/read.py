"""The files of a public folder as an attacker reads them.

Lives here: tables to counts, cells and areas. Does not: solving them (`bounds`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from scipy import sparse

# A kind of groups by two attributes, and the kinds that its codes add up to, in the code's order.
CROSSED = {"race_gender": ("race_ethnicity", "gender")}
ALL, STATEWIDE = "all", "statewide"
UNKNOWN = ""  # Code of who has none of a group, which is never published.

METRIC = "metric_id || '@' || definition_version"
BLOCK = "cohort, cohort_year, attribution"
BlockName = tuple[str, str, str]  # cohort, year, attribution
Cell = tuple[str, str, str]  # group, region, code


@dataclass
class PublicCount:
    """A count of people as it is published.

    Attributes:
        shown: Numbers by cell; a cell that is not listed in a published cut holds nobody.
        hidden: Cells that are listed without a number.
        unasked: Of them those that are not published by design, and that nobody asks about.
        bounds: The least and greatest number of hidden cells of which these are public.
        uncovered: Cells that a metric shows without its denominator.
        within: Ids of counts that have all of its people.
        of: Id of the denominator that it is a numerator of, or None.
    """

    count_id: str
    shown: dict[Cell, int] = field(default_factory=dict)
    hidden: set[Cell] = field(default_factory=set)
    unasked: set[Cell] = field(default_factory=set)
    bounds: dict[Cell, tuple[int, int]] = field(default_factory=dict)
    uncovered: set[Cell] = field(default_factory=set)
    within: set[str] = field(default_factory=set)
    of: str | None = None


@dataclass
class PublicCut:
    """A kind of groups over the regions for which it is public.

    Attributes:
        regions: Ids of regions.
        codes: Codes of groups, `UNKNOWN` among them where not everybody has one.
        areas: Regions of each area: places that no region tells apart.
    """

    regions: list[str]
    codes: list[str]
    areas: list[frozenset[str]]

    @cached_property
    def member(self) -> Any:
        """Regions by areas: 1 where the area is within the region."""
        rows = [[region in area for area in self.areas] for region in self.regions]
        return sparse.csr_array(np.array(rows, dtype=float).reshape(len(rows), len(self.areas)))

    @cached_property
    def rests(self) -> list[tuple[int, int]]:
        """Pairs of regions, the second directly within the first."""
        inside = self.member.toarray() > 0
        size = inside.sum(axis=1)
        within = (inside.astype(int) @ inside.T.astype(int) == size[:, None]) & (
            size[:, None] < size
        )
        within[size == 0] = False
        return [
            (int(outer), int(inner))
            for inner, outer in np.argwhere(within)
            if not (within[inner] & within[:, outer]).any()
        ]


@dataclass
class PublicBlock:
    """What is published of a cohort and year.

    Attributes:
        name: Cohort, year and attribution.
        counts: By id.
        cuts: By kind of groups.
    """

    name: BlockName
    counts: dict[str, PublicCount]
    cuts: dict[str, PublicCut]


def read(
    folder: Path, only: Collection[BlockName] | None = None, also: Collection[str] = ()
) -> Iterator[PublicBlock]:
    """Yield the blocks of a public folder, or some of them, from its Parquet files.

    Args:
        folder: With `parquet/`.
        only: Blocks; by default all.
        also: Region schemes that are no cut, with whose regions the blocks come all the same.
    """
    with duckdb.connect() as connection:
        files = _Files(connection, folder)
        for block, groups in files.schemes.items():
            if only is not None and block not in only:
                continue
            values, at = files.values(block), files.places[files.vintages[block]]
            codes = defaultdict[str, set[str]](set)
            for _, group, _, code, *_ in values:
                codes[group].add(code)
            regional = any(of != {STATEWIDE} for of, _ in groups.values())
            more = {g: set(also if regional and g not in CROSSED else ()) for g in groups}
            cuts = {g: _cut(of | more[g], known, at, codes[g]) for g, (of, known) in groups.items()}
            counts = _counts(values, files.uses, files.within, cuts)
            scheme_of = {r: scheme for of in at.values() for scheme, r in of.items()}
            for count in counts.values():
                _add_unlisted(count, cuts, scheme_of, files.listed[block], also)
            yield PublicBlock(block, counts, cuts)


class _Files:
    """The tables of a public folder that say what its numbers are.

    Attributes:
        uses: Of each metric the cohort, and the counts of its numerator and denominator.
        within: Of each count those that have all of its people.
        schemes: Of each block and group the region schemes, and whether everybody has a code.
        listed: Of each block the counts, groups and schemes that are published together.
        vintages: Of each block.
        places: Of each vintage the region of each place and scheme.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self._connection, self._folder = connection, folder
        definitions = self._rows(
            "metric_definition", f"{METRIC}, cohort, numerator_id, denominator_id"
        )
        self.uses = {name: used for name, *used in definitions}
        self.within = defaultdict[str, set[str]](set)
        for part, whole in self._rows("metric_relation", "part, whole", "relation = 'subset'"):
            self.within[part].add(whole)
        self.schemes = defaultdict[BlockName, dict[str, tuple[set[str], bool]]](dict)
        self.listed = defaultdict[BlockName, set[tuple[str, str, str]]](set)
        columns = f"{BLOCK}, student_group, region_scheme, is_everybody_known, {METRIC}"
        for *cut, group, scheme, known, of in self._rows("cut", columns):
            self.schemes[tuple(cut)].setdefault(group, (set(), known))[0].add(scheme)
            for count_id in self.uses[of][1:]:
                self.listed[tuple(cut)].add((count_id, group, scheme))
        vintages = self._rows("public_vintage", f"{BLOCK}, vintage")
        self.vintages = {tuple(name): vintage for *name, vintage in vintages}
        self.places = defaultdict[str, dict[str, dict[str, str]]](lambda: defaultdict(dict))
        columns = "vintage, place_id, region_scheme, region_id"
        for vintage, place, scheme, region in self._rows("place_region", columns):
            self.places[vintage][place][scheme] = region

    def _rows(self, table: str, columns: str, where: str = "true") -> list[tuple]:
        path = str(self._folder / "parquet" / f"{table}.parquet")
        query = f"select distinct {columns} from read_parquet(?) where {where} order by all"
        return self._connection.execute(query, [path]).fetchall()

    def values(self, block: BlockName) -> list[tuple]:
        """Return the rates of a block: metric, cell, numbers, and bounds."""
        metrics = ", ".join(repr(m) for m, used in self.uses.items() if used[0] == block[0])
        return self._rows(
            "metric_value",
            f"{METRIC}, student_group, region_id, student_group_value, numerator, denominator, "
            "value_at_least, value_at_most",
            f"cohort_year = '{block[1]}' and attribution = '{block[2]}' "
            f"and unit = 'rate' and {METRIC} in ({metrics})",
        )


def _add_unlisted(
    count: PublicCount,
    cuts: dict[str, PublicCut],
    scheme_of: dict[str, str],
    listed: set[tuple[str, str, str]],
    also: Collection[str],
) -> None:
    """Add cells of regions or groups for which a count is not published to its hidden ones."""
    schemes = set(scheme_of.values())
    for group, cut in cuts.items():
        is_public = any((count.count_id, group, scheme) in listed for scheme in schemes)
        for region in cut.regions:
            scheme = scheme_of[region]
            if (count.count_id, group, scheme) not in listed:
                cells = {(group, region, code) for code in cut.codes}
                count.hidden |= cells
                count.unasked |= set() if is_public and scheme in also else cells


def _cut(
    schemes: set[str], everybody_known: bool, places: dict[str, dict[str, str]], codes: set[str]
) -> PublicCut:
    areas = {frozenset(r for s, r in of.items() if s in schemes) for of in places.values()}
    return PublicCut(
        sorted({region for area in areas for region in area}),
        sorted(codes) + ([] if everybody_known else [UNKNOWN]),
        sorted(areas - {frozenset()}, key=sorted),
    )


def _counts(
    listed: list[tuple],
    uses: dict[str, list[str]],
    within: dict[str, set[str]],
    cuts: dict[str, PublicCut],
) -> dict[str, PublicCount]:
    counts: dict[str, PublicCount] = {}

    def put(count_id: str, cell: Cell, people: int | None) -> None:
        count = counts.setdefault(count_id, PublicCount(count_id))
        if people is None:
            count.hidden.add(cell)
        else:
            count.shown[cell] = people

    for metric, group, region, code, numerator, denominator, least, most in listed:
        _, numerator_id, denominator_id = uses[metric]
        put(denominator_id, (group, region, code), denominator)
        put(numerator_id, (group, region, code), numerator)
        if least is not None:
            bounds = round(least * denominator), round(most * denominator)
            counts[numerator_id].bounds[group, region, code] = bounds
        if numerator is not None and denominator is None:
            counts[numerator_id].uncovered.add((group, region, code))
        if numerator_id != denominator_id:
            counts[numerator_id].of = denominator_id
    for count in counts.values():
        # A cell that one metric shows is known, whatever another hides.
        count.hidden -= count.shown.keys()
        count.hidden |= {
            (group, region, UNKNOWN)
            for group, cut in cuts.items()
            if UNKNOWN in cut.codes
            for region in cut.regions
        }
        count.within = {whole for whole in within[count.count_id] if whole in counts}
    return counts
