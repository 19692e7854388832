"""Certificates, degrees and certifications.

Lives here: one row for each credential. Does not: how it is reported.
"""

import numpy as np
import polars as pl

from sample_data.draws import day
from sample_data.high_school.years import HighSchool
from sample_data.lives.people import People
from sample_data.lives.stays import CERTIFICATE, DEGREE, DEGREE_TRANSFER, of_stay
from sample_data.world.fields import NURSING_TOP, PATHWAY_SECTOR, TRADES, program
from sample_data.world.places import World

# Semester units of each award type, low and high; certificates by MIS SP02.
_UNITS = {"N": (8, 15), "M": (16, 29), "T": (30, 45), "A": (60, 72), "S": (60, 78), "B": (120, 132)}
_LEVEL = {
    "N": "short_certificate", "IC": "short_certificate", "O": "short_certificate",
    "G": "short_certificate", "M": "long_certificate", "T": "long_certificate",
    "AJ": "long_certificate", "A": "associate_transfer", "S": "associate_cte", "B": "bachelor",
}  # fmt: skip
_AWARD = {
    "person": pl.Int64, "issuer": pl.Int64, "kind": pl.String, "award_date": pl.Date,
    "sector": pl.Int64, "top": pl.String, "cip": pl.String, "units": pl.Float64,
    "title": pl.String, "level": pl.String, "number": pl.Int64,
}  # fmt: skip
# Number of a credential in its person's draws: three a stay, then those of the certifying body.
_ONWARD, _EARLY, _LATER, _JOURNEY = 10, 20, 21, 22


def college_awards(people: People, stays: pl.DataFrame) -> pl.DataFrame:
    """Return certificates and degrees, dated at the end of the stay that earned them."""
    earned = stays.with_columns(last_year=pl.col("start") + pl.col("years") - 1 + pl.col("gap"),
                                number=pl.col("stay"))  # fmt: skip
    degrees = earned.filter(pl.col("outcome").is_in([DEGREE, DEGREE_TRANSFER]))
    degrees = degrees.with_columns(
        kind=pl.when("is_university").then(pl.lit("B"))
        .when(pl.col("sector") >= 0).then(pl.lit("S")).otherwise(pl.lit("A"))
    )  # fmt: skip
    certificates = earned.filter((pl.col("outcome") == CERTIFICATE) & ~pl.col("is_university"))
    size = of_stay(people, certificates).pick("size", (0.3, 0.42, 0.18, 0.05, 0.05))
    certificates = certificates.with_columns(
        kind=pl.Series(np.array(["N", "M", "T", "O", "G"])[size])
    )
    # A fifth of associates in a CTE program collect a certificate on the way.
    collects = pl.Series(of_stay(people, degrees).chance("collects", 0.2))
    onward = degrees.filter((pl.col("kind") == "S") & collects)
    onward = onward.with_columns(
        kind=pl.lit("M"), last_year=pl.col("last_year") - 1, number=pl.col("number") + _ONWARD
    )
    awards = pl.concat([degrees, certificates, onward])
    draw = people.draws("college awards").at(
        awards["person"].to_numpy(), awards["number"].to_numpy()
    )
    last = awards["last_year"].to_numpy()
    in_winter = day(last, 12, 10 + draw.whole("winter day", 0, 12))
    in_spring = day(last + 1, 5, 15 + draw.whole("spring day", 0, 20))
    top, cip, title = program(awards["sector"].to_numpy(), awards["variant"].to_numpy())
    kinds, university = awards["kind"].to_numpy(), awards["is_university"].to_numpy()
    units = np.full(len(awards), np.nan)
    for kind, (low, high) in _UNITS.items():
        units = np.where(kinds == kind, draw.whole(f"units of {kind}", low, high + 1), units)
    # MIS leaves units out on some awards; noncredit and low-unit awards never carry them.
    units = np.where(draw.chance("without units", 0.08), np.nan, units)
    return pl.DataFrame(
        {
            "person": awards["person"].to_numpy(),
            "issuer": awards["college"].to_numpy(),
            "kind": kinds,
            "award_date": np.where(draw.chance("in winter", 0.12), in_winter, in_spring),
            "sector": awards["sector"].to_numpy(),
            "top": np.where(university, "", top),
            "cip": np.where(university | draw.chance("has cip", 0.6), cip, ""),
            "units": units,
            "title": title,
            "level": levels(kinds, top),
            "number": awards["number"].to_numpy(),
        },
        schema=_AWARD,
    )


def levels(kind: np.ndarray, top: np.ndarray) -> np.ndarray:
    """Return the earnings level of awards by their type and TOP code."""
    level = np.array([_LEVEL[k] for k in kind.tolist()], dtype="<U32")
    return np.where((level == "associate_cte") & (top == NURSING_TOP), "associate_health", level)


def certifications(
    world: World, people: People, school: HighSchool, stays: pl.DataFrame
) -> pl.DataFrame:
    """Return awards of the certifying body: of pathway completers, CTE leavers, apprentices."""
    control, draw = world.control, people.draws("certifications")
    own = PATHWAY_SECTOR[np.maximum(school.pathway, 0)]
    early = np.flatnonzero(school.is_certified & school.in_state)
    # Around graduation: some weeks before it, up to nearly two years after.
    early_date = school.exit_date[early] + draw.whole("days around", -40, 600)[early]
    later = stays.filter((pl.col("sector") >= 0) & ~pl.col("is_university")).unique(
        "person", keep="first", maintain_order=True
    )
    tested = draw.chance("tested", control.certification_after_program)
    later = later.filter(pl.lit(pl.Series(tested)).gather(pl.col("person")))
    later_row = later["person"].to_numpy()
    later_date = (
        day((later["start"] + later["years"]).to_numpy(), 7, 1)
        + draw.whole("days after", 0, 330)[later_row]
    )
    apprentice = np.flatnonzero(
        school.is_concentrator
        & (school.completion == "100")
        & np.isin(own, TRADES)
        & draw.chance("apprentice", control.apprenticeship)
    )
    journey = school.exit_date[apprentice] + draw.whole("days to journey", 1_300, 1_800)[apprentice]
    row = np.concatenate([early, later_row, apprentice])
    sector = np.concatenate([own[early], later["sector"].to_numpy(), own[apprentice]])
    number = np.repeat([_EARLY, _LATER, _JOURNEY], [len(early), len(later), len(apprentice)])
    event = draw.at(row, number)
    kind = np.where(number == _JOURNEY, "AJ", "IC")
    top, cip, title = program(sector, event.whole("program", 0, 2))
    suffix = np.where(number == _JOURNEY, " Journey Status", " Certification")
    return pl.DataFrame(
        {
            "person": row,
            "issuer": np.full(len(row), world.certifier),
            "kind": kind,
            "award_date": np.concatenate([early_date, later_date, journey]),
            "sector": sector,
            "top": np.where(event.chance("has top", 0.2), top, ""),
            "cip": cip,
            "units": np.full(len(row), np.nan),
            "title": np.char.add(title.astype(str), suffix),
            "level": np.where(kind == "AJ", "long_certificate", "short_certificate"),
            "number": number,
        },
        schema=_AWARD,
    )
