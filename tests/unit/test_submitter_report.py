"""Reports to submitters: every effect counted by hand, and what a report says, keeps and hides."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from pipelines.feedback import data_impact, letter, page, precheck, report, store
from pipelines.intake import ledger
from pipelines.intake.deliveries import Delivery
from pipelines.intake.validate import REASONS, judge
from pipelines.settings import Settings
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR, delivered

# Two more good rows of each feed: of other people, institutions or things.
OTHERS: dict[str, list[dict[str, str | None]]] = {
    "institution": [{"institution_id": "19900010000002"}, {"institution_id": "19900010000003"}],
    "k12_enrollment": [{"state_student_id": "2345678901"}, {"state_student_id": "3456789012"}],
    "k12_pathway": [{"state_student_id": "2345678901"}, {"state_student_id": "3456789012"}],
    "work_based_learning": [
        {"state_student_id": "2345678901"},
        {"state_student_id": "3456789012"},
    ],
    "dual_enrollment": [{"local_student_id": "A-18"}, {"local_student_id": "A-19"}],
    "college_enrollment": [{"local_student_id": "A-18"}, {"local_student_id": "A-19"}],
    "credential": [
        {"local_student_id": "A-18", "award_id": "2"},
        {"local_student_id": "A-19", "award_id": "3"},
    ],
    "wage": [{"ssn": "912345679"}, {"ssn": "912345681"}],
    "consortium_member": [{"member_id": "1990002"}, {"member_id": "1990003"}],
    "initiative_grant": [{"grant_line": "2"}, {"grant_line": "3"}],
    "initiative_participation": [{"local_student_id": "A-18"}, {"local_student_id": "A-19"}],
    "labor_demand": [{"naics_sector": "62"}, {"naics_sector": "22"}],
}
_SSID = {"state_student_id": "1234567890"}
_EXIT = {"enrollment_exit_date": "2019-05-30"}
_GRADUATE = {**_EXIT, "exit_code": "E230", "completion_status_code": "100"}

# For each effect: what all three rows have, what is changed in the first, and the count expected
# of how many.
CASES: dict[tuple[str, str], tuple[dict, dict, float, float]] = {
    ("k12_enrollment", "people_lost"): ({}, {"grade_level": "8"}, 1, 3),
    ("k12_enrollment", "graduates_lost"): (_GRADUATE, {"grade_level": "8"}, 1, 3),
    ("k12_enrollment", "exits_without_completion"): (
        _GRADUATE,
        {"completion_status_code": None},
        1,
        3,
    ),
    ("k12_enrollment", "exits_unknown"): (
        {**_EXIT, "exit_code": "T200"},
        {"exit_code": "E140"},
        1,
        3,
    ),
    ("k12_enrollment", "race_not_reported"): ({}, {"race_ethnicity_code": "RD"}, 1, 3),
    ("k12_pathway", "people_lost"): ({}, {"courses_completed": "-1"}, 1, 3),
    ("k12_pathway", "completions_lost"): ({}, {"courses_completed": "-1"}, 1, 3),
    ("k12_pathway", "completions_not_reported"): (
        {},
        {"pathway_completion_academic_year": None},
        1,
        3,
    ),
    ("k12_pathway", "courses_without_hours"): ({}, {"pathway_hours": "0"}, 1, 3),
    ("k12_pathway", "hours_missing"): ({}, {"pathway_hours": None}, 1, 3),
    ("work_based_learning", "people_lost"): ({}, {"wbl_type_code": "99"}, 1, 3),
    ("work_based_learning", "hours_lost"): ({}, {"wbl_type_code": "99"}, 80, 240),
    ("work_based_learning", "without_sector"): ({}, {"employer_naics_sector": None}, 1, 3),
    ("dual_enrollment", "people_lost"): ({}, {"grade_code": "??"}, 1, 3),
    ("dual_enrollment", "people_without_ssid"): (_SSID, {"state_student_id": None}, 1, 3),
    ("dual_enrollment", "people_without_ssn"): ({}, {"ssn": None}, 1, 3),
    ("dual_enrollment", "units_lost"): ({}, {"grade_code": "??"}, 3, 9),
    ("college_enrollment", "people_lost"): ({}, {"aid_status_code": "??"}, 1, 3),
    ("college_enrollment", "people_without_ssn"): ({}, {"ssn": None}, 1, 3),
    ("college_enrollment", "people_without_ssid"): (_SSID, {"state_student_id": None}, 1, 3),
    ("college_enrollment", "people_without_program"): ({}, {"program_top_code": None}, 1, 3),
    ("credential", "awards_lost"): ({}, {"award_units": "300"}, 1, 3),
    ("credential", "people_without_ssid"): (_SSID, {"state_student_id": None}, 1, 3),
    ("credential", "people_without_ssn"): ({}, {"ssn": None}, 1, 3),
    ("credential", "without_top"): ({}, {"program_top_code": None, "cip_code": "51.3801"}, 1, 3),
    ("wage", "people_lost"): ({}, {"naics_code": "5"}, 1, 3),
    ("wage", "wages_lost"): ({}, {"naics_code": "5"}, 7012.5, 21037.5),
    ("wage", "ssn_unusable"): ({}, {"ssn": "123456789"}, 1, 3),
    ("wage", "without_county"): ({}, {"county_fips": None}, 1, 3),
    ("institution", "institutions_lost"): ({}, {"county_fips": "00000"}, 1, 3),
    ("consortium_member", "members_lost"): ({}, {"member_role_code": "??"}, 1, 3),
    ("consortium_member", "without_staff"): ({}, {"staff_fte": None}, 1, 3),
    ("initiative_grant", "award_lost"): ({}, {"initiative_code": "??"}, 250000, 750000),
    ("initiative_participation", "people_lost"): ({}, {"service_type_code": "??"}, 1, 3),
    ("initiative_participation", "people_without_ssid"): (
        _SSID,
        {"state_student_id": None},
        1,
        3,
    ),
    ("initiative_participation", "people_without_ssn"): ({}, {"ssn": None}, 1, 3),
    ("labor_demand", "openings_lost"): ({}, {"soc_code": "??"}, 110, 330),
}


def rows_of(name: str, everywhere: dict, in_first: dict) -> pl.DataFrame:
    """Return three rows, as they are delivered; the first one changed."""
    good = GOOD[name] | everywhere
    others = [good | other for other in OTHERS[name]]
    # What tells the rows apart is not overwritten by what they share.
    return delivered(name, [good | in_first, *others])


def counted(name: str, text: pl.DataFrame) -> dict:
    [row] = data_impact.counts(text, judge(text, FEEDS[name]).quarantined, FEEDS[name]).to_dicts()
    return row


@pytest.mark.parametrize(("name", "effect"), CASES)
def test_an_effect_counts_what_was_done_and_nothing_else(name: str, effect: str) -> None:
    everywhere, in_first, n, of = CASES[name, effect]
    before = counted(name, rows_of(name, everywhere, {}))
    after = counted(name, rows_of(name, everywhere, in_first))
    assert before[effect] == 0
    assert (after[effect], after[f"{effect}__of"]) == (n, of)


def test_every_effect_has_a_case() -> None:
    assert set(CASES) == {(name, e.name) for name in FEEDS for e in data_impact.EFFECTS[name]}


def test_the_sentence_of_one_and_of_many() -> None:
    [effect] = [e for e in data_impact.EFFECTS["k12_enrollment"] if "completion" in e.name]
    assert effect.sentence(212, 4100) == (
        "212 of 4,100 exits with exit_code E230 lack a completion_status_code. Your graduation "
        "rate counts these students as non-graduates."
    )
    assert effect.sentence(1, 9).startswith("1 of 9 exits with exit_code E230 lacks a")


@pytest.mark.parametrize(
    ("n", "of", "said"),
    [(0, 9, "0 %"), (0, 0, "0 %"), (1, 100_000, "0.1 %"), (1, 200, "0.5 %"), (1, 3, "33 %")],
)
def test_a_share_that_is_not_nothing_is_not_said_to_be(n, of, said) -> None:
    assert data_impact.share(n, of) == said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((5,), "5"),
        ((5, 6), "5, 6"),
        ((2, 5, 6, 7, 8, 20), "2, 5–8, 20"),
        (tuple(range(2, 102, 2)), ", ".join(str(2 * n) for n in range(1, 41)) + " and 10 more"),
    ],
)
def test_row_numbers_are_listed_up_to_a_bound(rows, said) -> None:
    assert report.Reason("r", "m", rows).listed == said


def account(path: Path, text: pl.DataFrame, sha: str = "a") -> ledger.DeliveryResult:
    aside = judge(text, FEEDS["k12_enrollment"]).quarantined
    return ledger.DeliveryResult(
        Delivery("k12_enrollment", text["period"][0], "1990001", path, sha * 64, datetime.now(UTC)),
        text.height,
        text.height - aside.height,
        aside.height,
        ledger.count_reasons(aside[REASONS]),
    )


def write(root: Path, rows: list[dict], *, sha: str = "a", period: str = YEAR) -> Path:
    """Judge rows as a delivery, write its report and return the folder."""
    feed = FEEDS["k12_enrollment"]
    text = delivered("k12_enrollment", rows, period)
    told = account(Path("1990001.csv"), text, sha)
    store.write(root, feed, [told], text, judge(text, feed).quarantined)
    return root / "k12_enrollment" / period / "1990001"


GOOD_ROWS = [
    GOOD["k12_enrollment"] | {"state_student_id": f"{n}234567890"} for n in (1, 2, 3, 4, 5, 6)
]
BAD_ROW = GOOD_ROWS[0] | {"grade_level": "8", "is_foster": "<b>maybe"}


def test_a_report_names_rule_row_and_effect_and_no_person(tmp_path: Path) -> None:
    folder = write(tmp_path, [*GOOD_ROWS[1:], BAD_ROW])
    told = {name: (folder / name).read_text() for name in ("report.html", "report.txt")}
    for text in told.values():
        assert "5 of 6 rows were accepted" in text
        assert "grade_level must be from 9 to 12." in text
        assert "1 of 6 students has only rejected rows." in " ".join(text.split())
        for value in ("María José", "Núñez", "1234567890", "2002-03-04", "maybe"):
            assert value not in text
    assert "rows 7" in told["report.txt"]
    rejected = pl.read_csv(folder / "rejected_rows.csv", infer_schema=False)
    assert rejected.columns == ["row_number", "what_to_correct", *FEEDS["k12_enrollment"].dtypes]
    assert rejected.select("row_number", "grade_level", "first_name", "is_foster").rows() == [
        ("7", "8", "María José", "<b>maybe")
    ]
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}


def test_a_clean_delivery_says_so_and_leaves_no_rejected_rows(tmp_path: Path) -> None:
    write(tmp_path, [*GOOD_ROWS[1:], BAD_ROW])
    folder = write(tmp_path, GOOD_ROWS, sha="b")
    said = (folder / "report.txt").read_text()
    assert "All 6 rows were accepted." in said
    assert "Nothing in this file lowers your numbers." in said
    assert sorted(path.name for path in folder.iterdir()) == [
        "figures.json",
        "report.html",
        "report.txt",
    ]


class Links(HTMLParser):
    """Collects what a page would load, and tags that stay open."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.loads += [v for k, v in attrs if k in {"src", "href"} or (k == "style" and "url" in v)]
        if tag not in {"meta", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag


def test_a_page_loads_nothing_and_is_well_formed(tmp_path: Path) -> None:
    html = (write(tmp_path, [*GOOD_ROWS[1:], BAD_ROW]) / "report.html").read_text()
    links = Links()
    links.feed(html)
    assert links.loads == []
    assert links.open == []
    assert "<script" not in html
    assert "http" not in html


def test_a_correction_is_compared_with_what_it_replaces_and_stays_so(tmp_path: Path) -> None:
    year_before = [row | {"academic_year": "2017-18"} for row in GOOD_ROWS[:2]]
    early = [row | {"enrollment_entry_date": "2017-09-01"} for row in year_before]
    write(tmp_path, early, sha="9", period="2017-18")
    folder = write(tmp_path, [*GOOD_ROWS[1:], BAD_ROW])
    assert "1990001.csv for 2017-18" in (folder / "report.txt").read_text()
    for _ in range(2):
        # The second time it is the same content, judged again.
        said = (write(tmp_path, GOOD_ROWS, sha="b") / "report.txt").read_text()
        assert "1990001.csv for 2018-19" in said
        rows = [line.split() for line in said.splitlines() if "rows accepted" in line]
        assert rows == [["rows", "accepted", "6", "5", "+1"]]


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [(6, 5, "+1"), (99, 132, "-33 (-25 %)"), (5, 5, "same"), (5, 0, "+5"), (5, None, "")],
)
def test_a_change_is_told_as_a_number_and_a_share_of_what_is_large(now, before, said) -> None:
    assert letter.cells(report.Line("rows", now, before))[2] == said


