"""Sensitivity of headline metrics to weaker links.

Lives here: building the same models again with a stricter `least_match_score`, and comparing.
Does not: any metric (`dbt_project`); anything of a release.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from pipelines.errors import UserError
from pipelines.linkage_review.analysis import Analysis, Log
from pipelines.release import dbt
from pipelines.settings import Settings

# As released, then stricter; `exact` keeps equal state ids and SSNs alone.
LEAST_MATCH_SCORES = ("0", "0.9", "0.95", "0.99", "exact")
SENSITIVITY = pl.Schema(
    {
        "least_match_score": pl.String,
        "metric_id": pl.String,
        "definition_version": pl.String,
        "cohort_year": pl.String,
        "unit": pl.String,
        "numerator": pl.Int64,
        "denominator": pl.Int64,
        "value": pl.Float64,
    }
)
COHORT = ["metric_id", "definition_version", "cohort_year"]
# As `metric_completeness.is_whole` has it: cohorts at the edges of the data are of a few people.
LEAST_OF_LARGEST = 0.5


class BuildFailed(UserError):
    """The metrics could not be built under a least match score."""


def estimate(settings: Settings, log: Log) -> pl.DataFrame:
    """Build the metrics under each least match score and return the headline values.

    Args:
        settings: Names the data home. Its build and its releases are not touched.
        log: Takes a line for each build.

    Raises:
        BuildFailed: dbt could not build the models.
    """
    tables = []
    for least in LEAST_MATCH_SCORES:
        log(f"building the metrics with least match score {least}")
        with TemporaryDirectory(prefix="sensitivity-", dir=settings.root) as folder:
            tables.append(_headline(settings, least, Path(folder)))
    return pl.concat(tables)


def _headline(settings: Settings, least: str, folder: Path) -> pl.DataFrame:
    build = folder / settings.build.name
    variables = {"least_match_score": least if least == "exact" else float(least)}
    results = dbt.run(
        settings,
        *("build", "--quiet", "--select", "+metric_value"),
        *("--resource-type", "seed", "--resource-type", "model"),
        *("--vars", json.dumps(variables)),
        build=folder,
        target=folder / "dbt",
    )
    if failed := dbt.failures(results):
        raise BuildFailed(f"least match score {least}: {failed[:2000]}")
    with duckdb.connect(str(build), read_only=True) as connection:
        rows = connection.sql(
            """
            select metric_id, definition_version, cohort_year, unit, numerator, denominator, value
            from metrics.metric_value
            where
                region_scheme = 'statewide'
                and attribution <> 'place_of_work'
                and dimension = 'all'
                and student_group = 'all'
                and is_complete
            order by all
            """
        ).pl()
    return rows.select(pl.lit(least).alias("least_match_score"), pl.all()).cast(SENSITIVITY)


def shown(sensitivity: pl.DataFrame) -> Iterator[list[str]]:
    """Yield a line for each metric's last whole cohort, a value for each score.

    Args:
        sensitivity: As `estimate` returns it.
    """
    value = {
        (*cohort, least): number
        for *cohort, least, number in sensitivity.select(
            *COHORT, "least_match_score", "value"
        ).iter_rows()
    }
    people = pl.col("denominator")
    latest = (
        sensitivity.filter(pl.col("least_match_score") == LEAST_MATCH_SCORES[0])
        .filter(people >= LEAST_OF_LARGEST * people.max().over("metric_id", "definition_version"))
        .sort("cohort_year")
        .unique(["metric_id", "definition_version"], keep="last")
        .sort(COHORT)
    )
    for metric, version, cohort, unit in latest.select(*COHORT, "unit").iter_rows():
        released, *stricter = (
            value.get((metric, version, cohort, least)) for least in LEAST_MATCH_SCORES
        )
        yield [
            f"{metric} ({version})",
            cohort,
            _value(released, unit),
            *(f"{_value(one, unit)} ({_movement(one, released, unit)})" for one in stricter),
        ]


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if unit == "rate" else f"${value:,.0f}"


def _movement(value: float | None, released: float | None, unit: str) -> str:
    if value is None or released is None:
        return "–"
    moved = value - released
    return f"{100 * moved:+.1f}" if unit == "rate" else f"{moved:+,.0f}"


ANALYSIS = Analysis(
    name="linkage_sensitivity",
    schema=SENSITIVITY,
    description="Grain: one metric, complete cohort and least match score. Headline metrics had "
    "weaker links not been made.",
    kinds=frozenset({"dbt", "parquet"}),
    estimate=estimate,
    earlier_file="sensitivity.parquet",
)
