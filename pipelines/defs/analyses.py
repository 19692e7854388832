"""Assets `study/*`: made when somebody asks, never by the nightly refresh.

Lives here: wrapping `pipelines.linkage_review`. Does not: any metric or estimate.
"""

import dagster as dg

from pipelines.defs.linkage import CROSSWALK_KEY
from pipelines.linkage_review import clerical_review, sensitivity
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


@dg.asset(
    key=["study", "linkage_review"],
    deps=[CROSSWALK_KEY],
    group_name="study",
    description="Grain: one measure and stratum of labelled pairs. Precision and recall as pairs "
    "labelled by hand tell them. The next release shows it in quality.linkage_review.",
    kinds={"polars", "parquet"},
)
def linkage_review() -> dg.MaterializeResult:
    """Read the labels of the newest sample and keep what they tell."""
    try:
        report = clerical_review.write_report(Settings())
    except clerical_review.CannotReview as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return dg.MaterializeResult(metadata={"dagster/row_count": report.height})


STUDIES = [linkage_sensitivity, linkage_review]
