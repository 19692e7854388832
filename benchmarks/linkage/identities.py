"""A synthetic state's identities without its gate, so that linkage can be measured at any size.

Lives here: `identity/` and the true person of each key, made from a generator's files with the
gate's own readers of values and its tokens. Does not: any rule. Rows and files that the truth says
are broken are left out, which are those the gate rejects.

A state that passed the gate has the same identity files, byte for byte: `--compare HOME` says so.
"""

import argparse
import os
import resource
import time
from collections.abc import Collection
from pathlib import Path

import polars as pl
from rich.console import Console

from pipelines.home.files import write_parquet
from pipelines.intake.deidentify import ENCODED_PARTS, PLAIN, TOKENS, identities, with_tokens
from pipelines.intake.deliveries import landed_periods
from pipelines.intake.encode import encode
from pipelines.intake.validate import parse
from pipelines.settings import Settings
from schemas import Feed
from schemas.encoded import encoded

# Columns of identities.
STORED = ["person", "source_person_key", *TOKENS, *dict.fromkeys([*PLAIN, *ENCODED_PARTS])]
ROW = ["period", "submitter", "row_number"]
# Where the true person of each key is written.
KEY_TRUTH = "key.parquet"


def columns(feed: Feed) -> list[str]:
    """Return the columns that identify a person, in a feed's order."""
    names = {*feed.person_key, *feed.identifying, *PLAIN}
    return [name for name in feed.dtypes if name in names]


def broken_rows(state: Path) -> pl.DataFrame:
    """Return the rows and files of landing that break a rule, by the truth."""
    broken = pl.read_parquet(state / "truth" / "corruptions.parquet").drop_nulls("rule")
    return broken.filter(pl.col("arrival") == "landing")


def delivered(
    state: Path, feed: Feed, period: str, broken: pl.DataFrame, more: tuple[str, ...] = ()
) -> pl.DataFrame:
    """Return a period's good rows in `columns`, with period, submitter and row number.

    Args:
        state: Where the generator wrote.
        feed: The feed.
        period: The period.
        broken: As `broken_rows`.
        more: Further columns.
    """
    mine = broken.filter((pl.col("feed") == feed.name) & (pl.col("period") == period))
    refused = set(mine.filter(pl.col("row_number").is_null())["submitter"])
    files = [
        path
        for path in sorted((state / "landing" / feed.name / period).iterdir())
        if path.stem not in refused
    ]
    names = [*columns(feed), *more]
    text = [pl.col(name).cast(pl.String).str.strip_chars().replace("", None) for name in names]
    of_file = pl.col("path").str.extract(r"([^/\\]+)\.\w+$")
    parts = [
        scan([path for path in files if path.suffix == ending])
        .select(
            *text,
            of_file.alias("submitter"),
            pl.lit(period).alias("period"),
            # The header is row 1 of a file.
            (pl.int_range(pl.len(), dtype=pl.Int64).over("path") + 2).alias("row_number"),
        )
        .collect()
        for ending, scan in (
            (".csv", lambda p: pl.scan_csv(p, infer_schema=False, include_file_paths="path")),
            (".parquet", lambda p: pl.scan_parquet(p, include_file_paths="path")),
        )
        if any(path.suffix == ending for path in files)
    ]
    rows = mine.drop_nulls("row_number").select("submitter", "row_number")
    return (
        pl.concat(parts)
        .join(rows, on=["submitter", "row_number"], how="anti")
        .with_columns(parse(name, feed.dtypes[name]) for name in names)
    )


