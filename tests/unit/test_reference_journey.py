"""The reference's flows, gaps, funding and leadership against cases that were worked by hand."""

from datetime import date

import polars as pl
import pytest

from tests.reference_metrics import flow

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
