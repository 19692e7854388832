"""What really happened: the truth that linkage and metrics are judged against.

Lives here: the table of true persons. Does not: how agencies see them.
"""

import polars as pl

from sample_data.feeds import State, academic_year
from sample_data.world import SECTORS, World


def identifier(person: pl.Expr) -> pl.Expr:
    """Return the truth's name of persons: T and eight digits."""
    return pl.format("T{}", person.cast(pl.String).str.zfill(8))


def person(world: World, state: State) -> pl.DataFrame:
    """Return one row a true person: who they are and what happened to them."""
    years = (
        state.terms.group_by("person")
        .agg(pl.col("year").min().alias("first_college_year"), pl.len().alias("college_terms"))
        .sort("person")
    )
    awards = state.awards.group_by("person").agg(pl.len().alias("credentials")).sort("person")
    wages = state.wages.group_by("person").agg(pl.col("quarter").n_unique().alias("wage_quarters"))
    rows = state.people
    for events in (years, awards, wages):
        rows = rows.join(events, on="person", how="left", maintain_order="left")
    graduate = pl.col("completion") == "100"
    ends_after = pl.col("exit_date").dt.month() >= 7
    graduation_start = pl.col("exit_date").dt.year() - (~ends_after).cast(pl.Int32)
    sector = pl.lit(pl.Series([SECTORS[s].code for s in world.pathway_sector.tolist()]))
    pathway = pl.lit(pl.Series(world.pathway_codes.tolist()))
    doubles = (
        pl.when(pl.col(c) >= 0).then(identifier(pl.col(c))).alias(c)
        for c in ("twin_of", "namesake_of")
    )
    return rows.select(
        person_truth_id=identifier(pl.col("person")),
        cohort=academic_year(pl.col("cohort")),
        expected_graduation_year=academic_year(pl.col("cohort") + 3),
        first_name="first_name",
        last_name="last_name",
        birth_date="birth_date",
        ssn="ssn",
        state_student_id="state_student_id",
        gender_code="gender",
        race_ethnicity_code="race",
        is_economically_disadvantaged="is_economically_disadvantaged",
        is_english_learner="is_english_learner",
        has_disability="has_disability",
        is_foster="is_foster",
        is_homeless="is_homeless",
        first_school_id=pl.lit(pl.Series(world.school_ids.tolist())).gather(pl.col("school")),
        how_high_school_ended="fate",
        high_school_years="years",
        high_school_exit_date="exit_date",
        exit_code="exit_code",
        completion_status_code=pl.when(pl.col("completion") != "").then("completion"),
        is_completer="is_completer",
        graduation_date=pl.when(graduate).then("exit_date"),
        graduation_year=pl.when(graduate).then(academic_year(graduation_start)),
        is_cte_participant="is_participant",
        is_cte_concentrator="is_concentrator",
        concentration_pathway_code=pl.when("is_concentrator").then(
            pathway.gather(pl.col("pathway").clip(0))
        ),
        concentration_sector_code=pl.when("is_concentrator").then(
            sector.gather(pl.col("pathway").clip(0))
        ),
        is_pathway_completer="is_pathway_completer",
        is_pathway_completer_300_hours="is_pathway_completer_300_hours",
        is_dual_enrolled="is_dual_enrolled",
        is_ccap="is_ccap",
        goes_to_college_within_year="goes_within_year",
        starts_at_university="starts_at_university",
        first_college_year=pl.when(pl.col("first_college_year").is_not_null()).then(
            academic_year(pl.col("first_college_year"))
        ),
        college_terms=pl.col("college_terms").fill_null(0),
        credentials=pl.col("credentials").fill_null(0),
        is_covered_by_wages="is_covered_by_wages",
        wage_quarters=pl.col("wage_quarters").fill_null(0),
        twin_of=next(doubles),
        namesake_of=next(doubles),
    )
