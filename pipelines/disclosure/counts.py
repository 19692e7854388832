"""Exact counts of one cohort and year, as the choice of hidden cells needs them.

Lives here: reading a release's `metric_value` into arrays by place and student group, with what is
within what. Does not: what is hidden (`selection`).
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

import duckdb
import numpy as np
from scipy import sparse

from pipelines.disclosure.blocks import Block, BlockName, Count, Cut, rests
from pipelines.disclosure.manifest import (
    ALL,
    CROSSED,
    STATE,
    STATEWIDE,
    UNKNOWN,
    ManifestError,
    PublicManifest,
)

Places = dict[str, dict[str, str]]  # region by place and scheme
Cells = dict[str, dict[str, dict[str, dict[str, int]]]]  # group, region, code, count id
# Holds for everybody where no dimension is chosen, and only such cells are public.
_SIZE = (
    "statewide", "macroregion", "county", "microregion", "consortium", "district", "institution",
).index  # fmt: skip
ALWAYS = {"dimension <> 'pathway_sector'", "true"}
COMPLETE = """
    select distinct
        value.cohort_year,
        value.attribution,
        value.metric_id || '@' || value.definition_version as metric
    from metrics.metric_value as value
    where
        metric in (select unnest($metrics))
        and value.region_id = $state
        and value.dimension = 'all'
        and value.student_group = 'all'
        and value.is_complete
    order by all
"""
# Metrics are written out: only then are the others of a whole state not counted first.
VALUES = """
    select
        value.cohort_year,
        value.attribution,
        value.metric_id || '@' || value.definition_version as metric,
        value.region_id,
        value.student_group,
        value.student_group_value,
        value.denominator,
        value.numerator
    from metrics.metric_value as value
    where
        (value.metric_id, value.definition_version) in ({metrics})
        and value.dimension = 'all'
        and value.student_group in ({groups})
"""
DEFINITIONS = """
    select
        metric_id || '@' || definition_version as metric,
        denominator_sql,
        statistic_sql,
        numerator_sql
    from metrics.metric_definition
    where metric in (select unnest($metrics))
