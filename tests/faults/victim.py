"""What a disturbed refresh does in its process.

Lives here: the process itself, and dying at a file operation. Does not: choosing the moment.
"""

import itertools
import os
import signal
import sys
from pathlib import Path

# Every file of the data home gets its name, or goes, by one of these.
_OPERATIONS = ("replace", "rename", "unlink", "symlink", "mkdir")


def run(
    home: Path,
    log: Path,
    dies_at: int = 0,
    is_after: bool = False,
    uid: int = 0,
    counts: str = "",
    hours: float = 1,
) -> None:
    """Refresh a home; print to `log`.

    Args:
        home: The data home.
        log: Where output goes.
        dies_at: Number of the file operation to be killed at, from 1; 0 for none.
        is_after: Whether to be killed after that operation, not before.
        uid: Account to run as; 0 for this one.
        counts: File that the number of file operations is written to at the end.
        hours: After how many it is taken to hang.
    """
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(out, 1)
    os.dup2(out, 2)
    if uid:
        os.setgid(uid)
        os.setuid(uid)
    os.environ |= {
        "PATHWAYS_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "PATHWAYS_SETTLE_SECONDS": "0",
        "PATHWAYS_LOCK_WAIT_SECONDS": "60",
        "PATHWAYS_MAX_REFRESH_HOURS": str(hours),
        "HOME": str(home),
    }
    done = itertools.count(1)
    last = [0]

    def counted(operation):
        def wrapped(*args, **kwargs):
            last[0] = at = next(done)
            if at == dies_at and not is_after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = operation(*args, **kwargs)
            if at == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return wrapped

    for name in _OPERATIONS:
        setattr(os, name, counted(getattr(os, name)))
    from pipelines.__main__ import refresh_command

    code = refresh_command()
    if counts:
        Path(counts).write_text(str(last[0]))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
