"""The Splink model: what is compared, levels of agreement, and what they weigh.

Lives here: comparisons, training without labels, the saved model, DuckDB sessions.
Does not: which pairs are scored (`blocking`), scoring them (`scoring`), what becomes of a score.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.comparison_level_library import CustomLevel
from splink.comparison_library import CustomComparison

# Splink logs its progress, and some warnings show values; neither belongs in a log.
logging.getLogger("splink").setLevel(logging.CRITICAL)

# With fewer identities there is too little to learn from, and the weights below are used.
ENOUGH_TO_TRAIN = 20_000
# Identities of the training sample, which EM learns from, and of the random pairs, which stand for
# pairs of two people. With ten times as many, weights of 100,000 students moved by < 0.2 bits.
TRAINING_SAMPLE, RANDOM_PAIRS = 100_000, 2_000
SEED = 1
# What DuckDB may hold before it spills; a million students take about this much.
MEMORY = "1500MB"


def level(
    sql: str, label: str, m: float, u: float, by: str | None = None, fixed: bool = False
) -> CustomLevel:
    """Return a level of agreement.

    Args:
        sql: When it holds.
        label: What it is called.
        m: Share of pairs of one person that reach it, until training finds better.
        u: Share of pairs of two people.
        by: Column whose rarer values weigh more.
        fixed: Whether training leaves both shares alone.
    """
    one = CustomLevel(sql, label)
    one.configure(
        m_probability=m, u_probability=u, fix_m_probability=fixed, fix_u_probability=fixed
    )
    if by:
        one.configure(tf_adjustment_column=by, tf_adjustment_weight=1.0, tf_minimum_u_value=1e-5)
    return one


def nothing(sql: str) -> CustomLevel:
    """Return the level of pairs that a comparison says nothing of."""
    one = CustomLevel(sql, "Nothing to compare")
    one.configure(is_null_level=True)
    return one


def either_null(*columns: str) -> str:
    """Return that a column of either identity is empty."""
    return " or ".join(f"{c}_l is null or {c}_r is null" for c in columns)


def _prefix(column: str, least: int) -> str:
    """Return that one value begins with the other, which has at least so many letters."""
    return (
        f"(least(length({column}_l), length({column}_r)) >= {least} and "
        f"(starts_with({column}_l, {column}_r) or starts_with({column}_r, {column}_l)))"
    )


# The names of one identity are those of the other the wrong way round.
_EXCHANGED = "(given_l = left(family_r, 8) and left(family_l, 8) = given_r)"


def typo(column: str, least: float) -> str:
    """Return that one value is a typo of the other: close, or one letter off."""
    return (
        f"(jaro_winkler_similarity({column}_l, {column}_r) >= {least} "
        f"or (least(length({column}_l), length({column}_r)) >= 4 "
        f"and damerau_levenshtein({column}_l, {column}_r) <= 1))"
    )


GIVEN = CustomComparison(
    output_column_name="given",
    comparison_levels=[
        nothing(either_null("given")),
        level("given_l = given_r", "Equal", 0.89, 0.004, by="given"),
        level(_EXCHANGED, "Exchanged with the last name", 0.004, 1e-6, fixed=True),
        level("nick_l = nick_r", "Nickname", 0.03, 0.004),
        level(
            f"{_prefix('givens', 3)} or {typo('givens', 0.9)} or {typo('given', 0.9)}",
            "Cut short or a typo", 0.05, 0.006,
        ),
        level(
            "left(given_l, 1) = left(given_r, 1) and (length(given_l) = 1 or length(given_r) = 1)",
            "Initial", 0.002, 0.0005,
        ),
        level("left(given_l, 3) = left(given_r, 3)", "Three letters", 0.005, 0.004),
        level("ELSE", "Different", 0.02, 0.98),
    ],
)  # fmt: skip
INITIAL = CustomComparison(
    output_column_name="initial",
    comparison_levels=[
        nothing(either_null("initial")),
        level("initial_l = initial_r", "Equal", 0.97, 0.1),
        level("ELSE", "Different", 0.03, 0.9),
    ],
)
FAMILY = CustomComparison(
    output_column_name="family",
    comparison_levels=[
        nothing(f"{either_null('family')} or {_EXCHANGED}"),
        level("family_l = family_r", "Equal", 0.88, 0.003, by="family"),
        level(_prefix("families", 5), "Equal when run on or cut short", 0.02, 0.0006),
        level(
            "family_l = family2_r or family2_l = family_r "
            "or jaro_winkler_similarity(family_l, family2_r) >= 0.92 "
            "or jaro_winkler_similarity(family2_l, family_r) >= 0.92",
            "One of two surnames", 0.02, 0.002,
        ),
        level(
            f"{typo('family', 0.9)} or {typo('families', 0.93)}",
            "A typo", 0.02, 0.003,
        ),
        level("ELSE", "Different", 0.06, 0.99),
    ],
)  # fmt: skip
FAMILY2 = CustomComparison(
    output_column_name="family2",
    comparison_levels=[
        nothing(either_null("family2")),
        level(_prefix("family2", 1), "Equal, or as much as is there", 0.95, 0.02),
        level(
            "family2_l = family_r or jaro_winkler_similarity(family2_l, family2_r) >= 0.88",
            "A typo or the other place", 0.03, 0.02,
        ),
        level("ELSE", "Different", 0.02, 0.96),
    ],
)  # fmt: skip
BORN = CustomComparison(
    output_column_name="born",
    comparison_levels=[
        nothing(either_null("born")),
        level("born_l = born_r", "Equal", 0.98, 0.0002, by="born"),
        level(
            "year(born_l) = year(born_r) and month(born_l) = day(born_r) "
            "and day(born_l) = month(born_r)",
            "Month and day exchanged", 0.004, 0.0001,
        ),
        level(
            "year(born_l) = year(born_r) and ((month(born_l) = 1 and day(born_l) = 1) "
            "or (month(born_r) = 1 and day(born_r) = 1))",
            "First of January for want of a day", 0.003, 0.001,
        ),
        level(
            "abs(born_l - born_r) <= 10 or (abs(year(born_l) - year(born_r)) in (1, 2, 10) "
            "and month(born_l) = month(born_r) and abs(day(born_l) - day(born_r)) <= 0)",
            "Some days, or a year off", 0.008, 0.006,
        ),
        level("ELSE", "Different", 0.005, 0.99),
    ],
)  # fmt: skip
GENDER = CustomComparison(
    output_column_name="gender",
    comparison_levels=[
        nothing(either_null("gender")),
        level("gender_l = gender_r", "Equal", 0.99, 0.5),
        level("ELSE", "Different", 0.01, 0.5),
    ],
)
# Weights of numbers are set, not learned: two people with one SSN are too rare to sample, and pairs
# found by their SSN say nothing of how often it is wrong.
SSN = CustomComparison(
    output_column_name="ssn",
    comparison_levels=[
        nothing(either_null("ssn")),
        level("ssn_l = ssn_r", "Equal", 0.975, 2e-7, fixed=True),
        level(
            "ssn5_l = ssn5_r or ssn4_l = ssn4_r",
            "First five or last four digits equal", 0.015, 3e-4, fixed=True,
        ),
        level("ELSE", "Different", 0.01, 0.9997, fixed=True),
    ],
)  # fmt: skip
STATE_ID = CustomComparison(
    output_column_name="state_id",
    comparison_levels=[
        nothing(either_null("state_id")),
        level("state_id_l = state_id_r", "Equal", 0.99, 1e-8, fixed=True),
        level("ELSE", "Different", 0.01, 0.9999, fixed=True),
    ],
)
COMPARISONS = [GIVEN, INITIAL, FAMILY, FAMILY2, BORN, GENDER, SSN, STATE_ID]
COMPARED = ["given", "initial", "family", "family2", "born", "gender", "ssn", "state_id"]
# Weights depend on the order of additions in their last bits; six digits are equal everywhere.
DIGITS = 6


def untrained(
    prior: float, comparisons: Sequence[CustomComparison] = tuple(COMPARISONS)
) -> dict[str, Any]:
    """Return the model with the weights of this file.

    Args:
        prior: Probability that two identities drawn at random are of one person.
        comparisons: What is compared.
    """
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="identity",
        probability_two_random_records_match=prior,
        comparisons=list(comparisons),
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
        linker_uid="linkage",
    ).create_settings_dict("duckdb")


@contextmanager
def duckdb_session(folder: Path, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a DuckDB in memory that spills, if it must, into `folder` and leaves nothing there."""
    spill = folder / ".spill"
    with duckdb.connect(config={"temp_directory": str(spill), "memory_limit": MEMORY}) as con:
        con.execute("set enable_progress_bar = false; set preserve_insertion_order = false")
        if threads:
            con.execute(f"set threads = {threads}")
        try:
            yield con
        finally:
            if spill.exists():
                for path in spill.iterdir():
                    path.unlink()
                spill.rmdir()


