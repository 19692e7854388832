"""Files of a synthetic state that the gate rejects, and files that arrive again later.

Lives here: what is wrong with each bad file, and late arrivals. Does not: corrupted rows (`dirt`),
writing (`write`). Bad files come from registered submitters that deliver nothing else; their rows
are copies of others'.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import polars as pl

from sample_data.delivery.reporting import LAYOUTS
from sample_data.draws import Draws
from sample_data.world.places import World

# Makes a file of a dozen rows; the bytes are noise.
Make = Callable[[pl.DataFrame, bytes], bytes]


@dataclass(frozen=True)
class BadFile:
    """A file that the gate rejects, with its defect and the file rules it breaks."""

    feed: str
    period: str
    submitter: str
    suffix: str
    content: bytes
    defect: str
    rules: tuple[str, ...]


def _csv(table: pl.DataFrame) -> bytes:
    return table.write_csv().encode()


def _truncated_parquet(table: pl.DataFrame, _: bytes) -> bytes:
    whole = BytesIO()
    table.write_parquet(whole)
    return whole.getvalue()[:-400]


def _truncated_csv(table: pl.DataFrame, _: bytes) -> bytes:
    # Cut in the middle of its last row, as a transfer that broke off.
    lines = _csv(table).rstrip(b"\n")
    return lines[: lines.rindex(b",", 0, -12)]


def _malformed_row(table: pl.DataFrame, _: bytes) -> bytes:
    header, *rows = _csv(table).splitlines()
    return b"\n".join([header, *(row + b",extra" for row in rows), b""])


# Feed, number of the silent district (None for the silent college), defect, rules, file.
_DEFECTS: tuple[tuple[str, int | None, str, tuple[str, ...], Make], ...] = (
    ("k12_pathway", 0, "noise", ("unreadable",), lambda _, noise: noise),
    ("k12_pathway", 1, "extra_column", ("unexpected_column",),
     lambda table, _: _csv(table.with_columns(teacher_of_record=pl.lit("T-104")))),
    ("k12_pathway", 4, "truncated_parquet", ("unreadable",), _truncated_parquet),
    ("k12_enrollment", 1, "wrong_encoding", ("encoding",),
     lambda table, _: _csv(table).decode().encode("latin-1", errors="replace")),
    ("k12_enrollment", 2, "wrong_period", ("wrong_period",), lambda table, _: _csv(table)),
    ("k12_enrollment", 3, "truncated_csv", ("malformed_row",), _truncated_csv),
    ("k12_enrollment", 5, "no_header", ("missing_column",),
     lambda table, _: _csv(table).split(b"\n", 1)[1]),
    ("work_based_learning", 2, "header_only", ("empty",), lambda table, _: _csv(table.clear())),
    ("work_based_learning", 3, "empty_file", ("empty",), lambda *_: b""),
    ("dual_enrollment", None, "malformed_row", ("malformed_row",), _malformed_row),
    ("credential", None, "missing_column", ("missing_column",),
     lambda table, _: _csv(table.drop("credential_title"))),
    ("college_enrollment", None, "renamed_column", ("missing_column", "unexpected_column"),
     lambda table, _: _csv(table.rename({"units_attempted": "units_att"}))),
)  # fmt: skip
_IN_PARQUET = ("noise", "truncated_parquet")


def bad_files(world: World, delivered: dict[str, pl.DataFrame]) -> list[BadFile]:
    """Return one bad file for each file defect, from submitters that deliver nothing else.

    Args:
        world: The state.
        delivered: Reported rows to copy from, by feed.
    """
    if world.control.dirt == "none":
        return []
    noise = Draws(world.control.seed, "bad files", np.arange(64)).bits("noise").tobytes()
    bad = []
    for feed, district, defect, rules, make in _DEFECTS:
        submitter = (
            world.silent_college_id if district is None else world.silent_district_ids[district]
        )
        periods = delivered[feed]["_period"].unique().sort().to_list()
        middle = len(periods) // 2
        rows = delivered[feed].filter(pl.col("_period") == periods[middle])
        content = make(_as_of(rows, feed, submitter), noise)
        period = periods[middle + (defect == "wrong_period")]
        suffix = ".parquet" if defect in _IN_PARQUET else ".csv"
        names = tuple(f"file:{rule}" for rule in rules)
        bad.append(BadFile(feed, period, submitter, suffix, content, defect, names))
    return bad


def _as_of(sample: pl.DataFrame, feed: str, submitter: str) -> pl.DataFrame:
    """Return a dozen rows, those with accents first, as if `submitter` had sent them."""
    table = sample.select(LAYOUTS[feed])
    if "last_name" in table.columns:
        accented = pl.col("last_name").str.contains(r"[^\x00-\x7F]")
        table = table.sort(accented, descending=True, maintain_order=True)
    table = table.head(12)
    if "district_id" not in table.columns:
        return table.with_columns(institution_id=pl.lit(submitter))
    return table.with_columns(
        district_id=pl.lit(submitter),
        school_id=pl.lit(submitter) + pl.col("school_id").str.slice(7),
    )


@dataclass(frozen=True)
class Late:
    """A file that arrives again later.

    Attributes:
        defect: late_correction (the first delivery lacks rows), schema_drift (the first one is laid
            out otherwise, and refused) or duplicate_delivery (the same bytes again).
        rules: File rules the first delivery breaks.
    """

    feed: str
    period: str
    submitter: str
    defect: str
    rules: tuple[str, ...] = ()


def late(world: World) -> list[Late]:
    """Return what arrives again after the first deliveries: one of each kind."""
    control = world.control
    if control.dirt == "none":
        return []
    year = control.first_ninth_grade_year + control.cohorts - 1
    period = f"{year}-{(year + 1) % 100:02d}"
    smallest, next_one = world.smallest_districts
    drift = ("file:missing_column", "file:unexpected_column")
    return [
        Late("k12_enrollment", period, smallest, "late_correction"),
        Late("work_based_learning", period, world.largest_district, "schema_drift", drift),
        Late("k12_enrollment", period, next_one, "duplicate_delivery"),
    ]


def first_delivery(of: Late, content: bytes) -> bytes:
    """Return what was delivered before the late file came."""
    header, *lines = content.splitlines(keepends=True)
    if of.defect == "late_correction":
        return header + b"".join(lines[: max(1, len(lines) * 4 // 5)])
    if of.defect == "schema_drift":
        renamed = header.replace(b"wbl_hours", b"hours_worked").rstrip() + b",placement_id\n"
        return renamed + b"".join(line.rstrip() + b",P1\n" for line in lines)
    return content
