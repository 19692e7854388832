"""A picture of how much of each public cut is shown.

Lives here: bars as SVG. Does not: counting cells (`publication`).
"""

from html import escape

import polars as pl

ROW, LEFT, WIDTH = 18, 260, 420
# A rate; a denominator alone; hidden; withheld: dark to light, and told apart in grey.
KINDS = {"rate": "#1b4965", "denominator": "#62a7c1", "hidden": "#d5d5d5", "withheld": "#f3e2c7"}


def cut_picture(shown: pl.DataFrame) -> str:
    """Return bars of a cut's cells by what is shown of them, a bar for each cut.

    Args:
        shown: Rows of `publication.shown_by_cut`.
    """
    parts = [
        f'<rect x="{LEFT + 110 * n}" y="2" width="10" height="10" fill="{color}"/>'
        f'<text x="{LEFT + 14 + 110 * n}" y="11">{kind}</text>'
        for n, (kind, color) in enumerate(KINDS.items())
    ]
    for n, row in enumerate(shown.iter_rows(named=True), start=1):
        name = escape(f"{row['region_scheme']}: {row['student_group'].replace('_', ' ')}")
        top, at = n * ROW, LEFT
        parts.append(f'<text x="{LEFT - 6}" y="{top + 11}" text-anchor="end">{name}</text>')
        listed = row["cells"] - row["cells_withheld"]
        cells = (
            row["rates_shown"],
            row["denominators_shown"] - row["rates_shown"],
            listed - row["denominators_shown"],
            row["cells_withheld"],
        )
        for count, (kind, color) in zip(cells, KINDS.items(), strict=True):
            width = WIDTH * count / max(row["cells"], 1)
            parts.append(
                f'<rect x="{at:.1f}" y="{top + 2}" width="{width:.1f}" height="{ROW - 6}" '
                f'fill="{color}"><title>{name}, {kind}: {count:,}</title></rect>'
            )
            at += width
    size = f'width="{LEFT + WIDTH + 10}" height="{(shown.height + 1) * ROW + 4}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" '
        f'font-size="11">{"".join(parts)}</svg>'
    )
