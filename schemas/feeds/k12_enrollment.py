"""Contract of `k12_enrollment`, after CALPADS SENR, SINF and SPRG."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, values_of
from schemas.data_impact import DataImpact, lost, people_lost, rows
from schemas.people import (
    DISTRICT_DUE_AFTER_DAYS,
    EXAMPLE_PERSON,
    EXAMPLE_STUDENT,
    STUDENT,
    HighSchoolStudentRow,
    NamedPersonRow,
    registered,
)
from schemas.periods import PeriodKind, year_end, year_start
from schemas.rules import code, flag, number, row_rule, text, unique_key, years_between

_ENTRY, _EXIT = pl.col("enrollment_entry_date"), pl.col("enrollment_exit_date")
_DAY = pl.duration(days=1)
_EXIT_CODE, _COMPLETION = pl.col("exit_code"), pl.col("completion_status_code")


class K12Enrollment(NamedPersonRow, HighSchoolStudentRow):
    """One enrolment spell of a student at a school in an academic year."""

    gender_code: pl.String = code(codes.GENDER, "Gender: F, M or X (non-binary).")
    race_ethnicity_code: pl.String = code(
        codes.RACE_ETHNICITY, "Race or ethnicity in the CDE's reporting categories."
    )
    grade_level: pl.Int64 = number(9, 12, "Grade, 9 to 12.")
    enrollment_status_code: pl.String = code(
        codes.ENROLLMENT_STATUS, "10 primary, 20 secondary, 30 short-term enrolment."
    )
    enrollment_entry_date: pl.Date = text("First day of the spell.")
    enrollment_exit_date: pl.Date = text("Last day of the spell, once it ended.", nullable=True)
    exit_code: pl.String = code(codes.K12_EXIT, "Why the spell ended.", nullable=True)
    completion_status_code: pl.String = code(
        codes.COMPLETION_STATUS, "How the student completed high school.", nullable=True
    )
    is_economically_disadvantaged: pl.Boolean = flag("Socioeconomically disadvantaged.")
    is_english_learner: pl.Boolean = flag("English learner.")
    has_disability: pl.Boolean = flag("Student with a disability.")
    is_foster: pl.Boolean = flag("In foster care.")
    is_homeless: pl.Boolean = flag("Homeless.")

    key_unique = unique_key("school_id", "state_student_id", "enrollment_entry_date")
    birth_before_entry = row_rule(
        "birth_before_entry",
        "birth_date must be before enrollment_entry_date.",
        pl.col("birth_date") < _ENTRY,
    )
    age_fits_high_school = row_rule(
        "age_fits_high_school",
        "A high-school student is 12 to 22 years old on enrollment_entry_date.",
        years_between("birth_date", _ENTRY).is_between(12, 22),
    )
    entry_in_academic_year = row_rule(
        "entry_in_academic_year",
        "enrollment_entry_date must fall in the academic year.",
        _ENTRY.is_between(year_start(pl.col("period")), year_end(pl.col("period"))),
    )
    entry_not_after_exit = row_rule(
        "entry_not_after_exit",
        "enrollment_exit_date must not be before enrollment_entry_date; a no-show "
        f"({codes.NO_SHOW_EXIT}) may have left the day before.",
        (_ENTRY <= _EXIT)
        | ((_EXIT_CODE == codes.NO_SHOW_EXIT) & (_EXIT == _ENTRY - _DAY)).fill_null(False),
    )
    exit_in_academic_year = row_rule(
        "exit_in_academic_year",
        "enrollment_exit_date must fall in the academic year.",
        _EXIT.is_between(year_start(pl.col("period")) - _DAY, year_end(pl.col("period")))
        & ((year_start(pl.col("period")) <= _EXIT) | (_EXIT == _ENTRY - _DAY)),
    )
    exit_has_code = row_rule(
        "exit_has_code",
        "enrollment_exit_date and exit_code must come together.",
        _EXIT.is_null() == pl.col("exit_code").is_null(),
    )
    completion_has_completer_exit = row_rule(
        "completion_has_completer_exit",
        f"A diploma or equivalent needs exit_code {codes.COMPLETER_EXIT}.",
        ~pl.col("completion_status_code").is_in(codes.DIPLOMA_OR_EQUIVALENT)
        | pl.col("exit_code").eq_missing(pl.lit(codes.COMPLETER_EXIT)),
    )


FEED = Feed(
    name="k12_enrollment",
    order=20,
    model=K12Enrollment,
    grain="one enrolment spell of a student at a school in an academic year",
    submitted_by="K-12 district",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("school_id", "state_student_id", "enrollment_entry_date"),
    person_key=("state_student_id",),
    due_after_days=DISTRICT_DUE_AFTER_DAYS,
    profile=values_of(
        "grade_level",
        "gender_code",
        "race_ethnicity_code",
        "enrollment_status_code",
        "exit_code",
        "completion_status_code",
        "is_economically_disadvantaged",
        "is_english_learner",
        "has_disability",
    ),
    references=(registered("school_id"), registered("district_id")),
    impacts=(
        people_lost(
            STUDENT,
            "Those in no other year's file are in no graduation cohort; the others lack this year "
            "in their record.",
        ),
        DataImpact(
            "graduates_lost",
            "graduates only in rejected rows",
            lost(STUDENT, _COMPLETION == codes.REGULAR_DIPLOMA),
            "{n} of {of} graduates you report {are} only in rejected rows. Your graduation "
            "rate counts them as non-graduates, or not at all.",
        ),
        DataImpact(
            "exits_without_completion",
            "exits with code E230 and no completion code",
            rows(_COMPLETION.is_null(), _EXIT_CODE == codes.COMPLETER_EXIT),
            f"{{n}} of {{of}} exits with exit_code {codes.COMPLETER_EXIT} {{lack}} a "
            "completion_status_code. Your graduation rate counts these students as non-graduates.",
        ),
        DataImpact(
            "exits_unknown",
            "exits to no known enrollment",
            rows(_EXIT_CODE == codes.NO_KNOWN_ENROLLMENT, _EXIT_CODE.is_not_null()),
            f"{{n}} of {{of}} exits {{have}} exit_code {codes.NO_KNOWN_ENROLLMENT}, no known "
            "enrollment. These students stay in your graduation cohort as non-graduates; a "
            "confirmed move to another state, country or private school takes them out.",
        ),
        DataImpact(
            "race_not_reported",
            "rows without race or ethnicity",
            rows(pl.col("race_ethnicity_code") == "RD"),
            "{n} of {of} rows ({share}) {have} race_ethnicity_code RD, not reported. These "
            "students are in your totals and in no named group of the equity comparisons.",
        ),
    ),
    example={
        **EXAMPLE_STUDENT,
        **EXAMPLE_PERSON,
        "gender_code": "F",
        "race_ethnicity_code": "RH",
        "grade_level": "11",
        "enrollment_status_code": "10",
        "enrollment_entry_date": "2018-08-15",
        "enrollment_exit_date": None,
        "exit_code": None,
        "completion_status_code": None,
        "is_economically_disadvantaged": "Y",
        "is_english_learner": "N",
        "has_disability": "N",
        "is_foster": "N",
        "is_homeless": "N",
    },
)
