"""`python -m tests.browser.pictures`: photographs a running UI for the docs.

Lives here: which pages, and how big. Does not: what must be true of them; the tests say that.
"""

import argparse
import base64
import time

from pipelines.settings import PROJECT
from tests.browser.chromium import CHROMIUM, DRIVER, MISSING, headless

FOLDER = PROJECT / "docs" / "pictures"
PAGES = {
    "lineage": "/asset-groups",
    "asset": "/assets/metrics/metric_value?view=overview",
    "check": "/assets/accepted/college_enrollment?view=checks&checkDetail=rows_by_submitter",
    "period": "/assets/accepted/k12_enrollment?view=partitions&partition=2019-20",
}
WIDTH, HEIGHT = 1400, 850
# A page draws its graph some seconds after it is loaded; nothing says when it is done.
SECONDS_TO_DRAW = 15


def main() -> None:
    """Save each page as docs/pictures/<name>.webp."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("--ui", default="http://127.0.0.1:3000", help="address of a running UI")
    address = parser.parse_args().ui
    if not (CHROMIUM and DRIVER):
        raise SystemExit(f"Taking pictures {MISSING}")
    FOLDER.mkdir(exist_ok=True)
    with headless(WIDTH, HEIGHT) as browser:
        for name, page in PAGES.items():
            browser.get(address + page)
            time.sleep(SECONDS_TO_DRAW)
            taken = browser.execute_cdp_cmd(
                "Page.captureScreenshot", {"format": "webp", "quality": 70}
            )
            (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    main()
