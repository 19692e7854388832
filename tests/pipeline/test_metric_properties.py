"""What must hold for every metric of any state: parts and wholes, counts of people, intervals.

Metrics, cohorts and regions are read from the release: nothing here lists them.
"""

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.commands.releases import HEADLINE
from pipelines.release import explain_metric, metric_catalog
from tests.pipeline.released import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE, queried, readable
from tests.reference.base.sources import read_seed
from tests.reference.metrics.cells import CERTAIN, COVERAGE, KEYS, NARROW_SCHEMES

#: The sample's colleges report from 2015-16 to 2025-26, its wages to June 2026: ten years after
#: their first cohort ends (30 June 2016 and, of exiters, 2017) nothing is reported to its end.
NEVER_COMPLETE = {
    "attached_median_earnings_usd/10_years",
    "attached_p25_earnings_usd/10_years",
    "attached_p75_earnings_usd/10_years",
    "enrolled_again_count/10_years",
    "median_earnings_years_after_award_usd/10_years",
    "median_earnings_years_after_exit_usd/10_years",
    "qualifying_employment_rate/10_years",
}
DISJOINT_GROUP_TYPES = (
    "race_ethnicity",
    "gender",
    "race_gender",
    "economically_disadvantaged",
    "economically_disadvantaged_by_aid",
    "english_learner",
    "disability",
    "foster",
    "homeless",
)
#: Who has no high school record, or no community college term, is in no group of these.
PARTIAL_GROUP_TYPES = DISJOINT_GROUP_TYPES[3:]
COUNTS = ["numerator", "denominator", *CERTAIN, *COVERAGE]
NAME = ["metric_id", "definition_version"]
DIMENSION = ["dimension", "dimension_value"]
GROUP = ["student_group", "student_group_value"]
REGION = ["region_scheme", "region_id"]
AMOUNTS = ("mean", "median", "p25", "p75")
# An interval of 95 % exists from so many people on: ranks of a sample, and Hall's of a mean.
LEAST_PEOPLE_OF_INTERVAL = {"rate": 1, "count": 1, "mean": 20, "median": 6, "p25": 11, "p75": 11}


@pytest.fixture(scope="module")
def metric_value(refreshed_home: Path, metric_values: Path) -> pl.DataFrame:
    """Return the released `metrics.metric_value`, with each metric's statistic."""
    return queried(
        refreshed_home,
        f"select value.*, definition.statistic from '{metric_values}' as value "
        "inner join metrics.metric_definition as definition "
        "using (metric_id, definition_version)",
    ).cast({pl.String: pl.Categorical})


def names(rows: pl.DataFrame) -> set[tuple]:
    """Return name and version of the metrics of rows."""
    return set(rows.select(NAME).unique().iter_rows())


def without(keys: list[str], *left_out: str) -> list[str]:
    """Return the keys of a cell without those that are summed over."""
    return [k for k in keys if k not in left_out]


