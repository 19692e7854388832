"""The map: counties that are above, below or not distinguishable from the state, with a table.

Lives here: shapes and their classes. Does not: when a value is above the state's
(`pipelines.site.findings`). A shade for each value would rank counties whose intervals overlap.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pipelines.site import charts, findings
from pipelines.site.measures import STATE_KEY, by_place
from pipelines.site.page import Block, Page, slug, values
from pipelines.site.source import Row, Source
from pipelines.site.words import Words, written

_SHAPES = Path(__file__).parents[1] / "geography" / "counties.geojson"
# Degrees to pixels; a degree of longitude is cos(37.5°) of one of latitude here.
_SCALE, _SQUEEZE, _WEST, _NORTH = 60.0, 0.793, -124.6, 42.1


@dataclass(frozen=True)
class Shape:
    """A county as it is drawn."""

    path: str
    reading: str
    title: str
    row: Row | None


@dataclass(frozen=True)
class Map:
    """All counties, and the box they fill."""

    shapes: list[Shape]
    box: str = "0 0 500 585"


@cache
def outlines() -> dict[str, tuple[str, str]]:
    """Return name and SVG path of each county by its FIPS code."""
    outline = {}
    for feature in json.loads(_SHAPES.read_text())["features"]:
        geometry, of = feature["geometry"], feature["properties"]
        polygons = geometry["coordinates"]
        if geometry["type"] == "Polygon":
            polygons = [polygons]
        path = "".join(_ring(ring) for polygon in polygons for ring in polygon)
        outline[of["county_fips"]] = (of["county_name"], path)
    return outline


def _ring(ring: list[list[float]]) -> str:
    points = [f"{(x - _WEST) * _SQUEEZE * _SCALE:.1f},{(_NORTH - y) * _SCALE:.1f}" for x, y in ring]
    return f"M{'L'.join(points)}Z"


def pages(source: Source, words: Words) -> list[Page]:
    """Return a map of each rate of the leadership list, the first also at the menu's address."""
    state = source.rows(
        "metrics.leadership_state", STATE_KEY, "where unit = 'rate' order by position"
    )
    names = {f"{r['metric_id']}.{r['definition_version']}": r for r in state}
    links = [(words(f"measure.{name}.name"), f"map/{slug(name)}.html") for name in names]
    pages = [_page(source, words, name, row, links) for name, row in names.items()]
    return [replace(pages[0], path="map.html", downloads=[]), *pages] if pages else []


def _page(
    source: Source, words: Words, name: str, state: Row, links: Sequence[tuple[str, str]]
) -> Page:
    rows = by_place(source, state, "county")
    known = {row["region_id"].partition(":")[2]: row for row in rows}
    shapes = [
        Shape(
            path,
            findings.beside(known.get(fips), state),
            _title(words, county, known.get(fips), state),
            known.get(fips),
        )
        for fips, (county, path) in outlines().items()
    ]
    table = values(f"map-{slug(name)}", [state, *rows])
    marks = [charts.Mark(row["region_name"], row) for row in rows]
    block = Block(
        "map",
        words(f"measure.{name}.name"),
        words(
            "map.lead",
            who=words(f"measure.{name}.who"),
            did=words(f"measure.{name}.did"),
            cohort=state["cohort_year"],
        ),
        table=table,
        map=Map(shapes),
        ranges=charts.ranges(marks, "rate_1", state),
        first=words("scheme.county.one"),
        reference=words("column.state"),
        invites_cause=True,
    )
    content = {
        "heading": words("map.title"),
        "intro": words("map.intro"),
        "blocks": [block],
        "lists": [(words("map.others"), links)],
    }
    return Page(
        f"map/{slug(name)}.html",
        "blocks.html.j2",
        f"{words('nav.map')}: {words(f'measure.{name}.name')}",
        words,
        "map",
        content,
        [table],
    )


def _title(words: Words, county: str, row: Row | None, state: Row) -> str:
    reading = words(f"region.{findings.beside(row, state)}")
    if row is None or row["value"] is None:
        return f"{county}: {reading}"
    return f"{county}: {written(row['value'], 'rate_1')}, {reading}"
