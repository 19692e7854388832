"""`python -m benchmarks.week`: twelve nights of what goes wrong, as the operator sees it.

A small state is refreshed night by night, while files are late, bad and hostile, the key is lost,
the clock goes back, the disk fills, the power fails, a backup is damaged and a home of version 0.1
is upgraded. Each night ends with a release, or with a sentence that says what a person must do; the
week ends with the tables of a home in which nothing of this happened. Exits with 1 where it does
not. PATHWAYS_HOME is left alone. A full disk takes the right to mount one.

Lives here: the nights in their order. Does not: each fault at every moment (`tests/faults`), many
kinds of bad files (`benchmarks.bad_night`).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from rich.console import Console

from benchmarks.base import accepted, disk_at, release_of, resize, tables
from pipelines import token_key
from pipelines.settings import PROJECT
from sample_data.control import Control
from sample_data.generate import generate

STATE = Control(
    students=100, cohorts=3, last_academic_year=2020, first_wage_year=2018, wage_quarters=16
)
OLD_HOME, OLD_KEY = PROJECT / "tests/fixtures/home_0_1", "fixture-key-" * 3
PATHWAYS, FAILS = [sys.executable, "-m", "pipelines"], -1
# The same command under a clock that is a day behind: to the kernel, files are of tomorrow.
YESTERDAY = [sys.executable, "-c", """
import sys, time
from datetime import datetime
for name, second in {"time": 1, "time_ns": 10**9}.items():
    setattr(time, name, lambda now=getattr(time, name), day=86400 * second: now() - day)
class Behind(datetime):
    now = classmethod(lambda cls, tz=None: cls.fromtimestamp(time.time(), tz))
from pipelines.home import lock, log
from pipelines.intake import ledger
from pipelines.release import publish
for module in (ledger, lock, log, publish):
    module.datetime = Behind
from pipelines.cli import main
main(sys.argv[1:])
"""]  # fmt: skip
# Quarters of wages that are delivered last, one by one.
LAST = [f"landing/wage/{quarter}/workforce_agency.csv" for quarter in ("2021Q3", "2021Q4")]
# What files in landing are named, and nothing may repeat. No digits in order: alphabets have those.
PERSONS = ("521386074", "jane_roe_2004-05-06")
# The headline is printed after the stages; frames of tables and empty lines say nothing here.
_SAYS_NOTHING = re.compile(r"\s*$|\s*[┏┡└│┃]|\s+Release \d|Next:|  +\S+ +make ")
_WIDTH, _LINES = 230, 12


@dataclass
class Night:
    """What an operator sees of a night, and what of it is not as it should be.

    Attributes:
        title: What goes wrong.
        lines: What is printed, shortened.
        wrong: What should be otherwise; nothing where the night ended well.
        printed: All that is printed.
    """

    title: str
    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    printed: str = ""

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note what is wrong where something does not hold."""
        if not holds:
            self.wrong.append(otherwise)

    def __str__(self) -> str:
        """Return the night as the log of the week has it."""
        return "\n    ".join([self.title, *(line[:_WIDTH] for line in self.lines)])


