"""The queries of the docs answer, and the answers that stand below them are theirs.

Lives here: running every SQL block of a page on the default sample. Does not: prose, links
(`make lint`) or generated pages (`tests/contracts/test_docs.py`).

A Markdown table right below an SQL block is its answer. ``PATHWAYS_WRITE_DOCS=1`` writes the
answers into the pages instead of comparing them.
"""

import inspect
import os
import re
import runpy
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import duckdb
import pytest

from pipelines.settings import PROJECT

PAGES = ["README.md", "docs/query.md", "docs/collaboration.md", "docs/operate.md"]

BLOCK = re.compile(r"```sql\n(?P<sql>(?:(?!```).*\n)+)```\n(?P<answer>(?:\n(?:\|.*\n)+)?)")

NUMBERS = (int, float, Decimal)


def shown(value: object) -> str:
    """Return a value as the tables of the docs show it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return str(value).replace("|", r"\|")


def table(relation: duckdb.DuckDBPyRelation) -> str:
    """Return an answer as an aligned Markdown table, numbers to the right; empty without rows."""
    rows = relation.fetchall()
    columns = []
    for name, *values in zip(relation.columns, *rows, strict=True):
        texts = [shown(value) for value in values]
        width = max(3, *map(len, [name, *texts]))
        is_number = all(isinstance(v, NUMBERS) and not isinstance(v, bool) for v in values if v)
        rule = "-" * (width - 1) + (":" if is_number else "-")
        pad = str.rjust if is_number else str.ljust
        columns.append([pad(name, width), rule, *(pad(text, width) for text in texts)])
    lines = zip(*columns, strict=True) if rows else ()
    return "\n" * bool(rows) + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def answered(page: str, ask: Callable[[str], duckdb.DuckDBPyRelation]) -> str:
    """Return the page with the answer of each of its SQL blocks below it."""
    return BLOCK.sub(lambda block: f"```sql\n{block['sql']}```\n{table(ask(block['sql']))}", page)


@pytest.fixture
def ask(refreshed_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a function that runs a query on the release, in a folder whose `data` is the home."""
    (tmp_path / "data").symlink_to(refreshed_home)
    monkeypatch.chdir(tmp_path)
    release = refreshed_home / "releases" / "current" / "warehouse.duckdb"
    with duckdb.connect(str(release), read_only=True) as connection:
        yield connection.sql


@pytest.mark.parametrize("name", PAGES)
def test_every_query_of_the_docs_has_its_answer_below_it(
    name: str, ask: Callable[[str], duckdb.DuckDBPyRelation]
) -> None:
    path = PROJECT / name
    page = path.read_text()
    expected = answered(page, ask)
    assert expected.count("```sql") > 0
    if os.environ.get("PATHWAYS_WRITE_DOCS"):
        path.write_text(expected)
    else:
        assert page == expected, "PATHWAYS_WRITE_DOCS=1 pytest tests/pipeline/test_docs.py"


def test_an_answer_is_not_a_table_of_the_prose() -> None:
    asked = "```sql\nselect 1 as one, true as yes, 'a|b' as text, 1.50::double as half\n```\n"
    answer = (
        "\n| one | yes  | text | half |\n"
        "| --: | ---- | ---- | ---: |\n"
        "|   1 | true | a\\|b |  1.5 |\n"
    )
    after = "\nText.\n\n| a table |\n|---|\n| of prose |\n"
    for page in (asked + after, asked + "\n| an old | answer |\n" + after):
        assert answered(page, duckdb.sql) == asked + answer + after


def run_notebook(path: Path, marimo: Any) -> list[list[Any]]:
    """Return what each cell of a notebook shows, run from the top by the names that they share."""
    cells: list[Callable[..., Any]] = []
    marimo.App.return_value.cell = cells.append
    marimo.ui.dropdown.side_effect = lambda *_, value, **__: MagicMock(value=value)
    runpy.run_path(str(path))
    names: dict[str, Any] = {}
    for cell in cells:
        arguments = inspect.signature(cell).parameters
        result = cell(**{name: names[name] for name in arguments}) or ()
        returned = re.findall(r"return (.+)$", inspect.getsource(cell), re.M)
        shared = returned[-1].split(", ") if returned else []
        names |= dict(zip(shared, result, strict=True))
    return [call.args[0] for call in marimo.vstack.call_args_list]


def test_the_notebook_answers_its_questions_from_the_release(
    refreshed_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marimo = MagicMock()
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    monkeypatch.setenv("PATHWAYS_HOME", str(refreshed_home))
    shown_by_cells = run_notebook(PROJECT / "docs/notebooks/questions.py", marimo)
    titles = [call.args[0] for call in marimo.md.call_args_list if call.args[0].startswith("## ")]
    assert [title[3] for title in titles] == list("12345")
    tables = [one for parts in shown_by_cells for one in parts if hasattr(one, "shape")]
    assert len(tables) >= 4 and all(table.shape[0] for table in tables)
