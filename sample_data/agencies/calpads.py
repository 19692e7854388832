"""CALPADS files of a district: SENR, SINF, SPRG, SELA, SCTE, SCSC, CRSC and WBLR, with carets."""

from collections.abc import Mapping

import polars as pl

# A race of each reporting category, in the CDE's codes; Hispanic students have one too.
_RACES = {
    "RA": "201", "RB": "600", "RD": "", "RF": "400", "RH": "700", "RI": "100", "RP": "301",
    "RT": "201", "RW": "700",
}  # fmt: skip
_SECOND_RACE = {"RT": "700"}
_PROGRAMS = {
    "is_economically_disadvantaged": "181", "has_disability": "144", "is_foster": "190",
    "is_homeless": "191",
}  # fmt: skip
# A district without a student in a program says so.
_MAY_BE_EMPTY = ("SPRG.txt", "SELA.txt")
_NONE = pl.lit("")
# Grades of courses other than the capstone, which no contract row has.
_OTHER_GRADE = pl.lit("B")


def text(column: str | pl.Expr) -> pl.Expr:
    """Return a column as text without nulls."""
    return (pl.col(column) if isinstance(column, str) else column).fill_null("")


def lines(rows: pl.DataFrame, *fields: str | pl.Expr) -> str:
    """Return a line for each row, with carets between fields and CR LF behind."""
    values = [text(one) for one in fields]
    quoted = [
        pl.when(one.str.contains('["^]'))
        .then(pl.format('"{}"', one.str.replace_all('"', '""')))
        .otherwise(one)
        for one in values
    ]
    joined = rows.select(pl.concat_str(*quoted, separator="^"))
    return "".join(f"{line}\r\n" for line in joined.to_series())


def files(rows: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Return a district's files of a year; one without records says that there are none."""
    written = {}
    if "k12_enrollment" in rows:
        written |= _enrollment(rows["k12_enrollment"])
    if "k12_pathway" in rows:
        written |= _pathways(rows["k12_pathway"])
    if "work_based_learning" in rows:
        written["WBLR.txt"] = _work(rows["work_based_learning"])
    return {name: content for name, content in written.items() if content or name in _MAY_BE_EMPTY}


def _prefix(code: str, nps: bool = False) -> list[pl.Expr]:
    school = pl.col("school_id").str.slice(7)
    year = pl.concat_str(
        pl.col("academic_year").str.slice(0, 5),
        pl.col("academic_year").str.slice(0, 2),
        pl.col("academic_year").str.slice(5),
    )
    # The century of the second year is another one in 1999-2000 alone, before any row here.
    head = [pl.lit(code), _NONE, _NONE, pl.col("district_id"), school, *([_NONE] if nps else [])]
    return [*head, year, pl.col("state_student_id"), pl.col("local_student_id")]


def _day(column: str) -> pl.Expr:
    return pl.col(column).str.replace_all("-", "")


def _enrollment(rows: pl.DataFrame) -> dict[str, str]:
    alias, birth = [_NONE] * 3, [_NONE] * 3
    names = ["first_name", _NONE, "last_name", _NONE]
    person = [*names, *alias, _day("birth_date"), "gender_code", *birth]
    grade = pl.col("grade_level").str.zfill(2)
    senr = lines(
        rows, *_prefix("SENR", nps=True), *person, _day("enrollment_entry_date"),
        "enrollment_status_code", grade, _day("enrollment_exit_date"), "exit_code",
        "completion_status_code", _NONE,
    )  # fmt: skip
    race = pl.col("race_ethnicity_code")
    flag = pl.when(race == "RH").then(pl.lit("Y")).otherwise(pl.lit("N"))
    races = [race.replace(_RACES), race.replace_strict(_SECOND_RACE, default=""), *[_NONE] * 4]
    prefix = _prefix("SINF")
    dated = [*prefix[:3], _day("enrollment_entry_date"), _NONE, *prefix[3:]]
    sinf = lines(rows, *dated, *person, flag, _NONE, *races)
    short = ["first_name", "last_name", _day("birth_date"), "gender_code"]
    programs = pl.concat(
        rows.filter(pl.col(name) == "Y").with_columns(program=pl.lit(code))
        for name, code in _PROGRAMS.items()
    ).unique(["state_student_id", "school_id", "program"], maintain_order=True)
    sprg = lines(programs, *_prefix("SPRG"), *short, "program", *[_NONE] * 5)
    acquired = rows.unique("state_student_id", maintain_order=True, keep="last")
    status = pl.when(pl.col("is_english_learner") == "Y").then(pl.lit("EL")).otherwise(pl.lit("EO"))
    sela_head = _prefix("SELA")
    sela = lines(
        acquired, *sela_head[:-1], *short, sela_head[-1], status, _day("enrollment_entry_date"),
        _NONE,
    )  # fmt: skip
    return {"SENR.txt": senr, "SINF.txt": sinf, "SPRG.txt": sprg, "SELA.txt": sela}


def _pathways(rows: pl.DataFrame) -> dict[str, str]:
    """Return completers with their courses; SCTE has nobody else."""
    rows = rows.filter(pl.col("pathway_completion_academic_year").is_not_null())
    person = [_NONE] * 4
    year = _prefix("SCTE")[5]
    scte = lines(rows, *_prefix("SCTE"), *person, "pathway_code", year)
    count = pl.col("courses_completed").cast(pl.Int64)
    courses = (
        rows.with_columns(n=pl.int_ranges(1, count + 1), last=count)
        .explode("n")
        .with_columns(
            course=pl.format("CTE{}-{}", "pathway_code", "n"),
            term=pl.format("T{}", "n"),
            grade=pl.when(pl.col("n") == pl.col("last"))
            .then("capstone_grade")
            .otherwise(_OTHER_GRADE),
        )
    )
    scsc = lines(
        courses, *_prefix("SCSC"), *person, "course", pl.lit("1"), "term", pl.lit("10"),
        pl.lit("10"), "grade", _NONE, _NONE,
    )  # fmt: skip
    sections = courses.unique(["course", "term"], maintain_order=True)
    head = _prefix("CRSC")[:6]
    blank = [_NONE] * 12
    crsc = lines(
        sections, *head, pl.lit("7000"), "course", "course", *[_NONE] * 4, pl.lit("1"), "term",
        *blank[:11], pl.lit("10"),
    )  # fmt: skip
    return {"SCTE.txt": scte, "SCSC.txt": scsc, "CRSC.txt": crsc}


def _work(rows: pl.DataFrame) -> str:
    internship = pl.when(pl.col("wbl_type_code") == "10").then("opportunity_id")
    return lines(
        rows, *_prefix("WBLR", nps=True), "wbl_type_code", internship, "wbl_hours", _NONE, _NONE,
    )  # fmt: skip
