"""A step that fails says why, in words a person can act on that repeat no value of a row."""

import errno
import logging
import os
from collections.abc import Callable

import dagster as dg
import duckdb
import pytest
from dagster._core.errors import DagsterAssetCheckFailedError

from pipelines.defs.runtime import LOGGERS, LOGGING, fail_on_user_error
from pipelines.errors import UserError


def sentence() -> None:
    with fail_on_user_error():
        raise UserError("Put your copy of the key back.")


def full_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/landing/Maria 912345678.csv")


def full_disk_of_duckdb() -> None:
    try:
        raise duckdb.IOException("Could not write 912345678: No space left on device")
    except duckdb.IOException as error:
        raise dg.RetryRequested(max_retries=0) from error


def blocking_check() -> None:
    raise DagsterAssetCheckFailedError("1 blocking check failed:\naccepted/wage: row_floor\n")


def value_of_a_row() -> None:
    raise ValueError("912345678")


SAYS: list[tuple[Callable[[], None], str]] = [
    (sentence, "Put your copy of the key back."),
    (full_disk, "No space left on device"),
    (full_disk_of_duckdb, "No space left on device"),
    (blocking_check, "1 blocking check failed: accepted/wage: row_floor"),
    (value_of_a_row, "ValueError"),
]


@pytest.mark.parametrize(("fails", "says"), SAYS, ids=[fails.__name__ for fails, _ in SAYS])
def test_the_console_says_why_a_step_failed(
    fails: Callable[[], None], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("pathways").handlers.clear()

    @dg.op
    def first() -> int:
        fails()
        return 1

    @dg.op
    def second(given: int) -> None:
        """Wait for the first."""

    @dg.job(logger_defs=LOGGERS, config=LOGGING)
    def job() -> None:
        second(first())

    assert not job.execute_in_process(raise_on_error=False).success
    logging.getLogger("pathways").handlers.clear()
    printed = "".join(capsys.readouterr())
    assert f'Execution of step "first" failed. {says}\n' in printed
    assert "912345678" not in printed
    assert "second" not in printed
