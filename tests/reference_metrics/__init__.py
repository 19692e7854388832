"""A second implementation of every metric, written from the definitions and not from the SQL.

It reads the accepted feeds, the person crosswalk and the seed tables, and computes in polars what
the warehouse publishes in `metrics.metric_value` and `metrics.metric_equity`. Two people reading
the same definition and arriving at the same numbers is the test; so nothing here may be copied
from, or call, the dbt project, and the pipeline never imports this package.
"""

from pathlib import Path

import polars as pl

from .cells import cells_of
from .definitions import METRICS
from .equity import equity_of
from .people import certain_people, person_groups
from .populations import members
from .sources import read_sources

__all__ = ["compute"]


def compute(home: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what metric_value and metric_equity must hold for a data home.

    Args:
        home: Data home with `accepted/` and `identity/person_crosswalk.parquet`.

    Returns:
        The metric cells and the equity rows, in no particular order.
    """
    src = read_sources(home)
    groups = person_groups(src)
    certain = certain_people(src)
    metrics = {(m.metric_id, m.definition_version): m for m in METRICS}
    values = pl.concat(
        cells_of(metrics[metric_id, version], frame, groups, certain, src)
        for metric_id, version, frame in members(src)
    )
    rates = [m.metric_id for m in METRICS if m.statistic == "rate"]
    return values, equity_of(values.filter(pl.col("metric_id").is_in(rates)))
