"""A written state in agencies' layouts: contract files become theirs, from the same rows.

Lives here: which files, and what stays as it is. Does not: a layout (the modules beside), which are
written from the agencies' pages and not from `schemas`, so that the two are held to each other.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from sample_data.agencies import calpads, mis, studenttracker, wage_record

Files = Mapping[str, str]
# The files of one submitter and period, from its rows by feed.
Write = Callable[[Mapping[str, pl.DataFrame]], Files]

# Feeds of each layout, types of the institutions that have it (all where empty), and how.
LAYOUTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Write]] = {
    "calpads": (("k12_enrollment", "k12_pathway", "work_based_learning"), (), calpads.files),
    "mis": (
        ("college_enrollment", "dual_enrollment", "credential"), ("COMMUNITY_COLLEGE",), mis.files
    ),
    "studenttracker": (
        ("college_enrollment", "credential"), ("UNIVERSITY",), studenttracker.files
    ),
    "wage_record": (("wage",), (), wage_record.files),
}  # fmt: skip
# Who asks for a detail report, of all colleges at once.
CLEARINGHOUSE = "clearinghouse"


def rewrite(out: Path, name: str) -> int:
    """Put a layout's files in the place of contract files, and return how many there are now.

    Args:
        out: A state that `generate` wrote as CSV without dirt.
        name: The layout.
    """
    feeds, types, write = LAYOUTS[name]
    members = _institutions(out, types) if types else None
    written = 0
    for arrival in ("landing", "late"):
        rows: dict[tuple[str, str], dict[str, pl.DataFrame]] = {}
        for path in sorted((out / arrival).glob("*/*/*.csv")):
            feed, period = path.parts[-3:-1]
            if feed not in feeds or (members is not None and path.stem not in members):
                continue
            submitter = CLEARINGHOUSE if name == "studenttracker" else path.stem
            of_place = rows.setdefault((period, submitter), {})
            frame = pl.read_csv(path, infer_schema=False)
            of_place[feed] = pl.concat([of_place[feed], frame]) if feed in of_place else frame
            path.unlink()
        for (period, submitter), of_feeds in rows.items():
            folder = out / arrival / name / period / submitter
            for file, text in write(of_feeds).items():
                folder.mkdir(parents=True, exist_ok=True)
                (folder / file).write_text(text, newline="")
                written += 1
    return written


def _institutions(out: Path, types: tuple[str, ...]) -> set[str]:
    files = sorted((out / "landing" / "institution").glob("*/*.csv"))
    rows = pl.concat(pl.read_csv(path, infer_schema=False) for path in files)
    return set(rows.filter(pl.col("institution_type_code").is_in(types))["institution_id"])
