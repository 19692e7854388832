"""Assets `analyses/*`: materialised on demand, never by the nightly refresh.

Lives here: wrapping `pipelines.linkage_review.analyses`. Does not: any metric or estimate.
"""

import dagster as dg

from pipelines.defs.linkage import CROSSWALK_KEY
from pipelines.defs.runtime import fail_on_user_error
from pipelines.linkage_review import analyses
from pipelines.linkage_review.analysis import Analysis
from pipelines.settings import Settings


def _asset(analysis: Analysis) -> dg.AssetsDefinition:
    @dg.asset(
        key=["analyses", analysis.name],
        deps=[CROSSWALK_KEY],
        group_name="04_analyses",
        description=f"{analysis.description} The next release shows it in quality.{analysis.name}.",
        kinds=set(analysis.kinds),
    )
    def run(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with fail_on_user_error():
            rows = analysis.run(Settings(), context.log.info)
        return dg.MaterializeResult(metadata={"dagster/row_count": rows.height})

    return run


ANALYSES = [_asset(analysis) for analysis in analyses.ANALYSES]
