"""The reference's flows, gaps, funding and leadership against cases that were worked by hand."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.reference_metrics import flow, funding
from tests.reference_metrics.gaps import arms, resampled_medians, share_below

LEFT, LATE = date(2018, 6, 1), date(2019, 10, 2)


def journey(**changed: object) -> dict:
    """Return one person of a ninth-grade cohort: a graduate who did nothing else, but for this."""
    return {
        "person_id": "P",
        "year": 2017,
        "institution_id": "S",
        "lens_type": "all",
        "lens_code": "all",
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
    found = flow.states_of(pl.DataFrame(people, infer_schema_length=None)).select(flow.STATES)
    assert found.rows() == [
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
    found = {
        (row["from_state"], row["to_state"]): row["n_people"]
        for row in flow.links(people).iter_rows(named=True)
        if row["from_stage"] in ("high_school_pathway", "high_school_outcome")
    }
    assert found == {
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
            "group_type": kind,
            "group_code": code,
            "numerator": reached,
            "denominator": eligible,
            "value": reached / eligible,
            "value_low": 0.0,
            "value_high": 1.0,
            "is_complete": True,
        }
        for kind, code, reached, eligible in rows
    )
    found = {r["group_code"]: r for r in flow.funnel(cells).iter_rows(named=True)}
    assert found["a"]["stage_number"] == 4
    assert (found["a"]["n_eligible"], found["a"]["n_reached"]) == (200, 80)
    # 80 of 200 against 520 of 1,000 others.
    assert found["a"]["ppg1_points"] == pytest.approx(-0.12)
    assert found["a"]["is_disproportionate_impact"] is True
    assert found["all"]["ppg1_points"] is None
    assert found["c"]["ppg1_points"] is None


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
        cell | {"group_type": kind, "group_code": code, "amount": float(amount)}
        for kind, groups in {
            "gender": {"F": range(30), "M": range(100, 131)},
            "foster": {"yes": range(29), "no": range(32)},
        }.items()
        for code, amounts in groups.items()
        for amount in amounts
    ]
    found = {r["group_code"]: r for r in arms(pl.DataFrame(rows)).iter_rows(named=True)}
    assert set(found) == {"F", "M"}
    women = found["F"]
    assert (women["group_n"], women["others_n"]) == (30, 31)
    # The mean of 14 and 15, and the sixteenth of 31.
    assert (women["median_usd"], women["others_median_usd"]) == (14.5, 115)
    assert women["gap_usd"] == -100.5
    assert women["gap_share"] == pytest.approx(-100.5 / 115)
    assert found["M"]["gap_usd"] == 100.5


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
    found = funding.highest_awards(earned).sort("person_id").drop("year").rows()
    assert found == [
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
    found = funding.averaged(funding.with_points(counted)).sort("year")
    # 2 * (4 + 1.5 * 2 + 1), nothing, 2 * 2.
    assert found["points"].to_list() == [16, 0, 4]
    assert found["average_count"].to_list() == [None, None, 2]
    assert found["average_points"].to_list() == [None, None, pytest.approx(20 / 3)]


def test_aid_that_is_not_known_is_none() -> None:
    succeeded = pl.DataFrame({"person_id": ["P1", "P2"], "year": [2019, 2019]})
    had = pl.DataFrame(
        {"person_id": ["P1"], "year": [2019], "has_pell": [None], "has_promise": [True]},
        schema_overrides={"has_pell": pl.Boolean},
    )
    found = funding.with_aid(succeeded, had).sort("person_id")
    assert found.select("has_pell", "has_promise").rows() == [(False, True), (False, False)]
