"""Who is in which initiative, with what money: reach, overlap, concurrency, partners' years."""

from collections import Counter
from math import prod

import polars as pl
from scipy import stats

from tests.reference.base.people import awards
from tests.reference.base.sources import year_label
from tests.reference.collaboration.inputs import Inputs

ALL = "all"


def in_initiative(src: Inputs) -> pl.DataFrame:
    """Return who is in what: entity_type, entity, region_id, academic_year (or all), initiative."""
    through = src.grant_years.join(
        src.members.select("year", "consortium_id", "partner_id").unique(),
        on=["year", "consortium_id"],
    ).with_columns(institution_id="partner_id")
    columns = ["institution_id", "year", "initiative_code"]
    either = pl.concat([src.grant_years.select(columns), through.select(columns)]).unique()
    entities = (
        ("person", src.services, "person_id"),
        ("partner", src.grant_years, "institution_id"),
        ("involved_partner", either, "institution_id"),
    )
    rows = pl.concat(
        frame.select(
            pl.lit(kind).alias("entity_type"),
            entity=entity,
            partner="institution_id",
            academic_year=year_label(pl.col("year")),
            initiative="initiative_code",
        )
        for kind, frame, entity in entities
    )
    rows = rows.join(src.partner_regions, on="partner").drop("partner")
    ever = rows.with_columns(academic_year=pl.lit(ALL))
    return pl.concat([rows, ever]).unique()


def initiative_overlap(src: Inputs) -> pl.DataFrame:
    """Return the matrix of initiatives, from sets of entities."""
    rows = in_initiative(src)
    totals = []
    keys = ["entity_type", "academic_year", "region_id"]
    for cell, frame in rows.group_by(keys):
        sets = {i: set(e) for i, e in frame.group_by("initiative").agg("entity").iter_rows()}
        for one, inside in sets.items():
            for other, also in sets.items():
                both, either = len(inside & also), len(inside | also)
                totals.append(
                    (*cell, one, other, len(inside), len(also), both, either, both / len(inside))
                )
    names = ["initiative_code", "other_initiative_code", "in_initiative", "in_other", "in_both",
             "in_either", "share_of_initiative"]  # fmt: skip
    return pl.DataFrame(totals, schema=[*keys, *names], orient="row")


def concurrent_initiatives(src: Inputs) -> pl.DataFrame:
    """Return how many are in so many initiatives or more."""
    keys = ["entity_type", "academic_year", "region_id"]
    counts = in_initiative(src).group_by(*keys, "entity").len("initiatives")
    steps = pl.DataFrame({"at_least_initiatives": range(1, 8)})
    return (
        counts.join(steps, how="cross")
        .group_by(*keys, "at_least_initiatives")
        .agg(
            entities=(pl.col("initiatives") >= pl.col("at_least_initiatives")).sum(),
            entities_in_any=pl.len(),
        )
        .with_columns(share=pl.col("entities") / pl.col("entities_in_any"))
    )


def completions(src: Inputs) -> pl.DataFrame:
    """Return the days on which somebody completed a pathway or earned a credential.

    An award that a college and somebody else report is on the college's day alone.
    """
    pathway = src.pathway_completions.filter("is_complete").select(
        "person_id", day=pl.date(pl.col("year") + 1, 6, 30)
    )
    award = awards(src.people).select("person_id", "day")
    return pl.concat([pathway, award])


def initiative_year(src: Inputs) -> pl.DataFrame:
    """Return partners, money, people and completers by year, region and initiative."""
    served = src.services.select(
        "person_id",
        "grant_id",
        partner="institution_id",
        day="participation_start_date",
        academic_year=year_label(pl.col("year")),
        initiative_code="initiative_code",
    )
    served = pl.concat([served, served.with_columns(academic_year=pl.lit(ALL))])
    last_done = completions(src).group_by("person_id").agg(done=pl.col("day").max())
    here = served.join(src.partner_regions, on="partner").join(
        last_done, on="person_id", how="left"
    )
    keys = ["academic_year", "region_id"]
    person = here.group_by(*keys, "person_id", "initiative_code").agg(
        completes=(pl.col("day") <= pl.col("done")).any().fill_null(False)
    )
    person = person.with_columns(
        shares=pl.col("initiative_code").n_unique().over(*keys, "person_id") > 1
    )
    whole = person.group_by(*keys, "person_id").agg(
        pl.col("completes").any(), pl.col("shares").any(), initiative_code=pl.lit(ALL)
    )
    people = (
        pl.concat([person, whole.select(person.columns)])
        .group_by(*keys, "initiative_code")
        .agg(
            people_served=pl.len(),
            people_in_other_initiatives=pl.col("shares").sum(),
            completers=pl.col("completes").sum(),
        )
    )
    paid = src.grant_years.select(
        "grant_id",
        "yearly",
        "initiative_code",
        partner="institution_id",
        academic_year=year_label(pl.col("year")),
    )
    paid = pl.concat([paid, paid.with_columns(academic_year=pl.lit(ALL))])
    paid = pl.concat([paid, paid.with_columns(initiative_code=pl.lit(ALL))])
    reporting = served.select("grant_id", "academic_year").unique().with_columns(is_reporting=True)
    money = (
        paid.join(src.partner_regions, on="partner")
        .join(reporting, on=["grant_id", "academic_year"], how="left")
        .group_by(*keys, "initiative_code")
        .agg(
            partners=pl.col("partner").n_unique(),
            grants=pl.col("grant_id").n_unique(),
            award_usd=pl.col("yearly").sum(),
            award_usd_without_people=pl.col("yearly")
            .filter(pl.col("is_reporting").is_null())
            .sum(),
        )
    )
    both = money.join(people, on=[*keys, "initiative_code"], how="full", coalesce=True)
    counts = [c for c in both.columns if c not in (*keys, "initiative_code")]
    return both.with_columns(pl.col(counts).fill_null(0)).with_columns(
        award_usd_per_person=_over("award_usd", "people_served"),
        award_usd_per_completer=_over("award_usd", "completers"),
    )


