"""Commands of the project as processes of their own."""

import os
import subprocess
from pathlib import Path

from pipelines.settings import PROJECT


def run(home: Path, *command: str) -> None:
    """Run a command on a data home; what it printed is the message if it fails."""
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "PATHWAYS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
