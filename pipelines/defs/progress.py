"""What a person who watches a refresh reads: one short line for each thing a step has to say.

Lives here: the console logger. Does not: the event log, which keeps everything.
"""

import logging
from typing import Any

import dagster as dg


def _meta(record: logging.LogRecord) -> dict[str, Any]:
    return getattr(record, "dagster_meta", {})


def _is_for_people(record: logging.LogRecord) -> bool:
    return _meta(record).get("dagster_event") is None or record.levelno >= logging.ERROR


class _Short(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = _meta(record).get("orig_message", record.getMessage())
        return f"{self.formatTime(record, '%H:%M:%S')}  {said}"


@dg.logger(
    config_schema={},
    description="Short progress lines; everything else is in the event log.",
)
def progress_logger(_: dg.InitLoggerContext) -> logging.Logger:
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
LOGGERS = {"console": progress_logger}
LOGGING = {"loggers": {"console": {"config": {}}}}
