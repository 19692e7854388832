"""Graduates in the years after high school, at work and in college: the cohort and its rules."""

import polars as pl

from tests.reference.base.people import (
    first_completion,
    pathway_progress,
    terms,
    took_part_in,
    under_dimensions,
)
from tests.reference.base.sources import Sources, quarter_of
from tests.reference.base.wages import (
    enrolled_in_quarter,
    is_in_sector,
    quarterly_wages,
    wages_at,
    with_coverage,
    year_wages,
)
from tests.reference.metrics.cells import EVERYBODY, Rule
from tests.reference.metrics.earnings import living_wages
from tests.reference.metrics.high_school import DIPLOMA

#: Years of earnings; years after which a quarter is looked at.
OF_EARNINGS, ON = (1, 3, 5, 7), (1, 3, 5)
PERSON, PERSON_YEAR = ["person_id"], ["person_id", "year"]
c = pl.col


def graduate_outcome(src: Sources) -> pl.DataFrame:
    """Return high-school graduates, in the year of their diploma, with what came after.

    In a sector or program, concentration and completion are those of its pathways.
    """
    graduates = first_completion(src.feeds["k12_enrollment"], DIPLOMA)
    progress = pathway_progress(src, graduates).filter(c("sector_code").is_not_null())
    programs = progress.filter(c("courses") > 0).select("person_id", pathway_program="pathway_code")
    people = _at_work(src, living_wages(with_coverage(graduates, src), src))
    seen = under_dimensions(people, took_part_in(progress), programs)
    return _in_training(src, _with_flags(seen, progress), progress)


def _at_work(src: Sources, people: pl.DataFrame) -> pl.DataFrame:
    quarters = quarterly_wages(src)
    years = year_wages(quarters)
    for n in OF_EARNINGS:
        names = {name: f"{name}_{n}" for name in ("wages", "constant", "n_quarters")}
        paid = years.rename(names).with_columns(c("year").cast(pl.Int32) - n)
        people = people.join(paid, on=PERSON_YEAR, how="left").with_columns(
            pl.when("is_matchable").then(name).alias(name) for name in names.values()
        )
    left = quarter_of("done_date")
    people = wages_at(people, quarters, left + 2, "second", "naics")
    for n in ON:
        people = wages_at(people, quarters, left + 4 * n, f"later_{n}")
        people = enrolled_in_quarter(people, terms(src), left + 4 * n, f"is_enrolled_{n}")
    return people


def _with_flags(seen: pl.DataFrame, progress: pl.DataFrame) -> pl.DataFrame:
    """Return people under their dimensions with how far they came, in those of the dimension."""
    values = {
        "all": pl.lit("all"),
        "pathway_sector": c("sector_code"),
        "pathway_program": c("pathway_code"),
    }
    flags = [
        progress.with_columns(dimension=pl.lit(name), dimension_value=value)
        .group_by("person_id", "dimension", "dimension_value")
        .agg(c("is_concentrator", "completed_v2").any())
        for name, value in values.items()
    ]
    on = ["person_id", "dimension", "dimension_value"]
    return seen.join(pl.concat(flags), on=on, how="left")


def _in_training(src: Sources, seen: pl.DataFrame, progress: pl.DataFrame) -> pl.DataFrame:
    """Return people with whether their job is in a sector they concentrated in, or the cut's."""
    deep = progress.filter("is_concentrator").select("person_id", deep_sector="sector_code")
    jobs = seen.filter(c("dimension") == "all").select("person_id", "second_naics")
    jobs = deep.unique().join(jobs, on="person_id")
    jobs = jobs.with_columns(is_in_sector(jobs, "deep_sector", "second_naics", src).alias("fits"))
    anywhere = jobs.group_by("person_id").agg(fits_any=c("fits").fill_null(False).any())
    sector_of = dict(progress.select("pathway_code", "sector_code").unique().iter_rows())
    of_program = c("dimension_value").replace_strict(
        sector_of, default=None, return_dtype=pl.String
    )
    seen = seen.with_columns(
        cut_sector=pl.when(c("dimension") == "pathway_sector")
        .then("dimension_value")
        .when(c("dimension") == "pathway_program")
        .then(of_program)
    ).join(anywhere, on="person_id", how="left")
    of_cut = is_in_sector(seen, "cut_sector", "second_naics", src)
    fits = pl.when(c("cut_sector").is_null()).then(c("fits_any")).otherwise(of_cut)
    return seen.with_columns(is_in_training=pl.when(c("second") > 0).then(fits.fill_null(False)))


COHORTS = {"graduate_outcome": graduate_outcome}

WHO = {
    "graduates": EVERYBODY,
    "pathway_completers": c("completed_v2"),
    "concentrators": c("is_concentrator"),
}


def _rules() -> dict[tuple[str, str], Rule]:
    rules: dict[tuple[str, str], Rule] = {}

    def add(metric: str, version: str, **rule: pl.Expr) -> None:
        rules[f"{metric}_after_high_school{'_usd' if 'amount' in rule else '_rate'}", version] = (
            Rule("graduate_outcome", **rule)
        )

    known = c("is_matchable")
    for who, of in WHO.items():
        add("employed_four_quarters", who, of=of, in_statistic=known, counts=c("n_quarters_1") == 4)
        add("employed_fourth_quarter", who, of=of, in_statistic=known, counts=c("later_1") > 0)
        for n in OF_EARNINGS:
            version = f"{n}_year{'s' if n > 1 else ''}_{who}"
            paid = {"of": of, "in_statistic": c(f"wages_{n}") > 0}
            for statistic in ("median", "p25", "p75"):
                add(f"{statistic}_earnings", version, amount=c(f"wages_{n}"), **paid)
            at_least = c(f"constant_{n}").round(2) >= c("living_wage_constant")
            constant = {"of": of, "in_statistic": c(f"constant_{n}") > 0}
            add("living_wage", version, counts=at_least, **constant)
            if n not in ON:
                continue
            works, studies = (c(f"later_{n}") > 0).fill_null(False), c(f"is_enrolled_{n}")
            for state, holds in {
                "working_not_enrolled": works & ~studies,
                "enrolled_not_working": ~works & studies,
                "working_and_enrolled": works & studies,
                "neither_working_nor_enrolled": ~works & ~studies,
            }.items():
                add(state, version, of=of, in_statistic=known, counts=holds)
    for who in ("pathway_completers", "concentrators"):
        of = WHO[who]
        add("employed_second_quarter", who, of=of, in_statistic=known, counts=c("second") > 0)
        employed = c("is_in_training").is_not_null()
        add("employed_in_sector", who, of=of, in_statistic=employed, counts=c("is_in_training"))
    return rules


RULES = _rules()
