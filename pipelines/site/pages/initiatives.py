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
PEOPLE_KEY = ("academic_year", "measure", "initiative_code", "other_initiative_code")
YEAR, PEOPLE = "collaboration.initiative_year", "collaboration.initiative_people"
_TOTAL = f"where academic_year = 'all' and region_id = '{STATE}'"


def pages(source: Source, words: Words) -> list[Page]:
    """Return the page of each initiative and one of all, with braided money."""
    initiatives = source.records(
        "from marts.dim_initiative order by initiative_first_date, initiative_code"
    )
    names = {row["initiative_code"]: row["initiative_name"] for row in initiatives}
    totals = source.rows(YEAR, YEAR_KEY, f"{_TOTAL} order by award_usd desc")
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


def public_pages(source: Source, words: Words) -> list[Page]:
    """Return what is published: money, partners, and people where enough are in a number.

    Which partner has several initiatives at once, and what lasted, is not.
    """
    years = source.later(
        YEAR, YEAR_KEY, f"where region_id = '{STATE}' order by academic_year, award_usd desc"
    )
    people = source.later(PEOPLE, PEOPLE_KEY, "order by academic_year, measure desc")
    paid = {row["initiative_code"] for row in years}
    initiatives = [
        one
        for one in source.records("from marts.dim_initiative order by initiative_first_date")
        if one["initiative_code"] in paid
    ]
    names = {one["initiative_code"]: one["initiative_name"] for one in initiatives}
    links = {names[code]: f"initiative/{code.lower()}.html" for code in names}
    _name(words, [*_named_years(words, years), *people], names)
    totals = [row for row in years if row["academic_year"] == "all"]
    of_all = [r for r in people if r["initiative_code"] == "all" and r["people"] is not None]
    last = [row for row in people if of_all and row["academic_year"] == of_all[-1]["academic_year"]]
    pages = [_public_page(words, "", totals, last, links)]
    for one in initiatives:
        code = one["initiative_code"]
        own = [row for row in years if row["initiative_code"] == code]
        reached = [r for r in people if code in (r["initiative_code"], r["other_initiative_code"])]
        pages.append(_public_page(words, code, own, reached, {}, one))
    return pages


def _name(words: Words, rows: Sequence[Row], names: dict[str, str]) -> None:
    for row in rows:
        of_all = words("initiative.all" if "measure" in row else "initiative.all_money")
        row["name"] = names.get(row["initiative_code"], of_all)
        if "measure" in row:
            other = row["other_initiative_code"]
            both = f"{row['name']}, {names.get(other, other)}"
            row["what"] = words(f"initiative.measure.{row['measure']}", both=both)


def _public_page(
    words: Words,
    code: str,
    years: Sequence[Row],
    people: Sequence[Row],
    links: dict[str, str],
    one: dict[str, object] | None = None,
) -> Page:
    """Return the page of an initiative, or of all of them where none is named."""
    file = f"initiative-{code.lower()}" if code else "initiatives"
    first = Column(words("column.year"), "year") if code else (
        Column(words("column.initiative"), "name")
    )  # fmt: skip
    money = [
        first,
        Column(words("column.award"), "award_usd", "usd"),
        Column(words("column.partners"), "partners", "count"),
        Column(words("column.grants"), "grants", "count"),
    ]
    reached = [
        Column(words("column.year"), "academic_year") if code else first,
        Column(words("column.measure"), "what"),
        Column(words("column.people"), "people", "count"),
    ]
    tables = [
        Download(f"data/{file}.csv", (*YEAR_KEY, "partners", "grants", "award_usd"), years),
        Download(f"data/{file}-people.csv", (*PEOPLE_KEY, "people", "suppressed_reason"), people),
    ]
    title_of_people = (
        words("initiative.people_in", year=people[-1]["academic_year"])
        if people and not code
        else words("initiative.people")
    )
    blocks = [
        Block("years", words("initiative.years" if code else "initiative.paid"),
              words("initiative.years_lead"), table=tables[0], grid=Grid(money, years, links)),
        Block("people", title_of_people, words("initiative.people_lead"),
              table=tables[1], grid=Grid(reached, people), invites_cause=True),
    ]  # fmt: skip
    title = str(one["initiative_name"]) if one else words("nav.initiatives")
    content = {
        "heading": title if one else words("initiative.title"),
        "intro": words("initiative.public_intro"),
        "facts": _facts(words, one) if one else [],
        "blocks": [block for block in blocks if block.grid and block.grid.rows],
        "source_note": "initiative_year, initiative_people",
    }
    path = f"initiative/{code.lower()}.html" if code else "initiatives.html"
    return Page(path, "blocks.html.j2", title, words, "initiatives", content, tables)


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
        YEAR,
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
    content = {
        "heading": one["initiative_name"],
        "label": words("nav.initiatives"),
        "facts": _facts(words, one),
        "blocks": blocks,
        "source_note": "collaboration.initiative_year, initiative_overlap, survival_curve",
    }
    path, title = f"initiative/{code.lower()}.html", str(one["initiative_name"])
    return Page(path, "blocks.html.j2", title, words, "initiatives", content, [table])


def _facts(words: Words, one: dict[str, object]) -> list[tuple[str, object]]:
    return [
        (words(f"initiative.{name}"), one[column])
        for name, column in (
            ("purpose", "purpose"),
            ("funder", "funder_name"),
            ("funding", "funding_kind"),
        )
    ]


def _named_years(words: Words, years: Sequence[Row]) -> Sequence[Row]:
    for row in years:
        row["year"] = (
            words("initiative.ever") if row["academic_year"] == "all" else row["academic_year"]
        )
    return years


def _years(words: Words, years: Sequence[Row], table: Download) -> Block:
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
        grid=Grid(columns, _named_years(words, years)),
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
