"""Measures as pages read them: cohorts that may be drawn, places, names of groups.

Lives here: queries that several pages share. Does not: any page.
"""

from pipelines.site import findings
from pipelines.site.findings import LEAST_PEOPLE
from pipelines.site.source import STATE, Row, Source
from pipelines.site.words import Words

EQUITY_KEY = (
    "metric_id", "definition_version", "cohort_year", "attribution", "region_scheme", "region_id",
    "dimension", "dimension_value", "student_group", "student_group_value", "equity_method",
)  # fmt: skip
STATE_KEY = ("metric_id", "definition_version")
WAGES = "median_annual_earnings_usd.oct_dec_x4"


def split(name: str) -> tuple[str, str]:
    """Return metric and version of a measure's name in the catalog of strings."""
    metric, _, version = name.partition(".")
    return metric, version


def cohorts(source: Source, name: str, region: str = STATE) -> list[Row]:
    """Return the cohorts of a measure at a place that may be drawn, in their order."""
    metric, version = split(name)
    rows = source.values(
        f"where metric_id = '{metric}' and definition_version = '{version}' "
        f"and region_id = '{region.replace(chr(39), chr(39) * 2)}' order by cohort_year"
    )
    return findings.comparable(rows)


def is_hidden(source: Source) -> str:
    """Return the condition, in SQL, of cells that a public release lists and does not show."""
    return "suppressed_reason is not null" if source.is_public else "false"


def by_place(source: Source, state: Row, scheme: str) -> list[Row]:
    """Return a measure at every place of a scheme, for the cohort of the state's value.

    Places of few people are left out; in a public release, hidden ones are not.
    """
    return source.values(
        f"where metric_id = '{state['metric_id']}' "
        f"and definition_version = '{state['definition_version']}' "
        f"and cohort_year = '{state['cohort_year']}' and region_scheme = '{scheme}' "
        f"and (denominator >= {LEAST_PEOPLE} or {is_hidden(source)}) order by region_name"
    )


def group_names(source: Source, words: Words) -> dict[tuple[str, str], str]:
    """Return the names of student groups in a language."""
    names = {}
    for row in source.records("from marts.dim_student_group"):
        kind, code = row["student_group"], row["student_group_value"]
        name = words.name("group", f"{kind}.{code}", row["group_name"])
        if kind == "race_gender":
            race, _, gender = code.partition("-")
            name = words(f"group.of_gender.{gender}", race=words(f"group.race_ethnicity.{race}"))
        names[kind, code] = str(name)
    return names
