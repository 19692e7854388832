"""What the last whole build compiled: each model, seed and test, with its SQL and what it reads.

Lives here: storing and reading it. Does not: running any of it (`pipelines.release.build_files`'
`update`).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from pipelines.home.files import replacing
from pipelines.settings import Settings

# The file: the SQL that dbt compiled, and the data home whose paths are in it.
COMPILED = "compiled.json"


@dataclass(frozen=True)
class Node:
    """A model, seed or test of the last whole build.

    Attributes:
        made_by: Columns of a table whose rows of equal values come from rows of what it reads that
            share these values, or of a test that judges such rows together; its `made_by` in
            `config.meta`.
        adds_up: Whether a table's numbers are sums over persons; its `adds_up` in `config.meta`.
        by_row: Whether a test judges each row by itself; its `by_row` in `config.meta`.
    """

    unique_id: str
    kind: str
    name: str
    relation: str
    is_table: bool
    sql: str
    reads: tuple[str, ...]
    key: tuple[str, ...] = ()
    only_warns: bool = False
    made_by: tuple[str, ...] = ()
    adds_up: bool = False
    by_row: bool = False

    @property
    def is_staged(self) -> bool:
        """Whether it reads delivered files."""
        return '"staging"' in self.relation

    @property
    def gone(self) -> str:
        """The temporary table of the rows that an update took away."""
        return f'temp."gone {self.unique_id}"'

    @property
    def come(self) -> str:
        """The temporary table of the rows that an update added."""
        return f'temp."come {self.unique_id}"'

    @property
    def changes(self) -> str:
        """Both of these, as a query in parentheses."""
        return f"(from {self.gone} union all from {self.come})"


def remember(settings: Settings, manifest: Mapping[str, Any]) -> None:
    """Store what a whole build compiled."""
    nodes = [
        {
            "unique_id": unique_id,
            "kind": node["resource_type"],
            "name": node["name"],
            "relation": node["relation_name"] or "",
            "is_table": node["config"]["materialized"] in ("table", "seed"),
            "sql": (node.get("compiled_code") or "").strip().rstrip(";"),
            "reads": node.get("depends_on", {}).get("nodes", []),
            "key": [
                column
                for constraint in node.get("constraints", [])
                if constraint["type"] == "primary_key"
                for column in constraint["columns"]
            ],
            "only_warns": node["config"].get("severity", "").lower() == "warn",
            "made_by": node["config"].get("meta", {}).get("made_by", []),
            "adds_up": node["config"].get("meta", {}).get("adds_up", False),
            "by_row": node["config"].get("meta", {}).get("by_row", False),
        }
        for unique_id, node in manifest["nodes"].items()
    ]
    with replacing(settings.dbt_target / COMPILED) as partial:
        partial.write_text(json.dumps({"home": str(settings.root), "nodes": nodes}))


def compiled(settings: Settings) -> dict[str, Node]:
    """Return the nodes of the last whole build by unique id; none if the home has moved since."""
    try:
        stored = json.loads((settings.dbt_target / COMPILED).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    if stored["home"] != str(settings.root):
        return {}
    nodes = (
        Node(**node | {name: tuple(node[name]) for name in ("reads", "key", "made_by")})
        for node in stored["nodes"]
    )
    return {node.unique_id: node for node in nodes}


def upstream_first(nodes: Mapping[str, Node]) -> Iterator[Node]:
    """Yield models: those of staging before all others, whose persons have to be known."""
    order = TopologicalSorter(
        {one.unique_id: set(one.reads) for one in nodes.values() if one.kind == "model"}
    )
    models = [nodes[one] for one in order.static_order() if one in nodes]
    yield from (one for one in models if one.is_staged)
    yield from (one for one in models if not one.is_staged and one.kind == "model")
