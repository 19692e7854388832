"""What a leadership team opens first: a dozen metrics by region, each judged against something.

Lives here: `metrics.leadership_region` and `metrics.leadership_state`, from cells of metrics and
the equity of their groups, region by region as their descriptions say it.
Does not: the cells (`cells`) and the gaps (`equity`) themselves.
"""

from collections import defaultdict

import polars as pl

from tests.reference.base.sources import Sources, read_seed
from tests.reference.base.wages import matchable_people
from tests.reference.metrics.equity import LEAST_MATCHABLE, MOST_APART, OF_HIGH_SCHOOL

NAME = ["metric_id", "definition_version"]
REGION_KEYS = [*NAME, "region_id"]
SCHEMES = ("statewide", "macroregion", "microregion")
LEAST_OF_LARGEST = 0.5
YEARS_BACK = 3
FEW_PEOPLE = 30
LEAST_PEOPLE_OF_A_REGION = 11
#: Widest interval that is no reason to doubt: of a rate in points, of an amount by its size.
WIDE = {"rate": 0.2, "usd": 0.4}
#: What tells the latest of a year's records; other feeds tell the year alone.
DAYS = ("enrollment_entry_date", "term_start", "award_date", "participation_start_date")
Row = dict


def listed() -> pl.DataFrame:
    """Return the metrics of the list: position, whose records, and the feeds that are joined."""
    return read_seed("leadership_metric").with_columns(pl.col("position").cast(pl.Int32))


