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
    regional_least: int = _rule(
        1000,
        0,
        100_000,
        "People of a cohort for cuts below the state: with fewer, six cells of ten are holes.",
    )
    state_cost: float = _rule(
        30, 1, 1000, "How much dearer it is to hide a state's cell than a county's."
    )
    macroregion_cost: float = _rule(
        6, 1, 1000, "How much dearer it is to hide a macroregion's cell than a county's."
    )
    total_cost: float = _rule(
        4, 1, 1000, "How much dearer it is to hide a region's total, which hides all of its groups."
    )
    rounds: int = _rule(
        4, 1, 10, "Times that totals are hidden for a cell that cannot be protected otherwise."
    )


POLICY = DisclosurePolicy()
