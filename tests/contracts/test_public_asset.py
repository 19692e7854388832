"""The public release in Dagster: the audit is a blocking check, with the certificate's figures."""

from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from pipelines.defs.release import COHORT_CELLS, PUBLIC_KEY, RELEASE_KEY, public_release
from pipelines.disclosure import publication
from pipelines.disclosure.audit.report import Finding, Report
from pipelines.disclosure.manifest import read_manifest

FINDING = Finding(("graduate", "2020-21", "high_school"), "a@1:numerator", ("all", "state", "all"),
                  "cell", 3, 3, "recovered")  # fmt: skip


def run(home: Path, monkeypatch: pytest.MonkeyPatch, report: Report) -> Any:
    """Materialize the asset where publishing ends with a report."""
    monkeypatch.setenv("PATHWAYS_HOME", str(home))
    cuts = {"region_scheme": ["statewide"], "student_group": ["all"], "cells": [4],
            "denominators_shown": [3], "rates_shown": [2], "cells_withheld": [0]}  # fmt: skip
    monkeypatch.setattr(publication, "publish", lambda *_: report)
    monkeypatch.setattr(publication, "shown_by_cut", lambda _: pl.DataFrame(cuts))
    monkeypatch.setattr(publication, "current_folder", lambda s: s.releases / "one" / "public")
    return dg.materialize([public_release], raise_on_error=False)


def test_the_audit_is_a_check_with_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(tmp_path, monkeypatch, Report(cells=10, programs=4, least_width=5.0))
    assert result.success
    [check] = result.get_asset_check_evaluations()
    assert check.passed
    assert check.metadata["cells"].value == 10
    assert check.metadata["recovered"].value == 0
    [made] = result.asset_materializations_for_node("releases__public")
    assert made.metadata["rates_shown"].value == 2
    assert made.metadata["audit_least_width"].value == 5
    assert "data:image/svg+xml" in made.metadata["picture"].value


def test_each_cohort_is_decided_by_an_asset_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path))
    asked = list[str]()
    monkeypatch.setattr(
        publication, "decide_cohort", lambda _, cohort: asked.append(cohort) or {"2020-21": 7}
    )
    result = dg.materialize([COHORT_CELLS[0]])
    assert result.success
    assert asked == [next(iter(read_manifest().metrics))]
    [made] = result.get_asset_materialization_events()
    assert made.materialization.metadata["programs"].value == 7
    assert {key for cells in COHORT_CELLS for key in cells.keys} == set(
        public_release.dependency_keys
    ) - {RELEASE_KEY}


def test_a_finding_fails_the_check_and_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run(tmp_path, monkeypatch, Report(cells=10, findings=[FINDING]))
    assert not result.success
    [check] = result.get_asset_check_evaluations()
    assert not check.passed
    assert check.metadata["recovered"].value == 1
    assert check.asset_key == PUBLIC_KEY
    assert not result.asset_materializations_for_node("releases__public")
