"""Nothing personal in what Dagster keeps or prints of a run."""

import re
from pathlib import Path

import dagster
import dbt.events
import polars as pl

from pipelines.settings import PROJECT
from schemas import FEEDS
from tests.leaks import leaks
from tests.pipeline.conftest import Home

WORD = re.compile(r"[^\W\d_]+", re.UNICODE)


def identifying_values(landing: Path) -> set[str]:
    """Return every SSN, state id, local id, birth date and name that was delivered as text."""
    values: set[str] = set()
    for name, feed in FEEDS.items():
        for path in sorted((landing / name).glob("*/*")):
            try:
                frame = (
                    pl.read_parquet(path)
                    if path.suffix == ".parquet"
                    else pl.read_csv(path, infer_schema=False, encoding="utf8-lossy")
                )
            except pl.exceptions.PolarsError:
                continue
            for column in set(feed.identifying) & set(frame.columns):
                values.update(frame[column].drop_nulls().cast(pl.String).to_list())
    return {value.strip() for value in values}


def everything_stored(home: Home) -> str:
    """Return all events, metadata and captured output of all runs, as text."""
    texts_of_runs = [
        entry.to_json()
        for run in home.instance.get_runs()
        for entry in home.instance.all_logs(run.run_id)
    ]
    texts_of_runs += [
        path.read_text(errors="replace")
        for path in (home.path / "dagster").rglob("*")
        if path.suffix in {".out", ".err"}
    ]
    return "\n".join(texts_of_runs)


def test_no_identifying_value_is_in_any_event_or_output(refreshed: Home) -> None:
    stored = everything_stored(refreshed) + refreshed.printed.getvalue()
    assert "ASSET_CHECK_EVALUATION" in stored
    assert "Done. PASS=" in stored, "dbt's output was captured"

    values = identifying_values(refreshed.path / "landing")
    assert len(values) > 10_000
    # Numbers and dates: long enough that they cannot be there by chance.
    numbers = {v for v in values if len(v) >= 8 and any(c.isdigit() for c in v)}
    text = set(re.findall(r"[\w-]{8,}", stored))
    assert not numbers & text

    # Names, as whole words; words of the texts that a run may repeat are no names there.
    own = {word for path in texts() for word in WORD.findall(path.read_text(errors="replace"))}
    names = {w for v in values - numbers for w in WORD.findall(v) if len(w) >= 4}
    assert len(names - own) > 3_000
    assert not (names - own) & set(WORD.findall(stored))


def texts() -> list[Path]:
    """Return the texts that a run may repeat: the project's, and what Dagster and dbt say."""
    folders = ("schemas", "pipelines", *(f"dbt_project/{f}" for f in ("models", "tests", "seeds")))
    endings = {".py", ".sql", ".yml", ".csv"}
    own = [p for f in folders for p in (PROJECT / f).rglob("*") if p.suffix in endings]
    stored = [Path(package.__file__).parent for package in (dagster, dbt.events)]
    return [*own, *(path for folder in stored for path in folder.rglob("*.py"))]


def test_the_key_is_in_no_file_of_a_refreshed_home_but_its_own(refreshed: Home) -> None:
    """Reports, quarantine, releases, the build, Dagster's storage and logs included."""
    settings = refreshed.settings
    assert leaks(refreshed.path, settings.key(), settings.shared_key()) == []
    key = settings.key().decode()
    assert key not in refreshed.printed.getvalue()
