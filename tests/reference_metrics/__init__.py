"""A second implementation of every metric, written from the definitions and not from the SQL.

It reads the accepted feeds, the person crosswalk and the seed tables, and computes in polars what
the warehouse publishes in `metrics.metric_value` and `metrics.metric_equity`. Two people reading
the same definition and arriving at the same numbers is the test; so nothing here may be copied
from, or call, the dbt project, and the pipeline never imports this package. Of
`metrics.metric_definition` it reads the facts (statistic, feeds and months of completeness, what
places a member), never the SQL.
"""

from pathlib import Path

import polars as pl

from . import college, earnings, high_school
from .cells import cells_of
from .equity import equity_of
from .people import certain_people, ever_in_ccap, person_groups
from .sources import read_sources

__all__ = ["FACTS", "compute"]

RULES = high_school.RULES | college.RULES | earnings.RULES
POPULATIONS = high_school.POPULATIONS | college.POPULATIONS | earnings.POPULATIONS

#: What of a definition the reference is told.
FACTS = [
    "metric_id",
    "definition_version",
    "statistic",
    "cohort_basis",
    "region_bases",
    "outcome_feed",
    "follow_up_months",
    "confirming_feed",
    "confirming_months",
    "lookback_years",
]


def compute(home: Path, definitions: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what metric_value and metric_equity must hold for a data home.

    Args:
        home: Data home with `accepted/` and `identity/person_crosswalk.parquet`.
        definitions: The `FACTS` of every metric.

    Returns:
        The metric cells and the equity rows, in no particular order.
    """
    src = read_sources(home)
    groups, certain = person_groups(src), certain_people(src)["person_id"].implode()
    ccap = ever_in_ccap(src)
    populations: dict[str, pl.DataFrame] = {}
    cells: list[pl.DataFrame] = []
    for definition in definitions.select(FACTS).to_dicts():
        rule = RULES.get((definition["metric_id"], definition["definition_version"]))
        if rule is None:
            continue
        if rule.population not in populations:
            members = POPULATIONS[rule.population](src)
            populations[rule.population] = pl.concat(
                [members, seen_through(members, ccap)]
            ).with_columns(is_certain=pl.col("person_id").is_in(certain))
        cells += cells_of(definition, rule.judged(populations[rule.population]), groups, src)
    values = pl.concat(cells)
    rates = definitions.filter(pl.col("statistic") == "rate")["metric_id"].unique()
    return values, equity_of(values.filter(pl.col("metric_id").is_in(rates.implode())))


def seen_through(members: pl.DataFrame, lens: pl.DataFrame) -> pl.DataFrame:
    """Return everybody of a population again, under a lens that is the person's in any of them."""
    everybody = members.filter(pl.col("lens_type") == "all").drop("lens_type", "lens_code")
    return everybody.join(lens, on="person_id").select(members.columns)
