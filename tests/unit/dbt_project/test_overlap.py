"""Unduplicated counts on random memberships: nobody twice, unions within sums, symmetry."""

from itertools import product

import duckdb
import numpy as np
import pytest

from tests.unit.dbt_project.dbt_model import sql_of

INITIATIVES = ("CCPT", "CTEIG", "GP", "SWP")
CELL = ("person", "microregion:East Bay", "2017-18")


@pytest.fixture(params=range(10))
def members(request: pytest.FixtureRequest) -> dict[str, set[str]]:
    """Return who is in which initiative: some empty, some alike, some alone."""
    draw = np.random.default_rng(request.param)
    people = [f"P{n}" for n in range(int(draw.integers(1, 30)))]
    chance = draw.random(len(INITIATIVES)) * draw.integers(0, 2, len(INITIATIVES))
    inside = {
        i: {p for p in people if draw.random() < c}
        for i, c in zip(INITIATIVES, chance, strict=True)
    }
    inside["CCPT"].add("P0")
    return {i: people for i, people in inside.items() if people}


def asked(members: dict[str, set[str]], model: str, columns: str) -> list[tuple]:
    """Return columns of a model over these members."""
    rows = [(*CELL, i, p) for i, people in members.items() for p in people]
    with duckdb.connect() as connection:
        connection.execute("create table initiative (initiative_code varchar)")
        connection.executemany("insert into initiative values (?)", [(i,) for i in INITIATIVES])
        connection.execute(
            "create table int_collaboration__in_initiative (entity_type varchar, region_id varchar,"
            " academic_year varchar, initiative_code varchar, entity_id varchar)"
        )
        connection.executemany(
            "insert into int_collaboration__in_initiative values (?, ?, ?, ?, ?)", rows
        )
        return connection.execute(f"select {columns} from ({sql_of(model)})").fetchall()


def test_the_matrix_is_that_of_sets(members: dict[str, set[str]]) -> None:
    sizes = asked(
        members,
        "initiative_overlap",
        "initiative_code, other_initiative_code, in_initiative, in_other, in_both, in_either",
    )
    assert len(sizes) == len(members) ** 2
    assert {row[:2]: row[2:] for row in sizes} == {
        (one, other): (
            len(members[one]),
            len(members[other]),
            len(members[one] & members[other]),
            len(members[one] | members[other]),
        )
        for one, other in product(members, members)
    }


def test_so_many_or_more_counts_everybody_once_a_step(members: dict[str, set[str]]) -> None:
    sizes = dict(asked(members, "concurrent_initiatives", "at_least_initiatives, entities"))
    everybody = set().union(*members.values())
    how_many = [sum(p in inside for inside in members.values()) for p in everybody]
    assert sizes == {n: sum(k >= n for k in how_many) for n in range(1, len(INITIATIVES) + 1)}
    # Summed over the steps, every membership once: the union is no more than the sum.
    assert sum(sizes.values()) == sum(map(len, members.values())) >= sizes[1] == len(everybody)
