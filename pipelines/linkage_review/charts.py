"""The waterfall of one pair: from the prior, over every comparison, to the match weight.

Lives here: drawing with matplotlib. Does not: weights (`evidence`); values of anybody.
"""

from pathlib import Path

from matplotlib.figure import Figure

from pipelines.home.files import replacing
from pipelines.linkage_review.evidence import FINAL, PRIOR, Bar

_FOR, _AGAINST, _TOTAL, _INK = "#2f7d4f", "#b5473c", "#4e79a7", "#333333"


def waterfall(bars: list[Bar], title: str, threshold: float) -> Figure:
    """Return the waterfall of one pair.

    Args:
        bars: Prior, comparisons, match weight.
        title: Names the pair and what became of it.
        threshold: Match weight above which a pair may join people.
    """
    figure = Figure(figsize=(9.5, 1.7 + 0.42 * len(bars)), layout="constrained")
    axes = figure.add_subplot()
    reached = 0.0
    for at, bar in enumerate(bars):
        start = 0.0 if bar.name in (PRIOR, FINAL) else reached
        end = start + bar.bits
        axes.barh(at, bar.bits, left=start, height=0.62, color=_color(bar))
        axes.text(
            max(start, end),
            at,
            f"  {bar.bits:+.1f}",
            va="center",
            color=_INK,
            fontsize=10,
            zorder=3,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )
        if bar.name != FINAL:
            axes.plot([end, end], [at - 0.31, at + 1.31], color=_INK, linewidth=0.6)
        reached = end
    axes.axvline(threshold, color=_INK, linestyle=":", linewidth=1)
    axes.annotate(
        f"threshold {threshold:.1f}", (threshold, 1.0), xycoords=("data", "axes fraction"),
        xytext=(4, 3), textcoords="offset points", fontsize=9, color=_INK,
    )  # fmt: skip
    axes.axvline(0, color=_INK, linewidth=0.6)
    axes.set_yticks(range(len(bars)), [_label(bar) for bar in bars], fontsize=10)
    axes.invert_yaxis()
    axes.use_sticky_edges = False
    axes.margins(x=0.09)
    axes.set_xlabel("bits: each one doubles the odds that this is one person")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    figure.suptitle(title, fontsize=11, x=0.01, ha="left", color=_INK)
    return figure


def _label(bar: Bar) -> str:
    return f"{bar.name}: {bar.level}" if bar.level else bar.name


def _color(bar: Bar) -> str:
    if bar.name in (PRIOR, FINAL):
        return _TOTAL
    return _FOR if bar.bits >= 0 else _AGAINST


def save(figure: Figure, path: Path, dpi: int = 110) -> None:
    """Write a figure as PNG, readable by its owner alone."""
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=dpi)
