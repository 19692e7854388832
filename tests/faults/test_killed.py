"""A refresh that is killed at any moment: nothing is lost, and the next one finishes its work."""

import random
import time

import pytest

from tests.faults.conftest import Night, ends_well, stands
from tests.faults.homes import Home

SEED = 20260701
BY_OUTPUT, BY_FILE = 25, 25


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
    """The gate, linkage and the swap of the release are where files get their names."""
    draw = random.Random(SEED - at)
    # The last ones are those of the release.
    last = night.operations
    number = last - at if at < 8 else draw.randint(1, last)
    assert home.refresh(dies_at=number, is_after=bool(at % 2)) == -9
    stands(home, night)
    ends_well(home, night)
