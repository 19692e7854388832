"""Which pairs of identities are compared.

Lives here: blocking rules, their bounds and the tables they are applied to. Does not: scoring.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

# More identities of one name and birth date than this are a placeholder, such as UNKNOWN STUDENT
# of 2000-01-01, and no name links them. Of 20,000 students at most 6 share both. 20 to 1,000.
MOST_NAMESAKES = 50
# A block of more identities is left out: its pairs grow with their square. 100 to 5,000.
MOST_IN_BLOCK = 500
_PLACEHOLDER = ("given", "family", "born")

BLOCK_COLUMNS = {
    "family3": "left(family, 3)",
    "family1": "left(family, 1)",
    "family8": "left(family, 8)",
    "given1": "left(given, 1)",
    "birth_year": "year(born)",
    "birth_month": "month(born)",
    "birth_day": "day(born)",
    "low": "least(month(born), day(born))",
    "high": "greatest(month(born), day(born))",
    "first_day": "month(born) = 1 and day(born) = 1",
}


@dataclass(frozen=True)
class Rule:
    """Pairs are compared whose values of `left` and of `right` are equal, in this order.

    Attributes:
        left: Columns of one identity.
        right: Columns of the other; the same where not given.
        where: A column that must hold for the first one.
    """

    left: tuple[str, ...]
    right: tuple[str, ...] = ()
    where: str = ""

    @property
    def is_symmetric(self) -> bool:
        """Whether the rule finds a pair either way round."""
        return not self.right and not self.where

    def source(self, con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> str:
        """Return SQL for the rows of a table that may have pairs by some columns.

        Placeholders have none by a name, and nobody has any in a block that is too large.
        """
        by_number = {"ssn", "state_id"} & {*self.left}
        nobody = [] if by_number else [(_PLACEHOLDER, MOST_NAMESAKES)]
        for of, most in [*nobody, (columns, MOST_IN_BLOCK)]:
            crowded = _crowded(of, most)
            if con.execute(f"select 1 from ({crowded}) limit 1").fetchall():
                table = f"(from {table} anti join ({crowded}) using ({', '.join(of)}))"
        return table

    def near(self, table: str) -> str:
        """Return SQL for whether an identity has the hash of one of `table` it may pair with."""
        other = self.right or self.left
        either = dict.fromkeys([(self.left, other), (other, self.left)])
        return " or ".join(
            f"hash({', '.join(mine)}) in (select hash({', '.join(of)}) from {table} "
            f"where {' and '.join(f'{name} is not null' for name in of)})"
            for mine, of in either
        )

    def pairs(self, number: int, left: str, right: str, worth: str) -> str:
        """Return SQL for the pairs of two tables that the rule finds, with its number.

        Args:
            number: Which rule it is.
            left: Table of one identity.
            right: Table of the other.
            worth: What must hold of ``l`` and ``r``.
        """
        columns = zip(self.left, self.right or self.left, strict=True)
        on = " and ".join(f"l.{one} = r.{other}" for one, other in columns)
        once = " and l.identity < r.identity" if self.is_symmetric and left == right else ""
        where = f" and l.{self.where}" if self.where else ""
        return (
            "select least(l.identity, r.identity), greatest(l.identity, r.identity), "
            f"{number} from {left} as l inner join {right} as r on {on} "
            f"where {worth}{once}{where}"
        )


RULES: dict[str, Rule] = {
    "ssn": Rule(("ssn",)),
    "state_id": Rule(("state_id",)),
    "born_family3_given1": Rule(("born", "family3", "given1")),
    "born_given_family1": Rule(("born", "given", "family1")),
    "born_family_nick": Rule(("born", "family", "nick")),
    "born_given_initial": Rule(("born", "given", "initial")),
    "born_families_given1": Rule(("born", "families", "given1")),
    "born_given_second_surname": Rule(("born", "given", "family"), ("born", "given", "family2")),
    "born_exchanged": Rule(("born", "given", "family8"), ("born", "family8", "given")),
    "names_month": Rule(("given", "family", "birth_year", "birth_month")),
    "names_day": Rule(("given", "family", "birth_month", "birth_day")),
    "names_month_day_exchanged": Rule(("given", "family", "birth_year", "low", "high")),
    "names_first_of_january": Rule(("given", "family", "birth_year"), where="first_day"),
    "ssn4_family_given1": Rule(("ssn4", "family", "given1")),
    "ssn5_family_given1": Rule(("ssn5", "family", "given1")),
    "ssn4_given_family1": Rule(("ssn4", "given", "family1")),
    "ssn5_given_family1": Rule(("ssn5", "given", "family1")),
}
ALL, NEW = "identity", "new"
# School enrolments of two state ids are two people; identities of one group are joined already.
_WORTH = "l.exact_group <> r.exact_group and not (l.is_k12 and r.is_k12)"
_COLUMNS = ", ".join(f"{sql} as {name}" for name, sql in BLOCK_COLUMNS.items())
_IS_NAMED = "given is not null and family is not null"


def load_all(con: duckdb.DuckDBPyConnection, identity: pl.DataFrame, group: pl.DataFrame) -> None:
    """Make table ``identity`` of the identities with a name, their group and columns to block by.

    Args:
        con: An empty DuckDB.
        identity: Identities.
        group: The ``exact_group`` of each identity.
    """
    con.register("identities", identity)
    con.register("groups", group.select("identity", "exact_group"))
    con.execute(
        f"create table {ALL} as select *, {_COLUMNS} from identities "
        f"inner join groups using (identity) where {_IS_NAMED}"
    )
    con.unregister("identities")
    con.unregister("groups")


def load_near(
    con: duckdb.DuckDBPyConnection,
    stored: Sequence[Path],
    new: pl.DataFrame,
    alive: pl.Series | None = None,
) -> None:
    """Make ``new`` of new identities, and ``identity`` of those and all that some rule pairs.

    Files are read once for all rules, in the few columns that these block by. Each identity is a
    group of its own.

    Args:
        con: An empty DuckDB.
        stored: Files of the identities that were there before.
        new: Those that were not.
        alive: Numbers of the identities that are still there; all of them where not given.
    """
    con.read_parquet([str(path) for path in stored]).create_view("stored")
    con.register("new_identities", new.to_arrow())
    for kind, name, source in (("table", NEW, "new_identities"), ("view", "old", "stored")):
        con.execute(
            f"create {kind} {name} as select *, identity as exact_group, {_COLUMNS} from {source} "
            f"where {_IS_NAMED}"
        )
    near = " or ".join(rule.near(NEW) for rule in RULES.values())
    con.execute(f"create table {ALL} as select * from old where {near}")
    if alive is not None:
        con.register("alive", alive.to_frame("identity").to_arrow())
        con.execute(f"delete from {ALL} where identity not in (select identity from alive)")
        con.unregister("alive")
    con.execute(f"insert into {ALL} select * from {NEW}")
    con.unregister("new_identities")


def _crowded(columns: Sequence[str], most: int) -> str:
    """Return SQL for the values of columns that more than `most` identities share."""
    some = " and ".join(f"{name} is not null" for name in columns)
    names = ", ".join(columns)
    return f"select {names} from {ALL} where {some} group by {names} having count(*) > {most}"


def placeholders(con: duckdb.DuckDBPyConnection) -> pl.Series:
    """Return the identities whose name and birth date more than `MOST_NAMESAKES` share."""
    names = ", ".join(_PLACEHOLDER)
    crowded = _crowded(_PLACEHOLDER, MOST_NAMESAKES)
    return con.execute(f"select identity from {ALL} semi join ({crowded}) using ({names})").pl()[
        "identity"
    ]


def block(
    con: duckdb.DuckDBPyConnection,
    new: str = ALL,
    rules: dict[str, Rule] = RULES,
    condition: str = "true",
) -> dict[str, int]:
    """Make table ``pair`` of the pairs worth comparing, and return how many each rule finds.

    Args:
        con: Holds ``identity``, as `load_all` makes it.
        new: Table of the identities of which each pair has at least one.
        rules: Which pairs are compared.
        condition: What must hold of the two, ``l`` and ``r``, besides.
    """
    worth = f"{_WORTH} and {condition}"
    con.execute("create or replace table candidate (l bigint, r bigint, rule utinyint)")
    counts, total = {}, 0
    for number, (name, rule) in enumerate(rules.items()):
        for one, other in (
            [(new, ALL)] if rule.is_symmetric or new == ALL else [(new, ALL), (ALL, new)]
        ):
            left = rule.source(con, one, rule.left)
            right = rule.source(con, other, rule.right or rule.left)
            con.execute(f"insert into candidate {rule.pairs(number, left, right, worth)}")
        so_far = con.execute("select count(*) from candidate").fetchall()[0][0]
        counts[name], total = so_far - total, so_far
    names = ", ".join(f"'{name}'" for name in rules)
    con.execute(
        "create or replace table pair as "
        f"select [{names}][min(rule) + 1] as match_key, l as join_key_l, r as join_key_r "
        "from candidate group by l, r"
    )
    con.execute("drop table candidate")
    return counts
