"""Labelled corruptions: rows that break one rule each, and files that can't be taken.

Lives here: a registry of corruptions (rule, rows it fits, what it does to a row) and bad files.
Does not: writing (`write`), or the contracts: rule names are those the gate reports, but what a
corruption breaks is stated here on its own, so that the two can be held against each other.

A row is corrupted at most once and keeps its person. Bad files come from registered submitters
that deliver nothing else; their rows are copies of others'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from sample_data.control import Control, stream
from sample_data.feeds import LAYOUTS
from sample_data.world import World

# Column of a reported frame that holds the rules its row breaks.
RULES = "_rules"

_EMPTY = pl.lit(None, dtype=pl.String)

_OPTIONAL = {
    "institution": ("parent_institution_id", "county_fips", "microregion"),
    "k12_enrollment": ("enrollment_exit_date", "exit_code", "completion_status_code"),
    "k12_pathway": (
        "capstone_grade", "pathway_completion_academic_year", "industry_certification_name",
    ),
    "work_based_learning": ("wbl_hours", "employer_naics_sector"),
    "dual_enrollment": ("state_student_id", "ssn", "ccap_agreement_id"),
    "college_enrollment": ("state_student_id", "ssn", "program_top_code"),
    "credential": (
        "state_student_id", "ssn", "program_top_code", "cip_code", "award_units",
    ),
    "wage": ("county_fips",),
}  # fmt: skip

# One bad value for every column that has such a rule, as people really send them.
_UNREADABLE = {
    "birth_date": "2001-02-30", "enrollment_entry_date": "08/15/2016",
    "enrollment_exit_date": "2017-06-31", "award_date": "May 2019", "grade_level": "nine",
    "courses_completed": "two", "pathway_hours": "180h", "wbl_hours": "n/a",
    "units_attempted": "three", "units_earned": "3,0", "award_units": "60 units",
    "quarterly_wages_usd": "$4,500.00", "is_economically_disadvantaged": "unknown",
    "is_english_learner": "EL", "has_disability": "IEP", "is_foster": "maybe", "is_homeless": "?",
    "is_ccap": "pending",
}  # fmt: skip
_NOT_A_CODE = {
    "gender_code": "U", "race_ethnicity_code": "H", "enrollment_status_code": "40",
    "exit_code": "W07", "completion_status_code": "500", "capstone_grade": "Z",
    "wbl_type_code": "99", "employer_naics_sector": "33", "credit_status_code": "X",
    "grade_code": "Q", "student_goal_code": "G", "aid_status_code": "CALGRANT",
    "award_type_code": "Q", "institution_type_code": "COLLEGE", "county_fips": "06002",
    "microregion": "Region 9",
}  # fmt: skip
_OUT_OF_RANGE = {
    "grade_level": "8", "courses_completed": "13", "pathway_hours": "4500", "wbl_hours": "2600",
    "units_attempted": "35", "units_earned": "-1", "award_units": "250",
    "quarterly_wages_usd": "-350.25",
}  # fmt: skip


def _cut(column: str, length: int) -> pl.Expr:
    return pl.col(column).str.slice(0, length)


_OFF_PATTERN = {
    "academic_year": _cut("academic_year", 4),
    "quarter": pl.col("quarter").str.replace("Q", "-Q"),
    "district_id": _cut("district_id", 5),
    "school_id": _cut("school_id", 13),
    "institution_id": _cut("institution_id", 5),
    "state_student_id": _cut("state_student_id", 9),
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
}  # fmt: skip
# Identifiers people type when they have none.
_PLACEHOLDER = {"ssn": "123456789", "state_student_id": "9999999999"}


@dataclass(frozen=True)
class Corruption:
    """A way to break a rule.

    Attributes:
        rule: The rule as the gate reports it.
        change: New values of the row's columns; a key:unique corruption has none and is a copy.
        where: Rows it can be done to without breaking anything that isn't listed.
        also: Other rules that such a row breaks.
    """

    rule: str
    change: Mapping[str, pl.Expr] = field(default_factory=dict)
    where: pl.Expr = field(default_factory=lambda: pl.lit(True))
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class BadFile:
    """A file that can't be taken, with the file rules it breaks."""

    feed: str
    period: str
    submitter: str
    suffix: str
    content: bytes
    rules: tuple[str, ...]


def _no(column: str) -> pl.Expr:
    return pl.col(column).is_null()


def _has(column: str) -> pl.Expr:
    return pl.col(column).is_not_null()


def _date(column: str) -> pl.Expr:
    return pl.col(column).str.to_date("%Y-%m-%d", strict=False)


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)


