"""dbt's models and seeds as assets, and its tests as asset checks.

Lives here: how Dagster lists them, and results of tests. Does not: any model or test
(`dbt_project`), running them (`pipelines.defs.warehouse`).

`dagster_dbt` would list them too, but loads dbt for that: 4 s of a processor of each process, and
only a whole build has use for dbt.
"""

import re
from collections.abc import Mapping
from hashlib import sha1
from typing import TYPE_CHECKING, Any

import dagster as dg

from pipelines.defs.checks import docs_link
from pipelines.home.files import reading
from pipelines.settings import Settings

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult

DOCS = "docs/operate.md#dbt_tests"

# Every singular test opens with its rule, when that matters and how to resolve it.
_RULE = re.compile(r"What:\s*(.*?)\s*When it matters:", re.DOTALL)


# Groups in the order of the work, each small enough to read but for the generated aggregates, which
# nobody opens; by the longest beginning of a file's path.
GROUPS = {
    "models/staging": "06_staging",
    "models/provenance": "07_provenance",
    "models/reference": "05_reference",
    "seeds": "05_reference",
    "models/intermediate": "07_people",
    "models/intermediate/k12": "07_high_school",
    "models/intermediate/college": "07_college",
    "models/intermediate/collaboration": "07_collaboration",
    "models/marts/dimensions": "08_dimensions",
    "models/marts/bridges": "08_dimensions",
    "models/marts/facts": "08_facts",
    "models/marts/collaboration": "08_initiatives",
    "models/marts/quality": "08_quality",
    "models/metrics/cohorts": "09_cohorts",
    "models/metrics/aggregates": "10_aggregates",
    "models/metrics": "11_metrics",
}
_DBT = "dagster_dbt/unique_id"


def asset_specs(manifest: Mapping[str, Any]) -> list[dg.AssetSpec]:
    """Return models and seeds as assets: described by their description, the SQL a click away.

    The UI prefers a definition's columns to those of a build, which alone carry lineage: seeds
    alone, of which there is none, have theirs here.
    """
    nodes = manifest["nodes"] | manifest["sources"]
    return [
        dg.AssetSpec(
            _key(node),
            deps=[_key(nodes[one]) for one in node.get("depends_on", {}).get("nodes", [])],
            description=node["description"],
            metadata={**_columns(node), **_table(node), _DBT: unique_id},
            skippable=True,
            group_name=_group(node["original_file_path"]),
            code_version=_version(node),
            kinds={"dbt", "duckdb"},
        )
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed")
    ]


def _key(node: Mapping[str, Any]) -> dg.AssetKey:
    of_source = node["source_name"] if node["resource_type"] == "source" else node["schema"]
    return dg.AssetKey([of_source, node["name"]])


def _version(node: Mapping[str, Any]) -> str:
    if node["resource_type"] == "seed":
        return node["checksum"]["checksum"]
    return sha1(node["raw_code"].encode(), usedforsecurity=False).hexdigest()


def _group(path: str) -> str | None:
    beginnings = [folder for folder in GROUPS if path.startswith(f"{folder}/")]
    return GROUPS[max(beginnings, key=len)] if beginnings else None


def _table(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "dagster-dbt/materialization_type": node["config"]["materialized"],
        "dagster/table_name": f"{node['database']}.{node['schema']}.{node['alias']}",
        "dagster/storage_kind": "duckdb",
    }


def _columns(node: Mapping[str, Any]) -> dict[str, Any]:
    if node["resource_type"] != "seed" or not node["columns"]:
        return {}
    columns = node["columns"].items()
    listed = [
        dg.TableColumn(name, of["data_type"] or "?", of["description"]) for name, of in columns
    ]
    return {"dagster/column_schema": dg.TableSchema(listed)}


def check_specs(manifest: Mapping[str, Any]) -> list[dg.AssetCheckSpec]:
    """Return tests as checks: what each means, whether it stops a release, and its docs.

    A test is on the table that it is written beside, a singular one of a single table on that, or
    on the one that its `meta` names.
    """
    nodes = manifest["nodes"]
    names = {node["name"]: one for one, node in nodes.items() if node["resource_type"] != "test"}
    specs = []
    for unique_id, test in nodes.items():
        if test["resource_type"] != "test":
            continue
        reads = [one for one in test["depends_on"]["nodes"] if one in nodes]
        named = test["config"]["meta"].get("dagster", {}).get("ref", {}).get("name")
        asset = names.get(named) or (reads[0] if len(reads) == 1 else test.get("attached_node"))
        if asset is None:
            continue
        blocking = test["config"]["severity"].lower() == "error"
        consequence = "Stops the release." if blocking else "Warns."
        specs.append(
            dg.AssetCheckSpec(
                test["name"],
                asset=_key(nodes[asset]),
                description=f"{describe(test)} {consequence} See {DOCS}.",
                additional_deps=[_key(nodes[one]) for one in reads if one != asset],
                blocking=blocking,
                metadata={_DBT: unique_id, "docs": docs_link(DOCS)},
            )
        )
    return specs


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
