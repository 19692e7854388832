"""Which pairs of records are compared, and which scored pairs may not join anybody.

Lives here: blocking rules, and guards over scored pairs. Does not: scoring (`model`), persons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

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
        left: Columns of one record.
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

    def near(self, table: str) -> str:
        """Return SQL for whether a record has the hash of one of `table` that it may pair with."""
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
            left: Table of one record.
            right: Table of the other.
            worth: What must hold of ``l`` and ``r``.
        """
        columns = zip(self.left, self.right or self.left, strict=True)
        on = " and ".join(f"l.{one} = r.{other}" for one, other in columns)
        once = " and l.record < r.record" if self.is_symmetric and left == right else ""
        where = f" and l.{self.where}" if self.where else ""
        return (
            "select least(l.record, r.record), greatest(l.record, r.record), "
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
ALL, NEW = "record", "new"
# School enrolments of two state ids are two people, and records in one group are joined already.
_WORTH = "l.grp <> r.grp and not (l.is_k12 and r.is_k12)"


def load_records(con: duckdb.DuckDBPyConnection, record: pl.DataFrame, group: pl.DataFrame) -> None:
    """Make table ``record`` of the records with a name, their group and columns to block by.

    Args:
        con: An empty DuckDB.
        record: Records.
        group: The group (``grp``) of each record.
    """
    blocks = ", ".join(f"{sql} as {name}" for name, sql in BLOCK_COLUMNS.items())
    con.register("record_given", record)
    con.register("grp_given", group.select("record", "grp"))
    con.execute(
        f"create table record as select *, {blocks} from record_given "
        "inner join grp_given using (record) where given is not null and family is not null"
    )
    con.unregister("record_given")
    con.unregister("grp_given")


def load_near(
    con: duckdb.DuckDBPyConnection,
    kept: Sequence[Path],
    new: pl.DataFrame,
    alive: pl.Series | None = None,
) -> None:
    """Make ``new`` of a night's new records, and ``record`` of those and all that some rule pairs.

    Files are read once for all rules, in the few columns that these block by. Each record is a
    group of its own.

    Args:
        con: An empty DuckDB.
        kept: Files of the records that were there before.
        new: Those that were not.
        alive: Numbers of the records that are still there; all of them where not given.
    """
    blocks = ", ".join(f"{sql} as {name}" for name, sql in BLOCK_COLUMNS.items())
    con.read_parquet([str(path) for path in kept]).create_view("kept")
    con.register("new_given", new.to_arrow())
    for what, name, given in (("table", NEW, "new_given"), ("view", "old", "kept")):
        con.execute(
            f"create {what} {name} as select *, record as grp, {blocks} from {given} "
            "where given is not null and family is not null"
        )
    near = " or ".join(rule.near(NEW) for rule in RULES.values())
    con.execute(f"create table {ALL} as select * from old where {near}")
    if alive is not None:
        con.register("alive", alive.to_frame("record").to_arrow())
        con.execute(f"delete from {ALL} where record not in (select record from alive)")
        con.unregister("alive")
    con.execute(f"insert into {ALL} select * from {NEW}")
    con.unregister("new_given")


def block(
    con: duckdb.DuckDBPyConnection,
    new: str = ALL,
    rules: dict[str, Rule] = RULES,
    also: str = "true",
) -> dict[str, int]:
    """Make table ``pair`` of the pairs worth comparing, and return how many each rule finds.

    Args:
        con: Holds ``record``, as `load_records` makes it.
        new: Table of the records of which each pair has at least one.
        rules: Which pairs are found.
        also: What must hold of the two, ``l`` and ``r``, besides.
    """
    worth = f"{_WORTH} and {also}"
    con.execute("create or replace table found (l bigint, r bigint, rule utinyint)")
    counted, total = {}, 0
    for number, (name, rule) in enumerate(rules.items()):
        con.execute(f"insert into found {rule.pairs(number, new, ALL, worth)}")
        if new != ALL and not rule.is_symmetric:
            con.execute(f"insert into found {rule.pairs(number, ALL, new, worth)}")
        found = con.execute("select count(*) from found").fetchall()[0][0]
        counted[name], total = found - total, found
    names = ", ".join(f"'{name}'" for name in rules)
    con.execute(
        "create or replace table pair as "
        f"select [{names}][min(rule) + 1] as match_key, l as join_key_l, r as join_key_r "
        "from found group by l, r"
    )
    con.execute("drop table found")
    return counted


# Levels of the model's comparisons as it numbers them: 0 is different, null is -1.
_DIFFERENT = 0
_SAME_SSN, _SAME_STATE_ID = 2, 1
_SAME_GIVEN, _SAME_FAMILY, _SAME_BIRTH_DATE = 6, 4, 4
# Of two candidates, the second best must be this many bits behind the best: 8 to 1.
MARGIN_BITS = 3.0
ONE_NAME, TWO_CANDIDATES = "refused: one name only", "refused: two candidates"


def guarded(scored: pl.DataFrame) -> pl.DataFrame:
    """Return scored pairs with a ``decision``, null where nothing speaks against a link.

    Twins share surname and birthday, and many share a county and a gender: a pair with a different
    given name, or a different surname, needs an equal number to be one person.
    """
    number = (pl.col("gamma_ssn") == _SAME_SSN) | (pl.col("gamma_state_id") == _SAME_STATE_ID)
    other_name = (pl.col("gamma_given") == _DIFFERENT) | (pl.col("gamma_family") == _DIFFERENT)
    return scored.with_columns(
        pl.when(other_name & ~number).then(pl.lit(ONE_NAME)).alias("decision")
    )


def between_groups(scored: pl.DataFrame, group: pl.DataFrame) -> pl.DataFrame:
    """Return the best pair of each two groups: ``left, right``, probability, weight, ``is_equal``.

    ``is_equal`` says that some pair has equal names and birth dates. Strongest first.

    Args:
        scored: Pairs nothing speaks against.
        group: The group (``grp``) of each record.
    """
    of = group.select("record", "grp")
    low, high = pl.min_horizontal("grp", "grp_right"), pl.max_horizontal("grp", "grp_right")
    return (
        scored.select(
            "record_l",
            "record_r",
            "match_weight",
            "match_probability",
            (
                (pl.col("gamma_given") == _SAME_GIVEN)
                & (pl.col("gamma_family") == _SAME_FAMILY)
                & (pl.col("gamma_born") == _SAME_BIRTH_DATE)
            ).alias("is_equal"),
        )
        .join(of, left_on="record_l", right_on="record")
        .join(of, left_on="record_r", right_on="record")
        .filter(pl.col("grp") != pl.col("grp_right"))
        .select(
            low.alias("left"),
            high.alias("right"),
            "match_weight",
            "match_probability",
            "is_equal",
        )
        .group_by("left", "right")
        .agg(pl.col("match_weight", "match_probability", "is_equal").max())
        .sort("match_weight", "left", "right", descending=[True, False, False])
    )


def ambiguous(links: pl.DataFrame, state_ids: pl.DataFrame) -> pl.DataFrame:
    """Return the links of groups that fit two students about as well: ``left, right``.

    Two students who share name and birth date are told apart by their state ids alone. A third
    record that fits both belongs to one of them, and nothing says to which: it stays apart.

    Args:
        links: As `between_groups` gives them, without those between people at odds.
        state_ids: The state id of each group that has one: ``grp, state_id``.
    """
    both = pl.concat(
        [
            links.select(pl.col(a).alias("grp"), pl.col(b).alias("student"), "match_weight")
            for a, b in (("left", "right"), ("right", "left"))
        ]
    )
    candidates = (
        both.join(state_ids, on="grp", how="anti")
        .join(state_ids, left_on="student", right_on="grp")
        .with_columns(pl.col("match_weight").max().over("grp").alias("best"))
        .filter(pl.col("match_weight") > pl.col("best") - MARGIN_BITS)
        .filter(pl.col("state_id").n_unique().over("grp") > 1)
    )
    return candidates.select(
        pl.min_horizontal("grp", "student").alias("left"),
        pl.max_horizontal("grp", "student").alias("right"),
    ).unique()
