"""The public site: from the public release alone, and what is hidden there is nowhere on a page."""

import csv
import itertools
import re
from pathlib import Path
from urllib.parse import unquote

import duckdb
import polars as pl
import pytest

from pipelines.errors import UserError
from pipelines.release.publish import Release
from pipelines.site.build import build_public, measures
from tests.pipeline.site_walk import walk, wrong_numbers

# Counts of hidden cells, which no file may have; no other number of the pages is one of these.
SECRETS = (987_654, 876_543)
PLACES = {"statewide": ["California"], "macroregion": ["Bay Area", "North"], "county": ["Alpine"],
          "district": ["Hill Unified", "Shore Unified"]}  # fmt: skip


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
        cells = []
        for name, year in itertools.product(names, (2016, 2017, 2018, 2019)):
            metric, version = name.split(".")
            for scheme, place in ((s, p) for s, of in PLACES.items() for p in of):
                n, k = (40_000, 21_000) if scheme == "statewide" else (9_000, 5_000)
                hidden = place in ("Alpine", "Hill Unified")
                numbers = (None,) * 5 if hidden else (k, n, k / n, k / n - 0.01, k / n + 0.01)
                row = (
                    metric, version, f"{year}-{year - 1999}", "high_school", scheme,
                    f"{scheme}:{place}", place, "all", "all", "all", "all", "rate", *numbers,
                    None, None, "hidden" if hidden else None, "v1",
                )  # fmt: skip
                cells.append(row)
        frame = pl.DataFrame(cells, orient="row", infer_schema_length=None)
        connection.register("cells", frame)
        connection.execute("insert into metric_value from cells; drop view cells")
        for name in names:
            row = (*name.split("."), name, "graduate", "m", "n", "d", "n", "d", "s", None)
            connection.execute(f"insert into metric_definition values ({', '.join('?' * 11)})", row)
        connection.execute(
            "create table metric_equity as select metric_id, definition_version, cohort_year,"
            "attribution, region_scheme, region_id, 'gender' as student_group,"
            "'F' as student_group_value, value, 'M' as reference_value, -0.123::double as gap,"
            "-0.2::double as gap_low, -0.05::double as gap_high from metric_value "
            "where region_scheme = 'statewide'"
        )
        connection.execute(
            "insert into metric_value select * replace ('gender' as student_group, "
            "unnest(['F', 'M']) as student_group_value) from metric_value "
            "where region_scheme = 'statewide'"
        )
        connection.execute(
            "create table region as select distinct region_id, region_scheme, region_name "
            "from metric_value; create table place_region as select 'v1' as vintage, "
            "'S' || region_name as place_id, region_scheme, region_id from region "
            "where region_scheme = 'district' union all select 'v1', 'SHill Unified', "
            "'macroregion', 'macroregion:North'"
        )
        connection.execute(
            "create table regional_statement as select 'S1' as statement_id,"
            "'region/county/alpine.html' as page, 'plan' as kind, $measure as metric_id,"
            "$version as definition_version, 'County Office' as office, '2026-11-02' as written_on,"
            "'We plan <b>more</b>.' as statement_text "
            "union all select 'S2', 'region/county/alpine.html', 'comment', null, null, 'Office',"
            "'2026-11-03', 'Words about all of it.'",
            dict(zip(("measure", "version"), names[0].split("."), strict=True)),
        )
        connection.execute(
            "create table funnel as select '2018-19' as cohort_year, 'statewide' as region_scheme,"
            "'statewide:California' as region_id, 'all' as student_group,"
            "'all' as student_group_value, unnest(range(1, 7)) as stage_number, 's' as metric_id,"
            "case stage_number when 3 then null else 2000 end as n_eligible,"
            "n_eligible // 2 as n_reached, n_reached / n_eligible as pass_rate,"
            "case stage_number when 3 then 'hidden' end as suppressed_reason;"
            "insert into funnel select * replace ('gender' as student_group, 'F' as "
            "student_group_value) from funnel;"
            "create table initiative_year as select unnest(['2018-19', 'all']) as academic_year,"
            "'statewide:California' as region_id, 'CCPT' as initiative_code, 7 as partners,"
            "9 as grants, 1816500.0 as award_usd;"
            "create table initiative_people as select '2018-19' as academic_year, * from (values "
            "('served', 'CCPT', '', 56, null), ('both', 'CCPT', 'SWP', null, 'hidden')) as of "
            "(measure, initiative_code, other_initiative_code, people, suppressed_reason)"
        )
        connection.execute(
            "create table regional_answer as select 'S1' as statement_id,"
            "'2026-11-04' as decided_on, 'We pay for it.' as answer"
        )
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
            "where region_scheme = 'statewide' and cohort_year = '2019-20' "
            "and student_group = 'all'"
        )
        connection.execute(
            "create view metrics.published_gap as select *, 40_000 as group_n from metric_equity"
        )
        connection.execute("create view metrics.metric_definition as from main.metric_definition")
        connection.execute(
            "create view metrics.funnel as select *, 'all' as dimension,"
            "0.4781 as pass_rate_low, 0.5219 as pass_rate_high from main.funnel;"
            "create schema collaboration;"
            "create view collaboration.initiative_year as from main.initiative_year;"
            "create view collaboration.initiative_people as from main.initiative_people"
        )
        for page in pages:
            page.totals.clear()
        assert wrong_numbers(pages, connection) == []
        connection.execute("drop schema metrics cascade; drop schema collaboration cascade")
    assert any(number.text == "\u221212.3" for page in pages for number in page.numbers)
    assert sum(len(page.numbers) for page in pages) > 200


