"""The command line: what it prints, and how it ends."""

import errno
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.main import get_command

from pipelines.cli import app, main
from pipelines.intake import closures
from pipelines.release import publish
from pipelines.settings import Settings
from tests.unit.intake.test_holds import land, students, take

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: Any, capsys: Any) -> Run:
    """Return a function that runs `pathways` in an empty home: exit code, output, errors."""
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path / "home"))
    for name in ("DO_NOT_TRACK", "DBT_SEND_ANONYMOUS_USAGE_STATS"):
        monkeypatch.setenv(name, "")

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return (int(ended.value.code or 0), *capsys.readouterr())

    return run


def test_a_table_is_printed_where_the_locale_has_no_dash() -> None:
    code = """
from pipelines import cli
from pipelines.commands.console import print_table, table
try:
    cli.main(["--help"])
except SystemExit:
    print_table(table("Rates", ["gap"], [(None,)]), 10)
"""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | plain, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert b"gap" in ended.stdout


def test_what_the_machine_lacks_is_a_sentence_that_repeats_no_persons_name(
    run: Run, monkeypatch: Any
) -> None:
    def fail(number: int, name: str) -> tuple[int, str, str]:
        error = OSError(number, os.strerror(number), name)
        monkeypatch.setattr(publish, "current_or_fail", lambda _: (_ for _ in ()).throw(error))
        return run("query")

    full = fail(errno.ENOSPC, "/home/landing/912345678.csv")
    assert (full[0], full[1]) == (2, "")
    assert full[2].startswith("No space left on device (/home/landing/(a name")
    assert "912345678" not in full[2]
    history = Exception("(sqlite3.OperationalError) database or disk is full")
    monkeypatch.setattr(publish, "current_or_fail", lambda _: (_ for _ in ()).throw(history))
    assert run("query")[2].startswith("No space left on device.")
    with pytest.raises(OSError, match="Bad file"):
        fail(errno.EBADF, "x")


def test_too_little_memory_is_a_sentence() -> None:
    command = [sys.executable, "-m", "pipelines", "refresh"]
    limits = (300 << 20, 300 << 20)
    ended = subprocess.run(
        command,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limits),
        capture_output=True,
        text=True,
    )
    assert ended.returncode
    assert ended.stderr.startswith("Memory is limited to 300 MB (ulimit -v): allow 2048")
    assert "Traceback" not in ended.stderr


def commands(group: Any, path: str = "pathways") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if hasattr(command, "commands"):
            yield from commands(command, f"{path} {name}")


def test_every_command_argument_and_option_says_what_it_is() -> None:
    listed = dict(commands(get_command(app)))
    assert {"pathways refresh", "pathways home backup", "pathways linkage explain"} <= set(listed)
    silent = [name for name, command in listed.items() if not command.help]
    silent += [
        f"{name} {parameter.name}"
        for name, command in listed.items()
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]
    assert not silent


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("query",), "There is no release yet. Run: pathways refresh"),
        (("releases", "headline"), "There is no release yet. Run: pathways refresh"),
        (("releases", "rollback", "--reason", "x"), "There is no release before the current one."),
        (("metrics", "explain", "x"), "There is no metric x"),
        (("home", "backup", "/tmp/elsewhere"), "There is nothing to back up in"),
        (("home", "restore", "/tmp/elsewhere", "--reason", "x"), "is not a finished backup"),
    ],
)
def test_what_a_user_can_mend_is_a_sentence_and_exit_code_2(run: Run, arguments, sentence) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "rotate"),
        ("releases", "rollback"),
        ("home", "prune"),
        ("home", "restore", "/tmp/x"),
    ],
)
def test_what_does_not_come_back_asks_why(run: Run, arguments: tuple[str, ...]) -> None:
    code, _, err = run(*arguments)
    assert code == 2 and "--reason" in err
    code, _, err = run(*arguments, "--reason", "  ")
    assert code == 2 and "Say why" in err


def test_a_feed_that_does_not_exist_is_answered_with_those_that_do(run: Run) -> None:
    code, _, err = run("periods", "close", "2018-19", "--reason", "x", "--feed", "wages")
    assert code == 2
    assert "k12_enrollment" in err


