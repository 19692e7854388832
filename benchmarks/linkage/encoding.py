"""What encoding costs linkage: `python -m benchmarks.linkage.encoding --state DIR --home DIR`.

Lives here: a synthetic state gated and linked twice, with colleges' files in the open and encoded,
and the speed of encoding. Does not: any assertion.

Keys of both crosswalks are the same, so that pairs that share enough are those of the open one.
"""

import argparse
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rich.console import Console

from benchmarks.base import gate
from benchmarks.linkage import identities
from benchmarks.linkage.__main__ import (
    COLLEGE,
    KEY,
    identities_of,
    key_truth,
    relink,
    report,
    shown,
    with_parts,
)
from pipelines.feedback.encode_file import encode_file
from pipelines.intake.readers.base import FileRefused
from pipelines.settings import Settings
from schemas import FEEDS

# One key for both homes: their tokens, and with them their keys, are equal.
KEYS = {"PATHWAYS_TOKEN_KEY": "benchmark" * 4, "PATHWAYS_ENCODING_KEY": "shared" * 6}


@dataclass(frozen=True)
class Encoding:
    """Rows encoded, the seconds it took, and rows left out."""

    rows: int
    seconds: float
    left_out: int


def landing(state: Path, home: Path) -> None:
    """Put a state's files in a home's landing folder, and its truth beside it."""
    for name in ("landing", "truth"):
        if not (home / name).exists():
            shutil.copytree(state / name, home / name)


def encode_colleges(settings: Settings) -> Encoding:
    """Put an encoded file in place of each of the colleges' files."""
    rows, seconds, left_out = 0, 0.0, 0
    for feed in COLLEGE:
        for path in sorted((settings.landing / feed).glob("*/*.*")):
            if path.name.endswith(".encoded.parquet"):
                continue
            start = time.perf_counter()
            try:
                encoded = encode_file(settings, path, FEEDS[feed])
            except FileRefused:
                continue
            seconds += time.perf_counter() - start
            rows, left_out = rows + encoded.rows, left_out + encoded.left_out
            path.unlink()
    return Encoding(rows, seconds, left_out)


def deliver(state: Path, settings: Settings, as_encoded: bool, console: Console) -> None:
    """Take a state's files through the gate, colleges' files encoded or not."""
    landing(state, settings.root)
    if as_encoded:
        encoded = encode_colleges(settings)
        console.print(
            f"encoded {encoded.rows:,} rows in {encoded.seconds:.1f} s "
            f"({encoded.rows / max(encoded.seconds, 0.1):,.0f}/s), {encoded.left_out:,} left out"
        )
    gate(settings)


def main() -> None:
    """Gate, link, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="home that sample_data wrote")
    parser.add_argument("--home", type=Path, required=True, help="folder for the two homes")
    parser.add_argument(
        "--no-gate",
        action="store_true",
        help="encode distinct persons, as `identities`",
    )
    args = parser.parse_args()
    console = Console(width=110)
    os.environ.update(KEYS)
    homes = {mode: Settings(home=args.home / mode) for mode in ("open", "encoded")}
    for mode, settings in homes.items():
        settings.root.mkdir(parents=True, exist_ok=True)
        if args.no_gate:
            identities.write(args.state, settings.root, COLLEGE if mode == "encoded" else ())
        else:
            deliver(args.state, settings, mode == "encoded", console)
        console.print(f"{mode}: full relink {shown(relink(settings.root))}")
    truth = with_parts(key_truth(homes["open"].root), identities_of(homes["open"]))
    person = pl.read_parquet(args.state / "truth" / "person.parquet")
    # Rows that only one mode takes, such as those left out when encoding, are no loss of linkage.
    both = truth
    for settings in homes.values():
        both = both.join(pl.read_parquet(settings.crosswalk, columns=KEY), on=KEY, how="semi")
    for mode, settings in homes.items():
        crosswalk = both.join(pl.read_parquet(settings.crosswalk), on=KEY)
        console.print(*report(mode.capitalize(), crosswalk, person))


if __name__ == "__main__":
    main()
