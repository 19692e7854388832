"""The released collaboration tables against a second implementation and against themselves.

`tests.reference.collaboration` computes every measure again from the accepted feeds, with sets of
people where the warehouse joins; the rest are promises that hold for any state's data.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
from scipy import stats

from tests.reference.collaboration import (
    alignment,
    continuity,
    initiatives,
    links,
    survival,
)
from tests.reference.collaboration.inputs import Inputs, read_inputs

RELATIVE, ABSOLUTE = 1e-9, 1e-9
# Money is stored in cents.
CENT = 0.0051

KEYS = {
    "initiative_overlap": ["entity_type", "academic_year", "region_id", "initiative_code",
                           "other_initiative_code"],
    "concurrent_initiatives": ["entity_type", "academic_year", "region_id",
                               "at_least_initiatives"],
    "initiative_year": ["academic_year", "region_id", "initiative_code"],
    "partner_year": ["academic_year", "partner_id"],
    "consortium_year": ["consortium_id", "academic_year"],
    "continuity": ["unit_type", "unit_id", "initiative_code"],
    "survival_unit": ["unit_type", "unit_id", "initiative_code", "funded_to_year"],
    "survival_curve": ["unit_type", "initiative_code", "is_funded", "years_after_funding"],
    "survival_comparison": ["unit_type", "initiative_code", "years_after_funding"],
    "link_year": ["academic_year", "link_type", "district_id", "counterpart_id"],
    "network_year": ["academic_year", "region_id", "link_type"],
    "regional_alignment": ["academic_year", "region_id", "pathway_sector_code",
                           "credential_level"],
    "momentum_point": ["momentum_point", "entry_year", "region_id"],
}  # fmt: skip


@pytest.fixture(scope="module")
def inputs(refreshed_home: Path) -> Inputs:
    """Return what the reference reads of the refreshed home."""
    return read_inputs(refreshed_home)


@pytest.fixture(scope="module")
def released(refreshed_home: Path) -> Callable[[str], pl.DataFrame]:
    """Return a function that runs a query on the current release."""
    path = refreshed_home / "releases" / "current" / "warehouse.duckdb"

    def query(sql: str) -> pl.DataFrame:
        with duckdb.connect(str(path), read_only=True) as warehouse:
            return warehouse.sql(sql).pl()

    return query


def comparable(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Return a frame with numbers of two kinds only, and times rounded so that they join."""
    frame = frame.with_columns(
        pl.col(name).cast(pl.Float64 if dtype.is_decimal() or dtype.is_float() else pl.Int64)
        for name, dtype in frame.schema.items()
        if dtype.is_numeric()
    )
    rounded = [k for k in keys if frame.schema[k].is_float()]
    return frame.with_columns(pl.col(rounded).round(9))


def differences(expected: pl.DataFrame, actual: pl.DataFrame, keys: list[str]) -> list[str]:
    """Return what differs between two tables: rows only one has, and unequal values."""
    shared = [c for c in expected.columns if c in actual.columns]
    expected = comparable(expected.select(shared), keys)
    actual = comparable(actual.select(shared), keys)
    problems = [
        f"{side}: {rows.height} rows, first {rows.row(0)}"
        for side, rows in (
            ("only the reference has", expected.join(actual, on=keys, how="anti")),
            ("only the warehouse has", actual.join(expected, on=keys, how="anti")),
            ("doubled in the warehouse", actual.filter(actual.select(keys).is_duplicated())),
        )
        if rows.height
    ]
    both = expected.join(actual, on=keys, suffix="_released")
    for column in [c for c in shared if c not in keys]:
        ours, theirs = pl.col(column), pl.col(f"{column}_released")
        if expected.schema[column].is_float():
            least = CENT if column.endswith(("_usd", "_without_people")) else ABSOLUTE
            allowed = pl.max_horizontal(ours.abs() * RELATIVE, pl.lit(least))
            equal = (ours.is_null() & theirs.is_null()) | ((ours - theirs).abs() <= allowed)
        else:
            equal = ours.eq_missing(theirs)
        unequal = both.filter(~equal.fill_null(False))
        if unequal.height:
            row = unequal.select(*keys, ours, theirs).row(0)
            problems.append(f"{column}: {unequal.height} of {both.height} differ, first {row}")
    return problems


REFERENCE = {
    name: function
    for module in (alignment, continuity, initiatives, links, survival)
    for name, function in vars(module).items()
    if name in KEYS
}


@pytest.mark.parametrize("table", KEYS)
def test_a_table_agrees_with_the_reference(table: str, inputs: Inputs, released) -> None:
    expected = REFERENCE[table](inputs)
    assert expected.height > 0
    actual = released(f"select * from collaboration.{table}")
    problems = differences(expected, actual, KEYS[table])
    assert not problems, "\n".join(problems)


