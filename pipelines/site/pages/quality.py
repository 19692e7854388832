"""Who is not in the numbers and why, how good linkage is, and what changed since the last release.

Lives here: their order. Does not: any judgement of a delivery (`pipelines.checks`).
"""

from collections.abc import Sequence

from pipelines.site import charts
from pipelines.site.measures import WAGES, cohorts
from pipelines.site.page import Block, Column, Download, Grid, Page
from pipelines.site.source import STATE, Row, Source
from pipelines.site.words import Words, figure

LINK_KEY = ("from_feed", "to_feed", "region_scheme", "region_id", "student_group")
FEED_KEY = ("feed", "period", "submitter", "delivery_sha256")
CHANGE_KEY = ("change_number",)
_STATE = f"where region_id = '{STATE}' and student_group = 'all'"
_LISTED = 60


def pages(source: Source, words: Words) -> list[Page]:
    """Return the page of coverage and quality, and the one of changes."""
    blocks = [
        block
        for block in (
            _wages(source, words),
            _links(source, words),
            _rejected(source, words),
            _through(source, words),
        )
        if block
    ]
    content = {
        "heading": words("quality.title"),
        "intro": words("quality.intro"),
        "blocks": blocks,
        "source_note": "metrics.metric_value, quality.linkage, quality.delivery",
    }
    downloads = [block.table for block in blocks if block.table]
    title = words("nav.quality")
    return [
        Page("quality.html", "blocks.html.j2", title, words, "quality", content, downloads),
        _changes(source, words),
    ]


def _wages(source: Source, words: Words) -> Block | None:
    rows = cohorts(source, WAGES)
    if not rows:
        return None
    columns = [
        Column(words("column.cohort"), "cohort_year"),
        *(
            Column(words(f"column.{name}"), name, "count")
            for name in ("n_cohort", "n_matchable", "n_matched", "n_in_statistic")
        ),
    ]
    now = rows[-1]
    title = words(
        "quality.wages", counted=figure(now, "n_in_statistic"), left=figure(now, "n_cohort")
    )
    return Block("wages", title, words("quality.wages_lead"), grid=Grid(columns, rows))


def _links(source: Source, words: Words) -> Block:
    rows = source.rows(
        "quality.linkage",
        LINK_KEY,
        f"{_STATE} and (is_match_expected or to_feed = 'wage') and n_matchable > 0 "
        "order by from_feed, to_feed",
    )
    marks = [
        charts.Mark(
            _link(words, row),
            row,
            people="n_matchable",
            columns=("match_rate", "match_rate_low", "match_rate_high"),
        )
        for row in rows
    ]
    table = Download(
        "data/linkage.csv",
        (
            *LINK_KEY,
            "is_match_expected",
            "n_people",
            "n_matchable",
            "n_matched",
            "match_rate",
            "estimated_precision",
            "estimated_recall",
        ),
        rows,
    )
    return Block(
        "linkage",
        words("quality.linkage"),
        words("quality.linkage_lead"),
        table=table,
        ranges=charts.ranges(marks, "rate_1"),
        first=words("column.link"),
    )


def _rejected(source: Source, words: Words) -> Block:
    rows = source.rows(
        "quality.delivery",
        FEED_KEY,
        "where status <> 'accepted' or quarantined_rows > 0 order by status <> 'accepted' desc, "
        f"quarantined_rows desc, feed, period, submitter limit {_LISTED}",
    )
    _name_feeds(words, rows)
    columns = [
        Column(words("column.file"), "file_name"),
        Column(words("column.feed"), "feed_name"),
        Column(words("column.period"), "period"),
        Column(words("column.status"), "status"),
        Column(words("column.delivered"), "delivered_rows", "count"),
        Column(words("column.accepted"), "accepted_rows", "count"),
        Column(words("column.quarantined"), "quarantined_rows", "count"),
    ]
    return Block(
        "deliveries",
        words("quality.deliveries"),
        words("quality.deliveries_lead"),
        grid=Grid(columns, rows),
    )


def _through(source: Source, words: Words) -> Block:
    rows = source.rows("quality.data_through", ("feed",), "order by feed")
    _name_feeds(words, rows)
    columns = [
        Column(words("column.feed"), "feed_name"),
        Column(words("column.from"), "first_period"),
        Column(words("column.to"), "last_period"),
    ]
    return Block(
        "through", words("quality.through"), words("quality.through_lead"), grid=Grid(columns, rows)
    )


def _name_feeds(words: Words, rows: Sequence[Row]) -> None:
    for row in rows:
        row["feed_name"] = _feed(words, row["feed"])


def _feed(words: Words, code: str) -> str:
    return words.name("feed", code, code.replace("_", " "))


def _changes(source: Source, words: Words) -> Page:
    rows = source.rows(
        "quality.release_change", CHANGE_KEY, f"order by change_number limit {_LISTED}"
    )
    for row in rows:
        row["is_warned"] = words("changes.warns") if row["is_warning"] else ""
    columns = [
        Column(words("column.change"), "sentence"),
        Column(words("column.kind"), "kind"),
        Column(words("column.warns"), "is_warned"),
    ]
    table = Download("data/changes.csv", (*CHANGE_KEY, "kind", "is_warning", "sentence"), rows)
    block = Block("changes", words("changes.listed"), table=table, grid=Grid(columns, rows))
    content = {
        "heading": words("changes.title"),
        "intro": words("changes.intro"),
        "blocks": [block],
        "source_note": "quality.release_change",
    }
    title = words("nav.changes")
    return Page("changes.html", "blocks.html.j2", title, words, "changes", content, [table])


def _link(words: Words, row: Row) -> str:
    start, end = (_feed(words, row[column]) for column in ("from_feed", "to_feed"))
    return words("quality.link", start=start, end=end)
