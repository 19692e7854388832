"""Contract of `credential`, after CCC MIS SP, NSC degree rows and industry certifications."""

from functools import reduce

import polars as pl

from schemas import codes
from schemas.contract import Feed, Reference, start_of, steps_of, values_of
from schemas.data_impact import DataImpact, lost, rows
from schemas.people import (
    EXAMPLE_COLLEGE_STUDENT,
    IN_STATE,
    OF_COLLEGE,
    WITHOUT_SSID,
    WITHOUT_SSN,
    CollegeStudentRow,
    registered,
)
from schemas.periods import PeriodKind, year_end, year_start
from schemas.rules import code, number, own_number, pattern, row_rule, text, unique_key, words

_UNITS_FIT = reduce(
    lambda fit, award: fit.when(pl.col("award_type_code") == award[0]).then(
        (pl.col("award_units") >= award[1][0]) & (pl.col("award_units") < award[1][1])
    ),
    codes.AWARD_UNIT_BOUNDS.items(),
    pl.when(pl.lit(False)).then(True),
).otherwise(True)


class Credential(CollegeStudentRow):
    """One award to one person."""

    award_id: pl.String = text("The issuer's own number of the award.")
    award_type_code: pl.String = code(
        codes.AWARD_TYPE,
        "MIS SP02 award type; B, IC and AJ are awarded outside them.",
    )
    award_date: pl.Date = text("Day of the award.")
    program_top_code: pl.String = pattern(
        r"^\d{6}$", "6 digits", "TOP code of the program.", nullable=True
    )
    cip_code: pl.String = pattern(
        r"^\d{2}\.\d{4}$", "written like 51.3801", "CIP code of the program.", nullable=True
    )
    award_units: pl.Float64 = number(0, 200, "Semester units of the program.", nullable=True)
    credential_title: pl.String = text("Title of the award.")

    key_unique = unique_key("institution_id", "award_id")
    award_id_text = own_number("award_id")
    credential_title_text = words("credential_title")
    award_in_academic_year = row_rule(
        "award_in_academic_year",
        "award_date must fall in the academic year.",
        pl.col("award_date").is_between(year_start(pl.col("period")), year_end(pl.col("period"))),
    )
    birth_before_award = row_rule(
        "birth_before_award",
        "birth_date must be before award_date.",
        pl.col("birth_date") < pl.col("award_date"),
    )
    program_is_classified = row_rule(
        "program_is_classified",
        "Give program_top_code, cip_code or both.",
        pl.col("program_top_code").is_not_null() | pl.col("cip_code").is_not_null(),
    )
    units_fit_award_type = row_rule(
        "units_fit_award_type",
        "award_units must fit a certificate's type: N 8 to below 16, M 16 to below 30, "
        "T 30 to below 60, F 60 and more.",
        _UNITS_FIT,
    )


FEED = Feed(
    name="credential",
    order=70,
    model=Credential,
    grain="one award to one person",
    submitted_by="college or certifying body",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("institution_id", "award_id"),
    person_key=("institution_id", "local_student_id"),
    beside=OF_COLLEGE,
    profile={
        **values_of("award_type_code"),
        **start_of("program_top_code", 2),
        **steps_of("award_units", 5),
    },
    references=(
        registered("institution_id", only=IN_STATE),
        # Who finishes was enrolled, in this year's file or an earlier one. Certifying bodies enroll
        # nobody, and a college's first delivered years award to people enrolled before them.
        Reference(
            "college_enrollment",
            "source_person_key",
            warn_below=0.8,
            stop_below=0.5,
            only="award_type_code not in ('IC', 'AJ')",
        ),
    ),
    impacts=(
        DataImpact(
            "awards_lost",
            "awards in rejected rows",
            lost(("institution_id", "award_id")),
            "{n} of {of} awards {are} in rejected rows. No credential or pathway completion "
            "rate counts them.",
        ),
        WITHOUT_SSID,
        WITHOUT_SSN,
        DataImpact(
            "without_top",
            "awards without a TOP code",
            rows(pl.col("program_top_code").is_null()),
            "{n} of {of} awards {have} a cip_code and no program_top_code. Their industry "
            "sector follows from the first two digits of the CIP code alone.",
        ),
    ),
    example={
        **EXAMPLE_COLLEGE_STUDENT,
        "award_id": "1",
        "award_type_code": "M",
        "award_date": "2019-05-25",
        "program_top_code": "070200",
        "cip_code": None,
        "award_units": "18",
        "credential_title": "Certificate in Invented Systems",
    },
)
