"""`python -m benchmarks.bad_night`: a night on which many files are bad, as its engineer sees it.

Refreshes a state of 300 students, replaces files by bad ones of some twenty kinds, refreshes, and
prints what became of each, what the refresh logged, which checks warn, and the alert; then releases
one held delivery with a reason and refreshes again. With `--home DIR`, in a copy of a refreshed
home. PATHWAYS_HOME is left alone.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.base import LOG, measure
from pipelines.defs.nightly.refresh import PART_OF, REFRESH_JOB
from pipelines.defs.sensors import failed_checks
from pipelines.intake import ledger
from pipelines.settings import Settings
from sample_data.control import Control
from sample_data.generate import generate

STATE = Control(students=300, seed=16)
HELD, REJECTED, NOT_TAKEN = "held", "rejected", "not taken"


@dataclass(frozen=True)
class Staged:
    """A bad file.

    Attributes:
        kind: What is wrong with it.
        place: Where it is under landing.
        outcome: What has to become of it.
        replaces: Whether a good file was there, whose rows have to stay current.
    """

    kind: str
    place: str
    outcome: str
    replaces: bool = True


Change = Callable[[pl.DataFrame], pl.DataFrame]


def _set(**values: str) -> Change:
    return lambda rows: rows.with_columns(pl.lit(v).alias(name) for name, v in values.items())


def _changed(name: str, to: pl.Expr) -> Change:
    """Return a change of a column; what is no number or date already stays as it is."""
    return lambda rows: rows.with_columns(pl.coalesce(to.cast(pl.String), name).alias(name))


def _add(name: str, number: int) -> Change:
    value = pl.col(name).cast(pl.Int64, strict=False) + number
    return _changed(name, value.cast(pl.String).str.zfill(pl.col(name).str.len_chars().max()))


def _times(name: str, factor: float) -> Change:
    return _changed(name, (pl.col(name).cast(pl.Float64, strict=False) * factor).round(3))


def _american(name: str) -> Change:
    return _changed(name, pl.col(name).str.to_date(strict=False).dt.strftime("%m/%d/%Y"))


# A kind with the feed, the place of its file among the feed's largest ones, and the change.
REPLACED: tuple[tuple[str, str, int, Change], ...] = (
    ("half of the rows gone", "k12_enrollment", 0, lambda rows: rows.head(rows.height // 2)),
    ("every row breaks a rule", "k12_enrollment", 1, _set(grade_level="7")),
    ("dates as a spreadsheet writes them", "k12_enrollment", 2, _american("birth_date")),
    ("other students", "k12_enrollment", 3, _add("state_student_id", 7000)),
    ("every name is TEST", "k12_enrollment", 4, _set(first_name="TEST", last_name="TEST")),
    ("#REF! in a column", "k12_enrollment", 5, _set(race_ethnicity_code="#REF!")),
    ("one row is left", "college_enrollment", 0, lambda rows: rows.head(1)),
    ("one id for all", "college_enrollment", 1, _set(local_student_id="A1")),
    ("a small file of which nothing is left", "dual_enrollment", 0, _set(term_id="fall")),
    ("wages times 100", "wage", 0, _times("quarterly_wages_usd", 100)),
    ("wages in thousands", "wage", 1, _times("quarterly_wages_usd", 0.001)),
)


def stage(home: Path) -> list[Staged]:
    """Replace and add bad files in a home's landing folder, and return what was done."""
    staged = []
    for kind, feed, nth, change in REPLACED:
        path = _largest(home, feed)[nth]
        _write(path, change(_read(path)))
        staged.append(Staged(kind, _place(home, path), HELD))
    return staged + _repeated(home) + _unreadable(home) + _misplaced(home)


def _repeated(home: Path) -> list[Staged]:
    """Rows that are somewhere else already, or another's."""
    district, *_, other = sorted((home / "landing/k12_enrollment/2017-18").glob("*.csv"))
    _write(district, _read(other).reverse())
    quarters = sorted((home / "landing/wage").glob("*/*.csv"))
    earlier, later, copied, twin = quarters[10], quarters[11], quarters[14], quarters[15]
    _write(later, _set(quarter=later.parent.name)(_read(earlier)))
    other_order = copied.with_name("wages re-exported.csv")
    _write(other_order, _read(copied).reverse())
    same = twin.with_name("workforce_agency (1).csv")
    shutil.copyfile(twin, same)
    return [
        Staged("another district's rows", _place(home, district), HELD),
        Staged("last quarter's rows under this quarter", _place(home, later), HELD),
        Staged("the same rows in another order", _place(home, other_order), HELD, False),
        Staged("the same bytes under another name", _place(home, same), REJECTED, False),
    ]


