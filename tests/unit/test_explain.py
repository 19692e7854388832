"""Why records are one person: weights, words, files and what they must not hold."""

import base64
import io
import json
import stat

import polars as pl
import pytest
from rich.console import Console

from pipelines.linkage import model
from pipelines.linkage.run import Store, refresh_crosswalk
from pipelines.linkage_review import evidence, explain, model_charts

from .linkage_cases import by_key, home, person

K12, COLLEGE, WAGE = "k12_enrollment", "college_enrollment", "wage"
ROWS = [
    person(K12, "k", "S1", None, "Ana", "Villalobos"),
    person(COLLEGE, "c", None, "912345678", "Ana", "Villalobos"),
    person(WAGE, "w", None, "912345678", "ANA", "VILLALOBOS"),
    person(COLLEGE, "t", None, "955554444", "Berta", "Villalobos", gender="F"),
    person(K12, "x", "S2", None, "Boris", "Kowalski"),
]


@pytest.fixture(scope="module")
def linked(tmp_path_factory) -> tuple[Store, dict[str, str]]:
    settings = home(tmp_path_factory.mktemp("home"), ROWS)
    crosswalk = refresh_crosswalk(settings)
    return Store(settings.identity), by_key(crosswalk, ROWS, "person_id")


def told(store: Store, id_: str) -> tuple[str, object]:
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
    kept = pl.read_parquet(store.pair).sort("record_l", "record_r")
    again = evidence.score(store, kept.select("record_l", "record_r").rows())
    assert again["match_weight"].to_list() == pytest.approx(kept["match_weight"].to_list())


def test_a_person_is_told_and_drawn_for_the_owner_alone(linked) -> None:
    store, ids = linked
    text, folder = told(store, ids["k"])
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


def test_two_persons_are_told_by_their_best_pair(linked) -> None:
    store, ids = linked
    text, folder = told(store, f"{ids['k']},{ids['t']}")
    assert "Different" in text
    assert len(list(folder.glob("*.png"))) == 1


@pytest.mark.parametrize("id_", ["Pnobody", "12345", "", "a,b,c"])
def test_an_unknown_id_is_said_in_plain_words(linked, id_) -> None:
    with pytest.raises(evidence.UnknownId, match=r"No (person|record)|Give one id"):
        told(linked[0], id_)


def test_pictures_hold_no_value_and_are_small(linked) -> None:
    store, _ = linked
    for path in model_charts.draw(store).values():
        data = model_charts.as_markdown(path).partition("base64,")[2].rstrip(")")
        assert base64.b64decode(data) == path.read_bytes()
        assert path.stat().st_size < 60_000
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_words_in_pictures_are_of_the_model_alone(linked) -> None:
    store, _ = linked
    pair = pl.read_parquet(store.pair)
    figures = [
        model_charts.weights(model.load(store.model)),
        model_charts.histogram(pair),
        model_charts.unlinkables(model_charts.against_themselves(store)),
        model_charts.threshold_curve(model_charts.expected(pair["match_probability"])),
    ]
    record = pl.read_parquet(store.kept("record"))
    values = {str(value) for name in record.columns for value in record[name].drop_nulls()}
    words = " ".join(
        text.get_text()
        for figure in figures
        for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))
    )
    assert not {value for value in values if len(value) > 2 and value in words} - {"true", "false"}


def test_expected_precision_and_recall() -> None:
    curve = model_charts.expected(pl.Series([0.6, 0.9, 1.0]))
    at = curve.filter(pl.col("threshold").is_between(0.795, 0.805)).row(0, named=True)
    assert at["precision"] == pytest.approx(0.95)
    assert at["recall"] == pytest.approx(1.9 / 2.5)
