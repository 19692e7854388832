"""The reference's flows, gaps, funding and leadership against cases that were worked by hand."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.reference.metrics import flow, funding, leadership
from tests.reference.metrics.gaps import arms, resampled_medians, share_below

LEFT, LATE = date(2018, 6, 1), date(2019, 10, 2)


def journey(**changed: object) -> dict:
    """Return one person of a ninth-grade cohort: a graduate who did nothing else, but for this."""
    return {
        "person_id": "P",
        "year": 2017,
        "institution_id": "S",
        "dimension": "all",
        "dimension_value": "all",
        "completed_v2": None,
        "is_concentrator": None,
        "is_participant": None,
        "graduation_date": LEFT,
        "other_completion_date": None,
        "done_date": LEFT,
        "first_term": None,
        "first_college_type": None,
        "credential": None,
        "is_matchable": False,
        "autumn": None,
        "living_wage_usd": 40000.0,
    } | changed


def test_everybody_has_one_state_of_every_stage() -> None:
    far = {"completed_v2": True, "is_concentrator": True, "is_participant": True}
    in_time = {"first_term": date(2019, 10, 1), "first_college_type": "UNIVERSITY"}
    people = [
        journey(),
        journey(**far, **in_time, credential="bachelor", is_matchable=True, autumn=10000.0),
        # A day more than 16 months; a cent less than the living wage.
        journey(
            is_concentrator=True,
            is_participant=True,
            first_term=LATE,
            first_college_type="UNIVERSITY",
            is_matchable=True,
            autumn=9999.99,
        ),
        journey(
            graduation_date=None,
            other_completion_date=LEFT,
            first_term=LEFT,
            first_college_type="COMMUNITY_COLLEGE",
            is_matchable=True,
        ),
        journey(graduation_date=None, done_date=None, is_participant=True, autumn=1.0),
    ]
    actual = flow.states_of(pl.DataFrame(people, infer_schema_length=None)).select(flow.STATES)
    assert actual.rows() == [
        ("none", "graduated", "none", "none", "not_matchable"),
        ("completer", "graduated", "university", "bachelor", "living_wage"),
        ("concentrator", "graduated", "none", "none", "below_living_wage"),
        ("none", "completed_otherwise", "community_college", "none", "not_found"),
        ("participant", "left", "none", "none", "not_matchable"),
    ]


def test_links_keep_everybody_of_a_cell() -> None:
    cell = {k: "x" for k in flow.TRANSITION_KEYS if k not in flow.LINK}
    paths = [
        ("none", "graduated", "none", "none", "not_found"),
        ("none", "graduated", "university", "none", "not_found"),
        ("none", "left", "none", "none", "not_found"),
    ]
    people = pl.DataFrame([cell | dict(zip(flow.STATES, p, strict=True)) for p in paths])
    actual = {
        (row["from_state"], row["to_state"]): row["n_people"]
        for row in flow.links(people).iter_rows(named=True)
        if row["from_stage"] in ("high_school_pathway", "high_school_outcome")
    }
    assert actual == {
        ("none", "graduated"): 2,
        ("none", "left"): 1,
        ("graduated", "none"): 1,
        ("graduated", "university"): 1,
        ("left", "none"): 1,
    }
    assert flow.links(people)["n_people"].sum() == 3 * 4


def test_a_stage_has_a_gap_where_more_than_ten_are_eligible() -> None:
    keys = dict.fromkeys(flow.KEYS, "x") | {"metric_id": "stage_college"}
    rows = [
        ("all", "all", 600, 1200),
        ("kind", "a", 80, 200),
        ("kind", "b", 520, 1000),
        ("other", "c", 0, 10),
    ]
    cells = pl.DataFrame(
        keys
        | {
            "student_group": kind,
            "student_group_value": code,
            "numerator": reached,
            **dict.fromkeys(("n_cohort", "n_matchable")),
            "matchable_share": None,
            "denominator": eligible,
            "value": reached / eligible,
            "value_low": 0.0,
            "value_high": 1.0,
            "is_complete": True,
        }
        for kind, code, reached, eligible in rows
    )
    actual = {r["student_group_value"]: r for r in flow.funnel(cells).iter_rows(named=True)}
    assert actual["a"]["stage_number"] == 4
    assert (actual["a"]["n_eligible"], actual["a"]["n_reached"]) == (200, 80)
    # 80 of 200 against 520 of 1,000 others.
    assert actual["a"]["ppg1_points"] == pytest.approx(-0.12)
    assert actual["a"]["is_disproportionate_impact"] is True
    assert actual["all"]["ppg1_points"] is None
    assert actual["c"]["ppg1_points"] is None


def test_everything_that_a_resample_can_have_as_its_median() -> None:
    # Of three, the middle is the lowest when two or three of the draws are: 3 * 2 / 27 + 1 / 27.
    values, weights = resampled_medians(np.array([1.0, 2.0, 9.0]))
    assert values.tolist() == [1, 2, 9]
    assert weights == pytest.approx([7 / 27, 13 / 27, 7 / 27])
    # Of two, the median is their mean unless both draws are the same.
    values, weights = resampled_medians(np.array([1.0, 2.0]))
    assert dict(zip(values, weights, strict=True)) == pytest.approx(
        {1: 1 / 4, 1.5: 1 / 2, 2: 1 / 4}
    )


def test_share_of_resampled_gaps_below_a_gap() -> None:
    own, others = np.array([1.0, 2.0, 9.0]), np.array([0.0, 1.0, 5.0])
    # Below 0 are 1 - 5 and 2 - 5; at 0 is 1 - 1.
    below = 7 / 27 * 7 / 27 + 13 / 27 * 7 / 27
    assert share_below(own, others, 0) == pytest.approx((below, below + 7 / 27 * 13 / 27))
    assert share_below(own, others, 10) == pytest.approx((1, 1))


def test_arms_of_thirty_are_compared_and_of_fewer_not() -> None:
    cell = {"cohort_year": "2017-18", "region_scheme": "statewide", "region_id": "S"}
    rows = [
        cell | {"student_group": kind, "student_group_value": code, "amount": float(amount)}
        for kind, groups in {
            "gender": {"F": range(30), "M": range(100, 131)},
            "foster": {"yes": range(29), "no": range(32)},
        }.items()
        for code, amounts in groups.items()
        for amount in amounts
    ]
    actual = {r["student_group_value"]: r for r in arms(pl.DataFrame(rows)).iter_rows(named=True)}
    assert set(actual) == {"F", "M"}
    women = actual["F"]
    assert (women["group_n"], women["others_n"]) == (30, 31)
    # The mean of 14 and 15, and the sixteenth of 31.
    assert (women["median_usd"], women["others_median_usd"]) == (14.5, 115)
    assert women["gap_usd"] == -100.5
    assert women["gap_share"] == pytest.approx(-100.5 / 115)
    assert actual["M"]["gap_usd"] == 100.5


def test_highest_award_of_a_year_counts_alone() -> None:
    college, issuer = funding.COMMUNITY_COLLEGE, "CERTIFYING_BODY"
    rows = [
        # The degree before the later certificate; of two degrees the later, then the lower college.
        ("P1", "A", college, "C1", date(2020, 1, 1), "a"),
        ("P1", "M", college, "C2", date(2020, 6, 1), "b"),
        ("P2", "S", college, "C2", date(2020, 6, 1), "c"),
        ("P2", "A", college, "C1", date(2020, 6, 1), "d"),
        ("P2", "A", college, "C0", date(2020, 1, 1), "e"),
        # Neither is counted: a short certificate, an award of no college.
        ("P3", "N", college, "C1", date(2020, 6, 1), "f"),
        ("P4", "A", issuer, "C1", date(2020, 6, 1), "g"),
        ("P5", "Y", college, "C1", date(2020, 6, 1), "h"),
    ]
    columns = ["person_id", "award_type", "institution_type", "institution_id", "day", "award_id"]
    earned = pl.DataFrame(rows, schema=columns, orient="row").with_columns(year=2019)
    actual = funding.highest_awards(earned).sort("person_id").drop("year").rows()
    assert actual == [
        ("P1", "C1", "associate_degree"),
        ("P2", "C1", "associate_degree"),
        ("P5", "C1", "bachelor_degree"),
    ]


def test_transfer_takes_twelve_units_of_the_home_district_in_the_year() -> None:
    college, university = funding.COMMUNITY_COLLEGE, funding.UNIVERSITY
    rows = [
        # Two colleges of one district; most units were tried at C2.
        ("P1", 2019, college, "C1", "D", 5.0, 5.0),
        ("P1", 2019, college, "C2", "D", 9.0, 7.0),
        # Twelve in two districts.
        ("P2", 2019, college, "C1", "D", 9.0, 9.0),
        ("P2", 2019, college, "C9", "E", 3.0, 3.0),
        # The year after next.
        ("P3", 2018, college, "C1", "D", 12.0, 12.0),
        *((p, 2020, university, "U", "U", 12.0, 12.0) for p in ("P1", "P2", "P3")),
    ]
    columns = ["person_id", "year", "institution_type", "institution_id", "district_id"]
    units = ["units_attempted", "units_earned"]
    terms = pl.DataFrame(rows, schema=[*columns, *units], orient="row")
    assert funding.transfers(terms).rows() == [("P1", 2019, "C2", "transfer")]


def test_points_have_premiums_and_their_average_three_years() -> None:
    worth = {"region_id": "R", "measure_code": "m", "worth": 2.0, "pell": 1.5, "promise": 1.0}
    years = [(2018, 4, 2, 1), (2019, 0, 0, 0), (2020, 2, 0, 0)]
    counted = pl.DataFrame(
        worth | {"year": y, "success_count": n, "pell_count": pell, "promise_count": promise}
        for y, n, pell, promise in years
    )
    actual = funding.averaged(funding.with_points(counted)).sort("year")
    # 2 * (4 + 1.5 * 2 + 1), nothing, 2 * 2.
    assert actual["points"].to_list() == [16, 0, 4]
    assert actual["average_count"].to_list() == [None, None, 2]
    assert actual["average_points"].to_list() == [None, None, pytest.approx(20 / 3)]


def test_aid_that_is_not_known_is_none() -> None:
    succeeded = pl.DataFrame({"person_id": ["P1", "P2"], "year": [2019, 2019]})
    had = pl.DataFrame(
        {"person_id": ["P1"], "year": [2019], "has_pell": [None], "has_promise": [True]},
        schema_overrides={"has_pell": pl.Boolean},
    )
    actual = funding.with_aid(succeeded, had).sort("person_id")
    assert actual.select("has_pell", "has_promise").rows() == [(False, True), (False, False)]


def cohort(year: str, n: int, value: float = 0.5, **changed: object) -> dict:
    """Return a region's cohort of n people with an interval of ten points, but for this."""
    return {
        "region_scheme": "macroregion",
        "region_id": "A",
        "cohort_year": year,
        "numerator": round(n * value),
        "denominator": n,
        "denominator_exact_match": n,
        "value": value,
        "value_low": value - 0.05,
        "value_high": value + 0.05,
        "n_cohort": None,
        "n_matchable": None,
        "is_complete": True,
    } | changed


