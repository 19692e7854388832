"""Partitions by reporting period, one definition for each calendar."""

import dagster as dg

from pipelines.settings import Settings
from schemas.periods import PeriodKind

PARTITIONS = {kind: dg.StaticPartitionsDefinition(Settings().periods(kind)) for kind in PeriodKind}
