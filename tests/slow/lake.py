"""What tests of the lake share: a catalog of Debian's Postgres, and small builds of a shard."""

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.release import build_plan
from pipelines.settings import Settings
from sample_data.control import Control
from sample_data.generate import generate

YEARS = ("2018-19", "2019-20")


def small_home(path: Path) -> Path:
    """Return a data home after a refresh: fewer people would leave a period below its row floor."""
    generate(Control(students=200), path, workers=1)
    (path / "dagster").mkdir()
    variables = {"PATHWAYS_HOME": str(path), "DAGSTER_HOME": str(path / "dagster")}
    subprocess.run([sys.executable, "-m", "pipelines", "refresh"], env=os.environ | variables)
    assert (path / "releases" / "current").exists()
    return path


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        return taken.getsockname()[1]


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Yield what libpq connects with, to an empty database of a server that ends with the block."""
    [*_, binaries] = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    folder.mkdir(parents=True)
    data, log = folder / "data", folder / "log"
    # Postgres refuses to run as root: root has another name in a namespace of its own.
    other = pwd.getpwnam("daemon")
    names = (f"--map-user={other.pw_uid}", f"--map-group={other.pw_gid}")
    prefix = ["unshare", "--user", *names] if os.geteuid() == 0 else []

    def run(command: str, *arguments: str) -> None:
        started = [*prefix, str(binaries / command), *arguments]
        subprocess.run(started, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "--pgdata", str(data), "--auth", "trust", "--username", "pathways", "--no-sync")
    port = free_port()
    options = f"-p {port} -c listen_addresses=localhost -c unix_socket_directories= -c fsync=off"
    control = ("--pgdata", str(data), "--log", str(log), "--wait")
    run("pg_ctl", *control, "--options", options, "start")
    try:
        yield f"dbname=postgres host=localhost port={port} user=pathways"
    finally:
        run("pg_ctl", *control, "--mode", "immediate", "stop")


def tiny_build(home: Path, people: int, county: str) -> Settings:
    """Write the build of so many graduates a year, half of them in college; return its home."""
    settings = Settings(home=home)
    home.mkdir(parents=True, exist_ok=True)
    for path in settings.built:
        path.unlink(missing_ok=True)
        duckdb.connect(str(path)).close()
    rows = ", ".join(
        f"('school', 'county:{county}', '{year}', {people}, {people // 2})" for year in YEARS
    )
    amounts = ", ".join(f"{{'amount': {1000 + n}::double, 'n': 1}}" for n in range(people))
    with duckdb.connect(str(settings.build)) as build:
        build.execute(f"attach '{settings.unreleased}' as unreleased")
        for schema in ("aggregates", "marts", "cohorts"):
            build.execute(f"create schema {schema}")
        for schema in ("intermediate", "counted"):
            build.execute(f"create schema unreleased.{schema}")
        build.execute(
            f"""
            create table aggregates.agg_counts_graduate as
            select attribution, region_id, cohort_year, n::uinteger as grads, k::uinteger as going
            from (values {rows}) as row (attribution, region_id, cohort_year, n, k);
            create table cohorts.amount as
            select 'median' as metric_id, 'county:{county}' as region_id, '2018-19' as cohort_year,
                false as is_rounded, [{amounts}] as amounts;
            create view unreleased.counted.amounts_exiter as select * from build.cohorts.amount;
            create table marts.dim_place as select 'county:{county}' as region_id;
            create table unreleased.intermediate.int_feed__data_through as
            select 'wage' as feed, '2012Q3' as first_period, '20{county[-2:]}Q1' as last_period,
                date '2020-01-01' as last_period_end_date;
            """
        )
    build_plan.finish(settings, build_plan.Built(build_plan.inputs(settings), {}, {}))
    return settings
