"""Contract of `consortium_member`: who works together in a region, and since when."""

import polars as pl

from schemas import codes
from schemas.contract import Feed
from schemas.data_impact import DataImpact, lost, rows
from schemas.people import EXAMPLE_YEAR, AcademicYearRow
from schemas.periods import PeriodKind, touches_year
from schemas.policy import POLICY
from schemas.rules import code, number, pattern, row_rule, text, unique_key, words

_TYPE = pl.col("member_type_code")
_JOINED, _LEFT = pl.col("joined_date"), pl.col("left_date")


class ConsortiumMember(AcademicYearRow):
    """One spell of membership in a regional consortium in an academic year."""

    consortium_id: pl.String = pattern(r"^\d{5}$", "5 digits", "Regional consortium.")
    consortium_name: pl.String = text("Name of the consortium.")
    microregion: pl.String = code(codes.MICROREGION, "Microregion the consortium works in.")
    member_id: pl.String = text(
        "7 digits for a district, 8 for an employer's account, 6 for all others."
    )
    member_name: pl.String = text("Name of the member.")
    member_type_code: pl.String = code(codes.CONSORTIUM_MEMBER_TYPE, "Kind of member.")
    member_role_code: pl.String = code(codes.CONSORTIUM_ROLE, "Whether the member leads.")
    # Above 200 the figure is the member's whole staff, not what it gives.
    staff_fte: pl.Float64 = number(
        0, 200, "Full-time equivalents the member gives to the consortium.", nullable=True
    )
    joined_date: pl.Date = text("First day of the membership.")
    left_date: pl.Date = text("Last day of the membership, once it ended.", nullable=True)

    key_unique = unique_key("consortium_id", "member_id", "joined_date")
    consortium_name_text = words("consortium_name")
    member_name_text = words("member_name")
    member_id_pattern = row_rule(
        "member_id:pattern",
        "member_id must be 7 digits for a district, 8 for an employer, 6 for others.",
        pl.col("member_id").str.contains(r"^\d+$")
        & (
            pl.col("member_id").str.len_chars()
            == pl.when(_TYPE == "DISTRICT")
            .then(7)
            .when(_TYPE == "EMPLOYER")
            .then(8)
            .when(_TYPE.is_in(codes.CONSORTIUM_MEMBER_TYPE))
            .then(6)
        ),
    )
    joined_not_after_left = row_rule(
        "joined_not_after_left",
        "left_date must not be before joined_date.",
        _JOINED <= _LEFT,
    )
    member_in_academic_year = row_rule(
        "member_in_academic_year",
        "Some day from joined_date to left_date must fall in the academic year.",
        touches_year(_JOINED, _LEFT, pl.col("period")),
    )


FEED = Feed(
    name="consortium_member",
    order=90,
    model=ConsortiumMember,
    grain="one spell of a member in a regional consortium in an academic year",
    submitted_by="state registry",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("consortium_id", "member_id", "joined_date"),
    # A register of some hundred rows: 5 % would be a handful.
    quarantine_limit=0.10,
    row_floor=POLICY.statewide_floor,
    impacts=(
        DataImpact(
            "members_lost",
            "members in rejected rows",
            lost(("consortium_id", "member_id")),
            "{n} of {of} members {are} in rejected rows and not shown in their consortium.",
        ),
        DataImpact(
            "without_staff",
            "memberships without staff",
            rows(pl.col("staff_fte").is_null()),
            "{n} of {of} memberships {have} no staff_fte. What they give to the consortium is "
            "not known.",
        ),
    ),
    example={
        "academic_year": EXAMPLE_YEAR,
        "consortium_id": "70001",
        "consortium_name": "Invented Bay Consortium",
        "microregion": "East Bay",
        "member_id": "1990001",
        "member_name": "Invented Unified",
        "member_type_code": "DISTRICT",
        "member_role_code": "LEAD",
        "staff_fte": "1.5",
        "joined_date": "2016-07-01",
        "left_date": None,
    },
)
