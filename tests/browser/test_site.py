"""The site in a headless Chromium: accessible, narrow or wide, by keyboard, without a request."""

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.selenium import Axe

from pipelines.settings import Settings
from tests.browser.chromium import headless

WIDTHS = {"telephone": 390, "desk": 1280}
# One of each kind of page; the names are the default sample's.
PAGES = (
    "index.html", "es/index.html", "regions.html", "region/macroregion/los-angeles.html",
    "region/county/fresno.html", "institutions.html", "district/sample-bay-unified-1990000.html",
    "initiatives.html", "initiative/ccpt.html", "equity.html",
    "equity/four_year_graduation_rate-acgr.html", "journey.html", "map.html", "metrics.html",
    "metric/college_going_rate.html", "quality.html", "changes.html", "about.html",
    "search.html", "college/sample-bay-college-910000.html", "dictionary.html",
    "journey/groups/female-students.html",
)  # fmt: skip
# Of the public site, where the home has one.
PUBLIC = ("index.html", "initiatives.html", "initiative/ccpt.html", "journey.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the current site of PATHWAYS_HOME."""
    built = Settings().releases / "current" / "site_internal"
    if not built.exists():
        pytest.fail("PATHWAYS_HOME has no site: make run")
    return shutil.copytree(built, tmp_path_factory.mktemp("site") / "site")


@pytest.fixture(scope="module", params=WIDTHS)
def screen(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a browser as wide as a telephone, and one as wide as a desk."""
    width = WIDTHS[request.param]
    with headless(width, 900) as driver:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_cdp_cmd("Network.enable", {})
        yield driver


def test_every_kind_of_page_is_accessible_and_fits_its_screen(screen: Any, site: Path) -> None:
    wrong = []
    public = Settings().releases / "current" / "site"
    of_public = [public.resolve() / page for page in PUBLIC] if public.exists() else []
    for page in [*(site / page for page in PAGES), *of_public]:
        screen.get(page.as_uri())
        wrong += [
            f"{page}: {one['id']}: {one['nodes'][0]['html'][:160]}"
            for one in Axe().run(screen)["violations"]
        ]
        wide, shown = screen.execute_script(
            "return [document.documentElement.scrollWidth, window.innerWidth]"
        )
        if wide > shown:
            wrong.append(f"{page}: {wide} px wide on a screen of {shown}")
    assert wrong == []


def test_nothing_outside_is_asked_for(screen: Any, site: Path) -> None:
    for page in PAGES:
        screen.get((site / page).as_uri())
        names = screen.execute_script(
            "return performance.getEntriesByType('resource').map(one => one.name)"
        )
        assert [name for name in names if not name.startswith(("file:", "data:"))] == [], page


def test_search_narrows_a_list_that_is_whole_without_a_script(screen: Any, site: Path) -> None:
    def shown() -> list[str]:
        return screen.execute_script(
            "return [...document.querySelectorAll('.hits li')].filter(one => one.offsetParent)"
            ".map(one => one.textContent)"
        )

    page = (site / "search.html").as_uri()
    screen.get(f"{page}?q=FRESNO+brief")
    assert [text.strip() for text in shown()] == ["Fresno: Regional brief"]
    assert screen.find_element("id", "count").text.startswith("1 ")
    field = screen.find_element("id", "q")
    field.clear()
    field.send_keys("median wage")
    assert shown() and all("median" in text.lower() for text in shown())
    screen.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    screen.get(f"{page}?q=fresno")
    every = len(list(site.rglob("*.html"))) - len(list(site.rglob("es/**/*.html")))
    assert screen.page_source.count("<li data-name") >= every - 1
    assert not screen.find_elements("css selector", ".hits [hidden]")
    screen.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_keyboard_reaches_the_content_first_and_every_table(screen: Any, site: Path) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    screen.get((site / "index.html").as_uri())
    screen.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert screen.switch_to.active_element.get_attribute("class") == "skip"
    summary = screen.find_element(By.TAG_NAME, "summary")
    summary.send_keys(Keys.ENTER)
    assert screen.find_element(By.TAG_NAME, "details").get_attribute("open")


def test_a_brief_is_one_printed_page(screen: Any, site: Path) -> None:
    for page in sorted(site.glob("region/*/*.html")):
        screen.get(page.as_uri())
        printed = screen.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        pages = base64.b64decode(printed["data"]).count(b"/Type /Page\n")
        assert pages == 1, page.name
