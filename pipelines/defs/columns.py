"""Columns as Dagster shows them: their types, descriptions, and the columns they come from.

Lives here: turning schemas, and what dbt and DuckDB know of a build's columns, into metadata.
Does not: finding lineage (`pipelines.release.column_lineage`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from pipelines.release import column_lineage as lineages
from pipelines.release.column_lineage import Column, Lineage, Table, in_words
from pipelines.release.publish import RELEASED_SCHEMAS
from pipelines.settings import Settings

# Columns named in a description; the whole list is in the materialisation's lineage.
SHOWN = 6
_FROM = " [From "

_TYPE_NAMES = {
    pl.String: "varchar",
    pl.Int32: "integer",
    pl.Int64: "bigint",
    pl.Float64: "double",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "timestamp",
    pl.List: "varchar[]",
}


def column_schema(
    columns: Mapping[str, pl.DataType],
    descriptions: Mapping[str, str],
    lineage: Lineage | None = None,
) -> dg.TableSchema:
    """Return columns with their types, descriptions, and the columns they come from."""
    types = {name: _TYPE_NAMES[dtype.base_type()] for name, dtype in columns.items()}
    return table_schema(types, descriptions, lineage or {})


def table_schema(
    types: Mapping[str, str], descriptions: Mapping[str, str], lineage: Lineage
) -> dg.TableSchema:
    """Return columns with types by name, descriptions, and the columns they come from.

    Dagster's own view of column lineage is part of its paid edition; the columns table is not.
    """
    return dg.TableSchema(
        [
            dg.TableColumn(name, type_, _description(descriptions.get(name, ""), lineage.get(name)))
            for name, type_ in types.items()
        ]
    )


def _description(own: str, sources: Sequence[Column] | None) -> str | None:
    if not sources:
        return own or None
    more = len(sources) - SHOWN
    shown = in_words(sources[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"{own}{_FROM}{shown}]".strip()


def column_lineage(lineage: Lineage) -> dg.TableColumnLineage:
    """Return the columns that columns come from; one that no delivered column is in is left out."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(dg.AssetKey(table), column) for table, column in sources]
            for name, sources in lineage.items()
            if sources
        }
    )


def columns_of_models(
    settings: Settings,
    manifest: Mapping[str, Any],
    specs: Sequence[dg.AssetSpec],
    before_dbt: Mapping[Table, Lineage],
) -> dict[dg.AssetKey, dict[str, Any]]:
    """Return as metadata, for every model of the build, its columns and where they come from.

    Staging and intermediate models describe no columns of their own: a column that is passed on
    unchanged is described where it comes from. A released table also lists, for each column, the
    columns in `landing` that it comes from.

    Args:
        settings: Names the data home.
        manifest: dbt's manifest of the build.
        specs: Assets that dbt reads, with their columns.
        before_dbt: Lineage of those assets.
    """
    types = {
        table: columns
        for path in settings.built
        if path.exists()
        for table, columns in lineages.columns_of(path).items()
    }
    documented = _documented(specs)
    names = {table: dict.fromkeys(columns, "") for table, columns in documented.items()}
    models = lineages.of_models(manifest, names | types, settings.dbt_target / lineages.CACHE)
    for node in manifest["nodes"].values():
        if node["resource_type"] in ("model", "seed"):
            documented[node["schema"], node["name"]] = {
                name: column["description"] for name, column in node["columns"].items()
            }
    descriptions = lineages.descriptions(models, documented)
    metadata: dict[dg.AssetKey, dict[str, Any]] = {}
    for table, lineage in models.items():
        lower = {name: type_.lower() for name, type_ in types[table].items()}
        of_table = metadata[dg.AssetKey(table)] = {
            "dagster/column_lineage": column_lineage(lineage),
            "dagster/column_schema": table_schema(lower, descriptions[table], lineage),
        }
        if table[0] in RELEASED_SCHEMAS:
            of_table["columns_from_landing"] = _from_landing(
                table, lineage, {**before_dbt, **models}
            )
    return metadata


def _documented(specs: Sequence[dg.AssetSpec]) -> dict[Table, dict[str, str]]:
    # Without the columns they come from: those differ for the columns they are passed on to; and
    # without what is accepted of a feed that serves linkage alone: nothing.
    return {
        tuple(spec.key.path): {
            column.name: (column.description or "").split(_FROM)[0]
            for column in spec.metadata["dagster/column_schema"].columns
        }
        for spec in specs
        if spec.metadata["dagster/column_schema"].columns
    }


def _from_landing(
    table: Table, lineage: Lineage, all_lineage: Mapping[Table, Lineage]
) -> dg.TableMetadataValue:
    columns = ("column", "made_of", "comes_from")
    return dg.MetadataValue.table(
        [
            dg.TableRecord(
                {
                    "column": name,
                    "made_of": in_words(sources),
                    "comes_from": in_words(lineages.origins(all_lineage, (table, name))),
                }
            )
            for name, sources in lineage.items()
        ],
        dg.TableSchema([dg.TableColumn(name) for name in columns]),
    )
