"""Names, birth dates and tokens as compared: what agencies write for one person looks alike."""

from datetime import date

import polars as pl
import pytest

from pipelines.intake import names


def first(name: str | None) -> dict:
    return names.standard_first_names(pl.Series([name], dtype=pl.String)).row(0, named=True)


def last(name: str | None) -> dict:
    return names.standard_last_names(pl.Series([name], dtype=pl.String)).row(0, named=True)


def plain(name: str) -> str | None:
    return pl.select(names.plain(pl.lit(name))).item()


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Núñez", "NUNEZ"),
        ("  maría   JOSÉ ", "MARIA JOSE"),
        ("O'Neil", "ONEIL"),
        ("O’Neil", "ONEIL"),
        ("Ka'iulani", "KAIULANI"),
        ("García-López", "GARCIA LOPEZ"),
        ("St. John", "ST JOHN"),
        ("Đặng", "DANG"),
        ("Nguyễn", "NGUYEN"),
        ("Łukasz", "LUKASZ"),
        ("Søren", "SOREN"),
        ("Müller", "MULLER"),
        ("Weiß", "WEISS"),
        ('William "Bill"', "WILLIAM"),
        ("William (Bill)", "WILLIAM"),
        ("Rodr1guez", "RODR1GUEZ"),
        ("G0mez", "GOMEZ"),
        ("李", "李"),
        ("Петров", "ПЕТРОВ"),
        ("-", None),
        ("", None),
    ],
)
def test_case_accents_marks_and_blanks_do_not_count(written, compared) -> None:
    assert plain(written) == compared


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("De la Cruz", "Dela Cruz"),
        ("De la Cruz", "DELACRUZ"),
        ("De La Cruz", "Cruz"),
        ("Delos Santos", "De los Santos"),
        ("de los Reyes", "DELOSREYES"),
        ("Van Dyke", "Dyke"),
        ("San Nicolas", "Nicolas"),
        ("Martinez, Jr.", "Martínez"),
        ("Ramos III", "Ramos"),
        ("Núñez-O'Neil, Jr.", "NUNEZ ONEIL"),
        ("García López", "Garcia-Lopez"),
        ("Hernández y Ruiz", "Hernandez Ruiz"),
        ("Hermosillo Villalpando", "HERMOSILLO"),
    ],
)
def test_forms_of_one_surname_are_compared_as_one(one, other) -> None:
    assert last(one)["family"] == last(other)["family"]


def test_a_filing_form_shows_the_start_of_what_the_college_has() -> None:
    college, form = last("García López"), last("GARCIA LOP")
    assert (college["family"], college["family2"]) == ("GARCIA", "LOPEZ")
    assert (form["family"], form["family2"]) == ("GARCIA", "LOP")
    assert last("Bracamontes Hernández")["family"] == last("BRACAMONTE")["family"]
    assert first("Christopher")["given"] == first("CHRISTOP")["given"]
    assert first("Juan Antonio")["given"] == first("JUAN ANT")["given"] == "JUAN"
    assert first("Juan Antonio")["initial"] == first("JUAN ANT")["initial"] == "A"


@pytest.mark.parametrize(
    ("name", "family", "second"),
    [
        ("Nguyễn", "NGUYEN", None),
        ("Lê", "LE", None),
        ("Đỗ", "DO", None),
        ("Văn", "VAN", None),
        ("Vàng", "VANG", None),
        ("Xiong Vang", "XIONG", "VANG"),
        ("Macapagal-Arroyo", "MACAPAGAL", "ARROYO"),
        ("Dela Peña", "PENA", None),
        ("Delgado", "DELGADO", None),
        ("Delaney", "DELANEY", None),
        ("De", "DE", None),
        ("San", "SAN", None),
        ("Ng", "NG", None),
        ("欧阳", "欧阳", None),
    ],
)
def test_short_and_particle_like_surnames_stay(name, family, second) -> None:
    assert (last(name)["family"], last(name)["family2"]) == (family, second)


def test_a_surname_run_on_is_the_same_as_its_parts() -> None:
    assert last("De Vera")["families"] == last("DEVERA")["families"]
    assert last("García López")["families"] == last("GARCIALOPEZ")["families"]


@pytest.mark.parametrize(
    ("name", "given", "initial"),
    [
        ("Thị Mai", "MAI", None),
        ("Thi", "THI", None),
        ("Ma. Cristina", "MARIA", "C"),
        ("Ma", "MA", None),
        ("Xiao-Long", "XIAO", "L"),
        ("Pa Nhia", "PA", "N"),
        ("Maria José", "MARIA", "J"),
        ("Mary Ann", "MARY", "A"),
        ("J. Robert", "J", "R"),
        ("John Jr.", "JOHN", None),
        ("小龙", "小龙", None),
    ],
)
def test_given_names_of_many_practices(name, given, initial) -> None:
    assert (first(name)["given"], first(name)["initial"]) == (given, initial)


@pytest.mark.parametrize(
    ("formal", "short"),
    [
        ("William", "Bill"),
        ("Elizabeth", "Liz"),
        ("José", "Pepe"),
        ("Francisco", "Paco"),
        ("Guadalupe", "Lupita"),
        ("Jesús", "Chuy"),
        ("Ignacio", "Nacho"),
        ("Enrique", "Kike"),
        ("Guillermo", "Memo"),
        ("Eduardo", "Lalo"),
        ("Christopher", "Topher"),
        ("Katherine", "Kat"),
        ("Alejandra", "Ale"),
    ],
)
def test_nicknames_share_a_group_with_the_formal_name(formal, short) -> None:
    assert first(formal)["nick"] == first(short)["nick"]


def test_names_that_no_one_uses_for_one_another_share_no_group() -> None:
    assert len({first(name)["nick"] for name in ("Ana", "Eva", "Bill", "Chuy", "Xiao")}) == 5


def test_every_nickname_group_is_written_as_names_are_compared() -> None:
    for name, group in names.nicknames().items():
        assert name == name.upper()
        assert len(name) <= names.FIRST_WIDTH
        assert group == group.upper()


def test_missing_names_stay_missing() -> None:
    assert set(first(None).values()) == {None}
    assert set(last("  ").values()) == {"  ", None}


def test_placeholders_are_no_birth_dates() -> None:
    days = pl.DataFrame({"day": [date(1900, 1, 1), date(1910, 1, 1), date(2001, 1, 1), None]})
    parsed = days.select(names.birth_date(pl.col("day"))).to_series()
    assert parsed.to_list() == [None, None, date(2001, 1, 1), None]


def test_tokens_become_numbers_that_differ_when_they_do() -> None:
    tokens = pl.DataFrame({"token": ["f" * 32, "0" * 31 + "1", "0" * 14 + "1" + "0" * 17, None]})
    parsed = tokens.select(names.number(pl.col("token"))).to_series().to_list()
    assert parsed == [16**15 - 1, 0, 1, None]
