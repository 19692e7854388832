"""The register and the last word: what stops a release, and that what is registered is asked."""

import polars as pl
import pytest

from pipelines.checks import base, release_gate
from pipelines.checks.base import CheckResult, check
from schemas import FEEDS
from tests.unit.checks.cases import K12, WAGE, current, inputs


@pytest.mark.parametrize(
    ("accepted", "quarantined", "released", "may_lose", "stopped_for"),
    [
        (95, 5, 0, False, None),
        (94, 6, 0, False, "in quarantine"),
        (50, 0, 100, False, None),
        (49, 0, 100, False, "are left of"),
        (49, 0, 100, True, None),
        (0, 0, 0, False, None),
    ],
)
def test_a_feed_over_its_limit_or_with_most_rows_gone_stops(
    accepted, quarantined, released, may_lose, stopped_for
) -> None:
    row = {
        "feed": "wage",
        "is_current": True,
        "delivered_rows": accepted + quarantined,
        "accepted_rows": accepted,
        "quarantined_rows": quarantined,
    }
    superseded = row | {"is_current": False, "quarantined_rows": 10_000, "delivered_rows": 10_000}
    manifest = {"accepted_rows": {"wage": released}}
    asked = inputs(pl.DataFrame([row, superseded]), may_lose=may_lose, manifest=manifest)
    decision = release_gate.decide(WAGE, asked)
    assert bool(decision.stops) == (stopped_for is not None)
    assert stopped_for is None or stopped_for in decision.stops[0]


def test_every_registered_check_that_may_stop_is_asked_before_a_release(monkeypatch) -> None:
    monkeypatch.setattr(base, "_REGISTER", {})
    # The modules' own checks are registered when they are imported, once.
    monkeypatch.setattr(base, "iter_modules", lambda _: ())

    @check(may_stop=True, to_do="Nothing.", applies_to=lambda feed: feed is K12)
    def of_feed(feed, _) -> CheckResult:
        """Is never good."""
        return CheckResult(f"{feed.name} is bad", [{"n": 1}], stops=True)

    @check(may_stop=True, to_do="Nothing.", asset=("a", "table"))
    def of_build(_) -> CheckResult:
        """Is never good."""
        return CheckResult("it is bad", [{"n": 1}], stops=True)

    @check(may_stop=False, to_do="Nothing.")
    def warning(*_) -> CheckResult:
        """Must not be asked."""
        raise AssertionError

    asked = inputs(current(("2018-19", "x", 9)))
    assert release_gate.what_stops(asked) == [
        "k12_enrollment of_feed (k12_enrollment is bad)",
        "build of_build (it is bad)",
    ]
    assert [one.name for one in base.checks_of_feed(WAGE)] == ["warning"]


def test_every_check_says_what_it_means_and_what_to_do() -> None:
    names = {one.name for one in base.registered()}
    assert names == {
        "row_floor", "rows_by_submitter", "delivered_on_time", "column_drift", "null_share",
        "references_found", "metric_movement", "linkage_movement", "held_deliveries",
        "doubtful_deliveries",
    }  # fmt: skip
    for one in base.registered():
        assert one.description.endswith("."), one.name
        assert one.to_do.endswith("."), one.name
        assert one.asset or any(one.applies_to(feed) for feed in FEEDS.values()), one.name
