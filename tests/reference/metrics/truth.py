"""What really happened in a synthetic state, counted as the metrics would count it.

Reads the generator's `truth/` and the accepted rows' provenance. Corrupted rows never reach the
accepted feeds, so truth and metrics are compared over the people all of whose rows were accepted.
Faultless linkage, by the generator's record of whose each row is, gives the rest of the truth.
"""

from pathlib import Path

import duckdb
import polars as pl

from tests.reference.base.people import REMOVING_EXITS
from tests.reference.base.sources import PERSON_FEEDS, year_label
from tests.reference.metrics.compute import FACTS, compute

NAME = ["metric_id", "definition_version"]
COHORT = [*NAME, "cohort_year"]
ROW = ["feed", "period", "submitter", "row_number"]


def delivered_rows(home: Path) -> pl.DataFrame:
    """Return whose each delivered row is."""
    return pl.read_parquet(home / "truth" / "record" / "*.parquet")


def accepted_rows(home: Path) -> pl.DataFrame:
    """Return where every accepted row about a person came from, and the key it knows them by."""
    files = [
        (feed, path)
        for feed in PERSON_FEEDS
        for path in sorted((home / "accepted" / feed).glob("period=*.parquet"))
    ]
    return pl.concat(
        pl.read_parquet(
            path,
            hive_partitioning=False,
            columns=["submitter", "row_number", "source_person_key"],
        ).with_columns(feed=pl.lit(feed), period=pl.lit(path.stem.removeprefix("period=")))
        for feed, path in files
    )


def untouched_people(home: Path) -> pl.DataFrame:
    """Return the true persons all of whose delivered rows were accepted."""
    delivered = delivered_rows(home).filter(pl.col("feed").is_in(PERSON_FEEDS))
    lost = delivered.join(accepted_rows(home), on=ROW, how="anti")
    whole = delivered.join(lost, on="person_truth_id", how="anti")
    return whole.select("person_truth_id").unique()


def perfect_crosswalk(home: Path) -> pl.DataFrame:
    """Return the crosswalk that faultless linkage would make of the untouched people's rows."""
    return (
        accepted_rows(home)
        .join(delivered_rows(home), on=ROW)
        .join(untouched_people(home), on="person_truth_id")
        .select(source="feed", source_person_key="source_person_key", person_id="person_truth_id")
        .unique()
        .with_columns(match_method=pl.lit("state_student_id"), is_bridged=pl.lit(False))
    )


def true_counts(home: Path) -> pl.DataFrame:
    """Return the true counts of the whole state for the metrics whose outcomes truth records.

    Columns: `metric_id, definition_version, cohort_year, numerator, denominator`.
    """
    person = pl.read_parquet(home / "truth" / "person.parquet").join(
        untouched_people(home), on="person_truth_id"
    )
    left = pl.col("high_school_exit_date")
    graduates = person.drop_nulls("graduation_year").with_columns(year="graduation_year")
    completers = person.filter("is_completer").with_columns(
        year=year_label(left.dt.year() - (left.dt.month() < 7).cast(pl.Int32))
    )
    stayed = person.filter(
        ~pl.col("exit_code").is_in(REMOVING_EXITS).fill_null(False)
    ).with_columns(year="expected_graduation_year")
    cohort_end = pl.col("expected_graduation_year").str.head(4).cast(pl.Int32) + 1
    in_time, in_five = (
        (pl.col("graduation_date") <= pl.date(cohort_end + n, 8, 31)).fill_null(False)
        for n in (0, 1)
    )
    took_part, deep = pl.col("is_cte_participant"), pl.col("is_cte_concentrator")
    done, done_300 = pl.col("is_pathway_completer"), pl.col("is_pathway_completer_300_hours")
    dual, went = pl.col("is_dual_enrolled"), pl.col("goes_to_college_within_year")
    graduated = pl.col("graduation_date").is_not_null()
    first_plan, plan_2024 = "perkins_v_first_plan", "perkins_v_2024_plan"
    counts = [
        ("four_year_graduation_rate", "acgr", stayed, in_time),
        ("five_year_graduation_rate", "acgr", stayed, in_five),
        ("participant_graduation_rate", "acgr", stayed.filter(took_part), in_time),
        ("concentrator_graduation_rate", plan_2024, stayed.filter(deep), in_time),
        ("concentrator_graduation_rate", first_plan, stayed.filter(done), in_time),
        ("cte_completion_rate", "v1_300_hours", graduates, done_300),
        ("cte_completion_rate", "v2_no_hours", graduates, done),
        ("cte_concentration_rate", plan_2024, graduates.filter(took_part), deep),
        ("cte_concentration_rate", first_plan, graduates.filter(took_part), done),
        ("dual_enrollment_participation_rate", "ever_in_high_school", graduates, dual),
        ("dual_enrollment_matriculation_rate", "12_months", graduates.filter(dual), went),
        ("college_going_rate", "12_months", completers, went),
        ("stage_career_education", "v1", stayed, took_part),
        ("stage_concentration", "v1", stayed.filter(took_part), deep),
        ("stage_graduation", "v1", stayed.filter(deep), graduated),
    ]
    return pl.concat(
        people.group_by(cohort_year="year").agg(
            metric_id=pl.lit(metric_id),
            definition_version=pl.lit(version),
            numerator=success.sum().cast(pl.Int64),
            denominator=pl.len().cast(pl.Int64),
        )
        for metric_id, version, people, success in counts
    ).select("metric_id", "definition_version", "cohort_year", "numerator", "denominator")


