"""Exact counts of one cohort and year, as the choice of hidden cells needs them.

Lives here: reading a release's `metric_value` into arrays by place and student group, with what is
within what. Does not: what is hidden (`selection`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.disclosure.manifest import ALL, CROSSED, STATEWIDE, PublicManifest

Counts = NDArray[np.int64]
# Holds for everybody where no dimension is chosen, and only such cells are public.
ALWAYS = {"dimension <> 'pathway_sector'"}
VALUES = """
    select
        value.metric_id || '@' || value.definition_version as metric,
        value.region_id,
        value.student_group,
        value.student_group_value,
        value.denominator,
        value.numerator
    from metrics.metric_value as value
    where
        value.metric_id || '@' || value.definition_version in (select unnest($metrics))
        and value.cohort_year = $cohort_year
        and value.attribution = $attribution
        and value.dimension = 'all'
        and value.student_group in (select unnest($groups))
"""


@dataclass(frozen=True)
class Cut:
    """A kind of student groups over the regions for which it is public.

    Attributes:
        group: The kind, such as gender; `all` for totals.
        codes: Its groups.
        regions: Ids of its regions.
        schemes: The scheme of each region.
        member: Regions by areas: 1 where the area is within the region. An area is the places that
            no region of the cut tells apart.
        rests: Pairs of regions, the second directly within the first.
    """

    group: str
    codes: tuple[str, ...]
    regions: tuple[str, ...]
    schemes: tuple[str, ...]
    member: sparse.csr_array
    rests: tuple[tuple[int, int], ...]

    def cells(self, counts: Counts) -> Counts:
        """Return counts by region and code from counts by area and code."""
        return self.member @ counts


@dataclass
class Count:
    """A number of people that some metrics share: a denominator, a numerator or both.

    Attributes:
        count_id: The first use of it, as metric@version:part.
        conditions: Conditions of the definitions that its people meet.
        within: Ids of the counts that have all of its people.
        of: Id of the denominator that it is a numerator of, or None.
        by_area: For each group, counts by area and code.
    """

    count_id: str
    conditions: frozenset[str]
    within: list[str] = field(default_factory=list)
    of: str | None = None
    by_area: dict[str, Counts] = field(default_factory=dict)


@dataclass(frozen=True)
class Block:
    """The counts of a cohort and year that are decided together.

    Attributes:
        counts: By id, each after those it is within.
        uses: For each metric, the ids of its numerator and denominator.
    """

    cohort: str
    cohort_year: str
    attribution: str
    cuts: dict[str, Cut]
    counts: dict[str, Count]
    uses: dict[str, tuple[str, str]]

    @cached_property
    def ancestors(self) -> dict[str, list[str]]:
        """For each count, the counts that it is within, directly or not."""
        found: dict[str, list[str]] = {}
        for count in self.counts.values():
            above = [count_id for near in count.within for count_id in (near, *found[near])]
            found[count.count_id] = list(dict.fromkeys(above))
        return found


def _conditions(*sql: str | None) -> frozenset[str]:
    parts = (part for text in sql if text for part in re.split(r" and (?![^(]*\))", text))
    return frozenset(part.strip() for part in parts) - ALWAYS


def _implied(conditions: frozenset[str], implies: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return conditions with all that they imply."""
    pairs = list(implies)
    while True:
        more = conditions | {then for when, then in pairs if when in conditions}
        if more == conditions:
            return conditions
        conditions = more


def _count_names(
    manifest: PublicManifest, cohort: str, definitions: dict[str, tuple[str | None, ...]]
) -> tuple[dict[str, Count], dict[str, tuple[str, str]]]:
    """Return the counts of a cohort's metrics, wider ones first, and those that each metric uses."""
    by_conditions: dict[frozenset[str], Count] = {}
    uses: dict[str, tuple[str, str]] = {}
    for metric, (denominator, statistic, numerator) in definitions.items():
        of = _conditions(denominator, statistic)
        parts = {"denominator": of, "numerator": of | _conditions(numerator)}
        for part, conditions in parts.items():
            by_conditions.setdefault(conditions, Count(f"{metric}:{part}", conditions))
        counted = by_conditions[parts["numerator"]]
        if parts["numerator"] != of:
            counted.of = by_conditions[of].count_id
        uses[metric] = (counted.count_id, by_conditions[of].count_id)
    whole = {c: _implied(c, manifest.implies.get(cohort, ())) for c in by_conditions}
    ordered = sorted(by_conditions, key=lambda c: (len(whole[c]), by_conditions[c].count_id))
    for conditions in ordered:
        above = [c for c in ordered if c != conditions and whole[c] <= whole[conditions]]
        nearest = [c for c in above if not any(whole[c] < whole[other] for other in above)]
        by_conditions[conditions].within = [by_conditions[c].count_id for c in nearest]
    return {by_conditions[c].count_id: by_conditions[c] for c in ordered}, uses


