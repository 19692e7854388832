"""Files of a synthetic state: the landing folders and the truth.

Lives here: layout, encodings and line ends of files, row numbers, atomic writing. Does not: any
content. A file is written under another name and renamed, so a reader never meets half of one.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from sample_data.dirt import RULES, BadFile
from sample_data.feeds import LAYOUTS
from sample_data.truth import identifier

# Spreadsheet number of the first row of data: the header is row 1.
_FIRST_ROW = 2
# What real exports look like: some carry a byte-order mark, some end lines as Windows does.
_WITH_BOM = ("k12_enrollment", "credential")
_WITH_CRLF = ("k12_enrollment", "college_enrollment")


def atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file through `write` under a temporary name beside it, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    write(part)
    part.replace(path)


def landing(delivered: dict[str, pl.DataFrame], bad_files: Iterable[BadFile], out: Path) -> None:
    """Write every feed's files and the bad ones under ``<out>/landing``."""
    for feed, rows in delivered.items():
        parts = rows.partition_by("_period", "_submitter", maintain_order=True, as_dict=True)
        periods = list(dict.fromkeys(period for period, _ in parts))
        styled = set()
        for (period, submitter), part in parts.items():
            # The first file of a feed's first period has a mark, that of its second CRLF.
            at = periods.index(period) if period not in styled else -1
            styled.add(period)
            folder = out / "landing" / feed / str(period)
            table = part.select(LAYOUTS[feed])
            if feed == "wage":
                atomically(folder / f"{submitter}.parquet", table.write_parquet)
            else:
                bom, crlf = at == 0 and feed in _WITH_BOM, at == 1 and feed in _WITH_CRLF
                _csv(table, folder / f"{submitter}.csv", bom=bom, crlf=crlf)
    for bad in bad_files:
        path = out / "landing" / bad.feed / bad.period / f"{bad.submitter}{bad.suffix}"
        atomically(path, lambda part, content=bad.content: part.write_bytes(content))


def _csv(table: pl.DataFrame, path: Path, *, bom: bool, crlf: bool) -> None:
    end = "\r\n" if crlf else "\n"
    atomically(path, lambda part: table.write_csv(part, include_bom=bom, line_terminator=end))


def truth(
    person: pl.DataFrame,
    delivered: dict[str, pl.DataFrame],
    bad_files: Iterable[BadFile],
    out: Path,
) -> None:
    """Write ``<out>/truth``: person, record and corruptions.

    ``record`` has no rows for institutions, which are not persons, and none for bad files, whose
    rows are copies of others' and never enter.
    """
    position = pl.int_range(pl.len(), dtype=pl.Int64).over("_period", "_submitter")
    records, labels = [], []
    for feed, rows in delivered.items():
        numbered = rows.select(
            "_person",
            RULES,
            feed=pl.lit(feed),
            period="_period",
            submitter="_submitter",
            row_number=position + _FIRST_ROW,
        )
        records.append(numbered.filter(pl.col("_person").is_not_null()))
        labels.append(
            numbered.explode(RULES, empty_as_null=True).filter(pl.col(RULES).is_not_null())
        )
    record = pl.concat(records).with_columns(person_truth_id=identifier(pl.col("_person")))
    corruption = pl.concat(labels).with_columns(rule=RULES)
    where = ("feed", "period", "submitter", "row_number")
    files = pl.DataFrame(
        [(f.feed, f.period, f.submitter, None, rule) for f in bad_files for rule in f.rules],
        schema=record.select(*where).schema | {"rule": pl.String},
        orient="row",
    )
    tables = {
        "person": person,
        "record": record.select(*where, "person_truth_id"),
        "corruptions": pl.concat([corruption.select(*where, "rule"), files]),
    }
    for name, table in tables.items():
        atomically(out / "truth" / f"{name}.parquet", table.write_parquet)
