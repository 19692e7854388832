"""The journey: from ninth grade to a living wage, of the state, each region and each group.

Lives here: stages and their order. Does not: counts, which are `transition` and `funnel`.
"""

from collections.abc import Sequence
from typing import Any

from pipelines.site import charts
from pipelines.site.findings import LEAST_PEOPLE
from pipelines.site.measures import group_names
from pipelines.site.page import Block, Download, Page, slug
from pipelines.site.source import STATE, Row, Source
from pipelines.site.words import Words

STAGES = (
    ("high_school_pathway", ("completer", "concentrator", "participant", "none")),
    ("high_school_outcome", ("graduated", "completed_otherwise", "still_enrolled", "left")),
    ("first_college", ("university", "community_college", "none")),
    ("highest_credential", ("bachelor", "associate", "certificate", "none")),
    ("earnings", ("living_wage", "below_living_wage", "not_found", "not_matchable")),
)
FLOW_KEY = (
    "cohort_year",
    "region_id",
    "dimension",
    "student_group",
    "student_group_value",
    "from_stage",
    "from_state",
    "to_stage",
    "to_state",
)
FUNNEL_KEY = (
    "metric_id",
    "cohort_year",
    "region_id",
    "dimension",
    "student_group",
    "student_group_value",
    "stage_number",
)
# The last cohort whose wages are complete statewide.
_LAST = (
    "select max(cohort_year) as last from metrics.funnel where is_complete and stage_number = 6 "
    f"and region_id = '{STATE}' and dimension = 'all' and student_group = 'all'"
)
_OF_STATE = "journey.html"
_GROUPS = ("gender", "race_ethnicity", "economically_disadvantaged")


def pages(source: Source, words: Words) -> list[Page]:
    """Return the journey of the state, of each region, and of each larger group."""
    # Asked first: the view is read for one cohort then, and not for all.
    last = next((row["last"] for row in source.records(_LAST)), None)
    limits = f"where cohort_year = '{last}' and dimension = 'all' and "
    where = limits + "((region_scheme in ('statewide', 'macroregion') and student_group = 'all') "
    where += f"or (region_id = '{STATE}' and list_contains({list(_GROUPS)}, student_group)))"
    flows, funnels = {}, {}
    for row in source.rows("metrics.transition", FLOW_KEY, f"{where} order by all"):
        flows.setdefault(_whom(row), []).append(row)
    for row in source.rows("metrics.funnel", FUNNEL_KEY, f"{where} order by stage_number"):
        funnels.setdefault(_whom(row), []).append(row)
    regions = source.lookup("marts.dim_region", "region_id", "region_name")
    groups = group_names(source, words)
    named = {
        whom: groups[whom[1], whom[2]] if whom[1] != "all" else regions[whom[0]]
        for whom, rows in funnels.items()
        if rows[0]["n_eligible"] >= LEAST_PEOPLE and whom in flows
    }
    paths = {whom: _path(whom, name) for whom, name in named.items()}
    links = _links(words, named, paths)
    drawn = [
        _page(words, named[whom], paths[whom], flows[whom], funnels[whom], links) for whom in named
    ]
    return drawn if _OF_STATE in paths.values() else [*drawn, _too_early(words)]


def public_pages(source: Source, words: Words) -> list[Page]:
    """Return how many reached each stage, of the state, each region and each group that is shown.

    Who went from which state to which other is not published: nothing flows.
    """
    shown = f"from metrics.funnel where stage_number = 6 and region_id = '{STATE}'"
    rows = source.later(
        "metrics.funnel",
        FUNNEL_KEY,
        f"where cohort_year = (select max(cohort_year) {shown} and student_group = 'all' "
        "and pass_rate is not null) order by region_scheme <> 'statewide', region_id, "
        "student_group, student_group_value, stage_number",
    )
    funnels: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        funnels.setdefault(_whom(row), []).append(row)
    groups = group_names(source, words)
    regions = source.lookup("public.main.region", "region_id", "region_name")
    named = {
        whom: groups[whom[1], whom[2]] if whom[1] != "all" else regions[whom[0]]
        for whom, stages in funnels.items()
        if (whom[1] == "all" or whom[0] == STATE)
        and any(row["pass_rate"] is not None for row in stages)
    }
    if not named:
        return [_too_early(words)]
    paths = {whom: _path(whom, name) for whom, name in named.items()}
    links = _links(words, named, paths)
    return [_page(words, named[w], paths[w], [], funnels[w], links) for w in named]


