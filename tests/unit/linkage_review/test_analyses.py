"""What holds for every analysis: an empty table, its result, and a build that reads it."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.linkage_review.analyses import ANALYSES
from pipelines.linkage_review.analysis import Analysis
from pipelines.release import build_plan
from pipelines.settings import Settings


@pytest.fixture(params=ANALYSES, ids=lambda one: one.name)
def analysis(request: pytest.FixtureRequest) -> Analysis:
    return request.param


def result(analysis: Analysis) -> pl.DataFrame:
    return pl.DataFrame([[None] * len(analysis.schema)], schema=analysis.schema, orient="row")


def test_an_empty_table_stands_in_until_somebody_asks(tmp_path: Path, analysis: Analysis) -> None:
    settings = Settings(home=tmp_path)
    analysis.write_schema(settings)
    assert pl.read_parquet(analysis.path(settings)).equals(analysis.schema.to_frame())
    result(analysis).write_parquet(analysis.path(settings))
    analysis.write_schema(settings)
    assert pl.read_parquet(analysis.path(settings)).height == 1


def test_the_result_of_an_earlier_version_stays(tmp_path: Path, analysis: Analysis) -> None:
    settings = Settings(home=tmp_path)
    result(analysis).write_parquet(tmp_path / analysis.earlier_file)
    analysis.write_schema(settings)
    assert pl.read_parquet(analysis.path(settings)).height == 1
    assert not (tmp_path / analysis.earlier_file).exists()


def test_a_new_result_has_its_model_built_again(tmp_path: Path, analysis: Analysis) -> None:
    settings = Settings(home=tmp_path)
    analysis.write_schema(settings)
    before = build_plan.inputs(settings)
    result(analysis).write_parquet(analysis.path(settings))
    name = f"model.pathways.{analysis.name}"
    node = {"resource_type": "model", "name": analysis.name, "depends_on": {
        "nodes": [f"source.pathways.analyses.{analysis.name}"]}}  # fmt: skip
    built = build_plan.Built(before, {}, {})
    now = build_plan.inputs(settings)
    assert build_plan.stale({"nodes": {name: node}}, built, before) == set()
    assert build_plan.stale({"nodes": {name: node}}, built, now) == {analysis.name}
