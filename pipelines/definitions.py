"""The code location: everything assembled, and policy that holds for all assets.

Lives here: assembly, owners, freshness, executor and logger. Does not: any asset.
"""

import os

import dagster as dg

from pipelines.defs.alert_sensors import SENSORS as ALERTS
from pipelines.defs.analyses import STUDIES
from pipelines.defs.checks import CHECKS, with_freshness
from pipelines.defs.intake import ACCEPTED, LANDING
from pipelines.defs.jobs import JOBS, NIGHTLY
from pipelines.defs.linkage import LINKAGE
from pipelines.defs.release import current_release
from pipelines.defs.runtime import LOGGERS
from pipelines.defs.sensors import SENSORS as ARRIVALS
from pipelines.defs.upkeep import WEEKLY, prune
from pipelines.defs.warehouse import RESOURCES, warehouse

# Whatever a process of this code location writes, its owner alone may read.
os.umask(0o077)

OWNER = "team:pathway-outcomes"

defs = dg.Definitions(
    assets=[*LANDING, *ACCEPTED, *LINKAGE, warehouse, current_release, *STUDIES],
    asset_checks=CHECKS,
    jobs=[*JOBS, prune],
    schedules=[NIGHTLY, WEEKLY],
    sensors=[*ALERTS, *ARRIVALS],
    resources=RESOURCES,
    # A process for each step costs seconds a step on 2 cores: benchmarks/README.md has the figures.
    executor=dg.in_process_executor,
    loggers=LOGGERS,
).permissive_map_resolved_asset_specs(
    func=lambda spec: with_freshness(spec.replace_attributes(owners=[OWNER])), selection=None
)