class Week:
    """A home on a disk of its own, and its nights so far."""

    def __init__(self, place: Path, is_disk: bool, report: Callable[[str], object]) -> None:
        self.place, self.disk, self.is_disk = place, place / "disk", is_disk
        self.home, self.safe_key = self.disk / "home", place / "copy of the key"
        self.nights: list[Night] = []
        self.good: dict[Path, bytes] = {}
        self._report = report

    @contextmanager
    def night(self, title: str) -> Iterator[Night]:
        """Begin a night; report it when it ends."""
        night = Night(f"Night {len(self.nights) + 1}: {title}")
        self.nights.append(night)
        before = release_of(self.home)
        yield night
        now = release_of(self.home)
        night.lines.append(f"=> {'released' if now != before else 'no new release:'} {now}")
        self._report(f"\n{night}")

    def run(
        self,
        night: Night,
        *arguments: str,
        code: int = 0,
        says: str = "",
        program: list[str] = PATHWAYS,
        **settings: str,
    ) -> None:
        """Run a `pathways` command with `PATHWAYS_<NAME>` settings; note what it prints.

        `code` is the exit code that is right, `FAILS` any but 0; `says` a regular expression that
        fits what is printed.
        """
        done = subprocess.run(  # noqa: S603
            [*program, *arguments], cwd=PROJECT, env=environment(self.home, **settings),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        night.printed += done.stdout
        lines = [line for line in done.stdout.splitlines() if not _SAYS_NOTHING.match(line)]
        night.lines += [f"$ pathways {' '.join(arguments)}", *lines[-_LINES:]]
        night.lines.append(f"exit code {done.returncode}")
        is_right = done.returncode == code or (code is FAILS and done.returncode > 0)
        night.expect(is_right, f"it exits with {done.returncode}, not {code}")
        night.expect(bool(re.search(says, done.stdout)), f"it does not say: {says}")

    def refresh(self, title: str, **expected: object) -> Night:
        """Refresh as a night of its own; `expected` is as in `run`."""
        with self.night(title) as night:
            self.run(night, "refresh", **expected)  # type: ignore[arg-type]
        return night

    def deliver(self, name: str) -> None:
        """Deliver a file that was held back."""
        shutil.copy(self.place / name, self.home / name)

    def enrollment(self) -> list[Path]:
        """Return the landed files of enrollment, those of the last year first."""
        return sorted((self.home / "landing/k12_enrollment").glob("*/*.csv"), reverse=True)


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Return the surroundings of a command: no setting but its own."""
    own = {f"PATHWAYS_{name}": value for name, value in settings.items()}
    others = {k: v for k, v in os.environ.items() if not k.startswith("PATHWAYS_")}
    homes = {"PATHWAYS_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    return others | homes | {"PATHWAYS_SETTLE_SECONDS": "0"} | own


def deliveries(week: Week) -> None:
    """Let two nights end well: everything lands, then the same once more."""
    generate(STATE, week.home, workers=1)
    for name in LAST:
        (week.place / name).parent.mkdir(parents=True)
        shutil.move(week.home / name, week.place / name)
    week.refresh("everything that was delivered so far", says="is current")
    shutil.copy(week.home / token_key.FILE, week.safe_key)
    shutil.copytree(week.home, week.place / "undisturbed", symlinks=True)
    for path in (week.home / "landing").glob("*/*/*.csv"):
        path.touch()
    before = release_of(week.home)
    night = week.refresh("the same files are delivered once more", says="Nothing is new")
    night.expect(release_of(week.home) == before, "there is another release")


def bad_files(week: Week) -> None:
    """Replace good files by bad ones, and land hostile ones."""
    cut, renamed, empty = week.enrollment()[:3]
    week.good = {path: path.read_bytes() for path in (cut, renamed, empty)}
    before = accepted(week.home)
    cut.write_bytes(week.good[cut][: len(week.good[cut]) // 2])
    renamed.write_bytes(week.good[renamed].replace(b"grade_level", b"grade", 1))
    empty.write_bytes(b"")
    hostile = hostile_files(week)
    night = week.refresh(
        "a cut file, one of other columns, an empty one; links, a pipe, names of persons",
        says=r"(?s)[1-9] files rejected.*It is a link|It is a link.*[1-9] files rejected",
    )
    night.expect(accepted(week.home) == before, "accepted rows changed")
    inner = [one for one in week.home.iterdir() if one.name not in {"landing", "late"}]
    paths = [path for folder in inner for path in folder.rglob("*") if path.is_file()]
    everything = b"".join([*(path.read_bytes() for path in paths), night.printed.encode()])
    for secret in (*PERSONS, "root:x", week.safe_key.read_text()):
        night.expect(secret.encode() not in everything, f"it repeats {secret[:4]}…")
    for path in hostile:
        path.unlink()


def hostile_files(week: Week) -> list[Path]:
    """Land links, a pipe, what kills readers, and names of persons; return them."""
    own = week.enrollment()[-1]
    files = [own.with_name(f"199011{at}.csv") for at in range(6)]
    files[0].symlink_to("/etc/passwd")
    files[1].symlink_to(week.home / token_key.FILE)
    files[2].hardlink_to(week.home / token_key.FILE)
    os.mkfifo(files[3])
    files[4].write_text(",".join(f"column_{at}" for at in range(100_000)) + "\n1\n")
    files[5].write_bytes(b"SQLite format 3\0" + bytes(2000))
    return files + [Path(shutil.copy(own, own.with_name(f"{name}.csv"))) for name in PERSONS]


def lost_key(week: Week) -> None:
    """Lose the key, copy half of it back, then all of it, under a clock that is a day behind.

    Late files and corrections have come meanwhile, and good files in place of bad ones.
    """
    key_file = week.home / token_key.FILE
    key_file.unlink()
    night = week.refresh("the key file is gone", code=1, says="Put your copy back")
    night.expect(not key_file.exists(), "a new key was made")
    key_file.write_bytes(week.safe_key.read_bytes()[:30])
    week.refresh("the key was copied back by half", code=1, says="no whole key")
    shutil.copy(week.safe_key, key_file)
    week.refresh("another key is set", code=1, says="another token key", TOKEN_KEY=OLD_KEY)
    for path, content in week.good.items():
        path.write_bytes(content)
    shutil.copytree(week.home / "late", week.home / "landing", dirs_exist_ok=True)
    week.deliver(LAST[0])
    before = release_of(week.home) or ""
    night = week.refresh(
        "the key is back, late files and corrections have come, and the clock is a day behind",
        says="is current",
        program=YESTERDAY,
    )
    night.expect((release_of(week.home) or "") > before, "the release comes before the last one")


def full_disk(week: Week) -> None:
    """Fill the disk as the last quarter lands; then let the power fail."""
    week.deliver(LAST[1])
    if week.is_disk:
        resize(week.disk, str(shutil.disk_usage(week.disk).used + 3_000_000))
        week.refresh("the disk is full", code=FAILS, says="No space left on device")
        resize(week.disk, "2g")
    else:
        with week.night("the disk is full: not staged, mounting a small one takes root"):
            pass
    with week.night("there is room again, and the power fails") as night:
        killed(week.home, "START sql table")
        night.lines.append("$ pathways refresh  (ended while dbt builds)")
    week.refresh("there is power again", says="is current")


def killed(home: Path, at: str) -> None:
    """Kill a refresh with its children after it printed a text."""
    log = home.parent / "killed.log"
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: S603
            [*PATHWAYS, "refresh", "--verbose"], cwd=PROJECT, env=environment(home), stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        while process.poll() is None and at not in log.read_text():
            time.sleep(0.1)
        time.sleep(2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def lost_disk(week: Week) -> None:
    """Lose the home; restore it from a damaged backup, then from a whole one."""
    with week.night("the disk is lost, and one of two backups is damaged") as night:
        week.run(night, "home", "backup", str(week.place / "backups"), says="The token key is not")
        [whole] = (week.place / "backups").iterdir()
        damaged = shutil.copytree(whole, week.place / "damaged", symlinks=True)
        victim = max(damaged.rglob("*.parquet"), key=lambda path: path.stat().st_size)
        victim.write_bytes(victim.read_bytes()[:-1] + b"?")
        release, week.home = release_of(week.home), week.disk / "restored"
        week.home.mkdir(mode=0o700)
        shutil.copy(week.safe_key, week.home / token_key.FILE)
        restore = ("home", "restore", "--reason", "the disk is lost")
        week.run(night, *restore, str(damaged), code=2, says="Nothing was restored")
        week.run(night, *restore, str(whole), says=f"current release: {release}")
        week.run(night, "refresh", says="Nothing is new")
        night.expect(release_of(week.home) == release, "the release is another one")


def old_home(week: Week) -> None:
    """Upgrade a home of version 0.1, of which the register of institutions was never delivered."""
    today, week.home = week.home, week.disk / "old"
    shutil.copytree(OLD_HOME, week.home)
    before = duckdb.read_parquet(str(week.home / "identity/person_crosswalk.parquet"))
    people = before.order("all").fetchall()
    with week.night("a home of version 0.1 is upgraded") as night:
        says = "Look for the feed's file that is late"
        week.run(night, "refresh", code=1, says=says, TOKEN_KEY=OLD_KEY)
        register = today / "landing/institution"
        shutil.copytree(register, week.home / "landing/institution")
        week.run(night, "refresh", says="is current", TOKEN_KEY=OLD_KEY)
        files = str(week.home / "accepted/[kcw]*/period=*.parquet")
        rows = len(duckdb.read_parquet(files, union_by_name=True))
        night.expect(rows == 137, f"{rows} accepted rows, not 137")
        now = duckdb.read_parquet(str(week.home / "identity/person_crosswalk.parquet"))
        now = now.project(", ".join(before.columns))
        night.expect(now.order("all").fetchall() == people, "persons changed")
    week.home = today


def undisturbed(week: Week) -> None:
    """Compare with a home in which the same files landed and nothing went wrong."""
    quiet = Week(week.place, False, lambda _: None)
    quiet.home = week.place / "undisturbed"
    shutil.copytree(quiet.home / "late", quiet.home / "landing", dirs_exist_ok=True)
    for name in LAST:
        quiet.deliver(name)
    end = quiet.refresh("a home in which nothing of this happened", says="is current")
    end.title = "The end: a home in which nothing of this happened"
    ours, theirs = tables(week.home), tables(quiet.home)
    names = ours.keys() | theirs.keys()
    differ = sorted(name for name in names if ours.get(name) != theirs.get(name))
    end.lines.append(f"   {len(ours)} tables compared, {len(differ)} differ")
    end.expect(not differ and len(ours) > 20, f"tables differ: {', '.join(differ[:9])}")
    week.nights.append(end)
    week._report(f"\n{end}")


PARTS = (deliveries, bad_files, lost_key, full_disk, lost_disk, old_home)


def stage(place: Path, report: Callable[[str], object]) -> list[Night]:
    """Stage the week in an empty folder, report each night, and return them and the end."""
    with disk_at(place / "disk") as is_disk:
        week = Week(place, is_disk, report)
        for part in PARTS:
            part(week)
        undisturbed(week)
    return week.nights


def main() -> None:
    """Stage the week in a temporary folder; exit with 1 where something went otherwise."""
    console = Console(soft_wrap=True, markup=False, highlight=False)
    with tempfile.TemporaryDirectory(prefix="pathways-week-") as name:
        nights = stage(Path(name), console.print)
    wrong = [f"WRONG, {night.title}: {one}" for night in nights for one in night.wrong]
    console.print("\n".join(wrong) or "All nights ended as they should.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
