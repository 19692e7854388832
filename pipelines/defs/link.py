"""Assets `quality/ledger` and `identity/person_crosswalk`: the gate's last word, then who is who.

Lives here: wrapping `pipelines.ledger` and `pipelines.linkage`. Does not: any matching rule.
"""

import dagster as dg

from pipelines import ledger
from pipelines.defs.accept import findings, may_be_released
from pipelines.linkage import refresh_crosswalk
from pipelines.settings import Settings
from pipelines.validation import write_schema
from schemas import FEEDS

LEDGER_KEY = dg.AssetKey(["quality", "ledger"])
CROSSWALK_KEY = dg.AssetKey(["identity", "person_crosswalk"])


@dg.asset(
    key=LEDGER_KEY,
    deps=[dg.AssetKey(["accepted", name]) for name in FEEDS],
    group_name="quality",
    description="Grain: one delivered file content. What was delivered, accepted and quarantined, "
    "and whether each feed may be released: one blocking check a feed, so that nothing downstream "
    "is built on a feed that failed the gate in an earlier run.",
    kinds={"polars", "parquet"},
    check_specs=[
        dg.AssetCheckSpec(
            f"{name}_may_be_released",
            asset=LEDGER_KEY,
            blocking=True,
            description=f"The gate's last finding on {name}. See docs/operations.md.",
        )
        for name in FEEDS
    ],
)
def quality_ledger() -> dg.MaterializeResult:
    """Find for every feed whether its accepted rows may be released."""
    settings = Settings()
    ledger.write_schemas(settings.ledger)
    for feed in FEEDS.values():
        write_schema(settings, feed)
    records = ledger.deliveries(settings.ledger)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": records.height},
        check_results=[
            may_be_released(LEDGER_KEY, f"{finding.feed}_may_be_released", finding)
            for finding in findings(settings)
        ],
    )


@dg.asset(
    key=CROSSWALK_KEY,
    deps=[LEDGER_KEY, *(dg.AssetKey(["accepted", n]) for n, f in FEEDS.items() if f.person_key)],
    group_name="identity",
    description="Grain: one person as one feed knows them. The person across agencies, the "
    "evidence, and a person id that stays the same from run to run.",
    kinds={"polars", "parquet"},
)
def person_crosswalk(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Link all identities and write the crosswalk."""
    crosswalk = refresh_crosswalk(Settings())
    methods = crosswalk["match_method"].value_counts(sort=True).rows()
    people = crosswalk["person_id"].n_unique()
    context.log.info(f"linkage: {crosswalk.height:,} keys are {people:,} people")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": crosswalk.height,
            "people": people,
            **{f"keys_by_{method}": count for method, count in methods},
        }
    )


LINKAGE = [quality_ledger, person_crosswalk]
