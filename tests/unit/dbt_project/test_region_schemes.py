"""A region scheme is its rows in two seeds: adding one, and what follows from it."""

import duckdb
import pytest

from pipelines.settings import DBT_PROJECT
from tests.unit.dbt_project.dbt_model import sql_of

SEEDS = ("county_code", "county_region", "region_scheme")
MODELS = (
    "int_institution__microregion",
    "int_institution__region",
    "brg_place_region",
    "dim_region",
)
ALAMEDA, LOS_ANGELES = "06001", "06037"


@pytest.fixture
def warehouse() -> duckdb.DuckDBPyConnection:
    """Return seeds and three institutions; the second is not of its county's microregion."""
    connection = duckdb.connect()
    for seed in SEEDS:
        path = DBT_PROJECT / "seeds" / f"{seed}.csv"
        connection.execute(f"create table {seed} as from read_csv('{path}', all_varchar = true)")
    connection.execute("alter table region_scheme alter is_made_of_microregions type boolean")
    connection.execute(f"""
        create table int_institution__current as
        select *, false as is_out_of_state from (values
            ('near', null, '{ALAMEDA}', 'East Bay'),
            ('valley', null, '{LOS_ANGELES}', 'South Central Coast'),
            ('nowhere', null, null, null)
        ) as place (institution_id, parent_institution_id, county_fips, microregion)
    """)
    connection.execute("create table brg_partner_consortium (consortium_id text, partner_id text)")
    return connection


def regions(warehouse: duckdb.DuckDBPyConnection, scheme: str) -> dict[str, str]:
    """Return the region of every place in a scheme, and assert that `dim_region` has them all."""
    for model in MODELS:
        warehouse.execute(f"create or replace view {model} as {sql_of(model)}")
    rows = warehouse.execute(
        "select place_id, region_id from brg_place_region where region_scheme = ?", [scheme]
    ).fetchall()
    named = warehouse.execute(
        "select region_id from dim_region where region_scheme = ?", [scheme]
    ).fetchall()
    assert {region for _, region in rows} == {region for (region,) in named}
    assert len(rows) == len(dict(rows))
    return dict(rows)


def add(warehouse: duckdb.DuckDBPyConnection, scheme: str, by: str, follows: bool) -> None:
    """Add a scheme of two regions to both seeds: one county or microregion, and the rest."""
    warehouse.execute(
        "insert into region_scheme values (?, ?, false, ?)", [scheme, scheme, follows]
    )
    warehouse.execute(
        "insert into county_region select county_fips, ?, case when region = ? or county_fips = ?"
        " then 'Here' else 'There' end from county_region where scheme = 'microregion'",
        [scheme, by, by],
    )


def test_a_scheme_of_counties_is_rows_of_two_seeds(warehouse: duckdb.DuckDBPyConnection) -> None:
    add(warehouse, "air_district", LOS_ANGELES, follows=False)
    placed = regions(warehouse, "air_district")
    assert placed["near"] == placed[ALAMEDA] == "air_district:There"
    assert placed["valley"] == placed[LOS_ANGELES] == "air_district:Here"
    assert "nowhere" not in placed


def test_a_college_takes_its_own_microregion_along(warehouse: duckdb.DuckDBPyConnection) -> None:
    add(warehouse, "alliance", "South Central Coast", follows=True)
    placed = regions(warehouse, "alliance")
    assert placed["valley"] == "alliance:Here"
    assert placed["near"] == placed[LOS_ANGELES] == "alliance:There"


def test_a_microregion_that_no_county_has_reaches_the_test_of_regions(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    warehouse.execute(
        "update int_institution__current set microregion = 'X' where county_fips = ?", [ALAMEDA]
    )
    with pytest.raises(AssertionError, match="microregion:X"):
        regions(warehouse, "microregion")
