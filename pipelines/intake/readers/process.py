"""Files are read in a process of their own, whose memory and time are limited.

Lives here: both ends of that process, and what becomes of a file that ends it. Does not: reading
a file (`pipelines.intake.readers.delivery`).

A file can make a library panic, run in circles or ask for all memory there is, and no `except`
holds that. The process takes files in batches: small ones it joins, and where it dies at that, it
reads the batch once more, one by one. Then the file at which it dies is known, is read once more in
a new process, and is refused if that dies too; the rest of its batch goes on. The process starts
anew, not as a copy of one with threads (0.8 s), and serves all batches until its parent ends.
"""

import os
import resource
import signal
import subprocess
import sys
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from pipelines.errors import UserError
from pipelines.intake import encode
from pipelines.intake.deliveries import Delivery
from pipelines.intake.ledger import DRAFT, ENDED_READER
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import DeliveredText, read_text, with_provenance
from pipelines.intake.readers.joined import Joined, by_file, read_joined
from pipelines.settings import PROJECT, Settings
from schemas import FEEDS
from schemas.encoded import encoded

PROGRAM = ["-m", __name__]
_SECONDS_TO_START = 300
_FILES_AT_ONCE, _BYTES_AT_ONCE = 500, 32 << 20
_ROWS_AT_ONCE = 100_000
_OUT_OF_MEMORY = 12
# The kernel's own end of a process for want of memory, and that of a library that gets none.
_ENDS_BY_MEMORY = {_OUT_OF_MEMORY, -signal.SIGKILL, -signal.SIGABRT}

# What is in a file, why it is refused, or nothing where it is gone.
Outcome = DeliveredText | FileRefused | None


class Limits(NamedTuple):
    """What reading one file may take."""

    memory_mb: int
    seconds: float


def read(
    settings: Settings, deliveries: Sequence[Delivery], key: bytes | None = None
) -> Iterator[Outcome]:
    """Yield what is in each file, in their order.

    Args:
        settings: Limits of memory and time.
        deliveries: The files.
        key: Encoding key; without it, encoded files are not held against it.
    """
    limits = Limits(settings.reader_memory_mb, settings.reader_seconds)
    here = [replace(one, path=one.path.absolute()) for one in deliveries]
    at = one_by_one = 0
    while at < len(here):
        first, batch = at, here[at : _end_of_batch(here, at)]
        is_joined = at >= one_by_one and len(batch) > 1
        try:
            for outcome in _answers(batch, limits, key, is_joined):
                at += 1
                yield _admitted(outcome, here[at - 1], settings)
        except FileRefused:
            if is_joined and at == first:
                one_by_one = at + len(batch)
                continue
            yield _admitted(_alone(here[at], limits, key), here[at], settings)
            at += 1


def _end_of_batch(deliveries: Sequence[Delivery], first: int) -> int:
    """Return where the files that are asked for at once end: the parent holds joined ones."""
    left, last = _BYTES_AT_ONCE, min(first + _FILES_AT_ONCE, len(deliveries))
    for at in range(first, last):
        stat = deliveries[at].stat
        left -= stat.bytes if stat else 0
        if left < 0:
            return at + 1
    return last


def _admitted(outcome: Outcome, delivery: Delivery, settings: Settings) -> Outcome:
    """Refuse what was read by a draft of a layout, unless drafts are allowed."""
    if settings.allow_draft_layouts or not isinstance(outcome, DeliveredText):
        return outcome
    if outcome.origins is None or not outcome.origins.is_draft(delivery.feed):
        return outcome
    words = f"{' '.join(one for one in outcome.notes if 'draft' in one)} {_ALLOW}"
    return FileRefused(DRAFT, words)


