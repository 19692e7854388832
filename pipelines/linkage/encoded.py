"""Pairs with an encoded identity: open identities are encoded too, and compared alike.

Lives here: codes of encoded and open identities, which of their pairs are compared, and the model
for them, with the weights of the open one. Does not: making encodings (`pipelines.intake.encode`).
"""

import copy
from typing import Any

import duckdb
import polars as pl

from pipelines.intake import encode
from pipelines.intake.names import number
from pipelines.intake.tokens import token
from pipelines.linkage import blocking, clusters
from pipelines.linkage.blocking import Rule

# Parts of `encoded`, in the order the gate writes them in: names' filters, then tokens.
FILTERS = {"given": "first_name", "family": "last_name", "family2": "second_last_name"}
TOKENS = {
    "born": "birth_date",
    "born_month": "birth_month",
    "born_day": "birth_day",
    "exchanged": "birth_exchanged",
    "nick": "name_group",
    "block": "name_block",
}
CODES = [*FILTERS, *TOKENS]
# Names whose filters share this much are typos of each other, or share a beginning.
TYPO, THREE_LETTERS, SURNAME_TYPO = 0.75, 0.5, 0.7

RULES: dict[str, Rule] = {
    "ssn": Rule(("ssn",)),
    "state_id": Rule(("state_id",)),
    "block": Rule(("block",)),
    "born_given": Rule(("born", "given")),
    "nick": Rule(("nick",)),
    "born_family": Rule(("born", "family")),
    "month_names": Rule(("born_month", "given", "family")),
    "day_names": Rule(("born_day", "given", "family")),
    "exchanged_given": Rule(("born", "given"), ("exchanged", "given")),
    "exchanged_family": Rule(("born", "family"), ("exchanged", "family")),
    "ssn4_family": Rule(("ssn4", "family")),
    "ssn5_family": Rule(("ssn5", "family")),
    "ssn4_given": Rule(("ssn4", "given")),
    "ssn5_given": Rule(("ssn5", "given")),
}
# At least one of a pair is encoded: pairs of open identities are compared in the open.
_EITHER = "(l.is_encoded or r.is_encoded)"


