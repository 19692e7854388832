"""Follow-up files: what is left out cannot be worked out from all of them and the totals."""

import random

from pipelines.site.follow_up import left_out, parts
from pipelines.site.source import CELL, VALUE, Row

REGIONS = {f"district:{name}": "North" for name in "ABC"} | {"district:D": "South"}


def row(place: str, numerator: int | None, people: int, version: str = "v1") -> Row:
    """Return a value of a district."""
    values = dict.fromkeys(CELL, "all") | {
        "metric_id": "rate", "definition_version": version, "cohort_year": "2019-20",
        "region_scheme": "district", "region_id": f"district:{place}",
        "numerator": numerator, "denominator": people,
    }  # fmt: skip
    return Row(VALUE, CELL, values)


def places(*rows: Row) -> str:
    """Return which districts leave a value out."""
    hidden = left_out(REGIONS, rows)
    return "".join(sorted({r["region_id"][-1] for r in rows if r.address in hidden}))


def test_one_that_is_left_out_takes_the_smallest_other_of_its_region_along() -> None:
    assert places(row("A", 30, 60), row("B", 40, 90), row("C", 50, 100)) == ""
    # Ten of A succeeded: B, of fewer people than C, hides them, and D is of another region.
    assert places(row("A", 10, 60), row("B", 40, 90), row("C", 50, 100), row("D", 40, 90)) == "AB"
    assert places(row("A", 11, 60), row("B", 40, 90), row("C", 50, 100)) == ""
    # Everybody but ten succeeded, and a count of people has no others.
    assert places(row("A", 50, 60), row("B", 40, 90), row("C", 50, 100)) == "AB"
    assert places(row("A", None, 10), row("B", None, 11), row("C", None, 12)) == "AB"


def test_two_that_together_are_few_take_a_third_along() -> None:
    assert places(row("A", 2, 60), row("B", 3, 90), row("C", 50, 100)) == "ABC"
    assert places(row("A", 2, 60), row("B", 9, 90), row("C", 50, 100)) == "AB"


def test_of_two_windows_that_few_people_lie_between_the_shorter_is_left_out() -> None:
    def windows(later: int) -> str:
        north = [row("B", 40, 90), row("C", 50, 100), row("C", 70, 100, "v2")]
        return places(row("A", 20, 60), row("A", later, 60, "v2"), *north)

    assert windows(31) == ""
    assert windows(30) == "AB"


def test_what_the_public_release_decided_is_not_decided_again() -> None:
    public = row("A", 1, 60)
    public["suppressed_reason"] = None
    assert places(public, row("B", 40, 90)) == ""


def test_whoever_has_all_files_and_totals_knows_no_value_that_is_left_out() -> None:
    draw = random.Random(7)
    regions = {f"district:{i}": "North" for i in range(8)}
    seen = 0
    for _ in range(300):
        rows = []
        for i in range(8):
            people = draw.randint(1, 60)
            rows.append(row(str(i), draw.randint(0, people), people))
        hidden = left_out(regions, rows)
        out = [r for r in rows if r.address in hidden]
        if len(out) in (0, len(rows)):
            continue
        seen += 1
        sums = [sum(of) for of in zip(*map(parts, out), strict=True)]
        for one in out:
            # All of what is left out may be of one of them, or none of it.
            for whole, own in zip(sums, parts(one), strict=True):
                assert 0 <= own <= whole
                assert whole >= 11
    assert seen > 100