def _over(amount: str, count: str) -> pl.Expr:
    some = (pl.col(count) > 0) & (pl.col(amount) > 0)
    return pl.when(some).then(pl.col(amount) / pl.col(count))


def partner_year(src: Inputs) -> pl.DataFrame:
    """Return each partner's initiatives, reports and funding pattern by year."""
    totals = {}

    def row(year: int, partner: str) -> dict:
        return totals.setdefault(
            (year, partner),
            {"initiatives": set(), "grants": set(), "funders": set(), "usd": 0.0,
             "consortia": set(), "people": {}, "pathways": {}},
        )  # fmt: skip

    for line in src.grant_years.iter_rows(named=True):
        at = row(line["year"], line["institution_id"])
        at["initiatives"].add(line["initiative_code"])
        at["grants"].add(line["grant_id"])
        at["funders"].add(line["funder_name"])
        at["usd"] += line["yearly"]
        if line["pathway_code"]:
            place = (line["school_id"], line["pathway_code"])
            at["pathways"].setdefault(place, set()).add(line["initiative_code"])
    for service in src.services.iter_rows(named=True):
        people = row(service["year"], service["institution_id"])["people"]
        people.setdefault(service["person_id"], set()).add(service["initiative_code"])
    for member in src.members.iter_rows(named=True):
        row(member["year"], member["partner_id"])["consortia"].add(member["consortium_id"])
    enrolled: dict[tuple, set] = {}
    for feed, place in (("k12_enrollment", "district_id"), ("college_enrollment", "institution_id"),
                        ("dual_enrollment", "institution_id")):  # fmt: skip
        rows = src.feed(feed).group_by("year", place).agg("person_id")
        for year, partner, people in rows.select("year", place, "person_id").iter_rows():
            enrolled.setdefault((year, partner), set()).update(people)
    return pl.DataFrame(
        [
            _partner_row(year, partner, at)
            | _by_chance(at["people"], enrolled.get((year, partner), set()))
            for (year, partner), at in totals.items()
        ],
        infer_schema_length=None,
    )


def _by_chance(served: dict[str, set], enrolled: set) -> dict:
    """Return how many several initiatives would share, were each to pick from all by chance."""
    sizes = Counter(i for initiatives in served.values() for i in initiatives)
    pool = len(enrolled | served.keys())
    if len(sizes) < 2 or not enrolled:
        return {"expected_in_two_or_more": None, "chance_of_two_or_more": None}
    shares = [n / pool for n in sizes.values()]
    none = prod(1 - p for p in shares)
    one = sum(p * prod(1 - q for j, q in enumerate(shares) if j != i)
              for i, p in enumerate(shares))  # fmt: skip
    apart, picked = 1.0, 0
    for n in sizes.values():
        apart *= float(stats.hypergeom.pmf(0, pool, picked, n))
        picked += n
    return {"expected_in_two_or_more": pool * (1 - none - one), "chance_of_two_or_more": 1 - apart}


def _partner_row(year: int, partner: str, at: dict) -> dict:
    shared_people = sum(len(i) > 1 for i in at["people"].values())
    shared_pathways = sum(len(i) > 1 for i in at["pathways"].values())
    if not at["initiatives"]:
        pattern = "none"
    elif len(at["initiatives"]) == 1:
        pattern = "single"
    elif shared_people or shared_pathways:
        pattern = "braided"
    else:
        pattern = "parallel" if at["people"] else "unknown"
    return {
        "academic_year": f"{year}-{(year + 1) % 100:02d}",
        "partner_id": partner,
        "initiative_count": len(at["initiatives"]),
        "reporting_line_count": len(at["grants"]),
        "funder_count": len(at["funders"]),
        "consortium_count": len(at["consortia"]),
        "award_usd": at["usd"],
        "pathways_paid": len(at["pathways"]),
        "pathways_paid_by_two_or_more": shared_pathways,
        "people_served": len(at["people"]),
        "people_in_two_or_more": shared_people,
        "funding_pattern": pattern,
    }
