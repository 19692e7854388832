"""A file is checked where it lies, and corrected rows are put back into it."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.feedback import precheck
from pipelines.feedback.render import html_report, text_report
from pipelines.settings import Settings
from tests.unit.cases import YEAR
from tests.unit.feedback.cases import BAD_ROW, FEED, GOOD_ROWS, write


def csv(path: Path, rows: list[dict]) -> Path:
    schema = dict.fromkeys(FEED.dtypes, pl.String)
    pl.DataFrame(rows, schema=schema).write_csv(path)
    return path


@pytest.fixture
def nowhere(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "no_home")


def test_a_file_is_checked_where_it_lies_and_the_home_is_not_touched(
    tmp_path: Path, nowhere: Settings
) -> None:
    path = csv(tmp_path / "export from SIS.csv", [*GOOD_ROWS[1:], BAD_ROW])
    checked = precheck.check(nowhere, FEED, path, submitter="1990001")
    assert not checked.is_clean
    delivery = checked.report.result.delivery
    assert (delivery.period, delivery.submitter) == (YEAR, "1990001")
    assert checked.report.result.reasons == {"grade_level:range": 1, "is_foster:type": 1}
    assert {p.parent for p in checked.paths} == {tmp_path / "export from SIS.report"}
    assert not nowhere.root.exists()
    good = csv(tmp_path / "good.csv", GOOD_ROWS)
    assert precheck.check(nowhere, FEED, good, submitter="1990001").is_clean


def test_under_a_wrong_name_a_file_fares_as_at_the_gate(tmp_path: Path, nowhere: Settings) -> None:
    path = csv(tmp_path / "export from SIS.csv", GOOD_ROWS)
    checked = precheck.check(nowhere, FEED, path)
    assert not checked.is_clean
    assert checked.report.result.reasons == {"district_id:submitter": len(GOOD_ROWS)}
    assert "Deliver the file as 1990001.csv for" in checked.report.result.notes[0]


def test_the_same_file_gets_the_same_report_before_and_after_delivery(
    tmp_path: Path, nowhere: Settings
) -> None:
    folder = write(tmp_path / "reports", [*GOOD_ROWS[1:], BAD_ROW])
    path = csv(tmp_path / "1990001.csv", [*GOOD_ROWS[1:], BAD_ROW])
    checked = precheck.check(nowhere, FEED, path)
    assert text_report(checked.report) == (folder / "report.txt").read_text()


def test_a_file_that_would_be_refused_has_a_report_of_why(
    tmp_path: Path, nowhere: Settings
) -> None:
    path = tmp_path / "1990001.csv"
    path.write_text("academic_year,grade\n2018-19,9\n")
    checked = precheck.check(nowhere, FEED, path)
    assert not checked.is_clean
    assert "lacks district_id" in html_report(checked.report)


def test_corrected_rows_are_put_back_into_the_whole_file(tmp_path: Path, nowhere: Settings) -> None:
    path = csv(tmp_path / "1990001.csv", [GOOD_ROWS[1], BAD_ROW, *GOOD_ROWS[2:], BAD_ROW])
    out = tmp_path / "out"
    precheck.check(nowhere, FEED, path, out=out)
    rows = pl.read_csv(out / "rejected_rows.csv", infer_schema=False)
    first = rows.head(1).with_columns(grade_level=pl.lit("9"), is_foster=pl.lit("N"))
    emptied = rows.tail(1).with_columns(pl.lit(None, pl.String).alias(name) for name in FEED.dtypes)
    corrected = tmp_path / "corrected.csv"
    pl.concat([first, emptied]).write_csv(corrected)
    whole_file = precheck.put_back(nowhere, path, FEED, corrected, None, out)
    assert whole_file.name == "1990001.csv"
    whole = pl.read_csv(whole_file, infer_schema=False)
    expected = [GOOD_ROWS[1], BAD_ROW | {"grade_level": "9", "is_foster": "N"}, *GOOD_ROWS[2:]]
    assert whole.to_dicts() == expected
    assert precheck.check(nowhere, FEED, whole_file).is_clean

    first.with_columns(row_number=pl.lit("99")).write_csv(corrected)
    with pytest.raises(precheck.CannotCorrect, match="not in 1990001"):
        precheck.put_back(nowhere, path, FEED, corrected, None, out)
    first.drop("grade_level").write_csv(corrected)
    with pytest.raises(precheck.CannotCorrect, match="must have the columns"):
        precheck.put_back(nowhere, path, FEED, corrected, None, out)
