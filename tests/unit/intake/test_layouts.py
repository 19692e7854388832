"""Agencies' layouts become rows of the contracts, and every record has one fate."""

import gzip
import io
import os
import zipfile

import polars as pl
import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.feedback import precheck
from pipelines.intake.accept import accept
from pipelines.intake.deliveries import find_deliveries, landed_periods, received
from pipelines.intake.landing import not_taken
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import DeliveredText, read_text
from pipelines.intake.readers.layouts.rules import RULES
from pipelines.intake.readers.unpack import opened
from pipelines.settings import PROJECT, Settings
from schemas import FEEDS
from schemas.layouts.ceds import NAMES
from schemas.layouts.feed import layout_feed
from schemas.layouts.model import LAYOUTS, Layout
from tests.unit.cases import GOOD
from tests.unit.intake.layout_cases import (
    CRSC,
    DISTRICT,
    SCSC,
    SCTE,
    SENR,
    SINF,
    SPRG,
    STUDENT,
    WBLR,
    YEAR,
    bundle,
    calpads,
    delimited,
    fixed,
)

K12 = FEEDS["k12_enrollment"]


def read(path, feed="k12_enrollment", period=YEAR) -> DeliveredText:
    """Return a delivery as the gate reads it."""
    return read_text(received(path, feed, period), FEEDS[feed])


def row(path, feed="k12_enrollment", period=YEAR) -> dict[str, str | None]:
    """Return the one row of a delivery."""
    [one] = read(path, feed, period).rows.select(*FEEDS[feed].dtypes).to_dicts()
    return one


@pytest.fixture
def home(tmp_path) -> Settings:
    return Settings(home=tmp_path, settle_seconds=0, token_key="k" * 64)


def test_calpads_files_of_a_student_are_one_enrollment(tmp_path) -> None:
    good = dict(GOOD["k12_enrollment"])
    unknown = dict.fromkeys(("is_english_learner", "has_disability", "is_foster"))
    assert row(calpads(tmp_path / DISTRICT)) == good | unknown


@pytest.mark.parametrize("delimiter", ["^", ","])
def test_calpads_is_read_with_a_caret_or_commas_with_or_without_a_header(
    tmp_path, delimiter
) -> None:
    plain = row(calpads(tmp_path / "plain" / DISTRICT))
    record = LAYOUTS["calpads"].records["SENR"]
    header = delimiter.join(field.title for field in record.fields) + "\r\n"
    text = header + delimited("SENR", SENR, delimiter=delimiter)
    assert row(calpads(tmp_path / DISTRICT, SENR__txt=text)) == plain


def test_an_extract_is_read_as_the_file_it_is_of(tmp_path) -> None:
    text = (
        delimited("SENR", SENR).replace("SENR", "SENR-R").replace("\r\n", "^20190701^20190702\r\n")
    )
    folder = calpads(tmp_path / DISTRICT, SENR__txt=text)
    assert row(folder)["grade_level"] == "11"
    assert "extract" in read(folder).notes[0]


@pytest.mark.parametrize("written", ["20180815", "08152018", "8/15/2018", "08/15/2018"])
def test_dates_are_read_in_every_form_that_vendors_write(tmp_path, written) -> None:
    text = delimited("SENR", SENR | {"enrollment_start_date": written})
    assert (
        row(calpads(tmp_path / DISTRICT, SENR__txt=text))["enrollment_entry_date"] == "2018-08-15"
    )


@pytest.mark.parametrize(
    ("hispanic", "races", "category"),
    [
        ("Y", ("700", "600"), "RH"),
        ("N", ("700",), "RW"),
        ("N", ("201",), "RA"),
        ("N", ("201", "203"), "RA"),
        ("N", ("201", "400"), "RT"),
        ("N", ("302",), "RP"),
        ("N", ("100",), "RI"),
        ("", (), "RD"),
    ],
)
def test_five_races_and_a_flag_are_one_category(tmp_path, hispanic, races, category) -> None:
    coded = {f"student_race_{n}_code": code for n, code in enumerate(("", *races)) if n}
    person = STUDENT | coded | {"student_hispanic_ethnicity_indicator": hispanic}
    folder = calpads(tmp_path / DISTRICT, SINF__txt=delimited("SINF", person))
    assert row(folder)["race_ethnicity_code"] == category


