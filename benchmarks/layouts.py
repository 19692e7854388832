"""What reading a layout costs beside the same rows in contract CSV: ratios in one run.

`python -m benchmarks.layouts --rows 200000` writes rows of contracts' examples as CSV and in each
layout, and reads both. Each figure is the best of three, in seconds of processors.
"""

import argparse
import tempfile
import time
from pathlib import Path

import polars as pl

from pipelines.intake.deliveries import Delivery, received
from pipelines.intake.readers.delivery import read_text, with_provenance
from pipelines.intake.validate import judge
from sample_data.agencies.write import LAYOUTS
from schemas import FEEDS, Feed

_TURNS = 3
_CASES = {
    "calpads": ("k12_enrollment", "k12_pathway", "work_based_learning"),
    "mis": ("college_enrollment", "dual_enrollment"),
    "studenttracker": ("college_enrollment",),
    "wage_record": ("wage",),
}
_IDS = ("state_student_id", "ssn", "local_student_id", "section_id", "award_id")


def _rows(feed: Feed, n: int) -> pl.DataFrame:
    """Return a feed's example over and over, of people of their own."""
    example = {name: feed.example.get(name) for name in feed.dtypes}
    if feed.name == "dual_enrollment":
        example |= {"is_ccap": "N", "ccap_agreement_id": None}
    if feed.name == "college_enrollment":
        example |= {"state_student_id": "1"}
    rows = pl.DataFrame([example], schema=dict.fromkeys(feed.dtypes, pl.String))
    rows = rows.select(pl.all().repeat_by(n).explode()) if n > 1 else rows
    number = pl.int_range(200_000_000, 200_000_000 + n)
    ids = [name for name in _IDS if name in rows.columns and example[name]]
    return rows.with_columns(
        (
            "1" + number.cast(pl.String) if name == "state_student_id" else number.cast(pl.String)
        ).alias(name)
        for name in ids
    )


def _seconds(delivery: Delivery, feed: Feed) -> tuple[float, float]:
    """Return seconds of processors to read a delivery, and to read and judge it."""
    best = (1e9, 1e9)
    for _ in range(_TURNS):
        start = time.process_time()
        text = read_text(delivery, feed)
        read = time.process_time() - start
        form = text.form(delivery, feed)
        judge(with_provenance(text, delivery).rows, form)
        best = min(best, (read, time.process_time() - start), key=lambda one: one[1])
    return best


def main() -> None:
    """Print a table: seconds by layout and feed, and their ratios to contract CSV."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    n = parser.parse_args().rows
    head = ("layout", "feed", "records", "CSV, read", "layout, read", "ratio", "for a record",
            "CSV, gate", "layout, gate", "ratio")  # fmt: skip
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")  # noqa: T201
    for layout, feeds in _CASES.items():
        for name in feeds:
            feed = FEEDS[name]
            rows = _rows(feed, n)
            period = rows[feed.period_kind.value][0]
            with tempfile.TemporaryDirectory() as folder:
                submitter = next(
                    (
                        rows[one][0]
                        for one in ("district_id", "institution_id")
                        if one in rows.columns
                    ),
                    "workforce_agency",
                )
                path = Path(folder) / period / f"{submitter}.csv"
                path.parent.mkdir()
                rows.write_csv(path)
                bundle = Path(folder) / layout / period / submitter
                bundle.mkdir(parents=True)
                written = LAYOUTS[layout][2]({name: rows})
                for file, text in written.items():
                    (bundle / file).write_text(text, newline="")
                records = sum(text.count("\n") for text in written.values()) / n
                csv = _seconds(received(path, name, period), feed)
                own = _seconds(received(bundle, name, period), feed)
            read, gate = own[0] / csv[0], own[1] / csv[1]
            seconds = [f"{one:.2f}" for one in (*csv, *own)]
            ratios = [f"{one:.1f}" for one in (records, read, read / records, gate)]
            cells = (layout, name, ratios[0], seconds[0], seconds[2], *ratios[1:3],
                     seconds[1], seconds[3], ratios[3])  # fmt: skip
            print(f"| {' | '.join(cells)} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
