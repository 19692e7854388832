"""Contract of the crosswalk: one person across agencies, however linkage comes to it."""

import pandera.polars as pa
import polars as pl


class PersonCrosswalk(pa.DataFrameModel):
    """One person as one feed knows them, and the person they are found to be."""

    source: pl.String = pa.Field(description="Feed that knows the person under this key.")
    source_person_key: pl.String = pa.Field(description="Keyed hash of the feed's own person key.")
    person_id: pl.String = pa.Field(
        str_matches=r"^P[0-9a-f]{16}$", description="The person; stays the same from run to run."
    )
    match_method: pl.String = pa.Field(
        isin=["state_student_id", "ssn", "name_birth_date", "probabilistic", "unmatched"],
        description="The evidence that joined this key to its person.",
    )
    match_score: pl.Float64 = pa.Field(
        in_range={"min_value": 0, "max_value": 1},
        nullable=True,
        description="Probability of the weakest link that holds the key in its person, 1 for equal "
        "numbers; empty where a key stands alone.",
    )

    is_bridged: pl.Boolean = pa.Field(
        description="Whether an identity bridge holds the person's SSN, so that wages can be found."
    )

    class Config(pa.DataFrameModel.Config):
        """The columns are a promise to the warehouse; a key has one person."""

        strict = True
        unique = ["source", "source_person_key"]
