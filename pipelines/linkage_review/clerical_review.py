"""Clerical review: pairs labelled by people, and the precision and recall they show.

Lives here: drawing and reading the sample, estimates with intervals. Does not: any rule of linkage.

Reviewers see neither weight nor decision. The strata stay in `sample.parquet`, without values.
Estimates are over stored pairs; those never compared are not among them.
"""

from hashlib import sha256
from math import inf
from pathlib import Path

import numpy as np
import polars as pl
from rich.table import Table

from pipelines.errors import UserError
from pipelines.home.files import replacing, write_parquet
from pipelines.linkage.clusters import THRESHOLD_BITS
from pipelines.linkage.store import Store
from pipelines.linkage_review import evidence
from pipelines.linkage_review.analysis import Analysis

SEED = 1
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
README = """Clerical review

sample.csv holds names and birth dates. Keep it in this folder; let only people read it who may.

1. Copy sample.csv to labelled.csv, in this folder.
2. In each row, compare the columns that end in _l with those that end in _r. They are two
   identities, values as linkage compares them: capitals, no accents, cut to the width of a wage
   file.
   ssn and state_id say whether the numbers are equal, partly equal, different, or missing.
3. In the column same_person write Y (one person), N (two people) or ? (nobody can know).
   Leave the other rows empty. Rows are in random order: stop where you like, but each band of
   weights needs some labels.
4. Run: pathways linkage review-report

Don't search for the pairs elsewhere in the warehouse before you have labelled them.
"""


class CannotReview(UserError):
    """There is nothing to draw from, or labels can't be read."""


def folder(store: Store) -> Path:
    """Return where samples and labels are."""
    return store.identity / "review"


def strata(store: Store) -> pl.DataFrame:
    """Return stored pairs with their band, and whether both identities are one person now."""
    person = (
        evidence.persons_of_identities(store).select("identity", "person_id").unique("identity")
    )
    return (
        pl.scan_parquet(store.pair)
        .select("identity_l", "identity_r", "match_weight")
        .join(person, left_on="identity_l", right_on="identity")
        .join(person, left_on="identity_r", right_on="identity", suffix="_r")
        .select(
            "identity_l",
            "identity_r",
            _band(pl.col("match_weight")).alias("band"),
            (pl.col("person_id") == pl.col("person_id_r")).alias("is_joined"),
        )
        .sort("identity_l", "identity_r")
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
        pl.concat(few)
        .sort("identity_l", "identity_r")
        .sample(fraction=1.0, seed=seed, shuffle=True)
    )
    ends = "|".join(f"{left} {right}" for left, right in sample["identity_l", "identity_r"].rows())
    # A letter first: a spreadsheet must not take it for a number.
    name = "S" + sha256(ends.encode()).hexdigest()[:6]
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
        raise CannotReview("--pairs must be 1 or more.")
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
    numbers = pl.concat([sample["identity_l"], sample["identity_r"]]).unique().to_list()
    values = evidence.identities(store, numbers)
    left, right = (
        values.rename({name: f"{name}_{end}" for name in values.columns}) for end in ("l", "r")
    )
    both = sample.join(left, on="identity_l", how="left", maintain_order="left").join(
        right, on="identity_r", how="left", maintain_order="left"
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
        CannotReview: A file is missing or breaks a rule; the message holds no value of a row.
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

    A stratum counts with all its pairs. Intervals of totals are of draws from each stratum's beta
    posterior (Jeffreys prior) over the pairs without a label; labelled pairs count as labelled.

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
    posterior = np.random.default_rng(seed).beta(same + 0.5, n - same + 0.5, (_DRAWS, len(n)))
    draws, best = same + (pairs - n) * posterior, (pairs * same / n)[None, :]
    rows = []
    for measure, part, whole in (
        ("precision", counted.filter("is_joined"), lambda _: pairs[joined].sum()),
        ("recall", counted, lambda true: true.sum(axis=1)),
    ):
        [estimate], shares = (_ratio(t[:, joined].sum(axis=1), whole(t)) for t in (best, draws))
        low, high = np.quantile(shares, [0.025, 0.975])
        rows.append(
            {
                "measure": measure,
                **{name: int(part[name].sum()) for name in ("pairs", "labelled", "same", "unsure")},
                "estimate": float(estimate),
                "low": float(min(low, estimate)),
                "high": float(max(high, estimate)),
            }
        )
    return pl.DataFrame(rows, schema=REPORT)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return shares; one of nothing is 1, for nothing is wrong."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1), 1.0)


def table(report: pl.DataFrame) -> Table:
    """Return a report as a table."""
    title = "Clerical review, of the pairs that linkage stored (95 % intervals)"
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


ANALYSIS = Analysis(
    name="linkage_review",
    schema=REPORT,
    description="Grain: one measure and stratum of labelled pairs. Precision and recall estimated "
    "from pairs labelled by hand.",
    kinds=frozenset({"polars", "parquet"}),
    estimate=lambda settings, _: estimates(read_labels(Store(settings.identity))),
    earlier_file="linkage_review.parquet",
)
