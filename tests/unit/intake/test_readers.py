"""Reading a delivered file: what is taken, and what is refused under which rule."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.intake.deliveries import find_deliveries
from pipelines.intake.readers import csv as csv_reader
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import read_delivery
from pipelines.intake.readers.hints import doubts, hints
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR

FEED = FEEDS["k12_enrollment"]
COLUMNS = list(FEED.dtypes)
ROW = GOOD["k12_enrollment"]


@pytest.fixture
def deliver(tmp_path: Path) -> Callable[..., pl.DataFrame]:
    """Return a function that delivers bytes as a file and reads it back."""

    def deliver(content: bytes, ending: str = ".csv") -> pl.DataFrame:
        path = tmp_path / FEED.name / YEAR / f"1990001{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        [delivery] = find_deliveries(tmp_path, FEED, YEAR)
        return read_delivery(delivery, FEED)

    return deliver


def csv(*rows: dict[str, str | None], columns: list[str] = COLUMNS) -> str:
    """Return rows as a CSV file with a header."""
    return pl.DataFrame(list(rows), schema=dict.fromkeys(columns, pl.String)).write_csv()


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: text.encode(), id="utf-8"),
        pytest.param(lambda text: text.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="windows line ends"),
        pytest.param(lambda text: text.rstrip("\n").encode(), id="no last line end"),
    ],
)
def test_every_usual_form_of_csv_reads_the_same(deliver, encode) -> None:
    frame = deliver(encode(csv(ROW, ROW)))
    assert frame.select(COLUMNS).to_dicts() == [ROW, ROW]
    assert frame["row_number"].to_list() == [2, 3]


def test_quoted_commas_and_quotes_stay_in_their_value(deliver) -> None:
    name = 'O"Neil, Jr. the "3rd"'
    frame = deliver(csv(ROW | {"last_name": name}, ROW).encode())
    assert frame["last_name"].to_list() == [name, ROW["last_name"]]


def test_columns_may_come_in_any_order(deliver) -> None:
    assert (
        deliver(csv(ROW, columns=COLUMNS[::-1]).encode()).select(COLUMNS).row(0, named=True) == ROW
    )


def test_blank_values_are_missing_and_leading_zeros_stay(deliver) -> None:
    frame = deliver(csv(ROW | {"exit_code": "  ", "local_student_id": "007"}).encode())
    assert frame["exit_code"].item() is None
    assert frame["local_student_id"].item() == "007"


def test_parquet_reads_like_csv(deliver, tmp_path: Path) -> None:
    typed = pl.DataFrame([ROW]).with_columns(
        pl.col("grade_level").cast(pl.Int32),
        pl.col("birth_date").str.to_date(),
        is_foster=pl.lit(False),
        is_homeless=pl.lit(None, pl.Boolean),
    )
    typed.write_parquet(tmp_path / "typed.parquet")
    frame = deliver((tmp_path / "typed.parquet").read_bytes(), ".parquet")
    assert frame.select(COLUMNS).row(0, named=True) == ROW | {"is_homeless": None}


RENAMED = csv(ROW).replace("birth_date", "birthday")
REFUSED = {
    "unreadable parquet": (b"not parquet", ".parquet", "file:unreadable", "Parquet"),
    "spreadsheet": (b"PK", ".xlsx", "file:unreadable", "no workbook"),
    "latin-1": (csv(ROW).encode("latin-1"), ".csv", "file:encoding", "line 2"),
    "empty file": (b"", ".csv", "file:empty", "empty"),
    "header alone": (csv().encode(), ".csv", "file:empty", "no rows"),
    "cut row": (csv(ROW).encode() + b"2018-19,1990001", ".csv", "file:malformed_row", "row 3"),
    "no whole row": (csv().encode() + b"2018-19,1\n", ".csv", "file:malformed_row", "row 2"),
    "missing column": (
        csv(ROW, columns=COLUMNS[:-1]).encode(),
        ".csv",
        "file:missing_column",
        "lacks is_homeless",
    ),
    "renamed column": (
        RENAMED.encode(),
        ".csv",
        "file:missing_column",
        "Is birthday its birth_date?",
    ),
    "extra column": (
        csv(ROW | {"nickname": "x"}, columns=[*COLUMNS, "nickname"]).encode(),
        ".csv",
        "file:unexpected_column",
        "nickname",
    ),
    "column twice": (
        csv(ROW).replace("local_student_id", "state_student_id").encode(),
        ".csv",
        "file:missing_column",
        "local_student_id",
    ),
    "other year": (
        csv(ROW | {"academic_year": "2017-18"}).encode(),
        ".csv",
        "file:wrong_period",
        "says 2017-18",
    ),
}


@pytest.mark.parametrize(("content", "ending", "rule", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_the_feed_is_refused(deliver, content, ending, rule, words) -> None:
    with pytest.raises(FileRefused) as refused:
        deliver(content, ending)
    assert refused.value.rules[0] == rule
    assert words in refused.value.message
    assert "1990001" in refused.value.message


def test_a_file_without_header_is_refused_without_repeating_its_first_student(deliver) -> None:
    with pytest.raises(FileRefused) as refused:
        deliver(csv(ROW, ROW).split("\n", 1)[1].encode())
    assert refused.value.rules == ("file:missing_column",)
    for column in FEED.identifying:
        assert str(ROW[column]) not in refused.value.message.split()


WRITTEN = csv(ROW, ROW | {"local_student_id": "18"})
HEADER, *LINES = WRITTEN.splitlines()
HARMLESS = {
    "tab": (HEADER.replace(",", "\t") + "\n" + "\t".join(str(ROW[c] or "") for c in COLUMNS), 1),
    "sep line": (f"sep=,\n{WRITTEN}", 2),
    "blank line above": (f"\n\n{WRITTEN}", 2),
    "blanks in header": (WRITTEN.replace("first_name", " First Name "), 2),
    "all quoted": (WRITTEN.replace("2018-08-15", '"2018-08-15"'), 2),
    "header ends in commas": ("\n".join(line + ",,," for line in WRITTEN.splitlines()) + "\n", 2),
    "rows of commas": (WRITTEN + "," * (len(COLUMNS) - 1) + "\n\n \n", 2),
    "end of file of DOS": (WRITTEN + "\x1a", 2),
    "line ends of an old Mac": (WRITTEN.replace("\n", "\r"), 2),
}


@pytest.mark.parametrize(("text", "rows"), HARMLESS.values(), ids=HARMLESS)
def test_a_harmless_variation_is_taken(deliver, text, rows) -> None:
    frame = deliver(text.encode())
    assert frame["_unparsed"].to_list() == [None] * rows
    assert frame["first_name"].to_list() == [ROW["first_name"]] * rows


SPOILT = {
    "footer": ("Total: 2", "row:fields"),
    "footer with fields": ("Total,2", "row:fields"),
    "open quote": (LINES[0].replace("María", '"María'), "row:quotes"),
    "quote in a value": (LINES[0].replace("María", 'Mar"ía'), "row:quotes"),
    "two stray quotes": (LINES[0].replace("María", 'Ma"r').replace(",F,", ',"F,'), "row:quotes"),
    "byte that no character is of": (
        LINES[0].replace("María", "Mar\x96a"),
        "row:control_character",
    ),
    "zero width": (LINES[0].replace("María", "Mar\u200ba"), "row:control_character"),
    "right to left": (LINES[0].replace("María", "\u202eMara"), "row:control_character"),
    "NUL": (LINES[0].replace("María", "Mar\x00a"), "row:control_character"),
    "carriage return": (LINES[0].replace("María", "Mar\ra"), "row:control_character"),
}


@pytest.mark.parametrize(("line", "rule"), SPOILT.values(), ids=SPOILT)
def test_one_spoilt_line_spoils_no_other(deliver, line, rule) -> None:
    frame = deliver("\n".join([HEADER, LINES[0], line, LINES[1], ""]).encode())
    assert frame.select("row_number", "_unparsed").rows() == [(2, None), (3, rule), (4, None)]


def variants(count: int) -> list[bytes]:
    """Return files with a few characters put in or taken out anywhere, the same ones each time."""
    random = np.random.default_rng(20261127)
    spoil = [
        '"',
        '""',
        ",",
        "\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "\x00",
        "é",
        "\u200b",
        '"a,"',
        ',"a"',
        "",
    ]
    lines = [LINES[0].replace("María José", f'"Ma,{i}"' if i % 3 else f"Ma{i}") for i in range(9)]
    texts = []
    for _ in range(count):
        text = "\n".join([HEADER, *lines, ""])
        for _ in range(random.integers(0, 4)):
            at = int(random.integers(len(HEADER), len(text)))
            text = text[:at] + spoil[random.integers(len(spoil))] + text[at + random.integers(2) :]
        texts.append(text.encode())
    return texts


def test_a_block_read_at_once_has_the_rows_of_its_lines_one_by_one(deliver, monkeypatch) -> None:
    def outcome(text: bytes) -> object:
        try:
            return deliver(text).drop("delivery_sha256").rows()
        except FileRefused as refused:
            return refused.message

    texts, at_once, parse_whole = variants(40), 0, csv_reader._parse_whole

    def counted(*arguments) -> pl.DataFrame | None:
        nonlocal at_once
        rows = parse_whole(*arguments)
        at_once += rows is not None
        return rows

    monkeypatch.setattr(csv_reader, "_parse_whole", counted)
    whole = [outcome(text) for text in texts]
    assert 10 < at_once < 30
    monkeypatch.setattr(csv_reader, "BLOCK_BYTES", 300)
    in_blocks = [outcome(text) for text in texts]
    monkeypatch.setattr(csv_reader, "_parse_whole", lambda *_: None)
    assert whole == in_blocks == [outcome(text) for text in texts]


CAUSES = {
    "utf-16": (WRITTEN.encode("utf-16"), "file:encoding", "UTF-16"),
    "utf-16 without mark": (WRITTEN.encode("utf-16-le"), "file:encoding", "UTF-16"),
    "workbook": (b"PK\x03\x04" + b"x" * 100, "file:unreadable", "Excel workbook or a zip"),
    "old workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 100, "file:unreadable", "old Excel"),
    "gzip": (b"\x1f\x8b" + b"x" * 100, "file:unreadable", "gzip"),
    "web page": (b"<!DOCTYPE html>\n", "file:unreadable", "web page"),
    "title": (f"District export\n{WRITTEN}".encode(), "file:missing_column", "below a title"),
    "one endless line": (b"x" * (2 << 20), "file:unreadable", "no end of line"),
    "slash in the year": (
        WRITTEN.replace("2018-19,", "2018/2019,").encode(),
        "file:wrong_period",
        "Write 2018-19",
    ),
}


@pytest.mark.parametrize(("content", "rule", "words"), CAUSES.values(), ids=CAUSES)
def test_a_refusal_names_its_cause(deliver, content, rule, words) -> None:
    with pytest.raises(FileRefused) as refused:
        deliver(content)
    assert refused.value.rules == (rule,)
    assert words in refused.value.message


@pytest.mark.parametrize(("people", "is_told"), [(10, False), (11, True)])
def test_a_name_and_birth_date_of_very_many_people_is_a_finding(deliver, people, is_told) -> None:
    rows = [ROW | {"state_student_id": f"12345678{i:02d}"} for i in range(people)]
    twice = ROW | {"state_student_id": "1234567800", "enrollment_entry_date": "2018-09-15"}
    of_files = doubts(deliver(csv(*rows, twice).encode()), FEED)
    sentences = " ".join(sum(of_files.values(), ()))
    assert ("More than 10 people share a name and birth date" in sentences) == is_told
    assert "María" not in sentences


COLUMN_CAUSES = {
    "american dates": ({"birth_date": "3/4/2002"}, "birth_date is written like M/D/YYYY"),
    "dates without dashes": ({"birth_date": "20020304"}, "like YYYYMMDD"),
    "dates with time": ({"birth_date": "2002-03-04 00:00:00"}, "a time behind it"),
    "dates as days": ({"enrollment_entry_date": "43327"}, "number of days"),
    "scientific": ({"state_student_id": "1.23E+09"}, "1.23E+09"),
    "zeros lost": ({"state_student_id": "12345678"}, "state_student_id has lost its leading"),
}


@pytest.mark.parametrize(("change", "words"), COLUMN_CAUSES.values(), ids=COLUMN_CAUSES)
def test_what_happened_to_a_column_is_reported_once(deliver, change, words) -> None:
    frame = deliver(csv(*[ROW | change] * 3).encode())
    [sentences] = hints(frame, FEED).values()
    assert words in " ".join(sentences)
    assert hints(deliver(csv(ROW).encode()), FEED) == {}
