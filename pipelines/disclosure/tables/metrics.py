"""Rows of the public tables about metrics.

Lives here: shown and hidden cells as rows. Does not: which cells are hidden (`selection`), the
files (`package`).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import duckdb
import numpy as np
import polars as pl

from pipelines.disclosure.blocks import Block, BlockName, Pattern
from pipelines.disclosure.choice.bands import public_bands
from pipelines.disclosure.counts import literals
from pipelines.disclosure.manifest import UNKNOWN, Earnings, PublicManifest
from pipelines.disclosure.policy import DisclosurePolicy

PATTERN_SCHEMA = {
    "metric": pl.String,
    "cohort_year": pl.String,
    "attribution": pl.String,
    "region_id": pl.String,
    "student_group": pl.String,
    "student_group_value": pl.String,
    "is_numerator_hidden": pl.Boolean,
    "is_denominator_hidden": pl.Boolean,
    "is_withheld": pl.Boolean,
    "at_least": pl.Float64,
    "at_most": pl.Float64,
}
METRIC_VALUE = """
    with value as (
        select *, metric_id || '@' || definition_version as metric
        from metrics.metric_value
        where (metric_id, definition_version) in ({metrics}) and dimension = 'all'
    )

    select
        pattern.metric.split('@')[1] as metric_id,
        pattern.metric.split('@')[2] as definition_version,
        pattern.cohort_year,
        pattern.attribution,
        region.region_scheme,
        pattern.region_id,
        region.region_name,
        'all' as dimension,
        'all' as dimension_value,
        pattern.student_group,
        pattern.student_group_value,
        'rate' as unit,
        case when not is_numerator_hidden then coalesce(value.numerator, 0) end as numerator,
        case when not is_denominator_hidden then coalesce(value.denominator, 0) end as denominator,
        case when not is_numerator_hidden then value.value end as value,
        case when not is_numerator_hidden then value.value_low end as value_low,
        case when not is_numerator_hidden then value.value_high end as value_high,
        at_least as value_at_least,
        at_most as value_at_most,
        case
            when is_withheld then 'withheld'
            when is_numerator_hidden then 'hidden'
        end as suppressed_reason,
        cast(null as varchar) as about_whom,
        $vintage as vintage
    from pattern
    inner join marts.dim_place as region on pattern.region_id = region.region_id
    left join value
        on value.metric = pattern.metric
        and value.cohort_year = pattern.cohort_year
        and value.attribution = pattern.attribution
        and value.region_id = pattern.region_id
        and value.student_group = pattern.student_group
        and value.student_group_value = pattern.student_group_value
"""


def pattern_rows(block: Block, pattern: Pattern, policy: DisclosurePolicy) -> pl.DataFrame:
    """Return what is hidden of every published cell of a block's metrics."""
    rows = [
        (metric, block.cohort_year, block.attribution, *cell)
        for metric, used in block.uses.items()
        for cell in _cells(block, pattern, metric, *used, policy)
    ]
    return pl.DataFrame(rows, PATTERN_SCHEMA, orient="row")


def _cells(
    block: Block,
    pattern: Pattern,
    metric: str,
    numerator: str,
    denominator: str,
    policy: DisclosurePolicy,
) -> Iterator[tuple]:
    """Yield region, group, code, what is hidden, and bounds of the rate, of cells that are listed.

    These are the cells that have people, or hide something.
    """
    for group, cut in block.cuts.items():
        schemes = block.listed[metric].get(group, ())
        people = cut.cells(block.counts[denominator].by_area[group])
        hidden = pattern.hidden[denominator][group]
        of_numerator = pattern.hidden[numerator][group] | hidden
        withheld = pattern.is_withheld(numerator, cut) | pattern.is_withheld(denominator, cut)
        count = block.counts[numerator]
        low, high = public_bands(block, count, group, policy, pattern)
        has = of_numerator & (high < np.inf) & (count.of == denominator)
        for row in np.flatnonzero([scheme in schemes for scheme in cut.schemes]):
            region = cut.regions[row]
            for column, code in enumerate(cut.codes):
                if code != UNKNOWN and (people[row, column] or hidden[row, column]):
                    secrets = bool(of_numerator[row, column]), bool(hidden[row, column])
                    ends = (low[row, column], high[row, column]) if has[row, column] else ()
                    bounds = [float(end / people[row, column]) for end in ends] or [None, None]
                    yield region, group, code, *secrets, bool(withheld[row]), *bounds


QUERIES = {
    "metric_definition": """
        select
            metric_id, definition_version, metric_name, definition.cohort, meaning, numerator,
            denominator, numerator_id, denominator_id, source, caveats
        from definition
        inner join metrics.metric_definition using (metric_id, definition_version)
    """,
    "place_region": """
        select place_id, region_scheme, region_id from marts.brg_place_region
        where region_scheme in (select region_scheme from listed union all from protected)
    """,
    "region": """
        select region_id, region_scheme, region_name from marts.dim_place
        where region_scheme in (select region_scheme from listed)
    """,
    "cut": """
        select
            cohort, cohort_year, attribution, student_group, region_scheme, metric_id,
            definition_version, is_everybody_known,
            count(*) as cells,
            count(listed.denominator) as denominators_shown,
            count(listed.value) as rates_shown,
            count(*) filter (where suppressed_reason = 'withheld') as cells_withheld
        from listed
        inner join definition using (metric_id, definition_version)
        inner join public_cut
            using (cohort, cohort_year, attribution, region_scheme, student_group)
        group by all
    """,
}
CUT_SCHEMA = {
    "cohort": pl.String,
    "cohort_year": pl.String,
    "attribution": pl.String,
    "student_group": pl.String,
    "region_scheme": pl.String,
    "is_everybody_known": pl.Boolean,
}