def _unreadable(home: Path) -> list[Staged]:
    """Files that are no feed's as a whole."""
    files = _largest(home, "credential")
    empty, title, latin, excel, other = files[:5]
    rows, (header, *others) = title.read_bytes(), latin.read_text().splitlines(keepends=True)
    empty.write_bytes(b"")
    title.write_bytes(b"Awards of our college\n" + rows)
    latin.write_bytes((header + "".join(others).replace("a", "ñ")).encode("cp1252"))
    excel.write_bytes(b"PK\x03\x04" + rows[:200])
    _write(other, _set(academic_year="1999-00")(_read(other)))
    kinds = ("no bytes", "a title above the header", "Windows-1252", "a zip file", "another year")
    return [
        Staged(kind, _place(home, path), REJECTED)
        for kind, path in zip(kinds, files[:5], strict=True)
    ]


def _misplaced(home: Path) -> list[Staged]:
    """Files that lie where none is read."""
    quarter = home / "landing/wage/2019-Q4"
    quarter.mkdir()
    good = _largest(home, "wage")[5]
    shutil.copyfile(good, quarter / good.name)
    (good.parent / "link.csv").symlink_to(good)
    return [
        Staged("a folder that is no period", "wage/2019-Q4", NOT_TAKEN, False),
        Staged("a link", _place(home, good.parent / "link.csv"), NOT_TAKEN, False),
    ]


def _largest(home: Path, feed: str) -> list[Path]:
    files = (home / "landing" / feed).glob("*/*.csv")
    return sorted(files, key=lambda path: (-len(path.read_bytes()), path))


def _read(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False)


def _write(path: Path, rows: pl.DataFrame) -> None:
    rows.write_csv(path)


def _place(home: Path, path: Path) -> str:
    return str(path.relative_to(home / "landing"))


def outcomes(home: Path, staged: list[Staged]) -> dict[str, tuple[str, str]]:
    """Return what became of each staged file by its place: status, and why in words."""
    records = ledger.deliveries(Settings(home=home).ledger)
    found = {
        # A file that waits or was turned away comes after what is current in its place.
        f"{row['feed']}/{row['period']}/{row['file_name']}": (
            row["status"],
            " ".join(row["findings"] or row["reasons"]),
        )
        for row in records.sort("is_current", "recorded_at", descending=[True, False]).to_dicts()
    }
    return {one.place: found.get(one.place, (NOT_TAKEN, "")) for one in staged}


def refresh(home: Path) -> str:
    """Run the nightly refresh on a home and return what it printed."""
    measure([sys.executable, "-m", "pipelines", "refresh"], home)
    return (home / LOG).read_text()


def checks_that_warn(home: Path) -> dict[str, str]:
    """Return the checks that failed in the last refresh, as the UI has them."""
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        [night] = instance.get_runs(dg.RunsFilter(job_name=REFRESH_JOB), limit=1)
        parts = instance.get_runs(dg.RunsFilter(tags={PART_OF: night.run_id}))
        failed = [failed_checks(instance, one.run_id, only_blocking=False) for one in parts]
    return {name: summary for of_part in failed for name, summary in of_part.items()}


def shown(home: Path, staged: list[Staged], log: str) -> Iterator[Table | str]:
    """Yield what an engineer sees: files, log, checks, what changed, the last alert."""
    table = Table("what is wrong", "file", "became", "why", title="Files", show_lines=True)
    became = outcomes(home, staged)
    for one in staged:
        table.add_row(one.kind, one.place, *became[one.place])
    yield table
    words = ("Held", "Not taken", "files rejected", "release:", "is current")
    yield "LOG\n" + "\n".join(x for x in log.splitlines() if any(word in x for word in words))
    table = Table("check", "result", title="Checks that warn")
    for name, summary in sorted(checks_that_warn(home).items()):
        table.add_row(name, summary)
    yield table
    newest = max((home / "alerts").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    alert = json.loads(newest.read_text())["alert"]
    yield "ALERT\n" + json.dumps(alert, indent=1, ensure_ascii=False).replace("\\n", "\n")


def main() -> None:
    """Stage a bad night in a temporary home and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="A refreshed home, which is copied.")
    given = parser.parse_args().home
    console = Console(width=180)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if given:
            shutil.copytree(given, home, symlinks=True)
        else:
            generate(STATE, home, workers=1)
            refresh(home)
        staged = stage(home)
        for part in shown(home, staged, refresh(home)):
            console.print(part, markup=False, highlight=False, soft_wrap=isinstance(part, str))
        right = next(one for one in staged if one.outcome == HELD)
        feed, period, name = right.place.split("/")
        command = ["deliveries", "release", Path(name).stem, "--feed", feed, "--period", period]
        reason = ["--reason", "the district closed a school"]
        measure([sys.executable, "-m", "pipelines", *command, *reason], home)
        console.print(f"RELEASED\n{(home / LOG).read_text()}", markup=False)
        console.print(refresh(home), markup=False, soft_wrap=True)
        console.print(f"{right.place}: {outcomes(home, [right])[right.place]}", markup=False)


if __name__ == "__main__":
    main()
