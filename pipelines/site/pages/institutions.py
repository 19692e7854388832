"""Districts and colleges: beside region, state and peers, with a follow-up file of their own.

Lives here: which measures they have. Does not: which places are peers (`pipelines.site.peers`),
which values a follow-up file leaves out (`pipelines.site.follow_up`).
"""

from collections.abc import Sequence
from typing import Any

from pipelines.site import charts, findings
from pipelines.site.findings import LEAST_PEOPLE
from pipelines.site.follow_up import left_out, without_numbers
from pipelines.site.measures import STATE_KEY, is_hidden
from pipelines.site.page import Block, Column, Download, Grid, Page, measure_key, slug
from pipelines.site.pages.regions import peers_of, summary
from pipelines.site.peers import alike, nearest
from pipelines.site.source import STATE, Row, Source
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
        row["metric_id"] + row["definition_version"]: words.name(
            "measure", f"{row['metric_id']}.{row['definition_version']}.name", row["metric_name"]
        )
        for row in source.records("from metrics.metric_definition")
    }
    leading = source.rows("metrics.leadership_state", STATE_KEY, "order by position")
    school = [(r["metric_id"], r["definition_version"]) for r in leading if r["position"] <= 8]
    values = _values(source)
    peers = nearest(source, ("district",)) | alike(source, COLLEGE[0])
    place_names = {row["region_id"]: row["region_name"] for of in values.values() for row in of}
    hidden = _left_out(institutions, values)
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
        alike_places = [place_names[p] for p in peers.get(region, []) if p in place_names]
        own = [row for m, v in measures for row in values.get((m, v, region), [])]
        pages.append(
            _page(
                words,
                one | {"kind": kind, "path": path, "peers": peers_of(words, alike_places)},
                [b for b in blocks if b],
                _follow_up(words, one, own, names, hidden),
            )
        )
    content = {
        "heading": words("institution.title"),
        "intro": words("institution.intro"),
        "lists": [(words(f"scheme.{kind}.many"), links) for kind, links in lists.items()],
    }
    title = words("nav.institutions")
    index = Page("institutions.html", "blocks.html.j2", title, words, "institutions", content)
    return [index, *pages]


def _left_out(
    institutions: Sequence[dict[str, Any]], values: dict[tuple[str, str, str], list[Row]]
) -> set[str]:
    regions = {
        f"{scheme}:{one['institution_id']}": one["macroregion"]
        for one in institutions
        for scheme in ("district", "institution")
    }
    return left_out(regions, [row for of in values.values() for row in of])


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
    alike_rows = [row for peer in peers.get(region, []) if (row := at(peer))]
    others = [row for row in alike_rows if (row["denominator"] or 0) >= LEAST_PEOPLE]
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
            "institution.reading",
            name=names["".join(measure)],
            reading=words("institution.same" if reading == "same" else f"region.{reading}"),
        ),
        words("institution.cohort", cohort=cohort),
        ranges=charts.ranges(marks, kind_of(state[-1]["unit"]), state[-1]),
        first=words("column.place"),
        reference=words("column.state"),
        reading=reading,
    )


def _page(words: Words, one: dict[str, Any], blocks: Sequence[Block], follow_up: Block) -> Page:
    where = words("institution.place", region=one["macroregion"], county=one["county_name"])
    title = one["institution_name"]
    content = {
        "heading": title,
        "label": words(f"scheme.{one['kind']}.one") + " · " + where,
        "intro": summary(words, title, [block.reading for block in blocks]),
        "where": where,
        "peers": one["peers"],
        "blocks": [*blocks, follow_up],
    }
    downloads = [follow_up.table] if follow_up.table else []
    return Page(one["path"], "blocks.html.j2", title, words, "institutions", content, downloads)


def _follow_up(
    words: Words,
    one: dict[str, Any],
    rows: Sequence[Row],
    names: dict[str, str],
    hidden: set[str],
) -> Block:
    """Return the follow-up file of an institution, and what it lists of it."""
    is_public = any("suppressed_reason" in row for row in rows)
    listed = [without_numbers(row) if row.address in hidden else row for row in rows]
    table = Download(
        f"data/follow-up-{one['institution_id']}.csv",
        _PUBLIC_FOLLOW_UP if is_public else _FOLLOW_UP,
        listed,
    )
    shown = [row for row in listed if row["denominator"] is not None]
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
