"""Contract of `initiative_grant`: which initiative pays whom, for what, and when."""

import polars as pl

from schemas import codes
from schemas.contract import Feed, Reference
from schemas.data_impact import DataImpact, amount
from schemas.people import EXAMPLE_YEAR, AcademicYearRow, registered
from schemas.periods import PeriodKind, touches_year
from schemas.policy import POLICY
from schemas.rules import code, number, own_number, pattern, row_rule, text, unique_key, words

_START, _END = pl.col("grant_start_date"), pl.col("grant_end_date")
_FIRST_DAY = pl.col("initiative_code").replace_strict(
    codes.INITIATIVE_FIRST_DAY, default=None, return_dtype=pl.Date
)


class InitiativeGrant(AcademicYearRow):
    """One line of a grant in an academic year in which it runs."""

    grant_id: pl.String = text("The funder's number of the grant.")
    grant_line: pl.Int64 = number(1, 9999, "Line of the grant: one partner, one purpose.")
    initiative_code: pl.String = code(codes.INITIATIVE, "Initiative the money comes from.")
    funder_name: pl.String = text("Who pays.")
    consortium_id: pl.String = pattern(
        r"^\d{5}$", "5 digits", "Consortium the grant went to, where one did.", nullable=True
    )
    institution_id: pl.String = pattern(
        r"^\d{6,7}$", "7 digits for a district, 6 for any other", "Partner the line pays."
    )
    school_id: pl.String = pattern(
        r"^\d{14}$", "14 digits", "School the line pays for, where it is one.", nullable=True
    )
    pathway_code: pl.String = pattern(
        codes.PATHWAY_CODE_PATTERN,
        codes.PATHWAY_CODE_MEANING,
        "CTE pathway the line pays for, where it is one.",
        nullable=True,
    )
    # CCPT gave up to 15 million to a consortium; above 100 million it is a whole program's money.
    award_amount_usd: pl.Float64 = number(
        0, 100_000_000, "Award of the line over all of its years."
    )
    grant_start_date: pl.Date = text("First day of the grant.")
    grant_end_date: pl.Date = text("Last day of the grant, where one is set.", nullable=True)

    key_unique = unique_key("grant_id", "grant_line")
    grant_id_text = own_number("grant_id")
    funder_name_text = words("funder_name")
    pathway_has_school = row_rule(
        "pathway_has_school",
        "A pathway_code needs a school_id.",
        pl.col("pathway_code").is_null() | pl.col("school_id").is_not_null(),
    )
    school_of_grantee = row_rule(
        "school_of_grantee",
        "school_id must start with institution_id, which is then its district's.",
        pl.col("school_id").str.slice(0, 7) == pl.col("institution_id"),
    )
    start_not_after_end = row_rule(
        "start_not_after_end",
        "grant_end_date must not be before grant_start_date.",
        _START <= _END,
    )
    grant_runs_in_academic_year = row_rule(
        "grant_runs_in_academic_year",
        "Some day from grant_start_date to grant_end_date must fall in the academic year.",
        touches_year(_START, _END, pl.col("period")),
    )
    initiative_had_begun = row_rule(
        "initiative_had_begun",
        "grant_start_date must not be before the initiative began: "
        f"{', '.join(f'{name} {day}' for name, day in codes.INITIATIVE_FIRST_DAY.items())}.",
        _FIRST_DAY <= _START,
    )


FEED = Feed(
    name="initiative_grant",
    order=100,
    model=InitiativeGrant,
    grain="one line of an initiative's grant to a partner in an academic year in which it runs",
    submitted_by="state registry",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("grant_id", "grant_line"),
    # A register of some hundred rows: 5 % would be a handful.
    quarantine_limit=0.10,
    row_floor=POLICY.statewide_floor,
    references=(
        registered("institution_id"),
        Reference(
            "consortium_member",
            "consortium_id",
            warn_below=0.95,
            stop_below=0.75,
            only="consortium_id is not null",
        ),
    ),
    impacts=(
        DataImpact(
            "award_lost",
            "award money in rejected rows",
            amount("award_amount_usd"),
            "{n} of {of} awarded is in rejected rows. The initiative's money reads too low "
            "by that.",
            unit="$",
        ),
    ),
    example={
        "academic_year": EXAMPLE_YEAR,
        "grant_id": "SWP-1",
        "grant_line": "1",
        "initiative_code": "SWP",
        "funder_name": "Invented Chancellor's Office",
        "consortium_id": "70001",
        "institution_id": "1990001",
        "school_id": "19900010000001",
        "pathway_code": "198",
        "award_amount_usd": "250000",
        "grant_start_date": "2016-07-01",
        "grant_end_date": "2020-06-30",
    },
)
