"""How many are left after the money: curves, and the funded beside the never funded.

Kaplan-Meier and its log-log interval are scipy's, the exact binomial too; the widening for clusters
and the difference of two curves are by the formulas of their papers.
"""

import warnings
from datetime import date
from math import log, sqrt

import numpy as np
import polars as pl
from scipy import stats

from tests.reference.collaboration.continuity import fates
from tests.reference.collaboration.inputs import Inputs

#: The confidence level whose normal quantile is 1.96.
LEVEL = float(2 * stats.norm.cdf(1.96) - 1)
AT_RISK = ("closed_after_end", "active_after_end")


def _judged(src: Inputs) -> list[dict]:
    records = []
    for unit in fates(src):
        if unit["initiative_code"] == "none":
            continue
        closed, years = unit["status"] == "closed_after_end", None
        if unit["is_observable"]:
            years = float(max(unit["last"] - unit["end"], 0) + 1 if closed
                          else unit["years_observable"])  # fmt: skip
        ends = None if unit["end"] is None else date(int(unit["end"]) + 1, 6, 30)
        records.append(
            {k: unit[k] for k in ("unit_type", "unit_id", "initiative_code", "is_funded", "status")}
            | {"cluster_id": unit["district"], "funding_end_date": ends,
               "is_at_risk": unit["is_observable"], "years_after_funding": years}
        )  # fmt: skip
    return records


def _ends(src: Inputs) -> dict[str, dict]:
    """Return by consortium and initiative the first and the last day of its money."""
    records: dict[str, dict] = {}
    for line in src.grant_lines.drop_nulls("consortium_id").iter_rows(named=True):
        for of in (line["initiative_code"], "all"):
            at = records.setdefault(line["consortium_id"], {}).setdefault(of, [[], []])
            at[0].append(line["grant_start_date"])
            at[1].append(line["until"])
    return {
        c: {i: (min(a), None if None in b else max(b)) for i, (a, b) in of.items()}
        for c, of in records.items()
    }


def _dated(src: Inputs) -> list[dict]:
    as_of = date(max(src.members["year"].to_list()) + 1, 6, 30)
    spells = [
        ("membership", f"{c}-{p}-{joined}", c, joined, until)
        for c, p, joined, until in src.memberships.select(
            "consortium_id", "partner_id", "joined_date", "until"
        ).iter_rows()
    ]
    for (consortium,), own in src.memberships.group_by("consortium_id"):
        until = None if own["until"].null_count() else own["until"].max()
        spells.append(("consortium", consortium, consortium, own["joined_date"].min(), until))
    ends, records = _ends(src), []
    for kind, name, consortium, joined, until in spells:
        for of, (begins, money_ends) in ends.get(consortium, {}).items():
            ended = until is not None and until <= as_of
            if money_ends and joined > money_ends:
                status = "seen_only_after"
            elif until and until < begins:
                status = "closed_before_start"
            elif ended and (money_ends is None or until < money_ends):
                status = "closed_before_end"
            elif money_ends is None or money_ends >= as_of:
                status = "still_funded"
            else:
                status = "closed_after_end" if ended else "active_after_end"
            risk = status in AT_RISK and money_ends is not None
            days = (min(until or as_of, as_of) - money_ends).days if risk and money_ends else None
            records.append(
                {"unit_type": kind, "unit_id": name, "initiative_code": of, "is_funded": True,
                 "status": status, "cluster_id": consortium, "funding_end_date": money_ends,
                 "is_at_risk": risk,
                 "years_after_funding": None if days is None else days / 365.25}
            )  # fmt: skip
    return records


def survival_unit(src: Inputs) -> pl.DataFrame:
    """Return every unit and initiative, with what became of it."""
    rows = pl.DataFrame([*_judged(src), *_dated(src)], infer_schema_length=None)
    end = pl.col("funding_end_date")
    year = end.dt.year() - (end.dt.month() < 7).cast(pl.Int32)
    label = pl.format("{}-{}", year, ((year + 1) % 100).cast(pl.String).str.zfill(2))
    return rows.with_columns(
        funded_to_year=label.fill_null("open"),
        is_event=pl.col("is_at_risk") & (pl.col("status") == "closed_after_end"),
    )


