"""How people are named, and how their names get written down wrong.

Lives here: the name lists of `data/`, drawing from them, and single typos, misreadings and forms of
a name. Does not: who makes which error how often (`registrations`).
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl

from sample_data.control import DATA, RACES
from sample_data.draws import Draws

# Communities whose names students of each race or ethnicity have, with weights [design].
_COMMUNITIES = {
    "RH": {"latino": 1.0},
    "RW": {"white": 0.94, "armenian": 0.06},
    "RA": {"chinese": 0.28, "vietnamese": 0.22, "south_asian": 0.17, "korean": 0.10,
           "hmong": 0.10, "cambodian_lao": 0.07, "japanese": 0.06},
    "RB": {"black": 1.0},
    "RF": {"filipino": 1.0},
    "RT": {"white": 0.45, "latino": 0.20, "black": 0.15, "filipino": 0.08, "japanese": 0.06,
           "chinese": 0.06},
    "RP": {"pacific": 1.0},
    "RI": {"native": 0.7, "latino": 0.3},
    "RD": {"white": 0.4, "latino": 0.4, "chinese": 0.1, "black": 0.1},
}  # fmt: skip
# Rewrites a text; the number decides how.
Writer = Callable[[str, int], str]

COMMUNITIES = tuple(dict.fromkeys(c for mix in _COMMUNITIES.values() for c in mix))

_NEIGHBOURS = {
    "a": "qwsz", "b": "vghn", "c": "xdfv", "d": "serfcx", "e": "wsdr", "f": "drtgvc", "g": "ftyhbv",
    "h": "gyujnb", "i": "ujko", "j": "huikmn", "k": "jiolm", "l": "kop", "m": "njk", "n": "bhjm",
    "o": "iklp", "p": "ol", "q": "wa", "r": "edft", "s": "awedxz", "t": "rfgy", "u": "yhji",
    "v": "cfgb", "w": "qase", "x": "zsdc", "y": "tghu", "z": "asx",
}  # fmt: skip
# What a scanner takes for what.
_MISREAD = (("rn", "m"), ("m", "rn"), ("l", "i"), ("i", "l"), ("e", "c"), ("c", "e"), ("u", "v"),
            ("v", "u"), ("h", "b"), ("n", "u"), ("cl", "d"), ("o", "0"), ("g", "q"))  # fmt: skip

PARTICLES = ("De la ", "De los ", "De Las ", "De La ", "De Los ", "Dela ", "Delos ", "De ", "Van ",
             "St. ", "San ", "Del ", "La ")  # fmt: skip


@cache
def _lists(file: str) -> dict[tuple[str, ...], tuple[np.ndarray, np.ndarray]]:
    table = pl.read_csv(DATA / file)
    by = [name for name in ("community", "gender") if name in table.columns]
    return {
        tuple(map(str, group)): (
            part["name"].to_numpy().astype(object),
            np.cumsum(part["weight"].to_numpy().astype(float)),
        )
        for group, part in table.partition_by(by, as_dict=True, maintain_order=True).items()
    }


@cache
def nicknames() -> dict[str, list[str]]:
    """Return the nicknames of first names."""
    table = pl.read_csv(DATA / "nicknames.csv")
    groups = table.group_by("name", maintain_order=True).agg("nickname")
    return dict(groups.iter_rows())


def community(draw: Draws, race: np.ndarray) -> np.ndarray:
    """Return each household's community, a row of `COMMUNITIES`."""
    weights = np.array(
        [[_COMMUNITIES[code].get(name, 0.0) for name in COMMUNITIES] for code in RACES]
    )
    return draw.pick_by_row("community", weights[race])


def surname(draw: Draws, of: np.ndarray, name: str) -> np.ndarray:
    """Return surnames of communities."""
    return _drawn(draw, name, {(c,): of == i for i, c in enumerate(COMMUNITIES)}, "surnames.csv")


def first_name(draw: Draws, of: np.ndarray, gender: np.ndarray, name: str) -> np.ndarray:
    """Return first names of communities and genders; X has either."""
    girl = (gender == "F") | ((gender == "X") & draw.chance(f"{name} is a girl's", 0.5))
    groups = {
        (c, code): (of == i) & (girl == (code == "F"))
        for i, c in enumerate(COMMUNITIES)
        for code in ("F", "M")
    }
    return _drawn(draw, name, groups, "first_names.csv")


def _drawn(
    draw: Draws, name: str, groups: dict[tuple[str, ...], np.ndarray], file: str
) -> np.ndarray:
    luck = draw.uniform(name)
    result = np.empty(len(luck), dtype=object)
    for group, members in groups.items():
        pool, cumulative = _lists(file)[group]
        rows = np.searchsorted(cumulative, luck[members] * cumulative[-1], side="right")
        result[members] = pool[np.minimum(rows, len(pool) - 1)]
    return result


def typo(text: str, luck: int) -> str:
    """Return the text with a typo of the keyboard after its first letter.

    Two letters exchanged, one left out, one doubled, or a neighbouring key.
    """
    if len(text) < 3:
        return text
    kind, luck = luck % 4, luck // 4
    at = 1 + luck % (len(text) - 2)
    letter = text[at]
    if kind == 0 and letter != text[at + 1]:
        return text[:at] + text[at + 1] + letter + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + letter + text[at:]
    near = _NEIGHBOURS.get(letter.lower(), "e")
    typed = near[luck // 64 % len(near)]
    return text[:at] + (typed.upper() if letter.isupper() else typed) + text[at + 1 :]


def misread(text: str, luck: int) -> str:
    """Return the text as a scanner misreads it, or as it is where nothing looks alike."""
    for turn in range(len(_MISREAD)):
        written, read = _MISREAD[(luck + turn) % len(_MISREAD)]
        at = text.find(written, 1)
        if at > 0:
            return text[:at] + read + text[at + len(written) :]
    return text


def other_surname_form(text: str, luck: int) -> str:
    """Return two surnames as agencies that expect one write them."""
    first, _, second = text.partition(" ")
    forms = (first, f"{first}-{second}", first, f"{first}-{second}", second, f"{first}{second}",
             f"{second} {first}", f"{first} {second[:1]}", first, second)  # fmt: skip
    return forms[luck % len(forms)]


def without_particle(text: str, luck: int) -> str:
    """Return a surname with its particle run on, or left out."""
    for particle in PARTICLES:
        if text.startswith(particle):
            rest = text[len(particle) :]
            run_on = particle.replace(" ", "").replace(".", "") + rest.lower()
            return rest if luck % 4 == 0 else run_on
    return text


def nickname(text: str, luck: int) -> str:
    """Return a nickname, or the name where it has none."""
    known = nicknames().get(text, [text])
    return known[luck % len(known)]


def with_quoted_nickname(text: str, luck: int) -> str:
    """Return a name with its nickname in quotation marks, as school records have it."""
    short = nickname(text, luck)
    return text if short == text else f'{text} "{short}"'


def first_of_two(text: str, luck: int) -> str:
    """Return a double first name without its second part, or with the initial of it."""
    first, blank, second = text.partition(" ")
    return f"{first} {second[:1]}" if blank and luck % 3 == 0 else first