def test_a_file_that_would_be_rejected_exits_with_1_and_has_a_report(run: Run, tmp_path) -> None:
    file = tmp_path / "edd.csv"
    file.write_text("quarter,ssn\n2018Q4,123456789\n")
    code, out, _ = run("deliveries", "check", str(file), "--feed", "wage", "--period", "2018Q4")
    assert code == 1
    assert "Written:" in out
    assert list((tmp_path / "edd.report").iterdir())
    assert not (tmp_path / "home" / "accepted").exists()


def test_a_file_is_encoded_only_under_the_key_of_the_agency(run: Run, tmp_path) -> None:
    file = tmp_path / "900001.csv"
    file.write_text("ssn\n")
    code, _, err = run("deliveries", "encode", str(file), "--feed", "college_enrollment")
    assert code == 2
    assert "PATHWAYS_ENCODING_KEY" in err


def test_a_period_is_closed_and_reopened_with_a_reason(run: Run) -> None:
    code, out, _ = run("periods", "close", "2018-19", "--feed", "k12_enrollment", "--reason", "x")
    assert (code, out) == (0, "2018-19 is closed: k12_enrollment.\n")
    assert closures.closed(Settings()) == {("k12_enrollment", "2018-19"): "x"}
    code, out, _ = run("periods", "reopen", "2018-19", "--reason", "y")
    assert code == 0
    assert closures.closed(Settings()) == {}


def test_the_encoding_key_is_for_its_owner_alone(run: Run) -> None:
    code, out, _ = run("keys", "encoding")
    path = Settings().root / "encoding_key"
    assert code == 0
    assert str(path) in out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_held_delivery_is_listed_and_released_with_a_reason(run: Run) -> None:
    home = Settings(settle_seconds=0)
    for rows in (students(20), students(4)):
        land(home, "k12_enrollment", rows, "1990001")
        take(home)
    code, out, _ = run("deliveries", "held")
    assert code == 0
    assert "1 deliveries are held" in out
    assert "4 accepted rows in place of 20" in " ".join(out.replace("│", " ").split())
    code, _, err = run("deliveries", "release", "1990001")
    assert (code, "--reason" in err) == (2, True)
    code, _, err = run("deliveries", "release", "1990002", "--reason", "x")
    assert (code, "No delivery of 1990002 is held" in err) == (2, True)
    code, out, _ = run("deliveries", "release", "1990001", "--reason", "a school closed")
    assert code == 0
    assert "k12_enrollment/2018-19/1990001.csv (4 accepted rows, 20 current) is released" in out
    assert not take(home)[0].is_held
    assert "0 deliveries are held" in run("deliveries", "held")[1]


@pytest.mark.parametrize("is_older", [False, True])
def test_the_prompt_opens_below_the_headline_and_on_a_release_without_its_columns_too(
    run: Run, tmp_path: Path, monkeypatch: Any, is_older: bool
) -> None:
    folder = tmp_path / "home/releases/r1"
    folder.mkdir(parents=True)
    (folder / publish.MANIFEST).write_text('{"release_id": "r1"}')
    (folder.parent / publish.CURRENT).symlink_to(folder)
    with duckdb.connect(str(folder / publish.WAREHOUSE)) as connection:
        connection.execute("create schema metrics; create schema marts")
        if not is_older:
            connection.execute(
                "create table metrics.leadership_state as select 1 as position, "
                "'Going on' as metric_name, '2019-20' as cohort_year, 640 as denominator, "
                "'rate' as unit, 0.611 as value, 'gender' as gap_student_group, "
                "'M' as gap_student_group_value, -0.1 as gap_points"
            )
            connection.execute(
                "create table marts.dim_student_group as select 'gender' as student_group, "
                "'M' as student_group_value, 'Male' as group_name"
            )
    opened: list[list[str]] = []

    def execv(_: Path, arguments: list[str]) -> None:
        opened.append(arguments)
        raise SystemExit

    monkeypatch.setattr("os.execv", execv)
    code, out, _ = run("query")
    assert code == 0
    assert opened[0][1:] == ["-readonly", str(folder / publish.WAREHOUSE)]
    assert ("61.1 %" in out) is not is_older


def test_nothing_is_published_without_a_release(run: Run, tmp_path: Path) -> None:
    code, _, errors = run("public", "build", "--processes", "1")
    assert (code, errors) == (2, "There is no release yet. Run: pathways refresh\n")
    (tmp_path / "empty").mkdir()
    code, text, _ = run("public", "audit", str(tmp_path / "empty"))
    assert code == 1
    assert "parquet/metric_value.parquet is missing" in text
