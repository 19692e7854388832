"""The real graph in a temporary home: one sample, refreshed once, for all tests of this tier."""

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from pipelines.release import build_plan
from pipelines.release.build_files.compiled import COMPILED, compiled
from pipelines.settings import PROJECT, Settings
from sample_data.control import Control
from sample_data.generate import generate
from tests.conftest import Fill, fill_once

# What a refreshed home is made from, beside the day: some checks ask how late a delivery is.
MADE_FROM = ("pipelines", "schemas", "sample_data", "dbt_project", "tests/conftest.py",
             "tests/pipeline/conftest.py", "requirements.lock")  # fmt: skip
IS_WRITTEN = {"__pycache__", "target", "logs"}


@dataclass(frozen=True)
class Home:
    """A data home with its own Dagster instance, and what its runs printed."""

    path: Path
    instance: dg.DagsterInstance
    printed: io.StringIO = field(default_factory=io.StringIO)

    @property
    def settings(self) -> Settings:
        """Return the settings of this home."""
        return Settings(home=self.path)

    def refresh(self) -> dg.ExecuteInProcessResult:
        """Run the nightly job on this home."""
        return self.run("nightly_refresh")

    def run(self, job: str, config: dict[str, Any] | None = None) -> dg.ExecuteInProcessResult:
        """Run a job of the code location on this home."""
        from pipelines.definitions import defs

        with self._surroundings():
            resolved = defs.resolve_job_def(job)
            return resolved.execute_in_process(
                run_config=config, instance=self.instance, raise_on_error=False
            )

    def materialize(
        self, asset: dg.AssetsDefinition, partition_key: str | None = None
    ) -> dg.ExecuteInProcessResult:
        """Materialise one asset alone on this home, as the UI does."""
        with self._surroundings():
            return dg.materialize(
                [asset],
                partition_key=partition_key,
                instance=self.instance,
                raise_on_error=False,
            )

    @contextmanager
    def _surroundings(self) -> Iterator[None]:
        with (
            pytest.MonkeyPatch.context() as patch,
            redirect_stdout(self.printed),
            redirect_stderr(self.printed),
        ):
            patch.setenv("PATHWAYS_HOME", str(self.path))
            yield

    def steps(self) -> set[str]:
        """Return the keys of all steps that ever started here."""
        return {
            record.event_log_entry.step_key or ""
            for record in self.instance.get_event_records(
                dg.EventRecordsFilter(dg.DagsterEventType.STEP_START)
            )
        }

    def messages(self) -> list[str]:
        """Return what all runs of this home logged."""
        return [
            entry.user_message
            for run in self.instance.get_runs()
            for entry in self.instance.all_logs(run.run_id)
        ]


def snapshot(home: Home) -> dict[str, tuple[int, int]]:
    """Return inode and modification time of the build and of every released file."""
    files = [*home.settings.built, *home.settings.releases.rglob("*")]
    return {str(f): (f.lstat().st_ino, f.lstat().st_mtime_ns) for f in files}


@pytest.fixture(scope="session")
def opened() -> Iterator[Callable[[Path], Home]]:
    """Return a function that makes a folder a home, with an instance of its own."""
    instances = []

    def open_home(path: Path) -> Home:
        (path / "dagster").mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / "pipelines/dagster.yaml", path / "dagster")
        instances.append(dg.DagsterInstance.from_config(str(path / "dagster")))
        return Home(path, instances[-1])

    yield open_home
    for instance in instances:
        instance.dispose()


@pytest.fixture(scope="session")
def new_home(
    opened: Callable[[Path], Home], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Home]:
    """Return a function that makes an empty home."""
    return lambda name: opened(tmp_path_factory.mktemp(name))


def files_of(name: str) -> list[Path]:
    """Return the files of a folder of the project, or the one file of that name."""
    paths = [PROJECT / name, *(PROJECT / name).rglob("*")]
    return sorted(p for p in paths if p.is_file() and not IS_WRITTEN & set(p.parts))


