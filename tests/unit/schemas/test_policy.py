"""Policy: every threshold is within its range and has a reason; lateness fits the calendars."""

import pytest
from pydantic import ValidationError

from pipelines.release.metric_catalog import project_vars
from schemas.periods import PeriodKind
from schemas.policy import LATENESS, POLICY, Policy


def test_every_threshold_has_a_reason_and_a_range_that_holds_it() -> None:
    for name, field in Policy.model_fields.items():
        assert (field.description or "").endswith("."), name
        assert len(field.metadata) == 2, name
    with pytest.raises(ValidationError):
        Policy(least_share_of_last=1.5)


def test_dbt_has_the_thresholds_of_claims() -> None:
    thresholds = POLICY.model_dump()
    shared = {name: value for name, value in project_vars().items() if name in thresholds}
    assert shared == {name: thresholds[name] for name in shared}
    assert set(shared) == {
        *("least_tested_people", "least_averaged_people", "largest_significant_q"),
        *("least_matchable_share", "most_matchable_difference"),
    }


def test_a_feed_is_late_after_one_of_its_periods_and_before_two() -> None:
    for kind, days in ((PeriodKind.QUARTER, 92), (PeriodKind.ACADEMIC_YEAR, 366)):
        lateness = LATENESS[kind]
        assert days < lateness.warn_after_days < lateness.late_after_days < 2 * days
