"""Rows that were delivered already: under another name, or for another period.

Lives here: keys that two submitters' files share, whole rows that two periods share. Does not:
equal bytes (`pipelines.intake.pending`), which deliveries are compared (`judgement`).
"""

from collections.abc import Iterator

import polars as pl

from pipelines.intake.ledger import Finding
from pipelines.intake.tokens import RECORD_ID
from schemas import Feed
from schemas.contract import PROVENANCE
from schemas.policy import POLICY

# Columns that say when, which a copy for another period has rewritten.
_WHEN = {"academic_year", "quarter", "term_id"}
# Rows of two periods below which equal ones are chance.
_LEAST_ROWS = 3


def names_no_submitter(feed: Feed) -> bool:
    """Return whether no rule of a feed holds its rows to the name of their file.

    Two agencies of an identity bridge may know one person: that is no copy.
    """
    return not (feed.is_for_linkage_alone or any(r.endswith(":submitter") for r in feed.rules))


def key_hashes(rows: pl.DataFrame, tokens: pl.DataFrame, feed: Feed) -> pl.Series:
    """Return a number for each accepted row that is equal where a feed's key is.

    Args:
        rows: Accepted rows without identifiers, of one delivery or, with their period and
            submitter, of several.
        tokens: ``source_person_key`` and tokens of these rows, as linkage reads them.
        feed: Their feed. A number of its key that identifies a person is compared by its token or,
            where linkage reads none, by the person.
    """
    of_key = {name: f"{name}_token" for name in feed.key if name not in rows.columns}
    missing = [token for token in of_key.values() if token in tokens.columns]
    if missing:
        on = [n for n in (*PROVENANCE, "source_person_key") if n in tokens.columns]
        known = tokens.select(*on, *missing).unique(on)
        rows = rows.join(known, on=on, how="left", maintain_order="left")
    compared = [of_key.get(name, name) for name in feed.key]
    return rows.select(
        name if name in rows.columns else pl.col("source_person_key").alias(name)
        for name in compared
    ).hash_rows()


def row_hashes(rows: pl.DataFrame) -> pl.Series:
    """Return a number for each accepted row that is equal where all but its period is."""
    return rows.select(pl.exclude([*PROVENANCE, RECORD_ID, *_WHEN])).hash_rows()


def under_two_names(
    now: pl.Series, others: dict[str, pl.Series], file_name: str
) -> Iterator[Finding]:
    """Yield the finding that a file has rows of another submitter's file.

    Args:
        now: Hashes of the keys of its rows.
        others: The same of other files for the period, by their names.
        file_name: Its name.
    """
    counts = {name: _common(now, hashes) for name, hashes in others.items()}
    if n := max(counts.values(), default=0):
        name = next(name for name, count in counts.items() if count == n)
        sentence = (
            f"{n:,} of the {now.len():,} rows of {file_name} are in {name} too, which counts. "
            "Remove one of the two files, or the rows from one."
        )
        yield Finding("held:same_rows", sentence, n >= POLICY.least_same_rows * now.len())


def for_two_periods(
    now: pl.Series, others: dict[str, pl.Series], file_name: str
) -> Iterator[Finding]:
    """Yield the finding that a file repeats the rows of another period, but for the period."""
    least = max(_LEAST_ROWS, POLICY.least_same_rows_of_period * now.len())
    for name, hashes in others.items():
        if (n := _common(now, hashes)) >= least:
            sentence = (
                f"{n:,} of the {now.len():,} rows of {file_name} are those of {name}, with another "
                "period. Deliver each row for its own period."
            )
            yield Finding("held:same_rows", sentence)
            return


def _common(now: pl.Series, other: pl.Series) -> int:
    return int(now.is_in(other.implode()).sum())
