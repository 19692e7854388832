"""Assets `analyses/*`: materialised on demand, never by the nightly refresh.

Lives here: wrapping `pipelines.linkage_review`. Does not: any metric or estimate.
"""

import dagster as dg

from pipelines.defs.linkage import CROSSWALK_KEY
from pipelines.defs.runtime import fail_on_user_error
from pipelines.linkage_review import clerical_review, sensitivity
from pipelines.settings import Settings


@dg.asset(
    key=["analyses", "linkage_sensitivity"],
    deps=[CROSSWALK_KEY],
    group_name="04_analyses",
    description="Grain: one metric, complete cohort and least match score. Headline metrics had "
    "weaker links not been made. The next release shows it in quality.linkage_sensitivity.",
    kinds={"dbt", "parquet"},
)
def linkage_sensitivity(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Build the metrics under each least match score and store their headline values."""
    with fail_on_user_error():
        rows = sensitivity.run(Settings(), context.log.info)
    return dg.MaterializeResult(metadata={"dagster/row_count": rows.height})


@dg.asset(
    key=["analyses", "linkage_review"],
    deps=[CROSSWALK_KEY],
    group_name="04_analyses",
    description="Grain: one measure and stratum of labelled pairs. Precision and recall estimated "
    "from pairs labelled by hand. The next release shows it in quality.linkage_review.",
    kinds={"polars", "parquet"},
)
def linkage_review() -> dg.MaterializeResult:
    """Read the labels of the newest sample and store the estimates."""
    with fail_on_user_error():
        report = clerical_review.write_report(Settings())
    return dg.MaterializeResult(metadata={"dagster/row_count": report.height})


ANALYSES = [linkage_sensitivity, linkage_review]
