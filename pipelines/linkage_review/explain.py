"""`explain-person`: a person's or a pair's evidence, printed and drawn for the home's owner.

Lives here: tables, and files in `identity/explanation/`. Does not: weights (`evidence`), drawing.
"""

import json
from math import log2
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from pipelines.home.files import replacing
from pipelines.linkage import clusters, model
from pipelines.linkage.run import THRESHOLD, Store
from pipelines.linkage_review import evidence
from pipelines.linkage_review.evidence import FINAL, Pair

NOTICE = (
    "This shows names, birth dates and genders as they are compared. It is for the owner of this "
    "data home alone: don't paste it anywhere."
)
VALUES = ["given", "initial", "givens", "family", "family2", "families", "born", "gender"]
# Numbers are hashes; a letter for each is enough to see which are equal.
NUMBERED = ["state_id", "ssn", "ssn5", "ssn4"]
MOST_PAIRS = 30
THRESHOLD_BITS = log2(THRESHOLD / (1 - THRESHOLD))


def explain(store: Store, id_: str, console: Console) -> Path:
    """Print who is meant by `id_`, draw the waterfalls, and return their folder.

    Args:
        store: The identity store.
        id_: A person id, a record number, or two of either with a comma between.
        console: Where to print.

    Raises:
        evidence.UnknownId: No person or record has that id.
    """
    ids = [part.strip() for part in id_.split(",")]
    if len(ids) > 2:
        raise evidence.UnknownId("Give one id, or two with a comma between them.")
    console.print(f"[bold]{NOTICE}[/bold]\n")
    held = [evidence.held(store, one) for one in ids]
    told = pl.concat(held).unique(maintain_order=True)
    if len(ids) == 2:
        wanted, others = [_best_between(store, ids, held)], pl.DataFrame()
    else:
        wanted = evidence.within(told["record"].to_list())
        others = _outside(store, told["record"].to_list())
    console.print(_keys(told))
    pairs = evidence.explained(store, wanted)
    if not others.is_empty():
        pairs = pl.concat([pairs, others])
    shown = pairs.head(MOST_PAIRS)
    numbers = {n for end in ("record_l", "record_r") for n in shown[end]} | set(told["record"])
    console.print(_values(evidence.records(store, sorted(numbers))))
    if pairs.is_empty():
        console.print("One record, and no pair with another was kept: there is nothing to weigh.")
    if pairs.height > MOST_PAIRS:
        console.print(f"The first {MOST_PAIRS} of {pairs.height} pairs are shown.")
    trained = model.load(store.model)
    for row in shown.iter_rows(named=True):
        console.print(_weights(row, trained))
    folder = _folder(store, "_".join(ids))
    _draw(store, folder, shown, trained)
    return folder


def _best_between(store: Store, ids: list[str], held: list[pl.DataFrame]) -> Pair:
    """Return the pair that is asked for: records by number, else the best scored one."""
    one, other = (
        [int(id_)] if id_.isdecimal() else rows["record"].unique().to_list()
        for id_, rows in zip(ids, held, strict=True)
    )
    kept = evidence.kept_pairs(store, one, other)
    scored = evidence.score(store, evidence.between(one, other)) if kept.is_empty() else kept
    if scored.is_empty():
        raise evidence.UnknownId("Both ids name one record: there is no pair.")
    best = scored.sort("match_weight", "record_l", "record_r", descending=[True, False, False])
    return best.select("record_l", "record_r").row(0)


def _outside(store: Store, mine: list[int]) -> pl.DataFrame:
    """Return pairs with records of other persons that were kept: refused, split or below."""
    both = pl.all_horizontal(pl.col("record_l", "record_r").is_in(mine))
    return evidence.kept_pairs(store, mine).filter(~both & (pl.col("decision") != clusters.LINKED))


def _keys(held: pl.DataFrame) -> Table:
    table = Table("record", "person", "source", "key", "since", "held by", "score", title="Records")
    for row in held.iter_rows(named=True):
        score = row["match_score"]
        table.add_row(
            str(row["record"]),
            row["person_id"],
            row["source"],
            f"{row['source_person_key'][:8]}…",
            str(row["first_year"]),
            row["match_method"],
            "–" if score is None else f"{score:.6f}",
        )
    return table


def _values(records: pl.DataFrame) -> Table:
    table = Table("record", *VALUES, *NUMBERED, title="As compared (equal letters: equal numbers)")
    letters = {name: _letters(records[name]) for name in NUMBERED}
    for row in records.iter_rows(named=True):
        table.add_row(
            str(row["record"]),
            *(_said(row[name]) for name in VALUES),
            *(letters[name].get(row[name], "–") for name in NUMBERED),
        )
    return table


def _letters(column: pl.Series) -> dict[int, str]:
    return {
        value: f"{chr(ord('A') + at % 26)}{at // 26 or ''}"
        for at, value in enumerate(column.drop_nulls().unique(maintain_order=True))
    }


def _said(value: object) -> str:
    return "–" if value is None else str(value)


def _title(row: dict[str, Any]) -> str:
    return f"{row['record_l']} and {row['record_r']}: {row['decision']}"


def _weights(row: dict[str, Any], trained: dict[str, Any]) -> Table:
    table = Table("comparison", "level", "bits", title=_title(row), title_justify="left")
    table.columns[2].justify = "right"
    for bar in evidence.bars(row, trained):
        if bar.name == FINAL:
            table.add_section()
        level = f"probability {row['match_probability']:.6f}" if bar.name == FINAL else bar.level
        table.add_row(bar.name, level, f"{bar.bits:+.2f}")
    return table


def _folder(store: Store, name: str) -> Path:
    folder = store.identity / "explanation" / name
    for made in (folder.parent, folder):
        made.mkdir(mode=0o700, exist_ok=True)
    for old in folder.glob("waterfall_*"):
        old.unlink()
    return folder


def _draw(store: Store, folder: Path, shown: pl.DataFrame, trained: dict[str, Any]) -> None:
    """Write each pair's waterfall, and Splink's own as a Vega-Lite specification."""
    from pipelines.linkage_review.charts import save, waterfall

    specs = evidence.charts(store, shown.select("record_l", "record_r").rows())
    for row in shown.iter_rows(named=True):
        pair = (row["record_l"], row["record_r"])
        path = folder / f"waterfall_{pair[0]}_{pair[1]}.png"
        title = f"Records {_title(row)}"
        save(waterfall(evidence.bars(row, trained), title, THRESHOLD_BITS), path)
        with replacing(path.with_suffix(".json")) as partial:
            partial.write_text(json.dumps(specs[pair], default=str))
