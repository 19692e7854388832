"""The model in four pictures: weights, scored pairs, who can't be linked, and the threshold.

Lives here: drawing counts and weights with matplotlib. Does not: values of anybody.
"""

from base64 import b64encode
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from pipelines.linkage import model
from pipelines.linkage.run import THRESHOLD, Store
from pipelines.linkage_review import evidence
from pipelines.linkage_review.charts import save

THRESHOLD_BITS = log2(THRESHOLD / (1 - THRESHOLD))
# Records whose weight against themselves is asked; so many tell a share to half a percent.
ASKED = 50_000
_INK, _GOOD, _BAD = "#333333", "#2f7d4f", "#b5473c"
_COLORS = ["#4e79a7", "#2f7d4f", "#d98032", "#b5473c", "#7a5ba6", "#8c8c8c", "#76b7b2", "#9c755f"]


def draw(store: Store) -> dict[str, Path]:
    """Write the pictures to `identity/pictures/` and return where each is."""
    folder = store.identity / "pictures"
    folder.mkdir(mode=0o700, exist_ok=True)
    pair = pl.read_parquet(store.pair, columns=["match_weight", "match_probability", "decision"])
    figures = {
        "weights": weights(model.load(store.model)),
        "pairs": histogram(pair),
        "unlinkables": unlinkables(against_themselves(store)),
        "threshold": threshold_curve(expected(pair["match_probability"])),
    }
    paths = {name: folder / f"{name}.png" for name in figures}
    for name, figure in figures.items():
        save(figure, paths[name], dpi=68)
    return paths


def as_markdown(path: Path) -> str:
    """Return a picture as Markdown that holds it."""
    return f"![{path.stem}](data:image/png;base64,{b64encode(path.read_bytes()).decode()})"


def weights(trained: dict[str, Any]) -> Figure:
    """Return the weight of each level of each comparison."""
    rows = [
        (f"{evidence.NAMES[name]}: {level.label}", level.bits)
        for name, levels in evidence.levels(trained).items()
        for _, level in sorted(levels.items(), reverse=True)
        if level.m is not None
    ]
    figure, axes = _axes(8, 1.2 + 0.24 * len(rows))
    for at, (_, bits) in enumerate(rows):
        axes.barh(at, bits, height=0.7, color=_GOOD if bits >= 0 else _BAD)
        axes.text(max(bits, 0), at, f" {bits:+.1f}", va="center", fontsize=8, color=_INK)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.axvline(0, color=_INK, linewidth=0.6)
    axes.set_xlabel("bits")
    axes.set_title("What each agreement weighs, before rarity", loc="left", fontsize=11)
    return figure


def histogram(pair: pl.DataFrame) -> Figure:
    """Return how many scored pairs have which weight, by what became of them."""
    figure, axes = _axes(9, 4.2)
    most = float(pair["match_weight"].max() or 1)  # pyright: ignore[reportArgumentType]
    bins = np.arange(0, int(most) + 2)
    parts = pair.partition_by("decision", as_dict=True)
    for at, (decision,) in enumerate(sorted(parts)):
        counts, _ = np.histogram(parts[(decision,)]["match_weight"].to_numpy(), bins)
        label = f"{decision} ({counts.sum():,})"
        axes.stairs(counts, bins, label=label, color=_COLORS[at % len(_COLORS)], linewidth=1.6)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_ylim(0)
    _threshold(axes)
    if parts:
        axes.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    axes.set_xlabel("match weight, bits")
    axes.set_ylabel("pairs of records")
    axes.set_title("Scored pairs by weight and outcome", loc="left", fontsize=11)
    return figure


def against_themselves(store: Store, asked: int = ASKED) -> pl.DataFrame:
    """Return the weight of records against themselves: ``source, match_weight``.

    The weight is null for a record without a given name or surname: it is never compared.
    """
    held = store.scan("holder").select("source", "record").unique()
    every = store.scan("record").select("record", "given", "family")
    total = every.select(pl.len()).collect().item()
    share = -(-total // asked) or 1
    some = every.filter((pl.col("record") // 64) % share == 0).collect()
    named = some.drop_nulls(["given", "family"])["record"].to_list()
    scored = evidence.score(store, [(number, number) for number in named])
    weight = scored.select(pl.col("record_l").alias("record"), "match_weight")
    return (
        held.join(some.lazy().select("record"), on="record")
        .join(weight.lazy(), on="record", how="left")
        .select("source", "match_weight")
        .sort("source", "match_weight")
        .collect()
    )


def unlinkables(against: pl.DataFrame) -> Figure:
    """Return the share of each source's records that no pair could bring to a weight."""
    figure, axes = _axes(9, 4.2)
    grid = np.arange(-10, 31, 0.5)
    for at, ((source,), part) in enumerate(
        sorted(against.partition_by("source", as_dict=True).items())
    ):
        reached = part["match_weight"].fill_null(-np.inf).to_numpy()
        shares = [100 * float((reached < bits).mean()) for bits in grid]
        never = 100 * float((reached < THRESHOLD_BITS).mean())
        label = f"{source}: {never:.1f} %"
        axes.plot(grid, shares, label=label, color=_COLORS[at % len(_COLORS)], linewidth=1.6)
    _threshold(axes)
    axes.set_ylim(-2, 102)
    if not against.is_empty():
        axes.legend(
            fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1),
            title="cannot reach the threshold", title_fontsize=8,
        )  # fmt: skip
    axes.set_xlabel("match weight, bits")
    axes.set_ylabel("% of records")
    axes.set_title(
        "Records that fall short of a weight even against themselves", loc="left", fontsize=11
    )
    return figure


def expected(probability: pl.Series) -> pl.DataFrame:
    """Return what precision and recall the model expects: ``threshold, precision, recall``.

    Args:
        probability: Of every kept pair; recall is of these.
    """
    p = np.sort(probability.to_numpy())[::-1]
    thresholds = np.concatenate([np.arange(0.5, 0.99, 0.01), [0.99, 0.995, 0.999]])
    above = np.searchsorted(-p, -thresholds, side="right")
    found = np.concatenate([[0.0], np.cumsum(p)])[above]
    return pl.DataFrame(
        {
            "threshold": thresholds,
            "precision": np.where(above > 0, found / np.maximum(above, 1), 1.0),
            "recall": found / max(float(p.sum()), 1e-12),
        }
    )


def threshold_curve(curve: pl.DataFrame) -> Figure:
    """Return expected precision and recall by threshold."""
    figure, axes = _axes(9, 4.2)
    # Even steps of odds, so that what happens near 1 can be seen.
    x = np.log2(curve["threshold"].to_numpy() / (1 - curve["threshold"].to_numpy()))
    for name, color in (("precision", _GOOD), ("recall", "#4e79a7")):
        axes.plot(x, 100 * curve[name].to_numpy(), label=name, color=color, linewidth=1.8)
    ticks = np.array([0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999])
    axes.set_xticks(np.log2(ticks / (1 - ticks)), [f"{tick:g}" for tick in ticks])
    _threshold(axes)
    axes.legend(fontsize=9, frameon=False)
    axes.set_xlabel("probability above which pairs are linked")
    axes.set_ylabel("% expected")
    axes.set_title(
        "What the model expects of the pairs it kept (0.5 or above)", loc="left", fontsize=11
    )
    return figure


def _axes(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure, axes


def _threshold(axes: Any) -> None:
    axes.axvline(THRESHOLD_BITS, color=_INK, linestyle=":", linewidth=1)
    axes.annotate(
        "threshold", (THRESHOLD_BITS, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -9),
        textcoords="offset points", fontsize=8, color=_INK,
    )  # fmt: skip
