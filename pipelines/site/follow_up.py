"""Follow-up files: what became of the people of each institution, and which values are left out.

Lives here: the rule. Does not: the page of a file (`pipelines.site.pages.institutions`).

The institutions of a region add up to its totals, which are published. So of a measure and cohort
either none of them leaves its values out, or at least two do whose people come to 11 or more, and
so do those who succeeded and those who did not. Whoever has all files and the totals can then only
say of a value that is left out that it lies between 0 and 11 or more, since what one of them has
fewer the others may have more. Of two windows of one measure whose successes are fewer than 11
apart the shorter is left out, too: their difference is people who succeeded between the two.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from pipelines.site.findings import LEAST_PEOPLE
from pipelines.site.source import CELL, VALUE, Row

Rows = Sequence[Row]


def parts(row: Row) -> list[int]:
    """Return the counts of a row: its people and, of a rate, who succeeded and who did not."""
    people, numerator = row["denominator"], row["numerator"]
    return [people] if numerator is None else [people, numerator, people - numerator]


def left_out(regions: Mapping[str, str], rows: Rows) -> set[str]:
    """Return the addresses of rows that follow-up files leave out.

    Args:
        regions: The region of each institution, by the institution's `region_id`.
        rows: Values of the institutions. What a public release shows or hides is decided there.
    """
    rows = [row for row in rows if "suppressed_reason" not in row]
    together: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if region := regions.get(row["region_id"]):
            cohort = row["metric_id"], row["definition_version"], row["cohort_year"]
            together.setdefault((region, row["region_scheme"], *cohort), []).append(row)
    small = {row.address for row in rows if min(parts(row)) < LEAST_PEOPLE} | _near(rows)
    return {row.address for of_region in together.values() for row in _left_out(of_region, small)}


def _near(rows: Rows) -> set[str]:
    windows: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row["numerator"] is not None:
            of = row["region_id"], row["metric_id"], row["cohort_year"], str(row["denominator"])
            windows.setdefault(of, []).append(row)
    ordered = [sorted(of, key=lambda row: row["numerator"]) for of in windows.values()]
    return {
        one.address
        for of in ordered
        for one, longer in pairwise(of)
        if longer["numerator"] - one["numerator"] < LEAST_PEOPLE
    }


def _left_out(rows: Rows, small: set[str]) -> Rows:
    """Return the rows of one region that are left out, the smallest first where more must be."""
    hidden = [row for row in rows if row.address in small]
    shown = sorted(
        (row for row in rows if row.address not in small),
        key=lambda row: (row["denominator"], row["region_id"]),
    )
    while hidden and shown and not _is_wide(hidden):
        hidden.append(shown.pop(0))
    return hidden


def _is_wide(hidden: Rows) -> bool:
    sums = [sum(counts) for counts in zip(*map(parts, hidden), strict=True)]
    return len(hidden) > 1 and min(sums) >= LEAST_PEOPLE


def without_numbers(row: Row) -> Row:
    """Return a row that is left out, with its key alone."""
    return Row(VALUE, CELL, dict(row) | dict.fromkeys(("numerator", "denominator", "value")))
