"""Public bounds of hidden numerators, from a ladder that depends on the denominator alone.

Lives here: the step of the ladder that a number is on. Does not: which numbers are hidden
(`selection`), the same bounds as an attacker reads them (`audit`).
"""

import numpy as np
from numpy.typing import NDArray

from pipelines.disclosure.blocks import Block, Count, Counts, Pattern
from pipelines.disclosure.policy import DisclosurePolicy


def bands(of: Counts, people: Counts, policy: DisclosurePolicy) -> tuple[Counts, Counts]:
    """Return the least and greatest numerator that is on the same step of a denominator's ladder.

    The numbers 0 to n are dealt into steps of nearly one size: ten, or fewer so that each has at
    least as many numbers as the fewest people that are shown. With one step there is nothing to
    say: the ends are 0 and n.

    Args:
        of: Denominators.
        people: Numerators.
        policy: Names the fewest people and the number of steps.
    """
    steps = np.clip((of + 1) // policy.least_people, 1, policy.band_steps)
    step = (people * steps + steps - 1) // (of + 1)
    step = np.where(step * (of + 1) // steps > people, step - 1, step)
    return step * (of + 1) // steps, (step + 1) * (of + 1) // steps - 1


def public_bands(
    block: Block, count: Count, group: str, policy: DisclosurePolicy, pattern: Pattern
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the public bounds of numerators, by region and code, infinite where there are none.

    There are bounds where the denominator is shown, nothing is withheld, and no target has to
    leave them.
    """
    cut = block.cuts[group]
    people = cut.cells(count.by_area[group])
    none = np.full(people.shape, np.inf)
    if count.of is None:
        return -none, none
    of = cut.cells(block.counts[count.of].by_area[group])
    low, high = bands(of, people, policy)
    has = ~pattern.hidden[count.of][group] & (high - low < of)
    has &= ~pattern.unbounded.get((count.count_id, group), np.ones(has.shape, dtype=bool))
    has &= ~(pattern.is_withheld(count.count_id, cut) | pattern.is_withheld(count.of, cut))[:, None]
    return np.where(has, low, -none), np.where(has, high, none)
