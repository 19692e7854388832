"""A data home of version 0.1 in today's form.

Its ledger says what `_made.json` files said, and accepted rows have their `record_id`.

Lives here: what is read once and then deleted. Does not: anything of a home made since.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.home.files import remove, write_parquet
from pipelines.home.snapshot import COPIES, STATE
from pipelines.intake import ledger
from pipelines.intake.deidentify import SCHEMA_FILE, accepted_schema
from pipelines.intake.tokens import RECORD_ID, record_ids
from pipelines.settings import Settings
from schemas import FEEDS, Feed
from schemas.ledger import OUTPUT

_MADE = "_made.json"


def upgrade(settings: Settings) -> None:
    """Take over what an older version wrote down; without such a record, do nothing.

    Whoever calls it is the one writer of the data home. After a crash it begins anew.
    """
    root = settings.ledger
    if root.exists() and not (root / STATE).exists():
        _mend(root)
        for path in sorted(root.glob("delivery/*/period=*.parquet")):
            feed, period = path.parent.name, path.stem.removeprefix("period=")
            made = _read(settings.accepted / feed / path.stem / _MADE)
            rows = ledger.read(root, "delivery", feed, period).to_dicts()
            records = [row if row["gate_version"] else row | _made_of(row, made) for row in rows]
            table = pl.DataFrame(records, ledger.DELIVERY_SCHEMA)
            ledger.write(root, "delivery", feed, period, table)
        ledger.snapshot(root).commit()
    for path in settings.accepted.glob(f"*/period=*/{_MADE}"):
        remove(path)
    for feed in FEEDS.values():
        schema = settings.accepted / feed.name / SCHEMA_FILE
        if not schema.parent.exists():
            continue
        if not schema.exists() or RECORD_ID not in pl.read_parquet_schema(schema):
            _add_record_ids(settings, feed)
            write_parquet(accepted_schema(feed), schema)


def _add_record_ids(settings: Settings, feed: Feed) -> None:
    """Give accepted rows of a feed their ids: the gate does not judge closed periods again."""
    for path in sorted((settings.ledger / "delivery" / feed.name).glob("period=*.parquet")):
        period = path.stem.removeprefix("period=")
        of = (settings.ledger, "delivery", feed.name, period)
        rows = ledger.read(*of).to_dicts()
        for row in rows:
            row["outputs"] = row["outputs"] and [
                _with_record_ids(settings, feed, period, one) for one in row["outputs"]
            ]
        ledger.write(*of, pl.DataFrame(rows, ledger.DELIVERY_SCHEMA))
    ledger.snapshot(settings.ledger).commit()


def _with_record_ids(
    settings: Settings, feed: Feed, period: str, output: ledger.Output
) -> ledger.Output:
    """Return what an accepted file holds, with ids; of another file, or a damaged one, as it is."""
    name, submitter, *_ = output.values()
    path = settings.root / name
    if not path.is_relative_to(settings.accepted) or not path.exists():
        return output
    try:
        has_ids = RECORD_ID in pl.read_parquet_schema(path)
    except pl.exceptions.PolarsError:
        return output
    # A file that has ids already is one that a dead run left.
    if not has_ids:
        if not ledger.is_intact(settings.root, output):
            return output
        rows = pl.read_parquet(path, hive_partitioning=False)
        ids = record_ids(rows.with_columns(period=pl.lit(period)), feed.name, settings.key())
        write_parquet(rows.with_columns(ids), path)
    return ledger.output(settings.root, path, submitter)


def _mend(root: Path) -> None:
    """Put back what is gone or damaged, from copies as version 0.1 held them."""
    for copy in root.glob(f"{COPIES}/*/*/period=*.parquet"):
        path = root / copy.relative_to(root / COPIES)
        try:
            pl.read_parquet_schema(path)
        except (FileNotFoundError, pl.exceptions.PolarsError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copy2(copy, path)


def _made_of(row: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a record that version 0.1 held in `_made.json`."""
    accepted = made.get("taken", {}).get(row["submitter"], {})
    refused = made.get("refused", {}).get(row["file_name"], {})
    if row["is_current"] and accepted.get("sha256") == row["delivery_sha256"]:
        outputs = [
            (path, row["submitter"], *(stat or (None, None, None)))
            for path, stat in accepted["files"].items()
        ]
        outputs = [dict(zip(OUTPUT.to_schema(), one, strict=True)) for one in outputs]
        return {"gate_version": accepted["under"], "outputs": outputs}
    if refused.get("sha256") == row["delivery_sha256"]:
        return {"gate_version": refused["under"]}
    return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
