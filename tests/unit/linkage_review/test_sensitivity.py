"""What is shown of the sensitivity of headline metrics; the builds are dbt's."""

import polars as pl
import pytest

from pipelines.commands.linkage import try_stricter
from pipelines.errors import UserError
from pipelines.linkage_review import sensitivity


def row(least: str, year: str, unit: str, people: int, value: float | None) -> tuple[object, ...]:
    return (least, f"in_{unit}", "v1", year, unit, None, people, value)


TABLE = pl.DataFrame(
    [
        row("0", "2019-20", "rate", 80, 0.5),
        row("0", "2020-21", "rate", 60, 0.6),
        row("0", "2021-22", "rate", 39, 0.9),
        row("0.9", "2020-21", "rate", 60, 0.575),
        row("exact", "2020-21", "rate", 0, None),
        row("0", "2020-21", "usd", 50, 20_000.0),
        row("0.9", "2020-21", "usd", 50, 20_100.0),
    ],
    schema=sensitivity.SENSITIVITY,
    orient="row",
)


def test_the_last_whole_cohort_is_shown_with_its_movement() -> None:
    rate, usd = sensitivity.shown(TABLE)
    assert rate == ["in_rate (v1)", "2020-21", "60.0 %", "57.5 % (-2.5)", *["– (–)"] * 3]
    assert usd[2:4] == ["$20,000", "$20,100 (+100)"]


def test_there_is_nothing_to_compare_before_anybody_is_linked(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path))
    with pytest.raises(UserError, match="Nothing is linked yet"):
        try_stricter()