# First calendar year of the folder's period.
_YEAR = pl.col("_period").str.slice(0, 4).cast(pl.Int64)
_NEEDS_HOURS = pl.col("wbl_type_code").is_in(["10", "15", "20"])
_DEGREE = pl.col("award_type_code").is_in(["A", "S", "B"])
_COLLEGE = pl.col("institution_type_code") == "COMMUNITY_COLLEGE"
_PASSED = _number("units_earned") > 0
# A file in which no row names its period is refused as a whole: some others have to.
_IN_LARGE_FILE = pl.len().over("_period", "_submitter") > 8
_NEXT_ACADEMIC_YEAR = pl.format(
    "{}-{}", _YEAR + 1, ((_YEAR + 2) % 100).cast(pl.String).str.zfill(2)
)
_LAST_ACADEMIC_YEAR = pl.format("{}-{}", _YEAR - 1, (_YEAR % 100).cast(pl.String).str.zfill(2))

# Rows that a generic corruption needs, and other rules it breaks, by feed and rule ("" any feed).
_WHERE: dict[tuple[str, str], pl.Expr] = {
    # An exit that can't be read must not leave its code alone, so the spell has to be open.
    ("", "enrollment_exit_date:type"): _no("enrollment_exit_date"),
    ("", "exit_code:code"): _has("exit_code") & _no("completion_status_code"),
    ("", "capstone_grade:code"): _no("pathway_completion_academic_year")
    & (_number("courses_completed") >= 1),
    ("", "pathway_completion_academic_year:pattern"): _has("pathway_completion_academic_year"),
    ("", "wbl_hours:type"): ~_NEEDS_HOURS,
    ("dual_enrollment", "units_earned:range"): _PASSED,
    ("", "award_units:range"): _DEGREE,
    ("", "award_units:type"): _DEGREE,
    ("", "award_type_code:code"): _DEGREE,
    ("", "cip_code:pattern"): _has("cip_code"),
    ("institution", "institution_id:pattern"): _COLLEGE,
    ("institution", "institution_id:required"): _COLLEGE,
    ("institution", "institution_type_code:required"): _COLLEGE,
    ("institution", "institution_type_code:code"): _COLLEGE,
    ("", "state_student_id:pattern"): _has("state_student_id"),
    ("", "ssn:pattern"): _has("ssn"),
}
_ALSO: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "academic_year:pattern"): ("academic_year:period",),
    ("", "quarter:pattern"): ("quarter:period",),
    ("", "district_id:pattern"): ("district_id:submitter",),
    ("dual_enrollment", "institution_id:pattern"): ("institution_id:submitter",),
    ("college_enrollment", "institution_id:pattern"): ("institution_id:submitter",),
    ("credential", "institution_id:pattern"): ("institution_id:submitter",),
    ("", "pathway_completion_academic_year:pattern"): ("completion_year_is_reported_year",),
}

