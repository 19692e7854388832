"""A metric in words: its definition, and one released value down to the people it counts.

Lives here: putting definitions and rows of a release into words. Does not: reading the catalog
(`metric_catalog`), computing a metric.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import duckdb

from pipelines.errors import UserError
from pipelines.release import metric_catalog


class CannotExplain(UserError):
    """What was asked for is not one value of the release; the message says what there is."""


@dataclass(frozen=True)
class Question:
    """Which value is asked about.

    Attributes:
        metric_id: The metric.
        definition_version: Its version; needed when it has several.
        cohort_year: Cohort; the last whole one when None, else the last complete one.
        region_id: Region, as `scheme:name`.
        dimension: Dimension as `type:code`, or `all`.
        group: Group as `type:code`, or `all`.
    """

    metric_id: str
    definition_version: str | None = None
    cohort_year: str | None = None
    region_id: str = "statewide:California"
    dimension: str = "all"
    group: str = "all"


def is_of_no_value(question: Question) -> bool:
    """Return whether a question names a metric alone, of which a release has no single value."""
    rows = [row for row in metric_catalog.definitions() if row["metric_id"] == question.metric_id]
    alone = question == Question(question.metric_id)
    return alone and (len(rows) != 1 or rows[0]["computed_in"] != "metrics.metric_value")


def describe(metric_id: str) -> Iterator[str]:
    """Yield a paragraph for each version of a metric, from the catalog: no release is needed.

    Raises:
        CannotExplain: There is no such metric.
    """
    rows = [row for row in metric_catalog.definitions() if row["metric_id"] == metric_id]
    if not rows:
        raise CannotExplain(f"There is no metric {metric_id}. docs/metrics.md lists all of them.")
    for row in rows:
        yield "\n".join(_described(row))


def explain(warehouse: duckdb.DuckDBPyConnection, question: Question) -> Iterator[str]:
    """Yield paragraphs that explain one value: definition, counts, caveats, the SQL behind it.

    The SQL that is shown is run, and what it counts is shown beside the released value.

    Raises:
        CannotExplain: There is no such metric, version, cohort or cell.
    """
    definition = _definition(warehouse, question)
    cell = _cell(warehouse, definition, question)
    yield "\n".join(_described(definition))
    yield "\n".join(_counted(cell))
    sql = rows_sql(cell)
    members = _rows(
        warehouse,
        f"select count(*) as n, count(*) filter (where is_numerator) as k from ({sql})",
    )[0]
    yield (
        f"Its rows: {members['n']:,} people in the denominator, {members['k']:,} in the numerator. "
        f"This query lists them:\n\n{sql};"
    )
    yield f"It was made from the cohort by:\n\n{made_by(definition)}"


def incomplete(warehouse: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return what statewide values lack: `reason`, `awaited` longest, how many `values` lack it."""
    return _rows(
        warehouse,
        """
        select reason, max(awaited) as awaited, count(*) as values
        from metrics.metric_completeness
        where not is_complete and region_id = 'statewide:California'
        group by reason
        order by values desc, reason
        """,
    )


def rows_sql(cell: dict[str, Any]) -> str:
    """Return the query that lists the people behind a value of `metric_value`."""
    text = {name: str(value).replace("'", "''") for name, value in cell.items()}
    return dedent(f"""\
        select member.person_id, member.is_numerator, member.amount
        from metrics.metric_member as member
        inner join marts.brg_place_region as place using (place_id)
        inner join marts.brg_person_group as grp using (person_id)
        where
            member.metric_id = '{text["metric_id"]}'
            and member.definition_version = '{text["definition_version"]}'
            and member.cohort_year = '{text["cohort_year"]}'
            and member.attribution = '{text["attribution"]}'
            and place.region_id = '{text["region_id"]}'
            and member.dimension = '{text["dimension"]}'
            and member.dimension_value = '{text["dimension_value"]}'
            and grp.student_group = '{text["student_group"]}'
            and grp.student_group_value = '{text["student_group_value"]}'
            and member.is_in_statistic""")


def made_by(definition: dict[str, Any]) -> str:
    """Return the SQL that makes a metric from its cohort, as its definition has it."""
    where = definition["denominator_sql"] or "true"
    in_statistic = definition["statistic_sql"] or "true"
    counts = definition["numerator_sql"]
    value = {
        "rate": f"count(*) filter (where {counts}) / count(*)",
        "count": "count(*)",
        "mean": f"avg({definition['amount_sql']})",
        "median": f"median({definition['amount_sql']})",
        "p25": f"quantile_cont({definition['amount_sql']}, 0.25)",
        "p75": f"quantile_cont({definition['amount_sql']}, 0.75)",
    }[definition["statistic"]]
    return dedent(f"""\
        select cohort_year, {value}
        from cohorts.cohort_{definition["cohort"]}
        where dimension = 'all' and ({where}) and ({in_statistic})
        group by cohort_year;""")


