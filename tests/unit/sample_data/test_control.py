"""Parameters of the sample: described, checked, and in step with contracts and corruptions."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipelines.settings import PROJECT
from sample_data.__main__ import describe, error_text, main
from sample_data.control import Control, rows_of
from sample_data.delivery.columns import corruptions
from sample_data.delivery.reporting import LAYOUTS, REFERENCE
from schemas import FEEDS


def test_every_parameter_has_meaning_unit_range_and_source() -> None:
    units = re.compile(r"0 to 1|whole number from|-5 to 5|-2 to 2| to | or |above")
    words = re.compile(r"\S.*; (?P<unit>[^\[]*) \[.+\]\.", re.DOTALL)
    undescribed = [
        name
        for name, info in Control.model_fields.items()
        if not (match := words.fullmatch(info.description or "")) or not units.search(match["unit"])
    ]
    assert undescribed == []


def test_a_control_is_read_from_yaml_and_mistakes_are_named(tmp_path: Path) -> None:
    path = tmp_path / "control.yaml"
    path.write_text("students: 1234\nccap: 0.3\n")
    assert Control.load(path, seed=3) == Control(students=1234, ccap=0.3, seed=3)
    for mistake, message in (
        ("studnets: 10", "studnets"),
        ("ccap: 1.5", "ccap"),
        ("race_mix: {RH: 1.0}", "race_mix needs exactly the keys"),
        ("graduation_by_program: {is_foster: 2, is_homeless: 0, is_english_learner: 0,"
         " has_disability: 0, is_economically_disadvantaged: 0}", "a share outside 0 to 1"),
        ("community_outcomes: {none: 1, certificate: 1, associate: 0, transfer: 0,"
         " associate and transfer: 0}", "community_outcomes must sum to 1"),
    ):  # fmt: skip
        path.write_text(mistake)
        with pytest.raises(ValidationError, match=message):
            Control.load(path)


def test_described_parameters_are_a_control_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    describe()
    path = tmp_path / "control.yaml"
    path.write_text(capsys.readouterr().out)
    assert Control.load(path) == Control()
    with pytest.raises(ValidationError) as error:
        Control(students=20)
    assert error_text(error.value) == "students: Input should be greater than or equal to 100"


def test_layouts_are_the_contracts() -> None:
    assert {name: set(columns) for name, columns in LAYOUTS.items()} == {
        name: set(feed.dtypes) for name, feed in FEEDS.items()
    }
    assert {name for name, feed in FEEDS.items() if not feed.person_key} == set(REFERENCE)


def test_every_rule_has_a_corruption() -> None:
    planted = {
        name: {rule for c in corruptions(name) for rule in (c.rule, *c.also)} for name in FEEDS
    }
    assert planted == {name: set(feed.rules) for name, feed in FEEDS.items()}


def test_every_parameter_of_the_table_is_a_field_and_the_other_way_round() -> None:
    rows = [row["parameter"] for row in rows_of("parameters.csv")]
    assert rows == list(Control.model_fields)


def test_the_sample_imports_nothing_of_the_pipeline_or_its_contracts() -> None:
    forbidden = re.compile(r"^\s*(from|import) (pipelines|schemas|dagster|tests)\b", re.MULTILINE)
    modules = sorted((PROJECT / "sample_data").rglob("*.py"))
    assert len(modules) > 50
    assert [path for path in modules if forbidden.search(path.read_text())] == []


@pytest.mark.parametrize("has_bridge", [True, False])
def test_the_command_names_the_agreement_of_a_state_with_a_bridge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_bridge: bool
) -> None:
    control = tmp_path / "control.yaml"
    control.write_text(f"identity_bridge: {str(has_bridge).lower()}\n")
    monkeypatch.setattr("sample_data.__main__.generate", lambda *_, **__: {})
    arguments = ["--control", str(control), "--out", str(tmp_path), "--quiet"]
    monkeypatch.setattr("sys.argv", ["sample_data", *arguments])
    main()
    assert (tmp_path / "bridge_agreement").exists() == has_bridge