def test_a_later_name_counts_and_a_later_transaction_replaces_or_deletes(tmp_path) -> None:
    later = SINF | {"effective_start_date": "20190101", "student_legal_last_name": "Later"}
    other = SENR | {"ssid": "1234567891"}
    records = [
        SENR,
        other,
        SENR | {"transaction_type_code": "R", "grade_level_code": "12"},
        other | {"transaction_type_code": "D"},
    ]
    folder = calpads(
        tmp_path / DISTRICT,
        SINF__txt=delimited("SINF", later, SINF),
        SENR__txt=delimited("SENR", *records),
    )
    one = row(folder)
    assert (one["last_name"], one["grade_level"]) == ("Later", "12")
    assert any("3 record(s) were withdrawn" in note for note in read(folder).notes)


def test_a_program_that_no_record_names_is_unknown_and_not_no(tmp_path) -> None:
    other = SPRG | {"ssid": "1234567891", "education_program_code": "190"}
    alone = row(calpads(tmp_path / "a" / DISTRICT))
    named = row(calpads(tmp_path / "b" / DISTRICT, SPRG__txt=delimited("SPRG", SPRG, other)))
    assert (alone["is_foster"], named["is_foster"]) == (None, "N")
    assert alone["is_homeless"] == "N"


def test_a_bundle_without_a_record_type_is_refused_as_a_whole(tmp_path) -> None:
    folder = calpads(tmp_path / DISTRICT)
    (folder / "SINF.txt").unlink()
    with pytest.raises(FileRefused) as refused:
        read(folder)
    assert refused.value.rules == ("file:incomplete_bundle",)
    assert "lacks SINF (Student Information)" in refused.value.message


def test_pathways_are_completers_with_their_cte_courses(tmp_path) -> None:
    folder = bundle(
        tmp_path / DISTRICT,
        SCTE__txt=delimited("SCTE", SCTE),
        SCSC__txt=delimited(
            "SCSC",
            SCSC,
            SCSC
            | {
                "local_course_id": "C2",
                "academic_term_code": "S2",
                "student_course_final_grade": "A-",
            },
            SCSC
            | {
                "local_course_id": "ENG",
                "academic_term_code": "S3",
                "student_course_final_grade": "F",
            },
        ),
        CRSC__txt=delimited(
            "CRSC",
            CRSC,
            CRSC | {"crs_local_course_id": "C2", "academic_term_code": "S2"},
            CRSC
            | {"crs_local_course_id": "ENG", "academic_term_code": "S3"}
            | {"cte_course_section_provider_code": ""},
        ),
    )
    one = row(folder, "k12_pathway")
    assert one == GOOD["k12_pathway"] | {
        "courses_completed": "2",
        "capstone_grade": "A-",
        "pathway_hours": None,
    }
    fates = read(folder, "k12_pathway").fates(read(folder, "k12_pathway").rows)
    assert "of 3 records 2 are used, 0 quarantined, 1 not of this feed." in fates[1]


def test_every_record_has_one_fate(home) -> None:
    folder = home.landing / "calpads" / YEAR / DISTRICT
    calpads(
        folder,
        SENR__txt=delimited(
            "SENR",
            SENR,
            SENR | {"ssid": "1234567891", "enrollment_exit_date": "20190101"},
            SENR | {"ssid": "1234567892", "grade_level_code": "05"},
        )
        + "SENR^broken\r\n",
        SINF__txt=delimited("SINF", SINF, SINF | {"ssid": "1234567891"}, SINF | {"ssid": "77"}),
    )
    [result] = accept(home, K12, [YEAR])[YEAR]
    assert (result.accepted_rows, result.quarantined_rows) == (1, 2)
    fates = [note for note in result.notes if "not of this feed" in note]
    assert fates == [
        f"{DISTRICT}/SENR.txt (SENR): of 4 records 1 are used, 2 quarantined, 1 not of this feed.",
        f"{DISTRICT}/SINF.txt (SINF): of 3 records 1 are used, 1 quarantined, 1 not of this feed.",
        f"{DISTRICT}/SPRG.txt (SPRG): of 1 records 1 are used, 0 quarantined, 0 not of this feed.",
    ]


def test_a_report_speaks_the_layouts_own_fields_and_codes(tmp_path, home) -> None:
    late = SENR | {"enrollment_exit_date": "20190101"}
    folder = calpads(tmp_path / YEAR / DISTRICT, SENR__txt=delimited("SENR", late))
    checked = precheck.check(home, K12, folder, out=tmp_path / "out")
    [reason] = checked.report.reasons
    assert "SENR 1.25 Enrollment Exit Date (enrollment_exit_date)" in reason.message
    assert "SENR 1.26 Student Exit Reason Code (exit_code)" in reason.message
    header = (tmp_path / "out" / "rejected_rows.csv").read_text().splitlines()[0]
    assert "SENR 1.08 SSID (state_student_id)" in header
    messages = layout_feed(K12, "calpads").rules
    assert "E230 (completer exit)" in messages["completion_has_completer_exit"]


