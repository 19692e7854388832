"""A data home of version 0.1 in today's form: its ledger says what `_made.json` files said.

Lives here: what is read once and then deleted. Does not: anything of a home made since.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.home.files import remove
from pipelines.home.snapshot import COPIES, STATE
from pipelines.intake import ledger
from pipelines.settings import Settings
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