def test_small_and_incomplete_cohorts_are_not_the_last() -> None:
    state = [
        cohort("2019-20", 49),
        cohort("2018-19", 50),
        cohort("2017-18", 100),
        cohort("2020-21", 900, is_complete=False),
    ]
    assert leadership.comparable_years(state) == ["2017-18", "2018-19"]


def test_trend_is_against_three_years_before_or_the_earliest_since() -> None:
    years = ["2014-15", "2015-16", "2016-17", "2017-18", "2018-19"]
    actual = {("A", y): cohort(y, 100) for y in years}
    assert leadership.earlier(actual, "A", years)["cohort_year"] == "2015-16"
    assert leadership.earlier(actual, "A", ["2017-18", "2018-19"])["cohort_year"] == "2017-18"
    assert leadership.earlier(actual, "A", ["2014-15", "2018-19"]) is None
    assert leadership.earlier(actual, "B", years) is None


def test_trend_needs_intervals_that_do_not_meet() -> None:
    half = cohort("2015-16", 100)
    assert leadership.trend(cohort("2018-19", 100, 0.61), half) == "up"
    assert leadership.trend(cohort("2018-19", 100, 0.39), half) == "down"
    assert leadership.trend(cohort("2018-19", 100, 0.59), half) == "no clear change"
    assert leadership.trend(cohort("2018-19", 100), None) == "no earlier cohort"
    assert leadership.trend(None, half) == "no earlier cohort"


