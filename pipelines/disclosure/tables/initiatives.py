"""People that initiatives serve in the state, and that two of them share.

Lives here: which of these numbers are shown. Does not: organizations and money (`derived`). People
are in several initiatives, so nothing adds up: bounds are those of all ways in which people can be
dealt out among sets of initiatives.
"""

from collections.abc import Iterator
from itertools import product

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linprog

from pipelines.disclosure.manifest import ALL, STATE
from pipelines.disclosure.policy import DisclosurePolicy

SERVED, COMPLETED, BOTH = "served", "completed", "both"
COLUMNS = ["academic_year", "measure", "initiative_code", "other_initiative_code", "people"]
PEOPLE = f"""
    select academic_year, '{SERVED}', initiative_code, '', people_served
    from collaboration.initiative_year
    where region_id = $state and academic_year <> 'all'
    union all
    select academic_year, '{COMPLETED}', initiative_code, '', completers
    from collaboration.initiative_year
    where region_id = $state and academic_year <> 'all'
    union all
    select academic_year, '{BOTH}', initiative_code, other_initiative_code, in_both
    from collaboration.initiative_overlap
    where
        region_id = $state
        and academic_year <> 'all'
        and entity_type = 'person'
        and initiative_code < other_initiative_code
    order by all
"""
Number = tuple[str, str, str]  # measure, initiative, other initiative


def initiative_people(
    connection: duckdb.DuckDBPyConnection, policy: DisclosurePolicy
) -> pl.DataFrame:
    """Return the numbers of each academic year, without those that reveal a few people."""
    rows = connection.execute(PEOPLE, {"state": STATE}).fetchall()
    years = dict[str, dict[Number, int]]()
    for year, *number, people in rows:
        years.setdefault(year, {})[tuple(number)] = people
    listed = [
        (year, *number, None if number in hidden else people)
        for year, people_of in years.items()
        for hidden in [hidden_numbers(people_of, policy)]
        for number, people in people_of.items()
    ]
    schema = dict.fromkeys(COLUMNS, pl.String) | {"people": pl.Int64}
    table = pl.DataFrame(listed, schema, orient="row")
    reason = pl.when(pl.col("people").is_null()).then(pl.lit("hidden")).alias("suppressed_reason")
    return table.with_columns(reason)


def hidden_numbers(people: dict[Number, int], policy: DisclosurePolicy) -> set[Number]:
    """Return the numbers of a year that are hidden: small ones, and those that give them away."""
    small = {
        (of, less): number
        for of, less, number in _facts(people)
        if _is_small(people, of, less, policy.least_people)
    }
    hidden = set(small.values())
    hidden |= {n for n in people if n[0] != SERVED and _parents(n) & hidden}
    rows = _rows(people)
    for step in range(3):
        narrow = {
            n for fact, n in small.items() if not _is_wide(fact, rows, people, hidden, policy)
        }
        if not narrow:
            break
        near = {code for number in narrow for code in number[1:]}
        hidden |= {
            n for n in people if step == 2 or (set(n[1:]) & near and (n[0] != SERVED or step == 1))
        }
    return hidden


def _parents(number: Number) -> set[Number]:
    return {(SERVED, code, "") for code in number[1:] if code}


def _facts(people: dict[Number, int]) -> Iterator[tuple[Number, Number | None, Number]]:
    """Yield each number, and each difference between two, with the number that reveals it."""
    for number in people:
        yield number, None, number
        for parent in _parents(number) if number[0] != SERVED else ():
            yield parent, number, number


def _is_small(people: dict[Number, int], of: Number, less: Number | None, least: int) -> bool:
    if less is not None:
        return people[of] >= least and people[of] - people[less] < least
    enough = of[0] != SERVED and min(people[parent] for parent in _parents(of)) >= least
    return people[of] < least and (people[of] > 0 or enough)


def _rows(people: dict[Number, int]) -> dict[Number, NDArray[np.float64]]:
    """Return each number as a sum over kinds of people: their initiatives, and completion."""
    codes = sorted({n[1] for n in people} - {ALL})
    kinds = [
        (set(np.array(codes)[list(member)]), done)
        for member in product((False, True), repeat=len(codes))
        for done in (False, True)
        if any(member)
    ]

    def counts(number: Number, initiatives: set[str], done: bool) -> bool:
        measure, code, other = number
        inside = code == ALL or {code, *([other] if other else [])} <= initiatives
        return inside and (done or measure != COMPLETED)

    return {n: np.array([float(counts(n, *kind)) for kind in kinds]) for n in people}


def _is_wide(
    fact: tuple[Number, Number | None],
    rows: dict[Number, NDArray[np.float64]],
    people: dict[Number, int],
    hidden: set[Number],
    policy: DisclosurePolicy,
) -> bool:
    """Return whether what is shown leaves enough room for a number, or a difference of two."""
    of, less = fact
    row = rows[of] - (rows[less] if less is not None else 0)
    shown = [n for n in people if n not in hidden]
    equal = (
        (np.array([rows[n] for n in shown]), [people[n] for n in shown]) if shown else (None, None)
    )
    most = 1000 + 10 * max(people.values())
    ends = [linprog(sign * row, A_eq=equal[0], b_eq=equal[1], bounds=(0, most)) for sign in (1, -1)]
    return (
        all(end.status == 0 for end in ends) and -ends[1].fun - ends[0].fun >= policy.width - 1e-6
    )