def leadership_region(
    cells: pl.DataFrame, equity: pl.DataFrame, link_rates: dict[tuple, float | None]
) -> pl.DataFrame:
    """Return one row per region and metric of the list.

    Args:
        cells: Of the listed metrics, in the columns of `metric_value`, with their `unit`.
        equity: Of their groups, in the columns of `metric_equity`.
        link_rates: By feed, feed it is looked up in and region.
    """
    cells = cells.filter(
        (pl.col("dimension") == "all")
        & (pl.col("attribution") != "place_of_work")
        & pl.col("region_scheme").is_in(SCHEMES)
    )
    whole = cells.filter((pl.col("student_group") == "all") & pl.col("value").is_not_null())
    poor, others = (_people_of(cells, "economically_disadvantaged", code) for code in ("yes", "no"))
    gaps = widest_gaps(equity)
    regions = whole.select("region_scheme", "region_id").unique().sort("region_id").rows()
    rows = []
    for metric in listed().iter_rows(named=True):
        of_metric = whole.filter(
            (pl.col("metric_id") == metric["metric_id"])
            & (pl.col("definition_version") == metric["definition_version"])
        )
        by_cohort = {(r["region_id"], r["cohort_year"]): r for r in of_metric.iter_rows(named=True)}
        state = [r for r in by_cohort.values() if r["region_scheme"] == "statewide"]
        if not (years := comparable_years(state)):
            continue
        cohort = years[-1]
        shares = {
            (scheme, region): yes / (yes + no)
            for scheme, region in regions
            if (place := (*_name(metric), cohort, region)) and (region, cohort) in by_cohort
            if not unlike(by_cohort[region, cohort], by_cohort[region, cohort])
            if (yes := poor.get(place, 0)) + (no := others.get(place, 0)) > 0
        }
        state_row = next(r for r in state if r["cohort_year"] == cohort)
        for scheme, region in regions:
            now = by_cohort.get((region, cohort))
            then = earlier(by_cohort, region, years)
            known_alike = {
                key: share
                for key, share in shares.items()
                if not unlike(now, by_cohort[key[1], cohort])
            }
            like = alike(known_alike, scheme, region)
            alone, over_time = unlike(now, now), unlike(now, then)
            group = gaps.get((*_name(metric), cohort, region), (None, None, None))
            rows.append(
                {
                    "region_scheme": scheme,
                    "region_id": region,
                    **{k: metric[k] for k in ("position", *NAME, "agencies")},
                    "unit": state_row["unit"],
                    "cohort_year": cohort,
                    **_numbers(now, is_given=not alone),
                    "state_value": None if unlike(now, state_row) else state_row["value"],
                    "earlier_cohort_year": then and then["cohort_year"],
                    "change": (
                        now["value"] - then["value"] if now and then and not over_time else None
                    ),
                    "trend": "withheld" if over_time else trend(now, then),
                    "comparison_region_id": like,
                    "comparison_value": by_cohort[like, cohort]["value"] if like else None,
                    **dict(zip(_GAP, group, strict=True)),
                    **grade(doubts(now, state_row["unit"]) if now else None, alone, over_time),
                    "link_rate": link_rates.get((metric["from_feed"], metric["to_feed"], region)),
                    "matchable_share": now and now["matchable_share"],
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def leadership_state(regions: pl.DataFrame) -> pl.DataFrame:
    """Return one row per metric of the list: the state's, and how its macroregions differ.

    Args:
        regions: From `leadership_region`.
    """
    rows = []
    for row in regions.filter(pl.col("region_scheme") == "statewide").iter_rows(named=True):
        parts = [
            r
            for r in regions.filter(pl.col("region_scheme") == "macroregion").iter_rows(named=True)
            if _name(r) == _name(row) and r["denominator"] >= LEAST_PEOPLE_OF_A_REGION
        ]
        like_state = [r for r in parts if r["state_value"] is not None]
        high = min(like_state, key=lambda r: (-r["value"], r["region_id"]), default=None)
        low = min(like_state, key=lambda r: (r["value"], r["region_id"]), default=None)
        rows.append(
            row
            | {
                "regions": len(parts),
                "regions_up": sum(r["trend"] == "up" for r in parts),
                "regions_down": sum(r["trend"] == "down" for r in parts),
                "highest_region_id": high and high["region_id"],
                "highest_value": high and high["value"],
                "lowest_region_id": low and low["region_id"],
                "lowest_value": low and low["value"],
            }
        )
    not_of_the_state = ["region_scheme", "region_id", "state_value"]
    compared_with = ["comparison_region_id", "comparison_value"]
    return pl.DataFrame(rows, infer_schema_length=None).drop(not_of_the_state, compared_with)


def comparable_years(state: list[Row]) -> list[str]:
    """Return the complete cohorts of half the people of the largest complete one, in order."""
    complete = [r for r in state if r["is_complete"]]
    most = max((r["denominator"] for r in complete), default=0)
    large = [r for r in complete if r["denominator"] >= LEAST_OF_LARGEST * most]
    return sorted(r["cohort_year"] for r in large)


def earlier(by_cohort: dict[tuple, Row], region: str, years: list[str]) -> Row | None:
    """Return the region's cohort of three years before the last, or the earliest one since."""
    since = int(years[-1][:4]) - YEARS_BACK
    known = [by_cohort.get((region, y)) for y in years[:-1] if int(y[:4]) >= since]
    return next((r for r in known if r), None)


def trend(now: Row | None, then: Row | None) -> str:
    """Return in which direction the interval has left that of the earlier cohort."""
    if not now or not then:
        return "no earlier cohort"
    if None in (now["value_low"], then["value_low"]):
        return "no clear change"
    if now["value_low"] > then["value_high"]:
        return "up"
    return "down" if now["value_high"] < then["value_low"] else "no clear change"


def alike(shares: dict[tuple, float], scheme: str, region: str) -> str | None:
    """Return the other region of a scheme with the nearest share, of equal ones the first."""
    if (own := shares.get((scheme, region))) is None:
        return None
    others = [(abs(own - s), r) for (k, r), s in shares.items() if k == scheme and r != region]
    return min(others)[1] if others else None


def doubts(row: Row, unit: str) -> list[str]:
    """Return why a number should not be trusted far."""
    has_interval = row["value_low"] is not None
    width = row["value_high"] - row["value_low"] if has_interval else 0
    reasons = []
    if row["denominator"] < FEW_PEOPLE:
        reasons.append("fewer than 30 people")
    # In whole people: 9 of 10 is not less than nine tenths.
    if row["n_cohort"] is not None and 10 * row["n_matchable"] < 9 * row["n_cohort"]:
        reasons.append("over 10 % cannot be looked up")
    if not has_interval:
        reasons.append("too few people for an interval")
    if unit == "rate" and width > WIDE["rate"]:
        reasons.append("interval wider than 20 points")
    if unit == "usd" and width > WIDE["usd"] * row["value"]:
        reasons.append("interval wider than 40 % of the value")
    if 2 * row["denominator_exact_match"] < row["denominator"]:
        reasons.append("most people hang on a link by name")
    return reasons


def unlike(one: Row | None, other: Row | None) -> str | None:
    """Return why wages of two cells of a high school cohort are not compared; None where they are.

    They are where at least 80 % of either can be looked up, and the shares are at most five points
    apart: the rest of them could make the difference.
    """
    if not one or not other or one.get("cohort_basis") not in OF_HIGH_SCHOOL:
        return None
    shares = one["matchable_share"], other["matchable_share"]
    if None in shares:
        return None
    if min(shares) < LEAST_MATCHABLE:
        return "a share below 0.8 can be looked up in wage records"
    if round(max(shares) - min(shares) - MOST_APART, 9) > 0:
        return "shares that can be looked up in wage records differ by more than 0.05"
    return None


def grade(reasons: list[str] | None, alone: str | None = None, over_time: str | None = None) -> Row:
    """Return the grade and its reasons; None is for a cohort of nobody.

    Args:
        reasons: From `doubts`.
        alone: Why the value is not given.
        over_time: Why it is not compared with the earlier cohort.
    """
    if reasons is None:
        return {"quality_grade": "D", "quality_reasons": "nobody in the cohort"}
    if alone:
        return {"quality_grade": "D", "quality_reasons": alone}
    letter = "ABCD"[min(len(reasons), 3)]
    return {"quality_grade": letter, "quality_reasons": over_time or "; ".join(reasons) or None}


def widest_gaps(equity: pl.DataFrame) -> dict[tuple, tuple[str, str, float]]:
    """Return the group furthest behind of those with a q of at most 0.05, by metric and place.

    Who is outside a program is everybody else and no group.
    """
    behind_others = equity.filter(
        (pl.col("equity_method") == "ppg1_2022")
        & (pl.col("dimension") == "all")
        & (pl.col("q_value") <= 0.05)
        & (pl.col("value") < 0)
        & (pl.col("student_group_value") != "no")
    )
    by_place = defaultdict(list)
    for row in behind_others.iter_rows(named=True):
        behind = (row["value"], row["student_group"], row["student_group_value"])
        by_place[*_name(row), row["cohort_year"], row["region_id"]].append(behind)
    widest = {place: min(groups) for place, groups in by_place.items()}
    return {place: (kind, code, points) for place, (points, kind, code) in widest.items()}


def link_rates(src: Sources) -> dict[tuple, float | None]:
    """Return the share of people of a feed that another knows, by both feeds and region.

    A person stands where their latest record in the first feed is from; in wages, only those with
    a Social Security number on a college record can be looked for.
    """
    link_rates: dict[tuple, float | None] = {}
    is_matchable = matchable_people(src)
    pairs = listed().select("from_feed", "to_feed").drop_nulls().unique()
    for from_feed, to_feed in pairs.iter_rows():
        people = latest_places(src.feeds[from_feed])
        if to_feed == "wage":
            people = people.join(is_matchable, on="person_id", how="semi")
        known = src.feeds[to_feed].select("person_id").unique().with_columns(is_known=True)
        rates = (
            people.join(known, on="person_id", how="left")
            .join(src.place_regions, on="place_id")
            .group_by("region_id")
            .agg(pl.col("is_known").fill_null(False).mean())
        )
        link_rates |= {(from_feed, to_feed, region): rate for region, rate in rates.iter_rows()}
    return link_rates


def latest_places(rows: pl.DataFrame) -> pl.DataFrame:
    """Return where each person's latest record of a feed is from.

    Of records of one day that of the higher id counts.
    """
    place = "school_id" if "school_id" in rows.columns else "institution_id"
    day = [d for d in DAYS if d in rows.columns]
    return (
        rows.sort("year", *day, place)
        .unique("person_id", keep="last", maintain_order=True)
        .select("person_id", place_id=place)
    )


_GAP = ("gap_student_group", "gap_student_group_value", "gap_points")


def _name(row: Row) -> tuple[str, str]:
    return row["metric_id"], row["definition_version"]


def _people_of(
    cells: pl.DataFrame, student_group: str, student_group_value: str
) -> dict[tuple, int]:
    of_group = cells.filter(
        (pl.col("student_group") == student_group)
        & (pl.col("student_group_value") == student_group_value)
    )
    keys = [*NAME, "cohort_year", "region_id"]
    return {tuple(row[:-1]): row[-1] for row in of_group.select(*keys, "denominator").iter_rows()}


def _numbers(row: Row | None, *, is_given: bool = True) -> Row:
    counts, values = ("numerator", "denominator"), ("value", "value_low", "value_high")
    if row is None:
        return dict.fromkeys(counts + values) | {"denominator": 0}
    return {c: row[c] for c in counts} | {c: row[c] if is_given else None for c in values}
