"""What every step runs with: partitions by reporting period, retries and the console's logger.

Lives here: what all wrappers share. Does not: any asset, check or job.
"""

import errno
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import dagster as dg
import duckdb
from dagster._core.execution.plan.objects import StepFailureData
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS as SECONDS
from dagster._core.storage.tags import REPOSITORY_LABEL_TAG
from sqlalchemy import Engine, create_engine, event

from pipelines.errors import LACKS, UserError
from pipelines.home.lock import writing
from pipelines.settings import Settings
from schemas.periods import PeriodKind

# Backfills in one run are marked beta; they are how a range of periods is refreshed here.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)
# Dagster's own failure sensors pass this one.
warnings.filterwarnings("ignore", "Parameter `owners`", dg.BetaWarning)


def _quickly(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")


@lru_cache(maxsize=8)
def _engine(url: str, _inode: int | None) -> Engine:
    engine = create_engine(url, connect_args={"timeout": SECONDS})
    event.listen(engine, "connect", _quickly)
    # Dagster disposes of an engine after each event, and its connection with it.
    setattr(engine, "dispose", lambda: None)  # noqa: B010
    return engine


def _engine_of(url: str, **_: object) -> Engine:
    """Return the engine of a file, another one where another file is in its place."""
    try:
        inode = os.stat(url.removeprefix("sqlite:///")).st_ino  # noqa: PTH116
    except FileNotFoundError:
        inode = None
    return _engine(url, inode)


# Dagster opens and closes SQLite for each event that it stores: of 2,000 events a refresh, opening,
# checkpoints on closing and compiling statements anew took 20 s of a processor. With a write-ahead
# log, a machine that loses power may lose the last events, and nothing else.
setattr(sqlite_event_log, "create_engine", _engine_of)  # noqa: B010

PARTITIONS = {kind: dg.StaticPartitionsDefinition(Settings().periods(kind)) for kind in PeriodKind}
TIMES, SECONDS_APART = 2, 5
_OUT_OF_MEMORY = {"MemoryError", "OutOfMemoryException"}
# What follows from another line.
_NOISE = re.compile(
    "Skipping step |Dependencies for step |Blocking asset check |Execution of run .* Steps failed: "
)


@contextmanager
def fail_on_user_error() -> Iterator[None]:
    """Let the step fail with the sentence of a `UserError`, and without a retry.

    Raises:
        Failure: The block raised a `UserError`.
    """
    try:
        yield
    except UserError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


@contextmanager
def writing_step(
    settings: Settings, what: str, log: Callable[[str], object] = lambda _: None
) -> Iterator[None]:
    """Be the one writer of the data home while the block of a step runs.

    Args:
        settings: Names the data home.
        what: What the step does, for whoever has to wait.
        log: Gets a line when another process has to be waited for.

    Raises:
        Failure: The block raised a `UserError`, the wait was too long, or the token key is not the
            one that the data home was made with.
        RetryRequested: The operating system or DuckDB could not read or write.
    """
    try:
        with fail_on_user_error(), writing(settings, what, log):
            settings.mark_keys()
            yield
    except (OSError, duckdb.IOException) as error:
        raise dg.RetryRequested(max_retries=TIMES, seconds_to_wait=SECONDS_APART) from error


def why_failed(failure: StepFailureData) -> str:
    """Return why a step failed: a `UserError`'s sentence, what the machine lacks, or a kind.

    The text of any other error may repeat a value of a row: its kind alone is named.
    """
    user, error = failure.user_failure_data, failure.error
    if user and user.description:
        return user.description
    text = ""
    while error and error.cause:
        text, error = text + error.message, error.cause
    if error is None:
        return "nothing says why"
    if error.cls_name == "DagsterAssetCheckFailedError":
        # It names checks alone.
        return " ".join(error.message.split()[1:])
    if error.cls_name in _OUT_OF_MEMORY:
        return os.strerror(errno.ENOMEM)
    lacks = map(os.strerror, LACKS)
    return next((lack for lack in lacks if lack in text + error.message), str(error.cls_name))


def _meta(record: logging.LogRecord) -> dict[str, Any]:
    return getattr(record, "dagster_meta", {})


def _has_words(record: logging.LogRecord) -> bool:
    """Give a record its words for people, a failed step's with the reason; drop what is noise."""
    event = _meta(record).get("dagster_event")
    words = str(_meta(record).get("orig_message") or record.getMessage())
    if event is not None and event.is_step_failure:
        words += f" {why_failed(event.step_failure_data)}"
    vars(record).setdefault("words", words)
    return not _NOISE.match(words)


def _is_for_people(record: logging.LogRecord) -> bool:
    return _meta(record).get("dagster_event") is None or record.levelno >= logging.ERROR


class _Short(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{self.formatTime(record, '%H:%M:%S')}  {getattr(record, 'words', record.msg)}"


@dg.logger(
    config_schema={},
    description="Short lines of progress; everything else is in the event log.",
)
def console_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """Return the logger of the console."""
    logger = logging.getLogger("pathways")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.filters[:] = [_has_words]
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.addFilter(_is_for_people)
        handler.setFormatter(_Short())
        logger.addHandler(handler)
    return logger


# A job uses the loggers its run config names, and Dagster's own without one.
# The UI lists a run with its job only if the run says which code location it is of; the name is in
# workspace.yaml.
OF_LOCATION = {REPOSITORY_LABEL_TAG: "__repository__@pathway_outcomes"}
LOGGERS = {"console": console_logger}
LOGGING = {"loggers": {"console": {"config": {}}}}
# Where a failed check's result holds what to do.
TO_DO = "what_to_do"