def read_one(settings: Settings, delivery: Delivery, key: bytes | None = None) -> DeliveredText:
    """Return what is in a file.

    Raises:
        FileRefused: It can't be used as a whole.
        FileNotFoundError: It is gone.
    """
    [outcome] = read(settings, [delivery], key)
    if outcome is None:
        raise FileNotFoundError(delivery.path)
    if isinstance(outcome, FileRefused):
        raise outcome
    return outcome


def _alone(delivery: Delivery, limits: Limits, key: bytes | None) -> Outcome:
    try:
        [outcome] = _answers([delivery], limits, key, is_joined=False)
    except FileRefused as refused:
        return refused
    return outcome


def _answers(
    deliveries: Sequence[Delivery], limits: Limits, key: bytes | None, is_joined: bool
) -> Iterator[Outcome]:
    """Yield what is in each file of a batch.

    Raises:
        FileRefused: The process died at the next one, or took too long.
    """
    process = _IDLE.pop() if _IDLE else _Process()
    process.ask(deliveries, limits, key, is_joined)
    left = len(deliveries)
    try:
        texts: dict[int, DeliveredText] = {}
        for joined in process.joined(limits):
            texts |= by_file(joined, deliveries)
        for at, delivery in enumerate(deliveries):
            text = texts.pop(at, None)
            if text is None:
                text = process.answer(delivery.file_name, limits)
                if isinstance(text, DeliveredText):
                    text = with_provenance(text, delivery)
            left -= 1
            if not left:
                # Before the last answer is handed over: nobody may ask for what follows it.
                _IDLE.append(process)
            yield text
    finally:
        if left:
            process.end()