def test_a_hidden_cell_says_so_and_is_nowhere(release: Release) -> None:
    folder = build_public(release).folder
    brief = (folder / "region" / "county" / "alpine.html").read_text()
    assert "hidden" in re.sub(r"<[^>]+>", " ", brief.split("<main")[1])
    drawn = (folder / "map.html").read_text()
    [row] = re.findall(r"<tr[^>]*>\s*<th[^>]*>Alpine<.*?</tr>", drawn, re.DOTALL)
    assert row.count(">hidden<") == 2 and "<circle" not in row
    [page] = (folder / "district").glob("hill-unified-*.html")
    district, table = page.read_text(), folder / "data" / "follow-up-Hill Unified.csv"
    assert "North" in district and ": hidden</h2>" in district
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert rows and {row["suppressed_reason"] for row in rows} == {"hidden"}
    assert {row[name] for row in rows for name in ("numerator", "denominator", "value")} == {""}
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
        links = set(re.findall(r'href="(?!data:)([^"#]+)', text))
        assert not {"quality.html", "changes.html"} & links
        assert [link for link in links if not (path.parent / unquote(link)).exists()] == [], path


def test_the_public_journey_and_initiatives_show_what_is_published(release: Release) -> None:
    folder = build_public(release).folder

    def words(page: str) -> str:
        text = re.sub(r"<[^>]+>", " ", (folder / page).read_text().split("<main")[1])
        return " ".join(text.split())

    state = words("journey.html")
    # Wilson's interval of 1,000 of 2,000.
    assert "Took a career course 50.0% 47.8% to 52.2% 2,000" in state
    assert "Graduated hidden – hidden" in state and "Female students" in state
    assert "<circle" in (folder / "journey/groups/female-students.html").read_text()
    every, one = words("initiatives.html"), words("initiative/ccpt.html")
    assert "California Career Pathways Trust $1,816,500 7 9" in every
    assert "2018-19 People reached 56" in one
    assert "Reached by two: California Career Pathways Trust, SWP hidden" in one


def test_without_a_public_release_there_is_no_public_site(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="pathways public build"):
        build_public(Release("r1", tmp_path, {}))


def test_a_statement_stands_beside_its_figure_with_the_answer_and_as_text_alone(
    release: Release,
) -> None:
    folder = build_public(release).folder
    for page in ("region/county/alpine.html", "es/region/county/alpine.html"):
        text = (folder / page).read_text()
        [row] = re.findall(r'<tr class="says">.*?</tr>', text, re.DOTALL)
        assert "We plan &lt;b&gt;more&lt;/b&gt;." in row and "We pay for it." in row
        assert "County Office, 2026-11-02" in row
        assert "Words about all of it." in text.split('class="voices"')[1]
    assert "County Office" not in (folder / "region" / "macroregion" / "north.html").read_text()


def test_a_page_is_drawn_again_only_when_something_of_it_changed(
    release: Release, tmp_path: Path
) -> None:
    first = build_public(release, tmp_path)
    pages = {path: path.read_bytes() for path in first.folder.rglob("*.html")}
    assert first.drawn == first.pages == len(pages)
    later = Release("r2", release.folder, release.manifest | {"released_at": "2026-12-01T00:00"})
    again = build_public(later, tmp_path)
    assert (again.drawn, again.pages) == (0, first.pages)
    for path, content in pages.items():
        text = path.read_bytes()
        assert b"r2, 2026-12-01" in text
        assert text.replace(b"r2", b"r1").replace(b"2026-12-01", b"2026-11-27") == content
    database = str(release.folder / "public" / "public.duckdb")
    change = "update regional_statement set office = '{}' where statement_id = 'S2'"
    with duckdb.connect(database) as connection:
        connection.execute(change.format("Another"))
    assert build_public(release, tmp_path).drawn == len(["english", "spanish"])
    with duckdb.connect(database) as connection:
        connection.execute(change.format("Office"))
