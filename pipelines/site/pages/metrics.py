"""A page for each metric: what it means, its versions, its series, its places, its download.

Lives here: their order. Does not: definitions, which are `metric_definition`.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, takewhile

from pipelines.site import charts, findings
from pipelines.site.findings import LEAST_PEOPLE
from pipelines.site.measures import STATE_KEY
from pipelines.site.page import Block, Page, values
from pipelines.site.source import Row, Source
from pipelines.site.words import Words, kind_of

FAMILIES = ("access", "quality", "economic", "equity")
DOWNLOADED = ("statewide", "macroregion", "county", "consortium")


def pages(source: Source, words: Words) -> list[Page]:
    """Return the pages of all metrics that have values, and the list of them by family."""
    definitions = source.rows(
        "metrics.metric_definition",
        STATE_KEY,
        "where computed_in = 'metrics.metric_value' order by metric_id, definition_version",
    )
    values = source.values(
        f"where list_contains({list(DOWNLOADED)}, region_scheme) and denominator > 0 "
        "order by metric_id, definition_version, region_scheme, region_name, cohort_year"
    )
    rows: dict[tuple[str, str], list[Row]] = {}
    for row in values:
        rows.setdefault((row["metric_id"], row["definition_version"]), []).append(row)
    pages = [
        _page(words, list(versions), rows)
        for _, versions in groupby(definitions, key=lambda row: row["metric_id"])
    ]
    lists = [
        (
            words(f"family.{family}"),
            sorted((p.title, p.path) for p in pages if p.content["family"] == family),
        )
        for family in FAMILIES
    ]
    content = {
        "heading": words("metric.title"),
        "intro": words("metric.intro"),
        "lists": [one for one in lists if one[1]],
        "source_note": "metrics.metric_definition",
    }
    title = words("nav.metrics")
    return [Page("metrics.html", "blocks.html.j2", title, words, "metrics", content), *pages]


def _page(words: Words, versions: Sequence[Row], rows: dict[tuple[str, str], list[Row]]) -> Page:
    first = versions[0]
    of_metric = [
        row for v in versions for row in rows.get((v["metric_id"], v["definition_version"]), [])
    ]
    table = values(f"metric-{first['metric_id']}", of_metric)
    blocks = []
    for version in versions:
        blocks += _version(
            words, version, rows.get((version["metric_id"], version["definition_version"]), [])
        )
    facts = [
        (words(f"metric.{name}"), first[name])
        for name in (
            "meaning",
            "denominator",
            "numerator",
            "time_rule",
            "exclusions",
            "caveats",
            "source",
        )
        if first[name]
    ]
    if blocks:
        blocks[-1] = replace(blocks[-1], table=table)
    return Page(
        f"metric/{first['metric_id']}.html",
        "blocks.html.j2",
        _name(versions),
        words,
        "metrics",
        {
            "heading": _name(versions),
            "label": words(f"family.{first['family']}"),
            "family": first["family"],
            "facts": facts,
            "blocks": blocks,
        },
        [table],
    )


def _name(versions: Sequence[Row]) -> str:
    """Return the words with which the names of all versions open."""
    names = [version["metric_name"].split(" ") for version in versions]
    shared = [words[0] for words in takewhile(_are_same, zip(*names, strict=False))]
    return " ".join(shared).rstrip(",") or versions[0]["metric_name"]


def _are_same(words: Sequence[str]) -> bool:
    return len(set(words)) == 1


def _version(words: Words, version: Row, rows: Sequence[Row]) -> list[Block]:
    """Return the series and the places of one version."""
    state = [
        row for row in rows if row["region_scheme"] == "statewide" and row["value"] is not None
    ]
    if version["statistic"] == "count":
        drawn = [row for row in state if row["is_complete"]]
    else:
        drawn = findings.comparable(state)
    if not drawn:
        return []
    key, kind = version["definition_version"], kind_of(version["unit"])
    series = charts.series(drawn, "rate" if kind == "rate_1" else kind)
    title = words("metric.version", name=version["metric_name"])
    blocks = [Block(f"v-{key}", title, version["meaning"], series=series, kind=kind)]
    places = [
        row
        for row in rows
        if row["region_scheme"] == "macroregion"
        and row["cohort_year"] == drawn[-1]["cohort_year"]
        and row["denominator"] >= LEAST_PEOPLE
        and row["value"] is not None
    ]
    if places:
        marks = [charts.Mark(row["region_name"], row) for row in places]
        blocks.append(
            Block(
                f"p-{key}",
                words(
                    "metric.places", name=version["metric_name"], cohort=drawn[-1]["cohort_year"]
                ),
                ranges=charts.ranges(marks, kind, drawn[-1]),
                first=words("column.place"),
                reference=words("column.state"),
            )
        )
    return blocks
