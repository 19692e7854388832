"""Pages that were drawn before: one whose content and templates did not change is not drawn again.

Lives here: the key of a page, and the file of the last build's pages. Does not: drawing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path

import polars as pl

from pipelines.home import code_version
from pipelines.home.files import write_parquet
from pipelines.site.page import Page
from pipelines.site.source import Row

_FILE = pl.Schema({"key": pl.String, "html": pl.String})


class Drawn:
    """Pages by their content; `count` is how many had to be drawn."""

    def __init__(self, before: dict[str, str]) -> None:
        self._before, self.pages, self.count = before, dict[str, str](), 0

    def page(
        self, page: Page, said: dict[str, list[Row]], is_public: bool, draw: Callable[[], str]
    ) -> str:
        """Return a page as it was drawn before, or draw it."""
        content = repr((page.path, page.words.language, is_public, page, said))
        key = sha256(content.encode()).hexdigest()
        html = self._before.get(key)
        if html is None:
            html = draw()
            self.count += 1
        self.pages[key] = html
        return html


@contextmanager
def drawn_before(folder: Path | None, name: str) -> Iterator[Drawn]:
    """Yield the pages of the last build of a site, and store those of this one when it ends well.

    Args:
        folder: Where they are; without one nothing is read or stored.
        name: Of the site.
    """
    path = folder and folder / f"{name}-{code_version.site()}.parquet"
    before: dict[str, str] = {}
    if path and path.exists():
        # It only saves time: without it, or with a damaged one, every page is drawn.
        with suppress(pl.exceptions.PolarsError):
            before = dict(pl.read_parquet(path).select(_FILE.names()).rows())
    drawn = Drawn(before)
    yield drawn
    if folder and path and (drawn.count or len(drawn.pages) < len(before)):
        for old in folder.glob(f"{name}-*.parquet"):
            old.unlink()
        write_parquet(pl.DataFrame(list(drawn.pages.items()), _FILE, orient="row"), path)
