"""What each metric reads, and where accepted feeds fall short of it.

A value is complete where every feed that its metric reads covers its whole window: from so many
years before the cohort's year to so many months after the 30 June that ends it, without a period
that a submitter left out between its first and its last.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache

import polars as pl

from tests.reference.base.sources import Sources

#: Years before the cohort's year, and months after it, that a feed must cover.
Window = tuple[int, int]
OF_COHORT: dict[str, dict[str, Window]] = {
    "student_year": {"k12_enrollment": (0, 0)},
    "ninth_grade_cohort": {"k12_enrollment": (3, 0)},
    "completer": {"k12_enrollment": (0, 0)},
    "graduate": {"k12_enrollment": (0, 0)},
    "graduate_outcome": {"k12_enrollment": (0, 0)},
    "special_admit_cohort": {"k12_enrollment": (3, 0), "dual_enrollment": (3, 0)},
    "dual_enrollment_year": {"dual_enrollment": (0, 0)},
    "college_entrant": {"college_enrollment": (2, 0)},
    "college_year": {"college_enrollment": (0, 0)},
    "exiter": {"college_enrollment": (0, 12)},
    "award_earner": {"credential": (0, 0)},
    "journey": {"k12_enrollment": (3, 0), "k12_pathway": (3, 0)},
}
PATHWAYS: dict[str, Window] = {"k12_pathway": (3, 0)}
OF_METRIC: dict[str, dict[str, Window]] = {
    "cte_to_community_college_rate": PATHWAYS,
    "first_year_cte_units_rate": PATHWAYS,
    "pathway_completion_rate": PATHWAYS,
    "secondary_placement_rate": PATHWAYS,
    "dual_enrollment_matriculation_rate": {"dual_enrollment": (3, 0)},
    "stage_credential": {"college_enrollment": (0, 24)},
    "stage_living_wage": {"college_enrollment": (0, 24), "credential": (0, 72)},
}


def windows(definition: Mapping, cohort: str) -> dict[str, Window]:
    """Return how far around the cohort's year each feed must reach that a metric reads."""
    before = definition["lookback_years"] or 0
    wanted = [(definition["outcome_feed"], (before, definition["follow_up_months"] or 0))]
    if definition["confirming_feed"]:
        wanted.append((definition["confirming_feed"], (before, definition["confirming_months"])))
    wanted += OF_COHORT[cohort].items()
    wanted += OF_METRIC.get(definition["metric_id"], {}).items()
    # Who concentrated in a pathway or completed one is read from four years of courses.
    if cohort == "graduate_outcome" and not definition["definition_version"].endswith("graduates"):
        wanted += PATHWAYS.items()
    reads: dict[str, Window] = {}
    for feed, window in wanted:
        years, months = reads.get(feed, window)
        reads[feed] = max(years, window[0]), max(months, window[1])
    return reads


def follow_up_end(year: int, months: int) -> date:
    """Return the day so many months after the 30 June that ends an academic year."""
    return pl.select(pl.lit(date(year + 1, 6, 30)).dt.offset_by(f"{months}mo")).item()


def is_covered(definition: Mapping, cohort: str, year: int, src: Sources) -> bool:
    """Return whether the state has every feed of a metric from the start to the end."""
    return covers(windows(definition, cohort), year, src)


def interrupted(definition: Mapping, cohort: str, year: int, src: Sources) -> set[str]:
    """Return the regions with a place whose submitter left out a period in a metric's window."""
    return with_gaps(windows(definition, cohort), year, src, of_exits=cohort == "exiter")


def incomplete_regions(
    reads: Mapping[str, Window], year: int, src: Sources, of_exits: bool = False
) -> set[str]:
    """Return the regions where feeds fall short of their windows around a year."""
    if covers(reads, year, src):
        return with_gaps(reads, year, src, of_exits)
    return set(src.place_regions["region_id"])


def complete_rows(
    rows: pl.DataFrame,
    kind: str,
    reads: Mapping[str, Mapping[str, Window]],
    src: Sources,
    exits: str | None = None,
) -> pl.Series:
    """Return for each row of a kind, year and region whether the feeds of its kind are complete.

    Args:
        rows: With `kind`, `year` and `region_id`.
        kind: Column with what the row is of.
        reads: Windows of each kind.
        src: The sources.
        exits: Kind that is made of exits.
    """
    lacking = {
        (of, year): incomplete_regions(reads[of], year, src, of == exits)
        for of, year in rows.select(kind, "year").unique().iter_rows()
    }
    return pl.Series(
        [
            region not in lacking[of, year]
            for of, year, region in rows.select(kind, "year", "region_id").iter_rows()
        ],
        dtype=pl.Boolean,
    )


def covers(reads: Mapping[str, Window], year: int, src: Sources) -> bool:
    """Return whether the state has every feed from the start of its window to the end."""
    for feed, (before, months) in reads.items():
        covered = src.period_ends.get(feed)
        if covered is None or covered[0] > date(year - before, 7, 1):
            return False
        if follow_up_end(year, months) > covered[1]:
            return False
    return True


def with_gaps(
    reads: Mapping[str, Window], year: int, src: Sources, of_exits: bool = False
) -> set[str]:
    """Return the regions with a place whose submitter left out a period in a window.

    Of exits also the year after the last that a submitter delivered: who left it is not known to
    have left.
    """
    return set().union(
        *(
            _left_out(feed, window, year, of_exits and feed == "college_enrollment", src)
            for feed, window in reads.items()
        )
    )


@cache
def _left_out(feed: str, window: Window, year: int, is_exit: bool, src: Sources) -> set[str]:
    """Return the regions with a place whose submitter left out a period of one feed."""
    before, months = window
    follows = pl.col("first_day") == date(year + 1, 7, 1)
    gaps = src.gaps.filter(
        (pl.col("feed") == feed)
        & (pl.col("first_day") <= follow_up_end(year, months))
        & (pl.col("last_day") >= date(year - before, 7, 1))
        & (~pl.col("is_after_last") | (follows if is_exit else pl.lit(False)))
    )
    if gaps["place_id"].null_count():
        return set(src.place_regions["region_id"])
    return set(gaps.join(src.place_regions, on="place_id")["region_id"])
