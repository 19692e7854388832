"""Columns of a delivery that are not as columns of this feed are: scale, junk, shared ids.

Lives here: quartiles against other deliveries, values that are none, ids of several people.
Does not: rules on a row (`schemas`), which deliveries are compared (`judgement`).
"""

from collections.abc import Iterator, Sequence
from statistics import median

import polars as pl

from pipelines.intake.ledger import Finding
from schemas import Feed
from schemas.policy import POLICY

KEY = ["period", "submitter"]
_QUARTILES = (0.25, 0.5, 0.75)
Quartiles = tuple[float, float, float]
Place = tuple[str, str]
# Findings by period and submitter.
Findings = dict[Place, list[Finding]]

# What exports write in place of a value. A person may be called Null: names count only where many
# rows have one.
_WORDS = ("NULL", "(NULL)", "N/A", "NAN", "TEST", "TBD", "UNDEFINED")
_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")
_JUNK = [*_ERRORS, *sorted({form for w in _WORDS for form in (w, w.lower(), w.title())})]
_NAMES = ("first_name", "last_name")
_IDS = ("ssn", "state_student_id", "local_student_id")
_ROWS_NAMED = 10
# Rows below which nothing holds a file: two rows under one id are two students mixed up.
_LEAST_ROWS = 3


def amounts(feed: Feed) -> list[str]:
    """Return the columns of a feed that are numbers."""
    return [name for name, dtype in feed.dtypes.items() if dtype.is_numeric()]


def quartiles(rows: pl.DataFrame, feed: Feed) -> dict[tuple[str, str, str], Quartiles]:
    """Return the quartiles of amounts above zero, by period, submitter and column.

    Args:
        rows: Rows as delivered or as accepted, with period and submitter.
        feed: Their feed.

    Returns:
        Nothing of a column with fewer than `least_amounts` of them.
    """
    quartiles = {}
    for name in amounts(feed):
        value = pl.col(name).cast(pl.Float64, strict=False)
        each = (
            rows.lazy()
            .select(*KEY, value.alias("value"))
            .filter(pl.col("value") > 0)
            .group_by(KEY)
            .agg(pl.len(), *(pl.col("value").quantile(q).alias(str(q)) for q in _QUARTILES))
            .filter(pl.col("len") >= POLICY.least_amounts)
            .collect()
        )
        for period, submitter, _, *of in each.iter_rows():
            quartiles[period, submitter, name] = tuple(of)
    return quartiles


def scale(
    column: str, now: Quartiles, others: Sequence[Quartiles], titles: str
) -> Iterator[Finding]:
    """Yield the finding that all quartiles of a column moved by a factor, in one direction.

    Args:
        column: The column.
        now: Its quartiles.
        others: Those of the deliveries it is compared with. It has to differ from most of them, so
            that one that is wrong itself decides nothing.
        titles: Names of these deliveries.
    """
    ratios = [[a / b for a, b in zip(now, other, strict=True)] for other in others]
    up = [one[1] for one in ratios if min(one) >= POLICY.scale_factor]
    down = [one[1] for one in ratios if max(one) <= 1 / POLICY.scale_factor]
    if 2 * max(len(up), len(down)) <= len(others):
        return
    times = f"{median(up):,.0f} times those" if up else f"1/{1 / median(down):,.0f} of those"
    sentence = (
        f"The quartiles of {column} are about {times} of {titles}. Is it in another unit, such as "
        "cents?"
    )
    yield Finding("held:scale", sentence)


def junk(rows: pl.DataFrame, feed: Feed) -> Findings:
    """Return by file that cells hold a word or an error in place of a value."""
    is_junk = {name: pl.col(name).is_in(_JUNK) for name in feed.dtypes}
    counts = (
        rows.lazy()
        .group_by(KEY)
        .agg(
            pl.len().alias("_of"),
            pl.any_horizontal(is_junk.values()).sum().alias("_rows"),
            *(mask.sum().alias(name) for name, mask in is_junk.items()),
        )
        .filter(pl.col("_rows") > 0)
        .collect()
    )
    findings: Findings = {}
    for row in counts.iter_rows(named=True):
        n, of = row["_rows"], row["_of"]
        holds = n >= max(_LEAST_ROWS, POLICY.least_junk * of)
        columns = [name for name in is_junk if row[name] and (holds or name not in _NAMES)]
        if columns:
            sentence = (
                f"{n:,} of {of:,} rows have NULL, TEST or an error of a spreadsheet in place of a "
                f"value, in {', '.join(columns)}. Leave empty what is not known."
            )
            findings[row["period"], row["submitter"]] = [Finding("held:junk", sentence, holds)]
    return findings


def shared_ids(rows: pl.DataFrame, feed: Feed) -> Findings:
    """Return by file in which columns of ids one id stands for several people."""
    sizes = {(p, s): n for p, s, n in rows.group_by(KEY).len().iter_rows()}
    most = {"birth_date": 1, "last_name": POLICY.most_people_of_id}
    findings: Findings = {}
    for column in (name for name in _IDS if name in feed.dtypes):
        key = [*KEY, column]
        shared = [_several(rows, key, of, n) for of, n in most.items() if of in feed.dtypes]
        if not shared or (ids := pl.concat(shared).unique()).is_empty():
            continue
        of_file = (
            rows.select(*key, "row_number")
            .join(ids, on=key, how="semi")
            .group_by(KEY)
            .agg(pl.col(column).n_unique(), pl.col("row_number").sort())
        )
        for period, submitter, n_ids, numbers in of_file.iter_rows():
            sentence = (
                f"{n_ids:,} value(s) of {column} have two birth dates or more than "
                f"{POLICY.most_people_of_id} last names, in row {_listed(numbers)}."
            )
            least = max(_LEAST_ROWS, POLICY.least_shared_ids * sizes[period, submitter])
            finding = Finding("held:shared_ids", sentence, len(numbers) >= least)
            findings.setdefault((period, submitter), []).append(finding)
    return findings


def _several(rows: pl.DataFrame, key: list[str], of: str, most: int) -> pl.DataFrame:
    """Return the ids, by file, that stand beside more than `most` values of a column."""
    pairs = rows.lazy().select(*key, pl.col(of).str.to_uppercase()).drop_nulls().unique()
    return pairs.group_by(key).len().filter(pl.col("len") > most).select(key).collect()


def _listed(numbers: list[int]) -> str:
    more = len(numbers) - _ROWS_NAMED
    return ", ".join(map(str, numbers[:_ROWS_NAMED])) + (f" and {more:,} more" if more > 0 else "")
