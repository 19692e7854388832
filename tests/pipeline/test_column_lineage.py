"""Columns as the UI shows them after a refresh: all described by what they are made of."""

import dagster as dg

from pipelines.defs.warehouse import warehouse
from pipelines.release import column_lineage
from tests.pipeline.conftest import Home

# The catalog's words and a sequence of numbers are read from no table, and publishing fills one.
WRITTEN_IN_SQL = {
    "metric_definition",
    "metric_unsupported",
    "int_feed__metric_window",
    "int_statistics__normal_draw",
    "release_change",
}


def metadata_of(home: Home, *key: str) -> dict:
    event = home.instance.get_latest_materialization_event(dg.AssetKey(key))
    assert event
    assert event.asset_materialization
    return dict(event.asset_materialization.metadata)


def test_every_model_says_what_its_columns_are_made_of(refreshed: Home) -> None:
    files = refreshed.settings.built
    tables = {tuple(table) for file in files for table in column_lineage.columns_of(file)}
    for key in warehouse.keys:
        if key.path[0] in {"reference"} or key.path[-1] in WRITTEN_IN_SQL:
            continue
        assert tuple(key.path) in tables
        of_asset = metadata_of(refreshed, *key.path)
        columns = {c.name for c in of_asset["dagster/column_schema"].schema.columns}
        made_of = of_asset["dagster/column_lineage"].lineage.deps_by_column
        assert set(made_of) <= columns, key
        # What no table is read for is counted up by calendars alone.
        assert made_of or key.path[-1] in {"dim_academic_year", "dim_quarter"}, key


def from_landing(home: Home, *key: str) -> dict[str, str]:
    records = metadata_of(home, *key)["columns_from_landing"].records
    return {r.data["column"]: str(r.data["comes_from"]) for r in records}


def test_what_metrics_are_made_of_leads_back_to_delivered_columns(refreshed: Home) -> None:
    """Values are counted by the catalog, whose SQL metric_definition has: over cohorts."""
    exiter = from_landing(refreshed, "cohorts", "cohort_exiter")
    assert "landing/wage: quarterly_wages_usd" in exiter["oct_dec_wages_usd"]
    graduate = from_landing(refreshed, "cohorts", "cohort_graduate")
    assert "landing/credential: award_date" in graduate["first_award_date"]
    value = from_landing(refreshed, "metrics", "metric_value")
    assert "landing/k12_enrollment: gender_code" in value["student_group_value"]
