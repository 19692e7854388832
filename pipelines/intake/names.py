"""Names, birth dates and tokens in the form in which they are compared.

Lives here: pure column expressions, and the lists of particles, suffixes and nicknames they use.
Does not: any comparison of two records.
"""

from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

# Letters that Unicode does not decompose into a plain letter and a mark.
_LETTERS = {
    "ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i",
}  # fmt: skip
# Words of a surname that agencies leave out, run on or keep as they please. Vietnamese surnames
# that look like one (Lê, Đỗ, Văn) are surnames whenever nothing follows them.
_PARTICLES = (
    "DE", "DEL", "DELA", "DELAS", "DELOS", "LA", "LAS", "LOS", "DA", "DOS", "DI", "VAN", "VON",
    "DER", "DEN", "TER", "ST", "SAN", "SANTA", "SANTO", "AL", "EL", "BIN", "IBN", "BINTI", "Y",
)  # fmt: skip
_SUFFIXES = ("JR", "SR", "II", "III", "IV", "2ND", "3RD", "JUNIOR", "SENIOR")
# Words before a given name that identify nobody: Vietnamese Thị marks women; titles name nobody.
_BEFORE_GIVEN = ("THI", "MR", "MRS", "MS", "MISS", "DR")
# The width of the narrowest form any feed uses, an employer's filing: longer names can't differ
# beyond it in a way that every feed shows.
FIRST_WIDTH, LAST_WIDTH = 8, 10
# Tokens are compared as whole numbers: 60 of their 128 bits, a chance pair in 10^7 people below
# 10^-4.
_TOKEN_DIGITS = 15
_EARLIEST_BIRTH = date(1910, 1, 2)


def plain(name: pl.Expr) -> pl.Expr:
    """Return a name in capital letters of any script and single blanks; null for nothing.

    Accents go, apostrophes join (O'Neil, Ka'iulani), and hyphens, dots and commas part. A nickname
    in quotation marks or brackets goes. A zero among letters is an O.
    """
    quoted = r"[\"“”(\[][^\"“”()\[\]]*[\"“”)\]]"
    return (
        name.str.replace_many(_LETTERS)
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_all(quoted, " ")
        .str.replace_all(r"['’‘ʻʼ`´]", "")
        .str.to_uppercase()
        .str.replace_all(r"(\p{L})0|0(\p{L})", "${1}O${2}")
        .str.replace_all(r"[^\p{L}0-9]+", " ")
        .str.strip_chars()
        .replace("", None)
    )


def _words(name: pl.Expr) -> pl.Expr:
    """Return the words of a plain name without suffixes behind it."""
    ending = rf"(?: (?:{'|'.join(_SUFFIXES)}))+$"
    return name.str.replace(ending, "").str.replace_all(r"\d+", "").str.split(" ")


def given_names(name: pl.Expr) -> pl.Expr:
    """Return the words of a given name: `Ma.` is María, and a leading `Thị` or title goes."""
    before = rf"^(?:(?:{'|'.join(_BEFORE_GIVEN)}) )+"
    whole = plain(name).str.replace(before, "").str.replace(r"^MA ", "MARIA ")
    return _words(whole)


def surnames(name: pl.Expr) -> pl.Expr:
    """Return the surnames of a last name: particles before each go, run on or not."""
    parted = rf"\b(?:(?:{'|'.join(_PARTICLES)}) )+"
    return _words(
        plain(name).str.replace_all(parted, "").str.replace_all(r"\bDE(?:LA|LOS|LAS)(\w{4,})", "$1")
    )


def standard_first_names(names: pl.Series) -> pl.DataFrame:
    """Return first names with what they are compared by, one row for each distinct one.

    Columns: ``first_name`` as given; ``given`` the first given name, ``nick`` its nickname group,
    ``initial`` that of the next one, ``givens`` all run on. All but the first are cut to the
    width of the narrowest form.
    """
    words = pl.col("words")
    return (
        names.unique()
        .to_frame("first_name")
        .with_columns(given_names(pl.col("first_name")).alias("words"))
        .select(
            "first_name",
            _word(words, 0, FIRST_WIDTH).alias("given"),
            nickname_group(_word(words, 0, FIRST_WIDTH)).alias("nick"),
            _word(words, 1, 1).alias("initial"),
            words.list.join("").str.head(FIRST_WIDTH).replace("", None).alias("givens"),
        )
    )


def standard_last_names(names: pl.Series) -> pl.DataFrame:
    """Return last names with what they are compared by, one row for each distinct one.

    Columns: ``last_name`` as given; ``family`` and ``family2`` the first and second surname,
    ``families`` the whole name run on, particles included. All but the first are cut to the width
    of the narrowest form.
    """
    words = pl.col("words")
    return (
        names.unique()
        .to_frame("last_name")
        .with_columns(surnames(pl.col("last_name")).alias("words"))
        .select(
            "last_name",
            _word(words, 0, LAST_WIDTH).alias("family"),
            _word(words, 1, LAST_WIDTH).alias("family2"),
            _words(plain(pl.col("last_name")))
            .list.join("")
            .str.head(LAST_WIDTH)
            .replace("", None)
            .alias("families"),
        )
    )


def _word(words: pl.Expr, at: int, width: int) -> pl.Expr:
    return words.list.get(at, null_on_oob=True).str.head(width).replace("", None)


@cache
def nicknames() -> dict[str, str]:
    """Return each known first name, cut to its width, with the name of its nickname group."""
    groups = (Path(__file__).parent / "nicknames.txt").read_text().splitlines()
    named = [line.split() for line in groups if line and not line.startswith("#")]
    # A short form of two groups counts to the one named first.
    return {name[:FIRST_WIDTH]: group[0] for group in named[::-1] for name in group}


def nickname_group(first: pl.Expr) -> pl.Expr:
    """Return the group of a standard first name: the names it stands for; else the name."""
    return first.replace(nicknames())


def birth_date(day: pl.Expr) -> pl.Expr:
    """Return a birth date that can be one: null for placeholders such as 1900-01-01."""
    return pl.when(day >= _EARLIEST_BIRTH).then(day)


def number(token: pl.Expr) -> pl.Expr:
    """Return a token as a whole number, which needs a quarter of its memory."""
    return token.str.head(_TOKEN_DIGITS).str.to_integer(base=16, dtype=pl.Int64)