def test_a_bundle_is_one_delivery_that_the_gate_finds_in_the_layouts_folder(home) -> None:
    calpads(home.landing / "calpads" / YEAR / DISTRICT)
    assert landed_periods(home.landing, K12) == [YEAR]
    [delivery] = find_deliveries(home.landing, K12, YEAR)
    assert (delivery.submitter, delivery.is_unchanged) == (DISTRICT, True)
    assert find_deliveries(home.landing, FEEDS["k12_pathway"], YEAR) == []
    assert len(accept(home, K12, [YEAR])[YEAR]) == 1
    assert accept(home, K12, [YEAR]) == {}
    (delivery.path / "SPRG.txt").write_text(
        delimited("SPRG", SPRG | {"education_program_code": "191"})
    )
    assert not delivery.is_unchanged
    assert len(accept(home, K12, [YEAR])[YEAR]) == 1


def test_a_draft_is_refused_unless_drafts_are_allowed(tmp_path, home) -> None:
    folder = bundle(tmp_path / YEAR / DISTRICT, WBLR__txt=delimited("WBLR", WBLR))
    feed = FEEDS["work_based_learning"]
    assert not LAYOUTS["calpads"].is_draft("k12_enrollment")
    refused = precheck.check(home, feed, folder, out=tmp_path / "out").report.result
    assert refused.refused == ("file:draft_layout",)
    allowed = home.model_copy(update={"allow_draft_layouts": True})
    report = precheck.check(allowed, feed, folder, out=tmp_path / "out").report
    assert report.result.accepted_rows == 1
    assert any("is a draft" in note for note in report.result.notes)


ICESA = {
    "last_name": "NUNEZ",
    "first_name": "MARIA",
    "quarter": "122018",
}


def icesa(*wages: tuple[str, str, int], count: int | None = None, total: int | None = None) -> str:
    """Return an ICESA file of one employer: SSN, first name and cents of each record."""
    lines = [
        fixed("wage_record", "A", payment_year="2018"),
        fixed("wage_record", "E", employer_account_number="00001234"),
    ]
    lines += [
        fixed(
            "wage_record",
            "S",
            **ICESA | {"social_security_number": ssn, "first_name": name},
            total_wages_of_the_quarter=f"{cents:014d}",
        )
        for ssn, name, cents in wages
    ]
    sums = sum(cents for *_, cents in wages)
    lines += [
        fixed(
            "wage_record",
            "T",
            number_of_employees=f"{len(wages) if count is None else count:07d}",
            total_wages=f"{sums if total is None else total:014d}",
        ),
        fixed("wage_record", "F"),
    ]
    return "".join(lines)


def wage_file(tmp_path, text: str, name: str = "workforce_agency.txt"):
    path = tmp_path / "2018Q4" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def test_icesa_records_are_wages_with_the_point_that_they_imply(tmp_path) -> None:
    path = wage_file(tmp_path, icesa(("912345678", "MARIA", 701250)))
    one = row(path, "wage", "2018Q4")
    written = {"quarterly_wages_usd": "7012.50", "naics_code": None, "county_fips": None}
    assert one == GOOD["wage"] | written


def test_adjustments_of_one_ssn_and_account_are_netted(tmp_path) -> None:
    path = wage_file(tmp_path, icesa(("912345678", "MARIA", 701250), ("912345678", "MARIA", -1250)))
    assert row(path, "wage", "2018Q4")["quarterly_wages_usd"] == "7000.0"
    text = read(path, "wage", "2018Q4")
    assert "of 6 records 3 are used" in text.fates(text.rows)[0]


@pytest.mark.parametrize("wrong", [{"count": 2}, {"count": 0}, {"total": 1}, {"total": 10**9}])
def test_totals_that_do_not_agree_refuse_the_file(tmp_path, wrong) -> None:
    path = wage_file(tmp_path, icesa(("912345678", "MARIA", 701250), **wrong))
    with pytest.raises(FileRefused) as refused:
        read(path, "wage", "2018Q4")
    assert refused.value.rules == ("file:totals",)
    assert "line 4" in refused.value.message