"""


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
    manifest: PublicManifest,
    cohort: str,
    definitions: dict[str, tuple[str | None, ...]],
    complete: set[str],
) -> tuple[dict[str, Count], dict[str, tuple[str, str]]]:
    """Return the counts of a cohort's complete metrics, wider ones first, and those of each metric.

    A count has the name of the first metric of the manifest that uses it, complete or not: names
    are the same in every year.
    """
    by_conditions: dict[frozenset[str], Count] = {}
    uses: dict[str, tuple[str, str]] = {}
    used = set[frozenset[str]]()
    implies = manifest.implies.get(cohort, ())
    for metric, (denominator, statistic, numerator) in definitions.items():
        of = _implied(_conditions(denominator, statistic), implies)
        counted = _implied(of | _conditions(numerator), implies)
        for part, conditions in {"denominator": of, "numerator": counted}.items():
            by_conditions.setdefault(conditions, Count(f"{metric}:{part}", conditions))
        if metric in complete:
            used |= {of, counted}
            uses[metric] = (by_conditions[counted].count_id, by_conditions[of].count_id)
            if counted != of:
                by_conditions[counted].of = by_conditions[of].count_id
    ordered = sorted(used, key=lambda c: (len(c), by_conditions[c].count_id))
    for conditions in ordered:
        above = [c for c in ordered if c < conditions]
        nearest = [c for c in above if not any(c < other for other in above)]
        by_conditions[conditions].within = [by_conditions[c].count_id for c in nearest]
    return {by_conditions[c].count_id: by_conditions[c] for c in ordered}, uses


def _cut(
    group: str,
    codes: Iterable[str],
    places: Places,
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
        tuple(rests(member)),
    )
    return cut, {place: areas[regions] for place, regions in signature.items()}


def read_blocks(
    connection: duckdb.DuckDBPyConnection,
    manifest: PublicManifest,
    regional_least: int,
    published: Container[BlockName] = (),
    only: str | None = None,
) -> Iterator[Block]:
    """Yield the counts of each cohort and year that is complete, from the warehouse of a release.

    Args:
        connection: On the warehouse.
        manifest: What may be public.
        regional_least: People of a cohort; of a smaller one the state's cells alone are public.
        published: Blocks that are left out.
        only: A cohort; by default all.

    Raises:
        ManifestError: Places do not add up to regions, or a part is larger than its whole.
    """
    places = _places(connection)
    for cohort, listed in manifest.metrics.items():
        if only not in (None, cohort):
            continue
        metrics = [metric.key for metric in listed]
        definitions = connection.execute(DEFINITIONS, {"metrics": metrics}).fetchall()
        by_metric = {name: tuple(sql) for name, *sql in definitions}
        conditions = {metric: by_metric[metric] for metric in metrics}
        complete = connection.execute(COMPLETE, {"metrics": metrics, "state": STATE}).pl()
        asked = {"metrics": literals(metrics), "groups": ", ".join(map(repr, manifest.groups))}
        values = connection.execute(VALUES.format(**asked)).pl()
        of_blocks = values.join(complete, ["cohort_year", "attribution", "metric"]).partition_by(
            "cohort_year", "attribution", as_dict=True, include_key=False
        )
        for (year, attribution), of_block in sorted(of_blocks.items()):
            if (cohort, year, attribution) in published:
                continue
            of_year = set(of_block["metric"])
            counts, uses = _count_names(manifest, cohort, conditions, of_year)
            cells = _cells(of_block.iter_rows(), uses)
            regional = max(cells[ALL][STATE][ALL].values()) >= regional_least
            near = {p: of for p, of in places.items() if of["institution"] in cells[ALL]}
            sizes = _sizes(near, cells)
            listed_of = {
                name: _listed(manifest, name, attribution, regional, sizes, _least(cells, *used))
                for name, used in uses.items()
            }
            also = frozenset(manifest.protected if regional else ())
            block = Block(cohort, year, attribution, {}, counts, uses, listed_of, also)
            _fill_cuts(block, manifest.groups, cells, near)
            yield block


def literals(metrics: Iterable[str]) -> str:
    """Return pairs of id and version in SQL, of metrics as id@version."""
    return ", ".join(repr(tuple(metric.split("@"))) for metric in metrics)


def _sizes(places: Places, cells: Cells) -> dict[str, Counter[str]]:
    """Return how many cells each scheme has, by group."""
    regions = {pair for of in places.values() for pair in of.items()}
    codes = {group: len(by_region.get(STATE, ())) for group, by_region in cells.items()}
    number = Counter(scheme for scheme, _ in regions)
    return {
        group: Counter({scheme: of * many for scheme, of in number.items()})
        for group, many in codes.items()
    }


def _least(cells: Cells, numerator: str, denominator: str) -> int:
    """Return the people of the state with an outcome or without it, whichever are fewer."""
    at = cells[ALL][STATE][ALL]
    without = at[denominator] - at[numerator]
    return at[numerator] if numerator == denominator else min(at[numerator], without)


def _listed(
    manifest: PublicManifest,
    metric: str,
    attribution: str,
    regional: bool,
    sizes: Mapping[str, Mapping[str, int]],
    people: int,
) -> dict[str, frozenset[str]]:
    """Return the schemes for which a metric is public, by group; of few people the state alone."""
    every = {
        group: manifest.schemes(metric, attribution, group, sizes.get(group, {}), people)
        for group in manifest.groups
    }
    return {
        group: frozenset(schemes if regional else {STATEWIDE})
        for group, schemes in every.items()
        if schemes
    }


def _fill_cuts(block: Block, groups: Iterable[str], cells: Cells, places: Places) -> None:
    for group in groups:
        listed = frozenset().union(*(of.get(group, ()) for of in block.listed.values()))
        if listed and cells.get(group):
            schemes = (*sorted(listed, key=_SIZE), *sorted(block.protected - listed))
            # Race by gender is public for the state alone, and its areas are those of the state.
            schemes = schemes if group not in CROSSED else tuple(listed)
            block.cuts[group] = _fill(schemes, group, places, cells, block.counts)


def _places(connection: duckdb.DuckDBPyConnection) -> Places:
    """Return the region of each scheme for each school and college."""
    places: Places = {}
    for place, scheme, region in connection.execute(
        "select place_id, region_scheme, region_id from marts.brg_place_region"
    ).fetchall():
        places.setdefault(place, {})[scheme] = region
    return {place: regions for place, regions in places.items() if "institution" in regions}


def _cells(values: Iterable[tuple], uses: dict[str, tuple[str, str]]) -> Cells:
    cells: Cells = {ALL: {}}
    for metric, region, group, code, denominator, numerator in values:
        at = cells.setdefault(group, {}).setdefault(region, {}).setdefault(code, {})
        numerator_id, denominator_id = uses[metric]
        at[numerator_id] = numerator
        at[denominator_id] = denominator
    return cells


def _fill(
    schemes: tuple[str, ...],
    group: str,
    places: Places,
    cells: Cells,
    counts: dict[str, Count],
) -> Cut:
    """Return the cut of a group, and give each count its numbers by area.

    Who has no code of the group is counted under `UNKNOWN`, which is never published: it is a
    group all the same, and totals less the others give it away. Who is at no place is in an area
    that only the state has.
    """
    codes = sorted({code for by_code in cells[group].values() for code in by_code})

    def stated(region: str, count: Count) -> list[int]:
        at = cells[group].get(region, {})
        by_code = [at.get(code, {}).get(count.count_id, 0) for code in codes]
        total = cells[ALL].get(region, {}).get(ALL, {}).get(count.count_id, 0)
        return [*by_code, total - sum(by_code)]

    unplaced = np.array([stated(STATE, count) for count in counts.values()])
    for place in places.values() if group not in CROSSED else ():
        unplaced -= np.array([stated(place["institution"], count) for count in counts.values()])
    if group not in CROSSED and unplaced.any():
        places = places | {"": {STATEWIDE: STATE, "institution": ""}}
    cut, area_of = _cut(group, [*codes, UNKNOWN], places, schemes)
    for number, count in enumerate(counts.values()):
        by_area = np.zeros((cut.member.shape[1], len(cut.codes)), dtype=np.int64)
        for place, area in area_of.items():
            if group not in CROSSED and place:
                by_area[area] += stated(places[place]["institution"], count)
        by_area[area_of.get("", 0)] += unplaced[number]
        count.by_area[group] = by_area
        regions = np.array([stated(region, count) for region in cut.regions])
        if (by_area < 0).any() or (cut.cells(by_area) != regions).any():
            raise ManifestError(f"{count.count_id} by {group}: places do not add up to regions")
        for whole in count.within:
            if (by_area > counts[whole].by_area[group]).any():
                raise ManifestError(f"{count.count_id} by {group}: more people than in {whole}")
    return _without_unknown(cut, counts) if _all_known(cut, counts) else cut


def _all_known(cut: Cut, counts: dict[str, Count]) -> bool:
    return not any(count.by_area[cut.group][:, -1].any() for count in counts.values())


def _without_unknown(cut: Cut, counts: dict[str, Count]) -> Cut:
    for count in counts.values():
        count.by_area[cut.group] = count.by_area[cut.group][:, :-1]
    return replace(cut, codes=cut.codes[:-1])
