"""Data tests that compare rows by a number: what they find, and that they find it."""

import re

import duckdb
import jinja2
import pytest

from pipelines.settings import PROJECT

ROWS = [("a", "all", "all", 3), ("a", "sex", "f", 1), ("a", "sex", "m", 2), ("b", "all", "all", 5)]
UNIQUE = {"columns": ["cell", "type", "code"]}
DELIVERED = (
    "create table stg_x (record_id text, submitter text)",
    "insert into stg_x values ('1', 'D'), ('2', 'D'), ('3', 'D')",
    "create table fct_x (record_id text, academic_year text)",
    "insert into fct_x values ('1', '2017-18'), ('2', '2017-18')",
    "create table delivery"
    " (feed text, period text, submitter text, accepted_rows bigint, is_current boolean)",
    "insert into delivery values ('x', '2017-18', 'D', 2, true), ('x', '2017-18', 'D', 5, false),"
    " ('other', '2017-18', 'D', 9, true)",
)
PARTS = {"cell": ["cell"], "part_type": "type", "counts": ["n"], "partial": []}


class Relation(str):
    """A table by its name, as dbt hands it to a test."""

    @property
    def identifier(self) -> str:
        """The name of the table."""
        return str(self)


def failures(test: str, arguments: dict, *changes: str) -> list[tuple]:
    """Return the rows that a generic test finds among `ROWS`, after some changes to them."""
    arguments = {"model": Relation("row"), "ref": str, "config": lambda **_: ""} | arguments
    text = (PROJECT / f"dbt_project/tests/generic/{test}.sql").read_text()
    body = re.search(r"\{% test .*?%\}(.*)\{% endtest %\}", text, re.DOTALL)
    assert body
    with duckdb.connect() as memory:
        memory.execute("create table row (cell varchar, type varchar, code varchar, n bigint)")
        memory.executemany("insert into row values (?, ?, ?, ?)", ROWS)
        for change in changes:
            memory.execute(change)
        return memory.execute(jinja2.Template(body[1]).render(**arguments)).fetchall()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("insert into row values ('b', 'all', 'all', 6)", [("b", "all", "all", 2)]),
        ("insert into row values (null, 'all', 'all', 6)", [(None, "all", "all", 1)]),
        ("insert into row values ('b', 'sex', 'all', 6)", []),
    ],
)
def test_unique_grain_finds_doubled_and_empty_keys(change: str, expected: list[tuple]) -> None:
    assert failures("unique_grain", UNIQUE) == []
    assert failures("unique_grain", UNIQUE, change) == expected


def test_parts_sum_to_whole_finds_the_cell_that_lost_somebody() -> None:
    assert failures("parts_sum_to_whole", PARTS) == []
    lost = failures("parts_sum_to_whole", PARTS, "update row set n = 1 where code = 'm'")
    assert sorted(lost) == [("a", "all", "all", 3), ("a", "sex", "f", 1), ("a", "sex", "m", 1)]
    unknown = failures("parts_sum_to_whole", PARTS, "update row set n = null where code = 'all'")
    assert {cell for cell, *_ in unknown} == {"a"}


def test_parts_sum_to_whole_lets_a_partial_type_leave_people_out_and_add_nobody() -> None:
    partial = PARTS | {"partial": ["sex"]}
    assert failures("parts_sum_to_whole", partial, "update row set n = 1 where code = 'm'") == []
    more = failures("parts_sum_to_whole", partial, "update row set n = 9 where code = 'm'")
    assert {cell for cell, *_ in more} == {"a"}


def test_references_exist_names_each_column_that_refers_to_nothing() -> None:
    known = "create table dim as select 'a' as cell, 'f' as code union all select 'b', 'all'"
    to = {"to": {"cell": "dim", "type": "dim.cell", "code": "dim"}}
    assert failures("references_exist", {"to": {"cell": "dim"}}, known) == []
    lost = failures("references_exist", to, known, "update row set cell = null where n = 5")
    assert lost == [("type is not in dim", 4), ("code is not in dim", 1)]
    assert failures("references_exist", to | {"may_be_all": ["type"]}, known) == [
        ("type is not in dim", 2), ("code is not in dim", 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "is_wrong"),
    [
        ("", False),
        ("low = 0.6", True),
        ("high = 0.4", True),
        ("high = null", True),
        ("low = null, high = null", True),
        ("low = null, value = null, high = null", False),
        ("low = 1.0, value = 1.5, high = 2.0", True),
        ("low = -2.0, value = -1.5, high = 0.0", True),
    ],
)
def test_an_interval_holds_its_value_and_a_rate_is_a_share(change: str, is_wrong: bool) -> None:
    arguments = {"low": "low", "value": "value", "high": "high", "model": "rate"}
    defaults = {"where_every_value_has_one": "true", "where_rate": "true"}
    table = (
        "create table rate as select 0.4::double as low, 0.5::double as value, 0.6::double as high"
    )
    changes = [table, f"update rate set {change}"] if change else [table]
    assert bool(failures("interval_contains_value", arguments | defaults, *changes)) == is_wrong


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("insert into fct_x values ('3', '2017-18')", [("2017-18", "D", 2, 3)]),
        ("insert into fct_x values ('3', '2018-19')", [("2018-19", "D", None, 1)]),
        ("insert into fct_x values ('?', '2017-18')", [("2017-18", None, None, 1)]),
        ("delete from fct_x", [("2017-18", "D", 2, None)]),
    ],
)
def test_a_fact_has_the_accepted_rows_of_the_current_delivery(
    change: str, expected: list[tuple]
) -> None:
    test, fact = "every_accepted_row_reaches_its_fact", {"model": Relation("fct_x")}
    fact |= {"staged": "stg_x", "period": "academic_year"}
    assert failures(test, fact, *DELIVERED) == []
    assert failures(test, fact, *DELIVERED, change) == expected
