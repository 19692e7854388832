"""The real graph in a temporary home: one sample, refreshed once, for all tests of this tier."""

import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pipelines.home.lock import writing
from pipelines.settings import PROJECT, Settings
from sample_data.control import Control
from sample_data.generate import generate


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


@pytest.fixture(scope="session")
def made_once(
    opened: Callable[[Path], Home], tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Callable[[str, Control], Home]:
    """Return a function that makes and refreshes a home once for all workers of a test run."""
    folder = tmp_path_factory.getbasetemp()
    common = folder if worker_id == "master" else folder.parent

    def make(name: str, control: Control) -> Home:
        path = common / name
        printed = path.with_suffix(".printed")
        with writing(Settings(home=path, lock_wait_seconds=900), "another worker"):
            home = opened(path)
            if not printed.exists():
                generate(control, path)
                # Ties of linkage fall by token: under another key a record or two of the docs'
                # answers would have another match method.
                (path / "token_key").touch(mode=0o600)
                (path / "token_key").write_text("a key for tests, which is the same each time")
                assert home.refresh().success
                printed.write_text(home.printed.getvalue())
            else:
                home.printed.write(printed.read_text())
        return home

    return make


CLEAN = Control(students=1500, seed=7, dirt="none")


@pytest.fixture(scope="session")
def clean(made_once: Callable[[str, Control], Home]) -> Home:
    """Return a refreshed home of a state without dirt. Read it; do not change it."""
    return made_once("clean", CLEAN)


@pytest.fixture(scope="session")
def refreshed(
    made_once: Callable[[str, Control], Home], worker_id: str, request: pytest.FixtureRequest
) -> Home:
    """Return a home with the default sample after one refresh. Read it; do not change it."""
    if worker_id == "gw1":
        # Instead of waiting until the first worker has made the sample's.
        request.getfixturevalue("clean")
    return made_once("refreshed", Control())


@pytest.fixture(scope="session")
def refreshed_home(refreshed: Home) -> Path:
    """Return the folder of the refreshed home."""
    return refreshed.path


@pytest.fixture
def changed(refreshed: Home, new_home: Callable[[str], Home]) -> Home:
    """Return a copy of the refreshed home, to be changed."""
    home = new_home("changed")
    for entry in refreshed.path.iterdir():
        if entry.name == "dagster":
            continue
        if entry.is_dir():
            shutil.copytree(entry, home.path / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, home.path / entry.name)
    return home


assert os.environ.get("PATHWAYS_ACCEPT_LOSS_OF") is None, "tests decide this setting themselves"