_SCHOOL_ELSEWHERE = pl.lit("0199999") + pl.col("school_id").str.slice(7)
_K12 = (
    Corruption("district_id:submitter", {"district_id": pl.lit("0199999"),
                                         "school_id": _SCHOOL_ELSEWHERE}),
    Corruption("school_in_district", {"school_id": _SCHOOL_ELSEWHERE}),
)  # fmt: skip
_AT_COLLEGE = (Corruption("institution_id:submitter", {"institution_id": pl.lit("949999")}),)
_IN_TERM = (
    Corruption("term_in_academic_year", {"term_id": pl.format("{}FA", _YEAR + 2)}),
    Corruption(
        "earned_within_attempted",
        {"units_earned": (_number("units_attempted") + 1).cast(pl.String)},
        # Stays within 20, so that the range of neither feed is left.
        _PASSED & (_number("units_attempted") < 19),
    ),
)
_OWN: dict[str, tuple[Corruption, ...]] = {
    "institution": (
        Corruption(
            "school_has_district",
            {"parent_institution_id": _EMPTY},
            pl.col("institution_type_code") == "HIGH_SCHOOL",
        ),
        Corruption("place_has_county", {"county_fips": _EMPTY}, _COLLEGE),
    ),
    "k12_enrollment": (
        *_K12,
        Corruption(
            "birth_before_entry",
            {"birth_date": _date("enrollment_entry_date").dt.offset_by("1y").cast(pl.String)},
            also=("age_fits_high_school",),
        ),
        Corruption(
            "age_fits_high_school",
            {"birth_date": _date("birth_date").dt.offset_by("-30y").cast(pl.String)},
        ),
        Corruption(
            "entry_in_academic_year", {"enrollment_entry_date": pl.format("{}-06-20", _YEAR)}
        ),
        Corruption(
            "entry_not_after_exit",
            {"enrollment_exit_date": pl.format("{}-07-05", _YEAR)},
            _has("enrollment_exit_date") & (_date("enrollment_entry_date").dt.month() >= 8),
        ),
        Corruption(
            "exit_in_academic_year",
            {"enrollment_exit_date": pl.format("{}-07-15", _YEAR + 1)},
            _has("enrollment_exit_date"),
        ),
        Corruption(
            "exit_has_code",
            {"exit_code": _EMPTY},
            _has("exit_code") & _no("completion_status_code"),
        ),
        Corruption(
            "completion_has_completer_exit",
            {"completion_status_code": pl.lit("100")},
            pl.col("exit_code") == "E155",
        ),
    ),
    "k12_pathway": (
        *_K12,
        Corruption(
            "completion_year_is_reported_year",
            {"pathway_completion_academic_year": _LAST_ACADEMIC_YEAR},
            _has("pathway_completion_academic_year"),
        ),
        Corruption(
            "completer_has_passing_capstone",
            {"capstone_grade": pl.lit("D")},
            _has("pathway_completion_academic_year"),
        ),
        Corruption(
            "capstone_needs_course",
            {"courses_completed": pl.lit("0"), "capstone_grade": pl.lit("B")},
            _no("pathway_completion_academic_year"),
        ),
    ),
    "work_based_learning": (
        *_K12,
        Corruption("hours_for_type", {"wbl_hours": _EMPTY}, _NEEDS_HOURS),
        # CDE Flash 265: type 30 is not reported from 2024-25 on.
        Corruption("retired_type", {"wbl_type_code": pl.lit("30")}, _YEAR >= 2024),
    ),
    "dual_enrollment": (
        *_AT_COLLEGE,
        *_IN_TERM,
        Corruption("no_units_without_pass", {"grade_code": pl.lit("W")}, _PASSED),
        Corruption(
            "ccap_agreement_has_flag",
            {"ccap_agreement_id": pl.lit("CCAP-0")},
            pl.col("is_ccap") == "N",
        ),
        Corruption(
            "special_admit_age",
            {"birth_date": _date("birth_date").dt.offset_by("-30y").cast(pl.String)},
        ),
    ),
    "college_enrollment": (
        *_AT_COLLEGE,
        *_IN_TERM,
        Corruption("age_fits_college", {"birth_date": pl.format("{}-03-01", _YEAR - 5)}),
    ),
    "credential": (
        *_AT_COLLEGE,
        Corruption(
            "award_in_academic_year",
            {"award_date": _date("award_date").dt.offset_by("2y").cast(pl.String)},
        ),
        Corruption(
            "birth_before_award",
            {"birth_date": _date("award_date").dt.offset_by("1d").cast(pl.String)},
        ),
        Corruption(
            "program_is_classified",
            {"program_top_code": _EMPTY, "cip_code": _EMPTY},
        ),
        Corruption(
            "units_fit_award_type",
            {"award_units": pl.lit("66")},
            pl.col("award_type_code").is_in(["N", "M", "T"]),
        ),
    ),
    "wage": (Corruption("naics_sector_known", {"naics_code": pl.lit("990000")}),),
}


def corruptions(feed: str) -> list[Corruption]:
    """Return every corruption of a feed: those its columns call for, then its own."""
    columns = LAYOUTS[feed]
    period = columns[0]
    found = [
        _generic(feed, f"{column}:required", column, _EMPTY)
        for column in columns
        if column not in _OPTIONAL[feed]
    ]
    texts = {"type": _UNREADABLE, "code": _NOT_A_CODE, "range": _OUT_OF_RANGE,
             "placeholder": _PLACEHOLDER}  # fmt: skip
    for kind, values in texts.items():
        found += [
            _generic(feed, f"{column}:{kind}", column, pl.lit(values[column]))
            for column in columns
            if column in values
        ]
    found += [
        _generic(feed, f"{column}:pattern", column, _OFF_PATTERN[column])
        for column in columns
        if column in _OFF_PATTERN
    ]
    other = _NEXT_ACADEMIC_YEAR if period == "academic_year" else _next_year(period)
    found.append(_generic(feed, f"{period}:period", period, other))
    return [*found, *_OWN[feed], Corruption("key:unique")]


def _generic(feed: str, rule: str, column: str, value: pl.Expr) -> Corruption:
    where = _WHERE.get((feed, rule), _WHERE.get(("", rule), pl.lit(True)))
    if column in ("academic_year", "quarter"):
        where = where & _IN_LARGE_FILE
    also = _ALSO.get((feed, rule), _ALSO.get(("", rule), ()))
    return Corruption(rule, {column: value}, where, also)


def _next_year(quarter: str) -> pl.Expr:
    return pl.format("{}{}", _YEAR + 1, pl.col(quarter).str.slice(4))


