"""The survival curve of the dbt model against scipy's Kaplan-Meier, on censored data with ties."""

import duckdb
import numpy as np
import pytest

from tests.reference.collaboration.survival import kaplan_meier
from tests.unit.dbt_project.dbt_model import sql_of


def curve(years: np.ndarray, ended: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Return time, survival, interval and clusters at risk as the model has them."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table int_collaboration__survival_subject as"
            " select 'pathway' as unit_type, 'CCPT' as initiative_code, true as is_funded,"
            " true as is_at_risk, date '2018-06-30' as funding_end_date, unnest(?) as unit_id,"
            " unnest(?) as cluster_id, unnest(?) as years_after_funding, unnest(?) as is_event",
            [list(range(len(years))), cluster.tolist(), years.tolist(), ended.tolist()],
        )
        rows = connection.execute(
            "select years_after_funding, survival, survival_low, survival_high, clusters"
            f" from ({sql_of('survival_curve')}) order by 1"
        ).fetchall()
    return np.array(rows, dtype=float)


@pytest.mark.parametrize("clusters", [None, 4])
@pytest.mark.parametrize("seed", range(12))
def test_curve_and_interval_are_scipys(seed: int, clusters: int | None) -> None:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(3, 60))
    years = draw.integers(0, 7, n).astype(float)
    ended = draw.random(n) < [0.6, 0, 1][seed % 3]
    cluster = np.arange(n) if clusters is None else draw.integers(0, clusters, n)
    estimate = curve(years, ended, cluster)
    expected = kaplan_meier(years, ended, estimate[:, 0], cluster)
    assert estimate[:, 1:] == pytest.approx(expected, abs=1e-9)


def simulated(draw: np.random.Generator, clusters: int, dissolves: float) -> tuple:
    """Return memberships of consortia that dissolve and members who leave, and who is left."""
    cluster = np.repeat(np.arange(clusters), draw.integers(5, 16, clusters))
    ends = np.where(draw.random(clusters) < dissolves, draw.random(clusters) * 1.9, 9)[cluster]
    years = np.minimum(ends, draw.exponential(9.5, len(cluster)))
    return np.minimum(years, 3), years <= 3, cluster


@pytest.mark.parametrize(("clusters", "dissolves"), [(6, 0.75), (8, 0.3), (20, 0.75)])
def test_an_interval_covers_where_consortia_dissolve_as_one(clusters, dissolves) -> None:
    draw = np.random.default_rng(24)
    true = (1 - dissolves / 1.9) * np.exp(-1 / 9.5)
    trials, at = 400, np.array([1.0])
    covered = 0
    for _ in range(trials):
        _, low, high, _ = kaplan_meier(*_at(simulated(draw, clusters, dissolves), at))[0]
        covered += low <= true <= high
    assert covered / trials >= 0.93


def _at(sample: tuple, at: np.ndarray) -> tuple:
    years, ended, cluster = sample
    return years, ended, at, cluster


def test_the_leukemia_patients_of_freireich() -> None:
    """The trial of 1963: 21 on 6-MP, 9 relapses; 0.4482 are left at 23 weeks (Kalbfleisch)."""
    weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    relapsed = [True] * 9 + [False] * 12
    estimate = curve(np.array(weeks, dtype=float), np.array(relapsed), np.arange(len(weeks)))
    by_week = {week: survival for week, survival, *_ in estimate.tolist()}
    published = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert {w: round(by_week[w], 4) for w in published} == published