def exact_groups(identity: pl.DataFrame, identity_key: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return the group of each identity; see `clusters.exact_groups`."""
    known = codes(identity, key)[0] if identity["encoded"].count() else None
    return clusters.exact_groups(identity, identity_key, known)


def codes(identity: pl.DataFrame, key: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return identities' encodings as numbers, and the filter each number of a name is of.

    Args:
        identity: Identities, open ones among them.
        key: Encoding key, which open ones are encoded with.

    Returns:
        ``identity, is_encoded`` and `CODES`; ``code, bits``, bits as hex digits.
    """
    hidden = identity.filter(pl.col("encoded").is_not_null())
    parts = pl.col("encoded").str.split_exact(".", len(CODES) - 1).struct
    encoded = hidden.select(
        "identity",
        pl.lit(True).alias("is_encoded"),
        *(parts.field(f"field_{at}").replace("", None).alias(n) for at, n in enumerate(CODES)),
    )
    plain = identity.filter(pl.col("encoded").is_null())
    opened = pl.concat(
        [
            plain.select("identity", pl.lit(False).alias("is_encoded")),
            encode.names(plain, key).rename({of: name for name, of in FILTERS.items()}),
            encode.birth_dates(plain, key).rename({of: name for name, of in TOKENS.items()}),
        ],
        how="horizontal",
    )
    whole = pl.concat([encoded, opened.select(encoded.columns)])
    filters = pl.concat([whole[name] for name in FILTERS]).drop_nulls().unique().to_frame("bits")
    return (
        whole.with_columns(
            *(_filter_code(name).alias(name) for name in FILTERS),
            *(number(pl.col(name)) for name in TOKENS),
        ),
        filters.select(_filter_code("bits").alias("code"), "bits"),
    )


def _filter_code(name: str | pl.Expr) -> pl.Expr:
    bits = pl.col(name) if isinstance(name, str) else name
    # Nothing has a hash too, and must not equal nothing.
    return pl.when(bits.is_not_null()).then(bits.hash().reinterpret(signed=True))


def load(
    con: duckdb.DuckDBPyConnection,
    identity: pl.DataFrame,
    group: pl.DataFrame,
    coded: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    """Make table ``identity`` of all named identities in codes, with filters and groups."""
    known, filters = coded
    rows = (
        identity.select("identity", "ssn", "ssn5", "ssn4", "state_id", "gender", "is_k12")
        .join(known, on="identity")
        .join(group.select("identity", "exact_group"), on="identity")
        .filter(pl.col("given").is_not_null() | pl.col("family").is_not_null())
    )
    con.register("rows", rows.to_arrow())
    con.register("filters", filters.to_arrow())
    con.execute("create table filter as select code, unhex(bits)::bit as bits from filters")
    joined = " ".join(
        f"left join filter as {name}_filter on {name}_filter.code = rows.{name}" for name in FILTERS
    )
    bits = ", ".join(f"{name}_filter.bits as {name}_bits" for name in FILTERS)
    con.execute(
        f"create table {blocking.ALL} as "
        f"select rows.*, null::varchar as initial, {bits} from rows {joined}"
    )
    con.unregister("rows")
    con.unregister("filters")


def block(con: duckdb.DuckDBPyConnection, new: str = blocking.ALL) -> dict[str, int]:
    """Make table ``pair`` of the pairs worth comparing; see `blocking.block`."""
    return blocking.block(con, new, RULES, _EITHER)


def frequencies(frequency: dict[str, pl.DataFrame], key: bytes) -> dict[str, pl.DataFrame]:
    """Return the shares of values by their codes."""
    by_code = {}
    for name, table in frequency.items():
        if name == "born":
            day = pl.col("born").dt.strftime("%Y-%m-%d")
            code = number(token(key, "birth_date", day))
        else:
            code = _filter_code(encode.filters(pl.col(name), key, name))
        by_code[name] = table.select(code.alias(name), f"tf_{name}")
    return by_code


def _dice(one: str, other: str) -> str:
    """Return SQL for the share of bits two filters have in common, 0 to 1."""
    left, right = f"{one}_bits_l", f"{other}_bits_r"
    return (
        f"(2.0 * bit_count({left} & {right}) / greatest(bit_count({left}) + bit_count({right}), 1))"
    )


# For each level of the open model what it is among encodings; a level that is not here is none.
_LEVELS = {
    "given": {
        "Equal": "given_l = given_r",
        "Nickname": "nick_l = nick_r",
        "Cut short or a typo": f"{_dice('given', 'given')} >= {TYPO}",
        "Three letters": f"{_dice('given', 'given')} >= {THREE_LETTERS}",
    },
    "initial": {"Equal": "initial_l = initial_r"},
    "family": {
        "Equal": "family_l = family_r",
        "One of two surnames": f"{_dice('family', 'family2')} >= {SURNAME_TYPO} "
        f"or {_dice('family2', 'family')} >= {SURNAME_TYPO}",
        "A typo": f"{_dice('family', 'family')} >= {SURNAME_TYPO}",
    },
    "family2": {
        "Equal, or as much as is there": "family2_l = family2_r",
        "A typo or the other place": f"{_dice('family2', 'family2')} >= {SURNAME_TYPO} "
        f"or {_dice('family2', 'family')} >= {SURNAME_TYPO}",
    },
    "born": {
        "Equal": "born_l = born_r",
        "Month and day exchanged": "born_l = exchanged_r",
        "Some days, or a year off": "born_month_l = born_month_r or born_day_l = born_day_r",
    },
}


def model(trained: dict[str, Any]) -> dict[str, Any]:
    """Return the trained model with encodings in place of what it compares.

    Levels keep their places and weights: what reads a score need not distinguish encodings.
    """
    encoded = copy.deepcopy(trained)
    for comparison in encoded["comparisons"]:
        levels = _LEVELS.get(comparison["output_column_name"])
        if levels is None:
            continue
        name = comparison["output_column_name"]
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                level["sql_condition"] = f"{name}_l is null or {name}_r is null"
            elif level["sql_condition"] != "ELSE":
                level["sql_condition"] = levels.get(level["label_for_charts"], "1 = 0")
    return encoded
