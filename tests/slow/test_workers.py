"""deploy/lake as processes: Postgres, the scheduler and two workers load shards and a release."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

pytest.importorskip("duckdb_extension_ducklake")

from pipelines.lake import shards
from pipelines.lake.catalog import connect
from pipelines.settings import PROJECT, Settings
from tests.slow.lake import free_port, postgres, tiny_build

BIN = PROJECT / ".venv" / "bin"
WORKERS = {1: ["east", "south"], 2: ["north"]}
PEOPLE = {"east": 10, "south": 20, "north": 30}


@contextmanager
def process(folder: Path, environment: dict[str, str], *command: object) -> Iterator[None]:
    """Run a service of the compose file until the block ends."""
    with (folder / f"{environment['PATHWAYS_WORKER'].replace('/', '_')}.log").open("a") as log:
        program, *arguments = map(str, command)
        started = subprocess.Popen(
            [BIN / program, *arguments], env=environment, stdout=log, stderr=log, cwd=PROJECT
        )
        try:
            yield
        finally:
            started.terminate()
            started.wait(60)


def test_workers_load_their_shards_and_the_scheduler_starts_runs_on_each(tmp_path: Path) -> None:
    compose = yaml.safe_load((PROJECT / "deploy/lake/compose.yaml").read_text())
    workspace = yaml.safe_load((PROJECT / "deploy/lake/workspace.yaml").read_text())
    for name, people in PEOPLE.items():
        tiny_build(tmp_path / "shards" / name, people, "06001")
    with ExitStack() as stack:
        where = stack.enter_context(postgres(tmp_path / "database"))
        instance, server = tmp_path / "dagster", dict(one.split("=") for one in where.split())
        instance.mkdir()
        shutil.copy(PROJECT / "deploy/lake/dagster.yaml", instance / "dagster.yaml")
        environment = os.environ | {
            "DAGSTER_HOME": str(instance),
            "PATHWAYS_HOME": str(tmp_path / "hub"),
            "PATHWAYS_SHARDS": str(tmp_path / "shards"),
            "PATHWAYS_LAKE": f"postgres:{where}",
            "PATHWAYS_LAKE_DATA": str(tmp_path / "files"),
            "PATHWAYS_POSTGRES_HOST": server["host"],
            "PATHWAYS_POSTGRES_PORT": server["port"],
            "PATHWAYS_POSTGRES_USER": server["user"],
            "PATHWAYS_POSTGRES_PASSWORD": "-",
            "PATHWAYS_POSTGRES_DB": "template1",
            "PATHWAYS_WORKER": "0/2",
        }
        lake = Settings(
            home=tmp_path / "hub", lake=f"postgres:{where}", lake_data=tmp_path / "files"
        )
        for name in PEOPLE:
            shards.add_shard(lake, name)
        workers = workspace["load_from"][:2]
        for number, worker in enumerate(workers, 1):
            worker["grpc_server"] |= {"host": "localhost", "port": free_port()}
            command = list(compose["services"][f"worker_{number}"]["command"])
            command[command.index("--host") + 1] = "localhost"
            command[command.index("--port") + 1] = worker["grpc_server"]["port"]
            own = environment | {"PATHWAYS_WORKER": f"{number}/2"}
            stack.enter_context(process(tmp_path, own, *command))
        path = tmp_path / "workspace.yaml"
        path.write_text(yaml.safe_dump({"load_from": workers}))
        wait_for(workers)
        command = compose["services"]["scheduler"]["command"]
        stack.enter_context(process(tmp_path, environment, *command[:-1], path))
        for number, names in WORKERS.items():
            for name in names:
                launch(environment, path, number, name)
        loaded = time.monotonic() + 300
        while missing(lake) and time.monotonic() < loaded:
            time.sleep(2)
        assert not missing(lake), "\n".join(log.read_text() for log in tmp_path.glob("*.log"))
        with connect(lake, read_only=True) as connection:
            rows = connection.sql(
                "select shard, sum(grads)::int from shard_aggregates.agg_counts_graduate group by 1"
            ).fetchall()
        assert dict(rows) == {name: 2 * people for name, people in PEOPLE.items()}


def wait_for(servers: list) -> None:
    """Wait until every worker answers."""
    for server in servers:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with socket.socket() as tried:
                if not tried.connect_ex(("localhost", server["grpc_server"]["port"])):
                    break
            time.sleep(0.5)


def launch(environment: dict[str, str], workspace: Path, worker: int, shard: str) -> None:
    """Ask for a run of a shard on a worker, as its schedule or the UI does."""
    config = {"ops": {"refresh_home": {"config": {"refresh": False}}}}
    subprocess.run(
        [
            *(BIN / "dagster", "job", "launch", "--workspace", workspace, "--job", "shard"),
            *("--location", f"worker_{worker}", "--config-json", json.dumps(config)),
            *("--tags", json.dumps({"dagster/partition": shard})),
        ],
        env=environment,
        cwd=PROJECT,
        check=True,
    )


def missing(lake: Settings) -> list[str]:
    """Return the shards that nobody has loaded yet."""
    with connect(lake, read_only=True) as connection:
        rows = connection.sql("select shard from main.shard where loaded_at is null").fetchall()
    return [name for (name,) in rows]