class _Process:
    """The parent's end."""

    def __init__(self) -> None:
        self._connection, other = Pipe()
        # Neither keys nor settings: what reads hostile files needs none.
        env = {name: value for name, value in os.environ.items() if "PATHWAYS" not in name}
        with other:
            self._popen = subprocess.Popen(  # noqa: S603
                [sys.executable, *PROGRAM, str(other.fileno())],
                cwd=PROJECT,
                env=env,
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                # A panic prints what it was about.
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._finalizer = weakref.finalize(self, _end, self._popen, self._connection)
        # Its start is no file's time: libraries are loaded.
        try:
            is_ready = self._connection.poll(_SECONDS_TO_START) and self._connection.recv()
        except (EOFError, OSError):
            is_ready = False
        if not is_ready:
            raise UserError("No file can be read: the process that reads files does not start.")

    def ask(
        self, deliveries: Sequence[Delivery], limits: Limits, key: bytes | None, is_joined: bool
    ) -> None:
        """Have files read: those that can be `joined`, then each other by an `answer`, in order."""
        # Where the process is dead already, the first answer says so.
        with suppress(OSError):
            self._connection.send((deliveries, limits, key, is_joined))

    def joined(self, limits: Limits) -> Iterator[Joined]:
        """Yield the files that were joined.

        Raises:
            FileRefused: The process died, or took too long.
        """
        while what := self._receive("A batch", limits):
            files, sizes, notes, parts = what
            yield Joined(files, sizes, notes, self._rows("A batch", parts, limits))

    def answer(self, name: str, limits: Limits) -> Outcome:
        """Return what is in the next file, which has this name.

        Raises:
            FileRefused: The process died at it, or took too long.
        """
        kind, *what = self._receive(name, limits)
        if kind == "refused":
            return FileRefused(*what)
        if kind == "gone":
            return None
        notes, origins, parts = what
        return DeliveredText(self._rows(name, parts, limits), notes, origins)

    def _rows(self, name: str, parts: int, limits: Limits) -> pl.DataFrame:
        frames = [self._receive(name, limits) for _ in range(parts)]
        try:
            return pl.concat(pl.read_ipc_stream(BytesIO(frame)) for frame in frames)
        except pl.exceptions.PolarsError:
            raise FileRefused(ENDED_READER, f"{name} is damaged. Export it anew.") from None

    def _receive(self, name: str, limits: Limits) -> Any:
        try:
            if self._connection.poll(limits.seconds):
                return self._connection.recv()
        except (EOFError, OSError):
            raise FileRefused(ENDED_READER, _why(name, self._popen.wait(), limits)) from None
        why = f"{name} was not read within {limits.seconds:,.0f} seconds. {_WHAT_TO_DO}"
        raise FileRefused(ENDED_READER, why)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._finalizer()


_IDLE: list[_Process] = []
_ALLOW = (
    "Check with --allow-draft that it is read right; then the agency may set "
    "PATHWAYS_ALLOW_DRAFT_LAYOUTS."
)
_WHAT_TO_DO = "Export it anew. If it is whole, ask the agency to allow it more."


def _end(popen: subprocess.Popen[bytes], connection: Any) -> None:
    connection.close()
    popen.kill()
    popen.wait()


def _why(name: str, code: int, limits: Limits) -> str:
    if code in _ENDS_BY_MEMORY:
        return f"{name} needs more than {limits.memory_mb:,} MB to be read. {_WHAT_TO_DO}"
    return f"{name} ends the program that reads it ({code}): it is damaged. Export it anew."


def serve(connection: Connection) -> None:
    """Read what the parent asks for, until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # No picture of memory on a disk.
    _limit(resource.RLIMIT_CORE, 0)
    # The first frame starts the threads of polars.
    pl.LazyFrame({"a": [1, 2]}).select(pl.col("a").sum()).collect()
    before = _data_mb()
    connection.send(True)
    while True:
        deliveries, limits, key, is_joined = connection.recv()
        most = (before + limits.memory_mb) << 20
        _limit(resource.RLIMIT_DATA, most)
        _limit_time(limits)
        done: set[int] = set()
        if is_joined and len({one.feed for one in deliveries}) == 1:
            for joined in read_joined(deliveries, FEEDS[deliveries[0].feed]):
                _send_rows(connection, joined[:3], joined.rows)
                done |= set(joined.files)
                _limit_time(limits)
        connection.send(())
        for delivery in (one for at, one in enumerate(deliveries) if at not in done):
            _limit_time(limits)
            _send(connection, delivery, key)


def _send(connection: Connection, delivery: Delivery, key: bytes | None) -> None:
    feed = FEEDS[delivery.feed]
    try:
        if delivery.is_encoded and key is not None:
            encode.check_file(delivery, feed, key)
        text = read_text(delivery, encoded(feed) if delivery.is_encoded else feed)
    except FileRefused as refused:
        connection.send(("refused", refused.rules, refused.message))
    except FileNotFoundError:
        connection.send(("gone",))
    else:
        _send_rows(connection, ("text", text.notes, text.origins), text.rows)


def _send_rows(connection: Connection, what: tuple[Any, ...], rows: pl.DataFrame) -> None:
    parts = list(rows.iter_slices(_ROWS_AT_ONCE)) or [rows]
    connection.send((*what, len(parts)))
    for part in parts:
        buffer = BytesIO()
        part.write_ipc_stream(buffer)
        connection.send(buffer.getvalue())


def _limit_time(limits: Limits) -> None:
    """End this process by itself where its parent is no longer there to do it."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    most = spent.ru_utime + spent.ru_stime + limits.seconds * (os.cpu_count() or 1) + 1
    _limit(resource.RLIMIT_CPU, int(most))


def _limit(kind: int, most: int) -> None:
    """Limit this process, by what limits it already where that is less."""
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _data_mb() -> int:
    """Return the memory that may be written to, in MB: what `RLIMIT_DATA` limits."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except OSError:
        return 0
    return pages * resource.getpagesize() >> 20


def main(descriptor: int) -> None:
    """Serve at a connection until it ends; whatever a file does to this process ends it."""
    try:
        with suppress(EOFError, BrokenPipeError, ConnectionResetError):
            serve(Connection(descriptor))
    except MemoryError:
        os._exit(_OUT_OF_MEMORY)
    except BaseException:
        os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
