"""Tables that the pipeline itself writes: what their columns mean, and which types they have.

Lives here: the record of deliveries, what linkage leaves beside the crosswalk
(`schemas.person_crosswalk`). Does not: writing or reading any of them.
"""

from typing import Annotated, Any

import pandera.polars as pa
import polars as pl

TIME = Annotated[pl.Datetime, "us", "UTC"]
NAMES = Annotated[pl.List, pl.String]
# A file by its path under the data home, the submitter within it, and what it was when it was
# written. Without a size there is no such file: a delivery without rejected rows has no quarantine.
OUTPUT = pl.Struct(
    {
        "path": pl.String,
        "submitter": pl.String,
        "bytes": pl.Int64,
        "changed_ns": pl.Int64,
        "sha256": pl.String,
    }
)


def _column(description: str, *, nullable: bool = False) -> Any:
    return pa.Field(description=description, nullable=nullable)


class Delivered(pa.DataFrameModel):
    """What every table of the ledger begins with."""

    feed: pl.String = _column("Feed it was delivered for.")
    period: pl.String = _column("Academic year or quarter it was delivered for.")
    submitter: pl.String = _column("Who sent the file.")


class DeliveryRecord(Delivered):
    """One delivered file content."""

    file_name: pl.String = _column("Name of the file as delivered.")
    delivery_sha256: pl.String = _column("SHA-256 of the delivered file.")
    received_at: TIME = _column("When the file was last written in the landing folder.")
    status: pl.String = _column(
        "accepted; rejected when the file as a whole can't be used; held until a person releases "
        "it; withdrawn when a held file left landing before that."
    )
    delivered_rows: pl.Int64 = _column("Rows in the file; 0 when it was rejected.")
    accepted_rows: pl.Int64 = _column("Rows that keep every rule.")
    quarantined_rows: pl.Int64 = _column("Rows quarantined with their reasons.")
    contract_version: pl.String = _column("Version of the contract that it was judged by.")
    is_current: pl.Boolean = _column("Whether its rows are the submitter's rows of the period.")
    reasons: NAMES = _column("Rules that the file broke, or that any of its rows broke.")
    findings: NAMES = _column(
        "Why it is held, and what may be wrong with it, a sentence each.", nullable=True
    )
    recorded_at: TIME = _column("When it was first judged by this contract.", nullable=True)
    superseded_by: pl.String = _column(
        "SHA-256 of the delivery that took its place.", nullable=True
    )
    superseded_at: TIME = _column("When that one did.", nullable=True)
    gate_version: pl.String = _column(
        "Version of the contract and of the code that applies it.", nullable=True
    )
    outputs: Annotated[pl.List, OUTPUT] = _column(
        "Files that hold what became of its rows, with size, time and hash.", nullable=True
    )


class ReasonRecord(Delivered):
    """One rule that rows of a delivered file broke."""

    delivery_sha256: pl.String = _column("SHA-256 of the delivered file.")
    rule: pl.String = _column("Name of the rule.")
    column_name: pl.String = _column(
        "Column the rule is on; empty for a rule over several.", nullable=True
    )
    row_count: pl.Int64 = _column("Rows that broke it.")


class PersonChange(pa.DataFrameModel):
    """One thing that happened to a person id."""

    person_id: pl.String = _column("The person id.")
    other_person_id: pl.String = _column("The id it went into or came from.", nullable=True)
    change: pl.String = _column("minted, merged, split or retired.")
    reason: pl.String = _column("Why.")
    changed_at: pl.String = _column("The run that did it.")


class LinkQuality(pa.DataFrameModel):
    """Links between two feeds, and how many of them are expected to be true."""

    source_a: pl.String = _column("One feed.")
    source_b: pl.String = _column("The other feed.")
    linked_pairs: pl.Int64 = _column("Pairs of keys that were linked.")
    expected_true_linked: pl.Float64 = _column(
        "True ones expected among them, by their probabilities."
    )
    expected_true_seen: pl.Float64 = _column("True ones expected among all pairs seen.")


def polars_schema(model: type[pa.DataFrameModel]) -> pl.Schema:
    """Return a table's columns and types."""
    columns = model.to_schema().columns
    return pl.Schema({name: column.dtype.type for name, column in columns.items()})


def descriptions(model: type[pa.DataFrameModel]) -> dict[str, str]:
    """Return the description of each column."""
    columns = model.to_schema().columns
    return {name: column.description or "" for name, column in columns.items()}
