"""Initiatives: money, partners, people, overlap with the others, what lasted, and braided money.

Lives here: their order. Does not: any effect, for which the records lack what is needed.
"""

from collections.abc import Sequence

from pipelines.site import charts
from pipelines.site.page import Block, Column, Download, Grid, Page
from pipelines.site.source import STATE, Row, Source
from pipelines.site.words import Words, counted

YEAR_KEY = ("academic_year", "region_id", "initiative_code")
OVERLAP_KEY = (
    "entity_type",
    "academic_year",
    "region_id",
    "initiative_code",
    "other_initiative_code",
)
PARTNER_KEY = ("academic_year", "partner_id")
CURVE_KEY = ("unit_type", "initiative_code", "is_funded", "years_after_funding")
_YEAR_COLUMNS = (
    *YEAR_KEY, "partners", "grants", "award_usd", "people_served", "people_in_other_initiatives",
    "completers",
)  # fmt: skip
_PARTNER_COLUMNS = (
    *PARTNER_KEY, "initiative_codes", "funding_pattern", "reporting_line_count", "award_usd",
    "people_served", "people_in_two_or_more", "expected_in_two_or_more",
)  # fmt: skip
_TOTAL = f"where academic_year = 'all' and region_id = '{STATE}'"


def pages(source: Source, words: Words) -> list[Page]:
    """Return the page of each initiative and one of all, with braided money."""
    initiatives = source.records(
        "from marts.dim_initiative order by initiative_first_date, initiative_code"
    )
    names = {row["initiative_code"]: row["initiative_name"] for row in initiatives}
    totals = source.rows(
        "collaboration.initiative_year", YEAR_KEY, f"{_TOTAL} order by award_usd desc"
    )
    pages = [_page(source, words, one, names) for one in initiatives]
    links = {names[code]: f"initiative/{code.lower()}.html" for code in names}
    for row in totals:
        row["name"] = names.get(row["initiative_code"], words("initiative.all"))
    columns = [
        Column(words("column.initiative"), "name"),
        Column(words("column.award"), "award_usd", "usd"),
        Column(words("column.partners"), "partners", "count"),
        Column(words("column.served"), "people_served", "count"),
        Column(words("column.elsewhere"), "people_in_other_initiatives", "count"),
    ]
    table = Download(
        "data/initiatives.csv",
        _YEAR_COLUMNS,
        totals,
    )
    blocks = [
        Block(
            "all",
            words("initiative.overview"),
            words("initiative.overview_lead"),
            table=table,
            grid=Grid(columns, totals, links),
            invites_cause=True,
        ),
        *_braided(source, words),
    ]
    content = {
        "heading": words("initiative.title"),
        "intro": words("initiative.intro"),
        "blocks": blocks,
        "source_note": "collaboration.initiative_year, partner_year",
    }
    title = words("nav.initiatives")
    downloads = [block.table for block in blocks if block.table]
    return [
        Page("initiatives.html", "blocks.html.j2", title, words, "initiatives", content, downloads),
        *pages,
    ]


def _braided(source: Source, words: Words) -> list[Block]:
    """Return partners that several initiatives pay at once, in the year with most of them."""
    rows = source.rows(
        "collaboration.partner_year",
        PARTNER_KEY,
        "where initiative_count >= 2 and academic_year = (select academic_year from "
        "collaboration.partner_year where initiative_count >= 2 group by academic_year "
        "order by count(*) desc, academic_year desc limit 1) "
        "order by initiative_count desc, award_usd desc, partner_id",
    )
    if not rows:
        return []
    partners = source.lookup("marts.dim_partner", "partner_id", "partner_name")
    codes = sorted({code for row in rows for code in row["initiative_codes"].split(", ")})
    for row in rows:
        row["name"] = partners.get(row["partner_id"]) or row["partner_id"]
        row["pattern"] = words(f"pattern.{row['funding_pattern']}")
        paid = row["initiative_codes"].split(", ")
        row.update({f"is_{code}": "●" if code in paid else "" for code in codes})
    columns = [
        Column(words("column.partner"), "name"),
        *(Column(code, f"is_{code}") for code in codes),
        Column(words("column.pattern"), "pattern"),
        Column(words("column.reports"), "reporting_line_count", "count"),
        Column(words("column.award"), "award_usd", "usd"),
        Column(words("column.shared"), "people_in_two_or_more", "count"),
    ]
    table = Download(
        "data/braided.csv",
        _PARTNER_COLUMNS,
        rows,
    )
    title = words(
        "initiative.braided", count=counted("braided", len(rows)), year=rows[0]["academic_year"]
    )
    return [
        Block(
            "braided",
            title,
            words("initiative.braided_lead"),
            table=table,
            grid=Grid(columns, rows),
        )
    ]


