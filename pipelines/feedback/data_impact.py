"""What the quality of a delivery does to its submitter's numbers, counted from the delivery itself.

Lives here: counting a feed's impacts. Does not: what they are (`schemas.feeds`, in the vocabulary
of `schemas.data_impact`), how a report looks.
"""

import polars as pl

from schemas import Feed
from schemas.data_impact import BROKEN, REJECTED, DataImpact

_KEY = ("period", "submitter")


def impacts_of(feed: Feed) -> tuple[DataImpact, ...]:
    """Return the impacts whose columns this feed has; an encoded one may lack some."""
    return tuple(impact for impact in feed.impacts if impact.columns <= set(feed.dtypes))


def count_impacts(delivered: pl.DataFrame, quarantined: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Return for each file what it does to its submitter's numbers.

    Args:
        delivered: All rows of one or more files, as text.
        quarantined: Those of them that were rejected, with `_reasons`.
        feed: Their feed.

    Returns:
        ``period, submitter`` and for each impact ``<name>`` and ``<name>__of``.
    """
    key = [*_KEY, "row_number"]
    marks = quarantined.select(*key, pl.col("_reasons").alias(BROKEN))
    marked = delivered.join(marks, on=key, how="left").with_columns(
        pl.col(BROKEN).is_not_null().alias(REJECTED), pl.col(BROKEN).fill_null([])
    )
    return marked.group_by(_KEY, maintain_order=True).agg(
        expression.alias(name)
        for impact in impacts_of(feed)
        for name, expression in (
            (impact.name, impact.measure.count),
            (f"{impact.name}__of", impact.measure.of),
        )
    )
