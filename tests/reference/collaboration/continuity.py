"""What lasted: the fate of pathways and links after their grants, and consortia by year.

Survival, which follows from it, is in `survival`.
"""

from dataclasses import dataclass
from math import inf

import polars as pl

from tests.reference.base.sources import year_label
from tests.reference.collaboration.inputs import Inputs, start_year
from tests.reference.collaboration.links import ties

#: Persons that must be missed before an absence is called an end.
ENOUGH = 3

Years = dict[int, int]


@dataclass(frozen=True)
class Unit:
    """A pathway or link: people by year in it, in the others beside it, and among other pupils."""

    district: str
    seen: Years
    others: Years
    pupils: Years
    persons: int


def _unit(district: str, own: pl.DataFrame, whole: Years, pupils: Years) -> Unit:
    seen = dict(own.group_by("year").agg(pl.col("person_id").n_unique()).iter_rows())
    years = whole.keys() | pupils.keys()
    return Unit(
        district,
        seen,
        {y: whole.get(y, 0) - seen.get(y, 0) for y in years},
        {y: max(pupils.get(y, 0) - seen.get(y, 0), 0) for y in years},
        own["person_id"].n_unique(),
    )


def pathway_activity(rows: pl.DataFrame, pupils: dict[str, Years]) -> dict[tuple, Unit]:
    """Return pathways by kind and name.

    Args:
        rows: Records of pathways in which courses or hours were done.
        pupils: By school, pupils by year.
    """
    units = {}
    for (school,), own_school in rows.group_by("school_id"):
        once = own_school.unique(["district_id", "pathway_code", "year", "person_id"])
        whole = dict(once.group_by("year").len().iter_rows())
        for (district, code), own in once.group_by("district_id", "pathway_code"):
            known = pupils.get(school, {})
            units["pathway", f"{school}-{code}"] = _unit(district, own, whole, known)
    return units


def _pupils(src: Inputs, place: str) -> dict[str, Years]:
    rows = src.feed("k12_enrollment").filter(pl.col("enrollment_status_code") == "10")
    records: dict[str, Years] = {}
    counted = rows.group_by(place, "year").agg(n=pl.col("person_id").n_unique())
    for at, year, n in counted.select(place, "year", "n").iter_rows():
        records.setdefault(at, {})[year] = n
    return records


def activity(src: Inputs) -> dict[tuple, Unit]:
    """Return pathways and links by kind and name."""
    done = (pl.col("courses_completed") > 0) | (pl.col("pathway_hours") > 0)
    units = pathway_activity(src.feed("k12_pathway").filter(done), _pupils(src, "school_id"))
    went = ties(src).filter(pl.col("link_type") == "any_college")
    pupils = _pupils(src, "district_id")
    for (district,), rows in went.group_by("district_id"):
        whole = dict(rows.group_by("year").len().iter_rows())
        for (college,), own in rows.group_by("counterpart_id"):
            known = pupils.get(district, {})
            units["link", f"{district}-{college}"] = _unit(district, own, whole, known)
    return units


def years_per_person(units: dict[tuple, Unit]) -> dict[str, float]:
    """Return for how many years a person counts in a pathway and in a link, on average."""
    kinds = {kind for kind, _ in units}
    return {
        kind: sum(sum(u.seen.values()) for (k, _), u in units.items() if k == kind)
        / sum(u.persons for (k, _), u in units.items() if k == kind)
        for kind in kinds
    }


def windows_of(src: Inputs) -> tuple[dict, dict]:
    """Return first and last funded year of pathways and of districts, by initiative and for all."""
    pathway: dict[str, dict] = {}
    district: dict[str, dict] = {}
    for line in src.grant_lines.iter_rows(named=True):
        begin, end = line["first"], line["last"] if line["until"] else inf
        owners = [district.setdefault(line["institution_id"], {})]
        if line["pathway_code"]:
            owners.append(pathway.setdefault(f"{line['school_id']}-{line['pathway_code']}", {}))
        for at in owners:
            for of in (line["initiative_code"], "all"):
                old = at.get(of, (begin, end))
                at[of] = (min(begin, old[0]), max(end, old[1]))
    return pathway, district


