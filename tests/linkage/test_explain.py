"""Why records are one person: weights, words, files and what they must not hold."""

import base64
import io
import json
import os
import stat

import polars as pl
import pytest
from rich.console import Console

from pipelines.linkage import model
from pipelines.linkage.run import refresh_crosswalk
from pipelines.linkage.store import Store
from pipelines.linkage_review import charts, evidence, explain, pictures

from .cases import COLLEGE, K12, OTHER_SSN, SSN, WAGE, by_key, home, person

ROWS = [
    person(K12, "k", state_id="S1"),
    person(COLLEGE, "c", ssn=SSN),
    person(WAGE, "w", ssn=SSN),
    person(COLLEGE, "t", ssn=OTHER_SSN, first_name="Berta", gender_code="F"),
    person(K12, "x", state_id="S2", first_name="Boris", last_name="Kowalski"),
]


@pytest.fixture(scope="module")
def linked(tmp_path_factory) -> tuple[Store, dict[str, str]]:
    settings = home(tmp_path_factory.mktemp("home"), ROWS)
    ids = by_key(refresh_crosswalk(settings), ROWS)
    return Store(settings.identity), ids


def printed(store: Store, id_: str) -> tuple[str, object]:
    console = Console(file=io.StringIO(), width=200)
    folder = explain.explain(store, id_, console)
    return console.file.getvalue(), folder


def test_bars_add_up_to_the_match_weight(linked) -> None:
    store, _ = linked
    trained = model.load(store.model)
    row = pl.read_parquet(store.pair).row(0, named=True)
    *steps, final = evidence.bars(row, trained)
    assert sum(bar.bits for bar in steps) == pytest.approx(final.bits, abs=1e-4)
    assert ("Given name", "Equal") in [(bar.name, bar.level) for bar in steps]


def test_a_pair_scored_again_weighs_the_same(linked) -> None:
    store, _ = linked
    ends = ["identity_l", "identity_r"]
    stored = pl.read_parquet(store.pair).sort(ends)
    again = evidence.score(store, stored.select(ends).rows())
    assert again["match_weight"].to_list() == pytest.approx(stored["match_weight"].to_list())


def test_a_person_is_explained_and_drawn_for_the_owner_alone(linked) -> None:
    store, ids = linked
    text, folder = printed(store, ids["k"])
    assert text.startswith(explain.NOTICE[:40])
    assert "ANA" in text
    assert "linked" in text
    assert evidence.BY_NUMBERS in " ".join(text.split())
    files = sorted(folder.iterdir())
    assert {path.suffix for path in files} == {".png", ".json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    spec = json.loads(next(p for p in files if p.suffix == ".json").read_text())
    assert "vega-lite" in spec["$schema"]


def test_two_persons_are_explained_by_their_best_pair(linked) -> None:
    store, ids = linked
    text, folder = printed(store, f"{ids['k']},{ids['t']}")
    assert "Different" in text
    assert len(list(folder.glob("*.png"))) == 1


@pytest.mark.parametrize("id_", ["Pnobody", "12345", "", "a,b,c"])
def test_an_unknown_id_is_an_error_in_plain_words(linked, id_) -> None:
    with pytest.raises(evidence.UnknownId, match=r"No (person|identity)|Give one id"):
        printed(linked[0], id_)


def test_charts_are_small_and_their_owners_alone_and_drawn_once_a_model(linked) -> None:
    store, _ = linked
    drawn = pictures.of_model(store)
    for path in drawn.values():
        data = pictures.as_markdown(path).partition("base64,")[2].rstrip(")")
        assert base64.b64decode(data) == path.read_bytes()
        assert path.stat().st_size < 60_000
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.write_bytes(b"as drawn before")
    assert pictures.of_model(store) == drawn
    assert {path.read_bytes() for path in drawn.values()} == {b"as drawn before"}
    later = max(path.stat().st_mtime_ns for path in drawn.values()) + 1
    os.utime(store.model, ns=(later, later))
    assert all(path.stat().st_size > 1_000 for path in pictures.of_model(store).values())


def test_charts_hold_no_value_of_anybody(linked) -> None:
    store, _ = linked
    pair = pl.read_parquet(store.pair)
    figures = [
        charts.weights(model.load(store.model)),
        charts.histogram(pair),
        charts.unlinkables(charts.against_themselves(store)),
        charts.threshold_curve(charts.expected(pair["match_probability"])),
    ]
    identity = pl.read_parquet(store.path("identity"))
    values = {str(value) for column in identity for value in column.drop_nulls()}
    words = " ".join(
        text.get_text()
        for figure in figures
        for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))
    )
    assert not {value for value in values if len(value) > 2 and value in words} - {"true", "false"}
