"""Who goes from which district to which college or industry, and the network that this makes."""

import polars as pl

from tests.reference.base.coverage import Window, incomplete_regions
from tests.reference.base.people import last_enrollment, terms
from tests.reference.base.sources import read_seed, year_label
from tests.reference.collaboration.inputs import SCHEMES, Inputs

WORKING = 3
#: Feeds of a link with the year before, which gains and losses are against; one year more for who
#: completed high school, three more for courses.
DUAL: dict[str, Window] = {"k12_enrollment": (1, 0), "dual_enrollment": (1, 0)}
WENT: dict[str, Window] = {"k12_enrollment": (2, 0), "college_enrollment": (2, 0)}
READS: dict[str, dict[str, Window]] = {
    "dual_enrollment": DUAL,
    "ccap_agreement": DUAL,
    "matriculation": WENT,
    "articulation": WENT | {"k12_pathway": (4, 0)},
    "any_college": DUAL | WENT,
    "work_based_learning": {"k12_enrollment": (1, 0), "work_based_learning": (1, 0)},
}


def matriculants(src: Inputs) -> pl.DataFrame:
    """Return completers' terms in the year of their first college term within a year."""
    district = src.institutions.select(
        school_id="institution_id", district_id="parent_institution_id"
    ).drop_nulls()
    rows = src.completions.join(district, on="school_id").join(terms(src.people), on="person_id")
    after = pl.col("term_start") > pl.col("completed_on")
    soon = pl.col("term_start") <= pl.col("completed_on").dt.offset_by("12mo")
    rows = rows.filter(after & soon)
    return rows.filter(pl.col("year") == pl.col("year").min().over("person_id"))


def ties(src: Inputs) -> pl.DataFrame:
    """Return one row a person, year, kind of link, district and counterpart."""
    columns = ["person_id", "year", "district_id", "counterpart_id"]
    district = last_enrollment(
        src.feed("k12_enrollment").filter(pl.col("enrollment_status_code") == "10"),
        ["person_id", "year"],
    ).select("person_id", "year", "district_id")
    dual = src.feed("dual_enrollment").join(district, on=["person_id", "year"])
    dual = dual.with_columns(counterpart_id="institution_id")
    went = matriculants(src).with_columns(counterpart_id="institution_id")
    took = src.pathway_completions.filter(pl.col("courses") > 0)
    same = went.join(
        took.select("person_id", taken="year", sector_code="sector"), ["person_id", "sector_code"]
    ).filter(pl.col("taken") <= pl.col("completed_in"))
    work = src.feed("work_based_learning").with_columns(counterpart_id="employer_naics_sector")
    kinds = {
        "dual_enrollment": [dual],
        "ccap_agreement": [dual.filter("is_ccap")],
        "matriculation": [went],
        "articulation": [same],
        "any_college": [dual, went],
        "work_based_learning": [work.drop_nulls("counterpart_id")],
    }
    return pl.concat(
        rows.select(columns).with_columns(link_type=pl.lit(kind))
        for kind, frames in kinds.items()
        for rows in frames
    ).unique()


def link_year(src: Inputs) -> pl.DataFrame:
    """Return people by year, kind of link, district and counterpart."""
    rows = ties(src)
    whole = rows.group_by("year", "link_type", "district_id").agg(
        district_people=pl.col("person_id").n_unique()
    )
    return (
        rows.group_by("year", "link_type", "district_id", "counterpart_id")
        .agg(people=pl.col("person_id").n_unique())
        .join(whole, on=["year", "link_type", "district_id"])
        .with_columns(
            academic_year=year_label(pl.col("year")),
            share_of_district=pl.col("people") / pl.col("district_people"),
            is_working=pl.col("people") >= WORKING,
        )
    )


def network_year(src: Inputs) -> pl.DataFrame:
    """Return density, reach, gains and losses, cell by cell from sets of pairs."""
    links = link_year(src).filter("is_working")
    working: dict[tuple, set] = {}
    for year, kind, one, other in links.select(
        "year", "link_type", "district_id", "counterpart_id"
    ).iter_rows():
        working.setdefault((year, kind), set()).add((one, other))
    kinds = sorted(link_year(src)["link_type"].unique())
    pupils = (
        src.feed("k12_enrollment")
        .filter(pl.col("enrollment_status_code") == "10")
        .group_by("year", "district_id")
        .agg(pupils=pl.col("person_id").n_unique())
    )
    regions = src.institution_regions.filter(
        pl.col("region_scheme").is_in([*SCHEMES, "jobs_first"])
    )
    types = dict(src.institutions.select("institution_id", "institution_type_code").iter_rows())
    industries = read_seed("naics_sector").height
    lacking = {
        (kind, year): incomplete_regions(READS[kind], year, src.people)
        for kind in kinds
        for year in pupils["year"].unique()
    }
    records = []
    for (region,), frame in regions.group_by("region_id"):
        inside = set(frame["institution_id"])
        colleges = {i for i in inside if types[i] == "COMMUNITY_COLLEGE"}
        here = pupils.filter(pl.col("district_id").is_in(list(inside)))
        years = {y: dict(f.select("district_id", "pupils").iter_rows())
                 for (y,), f in here.group_by("year")}  # fmt: skip
        most = max((sum(d.values()) for d in years.values()), default=0)
        for year, sizes in years.items():
            for kind in kinds:
                now = {p for p in working.get((year, kind), set()) if p[0] in inside}
                old = {p for p in working.get((year - 1, kind), set()) if p[0] in inside}
                of_work = kind == "work_based_learning"
                others = industries if of_work else len(colleges)
                near = {p for p in now if of_work or p[1] in colleges}
                reached = sum(sizes.get(d, 0) for d in {p[0] for p in now})
                whole = sum(sizes.values())
                records.append(
                    {
                        "academic_year": f"{year}-{(year + 1) % 100:02d}",
                        "region_id": region,
                        "link_type": kind,
                        "districts": len(sizes),
                        "counterparts": others,
                        "working_links": len(now),
                        "working_links_inside": len(near),
                        "density": len(near) / (len(sizes) * others) if others else None,
                        "links_gained": len(now - old),
                        "links_lost": len(old - now),
                        "pupils": whole,
                        "pupils_in_linked_districts": reached,
                        "share_in_linked_districts": reached / whole,
                        "is_comparable": whole >= 0.5 * most and region not in lacking[kind, year],
                    }
                )
    return pl.DataFrame(records, infer_schema_length=None)
