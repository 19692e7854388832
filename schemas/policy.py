"""Thresholds and lateness of the pipeline, each with its reason and the range it may have.

Lives here: what decides of a delivery or a release and is not of one feed alone. Does not: a feed's
own limits (its contract), definitions of metrics (dbt), how linkage decides (`pipelines.linkage`).
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.periods import PeriodKind


def _threshold(value: float, low: float, high: float, reason: str) -> Any:
    return Field(default=value, ge=low, le=high, description=reason)


class Policy(BaseModel):
    """Thresholds with their lowest and highest sensible value; shares and rates are 0 to 1."""

    model_config = ConfigDict(frozen=True, validate_default=True)

    # Of deliveries.
    quarantine_limit: float = _threshold(
        0.05, 0.005, 0.2, "Share of quarantined rows of a feed above which it stops a release."
    )
    due_after_days: int = _threshold(
        180, 30, 365, "From a period's end until a feed is due: colleges report after their spring."
    )
    statewide_floor: int = _threshold(
        10, 1, 1000, "Rows below which a period of a register or of a state's one file is a part."
    )
    least_share_of_last: float = _threshold(
        0.5,
        0.2,
        0.9,
        "Share of the last rows below which a file is more likely a part than a whole.",
    )
    least_rows_before_drop: int = _threshold(
        50, 20, 1000, "Rows before a drop; of 20 rows, half is ten students who moved."
    )
    least_rows_of_reference: int = _threshold(
        30, 10, 1000, "Rows of a period; of fewer, one without a parent is points of the rate."
    )

    # Of deliveries that are held until a person releases them.
    least_kept: float = _threshold(
        0.8,
        0.5,
        0.99,
        "Share of accepted rows or persons that a replacement keeps: a correction changes rows, "
        "and does not drop one in five.",
    )
    most_share_drop: float = _threshold(
        0.1, 0.02, 0.5, "Drop of the share of accepted rows: a new error in one row of ten."
    )
    least_lost: int = _threshold(
        2, 1, 50, "Rows or persons lost: one of four may be a student who was withdrawn."
    )
    scale_factor: float = _threshold(
        5,
        3,
        50,
        "Times by which all quartiles of a column move: a twelfth, a sixtieth and a hundredth are "
        "other units, while wages of a cohort's first years move by less than 4.",
    )
    least_amounts: int = _threshold(20, 10, 1000, "Amounts of a column; fewer have no quartiles.")
    least_same_rows: float = _threshold(
        0.01, 0.001, 0.5, "Share of rows whose keys another submitter's file of the period has."
    )
    least_same_rows_of_period: float = _threshold(
        0.5,
        0.3,
        0.9,
        "Share of rows that repeat another period's: at colleges up to 0.13 do by themselves.",
    )
    least_junk: float = _threshold(
        0.5,
        0.05,
        0.9,
        "Share of rows with NULL, TEST or an error of a spreadsheet; of fewer, some are names.",
    )
    most_people_of_id: int = _threshold(
        5, 2, 50, "Last names under one id: a shared SSN with two misspelt names has 3."
    )
    least_shared_ids: float = _threshold(
        0.05, 0.005, 0.5, "Share of rows whose id has two birth dates or too many names."
    )

    most_namesakes: int = _threshold(
        10, 3, 50, "People of one name and birth date in a file; more are a placeholder's."
    )

    # Of columns that drift.
    least_rows_of_profile: int = _threshold(
        100, 50, 10_000, "Rows on either side; fewer are too thin for a distribution."
    )
    large_shift: float = _threshold(
        0.25, 0.1, 1, "Stability index of a large shift by custom; below 0.1 there is none."
    )
    drift_z: float = _threshold(
        3.72,
        2,
        6,
        "Normal quantile of 0.9999: a thousand comparisons have 0.1 false alarms.",
    )
    least_null_jump: float = _threshold(
        0.05, 0.01, 0.5, "In the share of empty values; nobody changes a figure for a smaller one."
    )

    # Of published values that move.
    least_people: int = _threshold(
        50, 20, 1000, "People of a value; of fewer, each moves it by whole points."
    )
    pooled_below: int = _threshold(
        400,
        100,
        2000,
        "People of a cohort that is pooled with others; its own band is 14 points by sampling.",
    )
    corrected_share: float = _threshold(
        0.05, 0.01, 0.2, "Share of the people of a cohort whom an honest correction touches."
    )
    least_cohorts: int = _threshold(
        3, 3, 10, "Cohorts of a band: from two on there is a change from year to year."
    )
    movement_z: float = _threshold(
        4, 2, 6, "Standard deviations of a band: at 3 one in four nights would have a false alarm."
    )
    least_movement: float = _threshold(
        0.01, 0.001, 0.05, "Least width of a band: a statewide rate is quoted in whole points."
    )
    stopping_movement: float = _threshold(
        0.05, 0.01, 0.5, "That stops; no honest correction moved a statewide rate by as much."
    )
    stopping_bands: float = _threshold(
        2, 1, 5, "Bands a value moves by to stop a release; beyond one it is reported."
    )
    linkage_drop: float = _threshold(
        0.02, 0.005, 0.1, "Drop of a statewide linkage rate that is reported."
    )
    stopping_linkage_drop: float = _threshold(
        0.1, 0.02, 0.5, "Drop that stops a release, where everybody should match."
    )

    # Of what published values claim; vars of the same name in dbt_project.yml.
    least_tested_people: int = _threshold(
        11, 5, 50, "People on either side of a test; against fewer any difference is chance."
    )
    least_averaged_people: int = _threshold(
        20, 11, 100, "People whose mean has an interval; that of fewer skewed hours covers 92 %."
    )
    largest_significant_q: float = _threshold(
        0.05, 0.01, 0.2, "False findings among groups that are called behind the others."
    )
    least_matchable_share: float = _threshold(
        0.8,
        0.5,
        1,
        "Share of a high school cohort that can be looked up in wages: below it, what the others "
        "earn can move a rate by more than 20 points.",
    )
    most_matchable_difference: float = _threshold(
        0.05,
        0.01,
        0.2,
        "Difference of that share between two that are compared: by as much, who is known alone "
        "can set two equal rates apart.",
    )


POLICY = Policy()


@dataclass(frozen=True)
class Lateness:
    """Days between two deliveries of a feed, above its period's length and below twice that.

    Attributes:
        warn_after_days: Days after which the next delivery is expected soon.
        late_after_days: Days after which it is overdue, and an alert is raised.
    """

    warn_after_days: int
    late_after_days: int


# A quarter and five weeks, a year and seven; below the period itself a feed would be late before
# it is due.
LATENESS = {
    PeriodKind.QUARTER: Lateness(95, 127),
    PeriodKind.ACADEMIC_YEAR: Lateness(370, 415),
}
