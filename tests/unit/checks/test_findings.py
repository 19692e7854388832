"""Checks that tell a person what the gate holds and doubts, from the ledger alone."""

import polars as pl

from pipelines.checks.findings import doubtful_deliveries, held_deliveries
from tests.unit.checks.cases import K12, inputs

_FIRST = ("2018-19", "a", "old", "accepted", True, 38, ["One id has two birth dates."])
_HELD = ("2018-19", "a", "new", "held", False, 2, ["It has 2 accepted rows in place of 38."])


def records(*rows: tuple) -> pl.DataFrame:
    names = ("period", "submitter", "delivery_sha256", "status", "is_current", "accepted_rows")
    return pl.DataFrame(
        [
            dict(zip((*names, "findings"), row, strict=True))
            | {"feed": K12.name, "file_name": f"{row[1]}.csv"}
            for row in rows
        ]
    )


def test_a_held_delivery_is_listed_with_the_rows_that_stay_and_why_and_stops_nothing() -> None:
    result = held_deliveries(K12, inputs(records(_FIRST, _HELD)))
    assert result.findings == [
        {
            "file": "2018-19/a.csv",
            "accepted_rows": 2,
            "current_rows": 38,
            "why": "It has 2 accepted rows in place of 38.",
        }
    ]
    assert result.summary == "held: 2018-19/a.csv"
    assert not result.stops
    withdrawn = (*_HELD[:3], "withdrawn", *_HELD[4:])
    assert held_deliveries(K12, inputs(records(_FIRST, withdrawn))).passed


def test_of_many_held_deliveries_a_few_are_named() -> None:
    many = [("2018-19", f"{n}", f"{n}", "held", False, 0, None) for n in range(7)]
    result = held_deliveries(K12, inputs(records(*many, _FIRST)))
    assert len(result.findings) == 7
    assert result.summary.endswith("2018-19/4.csv and 2 more")


def test_doubts_about_current_deliveries_are_listed_until_they_are_released() -> None:
    result = doubtful_deliveries(K12, inputs(records(_FIRST, _HELD)))
    assert [finding["finding"] for finding in result.findings] == ["One id has two birth dates."]
    assert not result.stops
    released = {"feed": K12.name, "period": "2018-19", "delivery_sha256": "old"}
    given = inputs(records(_FIRST, _HELD), manifest={"deliveries": [released]})
    assert doubtful_deliveries(K12, given).passed
