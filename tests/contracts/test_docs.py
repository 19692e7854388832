"""Generated files are what their source says, and links of the docs lead somewhere.

`zensical build --strict` (`make lint`) follows the links between pages of `docs/`; here are those
of the pages outside.
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines import docs
from pipelines.settings import PROJECT
from schemas import FEEDS

OUTSIDE = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "dbt_project/README.md"]

LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")


@pytest.mark.parametrize("name", docs.PAGES)
def test_a_generated_file_is_what_its_source_says(name: str) -> None:
    committed = (PROJECT / name).read_text()
    assert committed == docs.PAGES[name](), "make docs"


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub and the site make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_links_of_pages_outside_the_docs_lead_somewhere() -> None:
    broken = []
    for name in OUTSIDE:
        for path, anchor in LINK.findall((PROJECT / name).read_text()):
            target = (PROJECT / name).parent / path if path else PROJECT / name
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{name}: {path}#{anchor}")
    assert not broken


def test_dbt_knows_a_feed_by_its_person_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "'institution'," not in docs.feed_macro()
    register = replace(FEEDS["institution"], person_key=("institution_id",))
    monkeypatch.setitem(docs.ACCEPTED_FEEDS, "institution", register)
    assert "'institution'," in docs.feed_macro()
