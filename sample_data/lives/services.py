"""Who is served by which grant: career pathways, work-based learning, advising, training.

Lives here: participation as partners report it. Does not: grants (`world.collaboration`).
"""

import numpy as np
import polars as pl

from sample_data.draws import Draws
from sample_data.high_school.years import HighSchool
from sample_data.lives.college import College
from sample_data.lives.people import People
from sample_data.world.collaboration import CTEIG, GP, SWP, WIOA, Collaboration, pathway_grant_ids
from sample_data.world.initiatives import FUNDERS, FUNDING

_SERVED = {
    "person": pl.Int64, "year": pl.Int64, "kind": pl.String, "partner": pl.Int64,
    "grant_id": pl.String, "initiative_code": pl.String, "service_type_code": pl.String,
}  # fmt: skip


def served(
    joint: Collaboration, people: People, school: HighSchool, college: College
) -> pl.DataFrame:
    """Return who is served by which grant in which year, as partners report it.

    Returns:
        One row a person, year, grant and service: kind of the partner (district, college or board),
        its row in the world's table, the grant and the service.
    """
    control, world = joint.world.control, joint.world
    draw = people.draws("participation")
    rows = pl.concat(
        [
            _served_in_pathways(joint, school),
            _served_by_districts(joint, school),
            _served_by_colleges(joint, college),
            _served_by_boards(joint, people, school, draw),
        ]
    )
    rows = rows.filter(pl.col("year").is_between(world.control.first_ninth_grade_year,
                                                 control.last_academic_year))  # fmt: skip
    code = rows["initiative_code"].replace_strict({c: i for i, c in enumerate(FUNDERS)})
    event = draw.at(rows["person"].to_numpy(), rows["year"].to_numpy() * 10 + code.to_numpy())
    reported = event.chance("reported", control.participation_reported)
    # Each service begins some weeks into the school year and ends before or with it.
    return (
        rows.with_columns(
            starts=pl.Series(event.whole("start", 30, 120)),
            lasts=pl.Series(event.whole("days", 60, 180)),
        )
        .filter(pl.Series(reported))
        .unique(["person", "year", "partner", "kind", "grant_id", "service_type_code"],
                keep="first", maintain_order=True)
        .sort("person", "year", "grant_id", "service_type_code")
    )  # fmt: skip


def _served_frame(rows: pl.DataFrame, **constant: object) -> pl.DataFrame:
    return rows.with_columns(
        *(pl.lit(value).alias(name) for name, value in constant.items())
    ).select(*(pl.col(name).cast(dtype) for name, dtype in _SERVED.items()))


def _served_in_pathways(joint: Collaboration, school: HighSchool) -> pl.DataFrame:
    world = joint.world
    at, pathway = (school.pathways[c].to_numpy() for c in ("school", "pathway"))
    year, source = school.pathways["year"].to_numpy(), world.grant_of[at, pathway]
    first, last = (np.array([getattr(f, n) for f in FUNDING]) for n in ("first_year", "last_year"))
    runs = (source >= 0) & (first[source] <= year) & (year <= last[source])
    rows = school.pathways.with_columns(
        partner=pl.Series(world.school_district[at]),
        grant_id=pl.Series(pathway_grant_ids(world, at, pathway)),
        initiative_code=pl.Series(np.array([f.initiative for f in FUNDING])[source]),
    ).filter(pl.Series(runs))
    return _served_frame(rows, kind="district", service_type_code="PATHWAY")


def _served_by_districts(joint: Collaboration, school: HighSchool) -> pl.DataFrame:
    world, learnt = joint.world, school.opportunities.filter(pl.col("pathway") >= 0)
    district = world.school_district[learnt["school"].to_numpy()]
    granted = joint.has_grant(CTEIG, district, learnt["year"].to_numpy())
    rows = learnt.with_columns(
        partner=pl.Series(district),
        grant_id=pl.Series(np.char.add("CTEIG-", world.district_ids[district])),
    ).filter(pl.Series(granted))
    return _served_frame(rows, kind="district", initiative_code="CTEIG",
                         service_type_code="WORK_BASED_LEARNING")  # fmt: skip


def _served_by_colleges(joint: Collaboration, college: College) -> pl.DataFrame:
    world = joint.world
    terms = college.terms.filter(~pl.col("is_university"), pl.col("season") == "FA")
    at, year = terms["college"].to_numpy(), terms["year"].to_numpy()
    frames = []
    for of, service, who in (
        (SWP, "COURSE", (pl.col("sector") >= 0) & pl.col("is_declared")),
        (GP, "ADVISING", pl.col("nth") == 0),
    ):
        granted = pl.Series(joint.has_grant(of, at, year))
        rows = terms.with_columns(
            partner="college", grant_id=pl.Series(np.char.add(f"{of[0]}-", world.college_ids[at]))
        ).filter(granted & terms.select(who).to_series())
        frames.append(
            _served_frame(rows, kind="college", initiative_code=of[0], service_type_code=service)
        )
    return pl.concat(frames)


def _served_by_boards(
    joint: Collaboration, people: People, school: HighSchool, draw: Draws
) -> pl.DataFrame:
    """Return young adults in training after high school: mostly those without a diploma."""
    world = joint.world
    share = np.where(school.is_completer, 0.02, 0.12) * (1 + people.is_economically_disadvantaged)
    trained = draw.chance(
        "trained", np.where(school.in_state & (school.fate != "transition"), share, 0)
    )
    at = np.flatnonzero(trained)
    left = school.exit_date[at].astype("datetime64[Y]").astype(int) + 1970
    year = left + draw.whole("years until training", 1, 4)[at]
    board = world.county_board[world.school_county[people.school[at]]]
    granted = joint.has_grant(WIOA, board, year)
    rows = pl.DataFrame(
        {
            "person": at,
            "year": year,
            "partner": board,
            "grant_id": np.char.add("WIOA-", world.board_ids[board]),
        }
    ).filter(pl.Series(granted))
    return _served_frame(rows, kind="board", initiative_code="WIOA", service_type_code="TRAINING")
