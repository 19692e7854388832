"""Districts and colleges: beside region, state and peers, with a follow-up file of their own.

Lives here: which measures they have, and what a follow-up file shows. Does not: which places are
peers (`pipelines.site.peers`).
"""

from collections.abc import Sequence
from typing import Any

from pipelines.site import charts, findings
from pipelines.site.findings import LEAST_PEOPLE
from pipelines.site.measures import STATE_KEY, is_hidden
from pipelines.site.page import Block, Column, Download, Grid, Page, measure_key, slug
from pipelines.site.peers import alike, nearest
from pipelines.site.source import CELL, STATE, VALUE, Row, Source
from pipelines.site.words import Words, kind_of

# What a college is asked beside the wages of the leadership list.
COLLEGE = (
    ("persistence_rate", "fall_to_spring"),
    ("community_college_completion_rate", "3_years"),
    ("transfer_rate", "3_years"),
    ("employed_second_quarter_rate", "calendar_quarter"),
    ("median_annual_earnings_usd", "oct_dec_x4"),
    ("living_wage_rate", "oct_dec_x4_2024"),
)
KINDS = {"DISTRICT": "district", "COMMUNITY_COLLEGE": "college"}
_FOLLOW_UP = ("metric_id", "definition_version", "cohort_year", "numerator", "denominator", "value")
# Of a public release: which values are hidden there, the complement of hidden ones among them.
_PUBLIC_FOLLOW_UP = (*_FOLLOW_UP, "suppressed_reason")


def pages(source: Source, words: Words) -> list[Page]:
    """Return a page for each district and community college with records, and their list."""
    institutions = [
        row
        for row in source.records("from marts.dim_institution order by institution_name")
        if row["institution_type_code"] in KINDS
    ]
    names = {
        row["metric_id"] + row["definition_version"]: row["metric_name"]
        for row in source.records("from metrics.metric_definition")
    }
    leading = source.rows("metrics.leadership_state", STATE_KEY, "order by position")
    school = [(r["metric_id"], r["definition_version"]) for r in leading if r["position"] <= 8]
    values = _values(source)
    peers = nearest(source, ("district",)) | alike(source, COLLEGE[0])
    pages, lists = [], {kind: [] for kind in KINDS.values()}
    for one in institutions:
        kind = KINDS[one["institution_type_code"]]
        scheme = "district" if kind == "district" else "institution"
        measures = school if kind == "district" else COLLEGE
        region = f"{scheme}:{one['institution_id']}"
        if not any(values.get((measure[0], measure[1], region)) for measure in measures):
            continue
        path = f"{kind}/{slug(one['institution_name'])}-{one['institution_id']}.html"
        lists[kind].append((one["institution_name"], path))
        around = f"macroregion:{one['macroregion']}"
        blocks = [_beside(words, m, names, values, region, around, peers) for m in measures]
        pages.append(
            _page(words, one, kind, path, [b for b in blocks if b], measures, values, names)
        )
    content = {
        "heading": words("institution.title"),
        "intro": words("institution.intro"),
        "lists": [(words(f"scheme.{kind}.many"), links) for kind, links in lists.items()],
    }
    title = words("nav.institutions")
    index = Page("institutions.html", "blocks.html.j2", title, words, "institutions", content)
    return [index, *pages]


def _values(source: Source) -> dict[tuple[str, str, str], list[Row]]:
    """Return the comparable cohorts of every measure at every place that these pages show."""
    rows = source.values(
        "where region_scheme in ('statewide', 'macroregion', 'district', 'institution') "
        "and (list_contains([" + ", ".join(f"'{m}{v}'" for m, v in COLLEGE) + "], "
        "metric_id || definition_version) or (metric_id, definition_version) in "
        "(select (metric_id, definition_version) from metrics.leadership_state)) "
        f"and (denominator > 0 or {is_hidden(source)}) order by cohort_year"
    )
    values: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row["is_complete"]:
            key = (row["metric_id"], row["definition_version"], row["region_id"])
            values.setdefault(key, []).append(row)
    return values


