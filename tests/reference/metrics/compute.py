"""Every metric's cells, in the columns of `metrics.metric_value`.

Of `metrics.metric_definition` this reads the facts (statistic, feeds and months of completeness,
what places a member), never the SQL.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tests.reference.base.people import (
    certain_people,
    dual_enrolled_from,
    ever_in_ccap,
    person_groups,
    services,
    without_aid,
)
from tests.reference.base.sources import read_sources
from tests.reference.metrics import college, earnings, high_school, journey
from tests.reference.metrics.cells import PLACES, Spread, cells_of
from tests.reference.metrics.rules import after_high_school
from tests.reference.metrics.rules import college as of_college
from tests.reference.metrics.rules import earnings as of_earnings
from tests.reference.metrics.rules import high_school as of_high_school
from tests.reference.metrics.rules import journey as of_journey

RULES = {
    name: rule
    for family in (of_high_school, after_high_school, of_college, of_earnings, of_journey)
    for name, rule in family.RULES.items()
}
COHORTS = {
    name: cohort
    for family in (high_school, after_high_school, college, earnings, journey)
    for name, cohort in family.COHORTS.items()
}

#: The day on which the window of a member's outcome begins: a service counts that began before it.
YEAR_BEGINS = pl.date(pl.col("year"), 7, 1)
WINDOW_BEGINS = {
    "completer": pl.col("done_date"),
    "graduate": pl.col("done_date"),
    "graduate_outcome": pl.col("done_date"),
    "exiter": pl.col("exit_date"),
    "award_earner": pl.col("day"),
    "college_entrant": pl.col("entered"),
    "college_year": YEAR_BEGINS,
    "student_year": YEAR_BEGINS,
    "dual_enrollment_year": YEAR_BEGINS,
    "special_admit_cohort": pl.col("first_special_term"),
}
#: Metrics whose window begins before that day.
NOT_BY_INITIATIVE = {
    ("dual_enrollment_participation_rate",),
    ("cte_completion_rate",),
    ("completer_added_preparation_rate",),
    ("cte_concentration_rate",),
    ("college_career_prepared_rate",),
    ("concentrator_credential_rate",),
    ("concentrator_postsecondary_credit_rate",),
    ("concentrator_work_based_learning_rate",),
    ("perkins_credential_rate",),
    ("wioa_credential_rate",),
    ("prior_dual_enrollment_rate",),
    ("college_concentrator_rate",),
    ("cte_concentrator_annual_rate",),
    ("salary_trajectory_usd", "2_years_before"),
}
BY_INITIATIVE = ("initiative", "initiatives_served", "dual_enrolled")

#: Cohorts whose members are ordinary college students: by aid, others would be grouped by who went.
OF_COLLEGE_STUDENTS = ("college_entrant", "college_year", "exiter", "award_earner")

#: What the reference reads of a definition.
FACTS = [
    "metric_id",
    "definition_version",
    "statistic",
    "is_favorable",
    "cohort_basis",
    "attributions",
    "outcome_feed",
    "follow_up_months",
    "confirming_feed",
    "confirming_months",
    "lookback_years",
]


def compute(
    home: Path, definitions: pl.DataFrame, only_the_state: bool = False
) -> Iterator[pl.DataFrame]:
    """Yield what metric_value must hold for a data home, metric by metric.

    Args:
        home: Data home with `accepted/` and `identity/person_crosswalk.parquet`.
        definitions: The `FACTS` of every metric. Those without a rule here are passed over.
        only_the_state: Leave out every region but the state and every group but all.
    """
    src = read_sources(home)
    regions, groups = src.place_regions, person_groups(src)
    if only_the_state:
        regions = regions.filter(pl.col("region_scheme") == "statewide")
        groups = groups.filter(pl.col("student_group") == "all")
    certain = certain_people(src)["person_id"].implode()
    ccap, served, dual = ever_in_ccap(src), services(src), dual_enrolled_from(src)
    by_cohort = defaultdict(list)
    for definition in definitions.select(FACTS).to_dicts():
        rule = RULES.get((definition["metric_id"], definition["definition_version"]))
        if rule:
            by_cohort[rule.cohort].append(({**definition, "cohort": rule.cohort}, rule))
    for cohort, metrics in by_cohort.items():
        members = COHORTS[cohort](src)
        members = (
            pl.concat(
                [
                    members,
                    seen_through(members, ccap),
                    served_before(cohort, members, served),
                    dual_enrolled_before(cohort, members, dual),
                ]
            )
            .with_columns(is_exact_match=pl.col("person_id").is_in(certain))
            .with_row_index("row")
        )
        of_cohort = groups if cohort in OF_COLLEGE_STUDENTS else without_aid(groups)
        spreads: dict[str, Spread] = {}
        for definition, rule in metrics:
            names = definition["metric_id"], definition["definition_version"]
            offered = members
            if {names, names[:1]} & NOT_BY_INITIATIVE:
                offered = members.filter(~pl.col("dimension").is_in(BY_INITIATIVE))
            judged = rule.judged(offered)
            for basis in definition["attributions"]:
                place = PLACES[basis]
                if place not in spreads:
                    spreads[place] = Spread(members, place, of_cohort, regions)
                yield cells_of(definition, judged, spreads[place], basis, src)


def seen_through(members: pl.DataFrame, dimension: pl.DataFrame) -> pl.DataFrame:
    """Return everybody of a cohort again, under a dimension that is the person's in any of them."""
    everybody = members.filter(pl.col("dimension") == "all").drop("dimension", "dimension_value")
    return everybody.join(dimension, on="person_id").select(members.columns)


def dual_enrolled_before(cohort: str, members: pl.DataFrame, dual: pl.DataFrame) -> pl.DataFrame:
    """Return again the members who were dual enrolled before the outcome's window begins."""
    if cohort not in WINDOW_BEGINS:
        return members.clear()
    everybody = members.filter(pl.col("dimension") == "all").join(dual, on="person_id")
    return (
        everybody.filter(pl.col("served_from") < WINDOW_BEGINS[cohort])
        .select(
            pl.exclude("dimension", "dimension_value"),
        )
        .with_columns(dimension=pl.lit("dual_enrolled"), dimension_value=pl.lit("yes"))
        .select(members.columns)
    )


def served_before(cohort: str, members: pl.DataFrame, served: pl.DataFrame) -> pl.DataFrame:
    """Return a cohort again under each initiative that served a member before the outcome's window.

    And once under how many they are.
    """
    if cohort not in WINDOW_BEGINS:
        return members.clear()
    everybody = members.filter(pl.col("dimension") == "all").with_columns(
        begins=WINDOW_BEGINS[cohort]
    )
    before = everybody.join(served, on="person_id").filter(pl.col("served_from") < pl.col("begins"))
    number = pl.len().over("person_id", "year")
    words = pl.when(number == 1).then(pl.lit("one")).when(number == 2).then(pl.lit("two"))
    counted = before.with_columns(
        dimension=pl.lit("initiatives_served"),
        dimension_value=words.otherwise(pl.lit("three_or_more")),
    ).unique(["person_id", "year"])
    each = before.with_columns(dimension=pl.lit("initiative"), dimension_value="initiative_code")
    return pl.concat([each.select(members.columns), counted.select(members.columns)])
