"""Sloppy and hostile files in agencies' layouts: each has its outcome, each record one fate."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.intake.accept import accept
from pipelines.intake.readers.base import FileRefused
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.layouts.model import LAYOUTS
from tests.unit.intake.layout_cases import (
    DISTRICT,
    SENR,
    SINF,
    YEAR,
    bundle,
    calpads,
    delimited,
    fixed,
)
from tests.unit.intake.test_layouts import (
    COLLEGE,
    ITEMS,
    SB,
    SX,
    TRACKER,
    detail_report,
    icesa,
    read,
    workbook,
    zipped,
)


@dataclass(frozen=True)
class Case:
    """A file and what becomes of it.

    Attributes:
        content: The file.
        rows: Rows that it makes.
        unparsed: Rule of each record that is none, by its line.
        refused: Rule under which it is refused as a whole.
        words: What the message of a refusal, or else a note, must say.
    """

    content: str | bytes
    rows: int = 0
    unparsed: dict[int, str] = field(default_factory=dict)
    refused: str = ""
    words: str = ""


ONE = delimited("SENR", SENR)
OTHER = delimited("SENR", SENR | {"ssid": "1234567891"})
LATER = OTHER.replace("\r\n", "^" * 7 + "\r\n")
TITLES = "^".join(one.title for one in LAYOUTS["calpads"].records["SENR"].fields) + "\r\n"
CALPADS = {
    "byte-order mark": Case(b"\xef\xbb\xbf" + ONE.encode(), 1),
    "line feeds alone": Case(ONE.replace("\r\n", "\n"), 1),
    "a separator behind each record": Case(ONE.replace("\r\n", "^\r\n"), 1),
    "records cut at their last value": Case(ONE.rstrip("^\r\n") + "\r\n", 1, words="end before"),
    "one record cut": Case(ONE + OTHER.rstrip("^\r\n") + "\r\n", 1, {2: "row:fields"}),
    "fields of a later year": Case(ONE.replace("\r\n", "^" * 7 + "\r\n"), 1),
    "records of two years' versions": Case(ONE + LATER, 1, {2: "row:fields"}),
    "another record type within": Case(ONE + delimited("SINF", SINF), 1, {2: "row:fields"}),
    "a record type of as many fields": Case(
        ONE + OTHER.replace("SENR", "XENR"), 1, {2: "row:record_type"}
    ),
    "lower case": Case(ONE.replace("SENR", "senr"), 1),
    "empty lines and an end of file": Case(ONE + "\r\n\r\n\x1a", 1, words="3 line(s) without any"),
    "two headers": Case(TITLES + TITLES + ONE, 1),
    "a header again": Case(TITLES + ONE + TITLES + OTHER, 2, {3: "row:record_type"}),
    "a trailer": Case(ONE + "TRL^1\r\n", 1, {2: "row:fields"}),
    "the short year": Case(ONE.replace("2018-2019", "2018-19"), 1),
    "Windows-1252": Case(ONE.encode("cp1252"), refused="file:encoding", words="Windows-1252"),
    "UTF-16": Case(ONE.encode("utf-16"), refused="file:encoding", words="UTF-16"),
    "rejected records given back": Case(
        ONE.replace("SENR", "SENR-E"), refused="file:unreadable", words="no known layout"
    ),
    "XML": Case("<?xml version='1.0'?><SENR/>", refused="file:unreadable", words="XML"),
    "nothing": Case("", refused="file:empty"),
    "cut on its way": Case(ONE + OTHER[:40], refused="file:malformed_row", words="cut short"),
}

BASIC, TERM = fixed("mis", "SB", **SB), fixed("mis", "SX", **SX, units_earned="0300")
NUMBERS = ",".join(one.id for one in LAYOUTS["mis"].records["SB"].fields)
VALUES = ",".join(
    ({"record_code": "SB"} | SB).get(one.name, "") for one in LAYOUTS["mis"].records["SB"].fields
)
MIS = {
    "byte-order mark": Case(b"\xef\xbb\xbf" + BASIC.encode(), 1),
    "line feeds alone": Case(BASIC.replace("\r\n", "\n"), 1),
    "no end of line": Case(BASIC.rstrip("\r\n"), 1),
    "an end of file": Case(BASIC + "\x1a", 1),
    "another record type within": Case(BASIC + TERM, 1),
    "a record that is too long": Case(BASIC + BASIC.replace("\r\n", "X\r\n"), 1, {2: "row:length"}),
    "lines of no record": Case(BASIC + "ZZ" + BASIC[2:], 1, {2: "row:record_type"}),
    "records of another length": Case(
        BASIC.replace("\r\n", " " * 155 + "\r\n"), refused="file:unreadable", words="no known"
    ),
    "lower case": Case(BASIC.lower(), refused="file:unreadable", words="no known layout"),
    "a header": Case(f"{NUMBERS}\r\n{VALUES}\r\n", 1),
    "a header in lower case": Case(f"{NUMBERS.lower()}\r\n{VALUES}\r\n", 1),
    "a header twice": Case(f"{NUMBERS}\r\n{NUMBERS}\r\n{VALUES}\r\n", 1, {2: "row:record_type"}),
    "a separator behind each row": Case(f"{NUMBERS},\r\n{VALUES},\r\n", 1),
    "another record type below a header": Case(
        f"{NUMBERS}\r\n{VALUES}\r\n{VALUES.replace('SB', 'SX')}\r\n", 1, {3: "row:record_type"}
    ),
    "an element twice": Case(
        f"{NUMBERS},SB03\r\n{VALUES},20010101\r\n",
        refused="file:unexpected_column",
        words="SB03 Birth Date more than once",
    ),
    "an element less": Case(
        f"{NUMBERS}\r\n{VALUES}\r\n".replace(",SB11", "").replace(",32018", ""),
        refused="file:missing_column",
        words="lacks SB11 Education Status",
    ),
}

REPORT = detail_report(TRACKER)
HEADER, TERM_ROW = REPORT.split("\r\n")[:2]
TRACKERS = {
    "byte-order mark": Case(b"\xef\xbb\xbf" + REPORT.encode(), 1),
    "line feeds alone": Case(REPORT.replace("\r\n", "\n"), 1),
    "upper case and underscores": Case(
        HEADER.upper().replace(" ", "_") + "\r\n" + TERM_ROW + "\r\n", 1
    ),
    "every value quoted": Case(
        "".join(
            ",".join(f'"{one}"' for one in line.split(",")) + "\r\n" for line in (HEADER, TERM_ROW)
        ),
        1,
    ),
    "a title above": Case("StudentTracker Report\r\n\r\n" + REPORT, 1),
    "a header twice": Case(HEADER + "\r\n" + REPORT, 1),
    "a separator behind each row": Case(f"{HEADER}\r\n{TERM_ROW},\r\n", 1),
    "semicolons": Case(REPORT.replace(",", ";"), 1),
    "tabs": Case(REPORT.replace(",", "\t"), 1),
    "dates of a spreadsheet": Case(REPORT.replace("20180820", "8/20/2018"), 1),
    "a comma within the return field": Case(
        f"{HEADER}\r\n{TERM_ROW.replace('_1234567890_', '_12345,67890_')}\r\n{TERM_ROW}\r\n",
        1,
        {2: "row:fields"},
    ),
    "a row cut": Case(
        f"{HEADER}\r\n{TERM_ROW}\r\n{TERM_ROW.rsplit(',', 4)[0]}\r\n", 1, {3: "row:fields"}
    ),
    "nobody found": Case(
        detail_report(dict.fromkeys(TRACKER, "") | {"First Name": "BO", "Record Found Y/N": "N"})
    ),
    "no state of the college": Case(
        REPORT.replace(",College State", "").replace(",NV", ""), 1, words="has no College State"
    ),
    "no code of the college": Case(
        REPORT.replace(",College Code/Branch", "").replace(",001234-00", ""),
        refused="file:missing_column",
        words="lacks College Code/Branch",
    ),
    "a column twice": Case(
        f"{HEADER},Degree Title\r\n{TERM_ROW},X\r\n",
        refused="file:unexpected_column",
        words="Degree Title more than once",
    ),
    "Windows-1252": Case(
        REPORT.replace("NUNEZ", "NUÑEZ").encode("cp1252"), refused="file:encoding", words="1252"
    ),
}

WAGES = icesa(("912345678", "MARIA", 701250), ("912345679", "ANA", 100))
LINES = WAGES.splitlines(keepends=True)
A, E, S1, S2, T, F = LINES
ICESA = {
    "byte-order mark": Case(b"\xef\xbb\xbf" + WAGES.encode(), 2),
    "line feeds alone": Case(WAGES.replace("\r\n", "\n"), 2),
    "empty lines and an end of file": Case(WAGES.replace("\r\n", "\r\n\r\n") + "\x1a", 2),
    "blanks cut off": Case("".join(line.rstrip() + "\r\n" for line in LINES), 2),
    "a line of no record": Case(WAGES + "Z" * 275 + "\r\n", 2, {7: "row:record_type"}),
    "no employer": Case(A + S1 + S2 + T + F, refused="file:incomplete_bundle", words="lacks E"),
    "no total": Case(A + E + S1 + S2 + F, refused="file:incomplete_bundle", words="lacks T"),
    "a total above its records": Case(A + T + E + S1 + S2 + F, refused="file:totals"),
    "a record less than the total": Case(A + E + S1 + T + F, refused="file:totals"),
    "two employers, the second without a total": Case(
        WAGES.removesuffix(F) + E + S1 + F, refused="file:totals", words="file was cut"
    ),
    "a letter in an amount": Case(
        WAGES.replace("00000000701250", "0000000070125O"), refused="file:totals", words="line 5"
    ),
    "a byte of nothing": Case(
        WAGES.replace("MARIA", "MA\0IA"), refused="file:totals", words="line 5"
    ),
    "another quarter": Case(
        WAGES.replace("122018", "092018"), refused="file:wrong_period", words="2018Q3"
    ),
    "lines of 512": Case(WAGES.replace("\r\n", " " * 237 + "\r\n"), refused="file:missing_column"),
    "no ends of lines": Case(WAGES.replace("\r\n", ""), refused="file:missing_column"),
    "Windows-1252": Case(
        WAGES.replace("MARIA", "MARÍA").encode("cp1252"), refused="file:encoding", words="1252"
    ),
}
ADJUSTED = {
    "byte-order mark": Case(b"\xef\xbb\xbf" + ITEMS.encode(), 1),
    "line ends of Windows": Case(ITEMS.replace("\n", "\r\n"), 1),
    "a separator behind each row": Case(ITEMS.replace("\n", ",\n"), 1),
    "a reversal": Case(ITEMS.replace("-500.00", "-7512.50"), 1),
    "a column twice": Case(
        ITEMS.replace("Wages,", "Wages,Wages,").replace(".50,", ".50,1,").replace(".00,", ".00,1,"),
        refused="file:unexpected_column",
        words="Wages more than once",
    ),
}

Place = Callable[[Path, str | bytes], Path]


def _as_bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _file(period: str, name: str) -> Place:
    def place(folder: Path, content: str | bytes) -> Path:
        path = folder / period / name
        path.parent.mkdir(parents=True)
        path.write_bytes(_as_bytes(content))
        return path

    return place


def _district(folder: Path, content: str | bytes) -> Path:
    return calpads(folder / YEAR / DISTRICT, SENR__txt=content)  # type: ignore[arg-type]


def _college(folder: Path, content: str | bytes) -> Path:
    return bundle(folder / YEAR / COLLEGE, SB__dat=content, SX__dat=TERM)


GROUPS: dict[str, tuple[Place, str, str, dict[str, Case]]] = {
    "calpads": (_district, "k12_enrollment", YEAR, CALPADS),
    "mis": (_college, "college_enrollment", YEAR, MIS),
    "studenttracker": (_file(YEAR, "clearinghouse.csv"), "college_enrollment", YEAR, TRACKERS),
    "wage_record": (_file("2018Q4", "workforce_agency.txt"), "wage", "2018Q4", ICESA),
    "wage_adjustments": (_file("2018Q4", "workforce_agency.csv"), "wage", "2018Q4", ADJUSTED),
}


def _all() -> Iterator[object]:
    for name, (place, feed, period, cases) in GROUPS.items():
        for title, case in cases.items():
            yield pytest.param(place, feed, period, case, id=f"{name}: {title}")


@pytest.mark.parametrize(("place", "feed", "period", "case"), list(_all()))
def test_a_sloppy_file_has_its_outcome_and_every_record_one_fate(
    tmp_path: Path, place: Place, feed: str, period: str, case: Case
) -> None:
    path = place(tmp_path, case.content)
    if case.refused:
        with pytest.raises(FileRefused) as refused:
            read(path, feed, period)
        assert refused.value.rules == (case.refused,)
        assert case.words in refused.value.message
        return
    text = read(path, feed, period)
    spoilt = text.rows.filter(pl.col("_unparsed").is_not_null())
    good = text.rows.filter(pl.col("_unparsed").is_null())
    assert good.height == case.rows
    assert dict(spoilt.select("row_number", "_unparsed").iter_rows()) == case.unparsed
    assert case.words in " ".join(text.notes)
    fates = [_adds_up(sentence) for sentence in text.fates(good)]
    assert sum(quarantined for _, _, quarantined, _ in fates) == len(case.unparsed)


def _adds_up(sentence: str) -> tuple[int, ...]:
    numbers = re.findall(r"\d+", sentence.partition("):")[2].replace(",", ""))
    of, *fates = (int(one) for one in numbers)
    assert of == sum(fates), sentence
    return (of, *fates)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("SENR.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "is no workbook, or a damaged one"),
        ("SENR.xlsx", ONE.encode(), "no workbook"),
        ("SENR.xlsx", workbook([]), "no sheet with anything"),
        ("SENR.txt", workbook([["SENR"]]), "Excel workbook or a zip"),
        ("SENR.zip", zipped(a__txt=ONE, b__txt=OTHER), "holds 2 files"),
        ("SENR.gz", b"\x1f\x8b damaged", "can't be unpacked"),
    ],
    ids=["damaged", "text named xlsx", "no cells", "workbook named txt", "two in a zip", "gzip"],
)
def test_a_packed_file_of_a_bundle_that_cannot_be_read_names_itself(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    folder = calpads(tmp_path / YEAR / DISTRICT)
    (folder / "SENR.txt").unlink()
    (folder / name).write_bytes(content)
    with pytest.raises(FileRefused, match=words) as refused:
        read(folder)
    assert name in refused.value.message


def test_an_empty_file_says_by_its_name_of_what_there_is_nothing(tmp_path: Path) -> None:
    folder = calpads(tmp_path / YEAR / DISTRICT, SPRG__txt="")
    text = read(folder)
    assert text.rows["is_homeless"].to_list() == ["N"]
    assert "SPRG.txt is empty: there is no record SPRG." in " ".join(text.notes)
    (folder / "SPRG.txt").rename(folder / "programs.txt")
    with pytest.raises(FileRefused, match=r"programs\.txt is empty"):
        read(folder)


@pytest.mark.parametrize("code", ["1234-00", "12345", "ABCDEF", "001234-00-1"])
def test_a_college_code_that_lost_its_zeros_is_no_college(tmp_path: Path, code: str) -> None:
    path = _file(YEAR, "clearinghouse.csv")(tmp_path, REPORT.replace("001234-00", code))
    assert read(path, "college_enrollment").rows["institution_id"].to_list() == [None]


def _spoilt(random: np.random.Generator, records: list[str]) -> str:
    """Return records in some order, some of them twice, cut, of another type or emptied."""
    lines = []
    for line in records:
        for _ in range(int(random.integers(0, 3))):
            match random.integers(0, 7):
                case 0:
                    line = line[: int(random.integers(1, len(line)))].rstrip("\r\n") + "\r\n"
                case 1:
                    line = "X" + line[1:]
                case 2:
                    line = re.sub("[0-9]", lambda one: str((int(one[0]) + 1) % 10), line, count=3)
            lines.append(line)
    random.shuffle(lines)
    # The first line says what a file is.
    return records[0] + "".join(lines)


def _bundles(random: np.random.Generator) -> dict[str, tuple[str, Path, dict[str, str], str, str]]:
    people = [{"ssid": f"123456789{n}", "local_student_id": str(n)} for n in range(10)]
    numbers = [{"student_identifier": f"91234567{n}"} for n in range(10)]
    senr = [delimited("SENR", SENR | one) for one in people]
    sinf = [delimited("SINF", SINF | one) for one in people]
    basic = [fixed("mis", "SB", **(SB | one)) for one in numbers]
    terms = [fixed("mis", "SX", **(SX | one), units_earned="0300") for one in numbers]
    rows = [
        REPORT.split("\r\n")[1].replace("1234567890", f"123456789{n}") + "\r\n" for n in range(10)
    ]
    sprg = {"SPRG.txt": delimited("SPRG", {"reporting_lea": DISTRICT, "ssid": "1234567890"})}
    return {
        "calpads": (
            "k12_enrollment",
            Path(DISTRICT),
            {"SENR.txt": _spoilt(random, senr), "SINF.txt": _spoilt(random, sinf)} | sprg,
            YEAR,
            DISTRICT,
        ),
        "mis": (
            "college_enrollment",
            Path(COLLEGE),
            {"SB.dat": _spoilt(random, basic), "SX.dat": _spoilt(random, terms)},
            YEAR,
            COLLEGE,
        ),
        "studenttracker": (
            "college_enrollment",
            Path("clearinghouse"),
            {"report.csv": HEADER + "\r\n" + _spoilt(random, rows)},
            YEAR,
            "clearinghouse",
        ),
    }


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_in_a_bundle_the_gates_three_fates_add_up_to_its_records(
    tmp_path: Path, seed: int
) -> None:
    settings = Settings(
        home=tmp_path, settle_seconds=0, token_key="k" * 64, allow_draft_layouts=True
    )
    random = np.random.default_rng(seed)
    for layout, (feed, folder, files, period, submitter) in _bundles(random).items():
        place = settings.landing / layout / period / folder
        place.mkdir(parents=True)
        for name, text in files.items():
            (place / name).write_text(text, newline="")
        [result] = accept(settings, FEEDS[feed], [period])[period]
        # A spoilt digit may be the college's own.
        if result.refused:
            assert result.refused == ("file:several_submitters",)
            continue
        assert result.delivery.submitter == submitter
        assert result.delivered_rows == result.accepted_rows + result.quarantined_rows
        fates = [_adds_up(one) for one in result.notes if "not of this feed" in one]
        lines = [text.count("\n") - (name == "report.csv") for name, text in files.items()]
        assert [one[0] for one in fates] == lines
        # A row is one record of its first file, but in a report, where equal ones count once.
        if layout != "studenttracker":
            assert fates[0][1:3] == (result.accepted_rows, result.quarantined_rows)
