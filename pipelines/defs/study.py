"""Asset `study/linkage_sensitivity`: tried when somebody asks, never by the nightly refresh.

Lives here: wrapping `pipelines.sensitivity`. Does not: any metric.
"""

import dagster as dg

from pipelines import sensitivity
from pipelines.defs.link import CROSSWALK_KEY
from pipelines.settings import Settings


@dg.asset(
    key=["study", "linkage_sensitivity"],
    deps=[CROSSWALK_KEY],
    group_name="study",
    description="Grain: one metric, complete cohort and least match score. Headline metrics had "
    "weaker links not been made. The next release shows it in quality.linkage_sensitivity.",
    kinds={"dbt", "parquet"},
)
def linkage_sensitivity(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Build the metrics under each least match score and keep their headline values."""
    found = sensitivity.run(Settings(), context.log.info)
    return dg.MaterializeResult(metadata={"dagster/row_count": found.height})
