"""One writer at a time: the lock of a data home.

Lives here: taking the lock, waiting for it, and saying who has it. Does not: what is done under it.

It is the kernel's lock on an open file, so that a process that dies, however it dies, lets go of
it; what the file says of its holder is for people. A process that holds it may take it again.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pipelines.errors import UserError
from pipelines.settings import Settings

_LOOK_AGAIN_SECONDS = 1.0
_held: dict[Path, int] = {}


class Locked(UserError):
    """Somebody else writes to the data home, and has not finished in time."""


@contextmanager
def writing(
    settings: Settings, what: str, tell: Callable[[str], object] = lambda _: None
) -> Iterator[None]:
    """Be the one writer of the data home while the block runs.

    Args:
        settings: Names the data home, and for how long to wait for another writer.
        what: What is going on, for whoever has to wait.
        tell: Is told when there is somebody to wait for.

    Raises:
        Locked: Another process still writes after `lock_wait_seconds`.
    """
    path = settings.lock
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+") as file:
        _take(file, settings.lock_wait_seconds, what, tell)
        _held[path] = 1
        try:
            yield
        finally:
            _held[path] = 0
            file.truncate(0)


def _take(file: IO[str], wait: float, what: str, tell: Callable[[str], object]) -> None:
    until, told = time.monotonic() + wait, False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(file)
            if time.monotonic() >= until:
                raise Locked(f"{what} was not started: {holder}") from None
            if not told:
                tell(f"{what} waits up to {wait:.0f} s: {holder}")
                told = True
            time.sleep(min(_LOOK_AGAIN_SECONDS, wait))
        else:
            break
    file.truncate(0)
    who = {"what": what, "pid": os.getpid(), "host": socket.gethostname()}
    file.write(json.dumps(who | {"since": datetime.now(UTC).isoformat(timespec="seconds")}))
    file.flush()


def _holder(file: IO[str]) -> str:
    file.seek(0)
    try:
        by = json.loads(file.read())
    except ValueError:
        return "another process writes to the data home"
    return f"{by['what']} writes since {by['since']} (process {by['pid']} on {by['host']})"