@pytest.fixture(scope="session")
def homes(request: pytest.FixtureRequest) -> Path:
    """Return the folder of homes that today's code refreshed today, by this test run or another."""
    code = sha256(str(date.today()).encode())
    for path in (path for name in MADE_FROM for path in files_of(name)):
        code.update(str(path.relative_to(PROJECT)).encode() + path.read_bytes())
    folder = request.config.cache.mkdir("homes") / code.hexdigest()[:16]
    folder.mkdir(exist_ok=True)
    os.utime(folder)
    # A home takes half a gigabyte; another run may be at work in the one before.
    for old in sorted(folder.parent.iterdir(), key=lambda p: p.stat().st_mtime)[:-2]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def made_once(opened: Callable[[Path], Home], homes: Path) -> Callable[[str, Fill], Home]:
    """Return a function that makes and refreshes a home once for all who have the same code."""

    def make(name: str, fill: Fill) -> Home:
        def refresh(path: Path) -> None:
            fill(path)
            # Ties of linkage fall by token: under another key a record or two of the docs'
            # answers would have another match method.
            (path / "token_key").touch(mode=0o600)
            (path / "token_key").write_text("a key for tests, which is the same each time")
            home = opened(path)
            assert home.refresh().success
            path.with_suffix(".printed").write_text(home.printed.getvalue())

        home = opened(fill_once(homes / name, refresh))
        home.printed.write(home.path.with_suffix(".printed").read_text())
        return home

    return make


CLEAN = Control(students=1500, seed=7, dirt="none")


@pytest.fixture(scope="session")
def clean(
    made_once: Callable[[str, Fill], Home], worker_id: str, request: pytest.FixtureRequest
) -> Home:
    """Return a refreshed home of a state without dirt. Read it; do not change it.

    It names no agreement: nobody reads the identity bridge in its landing folder.
    """
    if worker_id == "gw0":
        # Each worker builds the one home while the other builds the other.
        request.getfixturevalue("refreshed")
    return made_once("clean", lambda path: generate(CLEAN, path))


@pytest.fixture(scope="session")
def refreshed(
    made_once: Callable[[str, Fill], Home],
    default_state: Path,
    worker_id: str,
    request: pytest.FixtureRequest,
) -> Home:
    """Return a home with the default sample after one refresh. Read it; do not change it.

    As after `make run`, an agreement is named and the identity bridge linked.
    """
    if worker_id == "gw1":
        request.getfixturevalue("clean")

    def fill(path: Path) -> None:
        shutil.copytree(default_state, path, dirs_exist_ok=True)
        (path / "bridge_agreement").write_text("synthetic state")

    return made_once("refreshed", fill)


@pytest.fixture(scope="session")
def refreshed_home(refreshed: Home) -> Path:
    """Return the folder of the refreshed home."""
    return refreshed.path


def move_build(settings: Settings, before: Path) -> None:
    """Have the build of a copied home read that home, so that a refresh may update it."""
    if not (built := build_plan.last(settings)):
        return
    path = settings.dbt_target / COMPILED
    path.write_text(path.read_text().replace(str(before), str(settings.root)))
    with duckdb.connect(str(settings.unreleased)) as connection:
        for node in compiled(settings).values():
            if node.kind == "model" and not node.is_table and str(settings.root) in node.sql:
                connection.execute(f"create or replace view {node.relation} as {node.sql}")
    build_plan.finish(settings, built)


@pytest.fixture(scope="session")
def metric_values(refreshed: Home, homes: Path) -> Path:
    """Return the refreshed home's `metrics.metric_value` as Parquet: all of the view takes 15 s."""

    def fill(folder: Path) -> None:
        warehouse = refreshed.path / "releases/current/warehouse.duckdb"
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            connection.execute(f"copy metrics.metric_value to '{folder}/values.parquet'")

    return fill_once(homes / "metric_value", fill) / "values.parquet"


@pytest.fixture(scope="session")
def copy_of(new_home: Callable[[str], Home]) -> Callable[[Home], Home]:
    """Return a function that copies a home without its Dagster instance."""

    def copy(home: Home) -> Home:
        copied = new_home("copy")
        shutil.copytree(
            home.path,
            copied.path,
            symlinks=True,
            dirs_exist_ok=True,
            ignore=lambda folder, _: ["dagster"] if Path(folder) == home.path else [],
        )
        move_build(copied.settings, home.path)
        return copied

    return copy


@pytest.fixture
def changed(clean: Home, copy_of: Callable[[Home], Home]) -> Home:
    """Return a copy of the clean home, to be changed."""
    return copy_of(clean)


@pytest.fixture
def one_quarter(new_home: Callable[[str], Home]) -> Home:
    """Return a home in which one quarter of wages has been delivered, and nothing refreshed."""
    home = new_home("one_quarter")
    delivered = "landing/wage/2020Q2"
    shutil.copytree(PROJECT / "sample_data/sample" / delivered, home.path / delivered)
    return home


assert os.environ.get("PATHWAYS_ACCEPT_LOSS_OF") is None, "tests decide this setting themselves"
