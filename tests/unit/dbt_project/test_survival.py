"""The survival curve of the dbt model against scipy's Kaplan-Meier, on censored data with ties."""

import warnings

import duckdb
import numpy as np
import pytest
from scipy import stats

from tests.unit.dbt_project.dbt_model import sql_of

LEVEL = 2 * stats.norm.cdf(1.96) - 1


def curve(years: np.ndarray, ended: np.ndarray) -> np.ndarray:
    """Return time, survival and interval as the model has them; null is not a number."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table int_collaboration__survival_subject as"
            " select 'pathway' as unit_type, 'CCPT' as initiative_code,"
            " unnest(?) as years_after_funding, unnest(?) as is_event",
            [years.tolist(), ended.tolist()],
        )
        rows = connection.execute(
            "select years_after_funding, survival, survival_low, survival_high"
            f" from ({sql_of('survival_curve')}) order by 1"
        ).fetchall()
    return np.array(rows, dtype=float)


@pytest.mark.parametrize("seed", range(12))
def test_curve_and_interval_are_scipys(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(3, 60))
    years = draw.integers(1, 7, n).astype(float)
    ended = draw.random(n) < 0.6
    ended[0] = True
    estimate = curve(years, ended)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        sf = stats.ecdf(stats.CensoredData(uncensored=years[ended], right=years[~ended])).sf
        interval = sf.confidence_interval(LEVEL, method="log-log")
    times = estimate[:, 0]
    assert estimate[:, 1] == pytest.approx(sf.evaluate(times), abs=1e-12)
    inside = (estimate[:, 1] > 1e-12) & (estimate[:, 1] < 1)
    assert np.isnan(estimate[~inside, 2:]).all()
    assert estimate[inside, 2] == pytest.approx(interval.low.evaluate(times[inside]), abs=1e-9)
    assert estimate[inside, 3] == pytest.approx(interval.high.evaluate(times[inside]), abs=1e-9)


def test_the_leukemia_patients_of_freireich() -> None:
    """The trial of 1963: 21 on 6-MP, 9 relapses; 0.4482 are left at 23 weeks (Kalbfleisch)."""
    weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    relapsed = [True] * 9 + [False] * 12
    estimate = curve(np.array(weeks, dtype=float), np.array(relapsed))
    by_week = {week: survival for week, survival, *_ in estimate.tolist()}
    published = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    assert {w: round(by_week[w], 4) for w in published} == published
