"""What an engineer does first: look at the graph, materialise a period, see it turn green."""

from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By

from tests.browser.conftest import Ui, until

GROUPS = ("01_landing", "02_accepted", "03_ledger", "04_identity", "06_staging", "05_reference",
          "07_college", "08_facts", "09_cohorts", "11_metrics", "12_release")  # fmt: skip
FEED, PERIOD = "k12_enrollment", "2019-20"


class Page:
    """A page of the UI, as a person sees it."""

    def __init__(self, browser: Any, ui: Ui) -> None:
        self.browser, self.ui = browser, ui

    def open(self, path: str) -> None:
        self.browser.get(self.ui.address + path)

    def text(self) -> str:
        return self.browser.find_element(By.TAG_NAME, "body").text

    def says(self, text: str) -> bool:
        try:
            return text in self.text()
        except WebDriverException:
            return False

    def shows(self, *texts: str) -> None:
        for text in texts:
            until(f"the page shows {text!r}", lambda text=text: self.says(text))

    def click(self, button: str, until_shown: str) -> None:
        """Click a button as soon as there is one, until what it leads to is there."""

        def led_there() -> bool:
            try:
                buttons = self.browser.find_elements(
                    By.XPATH, f"//button[contains(., '{button}') and not(@disabled)]"
                )
                [one.click() for one in buttons if one.is_displayed()][:1]
            except WebDriverException:
                # It was drawn anew, or something lay over it: the next look will tell.
                pass
            return self.says(until_shown)

        until(f"{button!r} leads to {until_shown!r}", led_there)


@pytest.fixture
def page(browser: Any, ui: Ui) -> Page:
    return Page(browser, ui)


def test_the_graph_shows_the_way_of_a_record(page: Page) -> None:
    page.open("/asset-groups")
    page.shows("Global asset lineage", *GROUPS)
    # Every group is a node of the graph too, and nothing is in a group without a name.
    assert "default" not in page.text().split()
    assert "Error" not in page.text()


def test_a_period_is_materialised_and_turns_green(page: Page, ui: Ui) -> None:
    page.open(f"/assets/accepted/{FEED}?view=partitions&partition={PERIOD}")
    page.shows("Materialized (0)", PERIOD)
    page.click("Materialize", until_shown="Launch runs to materialize")
    # The period that is open is the one that is chosen.
    page.shows("1 partition", "Backfills all partitions in a single run")
    page.click("Launch 1 run", until_shown="Launched run")

    def materialized() -> bool:
        [node] = ui.ask(
            f'{{ assetNodes(assetKeys: [{{path: ["accepted", "{FEED}"]}}]) '
            "{ assetMaterializations { partition } } }"
        )["assetNodes"]
        return [one["partition"] for one in node["assetMaterializations"]] == [PERIOD]

    until(f"{PERIOD} alone is materialised", materialized)
    page.open(f"/assets/accepted/{FEED}?view=partitions&partition={PERIOD}")
    page.shows("Materialized (1)", "Failed (0)", "quarantine_percent", "delivered_rows")
    page.open(f"/assets/accepted/{FEED}")
    page.shows("Row count", "Latest materialization", "Grain: ", "pathway-outcomes")


def test_a_check_has_its_description_and_its_result(page: Page) -> None:
    page.open(f"/assets/accepted/{FEED}?view=checks&checkDetail=may_be_released")
    page.shows("may_be_released", "Stops the", "blocking", "Passed", "quarantine_rate")


def test_a_column_says_what_it_was_delivered_as(page: Page) -> None:
    page.open(f"/assets/accepted/{FEED}")
    page.shows("source_person_key", f"[From landing/{FEED}: state_student_id]")


def test_numbers_are_drawn(page: Page) -> None:
    page.open(f"/assets/accepted/{FEED}")
    page.shows("Row count")
    page.click("Plots", until_shown="quarantine_percent")
    until("a plot is drawn", lambda: page.browser.find_elements(By.TAG_NAME, "canvas"))
