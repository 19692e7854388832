"""How good, fast and frugal linkage is: `python -m benchmarks.linkage --home DIR`.

Lives here: a full relink of a home with a synthetic state's `truth/`, its crosswalk against the
truth pair by pair, and the deterministic baseline beside it. Does not: any assertion.

The home is one that passed the gate, or with `--state DIR` one that `identities` makes of a state
that `python -m sample_data` wrote to DIR, which takes a fifth of the gate's time.

A pair is two keys (feed and source_person_key) of one true person. It shares enough if a chain of
that person's keys leads from one to the other, each step with an equal state id, an equal SSN, an
equal birth date, or an equal half of the SSN with an equal given name or surname. No method
that reads these columns alone can be asked for more.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.base import Usage, measure
from benchmarks.linkage import deterministic, identities
from pipelines.linkage.clusters import components
from pipelines.linkage.identities import Identities
from pipelines.linkage.store import Store
from pipelines.settings import Settings
from schemas import FEEDS

KEY = ["source", "source_person_key"]
COLLEGE = ("college_enrollment", "dual_enrollment", "credential", "initiative_participation")
PAIRS = {
    "K-12 to college": (("k12_enrollment",), COLLEGE),
    "college to wage": (COLLEGE, ("wage",)),
    "K-12 to wage": (("k12_enrollment",), ("wage",)),
    "within college": (COLLEGE, COLLEGE),
    "within wage": (("wage",), ("wage",)),
}
ALL = (("k12_enrollment", *COLLEGE, "wage"),) * 2
# What joins two keys of one person, for those who share enough.
SHARED = [
    ("state_id",), ("ssn",), ("born",), ("ssn4", "given"), ("ssn4", "family"), ("ssn5", "given"),
    ("ssn5", "family"),
]  # fmt: skip
_RUN = (
    "from pipelines.linkage.run import refresh_crosswalk; from pipelines.settings import Settings; "
    "refresh_crosswalk(Settings(), full={full})"
)


def key_truth(home: Path) -> pl.DataFrame:
    """Return the true person of each key: the one most of its accepted rows are of."""
    if (home / identities.KEY_TRUTH).exists():
        return pl.read_parquet(home / identities.KEY_TRUTH)
    keys = []
    for feed in (name for name, feed in FEEDS.items() if feed.person_key):
        files = sorted((home / "accepted" / feed).glob("period=*.parquet"))
        if not files:
            continue
        accepted = pl.concat(
            pl.read_parquet(
                path,
                columns=["submitter", "row_number", "source_person_key"],
                hive_partitioning=False,
            ).with_columns(pl.lit(path.stem.removeprefix("period=")).alias("period"))
            for path in files
        )
        record = pl.read_parquet(home / "truth" / "record" / f"{feed}.parquet")
        counted = (
            accepted.join(record, on=identities.ROW)
            .group_by("source_person_key", "person_truth_id")
            .len()
        )
        keys.append(identities.true_persons(feed, counted))
    return pl.concat(keys)


def with_parts(truth: pl.DataFrame, stored: Identities) -> pl.DataFrame:
    """Return keys with ``part``: keys of one person in one part share enough to be linked."""
    keys = truth.with_row_index("node")
    held = stored.identity_key.join(keys, on=KEY).join(stored.identity, on="identity")
    left, right = [], []
    for by in SHARED:
        edges = (
            held.drop_nulls(by)
            .select("node", pl.col("node").min().over("person_truth_id", *by).alias("least"))
            .filter(pl.col("node") != pl.col("least"))
            .unique()
        )
        left.append(edges["node"])
        right.append(edges["least"])
    label = components(keys.height, pl.concat(left).to_numpy(), pl.concat(right).to_numpy())
    return keys.drop("node").with_columns(pl.Series("part", label))


@dataclass(frozen=True)
class Quality:
    """Pairs of keys: true, sharing enough, linked, and linked and true."""

    true: int
    linkable: int
    linked: int
    right: int

    @property
    def precision(self) -> float:
        """Share of linked pairs that are true."""
        return self.right / max(self.linked, 1)

    @property
    def recall(self) -> float:
        """Share of true pairs that are linked."""
        return self.right / max(self.true, 1)

    @property
    def linkable_recall(self) -> float:
        """Share of the pairs that share enough that are linked."""
        return self.right / max(self.linkable, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall over pairs that share enough."""
        both = self.precision + self.linkable_recall
        return 2 * self.precision * self.linkable_recall / both if both else 0.0


def quality(keys: pl.DataFrame, one: tuple[str, ...], other: tuple[str, ...]) -> Quality:
    """Return how well pairs of keys of `one` and `other` feeds are linked.

    Args:
        keys: ``source, person_truth_id, part, person_id``.
        one: Feeds.
        other: The same feeds, or others.
    """
    return Quality(
        _pairs(keys, ["person_truth_id"], one, other),
        _pairs(keys, ["person_truth_id", "part"], one, other),
        _pairs(keys, ["person_id"], one, other),
        _pairs(keys, ["person_truth_id", "person_id"], one, other),
    )


