"""The metric catalog is complete: each metric in words, in SQL, and shown by a hand-worked case.

Read from dbt's manifest, so that neither a database nor a list of metrics is needed here.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pytest
from jsonschema import Draft202012Validator

from pipelines.errors import UserError
from pipelines.release import metric_catalog
from pipelines.settings import DBT_PROJECT

SCHEMA = json.loads((DBT_PROJECT / "metrics.schema.json").read_text())
MANIFEST = metric_catalog.manifest()
META = metric_catalog.meta_of_models()
METRICS = [row for row in metric_catalog.definitions() if row.get("cohort")]
#: Comparisons between groups, made of the metrics.
COMPARISONS = [row for row in metric_catalog.definitions() if not row.get("cohort")]

OF_ALL = (
    *("metric_name", "family", "computed_in", "statistic", "unit", "meaning", "denominator"),
    *("time_rule", "exclusions", "caveats", "source", "effective_from"),
)
OF_A_METRIC = ("outcome_feed", "follow_up_months")
OF_A_STATISTIC = {"rate": ("numerator", "numerator_sql"), "count": ()}


def name_of(metric: dict[str, Any]) -> str:
    return f"{metric['metric_id']}/{metric['definition_version']}"


def invalid(meta: dict[str, Any]) -> list[str]:
    """Return where `config.meta` of a model breaks the schema, and how."""
    errors = Draft202012Validator(SCHEMA).iter_errors({"models": [{"config": {"meta": meta}}]})
    return [f"{'/'.join(map(str, list(e.path)[4:]))}: {e.message}" for e in errors]


def expected_rows() -> dict[str, list[dict[str, Any]]]:
    """Return the rows that unit tests of members expect, by metric and definition version."""
    rows = defaultdict(list)
    for test in MANIFEST["unit_tests"].values():
        if test["model"].startswith("member_"):
            expected = duckdb.sql(test["expect"]["rows"])
            for values in expected.fetchall():
                row = dict(zip(expected.columns, values, strict=True))
                rows[name_of(row)].append(row)
    return rows


def unshown(metric: dict[str, Any], rows: list[dict[str, Any]]) -> bool:
    """Return whether no case has somebody who counts and somebody who does not, or an amount."""
    if metric["statistic"] == "rate":
        return not {True, False} <= {row["is_numerator"] for row in rows}
    return not rows or (
        metric["statistic"] != "count" and all(row["amount"] is None for row in rows)
    )


def test_every_entry_is_valid_by_the_schema() -> None:
    assert not [f"{model}: {problem}" for model, meta in META.items() for problem in invalid(meta)]


def test_the_schema_refuses_an_unknown_field_and_an_unknown_type() -> None:
    entry = {"name": "a_rate", "version": "v1", "type": "share", "lable": "A rate"}
    meta = {"cohort": META["cohort_graduate"]["cohort"], "metrics": [entry]}
    assert len(invalid(meta)) == 2


def test_no_metric_and_version_is_defined_twice() -> None:
    names = Counter(name_of(row) for row in METRICS + COMPARISONS)
    assert not [name for name, n in names.items() if n > 1]


def test_the_lists_that_dbt_parses_with_name_the_cohorts_that_have_metrics() -> None:
    refs = {
        model: MANIFEST["nodes"][f"model.pathway_outcomes.{model}"]["depends_on"]["nodes"]
        for model in ("agg_counts", "agg_quantiles")
    }
    cohorts = {row["cohort"] for row in METRICS}
    amounts = {row["cohort"] for row in METRICS if row["statistic"] in {"p25", "median", "p75"}}
    counts = {node.rsplit(".agg_counts_", 1)[-1] for node in refs["agg_counts"]}
    measures = {node.rsplit(".agg_quantiles_", 1)[-1] for node in refs["agg_quantiles"]}
    assert (counts, measures) == (cohorts, amounts)


def test_every_definition_says_in_words_and_sql_what_it_must() -> None:
    feeds = {source["name"] for source in MANIFEST["sources"].values()}
    missing = []
    for row in METRICS + COMPARISONS:
        needed = OF_ALL
        if row in METRICS:
            needed += OF_A_METRIC + OF_A_STATISTIC.get(row["statistic"], ("amount_sql",))
        missing += [f"{name_of(row)}: {f}" for f in needed if row.get(f) in (None, "")]
    assert not missing
    assert not {row["outcome_feed"] for row in METRICS} - feeds


def test_every_definition_is_in_effect_for_some_time() -> None:
    assert not [
        name_of(row)
        for row in METRICS + COMPARISONS
        if row["effective_to"] and row["effective_to"] <= row["effective_from"]
    ]


def test_every_shared_caveat_is_named_and_no_unknown_one() -> None:
    """A key that the seed lacks would be printed where its sentence belongs."""
    texts = [row[field] for row in METRICS + COMPARISONS for field in ("exclusions", "caveats")]
    assert not [text for text in texts if any("_" in s and " " not in s for s in text.split(". "))]
    unused = [
        text for text in metric_catalog.caveats().values() if not any(text in t for t in texts)
    ]
    assert not unused


def test_what_the_feeds_cannot_support_is_listed_once() -> None:
    names = [entry["catalog_id"] for entry in META["metric_unsupported"]["unsupported"]]
    assert names
    assert len(set(names)) == len(names)


def test_every_metric_has_a_hand_worked_case() -> None:
    """Somebody who counts and somebody who does not, or an amount worked by hand."""
    expected = expected_rows()
    assert not [name_of(row) for row in METRICS if unshown(row, expected[name_of(row)])]
    assert set(expected) <= {name_of(row) for row in METRICS}


def test_a_project_that_nobody_has_parsed_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(metric_catalog, "DBT_PROJECT", tmp_path)
    with pytest.raises(UserError, match="make setup"):
        metric_catalog.manifest.__wrapped__()
