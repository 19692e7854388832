"""A StudentTracker detail report: terms and degrees at universities in one file with a header."""

from collections.abc import Mapping

import polars as pl

_DEGREES = {
    "B": "BACHELOR OF ARTS", "A": "ASSOCIATE OF ARTS", "S": "ASSOCIATE OF SCIENCE",
}  # fmt: skip
# First day of each term.
_BEGINS = {"SU": "0615", "FA": "0820", "WI": "0105", "SP": "0125"}
_COLUMNS = (
    "Your Unique Identifier", "First Name", "Middle Initial", "Last Name", "Name Suffix",
    "Requester Return Field", "Record Found Y/N", "Search Date", "College Code/Branch",
    "College Name", "College State", "2-year / 4-year", "Public / Private", "Enrollment Begin",
    "Enrollment End", "Enrollment Status", "Class Level", "Enrollment Major 1",
    "Enrollment CIP 1", "Graduated?", "Graduation Date", "Degree Title", "Degree Major 1",
    "Degree CIP 1", "College Sequence",
)  # fmt: skip


def files(rows: Mapping[str, pl.DataFrame]) -> dict[str, str]:
    """Return the report on all universities of a year, of students with a state id."""
    parts = []
    if "college_enrollment" in rows:
        season = pl.col("term_id").str.slice(4)
        begin = pl.concat_str(pl.col("term_id").str.slice(0, 4), season.replace(_BEGINS))
        own = {"Enrollment Begin": begin, "Enrollment Status": pl.lit("F")}
        parts.append(_rows(rows["college_enrollment"], "N", own))
    if "credential" in rows:
        parts.append(
            _rows(
                rows["credential"],
                "Y",
                {
                    "Graduation Date": pl.col("award_date").str.replace_all("-", ""),
                    "Degree Title": pl.col("award_type_code").replace(_DEGREES),
                    "Degree Major 1": pl.col("credential_title"),
                    "Degree CIP 1": pl.col("cip_code").str.replace(".", "", literal=True),
                },
            )
        )
    report = pl.concat(parts)
    if report.is_empty():
        return {}
    return {"detail_report.csv": report.write_csv(line_terminator="\r\n")}


def _rows(rows: pl.DataFrame, graduated: str, own: Mapping[str, pl.Expr]) -> pl.DataFrame:
    known = rows.filter(pl.col("state_student_id").is_not_null())
    values = {
        "Your Unique Identifier": pl.col("local_student_id"),
        "First Name": pl.col("first_name"),
        "Last Name": pl.col("last_name"),
        "Requester Return Field": pl.format("_{}_", "state_student_id"),
        "Record Found Y/N": pl.lit("Y"),
        "College Code/Branch": pl.format("{}-00", "institution_id"),
        "College State": pl.lit("CA"),
        "2-year / 4-year": pl.lit("4"),
        "Public / Private": pl.lit("Public"),
        "Graduated?": pl.lit(graduated),
        **own,
    }
    return known.select(values.get(name, pl.lit("")).alias(name) for name in _COLUMNS)
