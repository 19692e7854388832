"""People are the same whether a state is delivered in contract form or in agencies' layouts."""

import shutil

import polars as pl

from pipelines.intake.accept import accept
from pipelines.intake.deliveries import landed_periods
from pipelines.linkage.run import refresh_crosswalk
from pipelines.settings import Settings
from sample_data.agencies.write import rewrite
from schemas import FEEDS

# The state as a module fixture of clean contract files.
from tests.contracts.sample_data.test_agencies import state  # noqa: F401

LINKED = ("k12_enrollment", "college_enrollment", "wage")


def people(landing, home) -> pl.DataFrame:
    """Return who is one person: for each source key the first key of its person."""
    settings = Settings(home=home, settle_seconds=0, token_key="k" * 64)
    shutil.copytree(landing, settings.landing)
    for name in LINKED:
        results = accept(settings, FEEDS[name], landed_periods(settings.landing, FEEDS[name]))
        assert not [one for of in results.values() for one in of if one.refused]
    key = pl.concat_str("source", "source_person_key", separator=" ")
    return (
        refresh_crosswalk(settings)
        .select(key=key, person=key.min().over("person_id"), method="match_method")
        .sort("key")
    )


def test_person_ids_of_layouts_are_those_of_contract_form(state, tmp_path) -> None:  # noqa: F811
    as_contract = people(state / "landing", tmp_path / "contract")
    shutil.copytree(state, tmp_path / "written")
    for layout in ("calpads", "wage_record"):
        assert rewrite(tmp_path / "written", layout)
    as_layouts = people(tmp_path / "written" / "landing", tmp_path / "layouts")
    assert as_layouts.height > 300
    assert as_layouts.equals(as_contract)
