"""Three pictures of a synthetic state: a funnel, earnings by credential, a map of counties.

Lives here: drawing with matplotlib, a development dependency. Does not: any figure's definition.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.collections import PatchCollection
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from sample_data.control import DATA
from sample_data.lives.earnings import YEARS_AFTER
from sample_data.report.state import State
from sample_data.report.target import CREDENTIAL_NAMES, RACE_NAMES

mpl.use("Agg")

# The map of the site.
COUNTIES = DATA.parents[1] / "pipelines" / "site" / "geography" / "counties.geojson"

_GROUPS = {"RH": "#1b6ca8", "RW": "#d98032", "RB": "#2f7d4f"}
_COLORS = {
    "no_diploma": "#8c8c8c", "diploma": "#595959", "some_college": "#b07aa1",
    "short_certificate": "#76b7b2", "associate_transfer": "#edb948", "long_certificate": "#59a14f",
    "associate_cte": "#f28e2b", "bachelor": "#4e79a7", "associate_health": "#e15759",
}  # fmt: skip
# Persons that a point of a curve and a county need.
_FEWEST, _FEWEST_IN_COUNTY = 30, 50
_INK, _PALE = "#333333", "#e6e6e6"


def draw(state: State, longer: State, out: Path) -> None:
    """Write funnel.png, earnings.png and counties.png under `out`.

    Args:
        state: The state.
        longer: A state that sees enough years for the earnings curve.
        out: Folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    pictures = {
        "funnel": funnel(state), "earnings": earnings(longer), "counties": counties(state)
    }  # fmt: skip
    for name, figure in pictures.items():
        figure.savefig(out / f"{name}.png", dpi=150)


def _steps(state: State) -> dict[str, pl.Expr]:
    last = state.control.wage_quarters - 4
    recent = state.quarters_of_work.filter(pl.col("quarter") >= last)["person_truth_id"]
    return {
        "Ninth-graders": pl.lit(True),
        "took a CTE course": pl.col("is_cte_participant"),
        "concentrated in a pathway": pl.col("is_cte_concentrator"),
        "graduated from high school": pl.col("graduation_date").is_not_null(),
        "in college within a year": pl.col("goes_to_college_within_year"),
        "earned a credential": pl.col("credentials") > 0,
        "in wages of the last year": pl.col("person_truth_id").is_in(recent.unique().implode()),
    }


def funnel(state: State) -> Figure:
    """Return how many ninth-graders of three groups pass each step and all before it."""
    steps = _steps(state)
    figure = Figure(figsize=(12, 5.6), layout="constrained")
    panels = figure.subplots(1, len(_GROUPS), sharey=True, sharex=True)
    place = np.arange(len(steps))
    for axes, (code, color) in zip(panels, _GROUPS.items(), strict=True):
        persons = state.persons.filter(pl.col("race_ethnicity_code") == code)
        passed, shares = pl.lit(True), []
        for step in steps.values():
            passed = passed & step
            shares.append(100 * persons.select(passed.alias("x").cast(pl.Float64)).mean().item())
        axes.barh(place, shares, color=color, height=0.72)
        for at, share in enumerate(shares):
            if at:
                text = f"{share:.1f} %  ({100 * share / shares[at - 1]:.0f})"
                axes.text(share + 1.5, at, text, va="center", fontsize=9.5, color=_INK)
        axes.set_title(f"{RACE_NAMES[code]}\n{len(persons):,} ninth-graders", fontsize=11)
        axes.set_xlabel("share of ninth-graders, %")
        _bare(axes)
        axes.set_xlim(0, 108)
    panels[0].set_yticks(place, list(steps))
    panels[0].invert_yaxis()
    years = state.control.cohort_years
    figure.suptitle(
        "From grade 9 through a career pathway to work: who passed this step and all before it "
        "(in brackets: % of the step before)\n"
        f"Synthetic state, {state.control.students:,} ninth-graders of {years[0]} to {years[-1]}, "
        f"credentials until June {state.control.last_academic_year + 1}",
        fontsize=12.5,
    )
    return figure


