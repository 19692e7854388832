"""Earnings: what is shown, and what rests on too few."""

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.disclosure.amounts import Earners, is_spread, middle, shown_amounts
from pipelines.disclosure.audit.amounts import unsupported_amounts
from pipelines.disclosure.policy import DisclosurePolicy

POLICY = DisclosurePolicy()


def earners(first: int, last: int, employers: int = 5, big: float = 0.0) -> Earners:
    """Return people numbered from first to last with amounts of their number times 100 dollars."""
    people = range(first, last)
    amounts = np.array([100.0 * n for n in people])
    amounts[0] += big
    return Earners(frozenset(people), amounts, tuple(f"e{n % employers}" for n in people))


def test_six_middle_amounts_are_averaged_rounded_and_capped() -> None:
    assert middle(np.arange(1.0, 31.0) * 111, POLICY) == 1700  # (13 + ... + 18) / 6 * 111 = 1720.5
    assert middle(np.arange(1.0, 32.0) * 111, POLICY) == 1700  # of 31 the same six
    assert middle(np.full(30, 90_000.0), POLICY) == 62_500


def test_thirty_people_of_three_employers_have_an_amount() -> None:
    assert is_spread(earners(1, 31), POLICY)
    assert not is_spread(earners(1, 30), POLICY)
    assert is_spread(earners(1, 31, employers=3), POLICY)
    assert not is_spread(earners(1, 31, employers=2), POLICY)


def test_no_employer_has_half_of_the_sum() -> None:
    assert not is_spread(earners(1, 31, big=100_000), POLICY)


def test_the_inner_of_two_cells_of_nearly_the_same_people_is_not_shown() -> None:
    state, county = ("2020-21", "state", "all", "all"), ("2020-21", "county", "all", "all")
    assert set(shown_amounts({state: earners(1, 90), county: earners(1, 61)}, POLICY)) == {state}
    both = {state: earners(1, 91), county: earners(1, 61)}
    assert set(shown_amounts(both, POLICY)) == {state, county}
    other_year = {("2021-22", *county[1:]): earners(1, 61), state: earners(1, 90)}
    assert len(shown_amounts(other_year, POLICY)) == 2


def test_the_audit_finds_an_amount_of_29(tmp_path: Path) -> None:
    (tmp_path / "parquet").mkdir()

    def write(name: str, rows: list[tuple], columns: str) -> None:
        frame = pl.DataFrame(rows, columns.split(), orient="row", infer_schema_length=None)
        frame.write_parquet(tmp_path / "parquet" / f"metric_{name}.parquet")

    cell = ("2020-21", "college", "all", "state", "all")
    at = "cohort_year attribution student_group region_id student_group_value"
    for people, found in ((30, 0), (29, 1), (None, 1)):
        values = [
            ("pay", "1", *cell, "usd", None, None, 5000.0),
            ("work", "1", *cell, "rate", people, 90, 0.5),
        ]
        write(
            "value", values, f"metric_id definition_version {at} unit numerator denominator value"
        )
        write(
            "definition",
            [
                ("pay", "1", "exiter", None, None),
                ("work", "1", "exiter", "work@1:numerator", "work@1:denominator"),
            ],
            "metric_id definition_version cohort numerator_id denominator_id",
        )
        write("relation", [("earners", "pay@1", "work@1:numerator")], "relation part whole")
        assert len(unsupported_amounts(tmp_path, 30)) == found
