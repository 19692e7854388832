"""What a disturbed refresh does in its process.

Lives here: the process itself, and dying at a file operation. Does not: choosing the moment.
"""

import ctypes
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

# Every file of the data home gets its name, or goes, by one of these.
_SYMLINK = os.symlink
_OPERATIONS = ("replace", "rename", "unlink", "symlink", "mkdir")
# Of linux/capability.h and linux/prctl.h.
_DAC_OVERRIDE, _DAC_READ_SEARCH, _DROP = 1, 2, 24


def room_of(home: Path, path: object) -> str:
    """Return the folder of the home that a path is in; nothing for what is in none."""
    try:
        inside = Path(os.fspath(path)).relative_to(home)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
    return inside.parts[0] if len(inside.parts) > 1 else ""


def obey_permissions() -> None:
    """Give up, for good, what lets root pass over the permissions of files; capabilities(7)."""
    libc = ctypes.CDLL(None)
    sets = (ctypes.c_uint32 * 6)()
    version_and_process = (ctypes.c_uint32 * 2)(0x20080522, 0)
    assert libc.capget(version_and_process, sets) == 0
    for right in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        # Programs that it starts would have them again.
        libc.prctl(_DROP, right, 0, 0, 0)
        for at in range(3):
            sets[at] &= ~(1 << right)
    assert libc.capset(version_and_process, sets) == 0


def run(
    home: Path,
    log: Path,
    dies_at: int = 0,
    room: str = "",
    is_after: bool = False,
    obeys: bool = False,
    counts: str = "",
    hours: float = 1,
) -> None:
    """Refresh a home; print to `log`.

    Args:
        home: The data home.
        log: Where output goes.
        dies_at: Number of the file operation to be killed at, from 1; 0 for none.
        room: Folder of the home whose operations are counted.
        is_after: Whether to be killed after that operation, not before.
        obeys: Whether to obey the permissions of files, if root runs it.
        counts: File that the number of each room's operations is written to, as JSON.
        hours: After how many it is taken to hang.
    """
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    os.dup2(out, 1)
    os.dup2(out, 2)
    if obeys:
        obey_permissions()
    os.environ |= {
        "PATHWAYS_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "PATHWAYS_SETTLE_SECONDS": "0",
        "PATHWAYS_LOCK_WAIT_SECONDS": "60",
        "PATHWAYS_MAX_REFRESH_HOURS": str(hours),
        "HOME": str(home),
    }
    done: Counter[str] = Counter()

    def counted(operation):
        def wrapped(*args, **kwargs):
            # A link is made at its second argument; all others begin with the file they change.
            here = room_of(home, args[operation is _SYMLINK])
            done[here] += 1
            is_it = here == room and done[here] == dies_at
            if is_it and not is_after:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return operation(*args, **kwargs)
            finally:
                # Also where it failed: a folder that is to be made may be there.
                if is_it:
                    os.kill(os.getpid(), signal.SIGKILL)

        return wrapped

    for name in _OPERATIONS:
        setattr(os, name, counted(getattr(os, name)))
    from pipelines.cli import main

    try:
        main(["refresh", "--verbose"])
    except SystemExit as ended:
        code = int(ended.code or 0)
    if counts:
        Path(counts).write_text(json.dumps(done))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
