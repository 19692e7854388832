"""Findings: a sentence is written where the interval carries it, and only there."""

from typing import Any

import pytest
from markupsafe import Markup

from pipelines.site import findings
from pipelines.site.pages import quality
from pipelines.site.source import CELL, VALUE, Row
from pipelines.site.words import LANGUAGES, Words, catalog

NAME = "college_going_rate.12_months"
ENGLISH = Words("en")


def value(rate: float, low: float, high: float, **other: Any) -> Row:
    """Return a rate with its interval, of 400 people unless something else is said."""
    cell = dict.fromkeys(CELL, "all") | {"cohort_year": "2019-20", "region_name": "North"}
    n = other.get("denominator", 400)
    numbers = {"value": rate, "value_low": low, "value_high": high, "unit": "rate"}
    counts = {"denominator": n, "numerator": round(rate * n)}
    flags = {"is_complete": True, "is_whole": True}
    return Row(VALUE, CELL, cell | numbers | counts | flags | other)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [
        (0.51, 0.58, "more_than_half"),
        (0.49, 0.58, "about_half"),
        (0.76, 0.84, "more_than_three_in_four"),
        (0.74, 0.84, "more_than_two_in_three"),
        (0.158, 0.218, "fewer_than_one_in_four"),
        (0.02, 0.099, "fewer_than_one_in_ten"),
        (0.1, 0.9, "some"),
    ],
)
def test_a_share_says_the_strongest_words_that_its_whole_interval_carries(
    low: float, high: float, says: str
) -> None:
    assert findings.share(value((low + high) / 2, low, high)) == says


def test_a_change_is_written_only_where_the_intervals_do_not_meet() -> None:
    before = value(0.40, 0.35, 0.45, cohort_year="2016-17")
    assert findings.change(ENGLISH, NAME, [before, value(0.50, 0.45, 0.55)]) is None
    rose = findings.change(ENGLISH, NAME, [before, value(0.50, 0.46, 0.55)])
    assert rose is not None and "rose from" in rose.text and ">40%<" in rose.text
    fell = findings.change(ENGLISH, NAME, [before, value(0.30, 0.25, 0.34)])
    assert fell is not None and "fell from" in fell.text


def test_a_trend_is_against_the_cohort_three_years_before() -> None:
    series = [value(0.5, 0.4, 0.6, cohort_year=f"20{y}-{y + 1}") for y in range(12, 20)]
    assert findings.earlier(series) is series[-4]
    assert findings.earlier(series[:1]) is None


def test_cohorts_that_are_not_complete_or_come_after_the_last_whole_one_are_not_drawn() -> None:
    series = [
        value(0.5, 0.4, 0.6, cohort_year="2017-18"),
        value(0.5, 0.4, 0.6, cohort_year="2018-19", is_complete=False, is_whole=False),
        value(0.5, 0.4, 0.6, cohort_year="2019-20"),
        value(0.9, 0.5, 1.0, cohort_year="2020-21", is_whole=False),
    ]
    assert [row["cohort_year"] for row in findings.comparable(series)] == ["2017-18", "2019-20"]


def test_few_people_are_compared_with_nobody() -> None:
    state, few = value(0.5, 0.45, 0.55), value(0.9, 0.8, 1.0, denominator=10)
    assert findings.beside(few, state) == "none"
    assert findings.beside(few | {"denominator": 11}, state) == "above"  # type: ignore[arg-type]
    assert findings.beside(value(0.5, 0.4, 0.6), state) == "same"


def test_places_are_apart_only_beyond_chance_among_all_pairs_and_measures() -> None:
    two = [
        value(0.04, 0.01, 0.14, denominator=47, region_name="San Diego"),
        value(0.30, 0.21, 0.42, denominator=71, region_name="Central Valley"),
    ]
    alone = findings.places(ENGLISH, NAME, two)
    assert alone is not None and "San Diego and Central Valley are clearly apart" in alone.text
    others = [value(0.18, 0.10, 0.30, denominator=60, region_name=str(i)) for i in range(6)]
    assert findings.places(ENGLISH, NAME, [*two, *others], measures=12) is None


def test_a_gap_is_written_only_where_the_release_names_a_group() -> None:
    row = value(0.6, 0.5, 0.7, gap_points=None)
    assert findings.gap(ENGLISH, NAME, row, "English learners") is None
    row["gap_points"] = -0.22
    gap = findings.gap(ENGLISH, NAME, row, "English learners")
    assert gap is not None and ">22</data> points less often" in gap.text


def test_every_language_has_the_sentences_of_the_story_and_the_briefs() -> None:
    english = catalog("en")
    shared = ("story", "region", "section", "finding", "share", "measure", "unit_type", "group")
    for language in LANGUAGES:
        other = catalog(language)
        assert {key for key in english if key.split(".")[0] in shared} <= set(other), language
        assert set(other) <= set(english), language
        for key, text in other.items():
            assert names(text) <= names(english[key]), f"{language}: {key}"


def names(text: str) -> set[str]:
    """Return what a sentence has filled in."""
    return {part.split("}")[0] for part in text.split("{")[1:]}


def test_text_of_a_release_is_escaped() -> None:
    text = ENGLISH("region.no_gap", place="<script>alert(1)</script>")
    assert "<script>" not in text


def test_the_strongest_carried_findings_are_told_first_each_about_another_measure() -> None:
    def finding(kind: str, size: float, measure: str) -> findings.Finding:
        return findings.Finding(Markup(f"{kind} {size} {measure}"), kind, size, measure)

    levels = [finding("level", 0.4, "c"), finding("level", 0.9, "a"), finding("level", 0.8, "b")]
    gaps = [finding("gap", 0.1, "b"), finding("gap", 0.3, "a")]
    unclear = findings.Finding(Markup("None changed"), "unclear")

    def told(*of: findings.Finding) -> list[tuple[str, str]]:
        return [(one.kind, one.measure) for one in findings.strongest(of)]

    change = finding("change", 0.05, "d")
    assert told(*levels, *gaps, change, unclear) == [("change", "d"), ("gap", "a"), ("level", "b")]
    assert told(*levels, unclear) == [("level", "a"), ("level", "b"), ("level", "c")]
    assert told(levels[0], unclear) == [("level", "c"), ("unclear", "")]


def test_a_level_is_as_strong_as_its_words() -> None:
    sizes = [findings.level(ENGLISH, NAME, value((a + b) / 2, a, b)).size for a, b in (
        (0.91, 0.95), (0.01, 0.09), (0.51, 0.58), (0.4, 0.6))]  # fmt: skip
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] == 0


def test_a_feed_that_no_catalog_names_is_called_by_its_code() -> None:
    row = Row("quality.linkage", (), {"from_feed": "wage", "to_feed": "apprenticeship_program"})
    assert quality._link(ENGLISH, row) == "wages, in apprenticeship program"