def test_a_cut_file_of_totals_is_refused(tmp_path) -> None:
    text = icesa(("912345678", "MARIA", 701250))
    cut = "".join(text.splitlines(keepends=True)[:3])
    with pytest.raises(FileRefused, match=r"lacks T|cut"):
        read(wage_file(tmp_path, cut), "wage", "2018Q4")


ITEMS = """Quarter,SSN,First Name,Last Name,Employer Account,Wages,Adjustment Code,NAICS,County
2018Q4,912345678,MARIA,NUNEZ,1234,7512.50,,541511,06037
2018Q4,912345678,MARIA,NUNEZ,1234,-500.00,A,541511,06037
2018Q3,912345678,MARIA,NUNEZ,1234,-9.00,A,541511,06037
"""


def test_items_with_adjustments_are_netted_within_their_quarter(tmp_path) -> None:
    path = wage_file(tmp_path, ITEMS, "workforce_agency.csv")
    assert row(path, "wage", "2018Q4") == GOOD["wage"]
    text = read(path, "wage", "2018Q4")
    assert "of 3 records 2 are used, 0 quarantined, 1 not" in text.fates(text.rows)[0]


CONTRACT_CSV = (
    ",".join(GOOD["wage"]) + "\n" + ",".join(v or "" for v in GOOD["wage"].values()) + "\n"
)


def zipped(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("workforce_agency.csv.gz", gzip.compress(CONTRACT_CSV.encode())),
        ("workforce_agency.zip", zipped(any__csv=CONTRACT_CSV)),
        ("workforce_agency.txt.gz", gzip.compress(icesa(("912345678", "MARIA", 701250)).encode())),
    ],
    ids=["gz", "zip", "gz_of_text"],
)
def test_a_packed_file_is_read_as_what_is_in_it(tmp_path, name, content) -> None:
    path = tmp_path / "2018Q4" / name
    path.parent.mkdir()
    path.write_bytes(content)
    assert received(path, "wage", "2018Q4").submitter == "workforce_agency"
    assert row(path, "wage", "2018Q4")["quarterly_wages_usd"] in {"7012.5", "7012.50"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped(a__csv="x", b__csv="y"), "holds 2 files"),
        (b"PK\x03\x04 no archive", "damaged"),
        # Deflate64, which is not read, in both headers.
        (
            zipped(a__csv="x").replace(b"\x14\0\0\0\x08\0", b"\x14\0\0\0\x09\0"),
            "compressed in a way that is not read",
        ),
    ],
)
def test_a_zip_that_is_no_one_file_is_refused(tmp_path, content, words) -> None:
    path = tmp_path / "workforce_agency.zip"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=words):
        read(path, "wage", "2018Q4")


def test_a_fault_of_the_reader_is_not_said_of_the_file(tmp_path) -> None:
    path = tmp_path / "workforce_agency.zip"
    path.write_bytes(zipped(a__csv="x"))
    with pytest.raises(NotImplementedError), opened(path, path.name):
        raise NotImplementedError


@pytest.mark.parametrize("inner", ["Maria__912345678", "../../912345678__csv", "/etc/912345678"])
def test_the_name_within_a_zip_leads_nowhere_and_is_not_repeated(tmp_path, inner) -> None:
    path = tmp_path / "2018Q4" / "workforce_agency.zip"
    path.parent.mkdir()
    for text in (icesa(("987654321", "MARIA", 701250)), "no feed"):
        path.write_bytes(zipped(**{inner: text}))
        try:
            said = " ".join(read(path, "wage", "2018Q4").notes)
        except FileRefused as refused:
            said = refused.message
        assert "912345678" not in said
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_bundle_with_a_link_is_not_taken_and_the_link_is_named(home, tmp_path, link) -> None:
    place = home.landing / "calpads" / YEAR / DISTRICT
    calpads(place)
    secret = tmp_path / "secret"
    (place / "SPRG.txt").rename(secret)
    getattr(place / "SPRG.txt", link)(secret)
    assert find_deliveries(home.landing, K12, YEAR) == []
    [one] = not_taken(home.landing)
    assert one.place == f"calpads/{YEAR}/{DISTRICT}/SPRG.txt"
    assert "link" in one.reason


def test_what_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("pipelines.intake.readers.unpack.MOST_UNPACKED", 1_000_000)
    path = tmp_path / "workforce_agency.csv.gz"
    path.write_bytes(gzip.compress(CONTRACT_CSV.encode() + b"x" * 2_000_000))
    with pytest.raises(FileRefused, match="when it is unpacked"):
        read(path, "wage", "2018Q4")


