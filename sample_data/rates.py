"""Chances that meet published marginals, solved once on a pilot and then the same for everybody.

Lives here: `Rates`, which finds the intercepts and group effects of each chance, and corrections of
what only shows at the end of a life. Does not: targets (`control`), or who is counted.

A chance is logistic in what drives it. On the pilot, an intercept and one coefficient for each
published group are found by Newton's method so that the mean chance of everybody and of each group
is its target. After that they are fixed, and lives lived in chunks are lived under the same law.
"""

from collections.abc import Sequence

import numpy as np

from sample_data.draws import log_odds, sigmoid

# A factor is a code for each person, from 0, and a target share for each code; a flag is
# membership of each person and the target share of the members.
Factor = tuple[np.ndarray, Sequence[float] | np.ndarray]
Flag = tuple[np.ndarray, float]


class Rates:
    """Coefficients of chances and corrections by name: solved while `solving`, used afterwards."""

    def __init__(self) -> None:
        self.solving = True
        self._coefficients: dict[str, np.ndarray] = {}
        self._corrections: dict[str, np.ndarray] = {}

    def chance(
        self,
        name: str,
        odds: np.ndarray,
        total: float,
        *,
        factors: Sequence[Factor] = (),
        flags: Sequence[Flag] = (),
        among: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return each person's chance.

        Args:
            name: The chance's name.
            odds: What drives it beside the published groups; log-odds, one a person.
            total: Mean chance, 0 to 1.
            factors: Tables by group; their gaps are kept, and each is shifted to agree with total.
            flags: Groups that have a target of their own.
            among: Whose means are meant; everybody unless given.
        """
        columns = [np.ones(len(odds))]
        for code, targets in factors:
            columns += [(code == group).astype(float) for group in range(len(targets))]
        columns += [member.astype(float) for member, _ in flags]
        design = np.stack(columns, axis=1)
        if self.solving:
            of = slice(None) if among is None else among
            wanted = [total, *(t for factor in factors for t in _shifted(factor, total, among))]
            wanted += [target for _, target in flags]
            self._coefficients[name] = _solved(odds[of], design[of], np.array(wanted))
        return sigmoid(odds + design @ self._coefficients[name])

    def correction(self, name: str) -> np.ndarray:
        """Return the factor that scales a plan so that its outcome is the target; 1 at first."""
        return self._corrections.get(name, np.ones(1))

    def correct(self, name: str, target: np.ndarray | float, measured: np.ndarray | float) -> None:
        """Learn from a pilot what its outcome was; a missing value teaches nothing."""
        if self.solving:
            ratio = np.asarray(target) / np.asarray(measured)
            self._corrections[name] = self.correction(name) * np.where(np.isfinite(ratio), ratio, 1)


def _shifted(factor: Factor, total: float, among: np.ndarray | None) -> np.ndarray:
    """Return a table's targets after a shift on the log-odds scale that gives the total."""
    code, targets = factor
    counts = np.bincount(code if among is None else code[among], minlength=len(targets))
    low, high = -10.0, 10.0
    # 50 halvings of 20 log-odds are exact to 2e-14.
    for _ in range(50):
        middle = (low + high) / 2
        mean = np.average(sigmoid(log_odds(np.asarray(targets)) + middle), weights=counts)
        low, high = (middle, high) if mean < total else (low, middle)
    return sigmoid(log_odds(np.asarray(targets)) + (low + high) / 2)


def _solved(odds: np.ndarray, design: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the coefficients under which each column's mean chance is what is wanted.

    Factors overlap with the intercept, so the step is the shortest of those that solve the
    equations. No step is longer than 2. Three to seven do; one below 1e-12 moves nobody's chance.
    """
    coefficients = np.zeros(design.shape[1])
    coefficients[0] = log_odds(wanted[0]) - odds.mean()
    aim = wanted * design.sum(axis=0)
    for _ in range(20):
        chance = sigmoid(odds + design @ coefficients)
        slope = design.T @ (design * (chance * (1 - chance))[:, None])
        step = np.linalg.pinv(slope, hermitian=True) @ (aim - design.T @ chance)
        longest = float(np.abs(step).max())
        coefficients += step / max(1.0, longest / 2)
        if longest < 1e-12:
            break
    return coefficients
