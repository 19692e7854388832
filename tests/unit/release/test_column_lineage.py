"""Column lineage through the gate and through SQL."""

from pathlib import Path

import duckdb
import pytest

from pipelines.intake.deidentify import accepted_schema
from pipelines.release import column_lineage
from schemas import FEEDS

SOURCE = "read_parquet('/home/accepted/wage/**/*.parquet', union_by_name = true)"
SOURCES = {SOURCE: ("accepted", "wage")}
COLUMNS = {
    ("accepted", "wage"): {"key": "varchar", "amount": "double"},
    ("staging", "person"): {"key": "varchar", "person_id": "varchar"},
}
WAGE, PERSON = ("accepted", "wage"), ("staging", "person")


def lineage_of(sql: str, *names: str) -> column_lineage.Lineage:
    return column_lineage.of_query(sql, names, SOURCES, column_lineage.schema_of(COLUMNS))


def test_a_column_is_followed_through_ctes_and_joins_to_the_tables_it_is_read_from() -> None:
    sql = f"""
    with paid as (select key, sum(amount) as total from {SOURCE} group by key)
    select person.person_id, total * 2 as doubled, 1 as one
    from paid left join "build"."staging"."person" as person on paid.key = person.key
    """
    assert lineage_of(sql, "person_id", "doubled", "one") == {
        "person_id": [(PERSON, "person_id")],
        "doubled": [(WAGE, "amount")],
        "one": [],
    }


def test_fields_of_an_unnested_struct_are_followed_without_a_word(caplog) -> None:
    sql = f"""
    with field as (
        select key, unnest(fields, max_depth := 2)
        from (select key, [{{'amounts': amount, 'share': 0.5}}] as fields from {SOURCE}) as listed
    ),
    sorted as (select * exclude (amounts), list_sort(amounts) as amounts from field)
    select sorted.key, size.n
    from sorted
    left join (
        with named as (
            select n, share from (select distinct len(amounts) as n, share from sorted) as listed
        )
        select n, share from named
    ) as size
        on size.n = len(sorted.amounts) and sorted.share = size.share
    """
    lineage = lineage_of(sql, "key", "n")
    assert lineage["key"] == [(WAGE, "key")]
    assert (WAGE, "amount") in lineage["n"]
    assert not caplog.records


def test_a_column_without_its_table_is_resolved_by_the_columns_of_the_source() -> None:
    sql = f'select amount from {SOURCE} as wage cross join "build"."staging"."person" as person'
    assert lineage_of(sql, "amount") == {"amount": [(WAGE, "amount")]}


def test_a_union_by_name_matches_names_and_not_places() -> None:
    sql = f"""
    with both as (
        select key, amount from {SOURCE} as wage
        union all by name
        select person_id, key from "build"."staging"."person" as person
    )
    select key, amount, person_id from both
    """
    assert lineage_of(sql, "key", "amount", "person_id") == {
        "key": [(WAGE, "key"), (PERSON, "key")],
        "amount": [(WAGE, "amount")],
        "person_id": [(PERSON, "person_id")],
    }


def test_sql_that_cannot_be_read_has_no_lineage() -> None:
    assert lineage_of("select from where", "amount") == {}


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_every_accepted_column_but_provenance_comes_from_delivered_ones(feed) -> None:
    made_of = column_lineage.of_accepted(feed, accepted_schema(feed).schema.names())
    without = {name for name, sources in made_of.items() if not sources}
    assert without == {"record_id", "submitter", "delivery_sha256", "row_number"}
    delivered = {column for sources in made_of.values() for _, column in sources}
    assert delivered <= {*feed.dtypes, *feed.beside}
    assert {table for sources in made_of.values() for table, _ in sources} == {
        ("landing", feed.name)
    }


def test_a_lineage_is_stored_until_the_sql_changes(tmp_path: Path, monkeypatch) -> None:
    with duckdb.connect(str(tmp_path / "build.duckdb")) as connection:
        connection.execute("create schema marts; create table marts.paid as select 1.0 as amount")
    columns = COLUMNS | column_lineage.columns_of(tmp_path / "build.duckdb")
    node = {
        "resource_type": "model",
        "schema": "marts",
        "name": "paid",
        "compiled_code": f"select amount from {SOURCE} as wage",
    }
    source = {
        "relation_name": SOURCE,
        "schema": "accepted",
        "name": "wage",
    }
    manifest = {"nodes": {"model.paid": node}, "sources": {"source.wage": source}}
    asked = []
    of_query = column_lineage.of_query
    monkeypatch.setattr(column_lineage, "of_query", lambda *a: asked.append(a[0]) or of_query(*a))
    expected = {("marts", "paid"): {"amount": [(WAGE, "amount")]}}
    for _ in range(2):
        assert column_lineage.of_models(manifest, columns, tmp_path / "cache.json") == expected
    assert len(asked) == 1
    node["compiled_code"] += " where amount > 0"
    assert column_lineage.of_models(manifest, columns, tmp_path / "cache.json") == expected
    assert len(asked) == 2
    # What is damaged is worked out anew.
    (tmp_path / "cache.json").write_text('{"model.paid": [')
    assert column_lineage.of_models(manifest, columns, tmp_path / "cache.json") == expected
    assert len(asked) == 3
    # A build of other models leaves this one as it was.
    del node["compiled_code"]
    assert column_lineage.of_models(manifest, columns, tmp_path / "cache.json") == expected
    assert column_lineage.of_models(manifest, columns, tmp_path / "none.json") == {}


def test_a_column_passed_on_is_described_where_it_comes_from() -> None:
    view, renamed = ("staging", "stg_wage"), ("marts", "fct_wage")
    lineages = {
        view: {"amount": [(WAGE, "amount")], "key": [(WAGE, "key"), (PERSON, "key")]},
        renamed: {"amount": [(view, "amount")], "paid": [(view, "amount")]},
    }
    described = {WAGE: {"amount": "Gross wages.", "key": "A key."}}
    assert column_lineage.descriptions(lineages, described) == {
        view: {"amount": "Gross wages.", "key": ""},
        renamed: {"amount": "Gross wages.", "paid": ""},
    }
    own = described | {renamed: {"amount": "In dollars."}}
    assert column_lineage.descriptions(lineages, own)[renamed]["amount"] == "In dollars."


def test_origins_are_where_nothing_is_known_of_what_came_before() -> None:
    view, fact = ("staging", "stg_wage"), ("marts", "fct_wage")
    lineages = {
        view: {"amount": [(WAGE, "amount")], "key": [(WAGE, "key"), (PERSON, "key")]},
        # A table that reads itself must not be followed for ever.
        fact: {"total": [(view, "amount"), (view, "key"), (fact, "total")], "one": []},
    }
    assert column_lineage.origins(lineages, (fact, "total")) == [
        (WAGE, "amount"),
        (WAGE, "key"),
        (PERSON, "key"),
    ]
    assert column_lineage.origins(lineages, (fact, "one")) == []
    words = column_lineage.in_words([(WAGE, "amount"), (WAGE, "key"), (PERSON, "key")])
    assert words == "accepted/wage: amount, key; staging/person: key"
