"""What lasted: pathways and links after their grants, consortia by year, survival curves."""

import numpy as np
import polars as pl
from scipy import stats

from tests.reference.base.sources import year_label
from tests.reference.collaboration.inputs import Inputs, start_year
from tests.reference.collaboration.links import link_year

#: Person-years that must be missed before an absence is called an end.
ENOUGH = 6
#: The confidence level whose normal quantile is 1.96.
LEVEL = 2 * stats.norm.cdf(1.96) - 1


def pathway_activity(rows: pl.DataFrame) -> dict[tuple, dict]:
    """Return by pathway its district, and people and people around it in its school by year.

    Args:
        rows: Records of pathways in which courses or hours were done.
    """
    units: dict[tuple, dict] = {}
    for (school,), own_school in rows.group_by("school_id"):
        yearly = own_school.group_by("district_id", "pathway_code", "year").agg(
            n=pl.col("person_id").n_unique()
        )
        around = dict(yearly.group_by("year").agg(pl.col("n").sum()).iter_rows())
        for (district, code), own in yearly.group_by("district_id", "pathway_code"):
            seen = dict(own.select("year", "n").iter_rows())
            units["pathway", f"{school}-{code}"] = {
                "district": district, "seen": seen, "around": around,
            }  # fmt: skip
    return units


def _activity(src: Inputs) -> dict[tuple, dict]:
    """Return by kind and unit its district, and people and people around it by year."""
    done = (pl.col("courses_completed") > 0) | (pl.col("pathway_hours") > 0)
    units = pathway_activity(src.feed("k12_pathway").filter(done))
    links = link_year(src).filter(pl.col("link_type") == "any_college")
    for (district,), rows in links.group_by("district_id"):
        around = dict(rows.select("year", "district_people").unique().iter_rows())
        for (college,), own in rows.group_by("counterpart_id"):
            seen = dict(own.select("year", "people").iter_rows())
            units["link", f"{district}-{college}"] = {
                "district": district, "seen": seen, "around": around,
            }  # fmt: skip
    return units


def _windows(src: Inputs) -> tuple[dict, dict]:
    """Return first and last funded year of pathways and of districts, by initiative."""
    ending = src.grant_lines.filter(pl.col("grant_end_date").is_not_null())
    pathway: dict[str, dict] = {}
    district: dict[str, dict] = {}
    for line in ending.iter_rows(named=True):
        begin, end, of = line["first"], line["last"], line["initiative_code"]
        if line["pathway_code"]:
            at = pathway.setdefault(f"{line['school_id']}-{line['pathway_code']}", {})
            old = at.get(of, (begin, end))
            at[of] = (min(begin, old[0]), max(end, old[1]))
        at = district.setdefault(line["institution_id"], {})
        old = at.get(of, (begin, end))
        at[of] = (min(begin, old[0]), min(end, old[1]))
    return pathway, district


def continuity(src: Inputs) -> pl.DataFrame:
    """Return the fate of every pathway and link, for each initiative that paid for it."""
    pathways, districts = _windows(src)
    records = []
    for (kind, unit), own in _activity(src).items():
        windows = (
            pathways.get(unit, {}) if kind == "pathway" else districts.get(own["district"], {})
        )
        for initiative, window in (windows or {"none": (None, None)}).items():
            records.append(
                {"unit_type": kind, "unit_id": unit, "initiative_code": initiative}
                | fate(own["seen"], own["around"], *window)
            )
    return pl.DataFrame(records, infer_schema_length=None)


def fate(seen: dict, around: dict, begin: int | None, end: int | None) -> dict:
    """Return what became of a unit, from the people seen in and around it and its funded years."""
    first, last = min(seen), max(seen)
    known = {"first": first, "last": last, "end": end, "years_active": len(seen)}
    if begin is None or end is None:
        return known | {"years_after": 0, "people_years_after": 0, "status": "not_funded",
                       "is_observable": False}  # fmt: skip
    after = [n for year, n in seen.items() if year > end]
    base = [y for y in around if first <= y <= min(end, last)]
    usual = sum(seen.get(y, 0) for y in base) / sum(around[y] for y in base) if base else 0
    missed = {y: n * usual for y, n in around.items()}
    before_end = sum(n for y, n in missed.items() if last < y <= end)
    since = sum(n for y, n in missed.items() if y > last)
    later = sum(n for y, n in missed.items() if y > end)
    if first > end:
        status = "seen_only_after"
    elif before_end >= ENOUGH:
        status = "closed_before_end"
    elif since >= ENOUGH:
        status = "closed_after_end"
    else:
        status = "active_after_end" if last > end else "not_observable"
    observable = first <= end and before_end < ENOUGH and later >= ENOUGH
    return known | {"years_after": len(after), "people_years_after": sum(after), "status": status,
                   "is_observable": observable}  # fmt: skip


def dissolved(src: Inputs) -> pl.DataFrame:
    """Return when each consortium lost its last member; null where one is left."""
    until = pl.col("until")
    return src.memberships.group_by("consortium_id").agg(
        dissolved_date=pl.when(until.is_null().any()).then(None).otherwise(until.max()),
        formed_date=pl.col("joined_date").min(),
    )


