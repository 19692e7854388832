"""A data home of an earlier version in today's form.

Its ledger says what `_made.json` files said, accepted rows have their `record_id`, and a feed's
period is one file where each submitter had one.

Lives here: what is read once and then deleted. Does not: anything of a home made since.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.home.files import Fingerprint, remove, write_parquet
from pipelines.home.snapshot import COPIES, STATE
from pipelines.home.staged import finish, recover, stage
from pipelines.intake import ledger
from pipelines.intake.deidentify import SCHEMA_FILE, accepted_schema
from pipelines.intake.tokens import RECORD_ID, record_ids
from pipelines.settings import Settings
from schemas import FEEDS, Feed
from schemas.ledger import OUTPUT

_MADE = "_made.json"


def upgrade(settings: Settings) -> None:
    """Take over what an older version wrote down, or a dead run; without any, do nothing.

    Whoever calls it is the one writer of the data home. After a crash it begins anew.
    """
    root = settings.ledger
    recover(_roots(settings), "*/period=*.parquet", lambda: ledger.files(settings.root, root))
    if root.exists() and not (root / STATE).exists():
        _mend(root)
        for path in sorted(root.glob("delivery/*/period=*.parquet")):
            feed, period = path.parent.name, path.stem.removeprefix("period=")
            outputs = _read(settings.accepted / feed / path.stem / _MADE)
            rows = ledger.read(root, "delivery", feed, period).to_dicts()
            records = [row if row["gate_version"] else row | _made_of(row, outputs) for row in rows]
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
    _join_periods(settings)


def _roots(settings: Settings) -> tuple[Path, ...]:
    return (settings.quarantine, settings.identity, settings.accepted)


def _join_periods(settings: Settings) -> None:
    """Join the files that submitters had in the folder of a period."""
    folders = [path for root in _roots(settings) for path in root.glob("*/period=*/")]
    periods = {(path.parent.name, path.name.removeprefix("period=")) for path in folders}
    for feed, period in sorted(periods):
        _join(settings, feed, period)
    if periods:
        ledger.snapshot(settings.ledger).commit()
    for path in folders:
        shutil.rmtree(path)


def _join(settings: Settings, feed: str, period: str) -> None:
    paths = [root / feed / f"period={period}.parquet" for root in _roots(settings)]
    of = (settings.ledger, "delivery", feed, period)
    rows = ledger.read(*of).to_dicts()
    names = {str(path.relative_to(settings.root)) for path in paths}
    if any(one["path"] in names for row in rows for one in row["outputs"] or []):
        return
    intact = ledger.intact(settings.root, rows)
    current = [row for row in rows if row["is_current"]]
    good = {r["submitter"] for r in current if r["outputs"] is None or r["submitter"] in intact}
    files = {path: stage(_joined(path.with_suffix(""), good), path) for path in paths}
    for row in current:
        name = row["submitter"]
        # What is damaged stays so: it is validated again from landing, or named.
        of_row = files if name in good else dict.fromkeys(paths, Fingerprint(0, 0, ""))
        row["outputs"] = [ledger.output(settings.root, path, name, of_row[path]) for path in paths]
    ledger.write(*of, pl.DataFrame(rows, ledger.DELIVERY_SCHEMA))
    for path in paths:
        finish(path)


def _joined(folder: Path, submitters: set[str]) -> pl.DataFrame | None:
    """Return the rows of some submitters' files, and whose they are; None without any file."""
    files = [path for path in sorted(folder.glob("*.parquet")) if path.stem in submitters]
    parts = [
        pl.read_parquet(path, hive_partitioning=False).with_columns(submitter=pl.lit(path.stem))
        for path in files
    ]
    if not parts:
        return None
    return pl.concat(parts, how="diagonal").sort("submitter", maintain_order=True)


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
    return ledger.output(settings.root, path, submitter, Fingerprint.of(path))


def _mend(root: Path) -> None:
    """Put back what is gone or damaged, from copies as version 0.1 held them."""
    for copy in root.glob(f"{COPIES}/*/*/period=*.parquet"):
        path = root / copy.relative_to(root / COPIES)
        try:
            pl.read_parquet_schema(path)
        except (FileNotFoundError, pl.exceptions.PolarsError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copy2(copy, path)


def _made_of(row: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a record that version 0.1 held in `_made.json`."""
    accepted = stored.get("taken", {}).get(row["submitter"], {})
    refused = stored.get("refused", {}).get(row["file_name"], {})
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
