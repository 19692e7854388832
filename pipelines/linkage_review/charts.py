"""Charts: the waterfall of a pair, and the model's weights, pairs, unlinkables, threshold.

Lives here: drawing counts and weights with matplotlib, which is slow to load; import this module
where you draw. Does not: weights (`evidence`); values of anybody.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.home.files import replacing
from pipelines.linkage import model
from pipelines.linkage.clusters import LEAST_STORED, THRESHOLD_BITS
from pipelines.linkage.store import Store
from pipelines.linkage_review import evidence
from pipelines.linkage_review.evidence import FINAL, PRIOR, Bar

# Identities whose weight against themselves is scored; so many give a share to half a percent.
SAMPLE = 50_000
_INK, _FOR, _AGAINST, _TOTAL = "#333333", "#2f7d4f", "#b5473c", "#4e79a7"
_COLORS = [_TOTAL, _FOR, "#d98032", _AGAINST, "#7a5ba6", "#8c8c8c", "#76b7b2", "#9c755f"]


def save(figure: Figure, path: Path, dpi: int = 110) -> None:
    """Write a figure as PNG, readable by its owner alone."""
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=dpi)


def draw_model(store: Store, paths: Mapping[str, Path]) -> None:
    """Write the charts of the model to the paths of their names."""
    (store.identity / "pictures").mkdir(mode=0o700, exist_ok=True)
    pair = pl.read_parquet(store.pair, columns=["match_weight", "match_probability", "decision"])
    figures = {
        "weights": weights(model.load(store.model)),
        "pairs": histogram(pair),
        "unlinkables": unlinkables(against_themselves(store)),
        "threshold": threshold_curve(expected(pair["match_probability"])),
    }
    for name, figure in figures.items():
        save(figure, paths[name], dpi=68)


def waterfall(bars: list[Bar], title: str) -> Figure:
    """Return the waterfall of one pair.

    Args:
        bars: Prior, comparisons, match weight.
        title: Names the pair and what became of it.
    """
    figure, axes = _axes(9.5, 1.7 + 0.42 * len(bars))
    reached = 0.0
    for at, bar in enumerate(bars):
        is_total = bar.name in (PRIOR, FINAL)
        start = 0.0 if is_total else reached
        reached = start + bar.bits
        color = _TOTAL if is_total else _FOR if bar.bits >= 0 else _AGAINST
        axes.barh(at, bar.bits, left=start, height=0.62, color=color)
        axes.text(
            max(start, reached), at, f"  {bar.bits:+.1f}", va="center", color=_INK, fontsize=10,
            zorder=3, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip
        if bar.name != FINAL:
            axes.plot([reached] * 2, [at - 0.31, at + 1.31], color=_INK, linewidth=0.6)
    labels = [f"{bar.name}: {bar.level}" if bar.level else bar.name for bar in bars]
    axes.set_yticks(range(len(bars)), labels, fontsize=10)
    axes.invert_yaxis()
    axes.use_sticky_edges = False
    axes.margins(x=0.09)
    _threshold(axes, f"threshold {THRESHOLD_BITS:.1f}")
    axes.axvline(0, color=_INK, linewidth=0.6)
    axes.set_xlabel("bits: each one doubles the odds that this is one person")
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False)
    figure.suptitle(title, fontsize=11, x=0.01, ha="left", color=_INK)
    return figure


def weights(trained: dict[str, Any]) -> Figure:
    """Return the weight of each level of each comparison."""
    rows = [
        (f"{evidence.NAMES[name]}: {level.label}", level.bits)
        for name, levels in evidence.levels(trained).items()
        for _, level in sorted(levels.items(), reverse=True)
        if level.m is not None
    ]
    figure, axes = _axes(8, 1.2 + 0.24 * len(rows), "What each agreement weighs, before rarity")
    for at, (_, bits) in enumerate(rows):
        axes.barh(at, bits, height=0.7, color=_FOR if bits >= 0 else _AGAINST)
        axes.text(max(bits, 0), at, f" {bits:+.1f}", va="center", fontsize=8, color=_INK)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.axvline(0, color=_INK, linewidth=0.6)
    axes.set_xlabel("bits")
    return figure


def histogram(pair: pl.DataFrame) -> Figure:
    """Return the number of scored pairs by weight and decision."""
    figure, axes = _axes(9, 4.2, "Scored pairs by weight and outcome")
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
    _legend(axes, len(parts))
    axes.set_xlabel("match weight, bits")
    axes.set_ylabel("pairs of identities")
    return figure


def against_themselves(store: Store, sample: int = SAMPLE) -> pl.DataFrame:
    """Return the weight of identities against themselves: ``source, match_weight``.

    The weight is null for an identity without a given name or surname: it is never compared.
    """
    keys = store.scan("identity_key").select("source", "identity").unique()
    identity = store.scan("identity").select("identity", "given", "family")
    share = -(-identity.select(pl.len()).collect().item() // sample) or 1
    some = identity.filter((pl.col("identity") // 64) % share == 0).collect()
    named = some.drop_nulls(["given", "family"])["identity"].to_list()
    scored = evidence.score(store, [(number, number) for number in named])
    weight = scored.select(pl.col("identity_l").alias("identity"), "match_weight")
    return (
        keys.join(some.lazy().select("identity"), on="identity")
        .join(weight.lazy(), on="identity", how="left")
        .select("source", "match_weight")
        .sort("source", "match_weight")
        .collect()
    )


def unlinkables(against: pl.DataFrame) -> Figure:
    """Return the share of each source's identities that no pair could bring to a weight."""
    title = "Identities that fall short of a weight even against themselves"
    figure, axes = _axes(9, 4.2, title)
    grid = np.arange(-10, 31, 0.5)
    parts = sorted(against.partition_by("source", as_dict=True).items())
    for at, ((source,), part) in enumerate(parts):
        reached = part["match_weight"].fill_null(-np.inf).to_numpy()
        shares = [100 * float((reached < bits).mean()) for bits in grid]
        never = 100 * float((reached < THRESHOLD_BITS).mean())
        label = f"{source}: {never:.1f} %"
        axes.plot(grid, shares, label=label, color=_COLORS[at % len(_COLORS)], linewidth=1.6)
    _threshold(axes)
    axes.set_ylim(-2, 102)
    _legend(axes, len(parts), "cannot reach the threshold")
    axes.set_xlabel("match weight, bits")
    axes.set_ylabel("% of identities")
    return figure