def _pairs(
    keys: pl.DataFrame, together: list[str], one: tuple[str, ...], other: tuple[str, ...]
) -> int:
    counted = keys.group_by(together).agg(
        pl.col("source").is_in(one).sum().cast(pl.Int64).alias("a"),
        pl.col("source").is_in(other).sum().cast(pl.Int64).alias("b"),
    )
    a, b = pl.col("a"), pl.col("b")
    pairs = a * (a - 1) // 2 if one == other else a * b
    return counted.select(pairs.sum()).item()


def by_group(keys: pl.DataFrame, person: pl.DataFrame, pairs: str) -> dict[str, dict[str, Quality]]:
    """Return the quality of some pairs of feeds by race or ethnicity, surnames and programs."""
    flags = ("is_economically_disadvantaged", "is_foster", "is_homeless")
    described = keys.join(
        person.select(
            "person_truth_id",
            pl.col("race_ethnicity_code").alias("race or ethnicity"),
            pl.when(pl.col("last_name").str.contains(" "))
            .then(pl.lit("two or particle"))
            .otherwise(pl.lit("one"))
            .alias("surnames"),
            pl.col("gender_code").alias("gender"),
            *flags,
        ),
        on="person_truth_id",
    )
    return {
        by: {
            str(value): quality(part, *PAIRS[pairs])
            for (value,), part in sorted(described.partition_by(by, as_dict=True).items())
        }
        for by in ("race or ethnicity", "surnames", "gender", *flags)
    }


def twins_merged(keys: pl.DataFrame, person: pl.DataFrame) -> tuple[int, int]:
    """Return how many pairs of twins there are, and how many have keys in one person."""
    twins = person.drop_nulls("twin_of").select("person_truth_id", "twin_of")
    ids = keys.select("person_truth_id", "person_id").unique()
    pairs = twins.join(ids, on="person_truth_id").join(
        ids, left_on="twin_of", right_on="person_truth_id", suffix="_of_twin"
    )
    merged = pairs.filter(pl.col("person_id") == pl.col("person_id_of_twin"))
    return pairs["person_truth_id"].n_unique(), merged["person_truth_id"].n_unique()


def relink(home: Path, full: bool = True, environment: Mapping[str, str] | None = None) -> Usage:
    """Link a home in a process of its own; return what it took."""
    command = [sys.executable, "-c", _RUN.format(full=full)]
    return measure(command, home, environment=environment)


def identities_of(settings: Settings) -> Identities:
    """Return the identities that linkage compared in a home, and which keys have them."""
    store = Store(settings.identity)
    return Identities(store.scan("identity").collect(), store.scan("identity_key").collect())


def shown(usage: Usage) -> str:
    """Return seconds and memory as text."""
    return (
        f"{usage.seconds:.1f} s ({usage.cpu_seconds:.1f} s of processors), "
        f"{usage.megabytes / 1e3:.2f} GB"
    )


def report(title: str, keys: pl.DataFrame, person: pl.DataFrame) -> list[Table]:
    """Return tables of a crosswalk's quality."""
    columns = ("pairs", "true", "share enough", "precision", "recall", "of those that share", "F1")
    table = Table(*columns, title=title)
    for name, feeds in {**PAIRS, "all": ALL}.items():
        table.add_row(name, *_cells(quality(keys, *feeds)))
    twins, merged = twins_merged(keys, person)
    table.caption = f"twins: {twins:,} pairs, {merged:,} merged ({merged / max(twins, 1):.2%})"
    tables = [table]
    for pairs in ("K-12 to college", "K-12 to wage"):
        groups = Table(*columns, title=f"{title}: {pairs} by group")
        for by, values in by_group(keys, person, pairs).items():
            for value, measured in values.items():
                groups.add_row(f"{by} {value}", *_cells(measured))
        tables.append(groups)
    return tables


def _cells(of: Quality) -> list[str]:
    shares = (of.precision, of.recall, of.linkable_recall, of.f1)
    return [f"{of.true:,}", f"{of.linkable:,}", *(f"{share:.4f}" for share in shares)]


def main() -> None:
    """Relink, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="data home with truth/")
    parser.add_argument("--state", type=Path, help="make the home of what sample_data wrote here")
    parser.add_argument("--no-baseline", action="store_true", help="leave the baseline out")
    parser.add_argument(
        "--no-relink", action="store_true", help="judge the crosswalk that is there"
    )
    args = parser.parse_args()
    console = Console(width=110)
    settings = Settings(home=args.home)
    if args.state:
        identities.write(args.state, args.home)
    if not args.no_relink:
        console.print(f"full relink: {shown(relink(args.home))}")
    person = pl.read_parquet(args.home / "truth" / "person.parquet")
    truth = with_parts(key_truth(args.home), identities_of(settings))
    crosswalk = pl.read_parquet(settings.crosswalk)
    console.print(*report("Splink", truth.join(crosswalk, on=KEY), person))
    if not args.no_baseline:
        start = time.perf_counter()
        plain = deterministic.link(deterministic.read_identities(settings))
        console.print(f"deterministic: {time.perf_counter() - start:.1f} s")
        console.print(*report("Deterministic", truth.join(plain, on=KEY), person))


if __name__ == "__main__":
    main()
