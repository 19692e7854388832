"""A week in which much goes wrong ends with the tables of a home in which nothing did."""

from pathlib import Path

from benchmarks.week import stage


def test_each_night_ends_with_a_release_or_a_sentence_and_the_week_as_if_nothing_had_been(
    tmp_path: Path,
) -> None:
    nights = stage(tmp_path, print)
    assert [(night.title, night.wrong) for night in nights if night.wrong] == []
    assert len(nights) == 13