def test_alike_is_the_nearest_share_of_the_scheme() -> None:
    near, far = ("macroregion", "C"), ("macroregion", "B")
    shares = {("macroregion", "A"): 0.5, near: 0.625, far: 0.25, ("microregion", "D"): 0.5}
    assert leadership.alike(shares, "macroregion", "A") == "C"
    # At equal distance, the first.
    assert leadership.alike(shares | {far: 0.375}, "macroregion", "A") == "B"
    assert leadership.alike(shares, "microregion", "D") is None
    assert leadership.alike(shares, "macroregion", "E") is None


def test_doubts_and_their_grade() -> None:
    few, none_known = "fewer than 30 people", "over 10 % cannot be looked up"
    wide, by_name = "interval wider than 20 points", "most people hang on a link by name"
    assert leadership.doubts(cohort("2018-19", 30), "rate") == []
    actual = cohort("2018-19", 30, n_cohort=100, n_matchable=90, denominator_exact_match=15)
    assert leadership.doubts(actual, "rate") == []
    worst = cohort("2018-19", 29, n_cohort=100, n_matchable=89, denominator_exact_match=14)
    worst |= {"value_low": 0.25}
    assert leadership.doubts(worst, "rate") == [few, none_known, wide, by_name]
    dollars = cohort("2018-19", 30, 100.0, value_low=79.0, value_high=120.0)
    assert leadership.doubts(dollars, "usd") == ["interval wider than 40 % of the value"]
    without = dollars | {"value_low": None, "value_high": None}
    assert leadership.doubts(without, "usd") == ["too few people for an interval"]
    assert leadership.trend(without, dollars) == leadership.trend(dollars, without)
    assert leadership.trend(without, dollars) == "no clear change"
    grades = [leadership.grade([few] * n)["quality_grade"] for n in range(5)]
    assert grades == ["A", "B", "C", "D", "D"]
    assert leadership.grade([few, wide])["quality_reasons"] == f"{few}; {wide}"
    assert leadership.grade([])["quality_reasons"] is None
    assert leadership.grade(None) == {
        "quality_grade": "D",
        "quality_reasons": "nobody in the cohort",
    }


