"""Files of deploy/: what they name exists, and they agree with the rest."""

import os
import re
import shutil
import tomllib
from pathlib import Path
from subprocess import run
from typing import Any

import pytest
import yaml
from typer.main import get_command

from pipelines.cli import app
from pipelines.settings import PROJECT, AlertSettings, Settings

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OWN = {name: COMPOSE["services"][name] for name in ("webserver", "daemon")}


def settings_of(unit: Path) -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, value = line.split("=", 1)
            by_name.setdefault(name, []).append(value)
    return by_name


def is_command(arguments: list[str]) -> bool:
    """Return whether `pathways` has the command that some arguments begin with."""
    named: Any = get_command(app)
    for argument in arguments:
        if not hasattr(named, "commands"):
            break
        named = named.commands.get(argument)
    return named is not None


def env_names() -> set[str]:
    lines = (DEPLOY / "pathways.env.example").read_text().splitlines()
    return {line.split("=")[0] for line in lines if line and not line.startswith("#")}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_what_a_unit_starts_is_there(unit: Path) -> None:
    unit_settings = settings_of(unit)
    [command] = unit_settings["ExecStart"]
    program, *arguments = command.split()
    assert program.startswith("/opt/pathways/.venv/bin/")
    if Path(program).name == "pathways":
        assert is_command(arguments)
    else:
        assert os.access(PROJECT / ".venv/bin" / Path(program).name, os.X_OK)
        assert (PROJECT / arguments[arguments.index("--workspace") + 1]).is_file()
    for page in unit_settings["Documentation"]:
        assert (PROJECT / page.removeprefix("file:/opt/pathways/")).is_file()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_has_its_secrets_from_a_file_and_may_write_data_alone(unit: Path) -> None:
    unit_settings = settings_of(unit)
    assert unit_settings["EnvironmentFile"] == ["/etc/pathways/pathways.env"]
    assert unit_settings["User"] == ["pathways"]
    assert unit_settings["ProtectSystem"] == ["strict"]
    assert unit_settings["NoNewPrivileges"] == ["yes"]
    assert unit_settings["UMask"] == ["0077"]
    assert not re.search(r"(TOKEN_KEY|PASSWORD)", unit.read_text())
    writes = unit_settings["ReadWritePaths"][0].split()
    assert set(writes) <= {"/srv/pathways", "/var/backups/pathways"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_has_a_limit_of_memory(unit: Path) -> None:
    [limit] = settings_of(unit)["MemoryMax"]
    gigabytes = int(limit.removesuffix("G"))
    # One file at its own limit beside the rest of a refresh.
    needed = Settings().reader_memory_mb / 1024 if "-daemon" in unit.stem else 1
    assert needed < gigabytes <= 16


def test_every_service_has_a_limit_of_memory() -> None:
    assert all(service["mem_limit"] for service in COMPOSE["services"].values())


def test_every_timer_has_its_service() -> None:
    timers = list((DEPLOY / "systemd").glob("*.timer"))
    assert len(timers) == 2
    assert all(timer.with_suffix(".service") in UNITS for timer in timers)


def test_the_ui_is_on_localhost_alone() -> None:
    [command] = settings_of(DEPLOY / "systemd/pathways-webserver.service")["ExecStart"]
    assert "--host 127.0.0.1 " in command
    assert "ui --behind-proxy " in command
    assert "--behind-proxy" in OWN["webserver"]["command"]
    assert "--behind-proxy" in (DEPLOY / "Dockerfile").read_text()
    assert OWN["webserver"]["ports"] == ["127.0.0.1:3000:3000"]
    assert "ports" not in OWN["daemon"]
    assert "ports" not in COMPOSE["services"]["postgres"]


def test_by_default_nobody_may_launch_a_run() -> None:
    assert "PATHWAYS_UI_OPERATORS=\n" in (DEPLOY / "pathways.env.example").read_text()


def test_the_instance_in_postgres_is_otherwise_the_usual_one() -> None:
    usual = yaml.safe_load((PROJECT / "pipelines/dagster.yaml").read_text())
    deployed = yaml.safe_load((DEPLOY / "dagster.yaml").read_text())
    storage = deployed.pop("storage")["postgres"]["postgres_db"]
    assert deployed == usual
    asked = {value["env"] for value in storage.values() if isinstance(value, dict)}
    assert len(asked) == 5
    assert asked <= env_names()
    in_compose = set(OWN["daemon"]["environment"])
    assert asked - in_compose == {"PATHWAYS_POSTGRES_PASSWORD"}


def test_every_name_in_the_example_is_a_setting() -> None:
    known = {f"PATHWAYS_{name.upper()}" for name in Settings.model_fields}
    known |= {f"PATHWAYS_ALERT_{name.upper()}" for name in AlertSettings.model_fields}
    known |= {name for name in env_names() if name.startswith("PATHWAYS_POSTGRES_")}
    assert env_names() - known == {"COMPOSE_PROJECT_NAME"}
    # An empty alert setting is none: the example can be filled in line by line.
    assert {"PATHWAYS_ALERT_WEBHOOK_URL", "PATHWAYS_TOKEN_KEY"} <= env_names()


def test_empty_alert_settings_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in env_names():
        if name.startswith("PATHWAYS_ALERT_"):
            monkeypatch.setenv(name, "")
    assert AlertSettings() == AlertSettings.model_validate({})
    assert AlertSettings().webhook_url is None


def test_services_wait_for_postgres_and_say_how_they_are() -> None:
    assert set(COMPOSE["services"]) == {"postgres", *OWN}
    for service in COMPOSE["services"].values():
        assert service["healthcheck"]["test"]
    for service in OWN.values():
        assert service["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert service["read_only"] is True
        program, *arguments = service["command"]
        is_there = os.access(PROJECT / ".venv/bin" / program, os.X_OK)
        assert is_command(arguments) if program == "pathways" else is_there
    assert "${PATHWAYS_POSTGRES_PASSWORD:?" in (DEPLOY / "compose.yaml").read_text()


VERIFY = shutil.which("systemd-analyze")


@pytest.mark.skipif(not VERIFY, reason="systemd-analyze is not on this machine")
def test_systemd_takes_every_unit_and_finds_it_closed(tmp_path: Path) -> None:
    """The account and the program of a real installation are not on this machine."""
    for unit in (DEPLOY / "systemd").iterdir():
        text = re.sub(r"(?m)^(User|Group)=.*$", r"\1=root", unit.read_text())
        (tmp_path / unit.name).write_text(text.replace("/opt/pathways/.venv/bin/", "/bin/true "))
    units = sorted(map(str, tmp_path.iterdir()))
    verified = run([str(VERIFY), "verify", "--man=no", *units], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    for unit in UNITS:
        judged = run(
            [str(VERIFY), "security", "--offline=true", "--threshold=20", str(unit)],
            capture_output=True,
            text=True,
        )
        # 0 is closed and 10 open; above the threshold, in tenths, the command fails.
        assert judged.returncode == 0, judged.stdout[-200:]


EXACT = r"[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z-]+)?(@sha256:[0-9a-f]{64})?"


def test_images_and_actions_are_of_an_exact_version() -> None:
    [base] = re.findall(r"(?m)^FROM (\S+)", (DEPLOY / "Dockerfile").read_text())
    images = [base, COMPOSE["services"]["postgres"]["image"]]
    for image in images:
        assert re.fullmatch(rf"[a-z]+:{EXACT}", image), image
    for workflow in (PROJECT / ".github/workflows").iterdir():
        for action in re.findall(r"uses: (\S+.*)", workflow.read_text()):
            assert re.fullmatch(r"\S+@(v\d+\.\d+\.\d+|[0-9a-f]{40}  # v[\d.]+)", action), action


def test_a_command_writes_digests_behind_versions(tmp_path: Path) -> None:
    for name in (
        *("deploy/Dockerfile", "deploy/compose.yaml", "deploy/lake/compose.yaml"),
        ".github/workflows/ci.yml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    for program, answer in (("docker", f"sha256:{'d' * 64}"), ("git", f"{'c' * 40}\trefs/tags/v1")):
        path = tmp_path / "bin" / program
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\nprintf '%s\\n' '{answer}'\n")
        path.chmod(0o755)
    surroundings = os.environ | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}
    for _ in range(2):
        run([DEPLOY / "pin-digests.sh"], cwd=tmp_path, env=surroundings, check=True)
    assert f"-bookworm@sha256:{'d' * 64}\n" in (tmp_path / "deploy/Dockerfile").read_text()
    compose = yaml.safe_load((tmp_path / "deploy/compose.yaml").read_text())
    assert compose["services"]["postgres"]["image"].endswith("@sha256:" + "d" * 64)
    workflow = (tmp_path / ".github/workflows/ci.yml").read_text()
    assert f"checkout@{'c' * 40}  # v" in workflow and yaml.safe_load(workflow)


def test_compose_has_the_keys_of_its_specification_alone() -> None:
    """Of the keys used here: docker itself is not on every machine that runs this test."""
    known = {
        "build", "cap_drop", "command", "depends_on", "env_file", "environment", "healthcheck",
        "image", "init", "ports", "read_only", "restart", "security_opt", "stop_grace_period",
        "mem_limit", "pids_limit", "tmpfs", "volumes",
    }  # fmt: skip
    assert set(COMPOSE) - {"x-pathways"} == {"services", "volumes"}
    for service in COMPOSE["services"].values():
        assert set(service) <= known
        assert set(service["healthcheck"]) <= {
            "test", "interval", "timeout", "retries", "start_period"
        }  # fmt: skip
        for volume in service["volumes"]:
            assert volume.split(":")[0] in COMPOSE["volumes"]
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_the_image_is_made_of_files_that_are_there_and_never_of_data() -> None:
    copied = [
        source
        for line in (DEPLOY / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY")
        for source in [part for part in line.split()[1:-1] if not part.startswith("--")]
    ]
    assert all((PROJECT / source).exists() for source in copied)
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(copied)
    assert os.access(DEPLOY / "entrypoint.sh", os.X_OK)


def test_the_lock_holds_what_deploy_needs() -> None:
    groups = tomllib.loads((PROJECT / "pyproject.toml").read_text())["dependency-groups"]
    lock = (PROJECT / "requirements.lock").read_text()
    for requirement in [*groups["deploy"], *groups["build"]]:
        assert f"{requirement.split('>')[0]}==" in lock


def test_the_lake_of_deploy_names_what_is_there_and_agrees_with_the_rest() -> None:
    compose = yaml.safe_load((DEPLOY / "lake/compose.yaml").read_text())
    services, folder = compose["services"], DEPLOY / "lake"
    workers = {name: one for name, one in services.items() if name.startswith("worker_")}
    numbers = [one["environment"]["PATHWAYS_WORKER"] for one in workers.values()]
    assert numbers == [f"{n}/{len(workers)}" for n in range(1, len(workers) + 1)]
    locations = yaml.safe_load((folder / "workspace.yaml").read_text())["load_from"]
    assert [one["grpc_server"]["host"] for one in locations] == list(workers)
    for one in workers.values():
        module = one["command"][one["command"].index("--module-name") + 1]
        assert (PROJECT / f"{module.replace('.', '/')}.py").is_file()
    named = {name.removeprefix("PATHWAYS_").lower() for name in workers["worker_1"]["environment"]}
    assert {"lake", "lake_data", "shards", "home"} <= named & set(Settings.model_fields)
    for service in ("scheduler", "webserver"):
        command = services[service]["command"]
        assert (PROJECT / command[command.index("--workspace") + 1]).is_file()
    assert all(service["mem_limit"] for service in services.values())
    single = yaml.safe_load((DEPLOY / "dagster.yaml").read_text())
    lake = yaml.safe_load((folder / "dagster.yaml").read_text())
    assert lake.pop("concurrency")["runs"]["tag_concurrency_limits"][0]["limit"] == 1
    assert lake.pop("run_retries") == {"enabled": True}
    assert lake == single
    assert services["postgres"]["image"] == COMPOSE["services"]["postgres"]["image"]


def test_what_a_lake_needs_is_of_the_version_of_duckdb_that_is_locked() -> None:
    scale = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    pins = re.findall(r"^(\S+)==(\S+) ", (PROJECT / "requirements-scale.lock").read_text(), re.M)
    extensions = {one.split(">")[0] for one in scale["optional-dependencies"]["scale"]}
    assert {name for name, _ in pins} == {"duckdb", *extensions}
    [version] = {version for _, version in pins}
    lock = (PROJECT / "requirements.lock").read_text()
    assert f"\nduckdb=={version} " in lock
    assert "duckdb-extension" not in lock
