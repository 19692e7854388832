"""Columns of dbt's models as the UI shows them: types, descriptions, and what they are made of.

Lives here: bringing together what dbt, DuckDB and the assets before dbt know of columns.
Does not: finding lineage (`pipelines.lineage`).
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from pipelines import lineage
from pipelines.defs.accept import ACCEPTED
from pipelines.defs.columns import column_lineage
from pipelines.defs.link import LINKAGE
from pipelines.settings import Settings


def columns_of_models(
    settings: Settings, manifest: Mapping[str, Any]
) -> dict[dg.AssetKey, dict[str, Any]]:
    """Return as metadata, for every model of the build, its columns and what they are made of.

    Staging and intermediate models describe no columns of their own: a column that is passed on
    unchanged is described where it comes from. Others have theirs in their definition.
    """
    if not settings.build.exists():
        return {}
    before = _schemas_before_dbt()
    typed = lineage.columns_of(settings.build)
    known = {table: {c.name: c.type for c in schema.columns} for table, schema in before.items()}
    found = lineage.of_models(manifest, known | typed, settings.dbt_target / lineage.CACHE)
    documented: dict[lineage.Table, dict[str, str]] = {
        (node["schema"], node["name"]): {
            name: column["description"] for name, column in node["columns"].items()
        }
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    described = {
        table: {c.name: c.description or "" for c in schema.columns}
        for table, schema in before.items()
    }
    told = lineage.descriptions(found, described | documented)
    metadata: dict[dg.AssetKey, dict[str, Any]] = {}
    for table, made_of in found.items():
        metadata[dg.AssetKey(table)] = {"dagster/column_lineage": column_lineage(made_of)}
        if set(documented[table]) != set(made_of):
            metadata[dg.AssetKey(table)]["dagster/column_schema"] = dg.TableSchema(
                [
                    dg.TableColumn(name, typed[table][name].lower(), told[table][name] or None)
                    for name in made_of
                ]
            )
    return metadata


def _schemas_before_dbt() -> dict[lineage.Table, dg.TableSchema]:
    return {
        tuple(spec.key.path): spec.metadata["dagster/column_schema"]
        for asset in [*ACCEPTED, *LINKAGE]
        for spec in asset.specs
    }
