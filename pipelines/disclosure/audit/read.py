"""The files of a public folder as an attacker reads them.

Lives here: tables to systems of unknowns. Does not: solving them (`bounds`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

# A kind of groups by two attributes, and the kinds that its codes add up to, in the code's order.
CROSSED = {"race_gender": ("race_ethnicity", "gender")}
ALL = "all"

Cell = tuple[str, str, str]  # group, region, code


@dataclass
class PublicCount:
    """A count of people as it is published.

    Attributes:
        shown: Numbers by cell; a cell that is not listed in a published cut holds nobody.
        hidden: Cells that are listed without a number.
        within: Ids of counts that have all of its people.
        is_numerator: Whether it is a numerator, of which zero and everybody are secrets, too.
    """

    count_id: str
    shown: dict[Cell, int] = field(default_factory=dict)
    hidden: set[Cell] = field(default_factory=set)
    within: set[str] = field(default_factory=set)
    of: str | None = None


@dataclass
class PublicBlock:
    """What is published of a cohort and year.

    Attributes:
        regions: For each kind of groups, the regions for which it is published.
        codes: For each kind of groups, its codes.
        places: For each place, its regions.
    """

    name: tuple[str, str]
    counts: dict[str, PublicCount]
    regions: dict[str, set[str]]
    codes: dict[str, list[str]]
    places: dict[str, frozenset[str]]


def read(folder: Path) -> Iterator[PublicBlock]:
    """Yield the blocks of a public folder, from its Parquet files."""
    with duckdb.connect() as connection:

        def rows(table: str, columns: str) -> list[tuple]:
            path = str(folder / "parquet" / f"{table}.parquet")
            return connection.execute(
                f"select {columns} from read_parquet(?) order by all", [path]
            ).fetchall()

        uses = {
            metric: (cohort, numerator, denominator)
            for metric, cohort, numerator, denominator in rows(
                "metric_definition",
                "metric_id || '@' || definition_version, cohort, numerator_id, denominator_id",
            )
        }
        within = defaultdict[str, set[str]](set)
        for part, whole in rows("metric_relation", "part, whole"):
            within[part].add(whole)
        schemes = defaultdict[tuple[str, str], set[str]](set)
        for attribution, group, scheme in rows("cut", "attribution, student_group, region_scheme"):
            schemes[attribution, group].add(scheme)
        regions_of = defaultdict[str, dict[str, str]](dict)
        for place, scheme, region in rows("place_region", "place_id, region_scheme, region_id"):
            regions_of[place][scheme] = region
        values = defaultdict[tuple[str, str, str], list[tuple]](list)
        for metric, year, attribution, *cell in rows(
            "metric_value",
            "metric_id || '@' || definition_version, cohort_year, attribution, student_group, "
            "region_id, student_group_value, numerator, denominator",
        ):
            values[uses[metric][0], year, attribution].append((metric, *cell))
    for (cohort, year, attribution), listed in values.items():
        groups = sorted({group for _, group, *_ in listed})
        yield PublicBlock(
            (cohort, year),
            _counts(listed, uses, within),
            {
                g: {
                    region
                    for of_place in regions_of.values()
                    for scheme, region in of_place.items()
                    if scheme in schemes[attribution, g]
                }
                for g in groups
            },
            {g: sorted({code for _, group, _, code, *_ in listed if group == g}) for g in groups},
            {place: frozenset(of.values()) for place, of in regions_of.items()},
        )


def _counts(
    listed: list[tuple],
    uses: dict[str, tuple[str, str, str]],
    within: dict[str, set[str]],
) -> dict[str, PublicCount]:
    counts: dict[str, PublicCount] = {}

    def put(count_id: str, cell: Cell, people: int | None) -> None:
        count = counts.setdefault(count_id, PublicCount(count_id))
        if people is None:
            count.hidden.add(cell)
        else:
            count.shown[cell] = people

    for metric, group, region, code, numerator, denominator in listed:
        _, numerator_id, denominator_id = uses[metric]
        put(denominator_id, (group, region, code), denominator)
        put(numerator_id, (group, region, code), numerator)
        if numerator_id != denominator_id:
            counts[numerator_id].of = denominator_id
    for count in counts.values():
        # A cell that one metric shows is known, whatever another hides.
        count.hidden -= count.shown.keys()
        count.within = {w for w in within[count.count_id] if w in counts}
    return counts