def cut_rows(blocks: Iterable[Block]) -> pl.DataFrame:
    """Return the public cuts of blocks, and whether everybody has a code of the group."""
    rows = [
        (
            block.cohort,
            block.cohort_year,
            block.attribution,
            group,
            scheme,
            cut.codes[-1] != UNKNOWN,
        )
        for block in blocks
        for group, cut in block.cuts.items()
        for scheme in dict.fromkeys(cut.schemes)
    ]
    return pl.DataFrame(rows, CUT_SCHEMA, orient="row")


def metric_values(
    connection: duckdb.DuckDBPyConnection, pattern: list[pl.DataFrame], vintage: str
) -> pl.DataFrame:
    """Return rows of the public `metric_value`, from exact values and what is hidden of them."""
    rows = pl.concat([pl.DataFrame(schema=PATTERN_SCHEMA), *pattern])
    connection.register("pattern", rows.to_arrow())
    query = METRIC_VALUE.format(metrics=literals(sorted({*rows["metric"], "@"})))
    values = connection.execute(query, {"vintage": vintage}).pl()
    assert values.height == rows.height, "a cell whose region or value is not one in the warehouse"
    connection.unregister("pattern")
    return values


def definition_rows(blocks: Iterable[Block], manifest: PublicManifest) -> pl.DataFrame:
    """Return the metrics of blocks with the counts they are made of; amounts have none."""
    rows = {
        (*metric.split("@"), block.cohort, *used)
        for block in blocks
        for metric, used in block.uses.items()
    }
    names = ["metric_id", "definition_version", "cohort", "numerator_id", "denominator_id"]
    of_amounts = [f"{of.metric_id}@{of.version}" for of in manifest.earnings]
    amounts = [(*name.split("@"), manifest.cohorts[name], None, None) for name in of_amounts]
    return pl.DataFrame([*sorted(rows), *amounts], dict.fromkeys(names, pl.String), orient="row")


def relation_rows(blocks: Iterable[Block], earnings: Iterable[Earnings]) -> pl.DataFrame:
    """Return which counts of blocks are within which, and which count whom amounts are of."""
    rows = {
        ("subset", count.count_id, whole)
        for block in blocks
        for count in block.counts.values()
        for whole in count.within
    }
    rows |= {
        ("earners", f"{of.metric_id}@{of.version}", block.uses[of.count][0])
        for of in earnings
        for block in blocks
        if of.count in block.uses
    }
    names = dict.fromkeys(["relation", "part", "whole"], pl.String)
    return pl.DataFrame(sorted(rows), names, orient="row")


def vintage_rows(
    blocks: Iterable[Block],
    values: pl.DataFrame,
    vintage: str,
    reasons: Mapping[BlockName, str],
) -> pl.DataFrame:
    """Return the record of each new block: how many rows it has, and the hash of them as CSV."""
    rows = []
    for block in blocks:
        metrics = [metric.split("@") for metric in block.uses]
        of = pl.DataFrame(metrics, ["metric_id", "definition_version"], orient="row")
        its = values.filter(cohort_year=block.cohort_year, attribution=block.attribution).join(
            of, ["metric_id", "definition_version"], how="semi"
        )
        text = its.sort(pl.all()).write_csv().encode()
        digest, reason = hashlib.sha256(text).hexdigest(), reasons.get(block.name)
        rows.append((*block.name, vintage, its.height, digest, reason))
    names = ["cohort", "cohort_year", "attribution", "vintage", "rows", "sha256", "reason"]
    schema = dict.fromkeys(names, pl.String) | {"rows": pl.Int64}
    return pl.DataFrame(rows, schema, orient="row")


def tables(
    connection: duckdb.DuckDBPyConnection,
    values: pl.DataFrame,
    cuts: pl.DataFrame,
    definitions: pl.DataFrame,
    vintage: str,
    protected: Iterable[str],
) -> dict[str, pl.DataFrame]:
    """Return the public tables about metrics by name, as the warehouse names their columns."""
    connection.register("definition", definitions.to_arrow())
    connection.register("listed", values.to_arrow())
    connection.register("public_cut", cuts.to_arrow())
    schemes = pl.DataFrame({"region_scheme": [*protected]}, {"region_scheme": pl.String})
    connection.register("protected", schemes.to_arrow())
    rows = {name: connection.execute(sql).pl() for name, sql in QUERIES.items()}
    at = pl.lit(vintage).alias("vintage")
    return {
        "metric_value": values,
        **rows,
        "place_region": rows["place_region"].with_columns(at),
    }
