"""`python -m tests.browser.results`: draws the headline results of a release for the README.

Lives here: which numbers, and how they are drawn. Does not: the numbers, which are
`metrics.leadership_state`.
"""

import argparse
from pathlib import Path

import duckdb
import matplotlib

from pipelines.settings import Settings
from tests.browser.pictures import FOLDER

matplotlib.use("agg")
import matplotlib.pyplot as plt

#: Rates of fewer people are not drawn: they say little, and may not be published.
LEAST_PEOPLE = 30
RATES = f"""
    select state.position, state.metric_name, state.cohort_year, state.denominator, state.value,
           state.value_low, state.value_high,
           list(of_group.value) as group_values,
           any_value(dim_student_group.group_name) filter (is_furthest_behind) as furthest_behind,
           any_value(of_group.value) filter (is_furthest_behind) as furthest_value
    from metrics.leadership_state as state
    inner join metrics.metric_value as of_group
        using (metric_id, definition_version, cohort_year)
    inner join marts.dim_student_group using (student_group, student_group_value)
    cross join lateral (
        select (student_group, student_group_value)
            is not distinct from (gap_student_group, gap_student_group_value) as is_furthest_behind
    )
    where state.unit = 'rate' and of_group.region_scheme = 'statewide'
        and of_group.dimension = 'all' and of_group.student_group <> 'all'
        and of_group.denominator >= {LEAST_PEOPLE}
    group by all
    order by state.position desc
"""
INK, GROUP, FURTHEST = "#1b3a57", "#9db4c8", "#c2562d"


def draw(warehouse: Path, picture: Path) -> None:
    """Draw each statewide rate with its interval, and the rate of every student group."""
    with duckdb.connect(str(warehouse), read_only=True) as reader:
        rates = reader.sql(RATES).fetchall()
    figure, axes = plt.subplots(figsize=(11, 0.62 * len(rates) + 1.3), dpi=110)
    for height, (_, _, _, _, value, low, high, groups, furthest, furthest_value) in enumerate(
        rates
    ):
        axes.plot(groups, [height] * len(groups), "o", color=GROUP, markersize=6, alpha=0.7)
        axes.plot([low, high], [height, height], color=INK, linewidth=7, alpha=0.25)
        axes.plot(value, height, "o", color=INK, markersize=11)
        axes.text(value, height + 0.3, f"{value:.0%}", color=INK, ha="center", weight="bold")
        if furthest:
            axes.plot(furthest_value, height, "o", color=FURTHEST, markersize=7)
            axes.text(
                furthest_value, height - 0.42, furthest, color=FURTHEST, ha="center", fontsize=8
            )
    labels = [f"{name}\n{cohort}, {people:,} people" for _, name, cohort, people, *_ in rates]
    axes.set_yticks(range(len(rates)), labels)
    axes.set(xlim=(0, 1), ylim=(-0.7, len(rates) - 0.4))
    axes.xaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1))
    axes.set_title(
        "Statewide rate with its 95 % interval, student groups of 30 and more, and the largest gap",
        loc="left",
        fontsize=11,
        color=INK,
    )
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", alpha=0.25)
    figure.tight_layout()
    figure.savefig(picture, pil_kwargs={"quality": 80})


def main() -> None:
    """Save the picture as docs/pictures/results.webp."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.results", description=__doc__)
    parser.parse_args()
    draw(Settings().releases / "current" / "warehouse.duckdb", FOLDER / "results.webp")


if __name__ == "__main__":
    main()