def expected(probability: pl.Series) -> pl.DataFrame:
    """Return the precision and recall that the model expects: ``threshold, precision, recall``.

    Args:
        probability: Of every stored pair; recall is of these.
    """
    p = np.sort(probability.to_numpy())[::-1]
    thresholds = np.concatenate([np.arange(LEAST_STORED, 0.99, 0.01), [0.99, 0.995, 0.999]])
    above = np.searchsorted(-p, -thresholds, side="right")
    true = np.concatenate([[0.0], np.cumsum(p)])[above]
    return pl.DataFrame(
        {
            "threshold": thresholds,
            "precision": np.where(above > 0, true / np.maximum(above, 1), 1.0),
            "recall": true / max(float(p.sum()), 1e-12),
        }
    )


def threshold_curve(curve: pl.DataFrame) -> Figure:
    """Return expected precision and recall by threshold."""
    title = f"What the model expects of the pairs it stored ({LEAST_STORED} or above)"
    figure, axes = _axes(9, 4.2, title)
    # Even steps of odds, so that what happens near 1 can be seen.
    ticks = np.array([0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999])
    for name, color in (("precision", _FOR), ("recall", _TOTAL)):
        bits = _bits(curve["threshold"].to_numpy())
        axes.plot(bits, 100 * curve[name].to_numpy(), label=name, color=color, linewidth=1.8)
    axes.set_xticks(_bits(ticks), [f"{tick:g}" for tick in ticks])
    _threshold(axes)
    axes.legend(fontsize=9, frameon=False)
    axes.set_xlabel("probability above which pairs are linked")
    axes.set_ylabel("% expected")
    return figure


def _bits(probability: np.ndarray) -> np.ndarray:
    return np.log2(probability / (1 - probability))


def _axes(width: float, height: float, title: str = "") -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.set_title(title, loc="left", fontsize=11)
    return figure, axes


def _legend(axes: Axes, lines: int, title: str | None = None) -> None:
    if lines:
        axes.legend(
            fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1, 1),
            title=title, title_fontsize=8,
        )  # fmt: skip


def _threshold(axes: Axes, label: str = "threshold") -> None:
    axes.axvline(THRESHOLD_BITS, color=_INK, linestyle=":", linewidth=1)
    axes.annotate(
        label, (THRESHOLD_BITS, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -9),
        textcoords="offset points", fontsize=8, color=_INK,
    )  # fmt: skip
