"""Encoding a file before it is delivered: what a submitter runs who sends no names.

Lives here: judging a file, encoding its good rows, listing those left out. Does not: how a value is
encoded (`pipelines.intake.encode`).
"""

import json
from dataclasses import dataclass
from pathlib import Path

from pipelines.feedback.precheck import read_here
from pipelines.home.files import remove, replacing
from pipelines.intake.deliveries import ENCODED
from pipelines.intake.encode import LAYOUT, METADATA, encode, fingerprint
from pipelines.intake.validate import MESSAGES, REASONS, judge
from pipelines.settings import Settings
from schemas import Feed
from schemas.contract import PROVENANCE
from schemas.encoded import contract_version

# Folder of the lists of rows that were left out; row 1 is the header.
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class EncodedFile:
    """An encoded file.

    Attributes:
        path: Where it is.
        rows: Rows encoded.
        left_out: Rows left out.
        reasons: How many, by rule.
        listed_in: A file with the row number and rule of each that was left out; None for none.
    """

    path: Path
    rows: int
    left_out: int
    reasons: dict[str, int]
    listed_in: Path | None


def encode_file(settings: Settings, path: Path, feed: Feed) -> EncodedFile:
    """Check a delivery against its contract and write its good rows, encoded, beside it.

    Rows left out are listed in a folder beside it, where a landing folder has no deliveries.

    Raises:
        FileRefused: The file is not the feed's.
    """
    delivery, text = read_here(settings, path, feed, None)
    verdict, key = judge(text, feed), settings.shared_key()
    rows = encode(verdict.accepted.drop(PROVENANCE), feed, key)
    left_out = verdict.quarantined.height
    note = {
        "layout": LAYOUT,
        "feed": feed.name,
        "contract": contract_version(feed),
        "key": fingerprint(key),
        "left_out": left_out,
    }
    encoded = path.with_name(f"{delivery.submitter}{ENCODED}.parquet")
    with replacing(encoded) as partial:
        rows.write_parquet(partial, metadata={METADATA: json.dumps(note)})
    listed_in = path.parent / LEFT_OUT / f"{delivery.submitter}.csv"
    if left_out:
        each = verdict.quarantined.select("row_number", REASONS, MESSAGES)
        with replacing(listed_in) as partial:
            each.explode(REASONS, MESSAGES).rename(
                {REASONS: "rule", MESSAGES: "message"}
            ).write_csv(partial)
    else:
        remove(listed_in)
    reasons = verdict.quarantined[REASONS].explode().value_counts(sort=True)
    return EncodedFile(
        encoded, rows.height, left_out, dict(reasons.iter_rows()), listed_in if left_out else None
    )
