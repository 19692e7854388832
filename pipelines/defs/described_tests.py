"""dbt's tests as checks: what each says of itself, and where its docs are.

Lives here: descriptions of dbt tests in Dagster. Does not: any test (`dbt_project`).
"""

import re
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

DOCS = "docs/checks.md#dbt_tests"

_NAME = re.compile(r"\w+")
# Every singular test opens with what it holds, when that matters and how to resolve it.
_WHAT = re.compile(r"What:\s*(.*?)\s*When it matters:", re.DOTALL)


class DescribedTests(DagsterDbtTranslator):
    """Names of models as they are, and tests with descriptions."""

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """Return a test's check with what it means, whether it stops a release, and its docs."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        consequence = "Stops the release." if spec.blocking else "Warns."
        return dg.AssetCheckSpec(
            spec.name,
            asset=spec.asset_key,
            description=f"{what(manifest['nodes'][unique_id])} {consequence} See {DOCS}.",
            additional_deps=spec.additional_deps,
            blocking=spec.blocking,
            metadata={**(spec.metadata or {}), "docs": DOCS},
        )


def what(test: Mapping[str, Any]) -> str:
    """Return what a test of the manifest holds, in one sentence."""
    if test.get("description"):
        return " ".join(test["description"].split())
    generic = test.get("test_metadata")
    if generic is None:
        found = _WHAT.search(test["raw_code"])
        said = " ".join(found[1].split()) if found else test["name"].replace("_", " ") + "."
        return said[0].upper() + said[1:]
    told = generic["kwargs"]
    of = told.get("column_name") or ", ".join(map(str, told.get("columns", [])))
    if generic["name"] == "relationships":
        return f"Every {of} is in {_NAME.findall(told['to'])[-1]}."
    if generic["name"] == "unique_grain":
        return f"No two rows share {of}."
    return f"{generic['name'].replace('_', ' ').capitalize()}{f': {of}' if of else ''}."
