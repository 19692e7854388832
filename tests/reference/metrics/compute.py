"""Every metric's cells, in the columns of `metrics.metric_value`.

Of `metrics.metric_definition` this reads the facts (statistic, feeds and months of completeness,
what places a member), never the SQL.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tests.reference.base.people import certain_people, ever_in_ccap, ever_served, person_groups
from tests.reference.base.sources import read_sources
from tests.reference.metrics import college, earnings, high_school, journey
from tests.reference.metrics.cells import PLACES, Spread, cells_of
from tests.reference.metrics.rules import college as of_college
from tests.reference.metrics.rules import earnings as of_earnings
from tests.reference.metrics.rules import high_school as of_high_school
from tests.reference.metrics.rules import journey as of_journey

RULES = {
    name: rule
    for family in (of_high_school, of_college, of_earnings, of_journey)
    for name, rule in family.RULES.items()
}
COHORTS = {
    name: cohort
    for family in (high_school, college, earnings, journey)
    for name, cohort in family.COHORTS.items()
}

#: What of a definition the reference is told.
FACTS = [
    "metric_id",
    "definition_version",
    "statistic",
    "is_favorable",
    "cohort_basis",
    "attributions",
    "outcome_feed",
    "follow_up_months",
    "confirming_feed",
    "confirming_months",
    "lookback_years",
]


def compute(
    home: Path, definitions: pl.DataFrame, only_the_state: bool = False
) -> Iterator[pl.DataFrame]:
    """Yield what metric_value must hold for a data home, metric by metric.

    Args:
        home: Data home with `accepted/` and `identity/person_crosswalk.parquet`.
        definitions: The `FACTS` of every metric. Those without a rule here are passed over.
        only_the_state: Leave out every region but the state and every group but all.
    """
    src = read_sources(home)
    regions, groups = src.place_regions, person_groups(src)
    if only_the_state:
        regions = regions.filter(pl.col("region_scheme") == "statewide")
        groups = groups.filter(pl.col("student_group") == "all")
    certain = certain_people(src)["person_id"].implode()
    dimensions = pl.concat([ever_in_ccap(src), ever_served(src)])
    by_cohort = defaultdict(list)
    for definition in definitions.select(FACTS).to_dicts():
        rule = RULES.get((definition["metric_id"], definition["definition_version"]))
        if rule:
            by_cohort[rule.cohort].append((definition, rule))
    for cohort, metrics in by_cohort.items():
        members = COHORTS[cohort](src)
        members = (
            pl.concat([members, seen_through(members, dimensions)])
            .with_columns(is_exact_match=pl.col("person_id").is_in(certain))
            .with_row_index("row")
        )
        spreads: dict[str, Spread] = {}
        for definition, rule in metrics:
            judged = rule.judged(members)
            for basis in definition["attributions"]:
                place = PLACES[basis]
                if place not in spreads:
                    spreads[place] = Spread(members, place, groups, regions)
                yield cells_of(definition, judged, spreads[place], basis, src)


def seen_through(members: pl.DataFrame, dimension: pl.DataFrame) -> pl.DataFrame:
    """Return everybody of a cohort again, under a dimension that is the person's in any of them."""
    everybody = members.filter(pl.col("dimension") == "all").drop("dimension", "dimension_value")
    return everybody.join(dimension, on="person_id").select(members.columns)
