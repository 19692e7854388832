"""The code location: everything assembled, and policy that holds for all assets.

Lives here: assembly, owners, freshness, executor and logger. Does not: any asset.
"""

import os

import dagster as dg

from pipelines.defs.accept import ACCEPTED, LANDING
from pipelines.defs.alerts import SENSORS as ALERTS
from pipelines.defs.arrivals import SENSORS as ARRIVALS
from pipelines.defs.build import RESOURCES, warehouse
from pipelines.defs.checks import CHECKS, with_freshness
from pipelines.defs.link import LINKAGE
from pipelines.defs.progress import LOGGERS
from pipelines.defs.publish import current_release
from pipelines.defs.refresh import JOBS, NIGHTLY
from pipelines.defs.study import STUDIES
from pipelines.defs.upkeep import WEEKLY, prune

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
