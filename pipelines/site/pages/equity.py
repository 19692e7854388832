"""Equity: each measure by group and by two dimensions, with what closing a gap takes in people.

Lives here: which groups are drawn. Does not: gaps and their tests, which are `metric_equity`.
"""

from collections.abc import Sequence

from pipelines.site import charts
from pipelines.site.findings import LEAST_PEOPLE
from pipelines.site.measures import EQUITY_KEY, STATE_KEY, group_names
from pipelines.site.page import Block, Column, Download, Grid, Page
from pipelines.site.source import STATE, Row, Source
from pipelines.site.words import Words

GAP = "metrics.published_gap"
GAP_KEY = (
    "metric_id", "definition_version", "cohort_year", "attribution", "region_id", "student_group",
    "student_group_value",
)  # fmt: skip
COLUMNS = (
    *EQUITY_KEY,
    "group_n",
    "group_rate",
    "reference_n",
    "reference_rate",
    "value",
    "value_low",
    "value_high",
    "successes_to_parity",
    "chance_flag_probability",
    "q_value",
)


def pages(source: Source, words: Words) -> list[Page]:
    """Return a page for each rate of the leadership list, and the list of them."""
    state = source.rows(
        "metrics.leadership_state", STATE_KEY, "where unit = 'rate' order by position"
    )
    rows = source.rows(
        "metrics.metric_equity",
        EQUITY_KEY,
        "semi join metrics.leadership_state using (metric_id, definition_version, cohort_year) "
        f"where region_id = '{STATE}' and dimension = 'all' and equity_method = 'ppg1_2022' "
        f"and group_n >= {LEAST_PEOPLE} and student_group_value <> 'no' "
        "order by value, student_group, student_group_value",
    )
    names = group_names(source, words)
    pages = [_page(words, one, [r for r in rows if _same(r, one)], names) for one in state]
    index = Page(
        "equity.html",
        "blocks.html.j2",
        words("nav.equity"),
        words,
        "equity",
        {
            "heading": words("equity.title"),
            "intro": words("equity.intro"),
            "lists": [(words("column.measure"), [(p.content["heading"], p.path) for p in pages])],
        },
    )
    return [index, *pages]


def public_pages(source: Source, words: Words) -> list[Page]:
    """Return a page for each measure of which a public release shows groups, and their list.

    A group is beside the group of its kind with the highest shown rate: everybody else is no public
    number.
    """
    rows = source.rows(
        GAP,
        GAP_KEY,
        f"semi join metrics.leadership_state using (metric_id, definition_version, cohort_year) "
        f"where region_id = '{STATE}' order by gap, student_group, student_group_value",
    )
    state = source.rows("metrics.leadership_state", STATE_KEY, "order by position")
    names = group_names(source, words)
    of_measures = [
        _public_page(words, one, of, names)
        for one in state
        if (of := [r for r in rows if _same(r, one)])
    ]
    lists = [(words("column.measure"), [(p.content["heading"], p.path) for p in of_measures])]
    content = {
        "heading": words("equity.title"),
        "intro": words("equity.public_intro"),
        "lists": lists,
    }
    title = words("nav.equity")
    index = Page("equity.html", "blocks.html.j2", title, words, "equity", content)
    return [index, *of_measures]


def _public_page(
    words: Words, of: Row, rows: Sequence[Row], names: dict[tuple[str, str], str]
) -> Page:
    name = words(f"measure.{of['metric_id']}.{of['definition_version']}.name")
    address = f"equity/{of['metric_id']}-{of['definition_version']}"
    columns = ("gap", "gap_low", "gap_high")
    marks = []
    for row in rows:
        group, best = (
            names[row["student_group"], row[column]]
            for column in ("student_group_value", "reference_value")
        )
        label = words("equity.beside", group=group, best=best)
        marks.append(charts.Mark(label, row, "group_n", columns=columns))
    table = Download(
        f"data/{address.replace('/', '-')}.csv", (*GAP_KEY, "reference_value", *columns), rows
    )
    block = Block(
        "groups",
        words("equity.public"),
        words("equity.public_lead", cohort=of["cohort_year"]),
        table=table,
        ranges=charts.ranges(marks, "points_1"),
        first=words("column.group"),
        invites_cause=True,
    )
    content = {
        "heading": name,
        "label": words("nav.equity"),
        "blocks": [block],
        "source_note": "metric_equity",
    }
    return Page(f"{address}.html", "blocks.html.j2", name, words, "equity", content, [table])


def _same(row: Row, of: Row) -> bool:
    return all(row[name] == of[name] for name in STATE_KEY)


def _page(words: Words, of: Row, rows: Sequence[Row], names: dict[tuple[str, str], str]) -> Page:
    name = f"{of['metric_id']}.{of['definition_version']}"
    for row in rows:
        row["group"] = names[row["student_group"], row["student_group_value"]]
    address = f"equity/{of['metric_id']}-{of['definition_version']}"
    table = Download(f"data/{address.replace('/', '-')}.csv", COLUMNS, rows)
    single = [row for row in rows if row["student_group"] != "race_gender"]
    double = [row for row in rows if row["student_group"] == "race_gender"]
    blocks = [
        _drawn(words, key, of, part, table)
        for key, part in (("groups", single), ("two", double))
        if part
    ]
    columns = [
        Column(words("column.group"), "group"),
        Column(words("column.value"), "group_rate", "rate_1"),
        Column(words("column.others"), "reference_rate", "rate_1"),
        Column(words("column.people"), "group_n", "count"),
        Column(words("column.parity"), "successes_to_parity", "count"),
    ]
    behind = [row for row in rows if (row["successes_to_parity"] or 0) > 0]
    blocks.append(
        Block(
            "closing",
            words("equity.closing"),
            words("equity.closing_lead"),
            grid=Grid(columns, behind),
        )
    )
    return Page(
        f"{address}.html",
        "blocks.html.j2",
        words(f"measure.{name}.name"),
        words,
        "equity",
        {
            "heading": words(f"measure.{name}.name"),
            "label": words("nav.equity"),
            "blocks": blocks,
            "source_note": "metrics.metric_equity",
        },
        [table],
    )


def _drawn(words: Words, key: str, of: Row, rows: Sequence[Row], table: Download) -> Block:
    marks = [
        charts.Mark(row["group"], row, people="group_n", is_strong=_is_clear(row)) for row in rows
    ]
    return Block(
        key,
        words(f"equity.{key}"),
        words(f"equity.{key}_lead", cohort=of["cohort_year"]),
        table=table,
        ranges=charts.ranges(marks, "points_1"),
        first=words("column.group"),
        invites_cause=key == "groups",
    )


def _is_clear(row: Row) -> bool:
    return row["q_value"] is not None and row["q_value"] <= 0.05