COLLEGE = "910123"
SB = {
    "college": "123",
    "term": "187",
    "student_identifier": "912345678",
    "identifier_status": "S",
    "birth_date": "20020304",
    "gender": "B",
    "education_status": "32018",
    "educational_goal": "C",
    "race_and_ethnicity": "NNNNNNYNNNNNYNNNNNNNNN",
}
SX = {
    "college": "123",
    "term": "187",
    "student_identifier": "912345678",
    "course_department_and_number": "CIS 101",
    "section": "4711",
    "grade": "B",
    "course_control_number": "CCC000000001",
}


def test_mis_records_are_terms_with_their_units(tmp_path) -> None:
    folder = bundle(
        tmp_path / COLLEGE,
        SB__dat=fixed("mis", "SB", **SB),
        SX__dat=fixed("mis", "SX", **SX, units_earned="0300")
        + fixed("mis", "SX", **SX, units_earned="0150")
        + fixed("mis", "SX", **SX, units_earned="8888"),
    )
    one = row(folder, "college_enrollment")
    assert one["term_id"] == "2018FA"
    assert (one["ssn"], one["local_student_id"]) == ("912345678", "912345678")
    assert (one["race_ethnicity_code"], one["units_earned"]) == ("RT", "4.5")
    assert (one["first_name"], one["units_attempted"]) == (None, None)
    assert one["institution_id"] == COLLEGE


def test_a_header_of_element_numbers_needs_no_places_of_fields(tmp_path) -> None:
    record = LAYOUTS["mis"].records["SX"]
    header = ",".join(field.id for field in record.fields)
    values = {"record_code": "SX", "units_earned": "0300", **SX}
    line = ",".join(values.get(field.name, "") for field in record.fields)
    folder = bundle(
        tmp_path / COLLEGE,
        SB__dat=fixed("mis", "SB", **SB),
        SX__csv=f"{header}\r\n{line}\r\n",
    )
    assert row(folder, "college_enrollment")["units_earned"] == "3.0"
    places = [one for one in LAYOUTS["mis"].unsourced("college_enrollment") if "places" in one]
    assert len(places) == 2
    assert "places of fields in SB" not in LAYOUTS["mis"].unsourced("college_enrollment", False)


def test_sections_of_special_admits_are_dual_enrollment_and_no_others(tmp_path) -> None:
    admit = SB | {"education_status": "10000"}
    other = {"student_identifier": "912345679"}
    folder = bundle(
        tmp_path / COLLEGE,
        SB__dat=fixed("mis", "SB", **admit) + fixed("mis", "SB", **(SB | other)),
        SX__dat=fixed("mis", "SX", **SX, units_earned="0300")
        + fixed("mis", "SX", **(SX | other), units_earned="0300"),
        CB__dat=fixed(
            "mis",
            "CB",
            college="123",
            term="187",
            course_control_number="CCC000000001",
            top="070200",
            credit_status="D",
        ),
    )
    one = row(folder, "dual_enrollment")
    assert (one["ssn"], one["section_id"], one["top_code"]) == ("912345678", "4711", "070200")
    assert one["is_ccap"] is None
    assert row(folder, "college_enrollment")["ssn"] == "912345679"


def test_a_file_of_two_colleges_is_refused(tmp_path) -> None:
    folder = bundle(
        tmp_path / COLLEGE,
        SB__dat=fixed("mis", "SB", **SB) + fixed("mis", "SB", **(SB | {"college": "124"})),
        SX__dat=fixed("mis", "SX", **SX),
    )
    with pytest.raises(FileRefused) as refused:
        read(folder, "college_enrollment")
    assert refused.value.rules == ("file:several_submitters",)


TRACKER = {
    "Your Unique Identifier": "17",
    "First Name": "MARIA",
    "Last Name": "NUNEZ",
    "Requester Return Field": "_1234567890_",
    "Record Found Y/N": "Y",
    "College Code/Branch": "001234-00",
    "College Name": "SOME COLLEGE",
    "College State": "NV",
    "2-year / 4-year": "4",
    "Public / Private": "Public",
    "Enrollment Begin": "20180820",
    "Enrollment Status": "F",
    "Graduated?": "N",
}


def detail_report(*rows: dict[str, str]) -> str:
    titles = [field.title for field in LAYOUTS["studenttracker"].records["NSC"].fields]
    lines = [",".join(titles), *(",".join(one.get(title, "") for title in titles) for one in rows)]
    return "\r\n".join(lines) + "\r\n"


