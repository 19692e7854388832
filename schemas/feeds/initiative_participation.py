"""Contract of `initiative_participation`: whom the money of an initiative reached."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, Reference
from schemas.data_impact import people_lost
from schemas.people import (
    AT_INSTITUTION,
    EXAMPLE_COLLEGE_STUDENT,
    WITHOUT_SSID,
    WITHOUT_SSN,
    InstitutionPersonRow,
    registered,
)
from schemas.periods import PeriodKind, touches_year
from schemas.rules import code, own_number, row_rule, text, unique_key

_START, _END = pl.col("participation_start_date"), pl.col("participation_end_date")


class InitiativeParticipation(InstitutionPersonRow):
    """One person in one service that a grant pays for, through a partner in an academic year."""

    grant_id: pl.String = text("The funder's number of the grant.")
    initiative_code: pl.String = code(codes.INITIATIVE, "Initiative the money comes from.")
    service_type_code: pl.String = code(codes.SERVICE_TYPE, "Kind of service.")
    participation_start_date: pl.Date = text("First day in the service.")
    participation_end_date: pl.Date = text("Last day in the service, once it ended.", nullable=True)

    key_unique = unique_key("institution_id", "local_student_id", "grant_id", "service_type_code")
    grant_id_text = own_number("grant_id")
    birth_before_participation = row_rule(
        "birth_before_participation",
        "birth_date must be before participation_start_date.",
        pl.col("birth_date") < _START,
    )
    start_not_after_end = row_rule(
        "start_not_after_end",
        "participation_end_date must not be before participation_start_date.",
        _START <= _END,
    )
    participation_in_academic_year = row_rule(
        "participation_in_academic_year",
        "Some day from participation_start_date to participation_end_date must fall in the "
        "academic year.",
        touches_year(_START, _END, pl.col("period")),
    )


FEED = Feed(
    name="initiative_participation",
    order=110,
    model=InitiativeParticipation,
    grain="one person in one grant-funded service of a partner in an academic year",
    submitted_by="district, college or workforce board",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("institution_id", "local_student_id", "grant_id", "service_type_code"),
    person_key=("institution_id", "local_student_id"),
    references=(
        registered("institution_id"),
        Reference("initiative_grant", "grant_id", warn_below=0.95, stop_below=0.75),
    ),
    impacts=(
        people_lost(
            AT_INSTITUTION,
            "The initiative reads as not having reached them.",
            who="participants",
        ),
        WITHOUT_SSID,
        WITHOUT_SSN,
    ),
    example={
        **EXAMPLE_COLLEGE_STUDENT,
        "grant_id": "SWP-1",
        "initiative_code": "SWP",
        "service_type_code": "ADVISING",
        "participation_start_date": "2018-09-01",
        "participation_end_date": None,
    },
)