def fates(src: Inputs) -> list[dict]:
    """Return the fate of every funded unit, and of never-funded ones by their district's dates."""
    pathways, districts = windows_of(src)
    units = activity(src)
    stay = years_per_person(units)
    last = {k: max(max(u.seen) for (kind, _), u in units.items() if kind == k) for k in stay}

    def windows(kind: str, unit: str) -> dict:
        return pathways.get(unit, {}) if kind == "pathway" else districts.get(unit[:7], {})

    beside: dict[tuple, set] = {}
    for kind, name in units:
        for of, (_, end) in windows(kind, name).items():
            if end < inf:
                beside.setdefault((kind, units[kind, name].district), set()).add((of, end))
    records = []
    for (kind, name), unit in units.items():
        paid = windows(kind, name)
        rows = [(of, end, True) for of, (_, end) in paid.items()]
        if not paid:
            dates = beside.get((kind, unit.district), set())
            rows = [("none", None, False), *((of, end, False) for of, end in sorted(dates))]
        for of, end, funded in rows:
            known = {"unit_type": kind, "unit_id": name, "initiative_code": of,
                     "is_funded": funded, "district": unit.district,
                     "years_per_person": stay[kind]}  # fmt: skip
            records.append(known | fate(unit, stay[kind], last[kind], end))
    return records


def fate(unit: Unit, stay: float, records_end: int, end: float | None) -> dict:
    """Return what became of a unit.

    Args:
        unit: People in and around it by year.
        stay: Years for which a person counts in a unit.
        records_end: The last year of which anything is known.
        end: The last funded year, infinite while a grant runs on; none for a unit without money.
    """
    first, last = min(unit.seen), max(unit.seen)
    known = {"first": first, "last": last, "end": None if end == inf else end,
             "years_active": len(unit.seen)}  # fmt: skip
    if end is None:
        return known | {"years_after": 0, "people_years_after": 0, "status": "not_funded",
                       "is_observable": False, "years_observable": 0}  # fmt: skip
    after = [n for year, n in unit.seen.items() if year > end]
    before = [y for y in unit.seen if y <= end]
    usual = [y for y in unit.others if before and first <= y <= max(before)]
    beside = unit.others if sum(unit.others[y] for y in usual) > 0 else unit.pupils
    total = sum(beside[y] for y in usual)
    size = sum(unit.seen.get(y, 0) for y in usual) / total if total else 0
    missed = {y: n * size / stay for y, n in beside.items()}
    gone = bool(before) and sum(n for y, n in missed.items() if max(before) < y <= end) >= ENOUGH
    since = sum(n for y, n in missed.items() if y > last)
    reach = [y - end for y in missed
             if y > end and sum(n for z, n in missed.items() if z >= y) >= ENOUGH]  # fmt: skip
    if first > end:
        status = "seen_only_after"
    elif gone and not after:
        status = "closed_before_end"
    elif end >= records_end:
        status = "still_funded"
    elif since >= ENOUGH:
        status = "closed_after_end"
    else:
        status = "active_after_end" if after else "not_observable"
    return known | {
        "years_after": len(after), "people_years_after": sum(after), "status": status,
        "is_observable": first <= end and not gone and bool(reach),
        "years_observable": int(max(reach, default=0)),
    }  # fmt: skip


def continuity(src: Inputs) -> pl.DataFrame:
    """Return the fate of every pathway and link, for each initiative that paid for it."""
    rows = [r for r in fates(src) if r["is_funded"] or r["initiative_code"] == "none"]
    return pl.DataFrame(rows, infer_schema_length=None).drop("is_funded", "district", "end")


def dissolved(src: Inputs) -> pl.DataFrame:
    """Return when each consortium lost its last member; null where one is left."""
    until = pl.col("until")
    return src.memberships.group_by("consortium_id").agg(
        dissolved_date=pl.when(until.is_null().any()).then(None).otherwise(until.max()),
        formed_date=pl.col("joined_date").min(),
    )


