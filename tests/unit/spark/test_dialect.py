"""DuckDB's SQL in Spark's words: what is written where both would run with other results.

Whether Spark's answer equals DuckDB's, `tests/slow/test_sail.py` asks of the same cases.
"""

import re
from pathlib import Path

import pytest

from pipelines.settings import DBT_PROJECT
from pipelines.spark.dialect import spark_sql
from tests.unit.spark.cases import CASES, RECORD

TABLES = {"shop": ["name", "n"], "visit": ["n", "name", "day"]}
# Of a column in both engines, or Jinja's; `error` ends a build and `hash` is compared with itself.
NO_CASE = {"decimal", "exists", "error", "hash"}


def translated(sql: str) -> str:
    return spark_sql(sql, lambda table: TABLES.get(table, []))


@pytest.mark.parametrize(
    ("duckdb", "spark"),
    [
        # Two generators would be multiplied.
        (
            "select n, unnest([1, 2]) as a, unnest(['x', 'y']) as b from shop",
            "SELECT source.n, unnested.item_1 AS a, unnested.item_2 AS b FROM (SELECT n, "
            "ARRAY(1, 2) AS list_1, ARRAY('x', 'y') AS list_2 FROM shop) AS source LATERAL VIEW "
            "INLINE(ARRAYS_ZIP(source.list_1, source.list_2)) unnested AS item_1, item_2",
        ),
        # `format` would print its braces, and null for null.
        (
            "select format('{:04d}Q{}', n, n) as label from shop",
            "SELECT CONCAT(LPAD(CAST(n AS STRING), 4, '0'), 'Q', CAST(n AS STRING)) AS label "
            "FROM shop",
        ),
        # The place is from one in both, where Spark's brackets count from zero.
        (
            "select ['x', 'y'][n] as item from shop",
            "SELECT TRY_ELEMENT_AT(ARRAY('x', 'y'), CAST(n AS INT)) AS item FROM shop",
        ),
        # By name, not by place; null where one side has no such column.
        (
            "select * from shop union all by name select * from visit",
            "SELECT name, n, NULL AS day FROM (SELECT shop.name, shop.n FROM shop) AS side UNION "
            "ALL SELECT name, n, day FROM (SELECT visit.n, visit.name, visit.day FROM visit) AS "
            "side",
        ),
        # The condition reads the column, not the alias of its name.
        (
            "select n + 1 as n from shop qualify row_number() over (order by n) = 1",
            "SELECT n FROM (SELECT n + 1 AS n, (ROW_NUMBER() OVER (ORDER BY n NULLS LAST) = 1) AS "
            "is_wanted_0 FROM shop) AS chosen WHERE is_wanted_0",
        ),
        # Spark's decimals keep few digits of a quotient.
        (
            "select n / 365.25 as years from shop",
            "SELECT CAST(n AS DOUBLE) / CAST(365.25 AS DOUBLE) AS years FROM shop",
        ),
    ],
)
def test_what_both_would_read_otherwise_is_written_out(duckdb: str, spark: str) -> None:
    assert translated(duckdb) == spark


def test_a_long_union_becomes_a_union_of_unions() -> None:
    text = translated(" union all ".join(f"select {n} as n" for n in range(400)))
    # 400 queries in parts of 40.
    assert text.count("AS part") == 10
    assert text.count("UNION ALL") == 399


def functions(text: str) -> set[str]:
    """Return the functions that SQL calls: comments, Jinja and texts left out."""
    for passed in (r"\{#.*?#\}", r"--[^\n]*", r"\{%.*?%\}", r"\{\{.*?\}\}", r"'[^']*'"):
        text = re.sub(passed, " x ", text, flags=re.DOTALL)
    return set(re.findall(r"\b([a-z_]+)\(", text))


def sql_files() -> list[Path]:
    return [*DBT_PROJECT.glob("models/**/*.sql"), *DBT_PROJECT.glob("macros/*.sql")]


def test_every_function_of_a_model_has_a_case_that_sail_and_duckdb_answer_alike() -> None:
    compared = functions(" ".join([*CASES.values(), RECORD])) | NO_CASE
    texts = {path: path.read_text() for path in sql_files()}
    macros = set(re.findall(r"macro\s+(\w+)\(", " ".join(texts.values())))
    new = {
        f"{path.relative_to(DBT_PROJECT)}: {name}"
        for path, text in texts.items()
        for name in functions(text) - compared - macros
    }
    assert sorted(new) == []


def test_no_model_uses_what_is_not_translated() -> None:
    # A comparison of rows or lists by place, or what sqlglot passes on as it is.
    untranslated = r"\b((positional|semi|anti)\s+join|(un)?pivot|using\s+sample|columns\s*\()"
    uses = [path.name for path in sql_files() if re.search(untranslated, path.read_text())]
    assert uses == []
