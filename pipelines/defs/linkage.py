"""Assets `ledger/*`, `voice/*` and `identity/*`: the gate's last word, then who is who.

Lives here: wrapping `pipelines.intake.ledger`, `pipelines.site.voice` and `pipelines.linkage`. Does
not: any matching rule.
"""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from pipelines.checks.release_gate import decide_all
from pipelines.defs.checks import check_inputs, docs_link
from pipelines.defs.columns import column_lineage, column_schema
from pipelines.defs.intake import MAY_BE_RELEASED, may_be_released
from pipelines.defs.runtime import writing_step
from pipelines.intake import ledger
from pipelines.intake.accept import write_schema
from pipelines.linkage.person_ids import CHANGE, CROSSWALK
from pipelines.linkage.quality import QUALITY
from pipelines.linkage.run import decisions, refresh_crosswalk
from pipelines.linkage.store import Store
from pipelines.linkage_review import pictures
from pipelines.linkage_review.analyses import ANALYSES
from pipelines.release.column_lineage import Lineage
from pipelines.settings import Settings
from pipelines.site.voice import store
from schemas import FEEDS
from schemas.ledger import (
    DeliveryRecord,
    LinkQuality,
    PersonChange,
    ReasonRecord,
    descriptions,
)
from schemas.person_crosswalk import PersonCrosswalk

DELIVERY_KEY = dg.AssetKey(["ledger", "delivery"])
REASON_KEY = dg.AssetKey(["ledger", "reason"])
CROSSWALK_KEY = dg.AssetKey(["identity", "person_crosswalk"])
CHANGE_KEY = dg.AssetKey(["identity", "person_change"])
QUALITY_KEY = dg.AssetKey(["identity", "link_quality"])


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            DELIVERY_KEY,
            deps=[dg.AssetKey(["accepted", name]) for name in FEEDS],
            group_name="03_ledger",
            description="Grain: one delivered file content. What was delivered, accepted and "
            "quarantined. Its blocking checks, one a feed, are the gate's last word: nothing "
            "downstream is built on a feed that failed, in this run or in an earlier one.",
            kinds={"polars", "parquet"},
            metadata={
                "dagster/column_schema": column_schema(
                    ledger.DELIVERY_SCHEMA, descriptions(DeliveryRecord)
                )
            },
        ),
        dg.AssetSpec(
            REASON_KEY,
            deps=[dg.AssetKey(["accepted", name]) for name in FEEDS],
            group_name="03_ledger",
            description="Grain: one rule broken in a delivered file, with the rows that broke it.",
            kinds={"polars", "parquet"},
            metadata={
                "dagster/column_schema": column_schema(
                    ledger.REASON_SCHEMA, descriptions(ReasonRecord)
                )
            },
        ),
    ],
    check_specs=[
        dg.AssetCheckSpec(
            f"{name}_{MAY_BE_RELEASED}",
            asset=DELIVERY_KEY,
            blocking=True,
            description=f"The gate's last finding on {name}. See docs/operate.md#may_be_released.",
        )
        for name in FEEDS
    ],
)
def quality_ledger(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Find for every feed whether its accepted rows may be released."""
    settings = Settings()
    with writing_step(settings, "the ledger", context.log.info):
        ledger.write_schemas(settings.ledger)
        # Reading repairs a damaged file; dbt reads the files without doing so.
        ledger.reasons(settings.ledger)
        for analysis in ANALYSES:
            analysis.write_schema(settings)
        for feed in FEEDS.values():
            write_schema(settings, feed)
    yield dg.MaterializeResult(REASON_KEY)
    yield dg.MaterializeResult(
        DELIVERY_KEY,
        metadata={"dagster/row_count": ledger.deliveries(settings.ledger).height},
        check_results=[
            may_be_released(DELIVERY_KEY, f"{decision.feed}_{MAY_BE_RELEASED}", decision)
            for decision in decide_all(check_inputs(settings))
        ],
    )


STATEMENT_KEY, DECISION_KEY = (dg.AssetKey(["voice", name]) for name in ("statement", "decision"))
EVERY_STATEMENT = dg.AssetCheckSpec(
    "every_statement_taken",
    asset=STATEMENT_KEY,
    description="Every file of landing/regional_voice keeps the rules. Warns; its sender has a "
    "report. See docs/operate.md#every_statement_taken.",
)


@dg.multi_asset(
    name="voice",
    specs=[
        dg.AssetSpec(
            key,
            group_name="03_ledger",
            description=text,
            kinds={"polars", "parquet"},
            metadata={"dagster/column_schema": column_schema(columns, {})},
        )
        for key, text, columns in (
            (
                STATEMENT_KEY,
                "Grain: one version of one file in `landing/regional_voice`. What a region says on "
                "its page of the site; nothing is shown before somebody accepts it.",
                store.STATEMENTS,
            ),
            (DECISION_KEY, "Grain: one decision of the state on a statement.", store.DECISIONS),
        )
    ],
    check_specs=[EVERY_STATEMENT],
)
def voice(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Take in what regions say."""
    settings = Settings()
    with writing_step(settings, "taking in statements", context.log.info):
        _, rejected = store.receive(settings)
        counts = store.statements(settings).height, store.decisions(settings).height
        metadata = {"waiting": store.waiting(settings).height}
    yield dg.MaterializeResult(DECISION_KEY, metadata={"dagster/row_count": counts[1]})
    yield dg.MaterializeResult(
        STATEMENT_KEY,
        metadata={"dagster/row_count": counts[0], **metadata},
        check_results=[
            dg.AssetCheckResult(
                passed=not rejected,
                check_name=EVERY_STATEMENT.name,
                asset_key=STATEMENT_KEY,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "docs": docs_link("docs/operate.md#every_statement_taken"),
                    "rejected_files": len(rejected),
                }
                | {one.file.place: " ".join(one.reasons) for one in rejected},
            )
        ],
    )


