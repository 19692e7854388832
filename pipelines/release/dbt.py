"""dbt, run in this process on a project that is parsed once for every data home.

Lives here: invoking dbt, and its errors in words. Does not: what is built
(`pipelines.release.build_plan`), any Dagster.

A process of its own takes 3 s of a processor to import dbt, and parses 600 files again for 9 s
wherever a folder or setting differs from what they were parsed with.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pipelines.errors import UserError
from pipelines.settings import DBT_PROJECT, Settings

if TYPE_CHECKING:
    # Loaded where dbt runs: a refresh with nothing new has no use for it.
    from dbt.artifacts.schemas.run import RunResult
    from dbt.contracts.graph.manifest import Manifest

Results: TypeAlias = "Sequence[RunResult]"

# What `make setup` parses, and the file that it touches once that holds.
_PARSED = DBT_PROJECT / "target/partial_parse.msgpack"
_MANIFEST = DBT_PROJECT / "target/manifest.json"
_READ_BY_DBT = {".sql", ".csv", ".yml", ".md"}


class DbtError(UserError):
    """dbt did not do all of it: what it says."""


def run(
    settings: Settings,
    command: str,
    *arguments: str,
    build: Path | None = None,
    target: Path | None = None,
) -> Results:
    """Run a command of dbt on a data home, and return the result of each node.

    Args:
        settings: Names the data home.
        command: Such as ``build``.
        arguments: What dbt takes beside folders.
        build: The folder to build in; the home where None.
        target: Where dbt writes what it compiled; in the home where None.

    Raises:
        DbtError: dbt could not begin. A node that failed is among the results.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner

    folder, target = build or settings.root, target or settings.dbt_target
    folders = {
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": target,
        "--log-path": target,
    }
    # Dagster stores what dbt prints; a second log at debug level would only cost time.
    log = ["--log-level-file", "none", "--no-use-colors", "--no-send-anonymous-usage-stats"]
    paths = [text for name, path in folders.items() for text in (name, str(path))]
    try:
        places = {"PATHWAYS_HOME": str(settings.root), "PATHWAYS_BUILD": str(folder)}
        with environment(**places):
            every = [command, *arguments, "--target", "build", *log, *paths]
            done = dbtRunner(manifest=_parsed(settings)).invoke(every)
    finally:
        # Until then nothing else in this process can read the files.
        DuckDBConnectionManager.close_all_connections()
    if done.exception and not isinstance(done.exception, Exception):
        # Somebody ends this process: dbt holds back what would.
        raise done.exception
    if not isinstance(done.result, RunExecutionResult):
        raise DbtError(str(done.exception))
    return done.result.results


def failures(results: Results) -> str:
    """Return what failed and dbt's message about it, in words; empty where all went well."""
    bad = [one for one in results if str(one.status) in ("error", "fail", "runtime error")]
    return "; ".join(f"{one.node.name}: {' '.join((one.message or '').split())}" for one in bad)


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set variables of this process until the block ends."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _parsed(settings: Settings) -> "Manifest | None":
    """Return the project as `make setup` parsed it, with the sources of a home.

    None where the project or dbt changed since: then dbt parses it, and stores that in the home.
    """
    from dbt.contracts.graph.manifest import Manifest

    if not _PARSED.exists() or not _MANIFEST.exists():
        return None
    files = (path for path in DBT_PROJECT.rglob("*") if path.suffix in _READ_BY_DBT)
    newest = max(path.stat().st_mtime_ns for path in files if _PARSED.parent not in path.parents)
    manifest = Manifest.from_msgpack(_PARSED.read_bytes())
    if newest > _MANIFEST.stat().st_mtime_ns or manifest.metadata.dbt_version != version(
        "dbt-core"
    ):
        return None
    home = str(settings.root).replace("'", "''")
    for source in manifest.sources.values():
        parsed_for = source.config["home"]
        source.config["home"] = home
        source.relation_name = str(source.relation_name).replace(parsed_for, home)
    # What macros read as `graph`.
    manifest.build_flat_graph()
    return manifest
