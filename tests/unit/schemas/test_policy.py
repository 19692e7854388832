"""Policy: every threshold is within its range and has a reason; lateness fits the calendars."""

import pytest
from pydantic import ValidationError

from schemas.periods import PeriodKind
from schemas.policy import LATENESS, Policy


def test_every_threshold_has_a_reason_and_a_range_that_holds_it() -> None:
    for name, field in Policy.model_fields.items():
        assert (field.description or "").endswith("."), name
        assert len(field.metadata) == 2, name
    with pytest.raises(ValidationError):
        Policy(least_share_of_last=1.5)


def test_a_feed_is_late_after_one_of_its_periods_and_before_two() -> None:
    for kind, days in ((PeriodKind.QUARTER, 92), (PeriodKind.ACADEMIC_YEAR, 366)):
        lateness = LATENESS[kind]
        assert days < lateness.warn_after_days < lateness.late_after_days < 2 * days
