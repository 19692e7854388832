"""`explain-person`: a person's or a pair's evidence, printed and drawn for the home's owner.

Lives here: tables, and files in `identity/explanation/`. Does not: weights (`evidence`), drawing.
"""

import json
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from pipelines.home.files import replacing
from pipelines.linkage import model
from pipelines.linkage.clusters import LINKED
from pipelines.linkage.store import Store
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


def explain(store: Store, id_: str, console: Console) -> Path:
    """Print who is meant by `id_`, draw the waterfalls, and return their folder.

    Args:
        store: The identity store.
        id_: A person id, an identity number, or two of either with a comma between.
        console: Where to print.

    Raises:
        evidence.UnknownId: No person or identity has that id.
    """
    ids = [part.strip() for part in id_.split(",")]
    if len(ids) > 2:
        raise evidence.UnknownId("Give one id, or two with a comma between them.")
    console.print(f"[bold]{NOTICE}[/bold]\n")
    parts = [evidence.identities_of(store, one) for one in ids]
    keys = pl.concat(parts).unique(maintain_order=True)
    numbers = keys["identity"].to_list()
    if len(ids) == 2:
        pairs = evidence.explained(store, [_best_between(store, ids, parts)])
    else:
        pairs = evidence.explained(store, evidence.within(numbers))
        pairs = pl.concat([pairs, _outside(store, numbers)])
    shown = pairs.head(MOST_PAIRS)
    numbers = {*numbers, *shown["identity_l"], *shown["identity_r"]}
    console.print(_keys(evidence.with_agencies(store, keys)))
    console.print(_values(evidence.identities(store, sorted(numbers))))
    if pairs.is_empty():
        console.print("One identity, and no stored pair with another: there is nothing to weigh.")
    if pairs.height > MOST_PAIRS:
        console.print(f"The first {MOST_PAIRS} of {pairs.height} pairs are shown.")
    trained = model.load(store.model)
    for row in shown.iter_rows(named=True):
        console.print(_weights(row, trained))
    folder = _folder(store, "_".join(ids))
    _draw(store, folder, shown, trained)
    return folder


def _best_between(store: Store, ids: list[str], parts: list[pl.DataFrame]) -> Pair:
    """Return the pair that is asked for: identities by number, else the best scored one."""
    one, other = (
        [int(id_)] if id_.isdecimal() else rows["identity"].unique().to_list()
        for id_, rows in zip(ids, parts, strict=True)
    )
    scored = evidence.stored_pairs(store, one, other)
    if scored.is_empty():
        scored = evidence.score(store, evidence.between(one, other))
    if scored.is_empty():
        raise evidence.UnknownId("Both ids name one identity: there is no pair.")
    best = scored.sort("match_weight", "identity_l", "identity_r", descending=[True, False, False])
    return best.select("identity_l", "identity_r").row(0)


def _outside(store: Store, numbers: list[int]) -> pl.DataFrame:
    """Return stored pairs with identities of other persons: refused, split or below."""
    both = pl.all_horizontal(pl.col("identity_l", "identity_r").is_in(numbers))
    return evidence.stored_pairs(store, numbers).filter(~both & (pl.col("decision") != LINKED))


def _keys(keys: pl.DataFrame) -> Table:
    table = Table(
        "identity", "person", "source", "key", "since", "held by", "score", title="Identities"
    )
    for row in keys.sort("source", "identity").iter_rows(named=True):
        score = row["match_score"]
        table.add_row(
            str(row["identity"]),
            row["person_id"],
            row["source"],
            f"{row['source_person_key'][:8]}…",
            str(row["first_year"]),
            row["match_method"],
            "–" if score is None else f"{score:.6f}",
        )
    return table


def _values(identities: pl.DataFrame) -> Table:
    table = Table(
        "identity", *VALUES, *NUMBERED, title="As compared (equal letters: equal numbers)"
    )
    letters = {name: _letters(identities[name]) for name in NUMBERED}
    for row in identities.iter_rows(named=True):
        table.add_row(
            str(row["identity"]),
            *("–" if row[name] is None else str(row[name]) for name in VALUES),
            *(letters[name].get(row[name], "–") for name in NUMBERED),
        )
    return table


def _letters(column: pl.Series) -> dict[int, str]:
    return {
        value: f"{chr(ord('A') + at % 26)}{at // 26 or ''}"
        for at, value in enumerate(column.drop_nulls().unique(maintain_order=True))
    }


def _title(row: dict[str, Any]) -> str:
    return f"{row['identity_l']} and {row['identity_r']}: {row['decision']}"


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
    for each in (folder.parent, folder):
        each.mkdir(mode=0o700, exist_ok=True)
    for old in folder.glob("waterfall_*"):
        old.unlink()
    return folder


def _draw(store: Store, folder: Path, shown: pl.DataFrame, trained: dict[str, Any]) -> None:
    """Write each pair's waterfall, and Splink's own as a Vega-Lite specification."""
    from pipelines.linkage_review.charts import save, waterfall

    specs = evidence.charts(store, shown.select("identity_l", "identity_r").rows())
    for row in shown.iter_rows(named=True):
        pair = (row["identity_l"], row["identity_r"])
        path = folder / f"waterfall_{pair[0]}_{pair[1]}.png"
        title = f"Identities {_title(row)}"
        save(waterfall(evidence.bars(row, trained), title), path)
        with replacing(path.with_suffix(".json")) as partial:
            partial.write_text(json.dumps(specs[pair], default=str))
