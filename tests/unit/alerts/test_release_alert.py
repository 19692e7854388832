"""When a release reaches a person, and what it says."""

import logging

import pytest

from pipelines.alerts.channels import LogChannel
from pipelines.alerts.rules import MOST_LISTED, release_alert
from pipelines.settings import PROJECT, AlertSettings

SETTINGS = AlertSettings(ui_url="https://pathways.example.org")


def test_a_release_without_a_warning_sends_no_alert() -> None:
    assert release_alert("r1", ["Rows gained: 1."], [], SETTINGS) is None


def test_a_release_with_a_warning_says_what_changed_and_leads_to_the_release() -> None:
    alert = release_alert("r1", ["Rows lost: 1."], ["late: 3"], SETTINGS)
    assert alert
    assert alert.title == "Released with 1 warning(s): r1"
    assert alert.happened == "Warnings:\n- late: 3\n\nWhat changed:\n- Rows lost: 1."
    assert alert.where == "https://pathways.example.org/assets/releases/current"
    heading = alert.anchor.replace("alert-", "### Alert: ").replace("-", " ")
    assert heading in (PROJECT / "docs" / "operate.md").read_text()


def test_an_alert_lists_few_warnings_and_counts_the_others() -> None:
    many = [f"check {n}: failed" for n in range(MOST_LISTED + 2)]
    alert = release_alert("r1", [], many, SETTINGS)
    assert alert
    assert f"check {MOST_LISTED - 1}: failed" in alert.happened
    assert f"check {MOST_LISTED}: failed" not in alert.happened
    assert "and 2 more" in alert.happened


def test_the_console_shows_title_and_page_of_what_the_log_has_whole(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alert = release_alert("r1", ["Rows lost: 1."], ["late: 3"], SETTINGS)
    assert alert
    with caplog.at_level(logging.ERROR):
        LogChannel().send(alert)
    (record,) = caplog.records
    assert "late: 3" in record.message
    assert vars(record)["words"] == (
        "Released with 1 warning(s): r1 (https://pathways.example.org/assets/releases/current)"
    )
