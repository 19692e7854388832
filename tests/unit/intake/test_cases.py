"""Files of the field's everyday trouble: `check` and the gate agree on each, and no row is lost."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipelines.feedback import precheck
from pipelines.intake.accept import accept
from pipelines.intake.ledger import DeliveryResult
from pipelines.settings import PROJECT, Settings
from schemas import FEEDS

CASES = PROJECT / "tests" / "fixtures" / "cases"


@dataclass(frozen=True)
class Case:
    """A delivered file and what becomes of it.

    Attributes:
        accepted: Rows that are accepted.
        rejected: Rule of each row that is not, by the line it has in the file.
        refused: Rule under which the file is refused as a whole.
        words: What the message of a refusal, or else a note, must say.
    """

    file: str
    accepted: int = 0
    rejected: dict[int, str] = field(default_factory=dict)
    refused: str = ""
    words: tuple[str, ...] = ()
    feed: str = "k12_enrollment"
    period: str = "2020-21"
    submitter: str = "1090006"


def _wage(file: str, **what: object) -> Case:
    return Case(file, feed="wage", period="2019Q4", submitter="workforce_agency", **what)  # type: ignore[arg-type]


ALL = [
    Case("quote_pair_swallows_rows.csv", 7, {4: "row:quotes", 7: "row:quotes"}),
    Case("blank_lines_shift_row_number.csv", 8, {10: "grade_level:range"}),
    Case("header_upper_case.csv", 9, words=("upper case",)),
    Case("semicolon.csv", 9, words=("semicolon",)),
    Case("excel_empty_rows_at_end.csv", 9, words=("4 row(s) without any value",)),
    Case("one_unquoted_comma.csv", 8, {7: "row:fields"}),
    Case("cp1252_munoz.csv", refused="file:encoding", words=("Windows-1252", "2, 6, 8, 9, 10")),
    Case("title_above_header.csv", refused="file:missing_column", words=("row 1", "title")),
    Case("trailing_comma.csv", 9, words=("empty column",)),
    Case("academic_year_long.csv", refused="file:wrong_period", words=("2020-2021", "2020-21")),
    Case(
        "with_password.xlsx", refused="file:unreadable", words=("has a password. Save it without",)
    ),
    Case("header_no_newline.csv", refused="file:empty"),
    Case("p08_list.parquet", refused="file:unreadable", words=("list",)),
    Case("p20_duration.parquet", refused="file:unreadable", words=("duration",)),
    Case(
        "excel_mangled_local_id.csv",
        6,
        dict.fromkeys((5, 6, 7), "local_student_id:pattern"),
    ),
    Case("junk_names.csv", 9, words=("no name in row 2, 3, 4, 5, 6, 7, 8.",)),
    Case("one_ssid_two_people.csv", 10, words=("two birth dates", "in row 2, 11.")),
    Case("overlapping_primary_same_district.csv", 10, words=("within another one in row 11.",)),
    _wage(
        "wage_implied_decimals.csv",
        accepted=26,
        rejected=dict.fromkeys((2, 11, 13, 21), "quarterly_wages_usd:range"),
        words=("in cents",),
    ),
    Case("fullwidth_digits_ssid.csv", 8, {5: "state_student_id:pattern"}),
    Case("exit_E125.csv", 9),
    Case("exit_E156.csv", 9),
    Case("exit_E170.csv", 9),
    Case("wbl_no_id_but_internships.csv", 10, feed="work_based_learning", period="2019-20"),
    Case(
        "mis_gender.csv",
        13,
        {13: "units_attempted:type"},
        feed="college_enrollment",
        period="2019-20",
        submitter="910000",
    ),
    _wage(
        "wage_everyday_rows.csv",
        accepted=28,
        rejected=dict.fromkeys((6, 7), "quarterly_wages_usd:range"),
    ),
    _wage("wage_wrong_quarter_but_one.csv", refused="file:wrong_period", words=("2019Q3",)),
]


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0)


WRONG_NAMES = {
    "1090006_final.csv": ("", {"district_id:submitter": 9}),
    "1090006[1].csv": ("file:name", {}),
    "1090006 (1).csv": ("", {"district_id:submitter": 9}),
    "district.export.CSV": ("", {"district_id:submitter": 9}),
    "Ana Villalobos 2003-04-05.csv": ("file:name", {}),
    "1090006.pdf": ("file:unreadable", {}),
}


@pytest.mark.parametrize(("name", "expected"), WRONG_NAMES.items(), ids=WRONG_NAMES)
def test_a_wrong_name_has_its_outcome_by_check_and_by_the_gate(
    home, name, expected, tmp_path
) -> None:
    content = (CASES / "1090006_final.csv").read_bytes()
    landed = home.landing / "k12_enrollment" / "2020-21" / name
    for path in (tmp_path / name, landed):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    checked = precheck.check(home, FEEDS["k12_enrollment"], tmp_path / name, out=tmp_path / "out")
    [result] = accept(home, FEEDS["k12_enrollment"], ["2020-21"])["2020-21"]
    for judged in (checked.report.result, result):
        assert ("".join(judged.refused), judged.reasons) == expected
    assert not checked.is_clean
    said = " ".join([checked.report.result.message or "", *checked.report.result.notes])
    assert name.endswith(".pdf") or "Deliver the file as 1090006.csv for 2020-21." in said


def by_gate(home: Settings, case: Case) -> tuple[DeliveryResult, dict[int, list[str]]]:
    """Return what the gate makes of a case, and the rules its rows break."""
    place = home.landing / case.feed / case.period
    place.mkdir(parents=True)
    ending = Path(case.file).suffix
    shutil.copyfile(CASES / case.file, place / f"{case.submitter}{ending}")
    rows: dict[int, list[str]] = {}

    def collect(judged) -> None:
        if judged.verdict is not None:
            quarantined = judged.verdict.quarantined.select("row_number", "_reasons")
            rows.update(quarantined.iter_rows())

    results = accept(home, FEEDS[case.feed], [case.period], report=collect)
    [result] = results[case.period]
    return result, rows


def by_check(home: Settings, case: Case, out: Path) -> precheck.Checked:
    return precheck.check(
        home,
        FEEDS[case.feed],
        CASES / case.file,
        period=case.period,
        submitter=case.submitter,
        out=out,
    )


@pytest.mark.parametrize("case", ALL, ids=[case.file for case in ALL])
def test_a_case_has_its_outcome_by_check_and_by_the_gate(home, case, tmp_path) -> None:
    checked = by_check(home, case, tmp_path / "report").report.result
    result, rows = by_gate(home, case)
    for judged in (checked, result):
        assert "".join(judged.refused) == case.refused
        assert (judged.accepted_rows, judged.quarantined_rows) == (case.accepted, len(rows))
        findings = [finding.sentence for finding in judged.findings]
        sentences = " ".join([judged.message or "", *judged.notes, *findings])
        assert not judged.is_held
        assert [word for word in case.words if word not in sentences] == []
    assert rows == {row: [rule] for row, rule in case.rejected.items()}
    assert result.reasons == checked.reasons
