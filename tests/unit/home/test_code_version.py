"""Versions of code: they change with what is executed, and not with words alone."""

import ast

from pipelines.home import code_version


def version(source: str) -> str:
    return ast.dump(code_version._without_words(ast.parse(source)))


def test_a_contract_counts_what_it_reads_and_nothing_else() -> None:
    reached = {
        path.stem for path in code_version._reachable(code_version._SCHEMAS / "feeds/wage.py")
    }
    assert {"wage", "contract", "periods"} <= reached
    assert "k12_enrollment" not in reached


def test_words_and_facts_that_judge_no_row_do_not_count() -> None:
    plain = version("def f():\n    return 1\nFEED = Feed(key=('a',))")
    assert plain == version(
        '"""Doc."""\n# Why.\ndef f():\n    """Doc."""\n    return 1\n'
        "FEED = Feed(key=('a',), row_floor=10)"
    )
    assert plain != version("def f():\n    return 2\nFEED = Feed(key=('a',))")
    assert plain != version("def f():\n    return 1\nFEED = Feed(key=('b',))")


def test_each_feed_has_a_gate_of_its_own() -> None:
    assert code_version.gate("wage") != code_version.gate("credential")
