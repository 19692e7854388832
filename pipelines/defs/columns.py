"""Columns as Dagster shows them: their types, descriptions, and what they are made of.

Lives here: turning schemas and lineage into Dagster's words.
Does not: finding either (`schemas`, `pipelines.release.column_lineage`).
"""

from collections.abc import Mapping, Sequence

import dagster as dg
import polars as pl

from pipelines.release.column_lineage import Column, Lineage, in_words

# Columns named in a description; the whole list is in the materialisation's lineage.
SHOWN = 6

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
    made_of: Lineage | None = None,
) -> dg.TableSchema:
    """Return columns with their types, descriptions, and what they are made of."""
    return table_schema(
        {name: _TYPE_NAMES[dtype.base_type()] for name, dtype in columns.items()},
        descriptions,
        made_of or {},
    )


def table_schema(
    types: Mapping[str, str], descriptions: Mapping[str, str], made_of: Lineage
) -> dg.TableSchema:
    """Return columns with types by name, descriptions, and what they are made of.

    Dagster's own view of column lineage is part of its paid edition; the columns table is not.
    """
    return dg.TableSchema(
        [
            dg.TableColumn(name, type_, _description(descriptions.get(name, ""), made_of.get(name)))
            for name, type_ in types.items()
        ]
    )


def _description(own: str, made_of: Sequence[Column] | None) -> str | None:
    if not made_of:
        return own or None
    more = len(made_of) - SHOWN
    shown = in_words(made_of[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"{own} [From {shown}]".strip()


def column_lineage(lineage: Lineage) -> dg.TableColumnLineage:
    """Return what columns are made of; a column made of nothing that was delivered is left out."""
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(dg.AssetKey(table), column) for table, column in made_of]
            for name, made_of in lineage.items()
            if made_of
        }
    )