def test_a_file_of_corrected_rows_alone_is_told_what_it_does(tmp_path: Path) -> None:
    write(tmp_path, GOOD_ROWS)
    assert (
        "must hold all rows" not in (write(tmp_path, GOOD_ROWS, sha="b") / "report.txt").read_text()
    )
    said = (write(tmp_path, GOOD_ROWS[:2], sha="c") / "report.txt").read_text()
    assert "takes the place of your 6 accepted rows with 2" in " ".join(said.split())


def test_a_refused_file_is_told_why_and_what_stays_in_force(tmp_path: Path) -> None:
    feed = FEEDS["k12_enrollment"]
    folder = write(tmp_path, GOOD_ROWS)
    kept = (folder / "figures.json").read_bytes()
    refused = ledger.DeliveryResult(
        Delivery(feed.name, YEAR, "1990001", Path("1990001.csv"), "d" * 64, datetime.now(UTC)),
        refused=("file:missing_column",),
        message="1990001.csv lacks <grade_level>.",
    )
    store.write_refused(tmp_path, refused)
    said = (folder / "report.txt").read_text()
    assert "refused as a whole" in said
    assert "1990001.csv for 2018-19, with 6 rows" in " ".join(said.split())
    assert "lacks &lt;grade_level&gt;." in (folder / "report.html").read_text()
    assert (folder / "figures.json").read_bytes() == kept


