"""Names and numbers: what a person is called and known by, and how each agency knows them.

Lives here: names, SSNs, state and local ids, and the variants agencies hold. Does not: lives.
SSNs have areas 900 to 999, which are never issued, and never group 00 or serial 0000: they look
right and belong to nobody.
"""

import string

import numpy as np
import polars as pl

from sample_data import names
from sample_data.control import Control, stream
from sample_data.draws import pick

_SSN_SPACE = 100 * 99 * 9999


def assign(control: Control, people: pl.DataFrame) -> pl.DataFrame:
    """Return the whole state's people with first_name, last_name, ssn and state_student_id.

    `people` has one row a person over all cohorts; twin_of and namesake_of are its row numbers.
    """
    rng = stream(control, "identity")
    n = len(people)
    first, last = _names(control, rng, people)
    twin, namesake = people["twin_of"].to_numpy(), people["namesake_of"].to_numpy()
    copies = np.flatnonzero(namesake >= 0)
    first[copies], last[copies] = first[namesake[copies]], last[namesake[copies]]
    copies = np.flatnonzero(twin >= 0)
    last[copies] = last[twin[copies]]
    # Twins have different names: a shared draw moves on to the next person's name of that gender.
    same = copies[first[copies] == first[twin[copies]]]
    gender = people["gender"].to_numpy()
    lists = {"F": names.GIRLS, "M": names.BOYS, "X": names.BOYS}
    for row in same.tolist():
        first[row] = next(name for name in lists[str(gender[row])] if name != first[row])
    numbers = rng.choice(_SSN_SPACE, n, replace=False)
    return people.with_columns(
        first_name=pl.Series(first.tolist()),
        last_name=pl.Series(last.tolist()),
        ssn=pl.Series(_ssn(numbers)),
        state_student_id=pl.Series(1_000_000_000 + _distinct(rng, 8_900_000_000, n)).cast(
            pl.String
        ),
    )


def _distinct(rng: np.random.Generator, space: int, n: int) -> np.ndarray:
    """Return distinct numbers below `space`, none of which makes a 10-digit id of one digit."""
    while True:
        drawn = rng.integers(0, space, n)
        repdigit = (drawn + 1_000_000_000) % 1_111_111_111 == 0
        if len(np.unique(drawn)) == n and not repdigit.any():
            return drawn


def _ssn(number: np.ndarray) -> list[str]:
    area, rest = np.divmod(number, 99 * 9999)
    group, serial = np.divmod(rest, 9999)
    # 999-99-9999 is the last number: one digit repeated, so it gives way to its neighbour.
    parts = zip((900 + area).tolist(), (1 + group).tolist(), (1 + serial).tolist(), strict=True)
    ssns = [f"{a}{g:02d}{s:04d}" for a, g, s in parts]
    return ["999999998" if ssn == "999999999" else ssn for ssn in ssns]


