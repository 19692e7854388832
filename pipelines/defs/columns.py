"""Columns as Dagster shows them: their types, descriptions, and what they are made of.

Lives here: turning schemas and lineage into Dagster's words.
Does not: finding either (`schemas`, `pipelines.lineage`).
"""

from collections.abc import Mapping

import dagster as dg
import polars as pl

from pipelines.lineage import Lineage

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
    columns: Mapping[str, pl.DataType], descriptions: Mapping[str, str]
) -> dg.TableSchema:
    """Return columns with their types and descriptions."""
    return dg.TableSchema(
        [
            dg.TableColumn(name, _TYPE_NAMES[dtype.base_type()], descriptions[name])
            for name, dtype in columns.items()
        ]
    )


def column_lineage(lineage: Lineage) -> dg.TableColumnLineage:
    """Return what columns are made of; a column made of nothing that was delivered is left out."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(dg.AssetKey(table), column) for table, column in made_of]
            for name, made_of in lineage.items()
            if made_of
        }
    )
