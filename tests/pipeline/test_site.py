"""The site of a refreshed home: every number is the release's, and no page needs anything else."""

import json
import shutil
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest

from pipelines.release.publish import Release
from pipelines.site.build import build
from tests.pipeline.conftest import Home
from tests.pipeline.site_walk import Walked, agrees, loose_numbers, walk, wrong_numbers

LARGEST_PAGE, LARGEST_SITE = 500_000, 60_000_000


@pytest.fixture(scope="module")
def folder(refreshed: Home) -> Path:
    return refreshed.settings.releases / "current" / "site_internal"


@pytest.fixture(scope="module")
def pages(folder: Path) -> list[Walked]:
    return walk(folder)


def test_every_number_of_every_page_is_that_of_a_query(pages: list[Walked], folder: Path) -> None:
    with duckdb.connect(str(folder.parent / "warehouse.duckdb"), read_only=True) as warehouse:
        assert wrong_numbers(pages, warehouse) == []
    assert sum(len(page.numbers) for page in pages) > 1000


def test_a_number_that_is_off_by_its_last_digit_is_seen(pages: list[Walked]) -> None:
    number = next(n for page in pages for n in page.numbers if n.text.endswith("%"))
    value = float(number.text.rstrip("%")) / 100
    assert agrees(number, value)
    assert not agrees(number, value + 0.011)


def test_no_number_is_written_that_does_not_say_where_it_is_from(
    pages: list[Walked], folder: Path
) -> None:
    with duckdb.connect(str(folder.parent / "warehouse.duckdb"), read_only=True) as warehouse:
        assert loose_numbers(pages, warehouse) == []


def test_the_summary_of_a_brief_counts_its_lines(pages: list[Walked]) -> None:
    briefs = [page for page in pages if page.counted]
    assert briefs
    for page in briefs:
        readings = Counter(page.readings)
        for of, text in page.counted:
            assert sum(readings[one] for one in of.split()) == int(text), page.page


def test_every_page_says_that_it_is_internal(folder: Path, pages: list[Walked]) -> None:
    for page in pages:
        text = (folder / page.page).read_text()
        assert 'class="stamp internal"' in text, page.page


def test_every_link_leads_to_a_file_of_the_site(folder: Path, pages: list[Walked]) -> None:
    ids = {page.page: page.ids for page in pages}
    for page in pages:
        for link in page.links:
            if link == "data:,":
                continue
            assert "://" not in link and not link.startswith("/"), f"{page.page}: {link}"
            path, _, fragment = link.partition("#")
            target = ((folder / page.page).parent / unquote(path)).resolve() if path else None
            assert target is None or target.is_file(), f"{page.page}: {link}"
            name = str(target.relative_to(folder.resolve())) if target else page.page
            assert not fragment or fragment in ids[name], f"{page.page}: {link}"


def test_no_page_but_search_has_a_script_and_none_is_large(
    folder: Path, pages: list[Walked]
) -> None:
    for page in pages:
        allowed = {"script"} if page.page in {"search.html", "es/search.html"} else set()
        assert not ({"script", "iframe"} - allowed) & page.tags, page.page
        assert (folder / page.page).stat().st_size < LARGEST_PAGE, page.page
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert size < LARGEST_SITE


def test_a_release_without_a_row_has_a_site_that_says_so(folder: Path, tmp_path: Path) -> None:
    for name in ("warehouse.duckdb", "manifest.json"):
        shutil.copy(folder.parent / name, tmp_path)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        tables = connection.sql("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in tables:
            connection.execute(f'delete from {schema}."{table}"')
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    built = build(Release("empty", tmp_path, manifest | {"deliveries": []}))
    assert "No measure has a whole cohort yet" in (built.folder / "index.html").read_text()
    assert built.pages >= 10
