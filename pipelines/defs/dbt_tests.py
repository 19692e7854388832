"""dbt's tests as asset checks: what each means, and where its docs are.

Lives here: descriptions and results of dbt tests in Dagster. Does not: any test (`dbt_project`).
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject

from pipelines.defs.checks import docs_link
from pipelines.home.files import reading
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult

DOCS = "docs/operate.md#dbt_tests"

# Every singular test opens with its rule, when that matters and how to resolve it.
_RULE = re.compile(r"What:\s*(.*?)\s*When it matters:", re.DOTALL)


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
            description=f"{describe(manifest['nodes'][unique_id])} {consequence} See {DOCS}.",
            additional_deps=spec.additional_deps,
            blocking=spec.blocking,
            metadata={**(spec.metadata or {}), "docs": docs_link(DOCS)},
        )


def describe(test: Mapping[str, Any]) -> str:
    """Return what a test of the manifest means, in one sentence."""
    if test.get("description"):
        return " ".join(test["description"].split())
    generic = test.get("test_metadata")
    if generic is None:
        rule = _RULE.search(test["raw_code"])
        text = " ".join(rule[1].split()) if rule else test["name"].replace("_", " ") + "."
        return text[0].upper() + text[1:]
    arguments = generic["kwargs"]
    columns = arguments.get("column_name") or ", ".join(map(str, arguments.get("columns", [])))
    if generic["name"] == "references_exist":
        places = [f"{name} is in {place.split('.')[0]}" for name, place in arguments["to"].items()]
        return f"Every {', every '.join(places)}."
    if generic["name"] == "unique_grain":
        return f"No two rows share {columns}."
    return f"{generic['name'].replace('_', ' ').capitalize()}{f': {columns}' if columns else ''}."


def check_result(
    key: dg.AssetCheckKey, result: "RunResult", settings: Settings
) -> dg.AssetCheckResult:
    """Return a test's result as Dagster stores it: times and counts, no value of a row."""
    status = str(result.status)
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=status == "pass",
        severity=dg.AssetCheckSeverity.WARN if status == "warn" else dg.AssetCheckSeverity.ERROR,
        metadata={
            "docs": docs_link(DOCS),
            "Execution Duration": result.execution_time,
            "dagster_dbt/failed_row_count": result.failures or 0,
            **_findings(result, settings),
        },
    )


def _findings(result: "RunResult", settings: Settings) -> dict[str, int]:
    """Return the rows of each reference that a failed test of references has found."""
    generic = getattr(result.node, "test_metadata", None)
    if not result.failures or generic is None or generic.name != "references_exist":
        return {}
    with reading(settings.build, settings.unreleased) as reader:
        return dict(reader.execute(getattr(result.node, "compiled_code", "")).fetchall())
