"""`python -m tests.browser.pictures`: photographs a running UI, or a built site, for the docs.

Lives here: which pages, and how big. Does not: what must be true of them; the tests say that.
"""

import argparse
import base64
import time
from typing import Any

from pipelines.settings import PROJECT, Settings
from tests.browser.chromium import CHROMIUM, DRIVER, MISSING, headless

FOLDER = PROJECT / "docs" / "pictures"
PAGES = {
    "lineage": "/asset-groups",
    "asset": "/assets/metrics/metric_value?view=overview",
    "check": "/assets/accepted/college_enrollment?view=checks&checkDetail=rows_by_submitter",
    "period": "/assets/accepted/k12_enrollment?view=partitions&partition=2019-20",
}
# Of the site: the page, and how much of it is in the picture.
SITE = {
    "site_story": ("index.html", 1500),
    "site_brief": ("region/county/fresno.html", 1450),
    "site_map": ("map.html", 1000),
    "site_journey": ("journey.html", 1150),
}
WIDTH, HEIGHT, SITE_WIDTH = 1400, 850, 1180
# A page draws its graph some seconds after it is loaded; nothing says when it is done.
SECONDS_TO_DRAW = 15


def main() -> None:
    """Save each page as docs/pictures/<name>.webp."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("--ui", default="http://127.0.0.1:3000", help="address of a running UI")
    parser.add_argument("--site", action="store_true", help="of the current release of the home")
    given = parser.parse_args()
    if not (CHROMIUM and DRIVER):
        raise SystemExit(f"Taking pictures {MISSING}")
    FOLDER.mkdir(exist_ok=True)
    with headless(WIDTH, HEIGHT) as browser:
        if given.site:
            _take_site(browser)
            return
        for name, page in PAGES.items():
            browser.get(given.ui + page)
            time.sleep(SECONDS_TO_DRAW)
            _save(browser, name)


def _take_site(browser: Any) -> None:
    folder = Settings().releases / "current" / "site_internal"
    for name, (page, height) in SITE.items():
        size = {"width": SITE_WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get((folder / page).as_uri())
        _save(browser, name)


def _save(browser: Any, name: str) -> None:
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "webp", "quality": 70})
    (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    main()
