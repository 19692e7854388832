"""Checks that mean something: volume, drift, references between feeds, movement between releases.

Lives here: pure functions from counts and rates to an `Outcome`, and the register `CHECKS`.
Does not: any rule on a row (`schemas`), whether a feed may be released (`pipelines.ledger`), any
Dagster (`pipelines.defs.checks`). No outcome holds a value of a row.
"""

from pipelines.quality_checks.outcome import CHECKS, Check, Outcome

__all__ = ["CHECKS", "Check", "Outcome"]