def test_consortia_begin_and_end_as_their_members_do(inputs: Inputs, released) -> None:
    actual = released("select consortium_id, formed_date, dissolved_date from marts.dim_consortium")
    assert not differences(continuity.dissolved(inputs), actual, ["consortium_id"])


def test_nobody_is_twice_in_a_year_of_an_initiative(released) -> None:
    doubled = released("""
        select count(*) as rows from (
            select person_id, initiative_code, academic_year from marts.brg_person_initiative
            group by all having count(*) > 1
        )
    """)
    assert doubled.item() == 0


def test_a_union_is_no_more_than_its_sum_and_no_less_than_any_part(released) -> None:
    broken = released("""
        with part as (
            select academic_year, region_id, sum(people_served) as summed,
                max(people_served) as most
            from collaboration.initiative_year where initiative_code <> 'all' group by all
        )
        select count(*) from collaboration.initiative_year as whole
        join part using (academic_year, region_id)
        where initiative_code = 'all' and people_served not between most and summed
    """)
    assert broken.item() == 0


def test_the_union_of_two_is_what_inclusion_and_exclusion_make_it(released) -> None:
    broken = released("""
        select count(*) from collaboration.initiative_overlap as one
        left join collaboration.initiative_overlap as other
            on one.entity_type = other.entity_type and one.academic_year = other.academic_year
            and one.region_id = other.region_id
            and one.initiative_code = other.other_initiative_code
            and one.other_initiative_code = other.initiative_code
        where one.in_either <> one.in_initiative + one.in_other - one.in_both
            or one.in_both > least(one.in_initiative, one.in_other)
            or one.in_both is distinct from other.in_both
            or (one.initiative_code = one.other_initiative_code
                and one.in_both <> one.in_initiative)
    """)
    assert broken.item() == 0


def test_served_people_of_the_bridge_are_those_of_the_total(released) -> None:
    counts = released("""
        select
            (select count(distinct person_id) from marts.brg_person_initiative) as bridge,
            (select people_served from collaboration.initiative_year
             where academic_year = 'all' and initiative_code = 'all'
               and region_id = 'statewide:California') as total,
            (select entities from collaboration.concurrent_initiatives
             where entity_type = 'person' and academic_year = 'all' and at_least_initiatives = 1
               and region_id = 'statewide:California') as concurrent
    """)
    assert len(set(counts.row(0))) == 1


def test_survival_never_rises(released) -> None:
    rising = released("""
        select count(*) from (
            select survival - lag(survival) over (
                partition by unit_type, initiative_code, is_funded order by years_after_funding
            ) as step
            from collaboration.survival_curve
        ) where step > 0
    """)
    assert rising.item() == 0


@pytest.mark.parametrize("end", [2015, 2016, 2017])
def test_never_funded_pathways_are_not_called_closed(end: int, inputs: Inputs) -> None:
    """A placebo: no money of theirs ends, so one in twenty is called closed at most, by chance."""
    units = continuity.activity(inputs)
    stay = continuity.years_per_person(units)["pathway"]
    funded, _ = continuity.windows_of(inputs)
    last = max(max(unit.seen) for (kind, _), unit in units.items() if kind == "pathway")
    never = [
        unit for (kind, name), unit in units.items() if kind == "pathway" and name not in funded
    ]
    judged = [f for f in (continuity.fate(u, stay, last, end) for u in never) if f["is_observable"]]
    closed = sum(f["status"] == "closed_after_end" for f in judged)
    assert len(judged) >= 10
    assert stats.binomtest(closed, len(judged), 0.05, "greater").pvalue > 0.01


@pytest.mark.parametrize("end", [2015, 2016, 2017])
def test_who_is_judged_does_not_depend_on_how_it_ended(end: int, inputs: Inputs) -> None:
    """Pathways that stay open are made to close: the same are judged, for as many years."""
    units = continuity.activity(inputs)
    stay = continuity.years_per_person(units)["pathway"]
    compared = 0
    for (kind, _), unit in units.items():
        seen = {year: n for year, n in unit.seen.items() if year <= end}
        if kind == "pathway" and seen and len(seen) < len(unit.seen):
            closed = continuity.fate(replace(unit, seen=seen), stay, 2019, end)
            still_open = continuity.fate(unit, stay, 2019, end)
            same = ("is_observable", "years_observable")
            assert [closed[c] for c in same] == [still_open[c] for c in same]
            compared += closed["is_observable"]
    assert compared >= 10


def test_no_employer_account_leads_to_a_named_employer(released, inputs: Inputs) -> None:
    accounts = inputs.members.filter(pl.col("partner_type") == "EMPLOYER")["member_id"].unique()
    partners = released("select partner_id from marts.dim_partner")["partner_id"]
    assert accounts.len() > 0
    assert not set(accounts) & set(partners)
