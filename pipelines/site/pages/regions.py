"""Briefs: one printable page for each region, county and consortium, in the same order.

Lives here: what a brief has, and which places are peers. Does not: when a value is above the
state's (`pipelines.site.findings`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from pipelines.site import charts, findings
from pipelines.site.findings import LEAST_PEOPLE
from pipelines.site.measures import STATE_KEY, group_names
from pipelines.site.page import Page, in_language, measure_key, slug, values
from pipelines.site.peers import nearest
from pipelines.site.source import Row, Source
from pipelines.site.words import Words, kind_of, named

SCHEMES = ("macroregion", "county", "consortium")
REGION_KEY = ("region_scheme", "region_id", "position")


@dataclass(frozen=True)
class Line:
    """A measure in a brief: the place, the state, and the lowest and highest of its peers."""

    key: str
    name: str
    state: Row
    here: Row | None
    peers: list[Row]
    reading: str
    kind: str
    drawn: charts.Ranges | None
    mark: charts.Mark | None


@dataclass(frozen=True)
class Place:
    """A place that has a brief."""

    scheme: str
    region_id: str
    name: str

    @property
    def path(self) -> str:
        """Its address."""
        return f"region/{self.scheme}/{slug(self.name)}.html"


def places(source: Source) -> list[Place]:
    """Return the places that have records, by scheme and name."""
    rows = source.records(
        "select distinct region_scheme, region_id, region_name from site_value "
        f"where list_contains({list(SCHEMES)}, region_scheme) and coalesce(denominator, 1) > 0 "
        "and region_id not like '%:unplaced' order by region_scheme, region_name"
    )
    return [Place(row["region_scheme"], row["region_id"], row["region_name"]) for row in rows]


def links(of: Sequence[Place], words: Words) -> dict[str, list[tuple[str, str]]]:
    """Return names and addresses of briefs by scheme."""
    return {
        scheme: [(p.name, in_language(words, p.path)) for p in of if p.scheme == scheme]
        for scheme in SCHEMES
    }


class Measures:
    """The measures of the leadership list at every place, for the state's last whole cohort."""

    def __init__(self, source: Source) -> None:
        self.is_public = source.is_public
        self.state = source.rows("metrics.leadership_state", STATE_KEY, "order by position")
        rows = source.values(
            "semi join metrics.leadership_state using (metric_id, definition_version, cohort_year) "
        )
        self._rows = {(*_measure(row), row["region_id"]): row for row in rows}
        self.peers = nearest(source, SCHEMES)
        gaps = source.rows("metrics.leadership_region", REGION_KEY, "where gap_points is not null")
        self.gaps: dict[str, list[Row]] = {}
        for row in gaps:
            self.gaps.setdefault(row["region_id"], []).append(row)

    def lines(self, words: Words, region_id: str) -> list[Line]:
        """Return the lines of a place's brief."""
        return [self._line(words, state, region_id) for state in self.state]

    def at(self, state: Row, region_id: str) -> Row | None:
        """Return a measure at a place, unless nobody is in it."""
        row = self._rows.get((*_measure(state), region_id))
        return row if row and (row["denominator"] or row.get("suppressed_reason")) else None

    def _line(self, words: Words, state: Row, region_id: str) -> Line:
        here = self.at(state, region_id)
        others = [self.at(state, peer) for peer in self.peers.get(region_id, [])]
        judged = [
            p for p in others if p and p["denominator"] >= LEAST_PEOPLE and p["value"] is not None
        ]
        kind = kind_of(state["unit"])
        mark = charts.Mark("", here) if here else None
        return Line(
            measure_key(*_measure(state)),
            words.name("measure", ".".join([*_measure(state), "name"]), state["metric_name"]),
            state,
            here,
            sorted(judged, key=lambda row: row["value"]),
            findings.beside(here, state),
            kind,
            self._drawn(mark, state, kind),
            mark,
        )

    def _drawn(self, mark: charts.Mark | None, state: Row, kind: str) -> charts.Ranges | None:
        """Return the chart of a line: rates from 0 to 100 %, so that lines can be compared."""
        if mark is None or mark.row["value"] is None:
            return None
        drawn = charts.ranges([mark], kind, state)
        return (
            replace(drawn, scale=charts.scale([1.0], "rate", count=2))
            if state["unit"] == "rate"
            else drawn
        )


def _measure(row: dict[str, Any]) -> tuple[str, str]:
    return row["metric_id"], row["definition_version"]


def pages(source: Source, words: Words, of: Sequence[Place]) -> list[Page]:
    """Return the briefs of all places, and the list of them."""
    measures = Measures(source)
    groups = group_names(source, words)
    names = {place.region_id: place.name for place in of}
    other = Words("es" if words.language == "en" else "en")
    briefs = [_brief(measures, words, place, names, groups, other) for place in of]
    index = Page(
        in_language(words, "regions.html"), "regions.html.j2", words("region.title"), words,
        "regions", {"briefs": links(of, words)}, [], in_language(other, "regions.html"),
    )  # fmt: skip
    return [index, *briefs]


def _brief(
    measures: Measures,
    words: Words,
    place: Place,
    names: dict[str, str],
    groups: dict[tuple[str, str], str],
    other: Words,
) -> Page:
    lines = measures.lines(words, place.region_id)
    alike = [names[p] for p in measures.peers.get(place.region_id, []) if p in names]
    table = values(
        f"region-{place.scheme}-{slug(place.name)}", [ln.here for ln in lines if ln.here]
    )
    return Page(
        path=in_language(words, place.path),
        template="region.html.j2",
        title=f"{place.name}: {words('region.brief')}",
        words=words,
        current="regions",
        content={
            "kind": place.scheme,
            "place": place.name,
            "lines": lines,
            "summary": summary(words, place.name, [line.reading for line in lines]),
            "gap": "" if measures.is_public else _gap(words, place, measures.gaps, groups),
            "peers": peers_of(words, alike),
            "download": table.path,
        },
        downloads=[table],
        other_language=in_language(other, place.path),
    )


def summary(words: Words, name: str, readings: Sequence[str]) -> Markup:
    """Return on how many measures a place is above or below the state, or neither.

    Args:
        words: Of the page.
        name: Of the place.
        readings: Of each measure, as `findings.beside` says it.
    """
    counts = {way: readings.count(way) for way in ("above", "below", "same")}
    judged = sum(counts.values())
    if not judged:
        return words("region.summary_empty", place=name)
    counted = {
        way: Markup('<span data-lines="{}">{}</span>').format(way, n) for way, n in counts.items()
    }
    of = Markup('<span data-lines="above below same">{}</span>').format(judged)
    key = "region.summary" if counts["above"] + counts["below"] else "region.summary_none"
    return words(key, place=name, judged=of, **counted)


def peers_of(words: Words, names: Sequence[str]) -> Markup:
    """Return which places are the peers of one, and by which rule."""
    if not names:
        return words("region.no_peers")
    return words("region.peers", count=named(len(names)), names=", ".join(names))


def _gap(
    words: Words,
    place: Place,
    gaps: dict[str, list[Row]],
    groups: dict[tuple[str, str], str],
) -> Markup:
    rows = gaps.get(place.region_id)
    if not rows:
        return words("region.no_gap", place=place.name)
    row = min(rows, key=lambda one: one["gap_points"])
    group = groups[row["gap_student_group"], row["gap_student_group_value"]]
    finding = findings.gap(words, ".".join(_measure(row)), row, group)
    return words("region.gap", place=place.name, gap=finding.text if finding else "")
