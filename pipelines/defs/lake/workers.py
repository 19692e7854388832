"""The code location of a worker: a run a shard, which refreshes its home and loads it.

Lives here: the jobs and schedules of `deploy/lake`. Does not: a refresh (`pipelines.commands`), the
lake (`pipelines.lake`).

Each machine serves this module under a name of its own, and Dagster starts a run where its code
location is. Every worker knows all shards; its schedule takes each Nth of them, and the UI may give
it any other, as when a machine is gone.
"""

import os
import subprocess
import sys

import dagster as dg
from pydantic import Field

from pipelines.defs.runtime import LOGGERS, LOGGING, fail_on_user_error
from pipelines.lake import roll_up, shards
from pipelines.settings import Settings

# Of how many workers which one this is, as 1/4.
NUMBER, OF = (int(part) for part in os.environ.get("PATHWAYS_WORKER", "1/1").split("/"))
# The daemon runs one at a time on each worker: a refresh takes all cores.
TAGS = {"pathways/worker": str(NUMBER), "dagster/max_retries": "1"}
FOLDER = Settings().shards or Settings().root / "shards"
SHARDS = sorted(path.name for path in FOLDER.glob("*") if path.is_dir())


class Refresh(dg.Config):
    """What a run of a shard does."""

    refresh: bool = Field(default=True, description="Refresh the home before it is loaded.")


@dg.op
def refresh_home(context: dg.OpExecutionContext, config: Refresh) -> str:
    """Refresh the data home of the partition's shard, in a process of its own; return its name."""
    name = context.partition_key
    home = FOLDER / name
    if config.refresh:
        # Its history is its own: a shard may be refreshed by hand, and without a lake.
        variables = {"PATHWAYS_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
        inherited = {n: v for n, v in os.environ.items() if not n.startswith("PATHWAYS_POSTGRES_")}
        refresh = [sys.executable, "-m", "pipelines", "refresh"]
        ended = subprocess.run(refresh, env=inherited | variables, check=False)  # noqa: S603
        if ended.returncode:
            raise dg.Failure(f"{name} was not refreshed: see logs/ of its home.")
    return name


@dg.op
def load_shard(context: dg.OpExecutionContext, name: str) -> None:
    """Give the build of a shard's home to the lake."""
    with fail_on_user_error():
        rows = shards.load(Settings(home=FOLDER / name), name)
    context.log.info(f"shard {name}: {sum(rows.values()):,} rows of {len(rows)} tables")


@dg.job(
    partitions_def=dg.StaticPartitionsDefinition(SHARDS),
    tags=TAGS,
    logger_defs=LOGGERS,
    description="Refresh the home of a shard and load it into the lake.",
)
def shard() -> None:
    """Refresh and load one shard."""
    load_shard(refresh_home())


@dg.op
def add_up(context: dg.OpExecutionContext) -> None:
    """Add up all shards and release the lake."""
    with fail_on_user_error():
        released = roll_up.roll_up(Settings())
    context.log.info(f"lake: release {released.release_id} is current")


@dg.job(tags=TAGS, logger_defs=LOGGERS, description="Add up all shards and release the lake.")
def lake() -> None:
    """Release the lake."""
    add_up()


@dg.schedule(job=shard, cron_schedule="0 1 * * *", execution_timezone="America/Los_Angeles")
def nightly_shards() -> list[dg.RunRequest]:
    """Ask for a run of each shard of this worker."""
    own = SHARDS[NUMBER - 1 :: OF]
    return [dg.RunRequest(partition_key=name, run_config=LOGGING) for name in own]


@dg.schedule(job=lake, cron_schedule="0 6 * * *", execution_timezone="America/Los_Angeles")
def nightly_lake() -> list[dg.RunRequest]:
    """Ask for the roll-up, on the first worker alone."""
    return [dg.RunRequest(run_config=LOGGING)] if NUMBER == 1 else []


defs = dg.Definitions(
    jobs=[shard, lake], schedules=[nightly_shards, nightly_lake], executor=dg.in_process_executor
)