def _cut(
    group: str,
    codes: Iterable[str],
    places: dict[str, dict[str, str]],
    schemes: tuple[str, ...],
) -> tuple[Cut, dict[str, int]]:
    """Return a cut over places, given each place's region by scheme, and the area of each place."""
    schemes_of = {
        region: scheme
        for of_place in places.values()
        for scheme, region in of_place.items()
        if scheme in schemes
    }
    signature = {
        place: frozenset(of_place.values()).intersection(schemes_of)
        for place, of_place in places.items()
    }
    areas = {regions: i for i, regions in enumerate(sorted(set(signature.values()), key=sorted))}
    regions = sorted(schemes_of, key=lambda region: (schemes.index(schemes_of[region]), region))
    member = np.array([[region in area for area in areas] for region in regions], dtype=np.int64)
    cut = Cut(
        group,
        tuple(codes),
        tuple(regions),
        tuple(schemes_of[region] for region in regions),
        sparse.csr_array(member),
        tuple(_rests(member)),
    )
    return cut, {place: areas[regions] for place, regions in signature.items()}


def _rests(member: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return pairs of regions, the second directly within the first."""
    size = member.sum(axis=1)
    common = member @ member.T
    within = (common == size[:, None]) & (size[:, None] < size[None, :])  # row within column
    return [
        (int(outer), int(inner))
        for inner, outer in np.argwhere(within)
        if not (within[inner] & within[:, outer]).any()
    ]


class UnevenCounts(Exception):
    """Counts of places do not add up to those of a region."""


def read_block(
    connection: duckdb.DuckDBPyConnection,
    manifest: PublicManifest,
    cohort: str,
    cohort_year: str,
    attribution: str,
    metrics: list[str],
) -> Block:
    """Return the counts of a cohort and year, from the warehouse of a release.

    Args:
        connection: On the warehouse.
        manifest: What may be public.
        cohort: Whose.
        cohort_year: Which.
        attribution: Where outcomes are attributed: high_school or college.
        metrics: Metrics as id@version, of the manifest and complete.

    Raises:
        UnevenCounts: Places do not add up to regions, or a part is larger than its whole.
    """
    definitions = connection.execute(
        """
        select metric_id || '@' || definition_version, denominator_sql, statistic_sql, numerator_sql
        from metrics.metric_definition
        where metric_id || '@' || definition_version in (select unnest($1)) and cohort = $2
        """,
        [metrics, cohort],
    ).fetchall()
    by_metric = {name: tuple(sql) for name, *sql in definitions}
    counts, uses = _count_names(manifest, cohort, {m: by_metric[m] for m in metrics})
    groups = [g for g in manifest.groups if manifest.schemes(attribution, g)]
    places = _places(connection, attribution)
    values = connection.execute(
        VALUES,
        {
            "metrics": metrics,
            "cohort_year": cohort_year,
            "attribution": attribution,
            "groups": groups,
        },
    ).fetchall()
    cells = _cells(values, uses)
    places = {place: regions for place, regions in places.items() if regions["institution"] in cells[ALL]}
    cuts = {
        group: _fill(manifest, attribution, group, places, cells, counts)
        for group in groups
        if cells.get(group)
    }
    return Block(cohort, cohort_year, attribution, cuts, counts, uses)


def _places(
    connection: duckdb.DuckDBPyConnection, attribution: str
) -> dict[str, dict[str, str]]:
    """Return the region of each scheme for each place."""
    places: dict[str, dict[str, str]] = {}
    for place, scheme, region in connection.execute(
        "select place_id, region_scheme, region_id from marts.brg_place_region"
    ).fetchall():
        places.setdefault(place, {})[scheme] = region
    return {place: regions for place, regions in places.items() if "institution" in regions}


Cells = dict[str, dict[str, dict[str, dict[str, int]]]]  # group, region, code, count id


def _cells(values: Iterable[tuple], uses: dict[str, tuple[str, str]]) -> Cells:
    cells: Cells = {ALL: {}}
    for metric, region, group, code, denominator, numerator in values:
        at = cells.setdefault(group, {}).setdefault(region, {}).setdefault(code, {})
        numerator_id, denominator_id = uses[metric]
        at[numerator_id] = numerator
        at[denominator_id] = denominator
    return cells


def _fill(
    manifest: PublicManifest,
    attribution: str,
    group: str,
    places: dict[str, dict[str, str]],
    cells: Cells,
    counts: dict[str, Count],
) -> Cut:
    """Return the cut of a group, and give each count its numbers by area."""
    schemes = manifest.schemes(attribution, group)
    codes = sorted({code for by_code in cells[group].values() for code in by_code})
    cut, area_of = _cut(group, codes, places, schemes)
    # Crossed groups are not counted by place; their regions do not overlap.
    finest = schemes[-1] if group in CROSSED else "institution"
    units = {regions[finest]: area_of[place] for place, regions in places.items()}
    for count in counts.values():
        by_area = np.zeros((cut.member.shape[1], len(codes)), dtype=np.int64)
        for region, area in units.items():
            for column, code in enumerate(codes):
                by_area[area, column] += cells[group].get(region, {}).get(code, {}).get(count.count_id, 0)
        count.by_area[group] = by_area
        stated = [
            [cells[group].get(r, {}).get(c, {}).get(count.count_id, 0) for c in codes]
            for r in cut.regions
        ]
        uneven = (cut.cells(by_area) != np.array(stated).reshape(cut.member.shape[0], -1)).any()
        larger = any((by_area > counts[w].by_area[group]).any() for w in count.within)
        if uneven or larger:
            raise UnevenCounts(
                f"{count.count_id} by {group}: "
                + ("places do not add up to regions" if uneven else "more people than it is within")
            )
    return cut


__all__ = ["STATEWIDE", "Block", "Count", "Cut", "UnevenCounts", "read_block"]