def test_a_detail_report_is_terms_and_awards_and_its_other_rows_are_accounted_for(tmp_path) -> None:
    degree = {
        "Graduated?": "Y",
        "Graduation Date": "20190520",
        "Degree Title": "BACHELOR OF ARTS",
        "Degree Major 1": "HISTORY",
        "Degree CIP 1": "540101",
        "Enrollment Begin": "",
    }
    absent = dict.fromkeys(TRACKER, "") | {"First Name": "BO", "Record Found Y/N": "N"}
    later = {"Enrollment Begin": "20200820"}
    text = detail_report(TRACKER, TRACKER, TRACKER | degree, absent, TRACKER | later)
    path = tmp_path / "detail.csv"
    path.write_text(text)
    term, award = row(path, "college_enrollment"), row(path, "credential")
    assert (term["term_id"], term["institution_id"]) == ("2018FA", "001234")
    assert (term["state_student_id"], term["units_attempted"]) == ("1234567890", None)
    assert (award["award_type_code"], award["cip_code"]) == ("B", "54.0101")
    of_terms = read(path, "college_enrollment")
    # The two that are the same are both used; degree, not found and another year are not of it.
    assert "of 5 records 2 are used, 0 quarantined, 3 not" in of_terms.fates(of_terms.rows)[0]


@pytest.mark.parametrize("feed", FEEDS)
def test_names_of_ceds_elements_are_an_alternative_header(tmp_path, feed) -> None:
    good = {name: GOOD[feed].get(name) for name in FEEDS[feed].dtypes}
    header = [NAMES.get(name, [name])[0] for name in good]
    quoted = (f'"{value}"' if value else "" for value in good.values())
    period = good[FEEDS[feed].period_kind.value]
    path = tmp_path / str(period) / "any.csv"
    path.parent.mkdir()
    path.write_text(",".join(header) + "\n" + ",".join(quoted) + "\n")
    assert row(path, feed, str(period)) == good
    renamed = sum(name in NAMES for name in good)
    notes = read(path, feed, str(period)).notes
    assert sum(int(note.split()[0]) for note in notes) == renamed
    assert any("CEDS" in note for note in notes) == (renamed > 0)


