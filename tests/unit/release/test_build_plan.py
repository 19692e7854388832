"""Which models are out of date, and when a build can be built upon."""

import polars as pl
import pytest

from pipelines.home.files import write_parquet
from pipelines.release import build_plan
from pipelines.release.build_plan import Built, Inputs
from pipelines.settings import Settings
from schemas import ACCEPTED_FEEDS

SOURCE = "source.pathway_outcomes"


def model(name: str, *reads: str) -> dict:
    return {"name": name, "resource_type": "model", "depends_on": {"nodes": list(reads)}}


MANIFEST = {
    "nodes": {
        name: model(name, *reads)
        for name, reads in {
            "stg_wage": [
                f"{SOURCE}.accepted.wage",
                "model.pathway_outcomes.stg_person_crosswalk",
            ],
            "stg_credential": [
                f"{SOURCE}.accepted.credential",
                "model.pathway_outcomes.stg_person_crosswalk",
            ],
            "stg_person_crosswalk": [f"{SOURCE}.identity.person_crosswalk"],
            "delivery": [f"{SOURCE}.ledger.delivery"],
            "fct_wage": ["model.pathway_outcomes.stg_wage"],
        }.items()
    }
}
BEFORE = {
    "accepted.wage": "a",
    "accepted.credential": "b",
    "ledger.delivery": "c",
    "identity.person_crosswalk.wage": "d",
    "identity.person_crosswalk.credential": "e",
}
BUILT = Built(Inputs("models", "code", BEFORE), {"test.x": "pass"}, {"marts.fct_wage": 3})


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ({}, set()),
        ({"accepted.wage": "x"}, {"stg_wage"}),
        ({"identity.person_crosswalk.credential": "x"}, {"stg_credential"}),
        ({"ledger.delivery": "x"}, {"delivery"}),
        ({"accepted.wage": "x", "ledger.delivery": "x"}, {"stg_wage", "delivery"}),
    ],
)
def test_models_that_read_what_changed_are_stale(changed, stale) -> None:
    assert build_plan.stale(MANIFEST, BUILT, Inputs("models", "code", BEFORE | changed)) == stale


def test_other_models_or_no_whole_build_make_everything_stale() -> None:
    assert build_plan.stale(MANIFEST, None, BUILT.made_from) is None
    assert build_plan.stale(MANIFEST, BUILT, Inputs("others", "code", BEFORE)) is None


def test_code_that_is_no_model_makes_nothing_stale() -> None:
    assert build_plan.stale(MANIFEST, BUILT, Inputs("models", "other", BEFORE)) == set()


def test_a_model_that_reads_the_crosswalk_for_no_feed_is_an_error() -> None:
    odd = {"nodes": {"x": model("int_x", "model.pathway_outcomes.stg_person_crosswalk")}}
    with pytest.raises(ValueError, match="int_x"):
        build_plan.stale(odd, BUILT, BUILT.made_from)


def test_each_feeds_part_of_the_crosswalk_counts_by_itself(tmp_path) -> None:
    settings = Settings(home=tmp_path)
    rows = {
        "source": ["wage", "credential"],
        "source_person_key": ["k", "k"],
        "person_id": ["P1", "P1"],
        "match_method": ["ssn", "ssn"],
        "match_score": [1.0, 1.0],
    }
    write_parquet(pl.DataFrame(rows), settings.crosswalk)
    before = build_plan.inputs(settings).sources
    write_parquet(pl.DataFrame(rows | {"person_id": ["P2", "P1"]}), settings.crosswalk)
    after = build_plan.inputs(settings).sources
    assert {name for name in after if after[name] != before[name]} == {
        "identity.person_crosswalk.wage"
    }
    assert {f"accepted.{name}" for name in ACCEPTED_FEEDS} <= set(after)


@pytest.mark.parametrize("fault", ["none", "touched", "gone", "values", "record", "begun"])
def test_a_build_is_built_upon_only_while_it_is_whole(tmp_path, fault) -> None:
    settings = Settings(home=tmp_path)
    for path in (*settings.built, settings.values):
        path.write_bytes(b"database")
    (tmp_path / "build_state.json").write_text("as an earlier version left it")
    build_plan.finish(settings, BUILT)
    names = ["build.duckdb", "build.json", "records.duckdb", "unreleased.duckdb"]
    names += ["values.parquet"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    if fault == "touched":
        settings.unreleased.write_bytes(b"databasE!")
    elif fault == "gone":
        settings.build.unlink()
    elif fault == "values":
        settings.values.unlink()
    elif fault == "record":
        settings.build_record.write_text("{")
    elif fault == "begun":
        build_plan.begin(settings, anew=False)
    last = build_plan.last(settings)
    assert (last is not None) == (fault == "none")
    assert last in (None, BUILT)
