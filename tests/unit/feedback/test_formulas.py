"""A rejected value that a spreadsheet would run as a formula is text in `rejected_rows.csv`."""

import polars as pl
import pytest

from pipelines.feedback import precheck
from pipelines.feedback.report import without_formulas
from pipelines.settings import Settings
from tests.unit.feedback.cases import BAD_ROW, FEED, GOOD_ROWS


@pytest.mark.parametrize("value", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1"])
def test_a_formula_is_text(value) -> None:
    [written] = without_formulas(pl.DataFrame({"last_name": [value]}))["last_name"]
    assert written == f"'{value}"


@pytest.mark.parametrize("value", ["-250.00", "+5", "Smith", "O'Neil", None])
def test_everything_else_is_as_delivered(value) -> None:
    rows = pl.DataFrame({"last_name": [value]}, schema={"last_name": pl.String})
    assert without_formulas(rows)["last_name"].to_list() == [value]


def test_a_corrected_file_has_the_values_that_were_delivered(tmp_path) -> None:
    name = "=HYPERLINK(1)"
    path = tmp_path / "1990001.csv"
    rows = [*GOOD_ROWS[1:], BAD_ROW | {"last_name": name}]
    schema = dict.fromkeys(FEED.dtypes, pl.String)
    pl.DataFrame(rows, schema=schema).write_csv(path)
    out = tmp_path / "out"
    home = Settings(home=tmp_path / "home")
    precheck.check(home, FEED, path, out=out)
    rejected = pl.read_csv(out / "rejected_rows.csv", infer_schema=False)
    assert rejected["last_name"].to_list() == [f"'{name}"]
    whole = precheck.put_back(home, path, FEED, out / "rejected_rows.csv", None, out)
    assert pl.read_csv(whole, infer_schema=False)["last_name"].to_list()[-1] == name