def workbook(*sheets: list[list[str | float]]) -> bytes:
    """Return a workbook as Excel writes one: text within cells, numbers as numbers."""
    columns = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    names = [*columns, *(a + b for a in columns for b in columns)]
    listed = "".join(
        f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, len(sheets) + 1)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    related = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{related}'
        "</Relationships>",
    }
    for number, rows in enumerate(sheets, start=1):
        cells = ""
        for at, values in enumerate(rows, start=1):
            cells += f'<row r="{at}">'
            for name, value in zip(names, values, strict=False):
                text = f"<is><t>{value}</t></is>" if isinstance(value, str) else f"<v>{value}</v>"
                kind = ' t="inlineStr"' if isinstance(value, str) else ""
                cells += f'<c r="{name}{at}"{kind}>{text}</c>'
            cells += "</row>"
        parts[f"xl/worksheets/s{number}.xml"] = (
            f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return packed.getvalue()


def test_a_workbook_is_read_and_its_sheet_and_header_are_named(tmp_path) -> None:
    good = {name: value or "" for name, value in GOOD["wage"].items()}
    values = [float(v) if n == "quarterly_wages_usd" else v for n, v in good.items()]
    path = tmp_path / "2018Q4" / "workforce_agency.xlsx"
    path.parent.mkdir()
    path.write_bytes(workbook([], [list(good), values], [["notes"]]))
    assert row(path, "wage", "2018Q4") == GOOD["wage"]
    [note] = read(path, "wage", "2018Q4").notes
    assert note == "The sheet 2 of the workbook was read. 1 other sheet(s) were not read."


def test_a_bundle_may_have_workbooks_with_a_header(tmp_path) -> None:
    folder = calpads(tmp_path / DISTRICT)
    (folder / "SENR.txt").unlink()
    fields = LAYOUTS["calpads"].records["SENR"].fields
    values = ["SENR", *(SENR.get(field.name, "") for field in fields[1:])]
    sheet = workbook([[field.title for field in fields], values])
    (folder / "SENR export.xlsx").write_bytes(sheet)
    assert row(folder)["enrollment_entry_date"] == "2018-08-15"
    assert read(folder).rows["row_number"].to_list() == [2]


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("pipelines.intake.readers.unpack.MOST_OF_WORKBOOK", 1000)
    path = tmp_path / "workforce_agency.xlsx"
    path.write_bytes(workbook([["x" * 2000]]))
    with pytest.raises(FileRefused, match="when it is unpacked"):
        read(path, "wage", "2018Q4")


def test_rows_of_several_files_are_counted_on_and_named(tmp_path) -> None:
    second = delimited("SENR", SENR | {"ssid": "1234567891"})
    folder = calpads(tmp_path / DISTRICT, SENR__txt=delimited("SENR", SENR), SENR_b__txt=second)
    text = read(folder)
    assert text.rows["row_number"].to_list() == [1, 2]
    assert f"Rows from 2 on are lines of {DISTRICT}/SENR_b.txt." in text.notes


@pytest.mark.parametrize("kind", ["link", "hard link", "folder", "pipe"])
def test_a_bundle_with_what_is_no_file_is_refused(home, tmp_path, kind) -> None:
    folder = calpads(home.landing / "calpads" / YEAR / DISTRICT)
    secret = tmp_path / "secret.txt"
    secret.write_text(delimited("SINF", SINF))
    inner = folder / "SINF.txt"
    inner.unlink()
    {
        "link": lambda: inner.symlink_to(secret),
        "hard link": lambda: inner.hardlink_to(secret),
        "folder": inner.mkdir,
        "pipe": lambda: os.mkfifo(inner),
    }[kind]()
    results = accept(home, K12, [YEAR]).get(YEAR, [])
    assert all(result.refused == ("file:unreadable",) for result in results)
    assert any(
        f"calpads/{YEAR}/{DISTRICT}/SINF.txt" == one.place for one in not_taken(home.landing)
    )
    assert not list(home.quarantine.rglob("*SINF*"))


def test_a_name_within_a_bundle_that_may_be_a_persons_is_not_repeated(home) -> None:
    folder = calpads(home.landing / "calpads" / YEAR / DISTRICT)
    (folder / "SINF.txt").rename(folder / "SINF Ana 912345678.txt")
    [result] = accept(home, K12, [YEAR])[YEAR]
    assert result.refused == ("file:name",)
    assert "Ana" not in str(result.message)


def test_the_command_says_what_it_takes_a_bundle_for(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path / "home"))
    folder = calpads(tmp_path / YEAR / DISTRICT)
    result = CliRunner().invoke(app, ["deliveries", "check", str(folder)])
    assert "is taken for CALPADS files (SENR, SINF, SPRG) for k12_enrollment." in result.output
    assert result.exit_code == 0
    contract = tmp_path / YEAR / "any.csv"
    contract.write_text(",".join(K12.dtypes) + "\n")
    result = CliRunner().invoke(app, ["deliveries", "check", str(contract)])
    assert "is taken for rows of k12_enrollment." in result.output
    (tmp_path / "what.csv").write_text("a,b\n1,2\n")
    assert CliRunner().invoke(app, ["deliveries", "check", str(tmp_path / "what.csv")]).exit_code


PERSON, MADE_UP = ("912345678", "MARIA", 7), ("123456789", "ANA", 1)
REPORTED = {
    "clearinghouse.csv": ("2018-19", lambda: detail_report(TRACKER), [
        "taken for StudentTracker detail report (NSC) for college_enrollment, credential.",
        "of 1 records 1 are used",
        "of 1 records 0 are used, 0 quarantined, 1 not of",
    ]),
    "workforce_agency.txt": ("2018Q4", lambda: icesa(PERSON, MADE_UP), [
        "taken for ICESA wage file (A, B, E, F, S, T) for wage.",
        "S 2-10 Social Security Number (ssn) looks made up",
        "They read as not found in wage records this quarter.",
        "has no county_fips (not in ICESA wage file)",
    ]),
    "items.csv": ("2018Q4", lambda: ITEMS, [
        "taken for wage file with adjustments (ITEM) for wage.", "is a draft for this feed",
    ]),
    "910123": ("2018-19", lambda: fixed("mis", "SB", **SB | {"gender": "Q"}), [
        "taken for CCC MIS records (SB, SX) for college_enrollment.",
        "SB04 Gender (gender_code) must be one of: F, M, B (non-binary), X (unknown).",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTED)
def test_the_command_recognises_each_layout_and_speaks_its_fields_and_codes(
    tmp_path, monkeypatch, name
) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path / "home"))
    period, content, words = REPORTED[name]
    path = tmp_path / period / name
    if "." in name:
        bundle(path.parent, **{name.replace(".", "__"): content()})
    else:
        bundle(path, SB__dat=content(), SX__dat=fixed("mis", "SX", **SX, units_earned="0300"))
    result = CliRunner().invoke(app, ["deliveries", "check", str(path), "--allow-draft"])
    said = " ".join(result.output.split())
    assert [one for one in words if one not in said] == [], result.output
    assert "put back into your file" not in said


