"""Scoring: the match weight of pairs of identities under a trained model.

Lives here: value frequencies, scoring open and encoded pairs, Splink's waterfall charts.
Does not: which pairs are scored (`blocking`), what becomes of a score (`resolve`).
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from splink import DuckDBAPI, Linker
from splink.internals.splink_dataframe import SplinkDataFrame

from pipelines.linkage import blocking, encoded, model
from pipelines.linkage.clusters import LEAST_STORED
from pipelines.linkage.identities import BY_FREQUENCY
from pipelines.linkage.model import COMPARED, DIGITS, ENOUGH_TO_TRAIN

SCORED = [
    "identity_l", "identity_r", "match_key", "match_weight", "match_probability",
    *(f"gamma_{name}" for name in COMPARED), *(f"mw_{name}" for name in COMPARED),
    *(f"mw_tf_adj_{name}" for name in BY_FREQUENCY),
]  # fmt: skip


def frequencies(identity: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the share of each value of a column: ``<column>``, ``tf_<column>``.

    Among few identities a share says nothing of a name, and all names weigh the same.
    """
    counted = identity if identity.height >= ENOUGH_TO_TRAIN else identity.clear()
    return {
        name: counted.drop_nulls(name)
        .group_by(name)
        .len("n")
        .select(name, (pl.col("n") / pl.col("n").sum()).alias(f"tf_{name}"))
        .sort(name)
        for name in BY_FREQUENCY
    }


def score(
    con: duckdb.DuckDBPyConnection,
    trained: dict[str, Any],
    frequency: dict[str, pl.DataFrame],
    least: float = LEAST_STORED,
) -> pl.DataFrame:
    """Return the pairs of table ``pair`` whose probability is at least `least`, scored.

    Args:
        con: Holds ``identity`` (identities) and ``pair`` (``match_key, join_key_l, join_key_r``).
        trained: A trained model.
        frequency: As `frequencies` gives it, of the identities the model was trained on.
        least: Probability below which pairs are dropped.
    """
    table = _predicted(con, trained, frequency, least)[1].physical_name
    columns = set(con.execute(f"select * from {table} limit 0").pl().columns)
    wanted = ", ".join(name for name in SCORED if name in columns)
    scored = con.execute(f"select {wanted} from {table}").pl()
    return scored.with_columns(pl.selectors.float().round(DIGITS)).sort("identity_l", "identity_r")


def score_encoded(
    folder: Path,
    identity: pl.DataFrame,
    group: pl.DataFrame,
    trained: dict[str, Any],
    frequency: dict[str, pl.DataFrame],
    key: bytes,
    new: pl.Series | None = None,
) -> pl.DataFrame:
    """Return the scored pairs that hold an encoded identity, and one of `new` where given.

    Args:
        folder: Where DuckDB may spill.
        identity: All identities.
        group: The ``exact_group`` of each.
        trained: A trained model.
        frequency: As `score` takes it.
        key: Encoding key.
        new: Numbers of new identities.
    """
    with model.duckdb_session(folder) as con:
        encoded.load(con, identity, group, encoded.codes(identity, key))
        if new is not None:
            con.register("new_identity", new.to_frame("identity").to_arrow())
            con.execute(
                f"create table {blocking.NEW} as "
                f"select * from {blocking.ALL} semi join new_identity using (identity)"
            )
        encoded.block(con, blocking.ALL if new is None else blocking.NEW)
        return score(con, encoded.model(trained), encoded.frequencies(frequency, key))


def charts(
    con: duckdb.DuckDBPyConnection, trained: dict[str, Any], frequency: dict[str, pl.DataFrame]
) -> dict[tuple[int, int], dict[str, Any]]:
    """Return Splink's waterfall chart of each pair of table ``pair``, values included.

    Takes what `score` takes. A chart is a Vega-Lite specification.
    """
    linker, scored = _predicted(con, trained, frequency, 0.0)
    return {
        (row["identity_l"], row["identity_r"]): linker.visualisations.waterfall_chart(
            [row]
        ).chart_dict
        for row in scored.as_record_list()
    }


def _predicted(
    con: duckdb.DuckDBPyConnection,
    trained: dict[str, Any],
    frequency: dict[str, pl.DataFrame],
    least: float,
) -> tuple[Linker, SplinkDataFrame]:
    db = DuckDBAPI(con)
    linker = Linker(
        db.register(blocking.ALL, dataset_display_name=blocking.ALL),
        json.loads(json.dumps(trained)),
        log_level=None,
        # Training did.
        validate_settings=False,
    )
    for name, table in frequency.items():
        con.register(f"frequency_{name}", table.to_arrow())
        linker.table_management.register_term_frequency_lookup(
            db.register(f"frequency_{name}"), name
        )
    linker.table_management.register_blocked_pairs_for_predict(db.register("pair"))
    scored = linker.inference.predict(threshold_match_probability=least, warning_mode="never")
    return linker, scored
