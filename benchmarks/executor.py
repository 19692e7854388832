"""Run the gate over all academic years of a home with one executor or the other.

A process of its own, so that each starts with the same imports to pay.
"""

import sys

import dagster as dg

from pipelines.defs.intake import ACCEPTED, LANDING
from pipelines.defs.nightly.refresh import RANGE_END, RANGE_START
from pipelines.release.refresh_plan import ACCEPT, plan
from pipelines.settings import Settings
from schemas import FEEDS
from schemas.periods import PeriodKind

YEARS = PeriodKind.ACADEMIC_YEAR
EXECUTORS = {
    "in_process": dg.in_process_executor,
    "multiprocess": dg.multiprocess_executor.configured({"max_concurrent": 2}),
}


def gate_job(executor: str) -> dg.JobDefinition:
    """Return the job that takes every academic-year feed through the gate."""
    names = [name for name, feed in FEEDS.items() if feed.period_kind is YEARS]
    definitions = dg.Definitions(
        assets=[*LANDING, *ACCEPTED],
        jobs=[
            dg.define_asset_job(
                "gate", dg.AssetSelection.assets(*(["accepted", name] for name in names))
            )
        ],
        executor=EXECUTORS[executor],
    )
    return definitions.resolve_job_def("gate")


def in_process() -> dg.JobDefinition:
    """Return the job with all steps in one process."""
    return gate_job("in_process")


def multiprocess() -> dg.JobDefinition:
    """Return the job with a process for each step, two at a time."""
    return gate_job("multiprocess")


if __name__ == "__main__":
    [step] = [step for step in plan(Settings()).steps if step.job == ACCEPT[YEARS]]
    assert step.periods
    with (
        dg.DagsterInstance.get() as instance,
        dg.execute_job(
            dg.reconstructable(
                {"in_process": in_process, "multiprocess": multiprocess}[sys.argv[1]]
            ),
            instance=instance,
            tags={RANGE_START: step.periods[0], RANGE_END: step.periods[1]},
        ) as result,
    ):
        sys.exit(not result.success)