def total(parts: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return the counts of the parts added up, null where every part is null."""
    return parts.group_by(by).agg(
        pl.when(pl.col(c).is_not_null().any()).then(pl.col(c).sum()).alias(f"{c}_of_parts")
        for c in COUNTS
    )


def unequal() -> pl.Expr:
    """Return whether any count of the whole is not the sum of its parts."""
    return pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_of_parts")) for c in COUNTS)


def test_every_metric_has_complete_cohorts(
    metric_value: pl.DataFrame, refreshed_home: Path
) -> None:
    """An empty or never-complete metric would pass every other test here."""
    defined = queried(
        refreshed_home,
        f"select {', '.join(NAME)} from metrics.metric_definition where cohort is not null",
    )
    never = names(defined) - names(metric_value.filter("is_complete"))
    assert {"/".join(name) for name in never} == NEVER_COMPLETE


def test_numerator_is_within_denominator(metric_value: pl.DataFrame) -> None:
    wrong = metric_value.filter(
        (pl.col("numerator") > pl.col("denominator")) | (pl.col("numerator") < 0)
    )
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_only_rates_and_counts_have_a_numerator(metric_value: pl.DataFrame) -> None:
    has_none = pl.col("statistic").is_in(AMOUNTS)
    wrong = metric_value.filter(pl.col("numerator").is_null() != has_none)
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_the_certain_are_some_of_all(metric_value: pl.DataFrame) -> None:
    wrong = metric_value.filter(
        (
            pl.col("numerator_exact_match")
            > pl.min_horizontal("numerator", "denominator_exact_match")
        )
        | (pl.col("denominator_exact_match") > pl.col("denominator"))
    )
    assert wrong.is_empty(), f"\n{readable(wrong)}"
    fewer = metric_value.filter(pl.col("denominator_exact_match") < pl.col("denominator"))
    assert fewer.height > 0


def test_value_is_within_its_interval(metric_value: pl.DataFrame) -> None:
    """A count has no interval, and neither has an amount of fewer people than one covers."""
    slack = pl.col("value").abs() * RELATIVE_TOLERANCE + ABSOLUTE_TOLERANCE
    inside = (pl.col("value_low") <= pl.col("value") + slack) & (
        pl.col("value") - slack <= pl.col("value_high")
    )
    least = pl.col("statistic").replace_strict(LEAST_PEOPLE_OF_INTERVAL, return_dtype=pl.Int64)
    none = (pl.col("statistic") == "count") | (pl.col("denominator") < least)
    has_none = pl.col("value_low").is_null() & pl.col("value_high").is_null()
    wrong = metric_value.filter(
        pl.col("value").is_not_null()
        & ~pl.when(none).then(has_none).otherwise(inside).fill_null(False)
    )
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_value_is_null_exactly_without_a_denominator(metric_value: pl.DataFrame) -> None:
    """A count of nobody is 0 and no gap."""
    estimates = metric_value.filter(pl.col("statistic") != "count")
    wrong = estimates.filter(pl.col("value").is_null() != (pl.col("denominator") == 0))
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_coverage_narrows_from_exiters_to_statistic(metric_value: pl.DataFrame) -> None:
    covered = metric_value.filter(pl.col("n_cohort").is_not_null())
    # Not being found can be an outcome of a rate, and is a gap in every number of dollars.
    counted = pl.when(pl.col("statistic").is_in(AMOUNTS)).then("n_matched").otherwise("n_matchable")
    in_order = (
        (pl.col("n_in_statistic") <= counted)
        & (pl.col("n_matched") <= pl.col("n_matchable"))
        & (pl.col("n_matchable") <= pl.col("n_cohort"))
        & (pl.col("n_in_statistic") == pl.col("denominator"))
    )
    wrong = covered.filter(~in_order.fill_null(False))
    assert covered.height > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"


@pytest.mark.parametrize("student_group", DISJOINT_GROUP_TYPES)
def test_groups_add_up_to_all(metric_value: pl.DataFrame, student_group: str) -> None:
    cell = without(KEYS, *GROUP)
    everybody = pl.col("dimension") == "all"
    if student_group == "race_gender":
        with_groups = everybody & ~pl.col("region_scheme").is_in(NARROW_SCHEMES)
    else:
        with_groups = everybody | (pl.col("region_scheme") == "statewide")
    whole = metric_value.filter(with_groups & (pl.col("student_group") == "all"))
    groups = metric_value.filter(pl.col("student_group") == student_group)
    compared = whole.select(*cell, *COUNTS).join(total(groups, cell), cell, "left")
    if student_group in PARTIAL_GROUP_TYPES:
        wrong = compared.filter(
            pl.any_horizontal(pl.col(f"{c}_of_parts") > pl.col(c) for c in COUNTS)
        )
        assert compared.filter(pl.col("denominator_of_parts") < pl.col("denominator")).height > 0
    else:
        wrong = compared.filter(unequal())
    assert groups.height > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_every_group_type_is_tested(metric_value: pl.DataFrame) -> None:
    assert set(metric_value["student_group"].unique()) == {"all", *DISJOINT_GROUP_TYPES}


def test_regions_do_not_exceed_the_state(metric_value: pl.DataFrame) -> None:
    """Institutions without a place are in the state alone, so the regions may add up to less.

    Consortia share members, so each is held against the state on its own.
    """
    cell = without(KEYS, *REGION)
    state = metric_value.filter(pl.col("region_scheme") == "statewide").select(*cell, *COUNTS)
    overlapping = pl.col("region_scheme") == "consortium"
    regions = metric_value.filter(pl.col("region_scheme") != "statewide").with_columns(
        added_up=pl.when(overlapping).then("region_id").otherwise("region_scheme")
    )
    compared = total(regions, [*cell, "region_scheme", "added_up"]).join(state, cell, "left")
    # A region without its state must fail: null counts of the state do not excuse counts of it.
    within = pl.all_horizontal(
        (pl.col(f"{c}_of_parts") <= pl.col(c)).fill_null(pl.col(f"{c}_of_parts").is_null())
        for c in COUNTS
    )
    wrong = compared.filter(~within)
    assert {"county", "institution", "district", "consortium"} <= set(compared["region_scheme"])
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_a_region_is_the_sum_of_its_institutions(
    metric_value: pl.DataFrame, refreshed_home: Path
) -> None:
    cell = without(KEYS, *REGION)
    located = queried(
        refreshed_home,
        """
        select
            'institution:' || institution_id as part_id,
            unnest([
                'statewide:California',
                'macroregion:' || macroregion,
                'microregion:' || microregion,
                'county:' || county_fips,
                'district:' || parent_institution_id
            ]) as region_id
        from marts.dim_institution
        union
        select
            'institution:' || institution.institution_id,
            region.scheme || ':' || region.region
        from marts.dim_institution as institution
        inner join reference.county_region as region using (county_fips)
        inner join reference.region_scheme using (scheme)
        where not region_scheme.is_made_of_microregions
        union
        select
            'institution:' || institution.institution_id,
            'consortium:' || member.consortium_id
        from marts.dim_institution as institution
        inner join marts.brg_partner_consortium as member
            on member.partner_id in (institution.institution_id, institution.parent_institution_id)
        """,
    ).drop_nulls()
    by_place = metric_value.filter(
        (pl.col("student_group") == "all") & (pl.col("attribution") != "place_of_work")
    )
    institutions = by_place.rename({"region_id": "part_id"}).join(
        located.cast(pl.Categorical), on="part_id"
    )
    wholes = by_place.filter(pl.col("region_scheme") != "institution")
    sums = total(institutions, [*cell, "region_id"])
    wrong = wholes.join(sums, on=[*cell, "region_id"], how="left").filter(unequal())
    schemes = set(read_seed("region_scheme")["scheme"])
    assert set(wholes["region_scheme"]) == schemes - {"institution"}
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_a_dimension_never_counts_more_than_all(metric_value: pl.DataFrame) -> None:
    cell = without(KEYS, *DIMENSION)
    every = metric_value.filter(pl.col("dimension") == "all").select(*cell, *COUNTS)
    by_dimension = metric_value.filter(pl.col("dimension") != "all")
    compared = by_dimension.join(every, on=cell, how="left", suffix="_all")
    exceeds = pl.any_horizontal(pl.col(c) > pl.col(f"{c}_all") for c in COUNTS)
    wrong = compared.filter(exceeds | pl.col("denominator_all").is_null())
    assert by_dimension.height > 0
    assert wrong.is_empty(), f"\n{readable(wrong)}"


def test_everybody_served_is_counted_once_by_how_many_served_them(
    metric_value: pl.DataFrame,
) -> None:
    """The union of initiatives is no more than their sum and no less than any of them."""
    cell = without(KEYS, *DIMENSION)
    served = metric_value.filter(pl.col("dimension") == "initiatives_served")
    by_initiative = metric_value.filter(pl.col("dimension") == "initiative")
    parts = by_initiative.group_by(cell).agg(
        summed=pl.col("denominator").sum(), most=pl.col("denominator").max()
    )
    union = served.group_by(cell).agg(union=pl.col("denominator").sum())
    both = union.join(parts, on=cell, how="full", coalesce=True)
    wrong = both.filter(
        ~pl.col("union").is_between("most", "summed", closed="both").fill_null(False)
    )
    assert wrong.is_empty(), f"\n{readable(wrong)}"
    assert both.filter(pl.col("union") < pl.col("summed")).height > 0
    assert set(served["dimension_value"]) == {"one", "two", "three_or_more"}


def test_nobody_counts_under_an_initiative_that_served_them_later(refreshed_home: Path) -> None:
    """Of graduates under an initiative, every one was served by it before they graduated."""
    [counts] = queried(
        refreshed_home,
        """
        select
            count(*) as n_rows,
            count(*) filter (
                where not exists (
                    from marts.brg_person_initiative as served
                    where
                        served.person_id = member.person_id
                        and served.initiative_code = member.dimension_value
                        and served.effective_from < graduate.leaving_date
                )
            ) as n_later
        from metrics.metric_member as member
        inner join cohorts.cohort_graduate as graduate
            on member.person_id = graduate.person_id and graduate.dimension = 'all'
        where
            member.metric_id = 'immediate_college_enrollment_rate'
            and member.dimension = 'initiative'
        """,
    ).to_dicts()
    assert counts["n_rows"] > 0
    assert counts["n_later"] == 0


def test_nobody_is_in_a_cohort_twice(refreshed_home: Path) -> None:
    """One row per person and cohort for everybody, one per dimension code, all in one place."""
    tables = queried(
        refreshed_home,
        "select table_name from duckdb_tables() "
        "where schema_name = 'cohorts' and starts_with(table_name, 'cohort_')",
    )["table_name"].to_list()
    used = queried(
        refreshed_home,
        "select distinct cohort from metrics.metric_definition where cohort is not null",
    )
    assert {f"cohort_{p}" for p in used["cohort"]} <= set(tables)
    for table in tables:
        [counts] = queried(
            refreshed_home,
            f"""
            select
                count(*) as n_rows,
                count(distinct (person_id, cohort_year, dimension, dimension_value)) as n_distinct,
                count(*) filter (where dimension = 'all') as n_all,
                count(distinct (person_id, cohort_year)) as n_people,
                count(distinct (person_id, cohort_year, institution_id)) as n_placed,
                count(*) filter (where dimension = 'all' and dimension_value <> 'all') as n_misnamed
            from cohorts.{table}
            """,
        ).to_dicts()
        assert counts["n_rows"] == counts["n_distinct"], table
        assert counts["n_all"] == counts["n_people"] == counts["n_placed"] > 0, table
        assert counts["n_misnamed"] == 0, table


@pytest.fixture(scope="module")
def recounted(refreshed_home: Path, metric_values: Path) -> pl.DataFrame:
    """Return the values of the state and of single places next to a count of their listed rows."""
    return queried(
        refreshed_home,
        f"""
        with placed as (
            select
                *,
                unnest([
                    'statewide:California',
                    if(attribution = 'place_of_work', 'county:', 'institution:') || place_id
                ]) as region_id
            from metrics.metric_member
        ),

        listed as (
            select
                metric_id,
                definition_version,
                cohort_year,
                attribution,
                dimension,
                dimension_value,
                region_id,
                count(*) as n_rows,
                count(distinct person_id) as n_people,
                count(*) filter (where is_in_statistic) as n_listed,
                count(*) filter (where is_numerator) as n_counted,
                avg(amount) as mean,
                quantile_cont(amount, 0.25) as p25,
                quantile_cont(amount, 0.5) as median,
                quantile_cont(amount, 0.75) as p75
            from placed
            where region_id <> 'county:unknown'
            group by all
        )

        select
            cell.*,
            definition.statistic,
            listed.* exclude (
                metric_id, definition_version, cohort_year, attribution, dimension, dimension_value,
                region_id
            )
        from (
            select *
            from '{metric_values}'
            where
                student_group = 'all'
                and (region_scheme in ('statewide', 'institution') or region_scheme = 'county'
                    and attribution = 'place_of_work')
        ) as cell
        full join listed using (
            metric_id, definition_version, cohort_year, attribution, dimension, dimension_value,
            region_id
        )
        left join metrics.metric_definition as definition using (metric_id, definition_version)
        """,
    )


def test_the_rows_behind_a_value_count_up_to_it(
    recounted: pl.DataFrame, metric_value: pl.DataFrame
) -> None:
    value = pl.coalesce(pl.when(pl.col("statistic") == s).then(s) for s in AMOUNTS)
    allowed = value.abs() * RELATIVE_TOLERANCE + ABSOLUTE_TOLERANCE
    same_value = ((value - pl.col("value")).abs() <= allowed) | (
        value.is_null() & pl.col("value").is_null()
    )
    counts = (
        (pl.col("n_rows") == pl.col("n_people"))
        & (pl.col("n_listed") == pl.col("denominator"))
        & ((pl.col("statistic") != "rate") | (pl.col("n_counted") == pl.col("numerator")))
        & (~pl.col("statistic").is_in(AMOUNTS) | same_value)
    )
    wrong = recounted.filter(~counts.fill_null(False))
    assert wrong.is_empty(), f"\n{readable(wrong)}"
    assert not names(metric_value) - names(recounted)


def test_headline_leadership_and_explanations_show_the_last_whole_cohort(
    refreshed_home: Path,
) -> None:
    last = queried(
        refreshed_home,
        "select metric_id, definition_version, max(cohort_year) from metrics.metric_completeness "
        "where is_whole and region_id = 'statewide:California' and attribution <> 'place_of_work' "
        "group by all",
    )
    cohorts = {(metric, version): cohort for metric, version, cohort in last.iter_rows()}
    shown = queried(refreshed_home, "from metrics.leadership_state order by position")
    expected = [cohorts[name] for name in shown.select(NAME).iter_rows()]
    assert shown["cohort_year"].to_list() == expected
    headline = queried(refreshed_home, HEADLINE.read_text())
    assert headline["cohort"].to_list() == expected
    assert headline["people"].to_list() == shown["denominator"].to_list()
    path = refreshed_home / "releases" / "current" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as warehouse:
        for question, cohort in zip(shown.select(NAME).iter_rows(), expected, strict=True):
            cell = list(explain_metric.explain(warehouse, explain_metric.Question(*question)))[1]
            assert cell.startswith(f"Cohort {cohort} ")


def test_definitions_are_those_of_the_catalog(refreshed_home: Path) -> None:
    """The docs and the warehouse read the same entries, each by its own code."""
    path = refreshed_home / "releases" / "current" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as warehouse:
        released = warehouse.sql("select * from metrics.metric_definition").pl().to_dicts()
    headlines = set(read_seed("leadership_metric").select(NAME).iter_rows())
    catalog = [
        {column: row.get(column) for column in released[0]}
        | {"is_favorable": row.get("is_favorable", True)}
        | {"is_headline": (row["metric_id"], row["definition_version"]) in headlines}
        for row in metric_catalog.definitions()
    ]
    assert sorted(catalog, key=str) == sorted(released, key=str)


def test_a_question_of_all_metrics_reads_the_counts_of_each_cohort_once(
    refreshed_home: Path,
) -> None:
    """A scan for each of 270 metrics took 1.8 s of a processor for one cell of 60,000 students."""
    query = "explain (format json) from metrics.metric_value where cohort_year = '2018-19'"
    plan = queried(refreshed_home, query)["explain_value"][0]
    cohorts = {row["cohort"] for row in metric_catalog.definitions() if row.get("cohort")}
    scanned = re.findall(r"aggregates\.agg_counts_(\w+)\"", plan)
    assert sorted(scanned) == sorted(cohorts)
