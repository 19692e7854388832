"""Encodings: what they keep and hide, and what of them the gate takes."""

import json
import logging
from hashlib import sha256

import polars as pl
import pytest

from pipelines.intake import encode as encoding
from pipelines.intake.accept import accept
from pipelines.intake.encode import METADATA, encode, filters
from pipelines.intake.validate import cast
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.encoded import encoded
from tests.unit.cases import GOOD, YEAR
from tests.unit.encoded_cases import COLLEGE, deliver, gate

KEY, OTHER_KEY = b"e" * 32, b"f" * 32
PEOPLE = [name for name, feed in FEEDS.items() if feed.person_key]


# Digest of one student's encodings under KEY, by layout. Files that were encoded before hold the
# same: whoever changes an encoding raises LAYOUT and adds a line.
GOLDEN = {1: "bc17cd8aa22d57f9"}


def typed(feed: str, **change: str | None) -> pl.DataFrame:
    """Return a good row of a feed in its types."""
    dtypes = FEEDS[feed].dtypes
    row = pl.DataFrame([GOOD[feed] | change], schema=dict.fromkeys(dtypes, pl.String))
    return cast(row, FEEDS[feed])[0]


def dice(one: str, other: str) -> float:
    """Return the share of bits that two names' filters have in common."""
    frame = pl.DataFrame({"name": [one, other]}).select(filters(pl.col("name"), KEY, "given"))
    a, b = (int(bits, 16) for bits in frame["name"])
    return 2 * (a & b).bit_count() / (a.bit_count() + b.bit_count())


@pytest.mark.parametrize("feed", PEOPLE)
def test_a_row_encodes_the_same_under_a_key_and_otherwise_under_another(feed) -> None:
    rows = typed(feed)
    made = encode(rows, FEEDS[feed], KEY)
    assert made.equals(encode(rows, FEEDS[feed], KEY))
    other = encode(rows, FEEDS[feed], OTHER_KEY)
    for name in encoded(FEEDS[feed]).identifying:
        assert made[name].item() is None or made[name].item() != other[name].item(), name


def test_an_encoding_changes_with_its_layout_alone() -> None:
    student = {
        "local_student_id": "A-17",
        "state_student_id": "1234567890",
        "ssn": "912345678",
        "first_name": "María José",
        "last_name": "Núñez-O'Neil, Jr.",
        "birth_date": "2002-03-04",
    }
    row = encode(typed(COLLEGE, **student), FEEDS[COLLEGE], KEY)
    values = row.select(encoded(FEEDS[COLLEGE]).identifying).rows()
    assert GOLDEN[encoding.LAYOUT] == sha256(repr(values).encode()).hexdigest()[:16]


@pytest.mark.parametrize("feed", PEOPLE)
def test_an_encoded_row_has_its_contracts_columns_and_no_plain_value(feed) -> None:
    rows = typed(feed)
    made = encode(rows, FEEDS[feed], KEY)
    assert made.columns == list(encoded(FEEDS[feed]).dtypes)
    written = json.dumps(made.select(encoded(FEEDS[feed]).identifying).to_dicts(), default=str)
    for name in FEEDS[feed].identifying:
        value = GOOD[feed][name]
        assert value is None or len(value) < 3 or value.upper() not in written.upper(), name


@pytest.mark.parametrize(
    ("one", "close", "far"),
    [
        ("VILLALOBOS", "VILLALOBIS", "KOWALSKI"),
        ("GUADALUPE", "GUADALUP", "BORIS"),
        ("MARIA", "MARIO", "KEVIN"),
    ],
)
def test_similar_names_share_more_than_different_ones(one, close, far) -> None:
    assert dice(one, one) == 1
    assert dice(one, close) > 0.6 > 0.4 > dice(one, far)


def test_equal_names_of_two_fields_have_different_filters() -> None:
    rows = typed(COLLEGE, first_name="Garcia", last_name="Garcia")
    made = encode(rows, FEEDS[COLLEGE], KEY)
    assert made["first_name"].item() != made["last_name"].item()


