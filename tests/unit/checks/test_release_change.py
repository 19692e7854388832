"""What a release changes against the one before it, by hand."""

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest
import yaml

from pipelines.checks.release_change import (
    DELIVERIES,
    PERSONS,
    Change,
    as_table,
    changed_persons,
    changed_rows,
    changed_values,
    in_lines,
    late_deliveries,
    release_changes,
    turned_away,
    warnings,
)
from pipelines.checks.values import SCHEMA
from pipelines.settings import DBT_PROJECT
from tests.unit.checks import cases


def deliveries(*rows: tuple) -> pl.DataFrame:
    """Return deliveries of wages: ``period, submitter, sha, accepted rows, status, current``."""
    records = [
        ("wage", p, s, sha, f"{s}.csv", status, current, rows, "file:header" if not rows else "")
        for p, s, sha, rows, status, current in rows
    ]
    return pl.DataFrame(records, DELIVERIES, orient="row")


def whole(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    return deliveries(*((*row, "accepted", True) for row in rows))


def values(*rows: tuple, unit: str = "rate") -> pl.DataFrame:
    """Return values of one metric: ``region, cohort, people, value``, of some what is missing."""
    records = [
        ("going", "v1", region, region.split("-")[0], "school", cohort, unit, people, value)
        + (tuple(missing) or (None, None))
        for region, cohort, people, value, *missing in rows
    ]
    of_students = ("student_group", "student_group_value", "is_complete")
    columns = {name: of for name, of in SCHEMA.items() if name not in of_students}
    return pl.DataFrame(records, columns, orient="row")


def test_rows_are_compared_delivery_by_delivery() -> None:
    before = whole(("2020Q1", "a", "1", 10), ("2020Q1", "b", "2", 9), ("2020Q1", "c", "3", 5))
    after = whole(("2020Q1", "a", "4", 7), ("2020Q1", "b", "5", 9), ("2020Q2", "a", "6", 4))
    changes = list(changed_rows(after, before))
    assert [(c.kind, c.period, c.submitter, c.value_before, c.value_after) for c in changes] == [
        ("rows_lost", "2020Q1", "c", 5, None),
        ("rows_gained", "2020Q2", "a", None, 4),
        ("rows_lost", "2020Q1", "a", 10, 7),
        ("delivery_replaced", "2020Q1", "b", 9, 9),
    ]
    assert changes[2].sentence == "a, wage 2020Q1: accepted rows 10 before, 7 now."
    assert changes[0].sentence == "c, wage 2020Q1: accepted rows 5 before, none now."
    assert [c.is_warning for c in changes] == [True, False, True, False]


def test_a_gain_of_one_period_does_not_hide_the_loss_of_another() -> None:
    before = whole(("2020Q1", "a", "1", 10), ("2020Q2", "a", "2", 10))
    after = whole(("2020Q1", "a", "3", 0), ("2020Q2", "a", "4", 20))
    assert {c.kind for c in changed_rows(after, before)} == {"rows_lost", "rows_gained"}


def test_the_same_deliveries_are_no_change_and_superseded_ones_do_not_count() -> None:
    before = whole(("2020Q1", "a", "1", 10))
    after = pl.concat([before, deliveries(("2020Q1", "a", "0", 3, "accepted", False))])
    assert not list(changed_rows(after, before))


def test_a_file_that_is_turned_away_is_reported_once_with_its_rules() -> None:
    rejected = deliveries(("2020Q1", "a", "1", 0, "rejected", False))
    held = deliveries(("2020Q1", "b", "2", 8, "held", False))
    before = whole(("2020Q1", "a", "0", 10))
    [first, second] = turned_away(pl.concat([before, rejected, held]), before)
    assert (first.kind, first.sentence) == (
        "file_rejected",
        "wage/2020Q1/a.csv was rejected: file:header.",
    )
    assert (second.kind, second.is_warning) == ("file_held", True)
    assert not list(turned_away(pl.concat([before, rejected]), pl.concat([before, rejected])))


def test_values_of_cohorts_that_are_complete_in_both_are_compared_by_region() -> None:
    before = values(
        ("statewide", "2018", 100, 0.5), ("statewide", "2019", 90, 0.6), ("bay-1", "2018", 9, 0.4)
    )
    after = values(
        ("statewide", "2018", 100, 0.52), ("statewide", "2019", 80, 0.5), ("bay-1", "2018", 9, 0.4)
    )
    [change] = changed_values(after, before)
    assert change == Change(
        "value_moved",
        "going v1, statewide: 2 value(s) moved, most 2019: 0.6 to 0.5.",
        metric_id="going",
        definition_version="v1",
        period="2019",
        region_id="statewide",
        value_before=0.6,
        value_after=0.5,
        n_changed=2,
        n_people=80,
    )


def test_a_value_that_is_no_longer_complete_is_withdrawn_and_warns_statewide() -> None:
    before = values(("statewide", "2018", 100, 0.5), ("bay-1", "2018", 9, 0.4))
    missing = ("k12 of 2018 is missing from D1", "D1: k12 2018")
    after = values(
        ("statewide", "2018", 100, None, *missing),
        ("statewide", "2019", 100, 0.5),
        ("statewide", "2020", 100, None, "k12 ends with 2019", "every submitter: k12 after 2019"),
    )
    changes = list(changed_values(after, before))
    assert {(c.kind, c.region_id): c.is_warning for c in changes} == {
        ("value_withdrawn", "statewide"): True,
        ("value_withdrawn", "bay-1"): False,
        ("value_added", "statewide"): False,
    }
    assert [c.sentence for c in changes if c.is_warning] == [
        "going v1, statewide: 1 value(s) no longer complete 2018: "
        "k12 of 2018 is missing from D1. Awaited: D1: k12 2018."
    ]


def test_dollars_are_compared_by_their_ratio_and_the_last_digits_of_floats_are_no_change() -> None:
    before = values(
        ("statewide", "2018", 60, 100.0), ("statewide", "2019", 60, 9_000.0), unit="usd"
    )
    after = values(("statewide", "2018", 60, 110.0), ("statewide", "2019", 60, 9_100.0), unit="usd")
    [change] = changed_values(after, before)
    assert (change.period, change.n_changed) == ("2018", 2)
    again = values(("statewide", "2018", 60, 100.0 + 1e-8), ("statewide", "2019", 60, 9_000.0))
    assert not list(changed_values(again, before))


def test_persons_are_counted_of_the_runs_since_the_release() -> None:
    before = pl.DataFrame([("r1", "merged", 5)], PERSONS, orient="row")
    rows = [("r1", "merged", 5), ("r2", "merged", 2), ("r3", "merged", 1), ("r3", "split", 4)]
    changes = changed_persons(pl.DataFrame(rows, PERSONS, orient="row"), before)
    assert [(c.kind, c.n_changed) for c in changes] == [("persons_merged", 3), ("persons_split", 4)]


def test_a_delivery_that_is_due_and_not_there_is_late() -> None:
    records = cases.current(("2014-15", "a", 9), ("2014-15", "b", 9), ("2015-16", "a", 9))
    inputs = cases.inputs(records, today=date(2017, 3, 1))
    [late] = late_deliveries(inputs)
    assert late.sentence == "b has not delivered k12_enrollment 2015-16, which is due."


def test_lines_name_no_value_of_a_region_or_of_few_people() -> None:
    moved = list(
        changed_values(
            values(("bay-1", "2018", 900, 0.1), ("statewide", "2018", 49, 0.31)),
            values(("bay-1", "2018", 900, 0.9), ("statewide", "2018", 49, 0.32)),
        )
    )
    assert in_lines(moved) == ["Value moved: 2."]
    enough = values(("statewide", "2018", 50, 0.31))
    moved = list(changed_values(enough, values(("statewide", "2018", 50, 0.32))))
    assert in_lines(moved) == [f"Value moved: 1. First: {moved[0].sentence}"]
    assert in_lines([]) == ["Nothing changed against the release before."]
    assert warnings(moved) == []


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with a build of one value, one delivery and no person changes."""
    database(tmp_path / "build.duckdb", "2018", 0.5, 10)
    return tmp_path


def database(path: Path, cohort: str, value: float, rows: int) -> None:
    with duckdb.connect(str(path)) as connection:
        for schema in ("metrics", "reference", "quality"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            "create table reference.region_scheme as select 'district' as scheme, true as is_narrow"
        )
        connection.execute(
            "create table metrics.metric_value as select 'going' as metric_id, "
            "'v1' as definition_version, unnest(['statewide', '7']) as region_id, "
            "unnest(['statewide', 'district']) as region_scheme, 'school' as attribution, "
            f"'{cohort}' as cohort_year, 'rate' as unit, 100::bigint as denominator, "
            f"{value}::double as value, true as is_complete, 'all' as dimension, "
            "'all' as student_group, 'all' as student_group_value"
        )
        connection.execute(
            "create table metrics.metric_completeness as select metric_id, definition_version, "
            "cohort_year, attribution, region_id, is_complete, null::varchar as reason, "
            "null::varchar as awaited from metrics.metric_value"
        )
        connection.execute(
            "create table quality.delivery as select 'wage' as feed, '2020Q1' as period, "
            "'edd' as submitter, 'ab' as delivery_sha256, 'edd.csv' as file_name, "
            f"'accepted' as status, true as is_current, {rows}::bigint as accepted_rows, "
            "['a:b']::varchar[] as reasons, []::varchar[] as findings"
        )
        connection.execute(
            "create table quality.person_change (run_id varchar, person_id varchar, change varchar)"
        )


NOBODY = cases.current(("2020Q1", "a", 1), feed="nothing")


def test_a_release_is_compared_with_the_one_before_and_warnings_come_first(home: Path) -> None:
    database(home / "release.duckdb", "2018", 0.4, 12)
    inputs = cases.inputs(NOBODY, home=home, warehouse=home / "release.duckdb")
    changes = release_changes(inputs)
    # The district is narrow, and its value not compared.
    assert [c.kind for c in changes] == ["rows_lost", "value_moved"]
    table = as_table(changes)
    assert table["change_number"].to_list() == [1, 2]
    assert table["n_changed"].to_list() == [2, 1]
    assert table.schema["value_before"] == pl.Float64


def test_a_first_release_says_so_and_a_damaged_one_before_warns(home: Path) -> None:
    [first] = release_changes(cases.inputs(NOBODY, home=home))
    assert (first.kind, first.is_warning) == ("first_release", False)
    assert in_lines([first]) == ["First release: there is none before it to compare with."]
    [damaged] = release_changes(cases.inputs(NOBODY, home=home, manifest={"release_id": "r"}))
    assert (damaged.kind, damaged.is_warning) == ("not_comparable", True)


def test_a_release_of_an_older_version_is_not_compared(home: Path) -> None:
    with duckdb.connect(str(home / "release.duckdb")) as connection:
        connection.execute("create schema metrics")
        connection.execute("create table metrics.metric_value as select 1 as numerator")
    inputs = cases.inputs(NOBODY, home=home, warehouse=home / "release.duckdb")
    assert [c.kind for c in release_changes(inputs)] == ["not_comparable"]


def test_a_change_has_the_columns_that_the_dbt_project_gives_the_table() -> None:
    text = (DBT_PROJECT / "models/marts/quality/release_change.yml").read_text()
    [model] = yaml.safe_load(text)["models"]
    assert set(as_table([]).columns) == {column["name"] for column in model["columns"]}