def test_group_furthest_behind_is_a_group_that_is_behind_by_more_than_chance() -> None:
    place = {
        "metric_id": "m",
        "definition_version": "v",
        "cohort_year": "2018-19",
        "region_id": "A",
        "dimension": "all",
        "equity_method": "ppg1_2022",
    }
    rows = [
        ("gender", "M", -0.1, 0.01),
        ("race_ethnicity", "RB", -0.2, 0.05),
        ("race_ethnicity", "RI", -0.4, 0.051),
        ("homeless", "no", -0.6, 0.01),
        ("foster", "yes", -0.6, None),
    ]
    columns = ["student_group", "student_group_value", "value", "q_value"]
    equity = pl.DataFrame(place | dict(zip(columns, row, strict=True)) for row in rows)
    actual = leadership.widest_gaps(equity)
    assert actual == {("m", "v", "2018-19", "A"): ("race_ethnicity", "RB", -0.2)}
    ahead = equity.head(1).with_columns(value=0.1)
    assert leadership.widest_gaps(ahead) == {}


def test_latest_record_is_of_the_latest_day() -> None:
    rows = [
        ("P1", 2021, date(2021, 8, 20), "Z", 2, "C1"),
        ("P1", 2021, date(2022, 1, 20), "A", 2, "C2"),
        ("P2", 2020, date(2021, 1, 20), "Z", 3, "C1"),
        ("P2", 2021, date(2021, 8, 20), "A", 3, "C2"),
    ]
    columns = ["person_id", "year", "term_start", "submitter", "row_number", "institution_id"]
    actual = leadership.latest_places(pl.DataFrame(rows, schema=columns, orient="row"))
    assert sorted(actual.rows()) == [("P1", "C2"), ("P2", "C2")]


def test_state_tells_highest_and_lowest_of_large_enough_macroregions() -> None:
    name = {"metric_id": "m", "definition_version": "v", "state_value": 0.5}
    name |= {"comparison_region_id": None, "comparison_value": None}
    rows = [
        ("statewide", "S", 100, 0.5, "up"),
        ("macroregion", "C", 11, 0.75, "up"),
        ("macroregion", "B", 30, 0.75, "up"),
        ("macroregion", "A", 30, 0.25, "down"),
        ("macroregion", "E", 10, 1.0, "down"),
        ("macroregion", "G", 0, None, "no earlier cohort"),
        ("microregion", "F", 30, 1.0, "up"),
        ("macroregion", "H", 30, 1.0, "withheld"),
    ]
    columns = ["region_scheme", "region_id", "denominator", "value", "trend"]
    regions = pl.DataFrame(name | dict(zip(columns, row, strict=True)) for row in rows)
    # The people of H are not known as those of the state are.
    is_unlike = pl.col("region_id") == "H"
    regions = regions.with_columns(state_value=pl.when(~is_unlike).then("state_value"))
    [row] = leadership.leadership_state(regions).to_dicts()
    assert (row["value"], row["regions"], row["regions_up"], row["regions_down"]) == (0.5, 4, 2, 1)
    assert (row["highest_region_id"], row["highest_value"]) == ("B", 0.75)
    assert (row["lowest_region_id"], row["lowest_value"]) == ("A", 0.25)


@pytest.mark.parametrize(
    ("basis", "one", "other", "words"),
    [
        ("graduation_year", 0.9, 0.85, None),
        ("graduation_year", 0.9, 0.84, "differ by more"),
        ("graduation_year", 0.9, 0.79, "below 0.8"),
        ("graduation_year", 0.8, 0.8, None),
        ("graduation_year", None, None, None),
        ("exit_year", 0.9, 0.5, None),
    ],
)
def test_wages_that_are_not_known_alike_are_not_compared(basis, one, other, words) -> None:
    cells = [{"cohort_basis": basis, "matchable_share": share} for share in (one, other)]
    why = leadership.unlike(*cells)
    assert (why is None) == (words is None)
    assert words is None or words in why
    assert leadership.unlike(None, cells[0]) is None
