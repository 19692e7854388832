"""What an encoded delivery is: a feed's contract with encodings in place of whoever a row is of.

Lives here: deriving the encoded contract from the open one. Does not: making encodings
(`pipelines.intake.encode`), any rule of a single feed.
"""

from dataclasses import fields
from functools import cache, cached_property
from hashlib import sha256

import pandera.polars as pa
import polars as pl

from schemas.contract import Feed
from schemas.rules import COLUMNS, IDENTIFYING, MESSAGE

# Bits of a name's filter; see benchmarks/README.md for what others cost.
FILTER_BITS = 256
_TOKEN, _FILTER = r"^[0-9a-f]{32}$", rf"^[0-9a-f]{{{FILTER_BITS // 4}}}$"
# The encoded columns that stand for an identifying one, and the form of each. A column that keeps
# its name holds one token for one value, so that keys work on it.
ENCODINGS = {
    "local_student_id": {"local_student_id": _TOKEN},
    "state_student_id": {"state_student_id": _TOKEN},
    "ssn": {"ssn": _TOKEN, "ssn_first5": _TOKEN, "ssn_last4": _TOKEN},
    "first_name": {"first_name": _FILTER},
    "last_name": {"last_name": _FILTER, "second_last_name": _FILTER},
    "birth_date": dict.fromkeys(
        ("birth_date", "birth_month", "birth_day", "birth_exchanged", "name_group", "name_block"),
        _TOKEN,
    ),
}
# Columns that are encoded value for value: keys work on them, and the gate makes tokens of them.
NUMBERS = ("local_student_id", "state_student_id", "ssn")


class EncodedFeed(Feed):
    """A feed's contract for encoded deliveries: same name, same keys, same other columns.

    Rules that read a plain identifying value are gone, since the submitter checked them when
    encoding. All others stay.
    """

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The open contract with encoded columns."""
        open_schema = self.model.to_schema()
        columns = {}
        for name, column in open_schema.columns.items():
            if name not in self.hidden:
                columns[name] = column
                continue
            # A name without letters, or a birth date nobody can have, has no encoding.
            nullable = column.nullable or name not in NUMBERS
            for encoded_name, regex in ENCODINGS[name].items():
                columns[encoded_name] = _encoding(encoded_name, regex, nullable)
        return pa.DataFrameSchema(
            columns,
            checks=[check for check in open_schema.checks or [] if self._still_holds(check)],
            strict=True,
        )

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Columns of the open contract that encodings take the place of."""
        columns = self.model.to_schema().columns
        return tuple(name for name, col in columns.items() if (col.metadata or {}).get(IDENTIFYING))

    def _still_holds(self, check: pa.Check) -> bool:
        read = set((check.statistics or {}).get(COLUMNS, ()))
        # Equal tokens are equal values, so that keys are still told apart.
        return check.name == "key:unique" or not read & set(self.hidden)


def _encoding(name: str, regex: str, nullable: bool) -> pa.Column:
    return pa.Column(
        pl.String,
        checks=[pa.Check.str_matches(regex, n_failure_cases=1)],
        nullable=nullable,
        description=f"Encoding by `pathways deliveries encode`: {name}.",
        metadata={IDENTIFYING: True, MESSAGE: "must be an encoding by pathways deliveries encode"},
        name=name,
    )


@cache
def encoded(feed: Feed) -> EncodedFeed:
    """Return a feed's contract for encoded deliveries."""
    return EncodedFeed(**{field.name: getattr(feed, field.name) for field in fields(Feed)})


def contract_version(feed: Feed) -> str:
    """Return what changes whenever a feed's columns or rules do."""
    interface = sorted([*feed.dtypes, *feed.rules, *encoded(feed).dtypes])
    return sha256("\n".join(interface).encode()).hexdigest()[:12]
