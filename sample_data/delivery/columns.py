"""Corruptions that a feed's columns call for: empty, unreadable, unknown code, out of range.

Lives here: bad values by column, and the whole list of a feed's corruptions. Does not: which rows
are corrupted (`dirt`). Values people really send are in `data/bad_values.csv`.
"""

from dataclasses import replace
from functools import cache

import polars as pl

from sample_data.control import DATA
from sample_data.delivery.feed import EMPTY, FIRST_OF_CLASS, YEAR, Corruption, has
from sample_data.delivery.reporting import FEEDS

# Kinds of rules that `bad_values.csv` breaks, in the order they are listed.
_KINDS = ("type", "code", "range")


def _cut(column: str, length: int) -> pl.Expr:
    return pl.col(column).str.slice(0, length)


_OFF_PATTERN = {
    "academic_year": _cut("academic_year", 4),
    "quarter": pl.col("quarter").str.replace("Q", "-Q"),
    "district_id": _cut("district_id", 5),
    "school_id": _cut("school_id", 13),
    "institution_id": _cut("institution_id", 5),
    "state_student_id": _cut("state_student_id", 9),
    "local_student_id": pl.format("{}.0", pl.col("local_student_id")),
    "ssn": pl.format("{}-{}-{}", _cut("ssn", 3), pl.col("ssn").str.slice(3, 2),
                     pl.col("ssn").str.slice(5)),
    "pathway_code": pl.lit("99") + pl.col("pathway_code").str.slice(2),
    "pathway_completion_academic_year": _cut("pathway_completion_academic_year", 4),
    "term_id": _cut("term_id", 4) + pl.lit("FALL"),
    "top_code": _cut("top_code", 4),
    "program_top_code": pl.lit("0506"),
    "education_status_code": pl.lit("HSDIP"),
    "cip_code": pl.col("cip_code").str.replace(".", "", literal=True),
    "employer_account": _cut("employer_account", 7),
    "naics_code": _cut("naics_code", 4),
    "consortium_id": _cut("consortium_id", 4),
    "soc_code": pl.col("soc_code").str.replace("-", "", literal=True),
    "member_id": _cut("member_id", 5),
}  # fmt: skip
# Identifiers people type when they have none. In the wage file and in K-12 files they are part of
# the key: the area of an SSN is masked, and state ids are one digit ten times over, the last of the
# year a class began in, for one student of each class and school. So no two of them ever meet.
_REPDIGIT = pl.col("_person_cohort").cast(pl.String).str.slice(3).repeat_by(10).list.join("")
_PLACEHOLDER = {"ssn": pl.lit("123456789"), "state_student_id": pl.lit("9999999999")}
_PLACEHOLDER_IN_KEY = {
    "ssn": pl.format("000{}", pl.col("ssn").str.slice(3)),
    "state_student_id": _REPDIGIT,
}
# A file in which no row names its period is refused as a whole, so some others have to: every
# second row of the files of the largest submitters may lose its period.
_MAY_LOSE_PERIOD = pl.col("_is_large") & (pl.col("_person").fill_null(pl.col("_turn")) % 2 == 0)
_NEXT_ACADEMIC_YEAR = pl.format("{}-{}", YEAR + 1, ((YEAR + 2) % 100).cast(pl.String).str.zfill(2))
# Columns in a submitter's own words, and what none of them may hold.
_FREE_TEXT = {
    "award_id", "consortium_name", "course_id", "credential_title", "ccap_agreement_id",
    "funder_name", "grant_id", "industry_certification_name", "institution_name", "member_name",
    "opportunity_id", "section_id", "soc_title",
}  # fmt: skip
_BAD_TEXT = "see 912-34-5678"
_WHERE = {f"{column}:pattern": has(column) for column in ("state_student_id", "ssn")}


@cache
def _bad_values() -> dict[str, dict[str, pl.Expr]]:
    table = pl.read_csv(DATA / "bad_values.csv", infer_schema=False)
    return {
        kind: {
            column: pl.lit(value)
            for column, value in table.filter(pl.col("kind") == kind)
            .select("column", "value")
            .iter_rows()
        }
        for kind in _KINDS
    }


def corruptions(name: str) -> list[Corruption]:
    """Return every corruption of a feed: those its columns call for, then its own."""
    feed = FEEDS[name]
    period = feed.columns[0]
    in_key = name == "wage" or feed.is_of_schools
    other = _NEXT_ACADEMIC_YEAR
    if period == "quarter":
        other = pl.format("{}{}", YEAR + 1, pl.col(period).str.slice(4))
    values = {
        "required": {c: EMPTY for c in feed.columns if c not in feed.optional},
        **_bad_values(),
        "placeholder": _PLACEHOLDER_IN_KEY if in_key else _PLACEHOLDER,
        "pattern": _OFF_PATTERN,
        "period": {period: other},
    }
    of_columns = [
        _of_column(name, column, kind, of_kind[column])
        for kind, of_kind in values.items()
        for column in feed.columns
        if column in of_kind
    ]
    texts = {c: pl.lit(_BAD_TEXT) for c in feed.columns if c in _FREE_TEXT}
    planted_alone = [
        replace(_of_column(name, column, "text", value), is_planted_alone=True)
        for column, value in texts.items()
    ]
    return [*of_columns, *feed.corruptions, Corruption("key:unique"), *planted_alone]


def _of_column(name: str, column: str, kind: str, value: pl.Expr) -> Corruption:
    feed, rule = FEEDS[name], f"{column}:{kind}"
    where = feed.where.get(rule, _WHERE.get(rule, pl.lit(True)))
    also = feed.also.get(rule, ())
    if kind in ("pattern", "period") and column == feed.columns[0]:
        where = where & _MAY_LOSE_PERIOD
    if kind == "placeholder" and column == "state_student_id" and feed.is_of_schools:
        where = where & pl.col(FIRST_OF_CLASS)
    if name == "institution":
        # Only the quiet part of the registry is touched: every other institution is needed.
        where = where & pl.col("institution_name").str.starts_with("Quiet")
    if kind == "pattern" and column == feed.columns[0]:
        also = (f"{column}:period",)
    if kind == "pattern" and any(c.rule == f"{column}:submitter" for c in feed.corruptions):
        also = (f"{column}:submitter",)
    return Corruption(rule, {column: value}, where, also)
