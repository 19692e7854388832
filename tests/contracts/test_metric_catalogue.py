"""The metric catalogue is complete: every metric is told in words, and shown by a hand-worked case.

Read from dbt's manifest, so that neither a database nor a list of metrics is needed here.
"""

import json
import re
from collections import Counter, defaultdict
from datetime import date
from typing import Any

import jinja2
import pytest
import yaml

from pipelines.defs.warehouse import project

MANIFEST = json.loads(project.manifest_path.read_text())
WORDS = (
    "metric_name",
    "statistic",
    "unit",
    "meaning",
    "denominator",
    "time_rule",
    "exclusions",
    "caveats",
    "source",
    "effective_from",
)
FACTS = ("family", "population", "outcome_feed", "follow_up_months")
FAMILIES = {"access", "quality", "equity", "economic"}
STATISTICS = {"rate", "count", "mean", "median", "p25", "p75"}


VARS = yaml.safe_load((project.project_dir / "dbt_project.yml").read_text())["vars"]


def entries(name: str, macro: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries that a macro of the catalogue holds, one for each version."""
    call = f"{macro['macro_sql']}{{{{ {name}() }}}}"
    found = yaml.safe_load(jinja2.Environment().from_string(call).render(var=VARS.get)) or []
    return [entry | version for entry in found for version in entry.get("versions", [{}])]


CATALOGUE = [
    entry
    for macro in MANIFEST["macros"].values()
    if re.fullmatch(r"macros/catalogue/\w+\.sql", macro["original_file_path"])
    and macro["name"].startswith("catalogue_")
    for entry in entries(macro["name"], macro)
]
POPULATIONS = {e["population"] for e in CATALOGUE if "places" in e}
METRICS = [e for e in CATALOGUE if "metric_id" in e and "population" in e]
#: Comparisons between groups, made of the metrics.
COMPARISONS = [e for e in CATALOGUE if "metric_id" in e and "population" not in e]
UNSUPPORTED = [e for e in CATALOGUE if "missing_input" in e]


def name_of(metric: dict[str, Any]) -> str:
    return f"{metric['metric_id']}/{metric['definition_version']}"


def expected_rows() -> dict[str, list[dict[str, Any]]]:
    """Return the rows that unit tests of members expect, by metric and definition version."""
    rows = defaultdict(list)
    for test in MANIFEST["unit_tests"].values():
        if test["model"].startswith("member_"):
            for row in test["expect"]["rows"]:
                rows[f"{row.get('metric_id')}/{row.get('definition_version')}"].append(row)
    return rows


EXPECTED = expected_rows()
every_metric = pytest.mark.parametrize("metric", METRICS, ids=name_of)


def test_there_are_at_least_fifty_metrics() -> None:
    assert len({m["metric_id"] for m in METRICS}) >= 50


def test_no_metric_and_version_is_defined_twice() -> None:
    twice = [name for name, n in Counter(map(name_of, METRICS + COMPARISONS)).items() if n > 1]
    assert not twice


def test_all_four_families_are_there() -> None:
    assert {m["family"] for m in METRICS} | {m.get("family", "equity") for m in COMPARISONS} == (
        FAMILIES
    )


def test_what_the_feeds_cannot_support_is_listed_with_what_is_missing() -> None:
    assert UNSUPPORTED
    assert len({entry["catalogue_id"] for entry in UNSUPPORTED}) == len(UNSUPPORTED)
    for entry in UNSUPPORTED:
        assert entry["catalogue_id"] and entry["metric_name"]
        assert entry["missing_input"].endswith("."), entry["catalogue_id"]


@pytest.mark.parametrize("comparison", COMPARISONS, ids=name_of)
def test_a_comparison_is_told_in_words(comparison: dict[str, Any]) -> None:
    assert not [word for word in (*WORDS, "computed_in") if not comparison.get(word)]


@every_metric
def test_a_metric_is_told_in_words(metric: dict[str, Any]) -> None:
    missing = [word for word in (*WORDS, *FACTS) if metric.get(word) in (None, "")]
    assert not missing
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric["metric_id"])
    assert re.fullmatch(r"[a-z0-9_]+", str(metric["definition_version"]))
    assert metric["family"] in FAMILIES
    assert metric["statistic"] in STATISTICS
    assert metric["population"] in POPULATIONS
    assert metric["outcome_feed"] in {n["name"] for n in MANIFEST["sources"].values()}
    if metric["statistic"] == "rate":
        assert metric.get("numerator") and metric.get("numerator_sql")
    if metric["statistic"] not in ("rate", "count"):
        assert metric.get("amount_sql")
    for word in ("meaning", "numerator", "denominator", "time_rule", "exclusions", "caveats"):
        assert str(metric.get(word, "x.")).endswith("."), word


@every_metric
def test_a_metric_is_in_effect_for_some_time(metric: dict[str, Any]) -> None:
    until = metric.get("effective_to")
    assert isinstance(metric["effective_from"], date)
    assert until is None or metric["effective_from"] < until


@every_metric
def test_a_metric_has_a_hand_worked_case(metric: dict[str, Any]) -> None:
    """Somebody who counts and somebody who does not, or an amount worked by hand."""
    rows = EXPECTED[name_of(metric)]
    assert rows, f"no unit test of member_{metric['population']} expects {name_of(metric)}"
    if metric["statistic"] == "rate":
        counted = {str(row.get("is_numerator")).lower() for row in rows}
        assert {"true", "false"} <= counted
    elif metric["statistic"] != "count":
        assert any(row.get("amount") not in (None, "") for row in rows)


def test_cases_name_metrics_that_exist() -> None:
    assert set(EXPECTED) <= {name_of(m) for m in METRICS}