def csv(path: Path, rows: list[dict]) -> Path:
    schema = dict.fromkeys(FEEDS["k12_enrollment"].dtypes, pl.String)
    pl.DataFrame(rows, schema=schema).write_csv(path)
    return path


@pytest.fixture
def nowhere(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "no_home")


def test_a_file_is_checked_where_it_lies_and_the_home_is_not_touched(
    tmp_path: Path, nowhere: Settings
) -> None:
    path = csv(tmp_path / "export from SIS.csv", [*GOOD_ROWS[1:], BAD_ROW])
    checked = precheck.check(nowhere, FEEDS["k12_enrollment"], path)
    assert not checked.is_clean
    delivery = checked.report.account.delivery
    assert (delivery.period, delivery.submitter) == (YEAR, "1990001")
    assert checked.report.account.reasons == {"grade_level:range": 1, "is_foster:type": 1}
    assert {p.parent for p in checked.paths} == {tmp_path / "export from SIS.report"}
    assert not nowhere.root.exists()
    good = csv(tmp_path / "good.csv", GOOD_ROWS)
    assert precheck.check(nowhere, FEEDS["k12_enrollment"], good).is_clean


def test_the_same_file_gets_the_same_report_before_and_after_delivery(
    tmp_path: Path, nowhere: Settings
) -> None:
    folder = write(tmp_path / "reports", [*GOOD_ROWS[1:], BAD_ROW])
    path = csv(tmp_path / "1990001.csv", [*GOOD_ROWS[1:], BAD_ROW])
    checked = precheck.check(nowhere, FEEDS["k12_enrollment"], path)
    assert letter.text(checked.report) == (folder / "report.txt").read_text()


