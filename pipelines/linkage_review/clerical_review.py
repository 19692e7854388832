"""Pairs labelled by hand: a sample to label, and the precision and recall that labels tell.

Lives here: drawing and reading the sample, estimates with intervals. Does not: any rule of linkage.

Who labels sees neither weight nor outcome. The strata stay in `sample.parquet`, without values.
Estimates are over pairs that linkage kept; what it never compared is not among them.
"""

from hashlib import sha256
from math import inf, log2
from pathlib import Path

import numpy as np
import polars as pl
from rich.table import Table

from pipelines.errors import UserError
from pipelines.home.files import replacing, write_parquet
from pipelines.linkage.run import THRESHOLD, Store
from pipelines.linkage_review import evidence
from pipelines.settings import Settings

SEED = 1
THRESHOLD_BITS = log2(THRESHOLD / (1 - THRESHOLD))
# Upper ends of the bands.
EDGES = [THRESHOLD_BITS, 5.0, 10.0, 15.0, 20.0, inf]
BANDS = ["below threshold", "threshold to 5", "5 to 10", "10 to 15", "15 to 20", "20 and more"]
STRATUM = ["band", "is_joined"]
VALUES = ["given", "initial", "givens", "family", "family2", "families", "born", "gender"]
LABELS = {"Y", "N", "?"}
REPORT = pl.Schema(
    {
        "measure": pl.String,
        "band": pl.String,
        "is_joined": pl.Boolean,
        "pairs": pl.Int64,
        "labelled": pl.Int64,
        "same": pl.Int64,
        "unsure": pl.Int64,
        "estimate": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
)
_Z, _DRAWS, _MOST_ERRORS = 1.959964, 10_000, 10
README = """Review by hand

sample.csv holds names and birth dates. Keep it in this folder; let only people read it who may.

1. Copy sample.csv to labelled.csv, in this folder.
2. In each row, compare the columns that end in _l with those that end in _r. They are two records,
   values as the machine compares them: capitals, no accents, cut to the width of a wage file.
   ssn and state_id say whether the numbers are equal, partly equal, different, or missing.
3. In the column same_person write Y (one person), N (two people) or ? (nobody can tell).
   Leave a row empty that you did not look at. Rows are in random order: stop where you like,
   but each band of weights needs some labels.
4. Run: pathways linkage review-report

Don't look the pairs up elsewhere in the warehouse before you have labelled them.
"""


class CannotReview(UserError):
    """There is nothing to draw from, or labels can't be read; the text says what to do."""


def folder(store: Store) -> Path:
    """Return where samples and labels are."""
    return store.identity / "review"


def strata(store: Store) -> pl.DataFrame:
    """Return kept pairs with their band, and whether both records are one person now."""
    person = evidence.persons_of_records(store).select("record", "person_id").unique("record")
    return (
        pl.scan_parquet(store.pair)
        .select("record_l", "record_r", "match_weight")
        .join(person, left_on="record_l", right_on="record")
        .join(person, left_on="record_r", right_on="record", suffix="_r")
        .select(
            "record_l",
            "record_r",
            _band(pl.col("match_weight")).alias("band"),
            (pl.col("person_id") == pl.col("person_id_r")).alias("is_joined"),
        )
        .sort("record_l", "record_r")
        .collect()
    )


def _band(weight: pl.Expr) -> pl.Expr:
    return pl.coalesce(
        *(pl.when(weight < edge).then(pl.lit(b)) for edge, b in zip(EDGES, BANDS, strict=True))
    )


def drawn(pairs: pl.DataFrame, each: int, seed: int = SEED) -> pl.DataFrame:
    """Return up to `each` pairs of every stratum in random order, the same for the same seed.

    Column ``pair`` names them; ``pairs`` counts those of the stratum.
    """
    counted = pairs.with_columns(pl.len().over(STRATUM).cast(pl.Int64).alias("pairs"))
    parts = counted.partition_by(STRATUM, maintain_order=True)
    few = [part.sample(min(each, part.height), seed=seed, shuffle=True) for part in parts]
    if not few:
        return counted.with_columns(pl.lit("").alias("pair"))
    sample = (
        pl.concat(few).sort("record_l", "record_r").sample(fraction=1.0, seed=seed, shuffle=True)
    )
    told = "|".join(f"{left} {right}" for left, right in sample["record_l", "record_r"].rows())
    # A letter first: a spreadsheet must not take it for a number.
    name = "S" + sha256(told.encode()).hexdigest()[:6]
    return sample.with_row_index("at", offset=1).select(
        pl.format("{}-{}", pl.lit(name), pl.col("at").cast(pl.String).str.zfill(4)).alias("pair"),
        pl.exclude("at"),
    )


def write_sample(store: Store, each: int = 40, seed: int = SEED) -> Path:
    """Write pairs to label, with how to, and return the file.

    Raises:
        CannotReview: There are no pairs yet, or `each` is not above zero.
    """
    if each < 1:
        raise CannotReview("PAIRS must be 1 or more.")
    if not (store.is_whole and store.pair.exists()):
        raise CannotReview("No pairs have been linked yet. Run: pathways refresh")
    sample = drawn(strata(store), each, seed)
    folder(store).mkdir(mode=0o700, exist_ok=True)
    path = folder(store) / "sample.csv"
    with replacing(path) as partial:
        _side_by_side(store, sample).write_csv(partial)
    with replacing(path.with_name("README.txt")) as partial:
        partial.write_text(README)
    write_parquet(sample, path.with_suffix(".parquet"))
    return path


def _side_by_side(store: Store, sample: pl.DataFrame) -> pl.DataFrame:
    numbers = pl.concat([sample["record_l"], sample["record_r"]]).unique().to_list()
    values = evidence.records(store, numbers)
    left, right = (
        values.rename({name: f"{name}_{end}" for name in values.columns}) for end in ("l", "r")
    )
    both = sample.join(left, on="record_l", how="left", maintain_order="left").join(
        right, on="record_r", how="left", maintain_order="left"
    )
    ends = [f"{name}_{end}" for name in VALUES for end in ("l", "r")]
    return both.select(
        "pair",
        *ends,
        _agreement("ssn", "ssn5", "ssn4"),
        _agreement("state_id"),
        pl.lit("").alias("same_person"),
    )


def _agreement(name: str, *halves: str) -> pl.Expr:
    left, right = pl.col(f"{name}_l"), pl.col(f"{name}_r")
    half = pl.any_horizontal(
        pl.lit(False), *(pl.col(f"{part}_l") == pl.col(f"{part}_r") for part in halves)
    )
    return (
        pl.when(left.is_null() | right.is_null())
        .then(pl.lit("missing"))
        .when(left == right)
        .then(pl.lit("equal"))
        .when(half)
        .then(pl.lit("partly equal"))
        .otherwise(pl.lit("different"))
        .alias(name)
    )


def read_labels(store: Store) -> pl.DataFrame:
    """Return the sample with the ``label`` of each pair: Y, N, ?, or null where not labelled.

    Raises:
        CannotReview: A file is missing or breaks a rule; no value of a row is told.
    """
    path, sample = folder(store) / "labelled.csv", folder(store) / "sample.parquet"
    if not sample.exists():
        raise CannotReview("There is no sample. Run: pathways linkage review-sample")
    if not path.exists():
        raise CannotReview(f"{path} is missing. Copy sample.csv to it and label it.")
    try:
        rows = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise CannotReview("labelled.csv can't be read: it must be a UTF-8 CSV.") from None
    if missing := [name for name in ("pair", "same_person") if name not in rows.columns]:
        raise CannotReview(f"labelled.csv row 1: column {missing[0]} is missing.")
    label = pl.col("same_person").str.strip_chars().str.to_uppercase().replace("", None)
    rows = rows.select("pair", label.alias("label"))
    drawn_pairs = pl.read_parquet(sample)
    _complain(rows, set(drawn_pairs["pair"]))
    return drawn_pairs.join(rows, on="pair", how="left")


def _complain(rows: pl.DataFrame, known: set[str]) -> None:
    errors, seen = [], set()
    for number, (pair, label) in enumerate(rows.iter_rows(), start=2):
        if pair not in known:
            errors.append(f"row {number}: pair is not of this sample; label the newest one.")
        elif pair in seen:
            errors.append(f"row {number}: pair is there twice.")
        if label is not None and label not in LABELS:
            errors.append(f"row {number}: same_person must be Y, N, ? or empty.")
        seen.add(pair)
    if errors:
        rest = len(errors) - _MOST_ERRORS
        more = [f"and {rest} more."] if rest > 0 else []
        raise CannotReview(
            "\n".join([f"labelled.csv {error}" for error in errors[:_MOST_ERRORS]] + more)
        )


def wilson(same: int, labelled: int) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    share, square = same / labelled, _Z**2 / labelled
    middle = (share + square / 2) / (1 + square)
    half = _Z / (1 + square) * (share * (1 - share) / labelled + square / (4 * labelled)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def estimates(labelled: pl.DataFrame, seed: int = SEED) -> pl.DataFrame:
    """Return precision and recall, and the share of one person in each stratum, as `REPORT`.

    A stratum counts with all its pairs. Totals have intervals of draws from what the labels leave
    open of each stratum; pairs labelled count as they were labelled.

    Args:
        labelled: As `read_labels` gives it.
        seed: Of the draws.

    Raises:
        CannotReview: A stratum has no label Y or N.
    """
    counted = (
        labelled.group_by(STRATUM)
        .agg(
            pl.col("pairs").first(),
            pl.col("label").is_in(["Y", "N"]).sum().cast(pl.Int64).alias("labelled"),
            (pl.col("label") == "Y").sum().cast(pl.Int64).alias("same"),
            (pl.col("label") == "?").sum().cast(pl.Int64).alias("unsure"),
        )
        .sort(pl.col("band").replace_strict({b: at for at, b in enumerate(BANDS)}), "is_joined")
    )
    if counted.is_empty() or (counted["labelled"] == 0).any():
        bare = counted.filter(pl.col("labelled") == 0).select(STRATUM).rows()
        names = [f"{band} ({'joined' if joined else 'apart'})" for band, joined in bare]
        raise CannotReview(f"labelled.csv holds no Y or N for: {', '.join(names) or 'any pair'}.")
    share = counted["same"] / counted["labelled"]
    bounds = [wilson(same, n) for same, n in counted["same", "labelled"].iter_rows()]
    bands = counted.with_columns(
        pl.lit("one person").alias("measure"),
        share.alias("estimate"),
        pl.Series("low", [low for low, _ in bounds]),
        pl.Series("high", [high for _, high in bounds]),
    )
    return pl.concat([_totals(counted, seed), bands.select(REPORT.names())]).cast(REPORT)


def _totals(counted: pl.DataFrame, seed: int) -> pl.DataFrame:
    pairs, n, same, joined = (
        counted[name].to_numpy() for name in ("pairs", "labelled", "same", "is_joined")
    )
    rng = np.random.default_rng(seed)
    open_ = rng.beta(same + 0.5, n - same + 0.5, size=(_DRAWS, len(n)))
    draws = same + (pairs - n) * open_
    best = (pairs * same / n)[None, :]
    rows = []
    for measure, values, whole in (
        ("precision", draws, lambda _: pairs[joined].sum()),
        ("recall", draws, lambda of: of.sum(axis=1)),
    ):
        found, drawn_ = (_ratio(of[:, joined].sum(axis=1), whole(of)) for of in (best, values))
        low, high = np.quantile(drawn_, [0.025, 0.975])
        part = counted.filter("is_joined") if measure == "precision" else counted
        rows.append(
            {
                "measure": measure,
                **{name: int(part[name].sum()) for name in ("pairs", "labelled", "same", "unsure")},
                "estimate": float(found[0]),
                "low": float(min(low, found[0])),
                "high": float(max(high, found[0])),
            }
        )
    return pl.DataFrame(rows, schema=REPORT)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return shares; one of nothing is 1, for nothing is wrong."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), 1.0)


def write_schema(settings: Settings) -> None:
    """Write an empty report, so that a warehouse can be built before anything was labelled."""
    if not settings.linkage_review.exists():
        write_parquet(REPORT.to_frame(), settings.linkage_review)


def write_report(settings: Settings) -> pl.DataFrame:
    """Write what the labels tell, without values, where the warehouse reads it, and return it."""
    report = estimates(read_labels(Store(settings.identity)))
    write_parquet(report, settings.linkage_review)
    return report


def table(report: pl.DataFrame) -> Table:
    """Return a report as a table."""
    title = "Labelled by hand, of the pairs that linkage kept (95 % intervals)"
    out = Table("measure", "band", "outcome", "pairs", "labelled", "same", "unsure", "estimate",
                "from", "to", title=title)  # fmt: skip
    for row in report.iter_rows(named=True):
        joined = row["is_joined"]
        out.add_row(
            row["measure"],
            row["band"] or "all",
            "" if joined is None else "joined" if joined else "apart",
            *(f"{row[name]:,}" for name in ("pairs", "labelled", "same", "unsure")),
            *(f"{100 * row[name]:.2f} %" for name in ("estimate", "low", "high")),
        )
    return out
