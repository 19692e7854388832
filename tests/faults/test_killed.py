"""A refresh that is killed at any moment: nothing is lost, and the next one finishes its work."""

import random
import time

import pytest

from tests.faults.conftest import Night, ends_well, stands
from tests.faults.homes import Home

SEED = 20260701
BY_OUTPUT, BY_FILE = 25, 25
ROOMS = ("accepted", "ledger", "identity", "releases", "dbt")


@pytest.mark.parametrize("at", range(BY_OUTPUT))
def test_killed_when_it_has_printed_so_much(home: Home, night: Night, at: int) -> None:
    """Most of what a refresh prints is of dbt, so most of these moments are in it."""
    draw = random.Random(SEED + at)
    refresh = home.start()
    line = draw.randint(1, night.lines)
    refresh.wait_for(lambda: refresh.lines() >= line)
    time.sleep(draw.random())
    refresh.kill(with_children=bool(at % 2))
    stands(home, night)
    ends_well(home, night)


@pytest.mark.parametrize("at", range(BY_FILE))
def test_killed_at_a_file_operation(home: Home, night: Night, at: int) -> None:
    """In each room by turns, as its files get their names; `releases` is where the swap is."""
    draw = random.Random(SEED - at)
    room = ROOMS[at % len(ROOMS)]
    number = draw.randint(1, night.operations[room])
    assert home.refresh(dies_at=number, room=room, is_after=draw.random() < 0.5) == -9
    stands(home, night)
    ends_well(home, night)
