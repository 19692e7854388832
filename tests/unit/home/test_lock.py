"""One writer at a time: the second waits or says who writes, and the dead hold nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.home.lock import Locked, writing
from pipelines.settings import PROJECT, Settings

HOLDER = """
import sys, time
from pathlib import Path
from pipelines.home.lock import writing
from pipelines.settings import Settings
with writing(Settings(home=Path(sys.argv[1])), "a long refresh"):
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def held_elsewhere(home: Path) -> Iterator[subprocess.Popen]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def settings(home: Path, wait: float = 0) -> Settings:
    return Settings(home=home, lock_wait_seconds=wait)


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path) -> None:
    with held_elsewhere(tmp_path) as process:
        with pytest.raises(Locked) as refused, writing(settings(tmp_path), "the second"):
            pass
        assert f"process {process.pid}" in str(refused.value)
        assert "a long refresh writes since" in str(refused.value)


def test_a_second_writer_waits_for_the_first(tmp_path) -> None:
    told: list[str] = []

    def tell(what: str) -> None:
        told.append(what)
        os.kill(process.pid, signal.SIGTERM)

    with held_elsewhere(tmp_path) as process, writing(settings(tmp_path, 60), "the second", tell):
        assert "the second waits up to 60 s" in told[0]


def test_a_writer_that_was_killed_holds_nothing(tmp_path) -> None:
    with held_elsewhere(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        # What it wrote of itself is still there, and does not count.
        assert "a long refresh" in (tmp_path / "writing.lock").read_text()
        started = time.monotonic()
        with writing(settings(tmp_path), "the next"):
            assert "the next" in (tmp_path / "writing.lock").read_text()
        assert time.monotonic() - started < 60


def test_a_process_may_take_it_again(tmp_path) -> None:
    with writing(settings(tmp_path), "outer"), writing(settings(tmp_path), "inner"):
        assert "outer" in (tmp_path / "writing.lock").read_text()
    assert (tmp_path / "writing.lock").read_text() == ""
