"""dbt in the process of a refresh: one parsed project for every home, and results as checks."""

import os
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult

from pipelines.defs.dbt_nodes import check_result
from pipelines.release import dbt
from pipelines.settings import Settings

KEY = dg.AssetCheckKey(dg.AssetKey(["marts", "fct_x"]), "fct_x_references_exist")
QUERY = "select 'person_id is not in dim_person' as finding, 3 as row_count"


def result(status: str, failures: int | None = None, kind: str = "references_exist") -> object:
    metadata = SimpleNamespace(name=kind)
    node = SimpleNamespace(name=KEY.name, test_metadata=metadata, compiled_code=QUERY)
    message = f"Got {failures} results,\n  configured to fail"
    return SimpleNamespace(
        node=node, status=status, failures=failures, message=message, execution_time=0.1
    )


def test_the_project_is_parsed_once_for_every_home(tmp_path: Path, monkeypatch) -> None:
    manifest = dbt._parsed(Settings(home=tmp_path / "o'home"))
    assert manifest
    place = f"{tmp_path}/o''home/accepted/wage/*.parquet"
    [wage] = [one for one in manifest.sources.values() if one.name == "wage"]
    assert place in str(wage.relation_name)
    location = wage.config["external_location"]
    assert place in location.format(home=wage.config["home"], name="wage")
    # A file that is newer than what `make setup` parsed has dbt parse it all.
    stale = tmp_path / "manifest.json"
    stale.touch()
    os.utime(stale, (0, 0))
    monkeypatch.setattr(dbt, "_MANIFEST", stale)
    assert dbt._parsed(Settings(home=tmp_path)) is None


def test_a_variable_reaches_the_models_of_the_parsed_project(tmp_path: Path) -> None:
    [model, *_] = dbt.run(
        Settings(home=tmp_path),
        *("compile", "--quiet", "--select", "stg_person_crosswalk"),
        *("--vars", '{"least_match_score": 0.9}'),
        build=tmp_path,
        target=tmp_path / "dbt",
    )
    assert ">= 0.9" in model.node.compiled_code
    assert f"'{tmp_path}/identity/person_crosswalk.parquet'" in model.node.compiled_code
    # Whoever reads the file next, in this process too, finds it closed.
    duckdb.connect(str(tmp_path / "build.duckdb"), read_only=True).close()


def test_a_failed_test_of_references_counts_rows_of_each_and_shows_no_value(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for path in settings.built:
        duckdb.connect(str(path)).close()
    failed = check_result(KEY, result("fail", 3), settings)
    assert (failed.passed, failed.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert failed.metadata["person_id is not in dim_person"].value == 3
    warned = check_result(KEY, result("warn", 3, "unique_grain"), settings)
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert set(warned.metadata) == {"Execution Duration", "dagster_dbt/failed_row_count", "docs"}
    assert check_result(KEY, result("pass", 0), settings).passed


@pytest.mark.parametrize(
    ("ended_by", "raised"),
    [(KeyboardInterrupt(), KeyboardInterrupt), (ValueError("no profile"), dbt.DbtError)],
)
def test_an_interrupt_ends_the_process_and_an_error_is_a_sentence(
    tmp_path: Path, monkeypatch, ended_by: BaseException, raised: type[BaseException]
) -> None:
    ended = dbtRunnerResult(success=False, exception=ended_by)
    monkeypatch.setattr(dbtRunner, "invoke", lambda *_: ended)
    before = dict(os.environ)
    with pytest.raises(raised):
        dbt.run(Settings(home=tmp_path), "build")
    assert dict(os.environ) == before


def test_what_failed_is_said_in_a_line() -> None:
    results = [result("pass", 0), result("warn", 1), result("skipped"), result("fail", 3)]
    said = f"{KEY.name}: Got 3 results, configured to fail"
    assert dbt.failures(results) == said
    assert dbt.failures([result("error"), result("success")])
