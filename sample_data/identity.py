"""Names and numbers: what a person is called and known by, and how each agency knows them.

Lives here: names, SSNs, state and local ids, and the errors agencies hold. Does not: lives.

SSNs have an area from 900 to 999, which was never issued, and a group from 01 to 49, which no
taxpayer number (ITIN, ATIN) that begins so has either: they look right and can be nobody's. In a
true one the second, fourth, sixth and eighth digit sum to an even number; every error makes the sum
odd, so that a mistyped number never is another synthetic person's.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data import names
from sample_data.draws import Draws, day, key, permuted
from sample_data.people import People
from sample_data.world import World

# Areas, groups, two digits, the five values of a digit that make the sum even, a last digit not 0.
SSN_SPACE = 100 * 49 * 100 * 5 * 9
_STATE_ID_SPACE = 8_900_000_000
# Numbers of institutions in the addresses of registrations: districts, colleges, boards, jobs.
DISTRICT, COLLEGE, BOARD, JOB = 0, 10_000, 20_000, 30_000


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
        taken = names.first_name(older, family, gender, "first name")
        again = names.first_name(draw.at(twin, 0), family, gender, "another name")
        first[twin] = np.where(first[twin] == taken, again, first[twin])
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
    # One digit ten times over would look made up; the last hundred million numbers are free.
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


@dataclass(frozen=True)
class Registration:
    """Persons as institutions know them; arrays have one entry a registration."""

    first: np.ndarray
    last: np.ndarray
    birth_date: np.ndarray


def registrations(
    world: World, people: People, known: Identity, row: np.ndarray, where: np.ndarray,
    year: np.ndarray,
) -> Registration:  # fmt: skip
    """Return how institutions wrote people down.

    Args:
        world: The state.
        people: People.
        known: Their true names and numbers.
        row: Whom each registration is of.
        where: Number of the institution, `DISTRICT`, `COLLEGE`, `BOARD` or `JOB` and more.
        year: Calendar year of the registration.
    """
    control, draw = world.control, people.draws("registrations").at(row, where)
    at_school = where < COLLEGE
    changed = (year >= known.married_from[row]) & ~at_school
    first = known.first[row].copy()
    last = np.where(changed, known.married[row], known.last[row])
    errs = known.errs[row]
    luck = draw.bits("form")

    def each(texts: np.ndarray, chosen: np.ndarray, write: names.Writer) -> None:
        for at in np.flatnonzero(chosen).tolist():
            texts[at] = write(texts[at], int(luck[at]))

    # Schools ask parents for the whole name; others more often keep one surname of two.
    keeps = np.where(at_school, 0.1, 1.0) * control.surname_variant
    two = known.has_two_surnames[row] & ~changed
    each(last, two & draw.chance("surname form", keeps), names.other_surname_form)
    each(last, ~two & draw.chance("particle", 0.15 * errs), names.without_particle)
    each(first, draw.chance("nickname", control.nickname), names.nickname)
    each(first, ~at_school & draw.chance("first of two", 0.25), names.first_of_two)
    each(first, draw.chance("first slip", control.name_typo / 2 * errs), names.slip)
    each(last, draw.chance("last slip", control.name_typo / 2 * errs), names.slip)
    each(first, draw.chance("first misread", control.name_misread / 2 * errs), names.misread)
    each(last, draw.chance("last misread", control.name_misread / 2 * errs), names.misread)
    wrong = (first != known.first[row]) | (last != known.last[row])
    each(last, wrong & draw.chance("second error", control.second_error * errs), names.slip)
    swapped = draw.chance("swapped", control.names_swapped * errs)
    first, last = np.where(swapped, last, first), np.where(swapped, first, last)
    man = people.gender[row] == "M"
    suffixed = at_school & man & draw.chance("suffix", control.suffix)
    each(last, suffixed, lambda text, luck: text + (", Jr.", " Jr", " III")[luck % 3])
    each(first, at_school & draw.chance("quoted", 0.02), names.with_quoted_nickname)
    return Registration(first, last, _birth_dates(world, people, row, draw))


def _birth_dates(world: World, people: People, row: np.ndarray, draw: Draws) -> np.ndarray:
    """Return birth dates as written down: transposed, set to 1 January, off by days or a year."""
    true = people.birth_date[row]
    months = true.astype("datetime64[M]").astype(int)
    year, month = 1970 + months // 12, 1 + months % 12
    of_month = (true - true.astype("datetime64[M]").astype("datetime64[D]")).astype(int) + 1
    kind = draw.pick("birth date error", (0.3, 0.2, 0.3, 0.2))
    transposed = day(year, np.minimum(of_month, 12), month)
    by_days = true + np.where(draw.chance("later", 0.5), 1, -1) * draw.whole("days off", 1, 10)
    # Those who stay to age 22 and the youngest keep their year: a wrong one would be impossible.
    by_year = true + np.where(people.has_disability[row], -10, -365)
    wrong = np.select(
        [(kind == 0) & (of_month <= 12), kind == 1, kind == 2],
        [transposed, day(year, 1, 1), by_days],
        by_year,
    )
    is_wrong = draw.chance("birth date", world.control.birth_date_error)
    return np.where(is_wrong, wrong, true)


def registered_ssn(
    world: World, people: People, known: Identity, row: np.ndarray, where: np.ndarray
) -> np.ndarray:
    """Return the SSN each institution or job has on file, some with a wrong digit."""
    draw = people.draws("registered numbers").at(row, where)
    numbers = known.ssn[row].copy()
    luck = draw.bits("typo kind")
    for at in np.flatnonzero(draw.chance("typo", world.control.ssn_typo)).tolist():
        numbers[at] = mistyped(str(numbers[at]), int(luck[at]))
    return numbers


def mistyped(number: str, luck: int) -> str:
    """Return an SSN with a wrong digit or two exchanged; its check sum is odd afterwards.

    The sum is of the second, fourth, sixth and eighth digit. Group and first digit stay, so the
    number still was never issued.
    """
    digits = [int(d) for d in number]
    pairs = [(a, b) for a, b in ((1, 2), (5, 6), (7, 8)) if (digits[a] - digits[b]) % 2]
    if luck % 3 == 0 and pairs:
        one, other = pairs[luck // 3 % len(pairs)]
        digits[one], digits[other] = digits[other], digits[one]
    else:
        at = (1, 5, 7)[luck // 3 % 3]
        digits[at] = (digits[at] + (1, 3, 5, 7, 9)[luck // 9 % 5]) % 10
    return "".join(map(str, digits))


def plain(column: str) -> pl.Expr:
    """Return text without accents."""
    return pl.col(column).str.normalize("NFKD").str.replace_all(r"\p{M}", "")


def on_a_filing_form(first: np.ndarray, last: np.ndarray) -> pl.DataFrame:
    """Return names as employers file them: capitals, last cut to 10 letters, first to 8."""
    cut = pl.DataFrame(
        {"first": first, "last": last}, schema={"first": pl.String, "last": pl.String}
    )
    return cut.select(
        first=plain("first").str.to_uppercase().str.slice(0, 8).str.strip_chars(),
        last=plain("last").str.to_uppercase().str.slice(0, 10).str.strip_chars(),
    )
