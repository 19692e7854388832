"""Contract of `wage`, after the unemployment-insurance base wage file."""

import polars as pl

from schemas import codes
from schemas.contract import DeliveredRow, Feed, start_of, values_of
from schemas.data_impact import DataImpact, amount, people_lost, rejected_for, rows
from schemas.people import ssn_placeholder
from schemas.periods import QUARTER_PATTERN, PeriodKind
from schemas.policy import POLICY
from schemas.rules import code, number, pattern, reported_period, row_rule, text, unique_key


class Wage(DeliveredRow):
    """One person's wages from one employer account in a calendar quarter."""

    quarter: pl.String = pattern(QUARTER_PATTERN, "written like 2023Q4", "Calendar quarter.")
    ssn: pl.String = pattern(
        r"^\d{9}$", "9 digits without dashes", "SSN as the employer reported it.", identifying=True
    )
    first_name: pl.String = text(
        "First name, cut to the filing form's width; empty for who has one name.",
        nullable=True,
        identifying=True,
    )
    last_name: pl.String = text("Last name, cut to the filing form's width.", identifying=True)
    employer_account: pl.String = pattern(r"^\d{8}$", "8 digits", "State employer account number.")
    # Employers report zero for who was employed and not paid; above a million a quarter is flagged,
    # not believed.
    quarterly_wages_usd: pl.Float64 = number(0, 1_000_000, "Gross wages paid in the quarter.")
    naics_code: pl.String = pattern(
        r"^\d{6}$", "6 digits", "NAICS code of the employer; 999999 is unclassified."
    )
    county_fips: pl.String = code(
        (*codes.COUNTY_FIPS, *codes.NO_COUNTY_FIPS),
        "County of the place of work; 06995, 06996, 06998 and 06999 are no one county.",
        nullable=True,
    )

    quarter_period = reported_period("quarter")
    key_unique = unique_key("ssn", "employer_account")
    ssn_placeholder = ssn_placeholder
    naics_sector_known = row_rule(
        "naics_sector_known",
        "The first two digits of naics_code must be a NAICS sector.",
        pl.col("naics_code").str.slice(0, 2).is_in(codes.NAICS_TWO_DIGITS)
        | (pl.col("naics_code") == codes.UNCLASSIFIED_NAICS)
        | ~pl.col("naics_code").str.contains(r"^[0-9]{6}$"),
    )


FEED = Feed(
    name="wage",
    order=80,
    model=Wage,
    grain="one person's wages from one employer account in a calendar quarter",
    submitted_by="workforce agency",
    period_kind=PeriodKind.QUARTER,
    key=("ssn", "employer_account"),
    # Two names under one SSN may be two people: a shared number, or a wrong one.
    person_key=("ssn", "first_name", "last_name"),
    # Base wage files are complete about two quarters later.
    due_after_days=185,
    row_floor=POLICY.statewide_floor,
    profile={
        **start_of("naics_code", 2),
        **values_of("county_fips"),
        # Four steps to each doubling would follow a raise; two do not.
        "quarterly_wages_usd": "cast(floor(2 * log2(nullif(quarterly_wages_usd, 0))) as integer)",
    },
    impacts=(
        people_lost(("ssn",), "They read as not found in wage records this quarter.", who="people"),
        DataImpact(
            "wages_lost",
            "wages in rejected rows",
            amount("quarterly_wages_usd"),
            "{n} of {of} wages {are} in rejected rows. Earnings of people with several "
            "employers read too low, and medians go without the others.",
            unit="$",
        ),
        DataImpact(
            "ssn_unusable",
            "rows rejected for their ssn",
            rejected_for("ssn"),
            "{n} of {of} rows {have} an ssn that is empty, not 9 digits or made up. Nobody "
            "can be found by it.",
        ),
        DataImpact(
            "without_county",
            "rows without a county of work",
            rows(
                pl.col("county_fips").is_null() | pl.col("county_fips").is_in(codes.NO_COUNTY_FIPS)
            ),
            "{n} of {of} rows ({share}) {have} no county_fips. Their place of work is not known.",
        ),
    ),
    example={
        "quarter": "2018Q4",
        "ssn": "912345678",
        "first_name": "MARIA",
        "last_name": "NUNEZ",
        "employer_account": "00001234",
        "quarterly_wages_usd": "7012.5",
        "naics_code": "541511",
        "county_fips": "06037",
    },
)
