"""One name, one grep: every feed under its name in every folder, and nothing forgotten."""

import json

from pipelines.linkage_review.analyses import ANALYSES
from pipelines.release.publish import RELEASED_SCHEMAS
from pipelines.settings import DBT_PROJECT, PROJECT
from schemas import ACCEPTED_FEEDS, FEEDS

MANIFEST = json.loads((DBT_PROJECT / "target" / "manifest.json").read_text())
MODELS = {n["name"]: n for n in MANIFEST["nodes"].values() if n["resource_type"] == "model"}
SOURCES = {(s["source_name"], s["name"]): s for s in MANIFEST["sources"].values()}


def test_a_feed_has_one_name_in_every_folder() -> None:
    wrong = [
        name
        for name in ACCEPTED_FEEDS
        if not (PROJECT / "schemas" / "feeds" / f"{name}.py").exists()
        or SOURCES["accepted", name]["unique_id"]
        not in MODELS[f"stg_{name}"]["depends_on"]["nodes"]
    ]
    assert not wrong


def test_no_feed_is_known_to_one_folder_alone() -> None:
    assert {name for source, name in SOURCES if source == "accepted"} == set(ACCEPTED_FEEDS)
    staged = {name.removeprefix("stg_") for name in MODELS if name.startswith("stg_")}
    assert staged - {"person_crosswalk"} == set(ACCEPTED_FEEDS)


def test_every_feed_is_followed_to_its_fact() -> None:
    followed = {
        MANIFEST["nodes"][test["attached_node"]]["name"]
        for test in MANIFEST["nodes"].values()
        if (test.get("test_metadata") or {}).get("name") == "every_accepted_row_reaches_its_fact"
    }
    feeds = {name.removeprefix("fct_").removeprefix("stg_") for name in followed}
    assert feeds == set(ACCEPTED_FEEDS) - {"institution"}


# Layers a model of each layer may build on; `quality` also reads what the gate and linkage say of
# themselves.
MAY_READ = {
    "reference": {"reference"},
    "staging": {"accepted", "identity", "staging", "reference"},
    "provenance": {"staging"},
    "intermediate": {"staging", "intermediate", "reference"},
    "marts": {"staging", "intermediate", "marts", "reference"},
    "cohorts": {"staging", "intermediate", "marts", "cohorts", "reference"},
    "counted": {"intermediate", "marts", "cohorts", "reference"},
    "aggregates": {"intermediate", "marts", "cohorts", "counted", "aggregates", "reference"},
    "metrics": {
        *("intermediate", "marts", "cohorts", "counted", "aggregates", "metrics", "reference"),
    },
    "compared": {"metrics", "reference"},
    "collaboration": {"intermediate", "marts", "collaboration", "reference", "voice"},
    "quality": {"staging", "intermediate", "marts", "ledger", "identity", "analyses"},
}


def layer(node: str) -> str:
    """Return a node's schema, or the name of the source it belongs to.

    Definitions are words of the catalog: other layers may read them, and they read reference alone.
    """
    if node.endswith(".metric_definition"):
        return "reference"
    if node.startswith("source."):
        return MANIFEST["sources"][node]["source_name"]
    return MANIFEST["nodes"][node]["schema"]


def test_models_read_only_layers_above_them() -> None:
    wrong = [
        f"{name} reads {node}"
        for name, model in MODELS.items()
        for node in model["depends_on"]["nodes"]
        if layer(node) not in MAY_READ[layer(model["unique_id"])]
    ]
    assert not wrong


def test_every_model_and_column_is_described() -> None:
    wrong = [
        name
        for name, model in MODELS.items()
        if not model["description"].startswith(("One row per", "One "))
        or not all(column["description"] for column in model["columns"].values())
    ]
    assert not wrong


QUALITY = ["linkage", "linkage_method", "person_change", *(one.name for one in ANALYSES)]


def test_what_is_known_of_linkage_is_released_and_documented() -> None:
    documented = (PROJECT / "docs" / "query.md").read_text()
    wrong = [
        name
        for name, model in ((name, MODELS[name]) for name in QUALITY)
        if model["schema"] not in RELEASED_SCHEMAS
        or not model["config"]["contract"]["enforced"]
        or f"quality.{name}" not in documented
    ]
    assert not wrong


def constraints(model: dict) -> set[str]:
    """Return the kinds of a model's constraints and of its columns'."""
    columns = (column["constraints"] for column in model["columns"].values())
    return {one["type"] for of in (model["constraints"], *columns) for one in of}


def test_every_mart_has_an_enforced_contract_and_a_key() -> None:
    """A view has no key of its own."""
    marts = {
        name: model
        for name, model in MODELS.items()
        if model["schema"] in {"marts", "collaboration"}
        and model["config"]["materialized"] == "table"
    }
    wrong = [
        name
        for name, model in marts.items()
        if not model["config"]["contract"]["enforced"] or "primary_key" not in constraints(model)
    ]
    assert marts and not wrong


def test_no_model_has_an_identifying_column() -> None:
    identifying = {column for feed in FEEDS.values() for column in feed.identifying}
    wrong = [name for name, model in MODELS.items() if identifying & set(model["columns"])]
    assert not wrong
