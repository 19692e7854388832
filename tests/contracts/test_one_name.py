"""One name, one grep: every feed under its name in every room, and nothing forgotten."""

import json

import pytest

from pipelines.release.publish import RELEASED_SCHEMAS
from pipelines.settings import DBT_PROJECT, PROJECT
from schemas import ACCEPTED_FEEDS, FEEDS

MANIFEST = json.loads((DBT_PROJECT / "target" / "manifest.json").read_text())
MODELS = {n["name"]: n for n in MANIFEST["nodes"].values() if n["resource_type"] == "model"}
SOURCES = {(s["source_name"], s["name"]): s for s in MANIFEST["sources"].values()}


@pytest.mark.parametrize("name", ACCEPTED_FEEDS)
def test_a_feed_has_one_name_in_every_room(name: str) -> None:
    assert (PROJECT / "schemas" / "feeds" / f"{name}.py").exists()
    source = SOURCES["accepted", name]
    assert source["unique_id"] in MODELS[f"stg_{name}"]["depends_on"]["nodes"]


def test_no_feed_is_known_to_one_room_alone() -> None:
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
    "intermediate": {"staging", "intermediate", "reference"},
    "marts": {"staging", "intermediate", "marts", "reference"},
    "cohorts": {"staging", "intermediate", "marts", "cohorts", "reference"},
    "aggregates": {"intermediate", "marts", "cohorts", "aggregates", "reference"},
    "metrics": {"intermediate", "marts", "cohorts", "aggregates", "metrics", "reference"},
    "collaboration": {"intermediate", "marts", "collaboration", "reference"},
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


@pytest.mark.parametrize("name", MODELS)
def test_models_read_only_layers_above_them(name: str) -> None:
    model = MODELS[name]
    read = {layer(node) for node in model["depends_on"]["nodes"]}
    assert read <= MAY_READ[layer(model["unique_id"])], name


@pytest.mark.parametrize("name", MODELS)
def test_every_model_and_column_is_described(name: str) -> None:
    model = MODELS[name]
    assert model["description"].startswith(("One row per", "One ")), model["description"][:60]
    assert all(column["description"] for column in model["columns"].values())


QUALITY = ["linkage", "linkage_method", "linkage_review", "linkage_sensitivity", "person_change"]


@pytest.mark.parametrize("name", QUALITY)
def test_what_is_known_of_linkage_is_released_and_documented(name: str) -> None:
    model = MODELS[name]
    assert model["schema"] in RELEASED_SCHEMAS
    assert model["config"]["contract"]["enforced"]
    assert f"quality.{name}" in (PROJECT / "docs" / "query.md").read_text()
    released = next(iter(MANIFEST["exposures"].values()))["depends_on"]["nodes"]
    assert model["unique_id"] in released


# A view has no key of its own.
KEYED = [
    name
    for name, model in MODELS.items()
    if model["schema"] in {"marts", "collaboration"} and model["config"]["materialized"] == "table"
]


@pytest.mark.parametrize("name", KEYED)
def test_every_mart_has_an_enforced_contract_and_a_key(name: str) -> None:
    model = MODELS[name]
    assert model["config"]["contract"]["enforced"]
    kinds = {constraint["type"] for constraint in model["constraints"]}
    for column in model["columns"].values():
        kinds |= {constraint["type"] for constraint in column["constraints"]}
    assert "primary_key" in kinds


IDENTIFYING = {column for feed in FEEDS.values() for column in feed.identifying}


@pytest.mark.parametrize("name", MODELS)
def test_no_model_has_an_identifying_column(name: str) -> None:
    assert not IDENTIFYING & set(MODELS[name]["columns"])
