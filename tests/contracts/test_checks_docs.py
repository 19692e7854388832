"""Checks and their docs: every check that runs has a heading, and its link leads there."""

import json
import re

from pipelines.checks.base import checks_of_feed, registered
from pipelines.definitions import defs
from pipelines.settings import DBT_PROJECT, PROJECT
from schemas import FEEDS

# Written from the register; the checks of the gate and of dbt are written by hand.
PAGES = {
    name: (PROJECT / "docs" / name).read_text()
    for name in ("checks.md", "operate.md", "publish.md")
}
HEADINGS = {(p, h) for p, text in PAGES.items() for h in re.findall(r"^##+ (.+)$", text, re.M)}

MANIFEST = json.loads((DBT_PROJECT / "target" / "manifest.json").read_text())
DBT_TESTS = {n["name"] for n in MANIFEST["nodes"].values() if n["resource_type"] == "test"}

GRAPH = defs.resolve_asset_graph()
CHECKS = {key: GRAPH.get_check_spec(key) for key in GRAPH.asset_check_keys}


def heading(name: str) -> str:
    """Return the heading a check belongs under."""
    if name in DBT_TESTS:
        return "dbt_tests"
    feed = name.removesuffix("_may_be_released")
    return "may_be_released" if feed in FEEDS else name


def test_every_check_links_to_its_heading() -> None:
    wrong = []
    for key, spec in CHECKS.items():
        link = re.search(r"See docs/(\w+\.md)#(\w+)\.$", spec.description or "")
        if not link or link.groups() not in HEADINGS or link[2] != heading(key.name):
            wrong.append(key.to_user_string())
    assert not wrong


def test_every_registered_check_runs() -> None:
    run = {(key.asset_key.to_user_string(), key.name) for key in CHECKS}
    registered_on = {
        (f"accepted/{name}", check.name)
        for name, feed in FEEDS.items()
        for check in checks_of_feed(feed)
    } | {("/".join(check.asset), check.name) for check in registered() if check.asset}
    assert registered_on <= run
    assert {name for _, name in registered_on} == {check.name for check in registered()}


def test_every_dbt_test_is_a_check_on_a_model() -> None:
    assert len(DBT_TESTS) > 50
    assert {key.name for key in CHECKS} >= DBT_TESTS


def test_checks_that_say_they_stop_can_block_and_no_other() -> None:
    for key, spec in CHECKS.items():
        says = re.search(
            r"(?i)\b(can stop|stops) the (release|publication)\b", spec.description or ""
        )
        final_word = "last finding" in (spec.description or "")
        assert spec.blocking is bool(says or final_word), key


def test_every_feed_has_a_freshness_policy_that_fits_its_calendar() -> None:
    policies = {
        spec.key.path[1]: spec.freshness_policy
        for spec in defs.resolve_all_asset_specs()
        if spec.key.path[0] == "accepted"
    }
    assert set(policies) == set(FEEDS)
    days = {name: policy.fail_window.to_timedelta().days for name, policy in policies.items()}
    # Longer than the time between two deliveries, shorter than two of them.
    assert 92 < days.pop("wage") < 2 * 90
    assert all(365 < window < 2 * 365 for window in days.values())