def consortium_year(src: Inputs) -> pl.DataFrame:
    """Return members, staff, grants and services of each consortium and year."""
    reported = src.members.sort(
        "member_role_code", "staff_fte", descending=[False, True], nulls_last=True
    ).unique(
        ["year", "consortium_id", "member_id", "joined_date"], keep="first", maintain_order=True
    )
    of_year = ["consortium_id", "year"]
    member = reported.group_by(of_year).agg(
        members=pl.col("partner_id").n_unique(),
        partner_types=pl.col("partner_type").n_unique(),
        employers=pl.col("partner_id").filter(pl.col("partner_type") == "EMPLOYER").n_unique(),
        staff_fte=pl.when(pl.col("staff_fte").count() > 0).then(pl.col("staff_fte").sum()),
        lead_partner_id=pl.col("partner_id")
        .filter(pl.col("member_role_code") == "LEAD")
        .sort_by(
            pl.col("joined_date").filter(pl.col("member_role_code") == "LEAD"),
            pl.col("partner_id").filter(pl.col("member_role_code") == "LEAD"),
        )
        .last(),
    )
    paid = src.grant_years.drop_nulls("consortium_id")
    money = paid.group_by(of_year).agg(
        initiatives=pl.col("initiative_code").n_unique(),
        award_usd=pl.col("yearly").sum(),
        runs=pl.col("until").is_not_null().any(),
    )
    window = (
        paid.filter(pl.col("until").is_not_null())
        .group_by("consortium_id")
        .agg(begin=pl.col("year").min(), end=pl.col("year").max())
    )
    service = (
        src.reported_services.drop_nulls("consortium_id")
        .group_by(of_year)
        .agg(
            people_served=pl.col("person_id").filter("is_in_grant_years").n_unique(),
            people_outside_grant_years=pl.col("person_id")
            .filter(~pl.col("is_in_grant_years"))
            .n_unique(),
            service_types=pl.col("service_type_code").filter("is_in_grant_years").n_unique(),
        )
    )
    joins = src.memberships.group_by("consortium_id", year=start_year("joined_date")).agg(
        joined=pl.len()
    )
    leaves = (
        src.memberships.drop_nulls("until")
        .group_by("consortium_id", year=start_year("until"))
        .agg(departed=pl.len())
    )
    known = pl.concat(
        [
            src.memberships.select("consortium_id", year=start_year("joined_date")),
            src.memberships.select(
                "consortium_id", year=pl.lit(src.members["year"].max(), dtype=pl.Int32)
            ),
            *(f.select("consortium_id", pl.col("year").cast(pl.Int32)) for f in (money, service)),
        ]
    ).join(src.memberships, on="consortium_id", how="semi")
    years = (
        known.group_by("consortium_id")
        .agg(first=pl.col("year").min(), final=pl.col("year").max())
        .with_columns(year=pl.int_ranges("first", pl.col("final") + 1))
        .explode("year")
        .with_columns(pl.col("year").cast(pl.Int32))
    )
    for frame in (member, money, service, joins, leaves):
        years = years.join(frame, on=of_year, how="left")
    years = years.join(window, on="consortium_id", how="left")
    phase = (
        pl.when(pl.col("begin").is_null())
        .then(pl.lit("never"))
        .when(pl.col("runs").fill_null(False))
        .then(pl.lit("during"))
        .when(pl.col("year") < pl.col("begin"))
        .then(pl.lit("before"))
        .when(pl.col("year") > pl.col("end"))
        .then(pl.lit("after"))
        .otherwise(pl.lit("between"))
    )
    counts = ["members", "partner_types", "employers", "initiatives", "award_usd", "people_served",
              "people_outside_grant_years", "service_types", "joined", "departed"]  # fmt: skip
    return years.select(
        "consortium_id",
        "staff_fte",
        "lead_partner_id",
        pl.col(counts).fill_null(0),
        academic_year=year_label(pl.col("year")),
        grant_phase=phase,
    )
