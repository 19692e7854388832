"""Rules of the public release, each with its reason and the range it may have.

Lives here: what makes a cell too small to be shown. Does not: which tables, cuts and metrics are
public (`dbt_project/public_manifest.yml`).
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def _rule(value: float, low: float, high: float, reason: str) -> Any:
    return Field(default=value, ge=low, le=high, description=reason)


class DisclosurePolicy(BaseModel):
    """Rules of what is hidden."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    least_people: int = _rule(
        11,
        5,
        100,
        "People in a denominator, a numerator and their difference: California's health agencies "
        "and its school dashboard hide 1 to 10.",
    )
    width: int = _rule(
        5,
        2,
        50,
        "Least width of what can be worked out about a hidden count, in people; of less, a reader "
        "knows about a single person.",
    )
    band_steps: int = _rule(
        10,
        1,
        50,
        "Steps of the ladder of bounds at most, where a rate is hidden and its denominator is not; "
        "1 publishes no bounds. Each step has at least as many numbers as the fewest people.",
    )
    regional_least: int = _rule(
        1000,
        0,
        100_000,
        "People of a cohort for cuts below the state: with fewer, six cells of ten are holes.",
    )
    earnings_least: int = _rule(
        30, 10, 1000, "People behind an amount, and between two cells of which one is in the other."
    )
    least_employers: int = _rule(3, 2, 20, "Employers behind an amount.")
    dominance: float = _rule(
        0.5,
        0.1,
        1,
        "Share of people or of their sum that no employer may have, as in business statistics.",
    )
    amount_step: int = _rule(100, 1, 10_000, "Dollars to which amounts are rounded.")
    top_amount: int = _rule(
        62_500, 10_000, 10_000_000, "Greatest amount of a quarter: 250,000 dollars a year."
    )
    state_cost: float = _rule(
        30, 1, 1000, "How much dearer it is to hide a state's cell than a district's."
    )
    macroregion_cost: float = _rule(
        6, 1, 1000, "How much dearer it is to hide a macroregion's cell than a district's."
    )
    area_cost: float = _rule(
        2.5,
        1,
        1000,
        "How much dearer it is to hide the cell of a county, microregion or consortium than a "
        "district's: with 1, consortia show 10 people of 100 fewer.",
    )
    total_cost: float = _rule(
        4, 1, 1000, "How much dearer it is to hide a region's total, which hides all of its groups."
    )
    stable_cost: float = _rule(
        3,
        1,
        100,
        "How much dearer it is to hide a cell that is shown of the cohort a year before: readers "
        "compare years.",
    )
    rounds: int = _rule(
        4, 1, 10, "Times that totals are hidden for a cell that cannot be protected otherwise."
    )


POLICY = DisclosurePolicy()