def train(identity: pl.DataFrame, prior: float, folder: Path) -> dict[str, Any]:
    """Return a model whose weights are estimated from identities, without any label.

    What two people share is counted over random pairs, of identities drawn by their number. What
    one person's identities share is estimated by expectation maximisation, within those of one SSN
    and within those of one state id. All on one thread, so that weights are equal everywhere.

    Args:
        identity: Identities.
        prior: Probability that two of them drawn at random are of one person.
        folder: Where DuckDB may spill.
    """
    if identity.height < ENOUGH_TO_TRAIN:
        return untrained(prior)
    named = identity.drop_nulls(["given", "family"])
    random = _part(named, "identity", RANDOM_PAIRS)
    sample = pl.concat(
        _part(named.drop_nulls(number), number, TRAINING_SAMPLE // 2)
        for number in ("ssn", "state_id")
    )
    with duckdb_session(folder, threads=1) as con:
        linker = linker_of(con, random, untrained(prior), "random_pairs")
        linker.training.estimate_u_using_random_sampling(
            max_pairs=RANDOM_PAIRS**2, seed=SEED, min_count_per_level=None
        )
        model = linker.misc.save_model_to_json()
    with duckdb_session(folder, threads=1) as con:
        linker = linker_of(con, sample.unique("identity"), model, "training_sample")
        for number in ("ssn", "state_id"):
            linker.training.estimate_parameters_using_expectation_maximisation(
                f"l.{number} = r.{number}",
                fix_probability_two_random_records_match=False,
            )
        model = linker.misc.save_model_to_json()
    return _rounded(model) | {"probability_two_random_records_match": prior}


def _part(identity: pl.DataFrame, by: str, at_most: int) -> pl.DataFrame:
    """Return about `at_most` of the identities: whole groups of one value of `by`."""
    share = -(-identity.height // at_most)
    # Values are hashes; dividing keeps their lowest bits out of the choice of identities.
    return identity.filter((pl.col(by) // 64) % share == 0)


def linker_of(
    con: duckdb.DuckDBPyConnection, identity: pl.DataFrame, model: dict[str, Any], name: str
) -> Linker:
    """Return a linker over table `name`, which it makes of identities in their order."""
    con.register("unsorted", identity.to_arrow())
    con.execute(f"create table {name} as select * from unsorted order by identity")
    db = DuckDBAPI(con)
    return Linker(db.register(name, dataset_display_name=name), model, log_level=None)


def _rounded(model: dict[str, Any]) -> dict[str, Any]:
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            for name in ("m_probability", "u_probability"):
                if isinstance(level.get(name), float):
                    level[name] = float(f"{level[name]:.{DIGITS}g}")
    return model


def save(model: dict[str, Any], path: Path) -> None:
    """Write a model where it is applied from."""
    path.write_text(json.dumps(model, indent=1, sort_keys=True))


def load(path: Path) -> dict[str, Any]:
    """Return a saved model."""
    return json.loads(path.read_text())
