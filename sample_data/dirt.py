"""Labelled corruptions: rows that break one rule each, files that can't be taken, late arrivals.

Lives here: a registry of corruptions (rule, rows it fits, what it does to a row), bad files and
what arrives later. Does not: writing (`write`), or the contracts: rule names are those the gate
reports, but what a corruption breaks is stated here on its own, so that the two can be held against
each other.

A row is corrupted at most once and keeps its person. Which row is decided by its address alone; one
row for each rule is planted among the rows of a few pioneers, whoever else there is. Bad files come
from registered submitters that deliver nothing else; their rows are copies of others'.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
import polars as pl

from sample_data.draws import Draws
from sample_data.feeds import FIRST_OF_CLASS, LAYOUTS, REFERENCE
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
    "consortium_member": ("staff_fte", "left_date"),
    "initiative_grant": ("consortium_id", "school_id", "pathway_code", "grant_end_date"),
    "initiative_participation": ("state_student_id", "ssn", "participation_end_date"),
    "labor_demand": (),
}  # fmt: skip

# One bad value for every column that has such a rule, as people really send them.
_UNREADABLE = {
    "birth_date": "2001-02-30", "enrollment_entry_date": "08/15/2016",
    "enrollment_exit_date": "2017-06-31", "award_date": "May 2019", "grade_level": "nine",
    "courses_completed": "two", "pathway_hours": "180h", "wbl_hours": "n/a",
    "units_attempted": "three", "units_earned": "3,0", "award_units": "60 units",
    "quarterly_wages_usd": "$4,500.00", "is_economically_disadvantaged": "unknown",
    "is_english_learner": "EL", "has_disability": "IEP", "is_foster": "maybe", "is_homeless": "?",
    "is_ccap": "pending", "staff_fte": "half-time", "joined_date": "Fall 2015",
    "left_date": "06/30/2018", "grant_line": "1a", "award_amount_usd": "1.2M",
    "grant_start_date": "2016-13-01", "grant_end_date": "open", "participation_start_date": "Sept.",
    "participation_end_date": "2019-02-30", "employment_count": "1,200", "annual_openings": "~90",
    "median_hourly_wage_usd": "$24.10",
}  # fmt: skip
_NOT_A_CODE = {
    "gender_code": "U", "race_ethnicity_code": "H", "enrollment_status_code": "40",
    "exit_code": "W07", "completion_status_code": "500", "capstone_grade": "Z",
    "wbl_type_code": "99", "employer_naics_sector": "33", "credit_status_code": "X",
    "grade_code": "Q", "student_goal_code": "G", "aid_status_code": "CALGRANT",
    "award_type_code": "Q", "institution_type_code": "COLLEGE", "county_fips": "06002",
    "microregion": "Region 9", "member_type_code": "SCHOOL", "member_role_code": "MEMBER",
    "initiative_code": "PERKINS", "service_type_code": "CLASS", "naics_sector": "31",
    "entry_education_code": "BA",
}  # fmt: skip
_OUT_OF_RANGE = {
    "grade_level": "8", "courses_completed": "13", "pathway_hours": "4500", "wbl_hours": "2600",
    "units_attempted": "35", "units_earned": "-1", "award_units": "250",
    "quarterly_wages_usd": "-350.25", "staff_fte": "900", "grant_line": "0",
    "award_amount_usd": "-5000", "employment_count": "9000000", "annual_openings": "-1",
    "median_hourly_wage_usd": "2.10",
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
    "consortium_id": _cut("consortium_id", 4),
    "soc_code": pl.col("soc_code").str.replace("-", "", literal=True),
    "member_id": _cut("member_id", 5),
}  # fmt: skip
# Identifiers people type when they have none. In the wage file and in K-12 files they are part of
# the key: the area of an SSN is masked, and state ids are one digit ten times over, the last of the
# year a class began in, for one student of each class and school. So no two of them ever meet.
_REPDIGIT = pl.col("_person_cohort").cast(pl.String).str.slice(3).repeat_by(10).list.join("")
_PLACEHOLDER = {
    "ssn": pl.lit("123456789"), "state_student_id": pl.lit("9999999999"),
}  # fmt: skip
_PLACEHOLDER_IN_KEY = {
    "ssn": pl.format("000{}", pl.col("ssn").str.slice(3)),
    "state_student_id": _REPDIGIT,
}


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
    """A file that can't be taken, with what is wrong with it and the file rules it breaks."""

    feed: str
    period: str
    submitter: str
    suffix: str
    content: bytes
    defect: str
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
# A file in which no row names its period is refused as a whole, so some others have to: every
# second row of the files of the largest submitters may lose its period.
_MAY_LOSE_PERIOD = pl.col("_is_large") & (pl.col("_person").fill_null(pl.col("_turn")) % 2 == 0)
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
    ("", "consortium_id:pattern"): _has("consortium_id"),
    ("initiative_grant", "institution_id:pattern"): _no("school_id"),
    ("initiative_grant", "school_id:pattern"): _has("school_id"),
    ("initiative_grant", "pathway_code:pattern"): _has("pathway_code"),
}
_ALSO: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "academic_year:pattern"): ("academic_year:period",),
    ("", "quarter:pattern"): ("quarter:period",),
    ("", "district_id:pattern"): ("district_id:submitter",),
    ("dual_enrollment", "institution_id:pattern"): ("institution_id:submitter",),
    ("college_enrollment", "institution_id:pattern"): ("institution_id:submitter",),
    ("credential", "institution_id:pattern"): ("institution_id:submitter",),
    ("initiative_participation", "institution_id:pattern"): ("institution_id:submitter",),
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
    "consortium_member": (
        Corruption(
            "joined_not_after_left",
            {"left_date": _date("joined_date").dt.offset_by("-1d").cast(pl.String)},
            _date("joined_date") > pl.date(_YEAR, 7, 1),
        ),
        Corruption(
            "member_in_academic_year",
            {"joined_date": pl.format("{}-09-01", _YEAR + 1)},
            _no("left_date"),
        ),
    ),
    "initiative_grant": (
        Corruption("pathway_has_school", {"school_id": _EMPTY}, _has("pathway_code")),
        Corruption("school_of_grantee", {"school_id": _SCHOOL_ELSEWHERE}, _has("school_id")),
        Corruption(
            "start_not_after_end",
            {
                "grant_start_date": pl.format("{}-06-20", _YEAR + 1),
                "grant_end_date": pl.format("{}-06-10", _YEAR + 1),
            },
        ),
        Corruption(
            "grant_runs_in_academic_year",
            {"grant_end_date": pl.format("{}-05-01", _YEAR)},
            _date("grant_start_date").dt.year() < _YEAR,
        ),
        Corruption("initiative_had_begun", {"grant_start_date": pl.lit("2013-09-01")}),
    ),
    "initiative_participation": (
        *_AT_COLLEGE,
        Corruption(
            "birth_before_participation",
            {"birth_date": _date("participation_start_date").dt.offset_by("1d").cast(pl.String)},
        ),
        Corruption("start_not_after_end", {"participation_end_date": pl.format("{}-07-05", _YEAR)}),
        Corruption(
            "participation_in_academic_year",
            {
                "participation_start_date": pl.format("{}-09-01", _YEAR + 1),
                "participation_end_date": _EMPTY,
            },
        ),
    ),
    "labor_demand": (
        Corruption(
            "openings_within_employment",
            {"annual_openings": (_number("employment_count") + 1).cast(pl.Int64).cast(pl.String)},
        ),
    ),
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
    in_key = feed == "wage" or "district_id" in columns
    placeholders = _PLACEHOLDER_IN_KEY if in_key else _PLACEHOLDER
    texts = {"type": _UNREADABLE, "code": _NOT_A_CODE, "range": _OUT_OF_RANGE,
             "placeholder": placeholders}  # fmt: skip
    for kind, values in texts.items():
        found += [
            _generic(feed, f"{column}:{kind}", column, _value(values[column]))
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


def _value(of: str | pl.Expr) -> pl.Expr:
    return pl.lit(of) if isinstance(of, str) else of


def _generic(feed: str, rule: str, column: str, value: pl.Expr) -> Corruption:
    where = _WHERE.get((feed, rule), _WHERE.get(("", rule), pl.lit(True)))
    if rule in {f"{c}:{k}" for c in ("academic_year", "quarter") for k in ("pattern", "period")}:
        where = where & _MAY_LOSE_PERIOD
    if rule == "state_student_id:placeholder" and "district_id" in LAYOUTS[feed]:
        where = where & pl.col(FIRST_OF_CLASS)
    if feed == "institution":
        # Only the quiet part of the registry is touched: every other institution is needed.
        where = where & pl.col("institution_name").str.starts_with("Quiet")
    also = _ALSO.get((feed, rule), _ALSO.get(("", rule), ()))
    return Corruption(rule, {column: value}, where, also)


def _next_year(quarter: str) -> pl.Expr:
    return pl.format("{}{}", _YEAR + 1, pl.col(quarter).str.slice(4))


@dataclass(frozen=True)
class Late:
    """A file that arrives again later.

    Attributes:
        defect: late_correction (the first delivery lacks rows), schema_drift (the first one is laid
            out otherwise, and refused) or duplicate_delivery (the same bytes again).
        rules: File rules the first delivery breaks.
    """

    feed: str
    period: str
    submitter: str
    defect: str
    rules: tuple[str, ...] = ()


def late(world: World) -> list[Late]:
    """Return what arrives again after the first deliveries: one of each kind."""
    control = world.control
    if control.dirt == "none":
        return []
    year = control.first_ninth_grade_year + control.cohorts - 1
    period = f"{year}-{(year + 1) % 100:02d}"
    smallest, next_one = world.smallest_districts
    drift = ("file:missing_column", "file:unexpected_column")
    return [
        Late("k12_enrollment", period, smallest, "late_correction"),
        Late("work_based_learning", period, world.largest_district, "schema_drift", drift),
        Late("k12_enrollment", period, next_one, "duplicate_delivery"),
    ]


def first_delivery(of: Late, content: bytes) -> bytes:
    """Return what was delivered before the late file came."""
    header, *lines = content.splitlines(keepends=True)
    if of.defect == "late_correction":
        return header + b"".join(lines[: max(1, len(lines) * 4 // 5)])
    if of.defect == "schema_drift":
        renamed = header.replace(b"wbl_hours", b"hours_worked").rstrip() + b",placement_id\n"
        return renamed + b"".join(line.rstrip() + b",P1\n" for line in lines)
    return content


Plants = dict[str, pl.DataFrame]


# Most planted rows that a feed takes: contracts let 5 % go to quarantine, 10 % of a register.
_MOST_PLANTED, _MOST_PLANTED_OF_REGISTER = 0.04, 0.08


def plants(world: World, pioneers: dict[str, pl.DataFrame], of_students: float) -> Plants:
    """Return which of the pioneers' rows breaks which rule: one row for each rule of each feed.

    A corruption that no row of them fits is left out, and so are some in a state so small that the
    gate would stop its release, unless every rule is to be broken.

    Args:
        world: The state.
        pioneers: Their reported rows, and the reference feeds.
        of_students: Pioneers as a share of all students, 0 to 1.

    Returns:
        For each feed `_person`, `_turn` and `_which`, a row of `corruptions`.
    """
    planted = {}
    for feed, frame in pioneers.items():
        if world.control.every_rule_broken:
            most = len(frame)
        elif feed in REFERENCE:
            most = int(_MOST_PLANTED_OF_REGISTER * len(frame))
        else:
            most = int(_MOST_PLANTED * len(frame) / of_students)
        planted[feed] = _planted(world, feed, frame).head(most)
    return planted


def _planted(world: World, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    frame = _with_place(world, frame)
    free = ~_is_late(world, feed, frame)
    draw = Draws(world.control.seed, f"plants {feed}", _address(frame))
    chosen: list[tuple[int | None, int, int]] = []
    for which, corruption in enumerate(corruptions(feed)):
        fits = frame.select(corruption.where.fill_null(False).alias("fits"))["fits"].to_numpy()
        candidates = np.flatnonzero(free & fits)
        if len(candidates):
            at = int(candidates[draw.bits(corruption.rule)[candidates].argmin()])
            free[at] = False
            chosen.append((frame["_person"][at], frame["_turn"][at], which))
    schema = {"_person": pl.Int64, "_turn": pl.Int64, "_which": pl.Int64}
    return pl.DataFrame(chosen, schema=schema, orient="row")


def _address(frame: pl.DataFrame) -> np.ndarray:
    """Return what a delivered row is: its person and running number; nobody has 10,000 rows."""
    return (frame["_person"].fill_null(0) * 10_000 + frame["_turn"]).to_numpy()


def _with_place(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with what corruptions ask of a row beside its columns."""
    large = [world.largest_district, world.largest_college, str(world.college_ids[world.certifier])]
    single = frame["_submitter"].n_unique() == 1 and not frame["_submitter"][0].isdigit()
    cohort, _ = world.place(frame["_person"].fill_null(0).to_numpy())
    return frame.with_columns(
        _is_large=pl.lit(True) if single else pl.col("_submitter").is_in(large),
        _person_cohort=pl.Series(cohort),
    )


def _is_late(world: World, feed: str, frame: pl.DataFrame) -> np.ndarray:
    """Return rows of files that are delivered twice: they break no other rule."""
    hit = np.zeros(len(frame), dtype=bool)
    for one in late(world):
        if one.feed == feed:
            same = (pl.col("_period") == one.period) & (pl.col("_submitter") == one.submitter)
            hit |= frame.select(same.alias("same"))["same"].to_numpy()
    return hit


def rows(world: World, planted: Plants, feed: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a feed's rows with some corrupted, and in `RULES` the rules each breaks, null if none.

    Args:
        world: The state.
        planted: What `plants` gave.
        feed: The feed.
        frame: Reported rows of some persons, or of a whole reference feed.
    """
    frame = frame.with_columns(pl.lit(None, dtype=pl.List(pl.String)).alias(RULES))
    if world.control.dirt == "none" or frame.is_empty():
        return frame
    registry = corruptions(feed)
    draw = Draws(world.control.seed, f"dirt {feed}", _address(frame))
    which = np.where(
        draw.chance("is dirty", world.control.dirt_rate), draw.whole("which", 0, len(registry)), -1
    )
    mark = planted[feed]
    if len(mark):
        order = np.argsort(_address(mark))
        address = _address(mark)[order]
        found = np.minimum(np.searchsorted(address, _address(frame)), len(address) - 1)
        hit = address[found] == _address(frame)
        which[hit] = mark["_which"].to_numpy()[order][found[hit]]
    which[_is_late(world, feed, frame)] = -1
    return _corrupted(world, registry, frame, which)


def _corrupted(
    world: World, registry: list[Corruption], frame: pl.DataFrame, which: np.ndarray
) -> pl.DataFrame:
    """Return the frame with its rows `which` >= 0 changed, and copies behind those that repeat."""
    at = np.flatnonzero(which >= 0)
    subset = _with_place(world, frame[at]).with_columns(
        _at=pl.Series(at), _which=pl.Series(which[at])
    ) if len(at) else None  # fmt: skip
    if subset is None:
        return frame
    changed = []
    for (chosen,), part in subset.partition_by("_which", as_dict=True).items():
        corruption = registry[int(chosen)]
        label = pl.lit(pl.Series([[corruption.rule, *corruption.also]])).first().alias(RULES)
        fits = part.filter(corruption.where.fill_null(False))
        changed.append(fits.with_columns(label, **corruption.change))
    broken = pl.concat(changed).sort("_at")
    if broken.is_empty():
        return frame
    order = np.arange(len(frame))
    places = broken["_at"].to_numpy()
    order[places] = len(frame) + np.arange(len(broken))
    repeats = (broken[RULES].list.first() == "key:unique").to_numpy()
    order = np.insert(order, places[repeats] + 1, order[places[repeats]])
    return pl.concat([frame, broken.select(frame.columns)])[order]


def files(world: World, delivered: dict[str, pl.DataFrame]) -> list[BadFile]:
    """Return one bad file for each file defect, from submitters that deliver nothing else.

    Args:
        world: The state.
        delivered: Reported rows to copy from, by feed.
    """
    if world.control.dirt == "none":
        return []
    district, college = world.silent_district_ids, world.silent_college_id

    def of(feed: str, submitter: str, later: int = 0) -> tuple[str, pl.DataFrame]:
        """Return a period in the middle of the feed, and some of its rows as this submitter's."""
        periods = delivered[feed]["_period"].unique().sort().to_list()
        middle = periods[len(periods) // 2]
        sample = delivered[feed].filter(pl.col("_period") == middle)
        return periods[len(periods) // 2 + later], _as_of(sample, feed, submitter)

    noise = Draws(world.control.seed, "bad files", np.arange(64)).bits("noise").tobytes()
    bad: list[BadFile] = []

    def add(feed: str, submitter: str, period: str, defect: str, content: bytes, *rules: str,
            suffix: str = ".csv") -> None:  # fmt: skip
        names = tuple(f"file:{rule}" for rule in rules)
        bad.append(BadFile(feed, period, submitter, suffix, content, defect, names))

    period, _ = of("k12_pathway", district[0])
    add("k12_pathway", district[0], period, "noise", noise, "unreadable", suffix=".parquet")
    period, table = of("k12_pathway", district[1])
    extra = table.with_columns(teacher_of_record=pl.lit("T-104"))
    add("k12_pathway", district[1], period, "extra_column", _csv(extra), "unexpected_column")
    period, table = of("k12_pathway", district[4])
    whole = BytesIO()
    table.write_parquet(whole)
    add("k12_pathway", district[4], period, "truncated_parquet", whole.getvalue()[:-400],
        "unreadable", suffix=".parquet")  # fmt: skip
    period, table = of("k12_enrollment", district[1])
    latin = _csv(table).decode().encode("latin-1", errors="replace")
    add("k12_enrollment", district[1], period, "wrong_encoding", latin, "encoding")
    period, table = of("k12_enrollment", district[2], later=1)
    add("k12_enrollment", district[2], period, "wrong_period", _csv(table), "wrong_period")
    period, table = of("k12_enrollment", district[3])
    # Cut in the middle of its last row, as a transfer that broke off.
    lines = _csv(table).rstrip(b"\n")
    add("k12_enrollment", district[3], period, "truncated_csv",
        lines[: lines.rindex(b",", 0, -12)], "malformed_row")  # fmt: skip
    period, table = of("k12_enrollment", district[5])
    headless = _csv(table).split(b"\n", 1)[1]
    add("k12_enrollment", district[5], period, "no_header", headless, "missing_column")
    period, table = of("work_based_learning", district[2])
    add("work_based_learning", district[2], period, "header_only", _csv(table.clear()), "empty")
    period, _ = of("work_based_learning", district[3])
    add("work_based_learning", district[3], period, "empty_file", b"", "empty")
    period, table = of("dual_enrollment", college)
    rows_of_file = _csv(table).split(b"\n")
    rows_of_file[2] += b",extra"
    add("dual_enrollment", college, period, "malformed_row", b"\n".join(rows_of_file),
        "malformed_row")  # fmt: skip
    period, table = of("credential", college)
    add("credential", college, period, "missing_column", _csv(table.drop("credential_title")),
        "missing_column")  # fmt: skip
    period, table = of("college_enrollment", college)
    renamed = table.rename({"units_attempted": "units_att"})
    add("college_enrollment", college, period, "renamed_column", _csv(renamed), "missing_column",
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
