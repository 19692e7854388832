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

from pipelines.home.files import literal
from pipelines.intake.accept import accept
from pipelines.intake.deliveries import landed_periods
from pipelines.linkage.run import refresh_crosswalk
from pipelines.release import build_plan
from pipelines.release.build_files.compiled import COMPILED, compiled, upstream_first
from pipelines.release.build_files.opened import count
from pipelines.release.build_files.opened import opened as opened_build
from pipelines.settings import PROJECT, Settings
from sample_data.control import Control
from sample_data.generate import generate
from schemas import FEEDS
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


@pytest.fixture(scope="session")
def refreshed(made_once: Callable[[str, Fill], Home], default_state: Path) -> Home:
    """Return a home with the default sample after one refresh. Read it; do not change it.

    As after `make run`, an agreement is named and the identity bridge linked.
    """

    def fill(path: Path) -> None:
        shutil.copytree(default_state, path, dirs_exist_ok=True)
        (path / "bridge_agreement").write_text("synthetic state")

    return made_once("refreshed", fill)


CLEAN = Control(students=1500, seed=7, dirt="none")


def replay(of: Settings, settings: Settings) -> None:
    """Build and test a home's tables with the SQL that a whole build of another home compiled.

    It takes a third of what dbt and Dagster take for the same rows.
    """
    nodes = compiled(of)
    seeds = [node for node in nodes.values() if node.kind == "seed"]
    with opened_build(settings) as build:
        for path in of.built:
            build.execute(f"attach {literal(path)} as old_{path.stem} (read_only)")
        for (schema,) in build.execute(
            "select distinct format('{}.{}', database_name[5:], schema_name) from duckdb_tables() "
            "where starts_with(database_name, 'old_')"
        ).fetchall():
            build.execute(f"create schema if not exists {schema}")
        for node in [*seeds, *upstream_first(nodes)]:
            other = node.relation.replace('"', '"old_', 1)
            sql = node.sql.replace(str(of.root), str(settings.root))
            if not node.is_table:
                build.execute(f"create view {node.relation} as {sql}")
                continue
            rows = f"from {other}" if node.kind == "seed" else f"from {other} limit 0"
            build.execute(f"create table {node.relation} as {rows}")
            if node.kind != "seed":
                build.execute(f"insert into {node.relation} by name {sql}")
        tests = [node for node in nodes.values() if node.kind == "test" and not node.only_warns]
        failed = [
            test.name
            for test in tests
            if count(build, f"({test.sql.replace(str(of.root), str(settings.root))}\n)")
        ]
    assert failed == []


@pytest.fixture(scope="session")
def clean(refreshed: Home, homes: Path) -> Path:
    """Return a home of a state without dirt, accepted, linked and built; it has no release.

    Read it; do not change it. It names no agreement: nobody reads the identity bridge in its
    landing folder.
    """

    def fill(path: Path) -> None:
        generate(CLEAN, path)
        settings = Settings(home=path)
        for name in ("analyses", "voice"):
            shutil.copytree(refreshed.path / name, path / name)
        for feed in FEEDS.values():
            accept(settings, feed, landed_periods(settings.landing, feed))
        refresh_crosswalk(settings)
        replay(refreshed.settings, settings)

    return fill_once(homes / "clean", fill)


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
    """Return the refreshed home's `metrics.metric_value` as Parquet: all of the view takes 16 s."""

    def fill(folder: Path) -> None:
        warehouse = refreshed.path / "releases/current/warehouse.duckdb"
        # Two threads take twice the processor time of one.
        with duckdb.connect(str(warehouse), True, {"threads": 1}) as connection:
            connection.execute(f"copy metrics.metric_value to '{folder}/values.parquet'")

    return fill_once(homes / "metric_value", fill) / "values.parquet"


def copy_file(source: str, target: str) -> None:
    """Copy a file; link a report, which is written anew and moved into its place."""
    (os.link if "reports" in Path(source).parts else shutil.copy2)(source, target)


@pytest.fixture(scope="session")
def copy_of(new_home: Callable[[str], Home]) -> Callable[[Home], Home]:
    """Return a function that copies a home without its Dagster instance."""

    def copy(home: Home) -> Home:
        left_out = {home.path: {"dagster"}, home.settings.dbt_target: {"compiled", "run"}}
        copied = new_home("copy")
        shutil.copytree(
            home.path,
            copied.path,
            symlinks=True,
            dirs_exist_ok=True,
            ignore=lambda folder, _: left_out.get(Path(folder), set()),
            copy_function=copy_file,
        )
        move_build(copied.settings, home.path)
        return copied

    return copy


@pytest.fixture
def changed(refreshed: Home, copy_of: Callable[[Home], Home]) -> Home:
    """Return a copy of the refreshed home, to be changed."""
    return copy_of(refreshed)


@pytest.fixture
def one_quarter(new_home: Callable[[str], Home]) -> Home:
    """Return a home in which one quarter of wages has been delivered, and nothing refreshed."""
    home = new_home("one_quarter")
    delivered = "landing/wage/2020Q2"
    shutil.copytree(PROJECT / "sample_data/sample" / delivered, home.path / delivered)
    return home


assert os.environ.get("PATHWAYS_ACCEPT_LOSS_OF") is None, "tests decide this setting themselves"