def kaplan_meier(
    years: np.ndarray, ended: np.ndarray, at: np.ndarray, cluster: np.ndarray
) -> np.ndarray:
    """Return survival, its interval and the clusters at risk at given times: 4 columns.

    A design effect of sum(m * m) / sum(m) for clusters of m units (Kish 1965) widens the interval;
    where nobody or everybody has ended it is the exact one of the clusters at risk.
    """
    sizes = np.unique(cluster, return_counts=True)[1]
    widening = sqrt((sizes**2).sum() / sizes.sum())
    share, low = _scipy_curve(years, ended, at)
    records = []
    for n, time in enumerate(at):
        s, left = share[n], len(np.unique(cluster[years >= min(time, years.max())]))
        if 0 < s < 1:
            half = log(log(low[n]) / log(s)) * widening
            ends = s ** np.exp(half), s ** np.exp(-half)
        else:
            exact = stats.binomtest(left if s else 0, left).proportion_ci(LEVEL, "exact")
            ends = exact.low, exact.high if s or not records else min(exact.high, records[-1][2])
        records.append((s, *ends, left))
    return np.array(records)


def _scipy_curve(
    years: np.ndarray, ended: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if not ended.any():
        return np.ones(len(at)), np.ones(len(at))
    curve = stats.ecdf(stats.CensoredData(uncensored=years[ended], right=years[~ended])).sf
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # scipy says that the interval is undefined where survival is 1 or 0.
        warnings.simplefilter("ignore", RuntimeWarning)
        interval = curve.confidence_interval(LEVEL, method="log-log")
    share = curve.evaluate(at)
    share[share < 1e-12] = 0
    return share, interval.low.evaluate(at)


def survival_curve(src: Inputs) -> pl.DataFrame:
    """Return the curve of every kind of unit, initiative and whether it was funded."""
    records = []
    keys = ["unit_type", "initiative_code", "is_funded"]
    for key, rows in survival_unit(src).filter("is_at_risk").group_by(keys):
        years = rows["years_after_funding"].to_numpy()
        ended, cluster = rows["is_event"].to_numpy(), rows["cluster_id"].to_numpy()
        times = np.unique(np.append(years, 0.0))
        values = kaplan_meier(years, ended, times, cluster)
        clustered = rows["cluster_id"].n_unique() < rows.height
        for time, (share, low, high, left) in zip(times.tolist(), values.tolist(), strict=True):
            method = "greenwood_log_log_by_cluster" if clustered else "greenwood_log_log"
            records.append(
                dict(zip(keys, key, strict=True))
                | {
                    "years_after_funding": time,
                    "at_risk": int((years >= time).sum()),
                    "clusters": int(left),
                    "ended": int(((years == time) & ended).sum()),
                    "censored": int(((years == time) & ~ended).sum()),
                    "survival": share,
                    "survival_low": low,
                    "survival_high": high,
                    "interval_method": method if 0 < share < 1 else "exact_binomial_of_clusters",
                }
            )
    return pl.DataFrame(records, infer_schema_length=None)


def survival_comparison(src: Inputs) -> pl.DataFrame:
    """Return the funded beside the never funded (Zou and Donner 2008)."""
    curves: dict[tuple, dict] = {}
    for row in survival_curve(src).sort("years_after_funding").iter_rows(named=True):
        key = (row["unit_type"], row["initiative_code"])
        curves.setdefault(key, {True: [], False: []})[row["is_funded"]].append(row)
    records = []
    for (kind, of), pair in curves.items():
        for one in pair[True]:
            time = one["years_after_funding"]
            earlier = [r for r in pair[False] if r["years_after_funding"] <= time]
            if not earlier or time > pair[False][-1]["years_after_funding"]:
                continue
            other = earlier[-1]
            s, r = one["survival"], other["survival"]
            down = sqrt((s - one["survival_low"]) ** 2 + (other["survival_high"] - r) ** 2)
            up = sqrt((one["survival_high"] - s) ** 2 + (r - other["survival_low"]) ** 2)
            records.append(
                {"unit_type": kind, "initiative_code": of, "years_after_funding": time,
                 "at_risk": one["at_risk"], "survival": s,
                 "never_funded_at_risk": other["at_risk"], "never_funded_survival": r,
                 "difference": s - r, "difference_low": s - r - down,
                 "difference_high": s - r + up}
            )  # fmt: skip
    return pl.DataFrame(records, infer_schema_length=None)
