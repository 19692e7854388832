"""A refresh in surroundings of other machines: odd paths, C locale, few files, little memory.

Lives here: whole refreshes of a tiny state by the command, in a copy of the code that may not be
written. Does not: full disks and kills (`tests/faults`).
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmarks.week import STATE
from pipelines.settings import PROJECT
from sample_data.generate import generate

CODE = ("dbt_project", "pipelines", "sample_data", "schemas", "pyproject.toml", "workspace.yaml")
# Root may write everywhere, unless it gives that right up.
AS_OTHERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-sys_resource"]
needs_setpriv = pytest.mark.skipif(
    not shutil.which("setpriv") or not shutil.which("prlimit"), reason="needs util-linux"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with code that may not be written and a home, with quotes and blanks."""
    place = tmp_path_factory.mktemp("odd") / 'it\'s a "place" of 100 %'
    code, home = place / "the code", place / "our 'data'"
    code.mkdir(parents=True)
    for name in CODE:
        copy = shutil.copytree if (PROJECT / name).is_dir() else shutil.copy
        copy(PROJECT / name, code / name)
    (code / ".venv").symlink_to(PROJECT / ".venv")
    generate(STATE, home, workers=1)
    subprocess.run(["chmod", "-R", "a-w", str(code)], check=True)
    yield place
    subprocess.run(["chmod", "-R", "u+w", str(code)], check=True)


def refreshed(place: Path, *limits: str) -> subprocess.CompletedProcess[str]:
    """Run `pathways refresh` as a timer does: in C locale and with nothing of this environment."""
    home = place / "our 'data'"
    surroundings = {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PATHWAYS_HOME": str(home),
        "PATHWAYS_SETTLE_SECONDS": "0",
    }
    command = ["prlimit", "--nofile=256", *limits, *AS_OTHERS, ".venv/bin/python", "-m"]
    return subprocess.run(
        [*command, "pipelines", "refresh"],
        cwd=place / "the code",
        env=surroundings,
        capture_output=True,
        text=True,
        errors="replace",
    )


@needs_setpriv
@pytest.mark.parametrize("megabytes", [700, 1600, None])
def test_it_works_or_stops_with_a_sentence(place: Path, megabytes: int | None) -> None:
    done = refreshed(place, *([f"--as={megabytes << 20}"] if megabytes else []))
    printed = done.stdout + done.stderr
    if done.returncode:
        assert megabytes, printed[-3000:]
        assert "memory" in printed.lower()
        assert "Traceback" not in printed
        return
    warehouse = place / "our 'data'/releases/current/warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        [[rows]] = connection.execute("select count(*) from marts.fct_k12_enrollment").fetchall()
    assert rows