def _page(source: Source, words: Words, one: dict[str, object], names: dict[str, str]) -> Page:
    code = str(one["initiative_code"])
    years = source.rows(
        "collaboration.initiative_year",
        YEAR_KEY,
        f"where initiative_code = '{code}' and region_id = '{STATE}' order by academic_year",
    )
    table = Download(
        f"data/initiative-{code.lower()}.csv",
        _YEAR_COLUMNS,
        years,
    )
    blocks = [
        _years(words, years, table),
        *_overlap(source, words, code, names),
        *_lasting(source, words, code),
    ]
    facts = [
        (words(f"initiative.{name}"), one[column])
        for name, column in (
            ("purpose", "purpose"),
            ("funder", "funder_name"),
            ("funding", "funding_kind"),
        )
    ]
    content = {
        "heading": one["initiative_name"],
        "label": words("nav.initiatives"),
        "facts": facts,
        "blocks": blocks,
        "source_note": "collaboration.initiative_year, initiative_overlap, survival_curve",
    }
    path, title = f"initiative/{code.lower()}.html", str(one["initiative_name"])
    return Page(path, "blocks.html.j2", title, words, "initiatives", content, [table])


def _years(words: Words, years: Sequence[Row], table: Download) -> Block:
    for row in years:
        row["year"] = (
            words("initiative.ever") if row["academic_year"] == "all" else row["academic_year"]
        )
    columns = [
        Column(words("column.year"), "year"),
        Column(words("column.award"), "award_usd", "usd"),
        Column(words("column.partners"), "partners", "count"),
        Column(words("column.served"), "people_served", "count"),
        Column(words("column.elsewhere"), "people_in_other_initiatives", "count"),
        Column(words("column.completers"), "completers", "count"),
    ]
    lead = words("initiative.years_lead")
    return Block(
        "years",
        words("initiative.years"),
        lead,
        table=table,
        grid=Grid(columns, years),
        invites_cause=True,
    )


def _overlap(source: Source, words: Words, code: str, names: dict[str, str]) -> list[Block]:
    rows = source.rows(
        "collaboration.initiative_overlap",
        OVERLAP_KEY,
        f"{_TOTAL} and entity_type = 'person' and initiative_code = '{code}' "
        "and other_initiative_code <> initiative_code "
        "order by in_both desc, other_initiative_code",
    )
    if not rows:
        return []
    for row in rows:
        row["name"] = names[row["other_initiative_code"]]
    columns = [
        Column(words("column.initiative"), "name"),
        Column(words("column.both"), "in_both", "count"),
        Column(words("column.share_of"), "share_of_initiative", "rate_1"),
    ]
    return [
        Block(
            "overlap",
            words("initiative.overlap"),
            words("initiative.overlap_lead"),
            grid=Grid(columns, rows),
        )
    ]


def _lasting(source: Source, words: Words, code: str) -> list[Block]:
    rows = source.rows(
        "collaboration.survival_curve",
        CURVE_KEY,
        f"where initiative_code = '{code}' "
        "qualify row_number() over (partition by unit_type, is_funded "
        "order by years_after_funding desc) = 1 order by unit_type, is_funded desc",
    )
    if not rows:
        return []
    marks = [
        charts.Mark(
            words(f"unit_type.{row['unit_type'] if row['is_funded'] else 'never'}"),
            row,
            people="at_risk",
            columns=("survival", "survival_low", "survival_high"),
        )
        for row in rows
    ]
    drawn = charts.ranges(marks, "rate_1")
    return [
        Block(
            "lasting",
            words("section.lasting.label"),
            words("section.lasting.lead"),
            ranges=drawn,
            first=words("column.unit"),
            people=words("column.watched"),
            invites_cause=True,
        )
    ]
