"""What really happened in a synthetic state, counted as the metrics would count it.

Reads the generator's `truth/` and the accepted rows' provenance. Corrupted rows never reach the
accepted feeds, so truth and metrics are compared over the people all of whose rows were accepted.
The metrics themselves are not computed here.
"""

from pathlib import Path

import polars as pl

from .people import REMOVING_EXITS
from .sources import PERSON_FEEDS, year_label

ROW = ["feed", "period", "submitter", "row_number"]


def delivered_rows(home: Path) -> pl.DataFrame:
    """Return whose each delivered row is."""
    return pl.read_parquet(home / "truth" / "record" / "*.parquet")


def accepted_rows(home: Path) -> pl.DataFrame:
    """Return where every accepted row about a person came from, and the key it knows them by."""
    files = [
        (feed, path)
        for feed in PERSON_FEEDS
        for path in sorted((home / "accepted" / feed).glob("period=*/*.parquet"))
    ]
    return pl.concat(
        pl.read_parquet(
            path,
            hive_partitioning=False,
            columns=["submitter", "row_number", "source_person_key"],
        ).with_columns(feed=pl.lit(feed), period=pl.lit(path.parent.name.removeprefix("period=")))
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
        .with_columns(match_method=pl.lit("state_student_id"))
    )


def true_counts(home: Path) -> pl.DataFrame:
    """Return the true counts of the whole state for the metrics whose outcomes truth records.

    Columns: `metric_id, definition_version, cohort_year, numerator, denominator`.
    """
    person = pl.read_parquet(home / "truth" / "person.parquet").join(
        untouched_people(home), on="person_truth_id"
    )
    graduates = person.drop_nulls("graduation_year")
    left = pl.col("high_school_exit_date")
    completers = person.filter("is_completer").with_columns(
        completion_year=year_label(left.dt.year() - (left.dt.month() < 7).cast(pl.Int32))
    )
    stayed = person.filter(~pl.col("exit_code").is_in(REMOVING_EXITS).fill_null(False))
    cohort_end = pl.col("expected_graduation_year").str.head(4).cast(pl.Int32) + 1
    in_time = (pl.col("graduation_date") <= pl.date(cohort_end, 8, 31)).fill_null(False)

    def count(
        metric_id: str, version: str, people: pl.DataFrame, year: str, outcome: pl.Expr | str
    ) -> pl.DataFrame:
        success = pl.col(outcome) if isinstance(outcome, str) else outcome
        return people.group_by(cohort_year=year).agg(
            metric_id=pl.lit(metric_id),
            definition_version=pl.lit(version),
            numerator=success.sum().cast(pl.Int64),
            denominator=pl.len().cast(pl.Int64),
        )

    graduated = "graduation_year"
    return pl.concat(
        [
            count("four_year_graduation_rate", "acgr", stayed, "expected_graduation_year", in_time),
            count(
                "cte_completion_rate",
                "v1_300_hours",
                graduates,
                graduated,
                "is_pathway_completer_300_hours",
            ),
            count(
                "cte_completion_rate",
                "v2_no_hours",
                graduates,
                graduated,
                "is_pathway_completer",
            ),
            count(
                "dual_enrollment_participation_rate",
                "ever_in_high_school",
                graduates,
                graduated,
                "is_dual_enrolled",
            ),
            count(
                "college_going_rate",
                "12_months",
                completers,
                "completion_year",
                "goes_to_college_within_year",
            ),
        ]
    ).select("metric_id", "definition_version", "cohort_year", "numerator", "denominator")
