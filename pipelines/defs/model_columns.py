"""Columns of dbt's models as the UI shows them: types, descriptions, and what they are made of.

Lives here: bringing together what dbt, DuckDB and the assets before dbt know of columns.
Does not: finding lineage (`pipelines.release.column_lineage`).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines.defs.columns import column_lineage, table_schema
from pipelines.defs.intake import ACCEPTED
from pipelines.defs.linkage import CROSSWALK_KEY, LINKAGE, MADE_OF_KEYS
from pipelines.release import column_lineage as lineage
from pipelines.release.publish import RELEASED_SCHEMAS
from pipelines.settings import Settings
from schemas import FEEDS


def columns_of_models(
    settings: Settings, manifest: Mapping[str, Any]
) -> dict[dg.AssetKey, dict[str, Any]]:
    """Return as metadata, for every model of the build, its columns and what they are made of.

    Staging and intermediate models describe no columns of their own: a column that is passed on
    unchanged is described where it comes from. A released table also lists what each column comes
    from at the beginning of the way, in `landing`.
    """
    if not settings.build.exists():
        return {}
    before = _lineage_before_dbt()
    typed = lineage.columns_of(settings.build)
    known = {table: dict.fromkeys(names, "") for table, names in _names_before_dbt().items()}
    found = lineage.of_models(manifest, known | typed, settings.dbt_target / lineage.CACHE)
    documented: dict[lineage.Table, dict[str, str]] = {
        (node["schema"], node["name"]): {
            name: column["description"] for name, column in node["columns"].items()
        }
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    told = lineage.descriptions(found, _descriptions_before_dbt() | documented)
    way = before | found
    metadata: dict[dg.AssetKey, dict[str, Any]] = {}
    for table, made_of in found.items():
        mine = metadata[dg.AssetKey(table)] = {
            "dagster/column_lineage": column_lineage(made_of),
            "dagster/column_schema": table_schema(
                {name: type_.lower() for name, type_ in typed[table].items()}, told[table], made_of
            ),
        }
        if table[0] in RELEASED_SCHEMAS:
            mine["columns_from_landing"] = _from_landing(table, made_of, way)
    return metadata


def _from_landing(
    table: lineage.Table, made_of: lineage.Lineage, way: Mapping[lineage.Table, lineage.Lineage]
) -> dg.TableMetadataValue:
    columns = ("column", "made_of", "comes_from")
    return dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "column": name,
                    "made_of": lineage.in_words(sources),
                    "comes_from": lineage.in_words(lineage.origins(way, (table, name))),
                }
            )
            for name, sources in made_of.items()
        ],
        dg.TableSchema([dg.TableColumn(name) for name in columns]),
    )


def _names_before_dbt() -> dict[lineage.Table, list[str]]:
    return {
        tuple(spec.key.path): [c.name for c in spec.metadata["dagster/column_schema"].columns]
        for asset in [*ACCEPTED, *LINKAGE]
        for spec in asset.specs
    }


def _lineage_before_dbt() -> dict[lineage.Table, lineage.Lineage]:
    names = _names_before_dbt()
    accepted = {
        ("accepted", name): lineage.of_accepted(feed, names["accepted", name])
        for name, feed in FEEDS.items()
    }
    return accepted | {tuple(CROSSWALK_KEY.path): MADE_OF_KEYS}


def _descriptions_before_dbt() -> dict[lineage.Table, dict[str, str]]:
    # Without what they are made of, which is not so of the columns they are passed on to.
    return {
        tuple(spec.key.path): {
            c.name: (c.description or "").split(" [From ")[0]
            for c in spec.metadata["dagster/column_schema"].columns
        }
        for asset in [*ACCEPTED, *LINKAGE]
        for spec in asset.specs
    }
