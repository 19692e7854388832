"""Clusters: the strongest links that fit, and where a cluster is split."""

import numpy as np
import polars as pl

from pipelines.linkage import clusters
from pipelines.linkage.clusters import Group


def group(name: int, *, state_id: int | None = None, ssns: dict | None = None) -> Group:
    return Group(name, [name], {state_id} if state_id else set(), ssns or {}, 0, 9999)


def test_components_are_named_by_their_least_member() -> None:
    left, right = np.array([4, 3, 1]), np.array([3, 0, 2])
    assert clusters.components(6, left, right).tolist() == [0, 1, 1, 0, 0, 5]


def test_a_long_chain_is_one_component() -> None:
    order = np.random.default_rng(1).permutation(2_000)
    assert set(clusters.components(2_000, order[:-1], order[1:]).tolist()) == {0}


def test_conflicting_state_ids_are_split_at_the_weakest_link() -> None:
    groups = {1: group(1, state_id=11), 2: group(2), 3: group(3), 4: group(4, state_id=44)}
    # 1 - 2 - 3 - 4, and 2 - 3 is the weakest.
    decisions = clusters.cluster(groups, [(1, 2), (3, 4), (2, 3)])
    assert decisions == ["linked", "linked", "split: two state ids"]


def test_two_well_supported_ssns_are_two_people_and_a_typo_is_none() -> None:
    one = group(1, ssns={900: (90, 0, 3)})
    typo = group(2, ssns={901: (90, 1, 1)})
    assert clusters.why_apart(one, typo) is None
    both = clusters.joined(one, typo)
    assert clusters.why_apart(both, group(3, ssns={901: (90, 1, 2)})) == "two SSNs"
    assert clusters.why_apart(one, group(4, ssns={555: (55, 5, 1)})) == "two SSNs"


def test_a_group_is_held_by_the_weakest_link_on_the_strongest_way() -> None:
    known = pl.DataFrame(
        {
            "exact_group": [1, 2, 3, 4, 9],
            "state_ids": [[], [], [7], [], []],
            "keys": [5, 1, 1, 1, 1],
        },
        schema_overrides={"state_ids": pl.List(pl.Int64)},
    )
    links = pl.DataFrame({"left": [1, 2, 3, 1], "right": [2, 3, 4, 4]})
    persons = clusters.persons(links, known).sort("exact_group")
    assert persons.rows() == [(1, 3, 1), (2, 3, 1), (3, 3, -1), (4, 3, 2), (9, 9, -1)]