def _subjects(src: Inputs) -> pl.DataFrame:
    """Return kind, unit, initiative, years until it ended or was last seen, and which."""
    judged = continuity(src).filter("is_observable")
    ended = pl.col("status") == "closed_after_end"
    units = judged.select(
        "unit_type",
        "unit_id",
        "initiative_code",
        years=((pl.col("last") - pl.col("end")).clip(0) + ended).cast(pl.Float64),
        ended=ended,
        funding_ended=pl.date(pl.col("end") + 1, 6, 30),
    )
    ending = src.grant_lines.filter(
        pl.col("grant_end_date").is_not_null() & pl.col("consortium_id").is_not_null()
    )
    ends = ending.group_by("consortium_id", "initiative_code").agg(
        funding_ended=pl.col("grant_end_date").min()
    )
    as_of = pl.date(pl.lit(src.members["year"].max()) + 1, 6, 30)
    spells = src.memberships.select(
        "consortium_id",
        "joined_date",
        "until",
        "has_left",
        unit_type=pl.lit("membership"),
        unit_id=pl.format("{}-{}-{}", "consortium_id", "partner_id", "joined_date"),
    )
    whole = (
        src.memberships.sort("until", nulls_last=True)
        .group_by("consortium_id", maintain_order=True)
        .agg(pl.col("joined_date").min(), pl.col("until").last(), pl.col("has_left").last())
        .with_columns(unit_type=pl.lit("consortium"), unit_id="consortium_id")
    )
    dated = (
        pl.concat([spells, whole.select(spells.columns)])
        .join(ends, on="consortium_id")
        .filter(
            (pl.col("joined_date") <= pl.col("funding_ended"))
            & (pl.col("until").is_null() | (pl.col("until") > pl.col("funding_ended")))
            & (pl.col("funding_ended") < as_of)
        )
    )
    seen_to = pl.min_horizontal(pl.coalesce("until", as_of), as_of)
    dated = dated.select(
        "unit_type",
        "unit_id",
        "initiative_code",
        years=(seen_to - pl.col("funding_ended")).dt.total_days() / 365.25,
        ended=pl.col("has_left") & (pl.col("until") <= as_of).fill_null(False),
        funding_ended="funding_ended",
    )
    each = pl.concat([units, dated])
    once = (
        each.sort("funding_ended", "initiative_code")
        .unique(["unit_type", "unit_id"], keep="first", maintain_order=True)
        .with_columns(initiative_code=pl.lit("all"))
    )
    return pl.concat([each, once])


def kaplan_meier(years: np.ndarray, ended: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return survival and its log-log interval at given times, as scipy has them: 3 columns."""
    data = stats.CensoredData(uncensored=years[ended], right=years[~ended])
    curve = stats.ecdf(data).sf
    with np.errstate(all="ignore"):
        low, high = _interval(curve)
    return np.stack([curve.evaluate(at), low.evaluate(at), high.evaluate(at)], axis=1)


def _interval(curve):
    import warnings

    with warnings.catch_warnings():
        # scipy says that the interval is undefined where survival is 1 or 0.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = curve.confidence_interval(LEVEL, method="log-log")
    return interval.low, interval.high


def survival_curve(src: Inputs) -> pl.DataFrame:
    """Return the Kaplan-Meier curve of every kind of unit and initiative."""
    records = []
    for (kind, initiative), rows in _subjects(src).group_by("unit_type", "initiative_code"):
        years, ended = rows["years"].to_numpy(), rows["ended"].to_numpy()
        times = np.unique(np.append(years, 0.0))
        if ended.any():
            values = kaplan_meier(years, ended, times)
        else:
            values = np.stack([np.ones(len(times)), *[np.full(len(times), np.nan)] * 2], axis=1)
        for time, (share, low, high) in zip(times.tolist(), values.tolist(), strict=True):
            known = 0 < share < 1
            records.append(
                {
                    "unit_type": kind,
                    "initiative_code": initiative,
                    "years_after_funding": time,
                    "at_risk": int((years >= time).sum()),
                    "ended": int(((years == time) & ended).sum()),
                    "censored": int(((years == time) & ~ended).sum()),
                    "survival": share,
                    "survival_low": low if known else None,
                    "survival_high": high if known else None,
                }
            )
    return pl.DataFrame(records, infer_schema_length=None)


def consortium_year(src: Inputs) -> pl.DataFrame:
    """Return members, staff, grants and services of each consortium and year."""
    reported = src.members.sort(
        "member_role_code",
        "staff_fte",
        "partner_type",
        descending=[False, True, False],
        nulls_last=True,
    ).unique(
        ["year", "consortium_id", "partner_id", "joined_date"], keep="first", maintain_order=True
    )
    of_year = ["consortium_id", "year"]
    member = reported.group_by(of_year).agg(
        members=pl.col("partner_id").n_unique(),
        partner_types=pl.col("partner_type").n_unique(),
        employers=pl.col("partner_id").filter(pl.col("partner_type") == "EMPLOYER").n_unique(),
        staff_fte=pl.when(pl.col("staff_fte").count() > 0).then(pl.col("staff_fte").sum()),
    )
    paid = src.grant_years.drop_nulls("consortium_id")
    money = paid.group_by(of_year).agg(
        initiatives=pl.col("initiative_code").n_unique(),
        award_usd=pl.col("yearly").sum(),
        runs=pl.col("grant_end_date").is_not_null().any(),
    )
    window = (
        paid.filter(pl.col("grant_end_date").is_not_null())
        .group_by("consortium_id")
        .agg(begin=pl.col("year").min(), end=pl.col("year").max())
    )
    service = (
        src.services.drop_nulls("consortium_id")
        .group_by(of_year)
        .agg(
            people_served=pl.col("person_id").n_unique(),
            service_types=pl.col("service_type_code").n_unique(),
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
    last = src.members["year"].max()
    years = (
        src.memberships.group_by("consortium_id")
        .agg(first=start_year("joined_date").min())
        .with_columns(year=pl.int_ranges("first", last + 1))
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
              "service_types", "joined", "departed"]  # fmt: skip
    return years.select(
        "consortium_id",
        "staff_fte",
        pl.col(counts).fill_null(0),
        academic_year=year_label(pl.col("year")),
        grant_phase=phase,
    )
