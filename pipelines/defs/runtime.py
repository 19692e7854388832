"""What every step runs with: partitions by reporting period, retries and the console's logger.

Lives here: what all wrappers share. Does not: any asset, check or job.
"""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import duckdb

from pipelines.errors import UserError
from pipelines.home.lock import writing
from pipelines.settings import Settings
from schemas.periods import PeriodKind

# Backfills in one run are marked beta; they are how a range of periods is refreshed here.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)
# Dagster's own failure sensors pass this one.
warnings.filterwarnings("ignore", "Parameter `owners`", dg.BetaWarning)

PARTITIONS = {kind: dg.StaticPartitionsDefinition(Settings().periods(kind)) for kind in PeriodKind}
TIMES, SECONDS_APART = 2, 5


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


def _meta(record: logging.LogRecord) -> dict[str, Any]:
    return getattr(record, "dagster_meta", {})


def _is_for_people(record: logging.LogRecord) -> bool:
    return _meta(record).get("dagster_event") is None or record.levelno >= logging.ERROR


class _Short(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = _meta(record).get("orig_message", record.getMessage())
        return f"{self.formatTime(record, '%H:%M:%S')}  {message}"


@dg.logger(
    config_schema={},
    description="Short lines of progress; everything else is in the event log.",
)
def console_logger(_: dg.InitLoggerContext) -> logging.Logger:
    """Return the logger of the console."""
    logger = logging.getLogger("pathways")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.addFilter(_is_for_people)
        handler.setFormatter(_Short())
        logger.addHandler(handler)
    return logger


# A job uses the loggers its run config names, and Dagster's own without one.
LOGGERS = {"console": console_logger}
LOGGING = {"loggers": {"console": {"config": {}}}}