def _names(
    control: Control, rng: np.random.Generator, people: pl.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    n = len(people)
    race, gender = people["race"].to_numpy(), people["gender"].to_numpy()
    latino = race == "RH"
    surname = {
        "latino": (latino | ((race == "RT") & (rng.random(n) < 0.3)), names.LATINO_SURNAMES),
        "asian": (race == "RA", names.ASIAN_SURNAMES),
        "filipino": (race == "RF", names.FILIPINO_SURNAMES),
    }
    last = _ranked(rng, names.ANGLO_SURNAMES, n)
    second = _ranked(rng, names.ANGLO_SURNAMES, n)
    for members, pool in surname.values():
        last[members] = _ranked(rng, pool, n)[members]
        second[members] = _ranked(rng, pool, n)[members]
    both = latino & (rng.random(n) < control.two_surnames)
    hyphen = ~latino & (rng.random(n) < control.hyphenated)
    differ = last != second
    last = np.where(both & differ, last + " " + second, last)
    last = np.where(hyphen & differ, last + "-" + second, last)
    girl = (gender == "F") | ((gender == "X") & (rng.random(n) < 0.5))
    spanish = latino & (rng.random(n) < 0.55)
    first = np.where(girl, _ranked(rng, names.GIRLS, n), _ranked(rng, names.BOYS, n))
    own = np.where(girl, _ranked(rng, names.LATINA_GIRLS, n), _ranked(rng, names.LATINO_BOYS, n))
    return np.where(spanish, own, first), last


def _ranked(rng: np.random.Generator, pool: tuple[str, ...], n: int) -> np.ndarray:
    # Popularity falls as 1 / sqrt(rank): the top name is about eight times as common as the 60th.
    weights = 1 / np.sqrt(np.arange(1, len(pool) + 1))
    return np.array(pool, dtype=object)[pick(rng, weights, n)]


def district_registrations(control: Control, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return how districts know their students: names as given at school, local numbers.

    Args:
        control: Parameters.
        pairs: Distinct person, district, with the person's names and birth date.
    """
    rng = stream(control, "district registrations")
    n = len(pairs)
    last, first = pairs["last_name"].to_list(), pairs["first_name"].to_list()
    for row in np.flatnonzero(rng.random(n) < 0.004).tolist():
        last[row] += ", Jr."
    for row in np.flatnonzero(rng.random(n) < 0.15).tolist():
        if first[row] in names.NICKNAMES:
            first[row] += f' "{names.NICKNAMES[first[row]]}"'
    _misspell(control, rng, first, last)
    return pairs.with_columns(
        first_name=pl.Series(first, dtype=pl.String),
        last_name=pl.Series(last, dtype=pl.String),
        local_student_id=pl.Series(_local(rng, n, 6), dtype=pl.String),
    )


def college_registrations(control: Control, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return how colleges and the certifying body know people.

    Args:
        control: Parameters.
        pairs: Distinct person, college, with names, birth date, ssn and state_student_id.

    Returns:
        The pairs with that institution's local_student_id and names; ssn (empty when it has none),
        and which feeds carry ssn and state id: has_dual_ssn, has_dual_state_id, has_state_id.
    """
    rng = stream(control, "college registrations")
    n = len(pairs)
    ascii_names = pairs.select(_ascii("first_name"), _ascii("last_name"))
    last, first = ascii_names["last_name"].to_list(), ascii_names["first_name"].to_list()
    form = rng.random(n)
    varies = form < control.surname_variant
    hispanic = pairs["has_two_surnames"].to_numpy()
    for row in np.flatnonzero(varies & hispanic).tolist():
        hyphenates = form[row] < control.surname_variant / 2
        last[row] = last[row].replace(" ", "-") if hyphenates else last[row].split(" ")[0]
    _misspell(control, rng, first, last)
    ssn = pairs["ssn"].to_list()
    for row in np.flatnonzero(rng.random(n) < control.ssn_typo).tolist():
        ssn[row] = _mistyped(rng, ssn[row])
    for row in np.flatnonzero(rng.random(n) < control.ssn_missing).tolist():
        ssn[row] = None
    return pairs.with_columns(
        first_name=pl.Series(first, dtype=pl.String),
        last_name=pl.Series(last, dtype=pl.String),
        ssn=pl.Series(ssn, dtype=pl.String),
        local_student_id=pl.Series(_local(rng, n, 8), dtype=pl.String),
        has_dual_ssn=pl.Series(rng.random(n) >= control.dual_ssn_missing),
        has_dual_state_id=pl.Series(rng.random(n) >= control.dual_state_id_missing),
        has_state_id=pl.Series(rng.random(n) < control.college_state_id),
    )


def employee_names(control: Control, people: pl.DataFrame) -> pl.DataFrame:
    """Return the names employers file: capitals, last cut to 10 letters, first to 8.

    Returns:
        person, first, last, changed_last (a married name) and change_quarter (the wage quarter
        from which it is used; past the last one when it never changes).
    """
    rng = stream(control, "employee names")
    n = len(people)
    cut = people.select(
        "person",
        first=_ascii("first_name").str.to_uppercase().str.slice(0, 8).str.strip_chars(),
        last=_ascii("last_name").str.to_uppercase().str.slice(0, 10).str.strip_chars(),
    )
    # Changes begin at 20 years of age or so: eight years after grade 9 starts, on average.
    years = rng.geometric(control.name_change, n) if control.name_change > 0 else np.full(n, 999)
    start = (people["cohort"].to_numpy() + 6 - control.first_wage_year) * 4
    change = np.where((people["gender"] == "F").to_numpy(), start + years * 4, 9_999)
    other = cut["last"].gather(rng.integers(0, n, n))
    return cut.with_columns(changed_last=other, change_quarter=pl.Series(change))


def _ascii(column: str) -> pl.Expr:
    return pl.col(column).str.normalize("NFKD").str.replace_all(r"\p{M}", "")


def _local(rng: np.random.Generator, n: int, digits: int) -> list[str]:
    """Return distinct local numbers with leading zeros, wide enough for `n`."""
    width = max(digits, len(str(n)) + 1)
    step = 10**width // max(n, 1)
    numbers = np.arange(n) * step + rng.integers(0, step, n)
    return [f"{number:0{width}d}" for number in rng.permutation(numbers).tolist()]


def _misspell(
    control: Control, rng: np.random.Generator, first: list[str], last: list[str]
) -> None:
    for texts in (first, last):
        for row in np.flatnonzero(rng.random(len(texts)) < control.name_typo / 2).tolist():
            texts[row] = _misspelt(rng, texts[row])


def _misspelt(rng: np.random.Generator, text: str) -> str:
    """Return the text with one letter after the first swapped, dropped or replaced."""
    if len(text) < 4:
        return text
    at = int(rng.integers(1, len(text) - 1))
    kind = rng.integers(0, 3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    letter = "" if kind == 1 else string.ascii_lowercase[rng.integers(0, 26)]
    return text[:at] + letter + text[at + 1 :]


def _mistyped(rng: np.random.Generator, ssn: str) -> str:
    """Return the number with one digit of its second half changed, still one never issued."""
    at = int(rng.integers(5, 9))
    digit = (int(ssn[at]) + int(rng.integers(1, 10))) % 10
    typed = f"{ssn[:at]}{digit}{ssn[at + 1 :]}"
    return ssn if typed.endswith("0000") or typed == "999999999" else typed


def mistype_some(control: Control, ssn: pl.Series) -> pl.Series:
    """Return SSNs of jobs, some with a wrong digit."""
    rng = stream(control, "job numbers")
    typed = ssn.to_list()
    for row in np.flatnonzero(rng.random(len(typed)) < control.ssn_typo).tolist():
        typed[row] = _mistyped(rng, typed[row])
    return pl.Series(typed, dtype=pl.String)
