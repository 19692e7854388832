"""Names and numbers: what a person is called and known by.

Lives here: names, SSNs, state and local ids. Does not: the errors agencies hold (`registrations`).

SSNs have an area from 900 to 999, which was never issued, and a group from 01 to 49, which no
taxpayer number (ITIN, ATIN) that begins so has either: they have the right form and belong to
nobody. In a true one the second, fourth, sixth and eighth digit sum to an even number; every error
makes the sum odd, so that a mistyped number never is another synthetic person's.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.draws import Draws, key, permuted
from sample_data.identity import names
from sample_data.lives.people import People
from sample_data.world.places import World

# Areas, groups, two digits, the five values of a digit that make the sum even, a last digit not 0.
SSN_SPACE = 100 * 49 * 100 * 5 * 9
_STATE_ID_SPACE = 8_900_000_000


@dataclass(frozen=True)
class Identity:
    """What people are really called and known by; arrays have one entry a person.

    Attributes:
        first, last: Names, with accents; Latino students may have two surnames.
        has_two_surnames: Whether `last` is two surnames.
        married: The surname some women take.
        married_from: First calendar year of it.
        ssn, state_id: Nine and ten digits.
        errs: How often this person's name is written down wrong, against the average.
    """

    first: np.ndarray
    last: np.ndarray
    has_two_surnames: np.ndarray
    married: np.ndarray
    married_from: np.ndarray
    ssn: np.ndarray
    state_id: np.ndarray
    errs: np.ndarray


def assign(world: World, people: People) -> Identity:
    """Return names and numbers of people."""
    control = world.control
    home = Draws(people.seed, "family names", people.household)
    community = names.community(home, people.race)
    last = names.surname(home, community, "surname")
    other = names.surname(home, community, "second surname")
    differ = last != other
    latino = community == names.COMMUNITIES.index("latino")
    simple = np.array([" " not in text and "-" not in text for text in last], dtype=bool)
    simple &= np.array([" " not in text for text in other], dtype=bool)
    two = latino & differ & simple & home.chance("two surnames", control.two_surnames)
    hyphen = ~latino & differ & simple & home.chance("hyphen", control.hyphenated)
    last = np.where(two, last + " " + other, np.where(hyphen, last + "-" + other, last))
    own = people.draws("names")
    woman = people.gender == "F"
    years = np.ceil(np.log(own.uniform("married")) / np.log(1 - max(control.name_change, 1e-9)))
    return Identity(
        first=_first_names(people, community),
        last=last,
        has_two_surnames=two,
        married=names.surname(own, community, "married surname"),
        married_from=np.where(woman, people.cohort + 6 + np.minimum(years, 900), 9_999).astype(int),
        ssn=ssn(world, people.person),
        state_id=_state_id(world, people.person),
        errs=people.of_race(control.error_by_race),
    )


def _first_names(people: People, community: np.ndarray) -> np.ndarray:
    draw = Draws(people.seed, "first names", people.origin)
    first = names.first_name(draw, community, people.gender, "first name")
    # A twin has another name than the older one would have with the same gender.
    twin = np.flatnonzero(people.household != people.origin)
    if len(twin):
        older = Draws(people.seed, "first names", people.household[twin])
        family, gender = community[twin], people.gender[twin]
        older_name = names.first_name(older, family, gender, "first name")
        again = names.first_name(draw.at(twin, 0), family, gender, "another name")
        first[twin] = np.where(first[twin] == older_name, again, first[twin])
    return first


def ssn(world: World, person: np.ndarray) -> np.ndarray:
    """Return the SSNs of persons by their number: nine digits that were never issued."""
    number = permuted(person, SSN_SPACE, key(world.control.seed, "ssn"))
    number, ninth = np.divmod(number, 9)
    number, half = np.divmod(number, 5)
    number, middle = np.divmod(number, 100)
    area, group = np.divmod(number, 49)
    group = group + 1
    odd = (area // 10 + group // 10 + middle // 10) % 2
    digits = 900 + area
    digits = digits * 100 + group
    digits = digits * 100 + middle
    digits = digits * 10 + 2 * half + odd
    return (digits * 10 + 1 + ninth).astype("U9")


def _state_id(world: World, person: np.ndarray) -> np.ndarray:
    number = 1_000_000_000 + permuted(person, _STATE_ID_SPACE, key(world.control.seed, "state id"))
    # One digit ten times over would be visibly invented; the last hundred million numbers are free.
    repdigit = number % 1_111_111_111 == 0
    return np.where(repdigit, 9_900_000_000 + number // 1_111_111_111, number).astype("U10")


def borrowed_ssn(world: World, person: np.ndarray) -> np.ndarray:
    """Return somebody else's SSN for each person; no two borrow the same one."""
    n = world.control.students
    return ssn(world, (person + n // 2 + 1) % n)


def local_ids(
    world: World, person: np.ndarray, institution: np.ndarray, ids: np.ndarray, digits: int
) -> pl.Series:
    """Return each institution's own numbers of persons, with leading zeros.

    Args:
        world: The state.
        person: Numbers of persons.
        institution: Rows of `ids`.
        ids: Institutions.
        digits: Least width; wider where there are too many persons for it.
    """
    width = max(digits, len(str(world.control.students)) + 1)
    keys = np.array([key(world.control.seed, "local id", str(i)) for i in ids], dtype=np.uint64)
    number = permuted(person, 10**width, keys[institution])
    return pl.Series(number, dtype=pl.Int64).cast(pl.String).str.zfill(width)