def test_a_file_that_would_be_refused_is_told_why(tmp_path: Path, nowhere: Settings) -> None:
    path = tmp_path / "1990001.csv"
    path.write_text("academic_year,grade\n2018-19,9\n")
    checked = precheck.check(nowhere, FEEDS["k12_enrollment"], path)
    assert not checked.is_clean
    assert "lacks district_id" in page.html(checked.report)


def test_corrected_rows_are_put_back_into_the_whole_file(tmp_path: Path, nowhere: Settings) -> None:
    feed = FEEDS["k12_enrollment"]
    path = csv(tmp_path / "1990001.csv", [GOOD_ROWS[1], BAD_ROW, *GOOD_ROWS[2:], BAD_ROW])
    out = tmp_path / "out"
    precheck.check(nowhere, feed, path, out=out)
    rows = pl.read_csv(out / "rejected_rows.csv", infer_schema=False)
    first = rows.head(1).with_columns(grade_level=pl.lit("9"), is_foster=pl.lit("N"))
    emptied = rows.tail(1).with_columns(pl.lit(None, pl.String).alias(name) for name in feed.dtypes)
    corrected = tmp_path / "corrected.csv"
    pl.concat([first, emptied]).write_csv(corrected)
    made = precheck.put_back(path, feed, corrected, None, out)
    assert made.name == "1990001.csv"
    whole = pl.read_csv(made, infer_schema=False)
    expected = [GOOD_ROWS[1], BAD_ROW | {"grade_level": "9", "is_foster": "N"}, *GOOD_ROWS[2:]]
    assert whole.to_dicts() == expected
    assert precheck.check(nowhere, feed, made).is_clean

    first.with_columns(row_number=pl.lit("99")).write_csv(corrected)
    with pytest.raises(precheck.CannotCorrect, match="not in 1990001"):
        precheck.put_back(path, feed, corrected, None, out)
    first.drop("grade_level").write_csv(corrected)
    with pytest.raises(precheck.CannotCorrect, match="must have the columns"):
        precheck.put_back(path, feed, corrected, None, out)
