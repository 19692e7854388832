"""Contract of `identity_bridge`: names and birth date of who holds a number, for linkage alone.

A licence or ID agency keeps it; so do test registration and aid applications.
"""

import polars as pl

from schemas import codes
from schemas.contract import Feed
from schemas.data_impact import DataImpact, people_lost, rejected_for
from schemas.people import (
    EXAMPLE_PERSON,
    EXAMPLE_YEAR,
    AcademicYearRow,
    NamedPersonRow,
    ssn_placeholder,
)
from schemas.periods import PeriodKind, year_end, year_start
from schemas.rules import code, flag, pattern, row_rule, text, unique_key, years_between

_FROM, _TO = pl.col("valid_from"), pl.col("valid_to")


class IdentityBridge(NamedPersonRow, AcademicYearRow):
    """One name of one holder of a record, as an agency issued or changed it in a year."""

    ssn: pl.String = pattern(
        r"^\d{9}$", "9 digits without dashes", "SSN of the holder, verified.", identifying=True
    )
    gender_code: pl.String = code(codes.GENDER, "Gender: F, M or X (another one, or unknown).")
    is_former_name: pl.Boolean = flag("Y for a name the holder had before, N for the present one.")
    valid_from: pl.Date = text("First day of the record under this name, or of its change.")
    valid_to: pl.Date = text(
        "Last day of it: expiry, surrender, or the change of a former name.", nullable=True
    )

    key_unique = unique_key("ssn", "birth_date", "first_name", "last_name", "valid_from")
    ssn_placeholder = ssn_placeholder
    valid_from_in_academic_year = row_rule(
        "valid_from_in_academic_year",
        "valid_from must fall in the academic year, unless the name is a former one.",
        pl.col("is_former_name")
        | _FROM.is_between(year_start(pl.col("period")), year_end(pl.col("period"))),
    )
    from_not_after_to = row_rule(
        "from_not_after_to", "valid_to must not be before valid_from.", _FROM <= _TO
    )
    age_fits_record = row_rule(
        "age_fits_record",
        "A holder is 10 to 110 years old on the day valid_from.",
        years_between("birth_date", _FROM).is_between(10, 110),
    )


FEED = Feed(
    name="identity_bridge",
    order=130,
    model=IdentityBridge,
    grain="one name of one holder of a licence, ID card or other record with an SSN",
    submitted_by="licence or ID agency",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("ssn", "birth_date", "first_name", "last_name", "valid_from"),
    # Two names, or two birth dates, under one SSN may be two people: evidence joins them, no key.
    person_key=("ssn", "birth_date", "first_name", "last_name"),
    is_for_linkage_alone=True,
    impacts=(
        people_lost(
            ("ssn",),
            "Who went to no college can't be found in wage records without them.",
            who="people",
        ),
        DataImpact(
            "ssn_unusable",
            "rows rejected for their ssn",
            rejected_for("ssn"),
            "{n} of {of} rows {have} an ssn that is empty, not 9 digits or made up. Nobody "
            "can be found by it.",
        ),
    ),
    example={
        "academic_year": EXAMPLE_YEAR,
        **EXAMPLE_PERSON,
        "ssn": "912345678",
        "gender_code": "F",
        "is_former_name": "N",
        "valid_from": "2018-09-14",
        "valid_to": "2023-03-04",
    },
)
