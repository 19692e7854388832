"""One writer at a time: the second waits or says who writes, and the dead hold nothing."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.home.lock import Locked, writing
from pipelines.settings import Settings

FORK = multiprocessing.get_context("fork")


def settings(home: Path, wait: float = 0) -> Settings:
    return Settings(home=home, lock_wait_seconds=wait)


def note(home: Path) -> str:
    return (home / "writing.lock").read_text()


@contextmanager
def writer_elsewhere(home: Path) -> Iterator[int]:
    """Yield the id of another process that writes."""
    writes = FORK.Event()

    def write() -> None:
        with writing(settings(home), "a long refresh"):
            writes.set()
            time.sleep(600)

    process = FORK.Process(target=write)
    process.start()
    assert process.pid
    try:
        assert writes.wait(60)
        yield process.pid
    finally:
        process.kill()
        process.join()


def test_a_second_writer_is_refused_with_the_name_of_the_first(tmp_path) -> None:
    with writer_elsewhere(tmp_path) as pid:
        with pytest.raises(Locked) as refused, writing(settings(tmp_path), "the second"):
            pass
        assert "a long refresh writes since" in str(refused.value)
        assert f"process {pid}" in str(refused.value)


def test_a_second_writer_waits_for_the_first(tmp_path) -> None:
    messages: list[str] = []

    def log(message: str) -> None:
        messages.append(message)
        os.kill(pid, signal.SIGKILL)

    with writer_elsewhere(tmp_path) as pid, writing(settings(tmp_path, 60), "the second", log):
        assert "the second waits up to 60 s: a long refresh writes since" in messages[0]


def test_a_writer_that_was_killed_holds_nothing(tmp_path) -> None:
    with writer_elsewhere(tmp_path):
        pass
    # Its note is still there, and does not count.
    assert "a long refresh" in note(tmp_path)
    with writing(settings(tmp_path), "the next"):
        assert "the next" in note(tmp_path)


def test_a_process_may_take_it_again_in_any_thread(tmp_path) -> None:
    def inner() -> None:
        with writing(settings(tmp_path), "inner"):
            assert "outer" in note(tmp_path)

    with writing(settings(tmp_path), "outer"):
        inner()
        with ThreadPoolExecutor() as pool:
            pool.submit(inner).result()
        assert "outer" in note(tmp_path)
    assert note(tmp_path) == ""
