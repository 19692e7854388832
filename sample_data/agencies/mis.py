"""MIS records of a community college: SB, SX, CB, XB and SP, with a header of element numbers."""

from collections.abc import Mapping

import polars as pl

from sample_data.agencies.calpads import text

_TERMS = {"WI": "1", "SP": "3", "SU": "5", "FA": "7"}
# One character of SB29 for each category: place of its Y, counted from 1.
_PLACES = {
    "RH": (1,), "RA": (7,), "RF": (13,), "RB": (15,), "RI": (16,), "RP": (18,), "RW": (21,),
    "RT": (7, 21), "RD": (),
}  # fmt: skip
_GROUPS = {
    race: "".join("Y" if n in places else "N" for n in range(1, 23))
    for race, places in _PLACES.items()
}
_SPECIAL_ADMIT = "10000"
_SB = ["GI90", "GI01", "GI03", "SB00", "SB01", "SB03", "SB04", "SB11", "SB14", "SB29"]
_SX = [
    "GI90", "GI01", "GI03", "SB00", "CB01", "XB00", "SX01", "SX02", "SX03", "SX04", "SX05",
    "SX06", "CB00",
]  # fmt: skip


def _table(rows: pl.DataFrame, header: list[str], *fields: str | pl.Expr) -> str:
    columns = [text(one).alias(name) for name, one in zip(header, fields, strict=True)]
    return rows.select(columns).write_csv(line_terminator="\r\n")


def files(rows: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Return a college's files of a year."""
    empty = pl.DataFrame()
    terms = _known(rows.get("college_enrollment", empty))
    sections = _known(rows.get("dual_enrollment", empty))
    awards = _known(rows.get("credential", empty))
    parts = []
    if len(terms):
        parts.append(terms.select(*_HEAD, "birth_date", "gender_code", "education_status_code",
                                  "student_goal_code", "race_ethnicity_code"))  # fmt: skip
    if len(sections):
        special = sections.unique(["number", "term"], maintain_order=True).with_columns(
            education_status_code=pl.lit(_SPECIAL_ADMIT),
            student_goal_code=pl.lit("L"),
            race_ethnicity_code=pl.lit("RD"),
        )
        parts.append(special.select(parts[0].columns if parts else [
            *_HEAD, "birth_date", "gender_code", "education_status_code", "student_goal_code",
            "race_ethnicity_code"]))  # fmt: skip
    written = {}
    if parts:
        basic = pl.concat(parts)
        written["SB.csv"] = _table(
            basic, _SB, pl.lit("SB"), *_HEAD, pl.col("birth_date").str.replace_all("-", ""),
            "gender_code", "education_status_code", "student_goal_code",
            pl.col("race_ethnicity_code").replace(_GROUPS),
        )  # fmt: skip
        written["SX.csv"] = _enrollments(terms, sections)
    if len(sections):
        written |= _courses(sections)
    if len(awards):
        written["SP.csv"] = _table(
            awards, ["GI90", "GI01", "GI03", "SB00", "SP01", "SP02", "SP03"], pl.lit("SP"),
            "college", pl.lit(""), "number", "program_top_code", "award_type_code",
            pl.col("award_date").str.replace_all("-", "").str.slice(2),
        )  # fmt: skip
    return written


_HEAD = ["college", "term", "number", "kind"]


def _known(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the student's number, which kind it is, and the term as MIS has it."""
    if rows.is_empty():
        return rows
    term = pl.lit("") if "term_id" not in rows.columns else pl.concat_str(
        pl.col("term_id").str.slice(2, 2), pl.col("term_id").str.slice(4).replace(_TERMS)
    )  # fmt: skip
    return rows.with_columns(
        number=pl.coalesce("ssn", "local_student_id"),
        kind=pl.when(pl.col("ssn").is_null()).then(pl.lit("C")).otherwise(pl.lit("S")),
        college=pl.col("institution_id").str.slice(3),
        term=term,
    )


def _units(column: str) -> pl.Expr:
    cents = (pl.col(column).cast(pl.Float64) * 100).round().cast(pl.Int64)
    return cents.cast(pl.String).str.zfill(4)


def _enrollments(terms: pl.DataFrame, sections: pl.DataFrame) -> str:
    parts = []
    if len(terms):
        parts.append(terms.select("college", "term", "number", course=pl.lit("ALL"),
                                  section=pl.lit("1"), units=_units("units_earned"),
                                  grade=pl.lit(""), control=pl.lit("")))  # fmt: skip
    if len(sections):
        parts.append(sections.select("college", "term", "number", course="course_id",
                                     section="section_id", units=_units("units_earned"),
                                     grade="grade_code", control=_CONTROL))  # fmt: skip
    return _table(
        pl.concat(parts), _SX, pl.lit("SX"), "college", "term", "number", "course", "section",
        pl.lit(""), pl.lit("888888"), "units", "grade", pl.lit(""), pl.lit("Y"), "control",
    )  # fmt: skip


_CONTROL = pl.format("{}-{}", "course_id", "credit_status_code")


def _courses(sections: pl.DataFrame) -> dict[str, str]:
    courses = sections.with_columns(control=_CONTROL).unique(
        ["term", "control"], maintain_order=True
    )
    cb = _table(
        courses, ["GI90", "GI01", "GI03", "CB00", "CB01", "CB02", "CB03", "CB04"], pl.lit("CB"),
        "college", "term", "control", "course_id", "course_id", "top_code", "credit_status_code",
    )  # fmt: skip
    unique = sections.unique(["term", "course_id", "section_id"], maintain_order=True)
    xb = _table(
        unique, ["GI90", "GI01", "GI03", "CB01", "XB00", "XB01", "XB02"], pl.lit("XB"), "college",
        "term", "course_id", "section_id", pl.lit("W"), pl.lit(""),
    )  # fmt: skip
    return {"CB.csv": cb, "XB.csv": xb}