class Linkage(dg.Config):
    """How a run links."""

    full: bool = Field(
        default=False,
        description="Estimate the model anew and link all records, not only new and changed ones.",
    )


KNOWS_PEOPLE = [("accepted", name) for name, feed in FEEDS.items() if feed.person_key]
LINKED_FROM = [DELIVERY_KEY, *map(dg.AssetKey, KNOWS_PEOPLE)]
# What linkage compares of a person lies in `identity/` under the key that accepted rows carry.
MADE_OF_KEYS: Lineage = {
    name: [(table, "source_person_key") for table in KNOWS_PEOPLE] for name in CROSSWALK.names()[1:]
}


@dg.multi_asset(
    name="identity__person_crosswalk",
    specs=[
        dg.AssetSpec(
            key,
            deps=LINKED_FROM,
            group_name="04_identity",
            description=text,
            kinds=kinds,
            metadata={"dagster/column_schema": columns},
        )
        for key, text, kinds, columns in (
            (
                CROSSWALK_KEY,
                "Grain: one person as one feed knows them. The person across agencies, the "
                "evidence, and a person id that stays the same from run to run.",
                {"splink", "duckdb", "parquet"},
                column_schema(CROSSWALK, descriptions(PersonCrosswalk), MADE_OF_KEYS),
            ),
            (
                CHANGE_KEY,
                "Grain: one thing that happened to a person id, with the reason.",
                {"polars", "parquet"},
                column_schema(CHANGE, descriptions(PersonChange)),
            ),
            (
                QUALITY_KEY,
                "Grain: two feeds. Linked pairs, and the true ones expected among them and "
                "among all pairs seen. Counts alone.",
                {"polars", "parquet"},
                column_schema(QUALITY, descriptions(LinkQuality)),
            ),
        )
    ],
)
def person_crosswalk(
    context: dg.AssetExecutionContext, config: Linkage
) -> Iterator[dg.MaterializeResult]:
    """Link new and changed identities, or all of them, and write the crosswalk."""
    settings = Settings()
    with writing_step(settings, "linkage", context.log.info):
        crosswalk = refresh_crosswalk(settings, full=config.full, run_id=context.run_id)
        paths = pictures.of_model(Store(settings.identity))
    methods = crosswalk["match_method"].value_counts(sort=True).rows()
    people = crosswalk["person_id"].n_unique()
    bridged = crosswalk.filter("is_bridged")["person_id"].n_unique()
    of_bridge = f", {bridged:,} of them held by an identity bridge" if bridged else ""
    context.log.info(f"linkage: {crosswalk.height:,} keys are {people:,} people{of_bridge}")
    yield dg.MaterializeResult(
        CROSSWALK_KEY,
        metadata={
            "dagster/column_lineage": column_lineage(MADE_OF_KEYS),
            "dagster/row_count": crosswalk.height,
            "people": people,
            **{f"keys_by_{method}": count for method, count in methods},
            **{f"pairs {decision}": count for decision, count in decisions(settings).items()},
            **{
                f"picture {name}": dg.MetadataValue.md(pictures.as_markdown(path))
                for name, path in paths.items()
            },
        },
    )
    yield dg.MaterializeResult(CHANGE_KEY)
    yield dg.MaterializeResult(QUALITY_KEY)


LINKAGE = [quality_ledger, voice, person_crosswalk]
