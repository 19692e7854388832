"""Peers: places of the same kind with as many students and as large a share disadvantaged.

Lives here: the distance. Does not: what is shown of peers (`pipelines.site.pages`).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from heapq import nsmallest
from statistics import pstdev
from typing import Any

from pipelines.site.source import Source

PEERS = 4
_COHORTS = ("four_year_graduation_rate", "acgr")
# The people of a place, and the share of them who are economically disadvantaged, in all cohorts.
_SIZES = """
    select region_scheme, region_id, ln(sum(group_n)) as size,
        sum(group_n) filter (where student_group_value = 'yes') / sum(group_n) as share
    from metrics.metric_equity
    where metric_id = '{}' and definition_version = '{}' and dimension = 'all'
        and student_group = '{}' and equity_method = 'ppg1_2022'
        and list_contains({}, region_scheme)
    group by region_scheme, region_id
    order by region_scheme, region_id
"""


def nearest(source: Source, schemes: Sequence[str]) -> dict[str, list[str]]:
    """Return the places most like each, by its ninth-grade cohorts, nearest first."""
    return _nearest(
        source.records(
            _SIZES.format(
                "four_year_graduation_rate", "acgr", "economically_disadvantaged", list(schemes)
            )
        )
    )


def alike(source: Source, measure: tuple[str, str]) -> dict[str, list[str]]:
    """Return the colleges most like each, by the entrants of a measure and their college aid."""
    group = "economically_disadvantaged_by_aid"
    return _nearest(source.records(_SIZES.format(*measure, group, ["institution"])))


def _nearest(rows: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the nearest places in log of size and share, each in its standard deviations.

    So neither counts for more, and a place twice as large is as far as one half as large.
    """
    schemes: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["size"] is not None and row["share"] is not None:
            schemes.setdefault(row["region_scheme"], []).append(row)
    by_place = {}
    for places in schemes.values():
        spread = {c: pstdev(row[c] for row in places) or 1 for c in ("size", "share")}
        for one in places:
            others = [row for row in places if row is not one]
            near = nsmallest(PEERS, others, key=partial(_distance, one, spread))
            by_place[one["region_id"]] = [row["region_id"] for row in near]
    return by_place


def _distance(one: dict[str, Any], spread: Mapping[str, float], other: dict[str, Any]) -> float:
    return sum(((other[column] - one[column]) / by) ** 2 for column, by in spread.items())