def earnings(state: State) -> Figure:
    """Return median earnings by highest credential over years after leaving, with the targets."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    axes = figure.subplots()
    years = np.arange(0.5, 10.01, 0.5)
    free = state.quarters_of_work.filter(~pl.col("is_busy"))
    ends: dict[str, float] = {}
    for row, (name, targets) in enumerate(state.control.earnings_by_credential.items()):
        curve = _curve(free.filter(pl.col("level") == row), years)
        axes.plot(years, curve / 1_000, color=_COLORS[name], linewidth=2)
        axes.scatter(YEARS_AFTER, np.array(targets) / 1_000, color=_COLORS[name], s=42, zorder=3,
                     edgecolor="white", linewidth=0.8)  # fmt: skip
        known = curve[np.isfinite(curve)]
        ends[name] = float(known[-1] if len(known) else targets[-1]) / 1_000
    for name, height in _apart(ends, 3.2).items():
        line = {"arrowstyle": "-", "color": _COLORS[name], "lw": 0.8}
        axes.annotate(CREDENTIAL_NAMES[name], (10.05, ends[name]), (10.35, height), va="center",
                      color=_COLORS[name], fontsize=10, annotation_clip=False,
                      arrowprops=line)  # fmt: skip
    axes.scatter([], [], color=_INK, s=42, label="target")
    axes.plot([], [], color=_INK, linewidth=2, label="measured in delivered wage records")
    axes.legend(loc="upper left", frameon=False)
    axes.set(xlim=(0, 10.3), ylim=(0, None), xlabel="years after last leaving school or college",
             ylabel="median annualised earnings, thousand 2023 US dollars")  # fmt: skip
    axes.set_xticks(range(11))
    axes.grid(axis="y", color=_PALE)
    _bare(axes)
    axes.set_title(
        "Earnings by highest credential\nPersons outside school with a wage in the quarter; wages "
        "of a quarter times four; points half a year apart",
        loc="left", fontsize=12,
    )  # fmt: skip
    return figure


def _curve(quarters: pl.DataFrame, years: np.ndarray) -> np.ndarray:
    """Return medians at points in time; not a number where too few persons are seen."""
    points = []
    for at in years:
        seen = quarters.filter((pl.col("after") - 4 * float(at)).abs() <= 1)
        enough = seen["person_truth_id"].n_unique() >= _FEWEST
        points.append(float(np.median(seen["annual"].to_numpy())) if enough else np.nan)
    return np.array(points)


def _apart(heights: dict[str, float], least: float) -> dict[str, float]:
    """Return heights in the same order, each at least so far above the one below."""
    names = sorted(heights, key=lambda name: heights[name])
    placed = dict(heights)
    for below, above in pairwise(names):
        placed[above] = max(placed[above], placed[below] + least)
    # Move all down by the mean of what they were moved up.
    shift = float(np.mean([placed[name] - heights[name] for name in names]))
    return {name: height - shift for name, height in placed.items()}


def counties(state: State) -> Figure:
    """Return maps of ninth-graders and of college-going by county."""
    completers = pl.col("is_completer")
    counties_of_persons = state.persons.group_by("county_fips").agg(
        students=pl.len(),
        completers=completers.sum(),
        going=100 * pl.col("goes_to_college_within_year").filter(completers).mean(),
    )
    students = dict(counties_of_persons.select("county_fips", "students").iter_rows())
    enough = counties_of_persons.filter(pl.col("completers") >= _FEWEST_IN_COUNTY)
    going = dict(enough.select("county_fips", "going").iter_rows())
    figure = Figure(figsize=(12, 7), layout="constrained")
    left, right = figure.subplots(1, 2)
    _map(left, students, "YlGnBu", LogNorm(max(10, min(students.values())), max(students.values())),
         "ninth-graders, persons (logarithmic)")  # fmt: skip
    _map(right, going, "viridis", Normalize(45, 75),
         "in college within a year of completing high school, %")  # fmt: skip
    left.set_title("Where students start grade 9", fontsize=11)
    right.set_title(
        f"Who goes to college (grey: fewer than {_FEWEST_IN_COUNTY} completers)", fontsize=11
    )
    figure.suptitle(
        f"Counties of the synthetic state: {state.control.students:,} students. Counties are real, "
        "students and institutions are not.",
        fontsize=12.5,
    )
    return figure


def _map(axes: Any, values: dict[str, float], colors: str, scale: Normalize, label: str) -> None:
    """Draw counties in colours of their values; those without one are grey."""
    shapes = json.loads(COUNTIES.read_text())["features"]
    patches, shown = [], []
    for shape in shapes:
        geometry = shape["geometry"]
        whole = geometry["type"] == "MultiPolygon"
        for polygon in geometry["coordinates"] if whole else [geometry["coordinates"]]:
            patches.append(Polygon(np.array(polygon[0])))
            shown.append(values.get(shape["properties"]["county_fips"], np.nan))
    palette = mpl.colormaps[colors].with_extremes(bad="#cccccc")
    filled = PatchCollection(patches, cmap=palette, norm=scale, edgecolor="white", linewidth=0.5)
    filled.set_array(np.ma.masked_invalid(shown))
    axes.add_collection(filled)
    axes.autoscale_view()
    # A degree of longitude is 0.8 of one of latitude at 37 degrees north.
    axes.set_aspect(1 / 0.8)
    axes.set_axis_off()
    bar = axes.figure.colorbar(filled, ax=axes, orientation="horizontal", shrink=0.7, pad=0.02)
    bar.set_label(label)
    bar.ax.xaxis.set_major_formatter("{x:,.0f}")


def _bare(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