def _links(words: Words, named: dict[Any, str], paths: dict[Any, str]) -> list[Any]:
    return [
        (
            words(f"journey.{kind}"),
            sorted((named[w], p) for w, p in paths.items() if _kind(w) == kind),
        )
        for kind in ("state", "regions", "groups")
        if any(_kind(w) == kind for w in paths)
    ]


def _too_early(words: Words) -> Page:
    content = {"heading": words("journey.title"), "intro": words("journey.too_early")}
    title = words("nav.journey")
    return Page(_OF_STATE, "blocks.html.j2", title, words, "journey", content, [])


def _whom(row: Row) -> tuple[str, str, str]:
    return row["region_id"], row["student_group"], row["student_group_value"]


def _kind(whom: tuple[str, str, str]) -> str:
    if whom[1] != "all":
        return "groups"
    return "state" if whom[0] == STATE else "regions"


def _path(whom: tuple[str, str, str], name: str) -> str:
    kind = _kind(whom)
    return _OF_STATE if kind == "state" else f"journey/{kind}/{slug(name)}.html"


def _page(
    words: Words, name: str, path: str, flow: Sequence[Row], funnel: Sequence[Row], links: list[Any]
) -> Page:
    cohort = funnel[0]["cohort_year"]
    address = path.removesuffix(".html").replace("/", "-")
    funnel_table = Download(
        f"data/{address}-stages.csv",
        (*FUNNEL_KEY, "n_eligible", "n_reached", "pass_rate", "pass_rate_low", "pass_rate_high"),
        funnel,
    )
    states = {
        f"{stage}.{state}": words(f"state.{stage}.{state}") for stage, of in STAGES for state in of
    } | {stage: words(f"column.{stage}") for stage, _ in STAGES}
    blocks = [
        *([_flow(words, name, cohort, address, flow)] if flow else []),
        Block(
            "stages",
            words("journey.stages"),
            words("journey.stages_lead")
            if flow
            else words("journey.stages_of", name=name, cohort=cohort),
            table=funnel_table,
            ranges=_stages(words, funnel),
            first=words("column.stage"),
            invites_cause=True,
        ),
    ]
    content = {
        "heading": words("journey.title"),
        "label": name,
        "intro": words("journey.intro" if flow else "journey.public_intro"),
        "blocks": blocks,
        "states": states,
        "lists": links,
        "source_note": "metrics.transition, metrics.funnel" if flow else "funnel",
    }
    title = f"{words('nav.journey')}: {name}"
    downloads = [block.table for block in blocks if block.table]
    return Page(path, "blocks.html.j2", title, words, "journey", content, downloads)


def _flow(words: Words, name: str, cohort: str, address: str, flow: Sequence[Row]) -> Block:
    return Block(
        "flow",
        words("journey.flow", name=name, cohort=cohort),
        words("journey.flow_lead"),
        table=Download(f"data/{address}-flow.csv", (*FLOW_KEY, "n_people"), flow),
        flow=charts.flow(flow, STAGES, lambda row: row["to_state"] not in {"none", "left"}),
    )


def _stages(words: Words, funnel: Sequence[Row]) -> charts.Ranges:
    columns = ("pass_rate", "pass_rate_low", "pass_rate_high")
    marks = [
        charts.Mark(words(f"stage.{row['stage_number']}"), row, "n_eligible", columns=columns)
        for row in funnel
    ]
    return charts.ranges(marks, "rate_1")
