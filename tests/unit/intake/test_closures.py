"""Closing and reopening a period: what changes, what can't, and that the log says why."""

from pathlib import Path

import pytest

from pipelines.intake import closures
from pipelines.settings import Settings

YEAR = "2018-19"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_a_calendar_is_closed_as_a_whole(settings) -> None:
    feeds = closures.declare(settings, closures.CLOSED, "2018Q4", "", "done")
    assert feeds == ["wage"]


@pytest.mark.parametrize(
    ("period", "feed", "reason", "words"),
    [
        (YEAR, "", "", "Say why"),
        (YEAR, "wages", "x", "no feed wages"),
        (YEAR, "wage", "x", "no period of wage"),
        ("2018", "", "x", "is no period"),
    ],
)
def test_what_can_not_be_closed(settings, period, feed, reason, words) -> None:
    with pytest.raises(closures.CannotClose, match=words):
        closures.declare(settings, closures.CLOSED, period, feed, reason)


def test_closing_twice_says_so(settings) -> None:
    closures.declare(settings, closures.CLOSED, YEAR, "", "done")
    with pytest.raises(closures.CannotClose, match="already closed"):
        closures.declare(settings, closures.CLOSED, YEAR, "", "done")


def test_a_reopened_period_is_open_and_the_log_says_why(settings) -> None:
    for what, reason in ((closures.CLOSED, " reported "), (closures.REOPENED, "late file")):
        closures.declare(settings, what, YEAR, "credential", reason)
    assert closures.closed(settings) == {}
    assert [(entry.what, entry.reason) for entry in closures.log(settings)] == [
        ("closed", "reported"),
        ("reopened", "late file"),
    ]
