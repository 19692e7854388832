"""Pages of the docs that are generated are what their source says, and links lead somewhere.

`zensical build --strict` (`make lint`) follows the links between pages of `docs/`; here are those
of the pages outside.
"""

import re
from pathlib import Path

import pytest

from pipelines import docs
from pipelines.settings import PROJECT

OUTSIDE = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "dbt_project/README.md"]

LINK = re.compile(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)")


@pytest.mark.parametrize("name", docs.PAGES)
def test_a_generated_page_is_what_its_source_says(name: str) -> None:
    committed = (PROJECT / "docs" / name).read_text()
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