def _beside(
    words: Words,
    measure: tuple[str, str],
    names: dict[str, str],
    values: dict[tuple[str, str, str], list[Row]],
    region: str,
    around: str,
    peers: dict[str, list[str]],
) -> Block | None:
    """Return an institution beside its region, the state and its peers, for one cohort."""
    state = findings.comparable(values.get((*measure, STATE), []))
    if not state:
        return None
    cohort = state[-1]["cohort_year"]

    def at(place: str) -> Row | None:
        return next((r for r in values.get((*measure, place), []) if is_listed(r)), None)

    def is_listed(row: Row) -> bool:
        has_cell = row["value"] is not None or row.get("suppressed_reason")
        return row["cohort_year"] == cohort and bool(has_cell)

    here = at(region)
    others = [
        row
        for peer in peers.get(region, [])
        if (row := at(peer)) and (row["denominator"] or 0) >= LEAST_PEOPLE
    ]
    named: list[tuple[str, Row | None]] = [
        ("" if here is None else here["region_name"], here),
        (words("institution.region", name=around.partition(":")[2]), at(around)),
        (words("column.state"), state[-1]),
        *((words("institution.peer", name=row["region_name"]), row) for row in others),
    ]
    marks = [charts.Mark(label, row, is_strong=row is here) for label, row in named if row]
    reading = findings.beside(here, state[-1])
    if reading == "unpublished":
        return None
    return Block(
        measure_key(*measure),
        words(
            "institution.reading", name=names["".join(measure)], reading=words(f"region.{reading}")
        ),
        words("institution.cohort", cohort=cohort),
        ranges=charts.ranges(marks, kind_of(state[-1]["unit"]), state[-1]),
        first=words("column.place"),
        reference=words("column.state"),
    )


def _page(
    words: Words,
    one: dict[str, Any],
    kind: str,
    path: str,
    blocks: Sequence[Block],
    measures: Sequence[tuple[str, str]],
    values: dict[tuple[str, str, str], list[Row]],
    names: dict[str, str],
) -> Page:
    scheme = "district" if kind == "district" else "institution"
    region = f"{scheme}:{one['institution_id']}"
    rows = [row for m in measures for row in values.get((*m, region), [])]
    follow_up = Download(
        f"data/follow-up-{one['institution_id']}.csv",
        _PUBLIC_FOLLOW_UP if any("suppressed_reason" in row for row in rows) else _FOLLOW_UP,
        list(map(hidden, rows)),
    )
    where = words("institution.place", region=one["macroregion"], county=one["county_name"])
    content = {
        "heading": one["institution_name"],
        "label": words(f"scheme.{kind}.one"),
        "intro": where,
        "where": where,
        "blocks": [*blocks, _follow_up(words, rows, names, follow_up)],
    }
    title = one["institution_name"]
    return Page(path, "blocks.html.j2", title, words, "institutions", content, [follow_up])


def hidden(row: Row) -> Row:
    """Return a row without its numbers where some of its counts are of fewer than 11 people.

    What a public release shows stays: there, complements are hidden too.
    """
    if "suppressed_reason" in row:
        return row
    counts = [row["denominator"]]
    if row["numerator"] is not None:
        counts += [row["numerator"], row["denominator"] - row["numerator"]]
    if all(count >= LEAST_PEOPLE for count in counts):
        return row
    return Row(VALUE, CELL, dict(row) | dict.fromkeys(("numerator", "denominator", "value")))


def _follow_up(words: Words, rows: Sequence[Row], names: dict[str, str], table: Download) -> Block:
    shown = [row for row in map(hidden, rows) if row["denominator"] is not None]
    is_public = any("suppressed_reason" in row for row in rows)
    for row in shown:
        row["measure"] = names[row["metric_id"] + row["definition_version"]]
        row["kind"] = kind_of(row["unit"])
    columns = [
        Column(words("column.measure"), "measure"),
        Column(words("column.cohort"), "cohort_year"),
        Column(words("column.value"), "value", "unit"),
        Column(words("column.people"), "denominator", "count"),
    ]
    return Block(
        "follow-up",
        words("institution.follow_up"),
        words("institution.follow_up_public" if is_public else "institution.follow_up_lead"),
        table=table,
        grid=Grid(columns, shown),
    )