def test_an_exchanged_day_and_month_meet_the_date_they_were() -> None:
    one, other = (
        encode(typed(COLLEGE, birth_date=day), FEEDS[COLLEGE], KEY)
        for day in ("2001-05-06", "2001-06-05")
    )
    assert one["birth_date"].item() == other["birth_exchanged"].item()
    assert (
        encode(typed(COLLEGE, birth_date="2001-05-16"), FEEDS[COLLEGE], KEY)[
            "birth_exchanged"
        ].item()
        is None
    )


def test_both_modes_have_the_same_tokens_and_keys(tmp_path) -> None:
    settings = Settings(home=tmp_path)
    place = settings.identity / COLLEGE / f"period={YEAR}.parquet"
    path = deliver(settings, COLLEGE)
    gate(settings, COLLEGE)
    plain = pl.read_parquet(place)
    path.unlink()
    deliver(settings, COLLEGE, hide=True)
    gate(settings, COLLEGE)
    hidden = pl.read_parquet(place)
    same = [name for name in plain.columns if name.endswith(("_token", "_key"))]
    assert plain.select(same).equals(hidden.select(same))
    assert plain.schema == hidden.schema
    assert hidden.select("first_name", "last_name", "birth_date").row(0) == (None, None, None)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({}, "that pathways deliveries encode wrote"),
        ({"feed": "wage"}, "that pathways deliveries encode wrote"),
        ({"layout": 0}, "another version of this project"),
        ({"contract": "x"}, "another version of the contract"),
        ({"key": "x"}, "another key"),
    ],
    ids=["no metadata", "feed", "layout", "contract", "key"],
)
def test_a_file_encoded_otherwise_is_refused(tmp_path, written, words) -> None:
    settings = Settings(home=tmp_path)
    path = deliver(settings, COLLEGE, hide=True)
    made = json.loads(pl.read_parquet_metadata(path)[METADATA])
    metadata = {METADATA: json.dumps(made | written)} if written else {}
    pl.read_parquet(path).write_parquet(path, metadata=metadata)
    account = gate(settings, COLLEGE)
    assert account.refused == ("file:not_encoded",)
    assert words in (account.message or "")


def test_a_row_with_a_plain_value_among_encodings_is_quarantined(tmp_path, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    settings = Settings(home=tmp_path)
    path = deliver(settings, COLLEGE, hide=True)
    metadata = {METADATA: pl.read_parquet_metadata(path)[METADATA]}
    plain = pl.read_parquet(path).with_columns(pl.lit("Villalobos").alias("last_name"))
    plain.write_parquet(path, metadata=metadata)
    account = gate(settings, COLLEGE)
    assert account.reasons == {"last_name:pattern": 1}
    assert "encoding" in encoded(FEEDS[COLLEGE]).rules["last_name:pattern"]
    assert "Villalobos" not in caplog.text + str(account.message)


def test_open_and_encoded_files_of_one_submitter_are_two_files(tmp_path) -> None:
    settings = Settings(home=tmp_path)
    deliver(settings, COLLEGE, hide=True)
    deliver(settings, COLLEGE)
    accounts = accept(settings, FEEDS[COLLEGE], [YEAR])[YEAR]
    assert [account.refused for account in accounts] == [("file:two_files",)] * 2


@pytest.mark.parametrize("feed", PEOPLE)
def test_an_encoded_contract_keeps_every_rule_that_reads_no_plain_value(feed) -> None:
    lost = set(FEEDS[feed].rules) - set(encoded(FEEDS[feed]).rules)
    assert lost <= {
        "birth_date:type", "first_name:required", "last_name:required", "birth_date:required",
        "state_student_id:placeholder", "ssn:placeholder", "age_fits_high_school",
        "birth_before_entry", "special_admit_age", "age_fits_college", "birth_before_award",
        "birth_before_participation", "age_fits_record",
    }  # fmt: skip
    assert "key:unique" in encoded(FEEDS[feed]).rules


def test_the_encoding_key_is_made_from_the_token_key_and_is_another(tmp_path) -> None:
    settings = Settings(home=tmp_path)
    assert settings.shared_key() == settings.shared_key() != settings.key()
    given = Settings(home=tmp_path, encoding_key="s" * 32)  # pyright: ignore[reportArgumentType]
    assert given.shared_key() == b"s" * 32
    assert encoding.fingerprint(given.shared_key()) != encoding.fingerprint(settings.shared_key())
