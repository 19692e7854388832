"""The data dictionary, and tables as workbooks."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.release import dictionary, export


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """Return a release of one table and one view with comments."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create schema metrics; create schema aggregates;"
            "create table aggregates.hidden (a int);"
            "create table metrics.rate (place varchar, value double, versions varchar[]);"
            "insert into metrics.rate values ('North', 0.5, ['a', 'b']), ('South', null, []);"
            "create view metrics.by_place as select place from metrics.rate;"
            "comment on table metrics.rate is 'One row per place.';"
            "comment on view metrics.by_place is 'Places | alone.';"
            "comment on column metrics.rate.value is 'From 0 to 1 | as counted.'"
        )
    return path


def test_the_dictionary_has_every_released_column_with_what_it_means(
    warehouse: Path, tmp_path: Path
) -> None:
    assert dictionary.write(warehouse, tmp_path / "of.csv") == 4
    rows = pl.read_csv(tmp_path / "of.csv").filter(column_name="value").to_dicts()
    assert [row["comment"] for row in rows] == ["From 0 to 1 | as counted."]


def test_the_dictionary_is_markdown_where_its_file_says_so(warehouse: Path, tmp_path: Path) -> None:
    dictionary.write(warehouse, tmp_path / "of.md")
    text = (tmp_path / "of.md").read_text()
    assert "## metrics.rate\n\nOne row per place.\n" in text
    assert "| `value` | DOUBLE | From 0 to 1 \\| as counted. |" in text
    assert "aggregates" not in text


def test_a_table_is_a_workbook_where_that_is_asked_for(warehouse: Path, tmp_path: Path) -> None:
    (path,) = export.export(warehouse, ["metrics.rate"], tmp_path / "out", as_excel=True)
    assert path.name == "metrics.rate.xlsx"
    assert path.read_bytes()[:2] == b"PK"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_table_that_no_sheet_holds_is_refused(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "SHEET_ROWS", 1)
    with pytest.raises(export.TooManyRows, match=r"metrics\.rate has 2 rows"):
        list(export.export(warehouse, ["metrics.rate"], tmp_path, as_excel=True))
    assert not list(tmp_path.glob("*.xlsx"))
