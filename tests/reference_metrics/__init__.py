"""A second implementation of every metric, written from the definitions and not from the SQL.

It reads the accepted feeds, the person crosswalk and the seed tables, and computes in polars what
the warehouse publishes in `metrics.metric_value` and `metrics.metric_equity`, and in the tables
beside them (`flow`, `gaps`, `funding`, `leadership`). Two people reading the same definition and
arriving at the same numbers is the test; so nothing here may be copied from, or call, the dbt
project, and the pipeline never imports this package. Of `metrics.metric_definition` it reads the
facts (statistic, feeds and months of completeness, what places a member), never the SQL.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from . import college, earnings, high_school, journey
from .cells import PLACES, Spread, cells_of
from .people import certain_people, ever_in_ccap, ever_served, person_groups
from .sources import read_sources

__all__ = ["FACTS", "compute"]

FAMILIES = (high_school, college, earnings, journey)
RULES = {name: rule for family in FAMILIES for name, rule in family.RULES.items()}
POPULATIONS = {name: p for family in FAMILIES for name, p in family.POPULATIONS.items()}

#: What of a definition the reference is told.
FACTS = [
    "metric_id",
    "definition_version",
    "statistic",
    "is_favorable",
    "cohort_basis",
    "region_bases",
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
        groups = groups.filter(pl.col("group_type") == "all")
    certain = certain_people(src)["person_id"].implode()
    lenses = pl.concat([ever_in_ccap(src), ever_served(src)])
    by_population = defaultdict(list)
    for definition in definitions.select(FACTS).to_dicts():
        rule = RULES.get((definition["metric_id"], definition["definition_version"]))
        if rule:
            by_population[rule.population].append((definition, rule))
    for population, metrics in by_population.items():
        members = POPULATIONS[population](src)
        members = (
            pl.concat([members, seen_through(members, lenses)])
            .with_columns(is_certain=pl.col("person_id").is_in(certain))
            .with_row_index("row")
        )
        spreads: dict[str, Spread] = {}
        for definition, rule in metrics:
            judged = rule.judged(members)
            for basis in definition["region_bases"]:
                place = PLACES[basis]
                if place not in spreads:
                    spreads[place] = Spread(members, place, groups, regions)
                yield cells_of(definition, judged, spreads[place], basis, src)


def seen_through(members: pl.DataFrame, lens: pl.DataFrame) -> pl.DataFrame:
    """Return everybody of a population again, under a lens that is the person's in any of them."""
    everybody = members.filter(pl.col("lens_type") == "all").drop("lens_type", "lens_code")
    return everybody.join(lens, on="person_id").select(members.columns)
