"""What several feeds share: a student as a high school or a college knows them.

Lives here: mixins for contracts, and the references, impacts and examples that go with them.
Does not: any single feed.
"""

from typing import Any

import polars as pl

from schemas import codes
from schemas.contract import DeliveredRow, Reference
from schemas.data_impact import DataImpact, people
from schemas.periods import ACADEMIC_YEAR_PATTERN, TERM_PATTERN, academic_year_of_term
from schemas.rules import (
    code,
    not_placeholder,
    pattern,
    reported_by,
    reported_period,
    row_rule,
    same_digits,
    text,
)

# Area 9xx is never issued as an SSN, but individual taxpayer numbers (ITIN) begin so: it stays.
_SSN_PLACEHOLDER = (
    same_digits("ssn", 9)
    | (pl.col("ssn") == "123456789")
    | pl.col("ssn").str.slice(0, 3).is_in(["000", "666"])
    | (pl.col("ssn").str.slice(3, 2) == "00")
    | (pl.col("ssn").str.slice(5, 4) == "0000")
)

state_student_id_placeholder = not_placeholder(
    "state_student_id", same_digits("state_student_id", 10), "one digit repeated"
)
ssn_placeholder = not_placeholder(
    "ssn", _SSN_PLACEHOLDER, "a repeated digit, 123456789, or a part that is never used"
)


def local_id(description: str) -> Any:
    """Return a submitter's own number of a person, which no spreadsheet has rewritten."""
    return pattern(
        r"^[0-9A-Za-z](?:[0-9A-Za-z _/-]*[0-9A-Za-z])?$",
        "letters, digits and - _ / alone (a spreadsheet makes 1.23E+09 or 12345.0 of an id)",
        description,
        identifying=True,
    )


class AcademicYearRow(DeliveredRow):
    """A row reported for an academic year."""

    academic_year: pl.String = pattern(
        ACADEMIC_YEAR_PATTERN, "written like 2023-24", "Academic year, 1 July to 30 June."
    )

    academic_year_period = reported_period("academic_year")


class HighSchoolStudentRow(AcademicYearRow):
    """A student as a K-12 district reports them (prefix of the CALPADS files)."""

    district_id: pl.String = pattern(r"^\d{7}$", "7 digits", "County-district code of the LEA.")
    school_id: pl.String = pattern(r"^\d{14}$", "14 digits", "County-district-school code.")
    state_student_id: pl.String = pattern(
        r"^\d{10}$", "10 digits", "Statewide student identifier (SSID).", identifying=True
    )
    local_student_id: pl.String = local_id("The district's own student number.")

    district_id_submitter = reported_by("district_id")
    school_in_district = row_rule(
        "school_in_district",
        "school_id must start with district_id.",
        pl.col("school_id").str.starts_with(pl.col("district_id")),
    )
    state_student_id_placeholder = state_student_id_placeholder


class NamedPersonRow(DeliveredRow):
    """A person by name and birth date."""

    first_name: pl.String = text("First name.", identifying=True)
    last_name: pl.String = text("Last name or names.", identifying=True)
    birth_date: pl.Date = text("Date of birth.", identifying=True)


class InstitutionPersonRow(NamedPersonRow, AcademicYearRow):
    """A person as an institution of any kind reports them, under its own number."""

    institution_id: pl.String = pattern(
        r"^\d{6,7}$", "7 digits for a district, 6 for any other", "Reporting institution."
    )
    local_student_id: pl.String = local_id("The institution's own student number.")
    state_student_id: pl.String = pattern(
        r"^\d{10}$", "10 digits", "SSID, where known.", nullable=True, identifying=True
    )
    ssn: pl.String = pattern(
        r"^\d{9}$", "9 digits without dashes", "SSN, where known.", nullable=True, identifying=True
    )

    institution_id_submitter = reported_by("institution_id")
    state_student_id_placeholder = state_student_id_placeholder
    ssn_placeholder = ssn_placeholder


class CollegeStudentRow(InstitutionPersonRow):
    """A student as a college or certifying body reports them."""

    institution_id: pl.String = pattern(r"^\d{6}$", "6 digits", "Reporting institution.")


class CollegeClassRow(CollegeStudentRow):
    """A college student's units in a term, of a section or of all their sections."""

    gender_code: pl.String = code(
        codes.COLLEGE_GENDER, "Gender: F, M, B (non-binary) or X (unknown), as MIS has them."
    )
    term_id: pl.String = pattern(
        TERM_PATTERN, "a year and SU, FA, WI or SP, like 2023FA", "College term."
    )

    term_in_academic_year = row_rule(
        "term_in_academic_year",
        "term_id must belong to the academic year: summer, fall, winter, spring.",
        academic_year_of_term(pl.col("term_id")) == pl.col("period"),
    )
    earned_within_attempted = row_rule(
        "earned_within_attempted",
        "units_earned must not be above units_attempted.",
        pl.col("units_earned") <= pl.col("units_attempted"),
    )


# Districts certify their year in autumn.
DISTRICT_DUE_AFTER_DAYS = 120

STUDENT = ("state_student_id",)
AT_INSTITUTION = ("institution_id", "local_student_id")

# What K-12 districts report of a student is of a student they report; a student whose enrolment row
# is in quarantine is the exception, so what may be missing is the quarantine limit of 5 %.
ENROLLED_STUDENT = Reference(
    "k12_enrollment", "source_person_key", warn_below=0.95, stop_below=0.75, within_period=True
)


def registered(key: str, only: str = "true") -> Reference:
    """Return the reference of an institution's id to the register.

    A state's register has everybody who reports; a new institution may be a year late in it.
    """
    return Reference(
        "institution", key, warn_below=0.98, stop_below=0.9, parent_key="institution_id", only=only
    )


# What a report from outside says of a college that the state's register may not have.
OF_COLLEGE = {
    "college_state_code": "State the college is in, two letters.",
    "college_level_code": "2 or 4 years, or L for less than 2.",
    "college_sector_code": "PUBLIC or PRIVATE.",
}
# The state's register lists colleges of its own state alone.
IN_STATE = "coalesce(college_state_code, 'CA') = 'CA'"

WITHOUT_SSN = DataImpact(
    "people_without_ssn",
    "people without an ssn",
    people(AT_INSTITUTION, pl.col("ssn").is_null()),
    "{n} of {of} people ({share}) {have} no ssn. Their wages can't be looked up unless "
    "another college reports their number: your employment and earnings figures go without them.",
)
WITHOUT_SSID = DataImpact(
    "people_without_ssid",
    "people without a state_student_id",
    people(AT_INSTITUTION, pl.col("state_student_id").is_null()),
    "{n} of {of} people ({share}) {have} no state_student_id. They can be joined to their "
    "high school by name and birth date alone; who is not found so is missing from its "
    "college-going, dual enrollment and credential rates.",
)

EXAMPLE_YEAR = "2018-19"
EXAMPLE_STUDENT = {
    "academic_year": EXAMPLE_YEAR,
    "district_id": "1990001",
    "school_id": "19900010000001",
    "state_student_id": "1234567890",
    "local_student_id": "17",
}
EXAMPLE_PERSON = {
    "first_name": "María José",
    "last_name": "Núñez-O'Neil, Jr.",
    "birth_date": "2002-03-04",
}
EXAMPLE_COLLEGE_STUDENT = {
    "academic_year": EXAMPLE_YEAR,
    "institution_id": "900001",
    "local_student_id": "A-17",
    "state_student_id": None,
    "ssn": "912345678",
    **EXAMPLE_PERSON,
}
