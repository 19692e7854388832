"""The code location: everything assembled, and policy that holds for all assets.

Lives here: assembly, owners, freshness, executor and logger. Does not: any asset.
"""

import os

import dagster as dg

from pipelines.defs.analyses import ANALYSES
from pipelines.defs.checks import CHECKS, with_freshness
from pipelines.defs.intake import ACCEPTED, LANDING
from pipelines.defs.jobs import JOBS
from pipelines.defs.linkage import LINKAGE
from pipelines.defs.release import (
    COHORT_CELLS,
    PUBLISH_JOB,
    PUBLISH_MONTHLY,
    current_release,
    internal_site,
    public_release,
    public_site,
)
from pipelines.defs.runtime import LOGGERS
from pipelines.defs.sensors import SCHEDULES, SENSORS
from pipelines.defs.warehouse import warehouse

# Whatever a process of this code location writes, its owner alone may read.
os.umask(0o077)

OWNER = "team:pathway-outcomes"

defs = dg.Definitions(
    assets=[
        *LANDING,
        *ACCEPTED,
        *LINKAGE,
        warehouse,
        current_release,
        internal_site,
        *COHORT_CELLS,
        public_release,
        public_site,
        *ANALYSES,
    ],
    asset_checks=CHECKS,
    jobs=[*JOBS, PUBLISH_JOB],
    schedules=[*SCHEDULES, PUBLISH_MONTHLY],
    sensors=SENSORS,
    resources={
        # Jobs resolve other jobs and the asset graph through this, and import nothing from above.
        "code_location": dg.ResourceDefinition.hardcoded_resource(lambda: defs),
    },
    # A process for each step costs seconds a step on 2 cores: benchmarks/README.md has the figures.
    executor=dg.in_process_executor,
    loggers=LOGGERS,
).permissive_map_resolved_asset_specs(
    func=lambda spec: with_freshness(spec.replace_attributes(owners=[OWNER])), selection=None
)