def _definition(warehouse: duckdb.DuckDBPyConnection, question: Question) -> dict[str, Any]:
    rows = _rows(
        warehouse,
        "select * from metrics.metric_definition where metric_id = ? order by definition_version",
        question.metric_id,
    )
    if not rows:
        raise CannotExplain(
            f"There is no metric {question.metric_id}. docs/metrics.md lists all of them."
        )
    versions = [row["definition_version"] for row in rows]
    if question.definition_version is None and len(rows) > 1:
        raise CannotExplain(f"Say which VERSION of {question.metric_id}: {', '.join(versions)}")
    wanted = question.definition_version or versions[0]
    if wanted not in versions:
        raise CannotExplain(f"{question.metric_id} has the versions {', '.join(versions)}")
    row = rows[versions.index(wanted)]
    if row["computed_in"] != "metrics.metric_value":
        raise CannotExplain(
            f"{question.metric_id} compares groups; its table is {row['computed_in']}"
        )
    return row


def _cell(
    warehouse: duckdb.DuckDBPyConnection, definition: dict[str, Any], question: Question
) -> dict[str, Any]:
    dimension, _, dimension_value = question.dimension.partition(":")
    student_group, _, student_group_value = question.group.partition(":")
    rows = _rows(
        warehouse,
        """
        select value.*, completeness.is_whole, completeness.reason, completeness.awaited
        from metrics.metric_value as value
        inner join metrics.metric_completeness as completeness
            using (metric_id, definition_version, cohort_year, attribution, region_id)
        where
            metric_id = ? and definition_version = ? and attribution = ? and region_id = ?
            and dimension = ? and dimension_value = ?
            and student_group = ? and student_group_value = ?
        order by cohort_year
        """,
        definition["metric_id"],
        definition["definition_version"],
        definition["attributions"][0],
        question.region_id,
        dimension,
        dimension_value or "all",
        student_group,
        student_group_value or "all",
    )
    if not rows:
        raise CannotExplain(
            f"No value of {definition['metric_id']} is stored for region {question.region_id}, "
            f"dimension {question.dimension} and group {question.group}. Regions, dimensions and "
            "groups are written like 'macroregion:Bay Area', 'pathway_sector:08' and 'gender:F'."
        )
    years = [row["cohort_year"] for row in rows]
    if question.cohort_year is None:
        complete = [row for row in rows if row["is_complete"]]
        return ([row for row in complete if row["is_whole"]] or complete or rows)[-1]
    if question.cohort_year not in years:
        raise CannotExplain(f"The cohorts here are {', '.join(years)}")
    return rows[years.index(question.cohort_year)]


def _described(row: dict[str, Any]) -> Iterator[str]:
    yield f"{row['metric_name']} ({row['metric_id']}, version {row['definition_version']})"
    yield str(row["meaning"])
    yield ""
    for label, name in (
        ("Numerator", "numerator"),
        ("Denominator", "denominator"),
        ("When", "time_rule"),
        ("Left out", "exclusions"),
        ("Caveats", "caveats"),
    ):
        if row.get(name):
            yield f"{label}: {row[name]}"
    until = f"to {row['effective_to']}" if row["effective_to"] else "on"
    yield f"Unit: {row['unit']} ({row['statistic']}), in {row['computed_in']}"
    yield f"Source: {_source(row)}; in effect from {row['effective_from']} {until}"


def _counted(cell: dict[str, Any]) -> Iterator[str]:
    yield (
        f"Cohort {cell['cohort_year']} ({cell['cohort_basis']}), {cell['region_name']} "
        f"({cell['region_scheme']}, by {cell['attribution']}), dimension {cell['dimension']} "
        f"{cell['dimension_value']}, group {cell['student_group']} {cell['student_group_value']}"
    )
    numerator = "" if cell["numerator"] is None else f"{cell['numerator']:,} of "
    value = "no value" if cell["value"] is None else f"{cell['value']:.6g}"
    interval = (
        ""
        if cell["value_low"] is None
        else f", {cell['value_low']:.6g} to {cell['value_high']:.6g} ({cell['interval_method']})"
    )
    yield f"Value: {value} {cell['unit']}: {numerator}{cell['denominator']:,} people{interval}"
    if cell["n_cohort"] is not None:
        yield (
            f"Coverage: {cell['n_cohort']:,} people, {cell['n_matchable']:,} who can be looked up "
            f"in wage records, {cell['n_matched']:,} found there at all, "
            f"{cell['n_in_statistic']:,} in the statistic"
        )
    if cell["is_complete"]:
        yield f"The cohort is complete, as of {cell['as_of_date']}."
    else:
        yield f"The cohort is NOT complete, as of {cell['as_of_date']}: {cell['reason']}."
        yield f"Awaited: {cell['awaited']}"


def _source(row: dict[str, Any]) -> str:
    source_id = row.get("source_metric_id")
    return row["source"] + (f" ({source_id})" if source_id else "")


def _rows(
    warehouse: duckdb.DuckDBPyConnection, sql: str, *parameters: object
) -> list[dict[str, Any]]:
    result = warehouse.execute(sql, parameters)
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
