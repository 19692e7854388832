"""What an analysis is: a table that somebody asks for, and that the next release shows.

Lives here: the record of one. Does not: any metric or estimate; the list (`analyses`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.home.files import write_parquet
from pipelines.settings import Settings

Log = Callable[[str], object]


@dataclass(frozen=True)
class Analysis:
    """An analysis on demand.

    Attributes:
        name: Of its asset, its dbt source, its file and its table in `quality`.
        schema: Columns of its result.
        description: Grain and meaning, as the UI shows them.
        kinds: What it is made with, as the UI shows it.
        estimate: Returns the result; takes a line for each step.
        earlier_file: Where version 0.1 has it, from the root of the home.
    """

    name: str
    schema: pl.Schema
    description: str
    kinds: frozenset[str]
    estimate: Callable[[Settings, Log], pl.DataFrame]
    earlier_file: str

    def path(self, settings: Settings) -> Path:
        """Return the file that the warehouse reads."""
        return settings.analyses / f"{self.name}.parquet"

    def run(self, settings: Settings, log: Log) -> pl.DataFrame:
        """Store the result and return it."""
        result = pl.concat([self.schema.to_frame(), self.estimate(settings, log)])
        write_parquet(result, self.path(settings))
        return result

    def write_schema(self, settings: Settings) -> None:
        """Write an empty result, so that a warehouse can be built before anybody asked."""
        path = self.path(settings)
        if path.exists():
            return
        write_parquet(self.schema.to_frame(), path)
        if (earlier := settings.root / self.earlier_file).exists():
            earlier.replace(path)
