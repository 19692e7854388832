"""A ninth-grade cohort on its way: the funnel of its stages, and who went from state to state.

Lives here: `metrics.funnel` and `metrics.transition`, as their descriptions and the catalog say.
Does not: who is in the cohort and what came after (`journey`), how a rate is summarised (`cells`)
or compared (`equity`).
"""

from itertools import pairwise

import polars as pl

from tests.reference.base.people import awards, ever_in_ccap, person_groups, without_aid
from tests.reference.base.sources import Sources, year_label
from tests.reference.metrics.cells import DIMENSION, GROUP, KEYS, NARROW_SCHEMES
from tests.reference.metrics.equity import compared, equity_of, withheld
from tests.reference.metrics.journey import journey

STAGES = ("career_education", "concentration", "graduation", "college", "credential", "living_wage")
STATES = (
    "high_school_pathway",
    "high_school_outcome",
    "first_college",
    "highest_credential",
    "earnings",
)
LINK = ["from_stage", "from_state", "to_stage", "to_state"]
TRANSITION_KEYS = ["cohort_year", "region_scheme", "region_id", *DIMENSION, *GROUP, *LINK]
#: Highest first; everything below an associate degree is shown as a certificate.
CREDENTIALS = {
    "bachelor": ("bachelor",),
    "associate": ("associate",),
    "certificate": ("certificate", "industry", "apprenticeship"),
}


def funnel(stages: pl.DataFrame) -> pl.DataFrame:
    """Return the stages in the columns of `metrics.funnel`, with PPG-1 of 2022 where it is judged.

    A q value depends on every metric of the cohort year: `equity_of` all of them has it.

    Args:
        stages: Cells of the metrics `stage_…`, in the columns of `metric_value`.
    """
    gaps = equity_of(compared(stages, is_favorable=True)).filter(
        pl.col("equity_method") == "ppg1_2022"
    )
    gaps = gaps.select(
        *KEYS, "is_disproportionate_impact", ppg1_points="value", gap_withheld="withheld_because"
    )
    own = withheld("matchable_share", "matchable_share")
    given = pl.col("own_withheld").is_null()
    numbers = {f"stage_{stage}": i for i, stage in enumerate(STAGES, 1)}
    stages = stages.join(gaps, on=KEYS, how="left").with_columns(own_withheld=own)
    return stages.select(
        *(k for k in KEYS if k != "cohort_basis"),
        stage_number=pl.col("metric_id").replace_strict(numbers, return_dtype=pl.Int32),
        n_eligible="denominator",
        n_reached="numerator",
        pass_rate=pl.when(given).then("value"),
        pass_rate_low=pl.when(given).then("value_low"),
        pass_rate_high=pl.when(given).then("value_high"),
        ppg1_points="ppg1_points",
        is_disproportionate_impact="is_disproportionate_impact",
        matchable_share="matchable_share",
        withheld_because=pl.coalesce("own_withheld", "gap_withheld"),
        is_complete="is_complete",
    )


def transition(src: Sources) -> pl.DataFrame:
    """Return `metrics.transition`: people by their state in a stage and in the next.

    Everybody is counted by group, those of a dimension together; none by institution, district or
    consortium, where a link would be a person or two.
    """
    people = journey(src).join(_highest_credential(src), on="person_id", how="left")
    states = states_of(people)
    dimensions = ever_in_ccap(src)
    everybody = states.filter(pl.col("dimension") == "all")
    through = everybody.drop(DIMENSION).join(dimensions, on="person_id").select(states.columns)
    by_dimension = pl.concat([states.filter(pl.col("dimension") != "all"), through])
    all_together = pl.lit("all")
    grouped = pl.concat(
        [
            everybody.join(without_aid(person_groups(src)), on="person_id"),
            by_dimension.with_columns(student_group=all_together, student_group_value=all_together),
        ]
    )
    wide = src.place_regions.filter(~pl.col("region_scheme").is_in(NARROW_SCHEMES))
    placed = grouped.join(wide, left_on="institution_id", right_on="place_id")
    return links(placed.with_columns(cohort_year=year_label(pl.col("year"))))


def links(placed: pl.DataFrame) -> pl.DataFrame:
    """Return how many people of each cell are in one state and in one of the next stage.

    Args:
        placed: One row a person in a cell, with the cell's keys and a column for each stage.
    """
    return pl.concat(
        placed.with_columns(
            from_stage=pl.lit(stage),
            from_state=stage,
            to_stage=pl.lit(following),
            to_state=following,
        )
        .group_by(TRANSITION_KEYS)
        .agg(n_people=pl.len().cast(pl.Int64))
        for stage, following in pairwise(STATES)
    )


def states_of(people: pl.DataFrame) -> pl.DataFrame:
    """Return the people with the one state that each is in at every stage.

    Args:
        people: From `journey`, with `credential` (null without one).
    """
    c = pl.col
    went = (c("first_term") <= c("done_date").dt.offset_by("16mo")).fill_null(False)
    is_university = c("first_college_type") == "UNIVERSITY"
    reached = c("autumn") * 4 >= c("living_wage_usd")
    return people.select(
        "person_id",
        "year",
        "institution_id",
        *DIMENSION,
        high_school_pathway=first_true(
            {
                "completer": c("completed_v2"),
                "concentrator": c("is_concentrator"),
                "participant": c("is_participant"),
            },
            "none",
        ),
        high_school_outcome=first_true(
            {
                "graduated": c("graduation_date").is_not_null(),
                "completed_otherwise": c("other_completion_date").is_not_null(),
            },
            "left",
        ),
        first_college=first_true(
            {"university": went & is_university, "community_college": went}, "none"
        ),
        highest_credential=c("credential").fill_null("none"),
        earnings=first_true(
            {
                "not_matchable": ~c("is_matchable"),
                "not_found": c("autumn").is_null(),
                "living_wage": reached,
            },
            "below_living_wage",
        ),
    )


def first_true(states: dict[str, pl.Expr], otherwise: str) -> pl.Expr:
    """Return the name of the first condition that holds; an unknown one does not."""
    named = [pl.when(holds.fill_null(False)).then(pl.lit(name)) for name, holds in states.items()]
    return pl.coalesce(*named, pl.lit(otherwise))


def _highest_credential(src: Sources) -> pl.DataFrame:
    """Return the highest award after high school, by six years after the cohort's 30 June."""
    done = (
        journey(src)
        .filter(pl.col("dimension") == "all")
        .select("person_id", "done_date", until=pl.date(pl.col("year") + 7, 6, 30))
    )
    levels = (
        done.join(awards(src).select("person_id", "day", "level"), on="person_id")
        .filter(pl.col("day").is_between("done_date", "until", closed="right"))
        .group_by("person_id")
        .agg("level")
    )
    held = {
        name: pl.col("level").list.set_intersection(list(of)).list.len() > 0
        for name, of in CREDENTIALS.items()
    }
    return levels.select("person_id", credential=first_true(held, "none"))