def against_faultless(home: Path, database: Path) -> pl.DataFrame:
    """Return the state's measured values next to those of faultless linkage, by metric and cohort.

    Args:
        home: Data home with `accepted/` and `truth/`; `faultless/` is made in it.
        database: Build or release of the home.
    """
    with duckdb.connect(str(database), read_only=True) as warehouse:
        definitions = warehouse.sql(
            f"select {', '.join(FACTS)} from metrics.metric_definition where cohort is not null"
        ).pl()
        measured = warehouse.sql(
            "select * from metrics.metric_value where region_scheme = 'statewide' "
            "and dimension = 'all' and student_group = 'all' and attribution <> 'place_of_work'"
        ).pl()
    faultless = home / "faultless"
    (faultless / "identity").mkdir(parents=True, exist_ok=True)
    if not (faultless / "accepted").exists():
        (faultless / "accepted").symlink_to((home / "accepted").resolve())
    crosswalk = faultless / "identity" / "person_crosswalk.parquet"
    perfect_crosswalk(home).write_parquet(crosswalk)
    true = pl.concat(
        cells.filter((pl.col("dimension") == "all") & (pl.col("attribution") != "place_of_work"))
        for cells in compute(faultless, definitions, only_the_state=True)
    )
    return true.join(measured, on=COHORT, suffix="_measured").join(
        definitions.select(*NAME, "statistic"), on=NAME
    )


def pooled(compared: pl.DataFrame) -> pl.DataFrame:
    """Return each metric over its complete cohorts: `n_true`, what is `true` and `measured`.

    A rate is that of all cohorts together, a count their sum, an amount the mean of the cohorts'
    by people.

    Args:
        compared: From `against_faultless`.
    """
    n, measured_n = pl.col("denominator"), pl.col("denominator_measured")
    is_rate, is_count = pl.col("statistic") == "rate", pl.col("statistic") == "count"

    def over_all(suffix: str, people: pl.Expr) -> pl.Expr:
        rate = pl.col(f"numerator{suffix}").sum() / people.sum()
        amount = (pl.col(f"value{suffix}") * people).sum() / people.sum()
        return (
            pl.when(is_rate.first()).then(rate).when(is_count.first()).then(people.sum())
        ).otherwise(amount)

    return (
        compared.filter("is_complete")
        .group_by(*NAME, "statistic")
        .agg(n_true=n.sum(), true=over_all("", n), measured=over_all("_measured", measured_n))
        .sort(NAME)
    )
