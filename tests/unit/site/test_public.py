"""The public site: from the public release alone, and what is hidden there is nowhere on a page."""

import itertools
import re
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.release.publish import Release
from pipelines.site.build import build_public, measures
from tests.pipeline.site_walk import walk, wrong_numbers

# Counts of hidden cells, which no file may have; no other number of the pages is one of these.
SECRETS = (987_654, 876_543)
PLACES = {"statewide": ["California"], "macroregion": ["Bay Area", "North"], "county": ["Alpine"]}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release with a public release of all measures, a county of which is hidden."""
    folder = tmp_path_factory.mktemp("release")
    (folder / "public").mkdir()
    with duckdb.connect(str(folder / "public" / "public.duckdb")) as connection:
        connection.execute(
            "create table metric_value (metric_id text, definition_version text, cohort_year text,"
            "attribution text, region_scheme text, region_id text, region_name text,"
            "dimension text, dimension_value text, student_group text, student_group_value text,"
            "unit text, numerator bigint, denominator bigint, value double, value_low double,"
            "value_high double, value_at_least double, value_at_most double,"
            "suppressed_reason text, vintage text);"
            "create table metric_definition (metric_id text, definition_version text,"
            "metric_name text, cohort text, meaning text, numerator text, denominator text,"
            "numerator_id text, denominator_id text, source text, caveats text)"
        )
        names = [name for name in measures() if "usd" not in name]
        for name, year in itertools.product(names, (2016, 2017, 2018, 2019)):
            metric, version = name.split(".")
            for scheme, place in ((s, p) for s, of in PLACES.items() for p in of):
                n, k = (40_000, 21_000) if scheme == "statewide" else (9_000, 5_000)
                hidden = scheme == "county"
                numbers = (None,) * 5 if hidden else (k, n, k / n, k / n - 0.01, k / n + 0.01)
                row = (
                    metric, version, f"{year}-{year - 1999}", "high_school", scheme,
                    f"{scheme}:{place}", place, "all", "all", "all", "all", "rate", *numbers,
                    None, None, "hidden" if hidden else None, "v1",
                )  # fmt: skip
                connection.execute(f"insert into metric_value values ({', '.join('?' * 21)})", row)
        for name in names:
            row = (*name.split("."), name, "graduate", "m", "n", "d", "n", "d", "s", None)
            connection.execute(f"insert into metric_definition values ({', '.join('?' * 11)})", row)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute(f"create table secret as select unnest({list(SECRETS)}) as people")
    return Release("r1", folder, {"release_id": "r1", "released_at": "2026-11-27T00:00:00"})


def test_every_number_of_the_public_site_is_in_the_public_release(release: Release) -> None:
    built = build_public(release)
    pages = walk(built.folder)
    assert {"index.html", "es/index.html", "region/county/alpine.html"} <= {p.page for p in pages}
    with duckdb.connect(str(release.folder / "public" / "public.duckdb")) as connection:
        connection.execute("create schema metrics")
        connection.execute("create view metrics.metric_value as from main.metric_value")
        connection.execute(
            "create view metrics.leadership_state as from main.metric_value "
            "where region_scheme = 'statewide' and cohort_year = '2019-20'"
        )
        connection.execute("create view metrics.metric_definition as from main.metric_definition")
        for page in pages:
            page.totals.clear()
        assert wrong_numbers(pages, connection) == []
        connection.execute("drop schema metrics cascade")
    assert sum(len(page.numbers) for page in pages) > 200


def test_a_hidden_cell_says_so_and_is_nowhere(release: Release) -> None:
    folder = build_public(release).folder
    brief = (folder / "region" / "county" / "alpine.html").read_text()
    assert "hidden" in re.sub(r"<[^>]+>", " ", brief.split("<main")[1])
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert not any(str(secret) in text or f"{secret:,}" in text for secret in SECRETS)


def test_the_public_site_says_that_it_is_public_and_has_no_page_of_what_is_not(
    release: Release,
) -> None:
    folder = build_public(release).folder
    assert folder.name == "site"
    for path in folder.rglob("*.html"):
        text = path.read_text()
        assert 'class="stamp"' in text and "Internal" not in text
        assert not {"quality.html", "equity.html"} & set(re.findall(r'href="([^"]+)"', text))


def test_without_a_public_release_there_is_no_public_site(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="pathways public build"):
        build_public(Release("r1", tmp_path, {}))