def rows(control: Control, delivered: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the feeds with corrupted rows, and in `RULES` the rules each row breaks, null if none.

    A corruption that no row of a small state fits is left out, and so is its label.
    """
    no_rules = pl.lit(None, dtype=pl.List(pl.String)).alias(RULES)
    labelled = {feed: frame.with_columns(no_rules) for feed, frame in delivered.items()}
    if control.dirt == "none":
        return labelled
    return {feed: _corrupted(control, feed, frame) for feed, frame in labelled.items()}


def _corrupted(control: Control, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    rng = stream(control, "dirt", feed)
    frame = frame.with_row_index("_row")
    free = np.ones(len(frame), dtype=bool)
    if feed == "institution":
        # Only the quiet part of the registry is touched: every other institution is needed.
        free &= frame["institution_name"].str.starts_with("Quiet").to_numpy()
    changed: list[pl.DataFrame] = []
    for corruption in corruptions(feed):
        fits = frame.select(corruption.where.fill_null(False).alias("fits"))["fits"]
        candidates = np.flatnonzero(free & fits.to_numpy())
        count = min(control.examples_per_rule, len(candidates))
        chosen = np.sort(rng.choice(candidates, count, replace=False)) if count else candidates
        free[chosen] = False
        label = pl.lit(pl.Series([[corruption.rule, *corruption.also]])).first().alias(RULES)
        bad = frame[chosen].with_columns(label, **corruption.change)
        changed.append(bad)
        if corruption.rule == "key:unique":
            # The copies go to the end of the same file.
            changed.append(bad.with_columns(pl.lit(len(frame)).cast(pl.UInt32).alias("_row")))
    broken = pl.concat(changed)
    return (
        pl.concat([frame.join(broken, on="_row", how="anti", maintain_order="left"), broken])
        .sort("_period", "_submitter", "_row", maintain_order=True)
        .drop("_row")
    )


def files(control: Control, world: World, delivered: dict[str, pl.DataFrame]) -> list[BadFile]:
    """Return one bad file for each file rule, from submitters that deliver nothing else."""
    if control.dirt == "none":
        return []
    district, college = world.silent_district_ids, world.silent_college_id

    def of(feed: str, submitter: str, later: int = 0) -> tuple[str, pl.DataFrame]:
        """Return a period in the middle of the feed, and some of its rows as this submitter's."""
        periods = delivered[feed]["_period"].unique().sort().to_list()
        middle = periods[len(periods) // 2]
        sample = delivered[feed].filter(pl.col("_period") == middle)
        return periods[len(periods) // 2 + later], _as_of(sample, feed, submitter)

    noise = stream(control, "bad files").bytes(512)
    bad: list[BadFile] = []

    def add(feed: str, submitter: str, period: str, content: bytes, *rules: str,
            suffix: str = ".csv") -> None:  # fmt: skip
        names = tuple(f"file:{rule}" for rule in rules)
        bad.append(BadFile(feed, period, submitter, suffix, content, names))

    period, table = of("k12_pathway", district[0])
    add("k12_pathway", district[0], period, noise, "unreadable", suffix=".parquet")
    period, table = of("k12_pathway", district[1])
    extra = table.with_columns(teacher_of_record=pl.lit("T-104"))
    add("k12_pathway", district[1], period, _csv(extra), "unexpected_column")
    period, table = of("k12_enrollment", district[1])
    add("k12_enrollment", district[1], period, _csv(table).decode().encode("latin-1"), "encoding")
    period, table = of("k12_enrollment", district[2], later=1)
    add("k12_enrollment", district[2], period, _csv(table), "wrong_period")
    period, table = of("work_based_learning", district[2])
    add("work_based_learning", district[2], period, _csv(table.clear()), "empty")
    period, table = of("dual_enrollment", college)
    lines = _csv(table).split(b"\n")
    lines[2] += b",extra"
    add("dual_enrollment", college, period, b"\n".join(lines), "malformed_row")
    period, table = of("credential", college)
    add("credential", college, period, _csv(table.drop("credential_title")), "missing_column")
    period, table = of("college_enrollment", college)
    renamed = table.rename({"units_attempted": "units_att"})
    add("college_enrollment", college, period, _csv(renamed), "missing_column",
        "unexpected_column")  # fmt: skip
    return bad


def _as_of(sample: pl.DataFrame, feed: str, submitter: str) -> pl.DataFrame:
    """Return a dozen rows, those with accents first, as if `submitter` had sent them."""
    table = sample.select(LAYOUTS[feed])
    if "last_name" in table.columns:
        accented = pl.col("last_name").str.contains(r"[^\x00-\x7F]")
        table = table.sort(accented, descending=True, maintain_order=True)
    table = table.head(12)
    if "district_id" not in table.columns:
        return table.with_columns(institution_id=pl.lit(submitter))
    return table.with_columns(
        district_id=pl.lit(submitter),
        school_id=pl.lit(submitter) + pl.col("school_id").str.slice(7),
    )


def _csv(table: pl.DataFrame) -> bytes:
    return table.write_csv().encode()
