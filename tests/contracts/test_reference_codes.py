"""Codes that a contract accepts are the codes the reference seeds name, and the other way round."""

import polars as pl
import pytest

from pipelines.settings import DBT_PROJECT
from schemas import codes

SEEDS = {
    "award_type": ("award_type_code", codes.AWARD_TYPE),
    "completion_status": ("completion_status_code", codes.COMPLETION_STATUS),
    "county_code": ("county_fips", codes.COUNTY_FIPS),
    "exit_code": ("exit_code", codes.K12_EXIT),
    "initiative": ("initiative_code", codes.INITIATIVE),
    "naics_sector": ("naics_sector_code", codes.NAICS_SECTOR),
    "race_ethnicity": ("race_ethnicity_code", codes.RACE_ETHNICITY),
    "work_based_learning_type": ("wbl_type_code", codes.WORK_BASED_LEARNING_TYPE),
}


def seed(name: str) -> pl.DataFrame:
    return pl.read_csv(DBT_PROJECT / "seeds" / f"{name}.csv", infer_schema=False)


@pytest.mark.parametrize("name", SEEDS)
def test_contract_and_seed_have_the_same_codes(name: str) -> None:
    column, accepted = SEEDS[name]
    assert sorted(seed(name)[column]) == sorted(accepted)


def test_genders_are_the_reported_ones_and_one_for_missing() -> None:
    assert set(seed("gender")["gender_code"]) == {*codes.GENDER, "Z"}
    # As `gender_of_mis` translates them.
    macro = (DBT_PROJECT / "macros" / "code.sql").read_text().split("gender_of_mis")[1]
    assert "when 'B' then 'X' when 'X' then 'Z'" in macro
    assert set(codes.COLLEGE_GENDER) == {"F", "M", "B", "X"}


def test_initiatives_begin_on_the_same_day_for_gate_and_warehouse() -> None:
    days = seed("initiative").select("initiative_code", "initiative_first_date").rows()
    assert dict(days) == {name: str(day) for name, day in codes.INITIATIVE_FIRST_DAY.items()}


def test_microregions_are_the_counties() -> None:
    regions = seed("county_region").filter(pl.col("scheme") == "microregion")
    assert set(regions["region"]) == set(codes.MICROREGION)


def test_every_pathway_prefix_has_its_sector() -> None:
    prefixes = seed("cte_sector")["pathway_code_prefix"]
    assert sorted(prefixes) == sorted(codes.PATHWAY_SECTOR_PREFIX)


def test_every_county_has_a_living_wage_and_a_region_in_every_scheme() -> None:
    assert set(seed("living_wage")["county_fips"]) == set(codes.COUNTY_FIPS)
    for scheme, rows in seed("county_region").group_by("scheme"):
        assert sorted(rows["county_fips"]) == sorted(codes.COUNTY_FIPS), scheme


def test_schemes_made_of_microregions_split_none() -> None:
    schemes = seed("region_scheme").filter(pl.col("is_made_of_microregions") == "true")["scheme"]
    regions = seed("county_region").pivot("scheme", index="county_fips", values="region")
    for scheme in set(schemes) & set(regions.columns) - {"microregion"}:
        assert regions.select("microregion", scheme).n_unique() == len(codes.MICROREGION), scheme


def test_diplomas_and_passing_grades_mean_the_same_to_gate_and_warehouse() -> None:
    completers = seed("completion_status").filter(pl.col("is_completer") == "true")
    assert set(completers["completion_status_code"]) == set(codes.DIPLOMA_OR_EQUIVALENT)
    macro = (DBT_PROJECT / "macros" / "code.sql").read_text()
    passing = macro.split("is_passing_grade")[1].split("endmacro")[0]
    assert {grade for grade in codes.LETTER_GRADES if f"'{grade}'" in passing} == set(
        codes.CAPSTONE_PASSING
    )