def write_feed(
    state: Path, settings: Settings, feed: Feed, broken: pl.DataFrame, as_encoded: bool = False
) -> pl.DataFrame:
    """Write a feed's identity files; return its keys and the person most of their rows are of.

    Each distinct person of the feed's files gets tokens once.

    Args:
        state: Where the generator wrote.
        settings: Names the home to write to.
        feed: The feed.
        broken: Rows and files that break a rule.
        as_encoded: Whether its submitters encode what they deliver.
    """
    names, form = columns(feed), encoded(feed) if as_encoded else feed
    truth = pl.scan_parquet(state / "truth" / "record" / f"{feed.name}.parquet")
    known = pl.DataFrame(schema={"person": pl.UInt64})
    counted: list[pl.DataFrame] = []
    for period in landed_periods(state / "landing", feed):
        rows = delivered(state, feed, period, broken)
        rows = rows.with_columns(rows.select(names).hash_rows().alias("person"))
        new = rows.unique("person").filter(~pl.col("person").is_in(known["person"].implode()))
        people = new.select(names)
        if as_encoded:
            others = [pl.lit(None).alias(name) for name in feed.dtypes if name not in names]
            people = encode(people.with_columns(others), feed, settings.shared_key())
        people = with_tokens(people, form, settings.key(), settings.shared_key()).with_columns(
            new["person"]
        )
        stored = [name for name in STORED if name in people.columns]
        known = pl.concat([known, people.select(stored)], how="diagonal", rechunk=False)
        rows = rows.select("person", *ROW)
        identified = rows.unique(["submitter", "person"]).join(known, on="person")
        path = settings.identity / feed.name / f"period={period}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        identities(identified, form).drop("period").write_parquet(path)
        of_period = truth.filter(pl.col("period") == period).select(*ROW, "person_truth_id")
        counted.append(
            rows.join(of_period.collect(), on=ROW).group_by("person", "person_truth_id").len()
        )
        counted = [_added(counted)]
    whole = _added(counted).join(known.select("person", "source_person_key"), on="person")
    return true_persons(feed.name, whole)


def _added(counted: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(counted).group_by("person", "person_truth_id").agg(pl.col("len").sum())


def true_persons(feed: str, counted: pl.DataFrame) -> pl.DataFrame:
    """Return the person that most rows of each key are of: ``source`` and both.

    Args:
        feed: The feed.
        counted: ``source_person_key, person_truth_id, len``.
    """
    return (
        counted.group_by("source_person_key", "person_truth_id")
        .agg(pl.col("len").sum())
        .sort("len", "person_truth_id", descending=[True, False])
        .unique("source_person_key", keep="first", maintain_order=True)
        .select(pl.lit(feed).alias("source"), "source_person_key", "person_truth_id")
    )


def write(
    state: Path,
    home: Path,
    as_encoded: Collection[str] = (),
    settings: Settings | None = None,
) -> None:
    """Give a home a state's identities, its truth, and the true person of each key.

    Args:
        state: Where the generator wrote.
        home: The data home.
        as_encoded: Feeds whose submitters encode what they deliver.
        settings: The home's, where they are not those of the environment.
    """
    settings = settings or Settings(home=home)
    settings.root.mkdir(parents=True, exist_ok=True)
    if not (home / "truth").exists():
        (home / "truth").symlink_to((state / "truth").resolve())
    broken = broken_rows(state)
    keys = [
        write_feed(state, settings, feed, broken, name in as_encoded)
        for name, feed in settings.feeds.items()
        if feed.person_key
    ]
    write_parquet(pl.concat(keys), home / KEY_TRUTH)


def differing(one: Path, other: Path) -> list[str]:
    """Return the identity files that are not the same, byte for byte, in two homes."""
    files = [
        {
            str(path.relative_to(home / "identity")): path
            for path in (home / "identity").glob("*/period=*.parquet")
        }
        for home in (one, other)
    ]
    names = sorted(files[0].keys() | files[1].keys())
    return [
        name
        for name in names
        if not all(name in of for of in files)
        or files[0][name].read_bytes() != files[1][name].read_bytes()
    ]


def main() -> None:
    """Write, and compare if asked to."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.linkage.identities", description=__doc__
    )
    parser.add_argument("--state", type=Path, required=True, help="where sample_data wrote")
    parser.add_argument("--home", type=Path, required=True, help="data home to write to")
    parser.add_argument("--compare", type=Path, help="home of the same state that was gated")
    given = parser.parse_args()
    if given.compare:
        os.environ["PATHWAYS_TOKEN_KEY"] = (given.compare / "token_key").read_text().strip()
    start = time.perf_counter()
    write(given.state, given.home)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    console = Console(width=110)
    console.print(f"identities: {time.perf_counter() - start:.1f} s, {peak:.2f} GB")
    if given.compare:
        names = differing(given.home, given.compare)
        console.print(f"files that differ from the gated home: {len(names):,}", *names[:10])


if __name__ == "__main__":
    main()
