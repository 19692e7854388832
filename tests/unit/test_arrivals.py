"""The sensor's looks: a refresh is asked for once, and never for a file still being copied."""

from pathlib import Path

import dagster as dg
import pytest

from pipelines.defs.sensors import new_deliveries
from pipelines.intake import arrivals
from pipelines.intake.deliveries import Known
from pipelines.settings import Settings

PLACE = "wage/2018Q4"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "landing" / PLACE).mkdir(parents=True)
    return Settings(home=tmp_path)


def write(settings: Settings, content: str, name: str = "agency.csv") -> Path:
    path = settings.landing / PLACE / name
    path.write_text(content)
    return path


def test_a_file_is_whole_at_the_second_look_that_finds_it_the_same(settings) -> None:
    write(settings, "half")
    first = arrivals.look(settings, {})
    assert (first.whole, first.unfinished) == ({}, [f"{PLACE}/agency.csv"])
    write(settings, "half and more")
    second = arrivals.look(settings, first.seen)
    assert second.unfinished
    third = arrivals.look(settings, second.seen)
    assert list(third.whole) == [f"{PLACE}/agency.csv"]
    assert arrivals.look(settings, third.seen).key == third.key


def test_other_content_asks_again(settings) -> None:
    write(settings, "one")
    one = arrivals.look(settings, arrivals.look(settings, {}).seen)
    write(settings, "two")
    two = arrivals.look(settings, arrivals.look(settings, {}).seen)
    assert one.whole and two.whole
    assert one.key != two.key


def test_a_marker_is_enough_at_the_first_look(settings) -> None:
    path = write(settings, "whole")
    write(settings, "", "agency.csv.done")
    assert list(arrivals.look(settings, {}).whole) == [f"{PLACE}/agency.csv"]
    (path.parent / "agency.csv.done").unlink()
    write(settings, "0" * 64, "agency.csv.sha256")
    assert arrivals.look(settings, {}).unfinished
    write(settings, f"{Known(settings.landing).print(path)[1]}  agency.csv", "agency.csv.sha256")
    assert list(arrivals.look(settings, {}).whole) == [f"{PLACE}/agency.csv"]


def test_what_a_refresh_has_seen_is_not_new(settings, monkeypatch) -> None:
    path = write(settings, "whole")
    monkeypatch.setattr("pipelines.intake.deliveries._CLOCK_GRAIN_NS", -1)
    known = Known(settings.landing, settings.landed)
    known.print(path)
    known.keep([path])
    found = arrivals.look(settings, {})
    assert (found.whole, found.unfinished, found.seen) == ({}, [], {})


def test_the_sensor_asks_once_for_the_same_content(settings, monkeypatch) -> None:
    monkeypatch.setenv("PATHWAYS_HOME", str(settings.root))
    write(settings, "whole")
    with dg.DagsterInstance.ephemeral() as instance:
        cursor, asked = None, []
        for _ in range(3):
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            result = new_deliveries(context)
            cursor = result.cursor
            asked.append([request.run_key for request in result.run_requests or []])
    assert asked[0] == []
    # Dagster starts one run for a key, however often it is asked for.
    assert len(asked[1]) == 1
    assert asked[2] == asked[1]
