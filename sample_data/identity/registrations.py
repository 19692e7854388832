"""How each agency knows people: names, birth dates and SSNs as institutions wrote them down.

Lives here: the errors agencies hold. Does not: true names and numbers (`numbers`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from sample_data.draws import Draws, day
from sample_data.identity import names
from sample_data.identity.numbers import Identity
from sample_data.lives.people import People
from sample_data.world.places import World

# Numbers of institutions in the addresses of registrations: districts, colleges, boards, jobs, and
# the licence agency, to which people show a document.
DISTRICT, COLLEGE, BOARD, JOB, LICENCE = 0, 10_000, 20_000, 30_000, 40_000


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
        where: Number of the institution, `DISTRICT`, `COLLEGE`, `BOARD`, `JOB`, `LICENCE` or more.
        year: Calendar year of the registration.
    """
    control, draw = world.control, people.draws("registrations").at(row, where)
    at_school, by_document = where < COLLEGE, where >= LICENCE
    changed = (year >= known.married_from[row]) & ~at_school
    first = known.first[row].copy()
    last = np.where(changed, known.married[row], known.last[row])
    errs = known.errs[row]
    luck = draw.bits("form")

    def each(texts: np.ndarray, chosen: np.ndarray, write: names.Writer) -> None:
        for at in np.flatnonzero(chosen).tolist():
            texts[at] = write(texts[at], int(luck[at]))

    # Schools ask parents for the whole name, as a document has it; others more often keep one
    # surname of two.
    varies = np.where(at_school | by_document, 0.1, 1.0) * control.surname_variant
    two = known.has_two_surnames[row] & ~changed
    each(last, two & draw.chance("surname form", varies), names.other_surname_form)
    each(last, ~two & draw.chance("particle", 0.15 * errs), names.without_particle)
    each(first, ~by_document & draw.chance("nickname", control.nickname), names.nickname)
    each(first, ~at_school & ~by_document & draw.chance("first of two", 0.25), names.first_of_two)
    each(first, draw.chance("first slip", control.name_typo / 2 * errs), names.typo)
    each(last, draw.chance("last slip", control.name_typo / 2 * errs), names.typo)
    each(first, draw.chance("first misread", control.name_misread / 2 * errs), names.misread)
    each(last, draw.chance("last misread", control.name_misread / 2 * errs), names.misread)
    wrong = (first != known.first[row]) | (last != known.last[row])
    each(last, wrong & draw.chance("second error", control.second_error * errs), names.typo)
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
