"""Which failures may pass by themselves: those of files, disks and locks, and no others.

Lives here: asking Dagster to try a step again. Does not: any step.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb

TIMES, SECONDS_APART = 2, 5


@contextmanager
def retried() -> Iterator[None]:
    """Ask for another try of the step when the block fails for a cause that may pass.

    Raises:
        RetryRequested: The operating system or DuckDB could not read or write.
    """
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        raise dg.RetryRequested(max_retries=TIMES, seconds_to_wait=SECONDS_APART) from error