def test_corrected_rows_of_a_layout_cannot_be_put_back(tmp_path, home) -> None:
    folder = calpads(tmp_path / YEAR / DISTRICT)
    with pytest.raises(precheck.CannotCorrect, match="Correct them in your own system"):
        precheck.put_back(home, folder, K12, folder / "SENR.txt", YEAR, tmp_path)


def test_a_layout_names_fields_and_sources_that_exist() -> None:
    text = yaml.safe_load((PROJECT / "schemas" / "layouts" / "calpads.yml").read_text())
    text["feeds"]["k12_enrollment"]["columns"]["gender_code"] = "SENR.no_such_field"
    with pytest.raises(ValidationError, match="no_such_field, which no record has"):
        Layout.model_validate(text)
    text = yaml.safe_load((PROJECT / "schemas" / "layouts" / "calpads.yml").read_text())
    text["records"]["SENR"]["source"] = "hearsay"
    with pytest.raises(ValidationError, match="the source hearsay"):
        Layout.model_validate(text)


def test_every_rule_of_a_layout_is_one_of_the_readers() -> None:
    special = {"", "submitter", "unknown_if_none"}
    for layout in LAYOUTS.values():
        for feed, rows in layout.feeds.items():
            assert {one.rule for one in rows.columns.values()} <= {*RULES, *special}
            assert set(rows.dropped_rules) <= set(FEEDS[feed].rules)


def test_lines_of_fixed_width_are_read_alike_at_once_and_one_by_one(tmp_path) -> None:
    wages = [(f"91234567{n}", "MARIA", 100 * n) for n in range(1, 9)]
    text = icesa(*wages)
    shorn = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    at_once = read(wage_file(tmp_path / "a", text), "wage", "2018Q4").rows
    one_by_one = read(wage_file(tmp_path / "b", shorn), "wage", "2018Q4").rows
    assert at_once.equals(one_by_one)
    assert at_once.height == 8


def test_lines_that_are_no_record_are_quarantined_by_their_line(tmp_path) -> None:
    text = icesa(("912345678", "MARIA", 701250))
    spoilt = text + "Q" * 275 + "\r\n" + "A" + "x" * 300 + "\r\n"
    delivered = read(wage_file(tmp_path, spoilt), "wage", "2018Q4")
    unparsed = delivered.rows.filter(pl.col("_unparsed").is_not_null())
    assert unparsed.select("row_number", "_unparsed").rows() == [
        (6, "row:record_type"),
        (7, "row:length"),
    ]
    assert (
        "of 7 records 2 are used, 2 quarantined, 3 not"
        in delivered.fates(delivered.rows.filter(pl.col("_unparsed").is_null()))[0]
    )


def test_a_detail_report_under_two_requesters_is_held(home) -> None:
    """Its rows name no submitter, and of its key linkage reads the person alone."""
    allowed = home.model_copy(update={"allow_draft_layouts": True})
    rows = [TRACKER | {"Your Unique Identifier": str(n)} for n in range(50)]
    for requester, search in (("one", ""), ("two", "20200101")):
        folder = home.landing / "studenttracker" / YEAR
        text = detail_report(*(row | {"Search Date": search} for row in rows))
        bundle(folder / requester, detail__csv=text)
    feed = FEEDS["college_enrollment"]
    results = accept(allowed, feed, [YEAR])[YEAR]
    assert [result.accepted_rows for result in results] == [50, 50]
    assert any(one.rule.startswith("held:") for one in results[1].findings)


def test_a_student_who_stays_at_a_college_is_no_copy_of_the_year_before(home) -> None:
    """The report has no units or grades: a day alone tells two years of a student apart."""
    allowed = home.model_copy(update={"allow_draft_layouts": True})
    for year, day in (("2017-18", "20170820"), ("2018-19", "20180820")):
        rows = [
            TRACKER | {"Your Unique Identifier": str(n), "Enrollment Begin": day} for n in range(50)
        ]
        folder = home.landing / "studenttracker" / year
        bundle(folder / "district", detail__csv=detail_report(*rows))
        [result] = accept(allowed, FEEDS["college_enrollment"], [year])[year]
        assert (result.accepted_rows, result.findings) == (50, ())
