"""One writer at a time: the lock of a data home.

Lives here: taking the lock, waiting for it, and saying who has it. Does not: what is done under it.

It is the kernel's lock on an open file, so that a process that dies, however it dies, lets go of
it. The file names who holds it, for people. A process that holds it may acquire it again.
"""

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import UserError
from pipelines.settings import Settings

_POLL_SECONDS = 1.0


class Locked(UserError):
    """Somebody else writes to the data home, and has not finished in time."""


@contextmanager
def writing(
    settings: Settings, what: str, log: Callable[[str], object] = lambda _: None
) -> Iterator[None]:
    """Be the one writer of the data home while the block runs.

    Args:
        settings: Names the data home, and for how long to wait for another writer.
        what: What is going on, for whoever has to wait.
        log: Gets a line when there is somebody to wait for.

    Raises:
        Locked: Another process still writes after `lock_wait_seconds`.
    """
    settings.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    # One lock for all threads and all calls of this process.
    lock = FileLock(settings.lock, mode=0o600, thread_local=False, is_singleton=True)
    note, wait = settings.lock, settings.lock_wait_seconds
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log(f"{what} waits up to {wait:.0f} s: {_holder(note)}")
        try:
            lock.acquire(timeout=wait, poll_interval=min(_POLL_SECONDS, wait or _POLL_SECONDS))
        except Timeout:
            raise Locked(f"{what} was not started: {_holder(note)}") from None
    is_outermost = lock.lock_counter == 1
    try:
        if is_outermost:
            _write_note(note, what)
        yield
    finally:
        if is_outermost:
            note.write_text("")
        lock.release()


def _write_note(note: Path, what: str) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    who = {"what": what, "pid": os.getpid(), "host": socket.gethostname(), "since": since}
    note.write_text(json.dumps(who))


def _holder(note: Path) -> str:
    try:
        by = json.loads(note.read_text())
    except (FileNotFoundError, ValueError):
        return "another process writes to the data home"
    return f"{by['what']} writes since {by['since']} (process {by['pid']} on {by['host']})"
